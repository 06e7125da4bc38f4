//! The bytes of an input as they are stored, read in large pieces by whoever decompresses it, and digested by whoever has time.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use super::streams::StreamDigest;
use crate::compression::READ_BYTES;
use crate::digest::{Digest, DigestKind};
use crate::reading::fill;

/// Pieces that may wait to be digested.
const WAITING_MAX: usize = 8;

/// A reader of stored bytes.
pub(super) struct StoredRead {
    inner: Box<dyn Read + Send>,
    seen: Arc<StoredSeen>,
    /// The piece that is read now.
    piece: Vec<u8>,
    /// Where what is not read of it starts and ends.
    at: usize,
    end: usize,
    failed: Option<io::Error>,
    /// The end has been seen; what a file grows by afterwards is not read.
    ended: bool,
}

/// What has been read of them.
#[derive(Debug)]
pub(super) struct StoredSeen {
    /// Bytes that were read.
    read: Arc<AtomicU64>,
    digest: StreamDigest,
    pieces: Mutex<Pieces>,
}

#[derive(Debug, Default)]
struct Pieces {
    /// Bytes before those that are still to come.
    bytes: u64,
    /// Pieces and their offsets.
    waiting: VecDeque<(u64, Vec<u8>)>,
    /// Memory of pieces that were digested.
    free: Vec<Vec<u8>>,
    /// There are no more to come, and no memory is kept for them.
    ended: bool,
}

impl StoredSeen {
    pub(super) fn new(digest: DigestKind) -> Arc<Self> {
        Arc::new(Self {
            read: Arc::default(),
            digest: StreamDigest::of_pieces(digest),
            pieces: Mutex::default(),
        })
    }

    /// A count of the bytes that were read.
    pub(super) fn read(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.read)
    }

    /// Digests a piece, if one waits.
    ///
    /// PERF: off the path of the one thread that decompresses: BLAKE3 of what is stored is a tenth of the time that Zstandard
    /// takes to decompress it.
    pub(super) fn digest_one(&self) {
        let waiting = self.lock().waiting.pop_front();
        if let Some((offset, piece)) = waiting {
            self.digest.add_any_time(offset, &piece);
            let mut pieces = self.lock();
            if !pieces.ended {
                pieces.free.push(piece);
            }
        }
    }

    /// Digests what waits, and keeps no memory any more: the input was read to its end, and others may follow.
    pub(super) fn end(&self) {
        let waiting = {
            let mut pieces = self.lock();
            pieces.ended = true;
            pieces.free = Vec::new();
            std::mem::take(&mut pieces.waiting)
        };
        for (offset, piece) in waiting {
            self.digest.add_any_time(offset, &piece);
        }
    }

    /// How many bytes were read, and their digest.
    pub(super) fn finish(self: Arc<Self>) -> (u64, Option<Digest>) {
        let Self { digest, pieces, .. } =
            Arc::into_inner(self).expect("nobody reads an input that was read");
        let Pieces { bytes, waiting, .. } = pieces.into_inner().expect("no thread panics here");
        for (offset, piece) in waiting {
            digest.add_any_time(offset, &piece);
        }
        (bytes, digest.finish(bytes))
    }

    /// Takes a piece that has been read, and gives memory for the next one.
    fn take(&self, piece: Vec<u8>) -> Vec<u8> {
        self.digest.add_in_order(&piece);
        let mut pieces = self.lock();
        let offset = pieces.bytes;
        pieces.bytes += piece.len() as u64;
        pieces.waiting.push_back((offset, piece));
        if pieces.waiting.len() > WAITING_MAX {
            drop(pieces);
            self.digest_one();
            pieces = self.lock();
        }
        pieces.free.pop().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, Pieces> {
        self.pieces.lock().expect("no thread panics here")
    }
}

impl StoredRead {
    pub(super) fn new(inner: Box<dyn Read + Send>, seen: Arc<StoredSeen>) -> Self {
        Self {
            inner,
            seen,
            piece: Vec::new(),
            at: 0,
            end: 0,
            failed: None,
            ended: false,
        }
    }

    /// INVARIANT: pieces are whole but for the last, so that each starts where a digest's chunk does.
    fn read_piece(&mut self) -> io::Result<()> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if self.ended {
            return Ok(());
        }
        self.piece.resize(READ_BYTES, 0);
        let mut filled = 0;
        self.failed = fill(&mut *self.inner, &mut self.piece, &mut filled).err();
        self.ended = filled < READ_BYTES && self.failed.is_none();
        self.end = filled;
        self.seen.read.fetch_add(filled as u64, Ordering::Relaxed);
        match self.failed.take() {
            Some(error) if filled == 0 => Err(error),
            failed => {
                self.failed = failed;
                Ok(())
            }
        }
    }
}

impl BufRead for StoredRead {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.end {
            (self.at, self.end) = (0, 0);
            self.read_piece()?;
        }
        Ok(&self.piece[self.at..self.end])
    }

    fn consume(&mut self, count: usize) {
        self.at += count;
        if count > 0 && self.at == self.end {
            self.piece.truncate(self.end);
            self.piece = self.seen.take(std::mem::take(&mut self.piece));
            (self.at, self.end) = (0, 0);
        }
    }
}

impl Read for StoredRead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut available = self.fill_buf()?;
        let count = available.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests;
