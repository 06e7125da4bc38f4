//! The two outputs while a run writes them: where bytes go, and their digests.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{FallocateFlags, fallocate, fstatvfs};

use super::error::RunError;
use super::flushing::Flushing;
use super::out_buffer::{LastRecord, OutBuffer, OutputTail, Settled, alignment};
use super::outcome::OutputResult;
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
    alignment: usize,
    /// Where outputs are flushed while they grow, and which of them this is.
    flushing: Option<(&'f Flushing, usize)>,
    /// Bytes up to which space has been reserved.
    reserved: AtomicU64,
    /// Bytes that the file took.
    written: AtomicU64,
}

/// Space is reserved in steps of this many bytes, once an output is larger than one.
///
/// PERF: writing into reserved space takes the kernel 28 instead of 41 ms of CPU for 160 MB (ext4). What is left over
/// is given back at the end.
const RESERVED_BYTES: u64 = 8 << 20;

/// None is reserved of less free space than this: both outputs' steps, and what a full disk's last bytes are needed for more.
const FREE_BYTES_MIN: u64 = 8 * RESERVED_BYTES;

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
            alignment: alignment(block_bytes),
            flushing,
            reserved: AtomicU64::new(RESERVED_BYTES),
            written: AtomicU64::new(0),
        }
    }

    /// Settles where the bytes of a buffer go, in the order of the output; they are then to be [`Self::put`] there.
    pub(super) fn settle(
        &self,
        buffer: &mut OutBuffer,
        tail: &mut OutputTail,
        terminator: &[u8],
        last: LastRecord,
    ) -> Settled {
        let settled = buffer.settle(self.alignment, tail, terminator, last);
        self.digest.add_in_order(buffer.settled(&settled));
        settled
    }

    /// Digests and writes what was settled of a buffer, which is empty afterwards.
    pub(super) fn put(&self, settled: Settled, buffer: &mut OutBuffer) -> Result<(), RunError> {
        let bytes = buffer.settled(&settled);
        self.digest.add_any_time(settled.offset, bytes);
        self.write(settled.offset, bytes)?;
        buffer.clear();
        Ok(())
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> Result<(), RunError> {
        if bytes.is_empty() {
            return Ok(());
        }
        let length = bytes.len() as u64;
        self.reserve(offset + length);
        self.file
            .write_all_at(bytes, offset)
            .map_err(|error| RunError::Write {
                file: self.name,
                error,
            })?;
        self.written.fetch_add(length, Ordering::Relaxed);
        if let Some((flushing, output)) = self.flushing {
            flushing.wrote(output, length);
        }
        Ok(())
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
                // What one output reserves in vain, the other may need.
                let is_scarce = fstatvfs(self.file)
                    .is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) < FREE_BYTES_MIN);
                if is_scarce {
                    continue;
                }
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

    /// Writes what is left over; what was written, of content of this length if it is not what is stored.
    pub(super) fn finish(
        self,
        tail: &OutputTail,
        content_bytes: Option<u64>,
    ) -> Result<OutputResult, RunError> {
        let last = &tail.left_over;
        self.digest.add_in_order(last);
        self.digest.add_any_time(tail.offset, last);
        let stored_bytes = tail.offset + last.len() as u64;
        self.write(tail.offset, last)?;
        // Its pieces were written by whoever had them: none may be missing, none may come twice.
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
