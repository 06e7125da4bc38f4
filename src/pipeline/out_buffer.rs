//! One block's share of one output, with room in front for what an earlier block left over.

use super::pieces::{Piece, Waiting};

/// Writes start and end at multiples of this; what does not fill one is left to the next block. A page, and whole BLAKE3 chunks.
pub(super) const ALIGNMENT: usize = 4096;

/// Room in front: less than an alignment of left-over bytes, and a terminator.
const ROOM: usize = ALIGNMENT + 2;

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
    /// All initialised; those from [`ROOM`] to `end` count. Where nothing does, there may be none.
    bytes: Vec<u8>,
    end: usize,
}

/// An output's position between two blocks. Where it is compressed there is one of its content, in chunks, and one of what is stored.
#[derive(Debug, Default)]
pub(super) struct OutputTail {
    /// Bytes settled; a multiple of [`ALIGNMENT`], or of a chunk.
    pub(super) offset: u64,
    /// The last of these, which are not written yet.
    pub(super) waiting: Waiting,
    /// Bytes that come after those, less than that.
    pub(super) left_over: Vec<u8>,
    /// The last record came without a terminator; one is due before another record.
    pub(super) owes_terminator: bool,
    /// Bytes of the header, with its terminator.
    pub(super) header_bytes: u64,
    /// Terminators put in so far.
    pub(super) terminators_inserted: u64,
}

impl OutBuffer {
    pub(super) fn new() -> Self {
        Self {
            bytes: vec![0; ROOM + SHORT],
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
        self.bytes.get(ROOM..self.end).unwrap_or_default()
    }

    /// Gives an empty buffer this memory, all initialised, for what it had.
    pub(super) fn equip(&mut self, memory: Vec<u8>) {
        assert_eq!(self.len(), 0, "what has gathered is not lost");
        self.bytes = memory;
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

    /// Puts this block's bytes after what was left over, and takes as many whole alignments as there are then as the piece that
    /// comes next, if there are any. The buffer is empty afterwards, and without memory where that went with the piece.
    pub(super) fn settle(
        &mut self,
        tail: &mut OutputTail,
        terminator: &[u8],
        last_unterminated: bool,
    ) -> Option<Piece> {
        if self.len() == 0 {
            return None;
        }
        let mut start = ROOM;
        if tail.owes_terminator {
            start -= terminator.len();
            self.bytes[start..ROOM].copy_from_slice(terminator);
            tail.terminators_inserted += 1;
        }
        tail.owes_terminator = last_unterminated;
        let before = start - tail.left_over.len();
        self.bytes[before..start].copy_from_slice(&tail.left_over);
        let whole = (self.end - before) / ALIGNMENT * ALIGNMENT;
        let range = before..before + whole;
        tail.left_over.clear();
        tail.left_over
            .extend_from_slice(&self.bytes[range.end..self.end]);
        self.end = ROOM;
        if range.is_empty() {
            return None;
        }
        let bytes = std::mem::take(&mut self.bytes);
        let piece = Piece::new(tail.offset, bytes, range);
        tail.offset = piece.end();
        Some(piece)
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
