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

impl Gathered {
    /// Nothing yet, with room for so many bytes of each output.
    pub(super) fn new(
        program: &Program,
        reasons: ReasonsColumn,
        delimiter: Delimiter,
        room_bytes: usize,
    ) -> Self {
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
        let appends = *reasons == ReasonsColumn::Appended;
        let has_columns = columns.is_some();
        let outs = [&mut *permitted, &mut *withheld];
        let records = &tokens.records()[some.clone()];
        for (&record, &outcome) in records.iter().zip(&outcomes[some]) {
            let (start, end, next) = (
                record.start as usize,
                record.end as usize,
                record.next as usize,
            );
            let is_permitted = outcome == PERMITTED;
            let suffix = tally.suffix(if appends { outcome } else { PERMITTED });
            let out = &mut *outs[usize::from(!is_permitted)];
            if has_columns & is_permitted {
                if let Some(Columns {
                    runs,
                    delimiter,
                    seek,
                    ends,
                }) = columns
                {
                    tokens.seek(record, seek, ends);
                    let fields = RecordFields::new(buffer, record.start, ends);
                    push_columns(runs, &fields, *delimiter, out);
                }
                out.push_padded(buffer, end, next);
            } else if suffix.is_kept() {
                out.push_record(buffer, (start, end, next), suffix);
            } else {
                out.push_padded(buffer, start, end);
                tally.push_long_suffix(outcome, program, out);
                out.push_padded(buffer, end, next);
            }
        }
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
