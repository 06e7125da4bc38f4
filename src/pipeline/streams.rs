//! The two outputs while a run writes them: where bytes go, and their digests.

use std::fs::File;
use std::io::{self, IoSlice};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::{pwritev, retry_on_intr};

use super::error::RunError;
use super::flushing::Flushing;
use super::out_buffer::{OutBuffer, OutputTail};
use super::outcome::OutputResult;
use super::pieces::{Piece, stretch_bytes};
use crate::compression::Compression;
use crate::digest::{Digest, DigestKind, OrderedDigest, TreeDigest, subtrees};

/// A stream's digest while its pieces are written: a tree takes them in any order, others in order.
#[derive(Debug)]
pub(super) enum StreamDigest {
    Tree(Mutex<TreeDigest>),
    Ordered(Mutex<OrderedDigest>),
}

impl StreamDigest {
    pub(super) fn of_pieces(kind: DigestKind) -> Self {
        match kind {
            DigestKind::Blake3 => Self::Tree(Mutex::default()),
            DigestKind::Sha256 | DigestKind::None => Self::in_order(kind),
        }
    }

    pub(super) fn in_order(kind: DigestKind) -> Self {
        Self::Ordered(Mutex::new(OrderedDigest::new(kind)))
    }

    /// A piece, in the order of the stream.
    pub(super) fn add_in_order(&self, piece: &[u8]) {
        if let Self::Ordered(digest) = self {
            digest
                .lock()
                .expect("no thread panics while it digests")
                .update(piece);
        }
    }

    /// The same piece, at any time.
    pub(super) fn add_any_time(&self, offset: u64, piece: &[u8]) {
        if let Self::Tree(digest) = self
            && !piece.is_empty()
        {
            let subtrees = subtrees(offset, piece);
            digest
                .lock()
                .expect("no thread panics while it digests")
                .add(offset, piece, subtrees);
        }
    }

    pub(super) fn finish(self, length: u64) -> Option<Digest> {
        match self {
            Self::Tree(digest) => Some(
                digest
                    .into_inner()
                    .expect("no thread panics while it digests")
                    .finish(length),
            ),
            Self::Ordered(digest) => digest
                .into_inner()
                .expect("no thread panics while it digests")
                .finish(),
        }
    }
}

/// Both outputs.
#[derive(Debug)]
pub(super) struct Outputs<'f> {
    pub(super) permitted: OutputStream<'f>,
    pub(super) withheld: OutputStream<'f>,
    /// What is put between a record that came without a terminator and the next.
    pub(super) terminator: Vec<u8>,
    pub(super) compression: Compression,
}

/// An output file and its digest.
#[derive(Debug)]
pub(super) struct OutputStream<'f> {
    name: &'static str,
    file: &'f File,
    digest: StreamDigest,
    stretch_bytes: u64,
    /// Where outputs are flushed while they grow, and which of them this is.
    flushing: Option<(&'f Flushing, usize)>,
    /// Bytes up to which space has been reserved.
    reserved: AtomicU64,
    /// Bytes that the file took.
    written: AtomicU64,
    /// Memory of pieces that were written.
    free: Mutex<Vec<Vec<u8>>>,
}

/// What is to be digested and what is to be written of an output, once its place is settled. The two are not the same: a piece may
/// wait, or be written with those that waited for it.
#[derive(Debug, Default)]
pub(super) struct Settled {
    own: Option<Piece>,
    due: Vec<Piece>,
}

/// Space is reserved in steps of this many bytes, once an output is larger than one.
///
/// PERF: writing into reserved space takes the kernel 28 instead of 41 ms of CPU for 160 MB (ext4). What is left over
/// is given back at the end.
const RESERVED_BYTES: u64 = 8 << 20;

impl<'f> OutputStream<'f> {
    pub(super) fn new(
        (name, file): (&'static str, &'f File),
        digest: DigestKind,
        block_bytes: usize,
        flushing: Option<(&'f Flushing, usize)>,
    ) -> Self {
        Self {
            name,
            file,
            digest: StreamDigest::of_pieces(digest),
            stretch_bytes: stretch_bytes(block_bytes),
            flushing,
            reserved: AtomicU64::new(RESERVED_BYTES),
            written: AtomicU64::new(0),
            free: Mutex::default(),
        }
    }

    /// Settles where the bytes of a buffer go, in the order of the output; they are then to be [`Self::put`] there. The buffer is
    /// empty afterwards.
    pub(super) fn settle(
        &self,
        buffer: &mut OutBuffer,
        tail: &mut OutputTail,
        terminator: &[u8],
        last_unterminated: bool,
    ) -> Settled {
        let Some(piece) = buffer.settle(tail, terminator, last_unterminated) else {
            return Settled::default();
        };
        self.digest.add_in_order(piece.bytes());
        let due = tail.waiting.add(piece.clone(), self.stretch_bytes);
        let own = Some(piece);
        Settled { own, due }
    }

    /// Digests what was settled, and writes what is due; the buffer gets other memory for what it gave away.
    ///
    /// PERF: not before, so that there is less memory in all.
    pub(super) fn put(
        &self,
        Settled { own, due }: Settled,
        buffer: &mut OutBuffer,
    ) -> Result<(), RunError> {
        let Some(piece) = own else {
            return Ok(());
        };
        self.digest.add_any_time(piece.offset, piece.bytes());
        let enough = piece.memory_bytes();
        drop(piece);
        self.write(due)?;
        let memory = self.free().pop();
        buffer.equip(memory.unwrap_or_else(|| vec![0; enough]));
        Ok(())
    }

    /// Writes pieces, one right behind the other.
    fn write(&self, pieces: Vec<Piece>) -> Result<(), RunError> {
        let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else {
            return Ok(());
        };
        let (start, end) = (first.offset, last.end());
        self.reserve(end);
        let written = self
            .write_all(&pieces, start)
            .map_err(|error| RunError::Write {
                file: self.name,
                error,
            })?;
        self.written.fetch_add(written, Ordering::Relaxed);
        if let Some((flushing, output)) = self.flushing {
            flushing.wrote(output, end - start);
        }
        self.free()
            .extend(pieces.into_iter().filter_map(Piece::into_memory));
        Ok(())
    }

    /// Writes all of these; how many bytes the file took.
    fn write_all(&self, pieces: &[Piece], start: u64) -> io::Result<u64> {
        // INVARIANT: far fewer than one call takes (1,024): each that waited has a page at least, and they filled no stretch.
        let mut slices: Vec<IoSlice<'_>> = pieces
            .iter()
            .map(|piece| IoSlice::new(piece.bytes()))
            .collect();
        let mut rest = &mut slices[..];
        let mut offset = start;
        while !rest.is_empty() {
            let written = retry_on_intr(|| pwritev(self.file, rest, offset))?;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            offset += written as u64;
            IoSlice::advance_slices(&mut rest, written);
        }
        Ok(offset - start)
    }

    fn free(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reserves space for what is written up to `end` and some more.
    fn reserve(&self, end: u64) {
        while let reserved = self.reserved.load(Ordering::Relaxed)
            && end > reserved
        {
            let next = reserved + RESERVED_BYTES;
            if self
                .reserved
                .compare_exchange(reserved, next, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
            {
                // A file system that cannot reserve space, or has none left, says so again when the bytes are written.
                let _ = fallocate(
                    self.file,
                    FallocateFlags::KEEP_SIZE,
                    reserved,
                    RESERVED_BYTES,
                );
            }
        }
    }

    /// Writes what waits and what is left over; what was written, of content of this length if it is not what is stored.
    pub(super) fn finish(
        self,
        tail: &mut OutputTail,
        content_bytes: Option<u64>,
    ) -> Result<OutputResult, RunError> {
        let mut pieces = tail.waiting.take();
        let last = std::mem::take(&mut tail.left_over);
        self.digest.add_in_order(&last);
        self.digest.add_any_time(tail.offset, &last);
        let stored_bytes = tail.offset + last.len() as u64;
        if !last.is_empty() {
            let range = 0..last.len();
            pieces.push(Piece::new(tail.offset, last, range));
        }
        self.write(pieces)?;
        // Its pieces were written by whoever had the last of a stretch: none may be missing, none may come twice.
        let written = self.written.load(Ordering::Relaxed);
        if written != stored_bytes {
            return Err(RunError::Unbalanced(format!(
                "{written} bytes of {} were written, and {stored_bytes} settled",
                self.name
            )));
        }
        if self.reserved.load(Ordering::Relaxed) > RESERVED_BYTES {
            // Gives back what was reserved past the end.
            self.file
                .set_len(stored_bytes)
                .map_err(|error| RunError::Write {
                    file: self.name,
                    error,
                })?;
        }
        Ok(OutputResult {
            content_bytes: content_bytes.unwrap_or(stored_bytes),
            stored_bytes,
            digest: self.digest.finish(stored_bytes),
        })
    }
}

#[cfg(test)]
mod tests;
