//! What passes from block to block in order: first the reader's state with the record that a block's end cut, later the positions in
//! both outputs, and where they are compressed those of what came of it. Each is handed over at once; the work is done between.

use super::counts::{MALFORMED_PLACES_MAX, MalformedPlace};
use super::out_buffer::OutputTail;
use super::region::Malformed;
use crate::records::EdgeState;

/// Passed on as soon as a block's quotes are summed up.
#[derive(Debug)]
pub(super) struct Edge {
    /// The reader's state at the edge.
    pub(super) state: EdgeState,
    /// The bytes since the last record's end. An unquoted CR at their end may be half a terminator.
    pub(super) cut: Vec<u8>,
}

impl Edge {
    pub(super) fn start_of_input() -> Self {
        Self {
            state: EdgeState::FieldStart,
            cut: Vec::new(),
        }
    }

    /// The last record is whole but for the LF that may follow its CR.
    pub(super) fn awaits_lf(&self) -> bool {
        self.state == EdgeState::FieldStart && self.cut.last() == Some(&b'\r')
    }
}

/// Passed on as soon as a block is decided.
#[derive(Debug, Default)]
pub(super) struct Position {
    /// Records so far in the current input.
    pub(super) records_in_input: u64,
    /// The first malformed records of the run.
    pub(super) malformed: Vec<MalformedPlace>,
    pub(super) permitted: OutputTail,
    pub(super) withheld: OutputTail,
}

impl Position {
    /// Adds the malformed records of the block at this position, of the input with this index.
    pub(super) fn add_malformed(&mut self, input: usize, found: &[Malformed]) {
        let room = MALFORMED_PLACES_MAX - self.malformed.len();
        let before = self.records_in_input;
        let places = found.iter().take(room).map(|found| MalformedPlace {
            input: input + 1,
            record: before + found.records_before + 1,
            offset: found.offset,
            bytes: found.bytes,
        });
        self.malformed.extend(places);
    }
}

/// Passed on as soon as a block's chunks are compressed, where outputs are.
#[derive(Debug, Default)]
pub(super) struct Places {
    pub(super) permitted: OutputTail,
    pub(super) withheld: OutputTail,
}
