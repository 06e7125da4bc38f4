//! What is to be written of a window's decided records: permitted ones, or their agreed columns, as one
//! output's bytes, and withheld ones with their reasons as the other's. Decides nothing.

use std::ops::Range;

use super::options::ReasonsColumn;
use super::out_buffer::OutBuffer;
use super::supplied::{Columns, EMPTY_LINE, Found, Supplied, Whole};
use super::tally::{PERMITTED, Tally};
use crate::program::{Program, Projection, RecordFields};
use crate::records::{Cpu, RecordSpan, Tokens, Wide};

/// What is to be written, and how.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) permitted: OutBuffer,
    pub(super) withheld: OutBuffer,
    reasons: ReasonsColumn,
    columns: Option<Columns>,
}

/// Some records of the scanner's window, as each was decided.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcomes<'w> {
    pub(super) buffer: &'w [u8],
    pub(super) tokens: &'w Tokens,
    pub(super) records: &'w [RecordSpan],
    /// What each came to: the number of its set of reasons, or [`PERMITTED`].
    pub(super) outcomes: &'w [u32],
    pub(super) tally: &'w Tally,
    pub(super) program: &'w Program,
}

impl Gathered {
    /// Nothing yet, with room for so many bytes of each output.
    pub(super) fn new(program: &Program, reasons: ReasonsColumn, room_bytes: usize) -> Self {
        let columns = match program.projection() {
            Projection::Whole => None,
            Projection::Columns(runs) => Some(Columns::new(program.columns(), runs)),
        };
        Self {
            permitted: OutBuffer::with_room(room_bytes),
            withheld: OutBuffer::with_room(room_bytes),
            reasons,
            columns,
        }
    }

    /// Bytes of the output that more has gathered for.
    pub(super) fn bytes_max(&self) -> usize {
        self.permitted.len().max(self.withheld.len())
    }

    /// Gathers some records, and counts those that it has gathered.
    pub(super) fn gather(&mut self, cpu: Cpu, some: Outcomes<'_>) -> usize {
        let Self {
            permitted,
            withheld,
            reasons,
            columns,
        } = self;
        let reasons = *reasons;
        let Some(columns) = columns else {
            return push(cpu, some, Whole, reasons, [permitted, withheld]);
        };
        let (mut records, mut outcomes) = (some.records, some.outcomes);
        let mut count = 0;
        while !records.is_empty() {
            let rows = columns.find(cpu, some.tokens, records, outcomes);
            let batch = Outcomes {
                records: &records[..rows],
                outcomes: &outcomes[..rows],
                ..some
            };
            let outs = [&mut *permitted, &mut *withheld];
            count += match columns.found() {
                Found::OneRun(supplied) => push(cpu, batch, supplied, reasons, outs),
                Found::Runs(supplied) => push(cpu, batch, supplied, reasons, outs),
            };
            (records, outcomes) = (&records[rows..], &outcomes[rows..]);
        }
        count
    }
}

/// Appends records to the outputs; how many.
fn push(
    cpu: Cpu,
    some: Outcomes<'_>,
    supplied: impl Supplied,
    reasons: ReasonsColumn,
    outs: [&mut OutBuffer; 2],
) -> usize {
    cpu.widest(Push {
        some,
        supplied,
        reasons,
        outs,
    })
}

/// Appends records to the outputs, in a loop that is a function of its own.
struct Push<'g, S> {
    some: Outcomes<'g>,
    supplied: S,
    reasons: ReasonsColumn,
    /// For what is permitted, and for what is withheld.
    outs: [&'g mut OutBuffer; 2],
}

impl<S: Supplied> Wide for Push<'_, S> {
    type Output = usize;

    #[inline(always)]
    fn run(self) -> usize {
        let Self {
            some,
            supplied,
            reasons,
            outs,
        } = self;
        let appends = reasons == ReasonsColumn::Appended;
        let Outcomes {
            buffer,
            tally,
            program,
            ..
        } = some;
        let mut count = 0;
        for (row, (record, &outcome)) in some.records.iter().zip(some.outcomes).enumerate() {
            let is_permitted = outcome == PERMITTED;
            let out = &mut *outs[usize::from(!is_permitted)];
            let (start, end) = supplied.text(row, record);
            supplied.push_before(row, is_permitted, buffer, out);
            let terminator = (record.end as usize, record.next as usize);
            let suffix = tally.suffix(if appends { outcome } else { PERMITTED });
            if suffix.is_kept() {
                out.push_record(buffer, (start, end), suffix, terminator);
            } else {
                out.push_padded(buffer, start, end);
                tally.push_long_suffix(outcome, program, out);
                out.push_padded(buffer, terminator.0, terminator.1);
            }
            count += 1;
        }
        count
    }
}

/// Appends some columns of a record of which all fields are known, without its terminator. The record's buffer goes on for some
/// bytes after it.
pub(super) fn push_columns(
    runs: &[Range<usize>],
    fields: &RecordFields<'_>,
    delimiter: u8,
    out: &mut OutBuffer,
) {
    let line = out.len();
    for (index, run) in runs.iter().enumerate() {
        if index > 0 {
            out.push(&[delimiter]);
        }
        let (start, end) = fields.span(run);
        out.push_padded(fields.buffer(), start, end);
    }
    if out.len() == line {
        out.push(EMPTY_LINE);
    }
}
