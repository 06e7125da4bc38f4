//! Pieces of one output: bytes in memory that changes hands, so that a worker can write what others left. Writes nothing.

use std::ops::Range;
use std::sync::Arc;

/// Bytes of the stretches in which files are written, each from a multiple of this: what does not fill one waits for the pieces that come
/// next. The largest power of two within an eighth of a block, from 4 to 64 KiB.
///
/// PERF: the kernel keeps what is written in folios as large as the write, but each has to start at a multiple of its own size, so a
/// write from any page to any page makes some ten small ones. Written piece by piece, a `split` of 158 MB takes 1.01 to 1.04 times the
/// wall time, 1.07 without digests, and one of 1.6 GB 0.98 to 1.03 times (ext4; pairs of 7 to 81, `--no-sync`). Of larger stretches, up to
/// 512 KiB, 158 MB take as long, but 1.6 GB 1.1 to 1.7 times: large folios are taken from free memory in large pieces, and that is what
/// a virtual machine gives back to its host, and has to get again page by page.
pub(super) fn stretch_bytes(block_bytes: usize) -> u64 {
    let eighth = block_bytes.max(8) / 8;
    (1_u64 << eighth.ilog2()).clamp(STRETCH_BYTES_MIN, STRETCH_BYTES_MAX)
}

const STRETCH_BYTES_MIN: u64 = 4 << 10;
const STRETCH_BYTES_MAX: u64 = 64 << 10;

/// Most memory that waits for the rest of a stretch; it is that of the buffers in which the rest lies. Pieces of more are written at once,
/// from wherever they start: those of blocks that gathered more than some 0.8 MiB for one output.
///
/// PERF: with 8 MiB there was no difference in time (pairs of 9, records with reasons twice as long as they are), and 2 MiB more memory.
const WAITING_BYTES_MAX: usize = 1 << 20;

/// Some bytes of an output at their place in it. Cloning it copies no byte.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    /// Where they start in the output.
    pub(super) offset: u64,
    memory: Arc<Vec<u8>>,
    range: Range<usize>,
}

impl Piece {
    /// The bytes of `memory` in this range.
    pub(super) fn new(offset: u64, memory: Vec<u8>, range: Range<usize>) -> Self {
        let memory = Arc::new(memory);
        Self {
            offset,
            memory,
            range,
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.memory[self.range.clone()]
    }

    /// Where the bytes end in the output.
    pub(super) fn end(&self) -> u64 {
        self.offset + self.range.len() as u64
    }

    /// Cuts it at an offset within it.
    fn split_at(self, offset: u64) -> (Self, Self) {
        let middle = self.range.start + (offset - self.offset) as usize;
        let (mut before, mut after) = (self.clone(), self);
        before.range.end = middle;
        after.range.start = middle;
        after.offset = offset;
        (before, after)
    }

    /// Bytes of the memory that it lies in.
    pub(super) fn memory_bytes(&self) -> usize {
        self.memory.len()
    }

    /// Its memory, if no other piece has some bytes of it.
    pub(super) fn into_memory(self) -> Option<Vec<u8>> {
        Arc::into_inner(self.memory)
    }
}

/// The last pieces of an output, one right behind the other, as long as they fill no stretch.
#[derive(Debug, Default)]
pub(super) struct Waiting(Vec<Piece>);

impl Waiting {
    /// Adds the piece that comes next; the pieces that are to be written now, one right behind the other. These end where a stretch
    /// ends, unless what would go on waiting takes too much memory.
    pub(super) fn add(&mut self, piece: Piece, stretch_bytes: u64) -> Vec<Piece> {
        // INVARIANT: what waits lies in the stretch in which the piece starts.
        let stretch = piece.end() / stretch_bytes * stretch_bytes;
        let mut due = Vec::new();
        if stretch <= piece.offset {
            self.0.push(piece);
        } else {
            due.append(&mut self.0);
            let (before, after) = piece.split_at(stretch);
            due.push(before);
            if !after.range.is_empty() {
                self.0.push(after);
            }
        }
        if self.memory_bytes() > WAITING_BYTES_MAX {
            due.append(&mut self.0);
        }
        due
    }

    /// All that waits, which then no longer does.
    pub(super) fn take(&mut self) -> Vec<Piece> {
        std::mem::take(&mut self.0)
    }

    fn memory_bytes(&self) -> usize {
        self.0.iter().map(Piece::memory_bytes).sum()
    }
}

#[cfg(test)]
mod tests;
