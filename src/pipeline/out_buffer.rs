//! One block's share of one output, with room in front for what an earlier block left over.

use std::ops::Range;

use super::suffix::Suffix;

/// Writes start and end at multiples of this; what does not fill one is left to the next block. The largest power of two within a
/// sixteenth of a block, from [`ALIGNMENT_MIN`] to [`ALIGNMENT_MAX`].
///
/// PERF: the kernel keeps what is written in folios as large as the write, but each has to start at a multiple of its own size, and
/// BLAKE3 digests sixteen chunks at once where the CPU has AVX-512. Against pages, and pieces that waited in memory that changed hands until
/// one of them filled 64 KiB: 0.95 of the wall time of a `split`, 0.92 without digests, 0.91 of one of 1.6 GB (pairs of 11 and 21, together with
/// the loops for AVX-512, which are 0.97 of it). 16 and 64 KiB: 0.94 and 0.97.
pub(super) fn alignment(block_bytes: usize) -> usize {
    let sixteenth = block_bytes.max(16) / 16;
    (1 << sixteenth.ilog2()).clamp(ALIGNMENT_MIN, ALIGNMENT_MAX)
}

/// A page, and whole BLAKE3 chunks.
const ALIGNMENT_MIN: usize = 4 << 10;
const ALIGNMENT_MAX: usize = 32 << 10;

/// Room in front: less than an alignment of left-over bytes, and a terminator.
const ROOM: usize = ALIGNMENT_MAX + 2;

/// Bytes of a short text, which is copied as so many whatever its length: what is copied past its end is overwritten by what
/// comes next.
const SHORT: usize = 192;

/// The same for a shorter one.
const SHORTER: usize = 96;

/// The same for a record of a few bytes.
const SHORTEST: usize = 32;

/// Bytes to be written, after some room.
#[derive(Debug)]
pub(super) struct OutBuffer {
    /// All initialised; those from [`ROOM`] to `end` count.
    bytes: Vec<u8>,
    end: usize,
}

/// How the last record came of what has gathered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum LastRecord {
    /// With a terminator; or there is none.
    #[default]
    Terminated,
    /// Without: one is due before another record.
    Unterminated,
}

/// An output's position between two blocks. Where it is compressed there is one of its content, in chunks, and one of what is stored.
#[derive(Debug, Default)]
pub(super) struct OutputTail {
    /// Bytes settled; a multiple of the [`alignment`], or of a chunk.
    pub(super) offset: u64,
    /// Bytes that come after those, less than that.
    pub(super) left_over: Vec<u8>,
    /// The last record so far.
    pub(super) last: LastRecord,
    /// Bytes of the header, with its terminator.
    pub(super) header_bytes: u64,
    /// Terminators put in so far.
    pub(super) terminators_inserted: u64,
}

/// Bytes whose place in the output is settled, in the buffer that holds them until it is cleared.
#[derive(Debug, Clone)]
pub(super) struct Settled {
    /// Where they start in the output.
    pub(super) offset: u64,
    range: Range<usize>,
}

impl OutBuffer {
    pub(super) fn new() -> Self {
        Self::with_room(0)
    }

    /// A buffer that need not grow for so many bytes. Memory that nothing is written to is not taken.
    ///
    /// PERF: what grows is mapped and unmapped, which interrupts the other cores: `memo.rs` has the figure.
    pub(super) fn with_room(bytes: usize) -> Self {
        Self {
            bytes: vec![0; ROOM + bytes + SHORT],
            end: ROOM,
        }
    }

    pub(super) fn clear(&mut self) {
        self.end = ROOM;
    }

    pub(super) fn len(&self) -> usize {
        self.end - ROOM
    }

    /// What was appended.
    pub(super) fn content(&self) -> &[u8] {
        &self.bytes[ROOM..self.end]
    }

    /// What was settled of it.
    pub(super) fn settled(&self, settled: &Settled) -> &[u8] {
        &self.bytes[settled.range.clone()]
    }

    /// Appends a text.
    #[inline]
    pub(super) fn push(&mut self, text: &[u8]) {
        self.reserve(text.len());
        self.bytes[self.end..self.end + text.len()].copy_from_slice(text);
        self.end += text.len();
    }

    /// Appends `source[start..end]`, after which [`crate::records::PADDING`] bytes follow in `source`.
    ///
    /// PERF: records and reasons are short, so a call of `memcpy` costs more than the copy (see `tally.rs` for what it was measured
    /// with). One of three fixed lengths is copied, without a loop; against a loop over strides, pairs showed no difference. The
    /// shortest one takes 0.96 of the wall time of a `split` of records of one column.
    #[inline(always)]
    pub(super) fn push_padded(&mut self, source: &[u8], start: usize, end: usize) {
        let length = end - start;
        self.reserve(length);
        let to = &mut self.bytes[self.end..];
        if length <= SHORTEST {
            copy_fixed::<SHORTEST>(to, &source[start..]);
        } else if length <= SHORTER {
            copy_fixed::<SHORTER>(to, &source[start..]);
        } else if length <= SHORT {
            copy_fixed::<SHORT>(to, &source[start..]);
        } else {
            to[..length].copy_from_slice(&source[start..end]);
        }
        self.end += length;
    }

    /// Appends the part of `source` between two positions, a text, and another part of `source`, which is short.
    /// [`crate::records::PADDING`] bytes follow in `source`.
    #[inline(always)]
    pub(super) fn push_record(
        &mut self,
        source: &[u8],
        (start, end): (usize, usize),
        text: &Suffix,
        terminator: (usize, usize),
    ) {
        let length = end - start;
        let total = length + text.length + (terminator.1 - terminator.0);
        if length > SHORT || text.length > SHORTER {
            self.push_padded(source, start, end);
            self.push_padded(&text.padded, 0, text.length);
            self.push_padded(source, terminator.0, terminator.1);
            return;
        }
        self.reserve(total);
        let to = &mut self.bytes[self.end..];
        if length <= SHORTEST {
            copy_fixed::<SHORTEST>(to, &source[start..]);
        } else {
            copy_fixed::<SHORT>(to, &source[start..]);
        }
        let to = &mut to[length..];
        copy_fixed::<SHORTER>(to, &text.padded);
        copy_fixed::<SHORTEST>(&mut to[text.length..], &source[terminator.0..]);
        self.end += total;
    }

    /// Makes room for so many bytes and a short text's.
    #[inline(always)]
    fn reserve(&mut self, length: usize) {
        if self.bytes.len() < self.end + length + SHORT {
            self.grow(length);
        }
    }

    #[cold]
    fn grow(&mut self, length: usize) {
        let needed = self.end + length + SHORT;
        self.bytes
            .resize(needed.max(self.bytes.len() + self.bytes.len() / 2), 0);
    }

    /// Puts this block's bytes after what was left over, and settles the place of as many whole alignments as there are then, or of
    /// nothing. What is left over is the tail's; the buffer is to be cleared once what was settled is written.
    pub(super) fn settle(
        &mut self,
        alignment: usize,
        tail: &mut OutputTail,
        terminator: &[u8],
        last: LastRecord,
    ) -> Settled {
        let offset = tail.offset;
        if self.len() == 0 {
            let range = ROOM..ROOM;
            return Settled { offset, range };
        }
        let mut start = ROOM;
        if tail.last == LastRecord::Unterminated {
            start -= terminator.len();
            self.bytes[start..ROOM].copy_from_slice(terminator);
            tail.terminators_inserted += 1;
        }
        tail.last = last;
        let before = start - tail.left_over.len();
        self.bytes[before..start].copy_from_slice(&tail.left_over);
        let whole = (self.end - before) / alignment * alignment;
        let range = before..before + whole;
        tail.left_over.clear();
        tail.left_over
            .extend_from_slice(&self.bytes[range.end..self.end]);
        tail.offset += whole as u64;
        Settled { offset, range }
    }
}

/// Copies so many bytes, which both sides have.
#[inline(always)]
fn copy_fixed<const LENGTH: usize>(to: &mut [u8], from: &[u8]) {
    let to: &mut [u8; LENGTH] = to
        .first_chunk_mut()
        .expect("there is room for a short text");
    let from: &[u8; LENGTH] = from.first_chunk().expect("a text is followed by padding");
    *to = *from;
}

#[cfg(test)]
mod tests;
