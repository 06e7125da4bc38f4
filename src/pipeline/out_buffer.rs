//! One block's share of one output, with room in front for what an earlier block left over.

/// Writes start and end at multiples of this; what does not fill one is left to the next block. A page, and whole BLAKE3 chunks.
pub(super) const ALIGNMENT: usize = 4096;

/// Room in front: less than an alignment of left-over bytes, and a terminator.
const ROOM: usize = ALIGNMENT + 2;

/// Bytes to be written, after some room.
#[derive(Debug)]
pub(super) struct OutBuffer(Vec<u8>);

/// An output's position between two blocks.
#[derive(Debug, Default)]
pub(super) struct OutputTail {
    /// Bytes written; a multiple of [`ALIGNMENT`].
    pub(super) offset: u64,
    /// Bytes that come after those, less than [`ALIGNMENT`].
    pub(super) left_over: Vec<u8>,
    /// The last record came without a terminator; one is due before another record.
    pub(super) owes_terminator: bool,
    /// Terminators put in so far.
    pub(super) terminators_inserted: u64,
}

impl OutBuffer {
    pub(super) fn new() -> Self {
        Self(vec![0; ROOM])
    }

    pub(super) fn clear(&mut self) {
        self.0.truncate(ROOM);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len() - ROOM
    }

    /// Where more is appended.
    pub(super) fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }

    /// Puts this block's bytes after what was left over, advances the output by as many whole alignments as there are then, and
    /// gives the offset and the bytes that are to be written.
    pub(super) fn settle(
        &mut self,
        tail: &mut OutputTail,
        terminator: &[u8],
        last_unterminated: bool,
    ) -> (u64, &[u8]) {
        let offset = tail.offset;
        if self.len() == 0 {
            return (offset, &[]);
        }
        let mut start = ROOM;
        if tail.owes_terminator {
            start -= terminator.len();
            self.0[start..ROOM].copy_from_slice(terminator);
            tail.terminators_inserted += 1;
        }
        tail.owes_terminator = last_unterminated;
        let before = start - tail.left_over.len();
        self.0[before..start].copy_from_slice(&tail.left_over);
        let bytes = &self.0[before..];
        let (whole, rest) = bytes.split_at(bytes.len() / ALIGNMENT * ALIGNMENT);
        tail.left_over.clear();
        tail.left_over.extend_from_slice(rest);
        tail.offset += whole.len() as u64;
        (offset, whole)
    }
}
