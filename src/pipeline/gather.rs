//! What is to be written of a window's decided records: permitted ones, or their agreed columns, as one
//! output's bytes, and withheld ones with their reasons as the other's. Decides nothing.

use std::ops::Range;

use super::options::ReasonsColumn;
use super::out_buffer::OutBuffer;
use super::tally::{PERMITTED, Tally};
use crate::program::{Program, Projection, RecordFields};
use crate::records::{Delimiter, SeekEnds, Tokens};

/// What is to be written, and how.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) permitted: OutBuffer,
    pub(super) withheld: OutBuffer,
    reasons: ReasonsColumn,
    columns: Option<Columns>,
}

/// The columns that are supplied of a permitted record.
#[derive(Debug)]
struct Columns {
    runs: Vec<Range<usize>>,
    delimiter: u8,
    seek: SeekEnds,
    ends: Vec<u32>,
}

/// Neighbouring records that go to one output as they are: copied at once.
struct Run {
    start: usize,
    end: usize,
}

impl Run {
    const NONE: Self = Self { start: 0, end: 0 };

    /// Adds a record, or gives the run that it does not continue.
    #[inline(always)]
    fn extend(&mut self, start: usize, end: usize, buffer: &[u8], out: &mut OutBuffer) {
        if start == self.end {
            self.end = end;
        } else {
            out.push_padded(buffer, self.start, self.end);
            *self = Self { start, end };
        }
    }

    fn finish(&mut self, buffer: &[u8], out: &mut OutBuffer) {
        out.push_padded(buffer, self.start, self.end);
        *self = Self::NONE;
    }
}

impl Gathered {
    pub(super) fn new(program: &Program, reasons: ReasonsColumn, delimiter: Delimiter) -> Self {
        let columns = match program.projection() {
            Projection::Whole => None,
            Projection::Columns(runs) => {
                let edges: Vec<usize> = runs
                    .iter()
                    .flat_map(|run| [run.start, run.end - 1])
                    .collect();
                Some(Columns {
                    runs: runs.clone(),
                    delimiter: delimiter.byte(),
                    seek: SeekEnds::of_columns(program.columns(), &edges),
                    ends: vec![0; program.columns()],
                })
            }
        };
        Self {
            permitted: OutBuffer::new(),
            withheld: OutBuffer::new(),
            reasons,
            columns,
        }
    }

    /// Bytes of the output that more has gathered for.
    pub(super) fn bytes_max(&self) -> usize {
        self.permitted.len().max(self.withheld.len())
    }

    /// Gathers some records of the scanner's window, as each was decided.
    #[inline(always)]
    pub(super) fn gather(
        &mut self,
        buffer: &[u8],
        tokens: &Tokens,
        some: Range<usize>,
        outcomes: &[u32],
        (tally, program): (&Tally, &Program),
    ) {
        let Self {
            permitted,
            withheld,
            reasons,
            columns,
        } = self;
        let mut permitted_run = Run::NONE;
        let mut withheld_run = Run::NONE;
        let records = &tokens.records()[some.clone()];
        for (&record, &outcome) in records.iter().zip(&outcomes[some]) {
            let (start, end, next) = (
                record.start as usize,
                record.end as usize,
                record.next as usize,
            );
            if outcome == PERMITTED {
                match columns {
                    None => permitted_run.extend(start, next, buffer, permitted),
                    Some(Columns {
                        runs,
                        delimiter,
                        seek,
                        ends,
                    }) => {
                        tokens.seek(record, seek, ends);
                        let fields = RecordFields::new(buffer, record.start, ends);
                        push_columns(runs, &fields, *delimiter, permitted);
                        permitted.push_padded(buffer, end, next);
                    }
                }
            } else {
                match reasons {
                    ReasonsColumn::None => withheld_run.extend(start, next, buffer, withheld),
                    ReasonsColumn::Appended => {
                        let suffix = tally.suffix(outcome);
                        withheld.push_padded(buffer, start, end);
                        if suffix.padded.is_empty() {
                            tally.push_long_suffix(outcome, program, withheld);
                            withheld.push_padded(buffer, end, next);
                        } else if next - end == 1 && buffer[end] == b'\n' {
                            // The text with its LF is there already.
                            withheld.push_padded(&suffix.padded, 0, suffix.length + 1);
                        } else {
                            withheld.push_padded(&suffix.padded, 0, suffix.length);
                            withheld.push_padded(buffer, end, next);
                        }
                    }
                }
            }
        }
        permitted_run.finish(buffer, permitted);
        withheld_run.finish(buffer, withheld);
    }
}

/// Appends some columns of a record, without its terminator. The record's buffer goes on for some bytes after it.
#[inline]
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
        // An empty line would be no record.
        out.push(b"\"\"");
    }
}
