//! Decides every record of a run of whole records, and gathers what is to be written of them.

use std::ops::Range;

use super::counts::MALFORMED_PLACES_MAX;
use super::error::{Broken, RunError};
use super::out_buffer::OutBuffer;
use super::run::ReasonsColumn;
use super::tally::Tally;
use crate::program::{Decider, Program, Projection, RecordFields};
use crate::records::{Cpu, Tokens, Wide};
use crate::supply::Supply;

/// How records are split; the same for all of a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    pub(super) strict: bool,
    pub(super) reasons: ReasonsColumn,
    /// Whether outputs are gathered at all.
    pub(super) gathers: bool,
    /// Bytes of one output that a block may gather before they are written out of hand, so that memory stays bounded however
    /// much longer than their records the reasons are.
    pub(super) gathered_bytes_max: usize,
}

/// A run of whole records: where they lie in a buffer, and where they lie in the input.
#[derive(Debug, Clone, Copy)]
pub(super) struct Region<'b> {
    /// The records, and at least [`crate::records::PADDING`] bytes after them.
    pub(super) buffer: &'b [u8],
    pub(super) start: usize,
    pub(super) end: usize,
    /// Offset of `buffer[start]` in the input.
    pub(super) offset: u64,
}

/// What a block's records came to.
#[derive(Debug, Default)]
pub(super) struct Decided {
    pub(super) records: u64,
    pub(super) permitted: u64,
    /// The last permitted record came without a terminator.
    pub(super) permitted_unterminated: bool,
    /// The last withheld record did.
    pub(super) withheld_unterminated: bool,
    /// The first malformed records.
    pub(super) malformed: Vec<Malformed>,
}

/// A malformed record, as far as its block tells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Malformed {
    /// Records of the block before it.
    pub(super) records_before: u64,
    pub(super) offset: u64,
}

impl Decided {
    /// Notes that the next record, at this offset, is malformed.
    #[cold]
    #[inline(never)]
    fn note_malformed(&mut self, offset: u64) {
        if self.malformed.len() < MALFORMED_PLACES_MAX {
            self.malformed.push(Malformed {
                records_before: self.records,
                offset,
            });
        }
    }
}

/// A record that stops the run, to be reported in the order of the records.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fault {
    /// Records of the block before it.
    pub(super) records_before: u64,
    pub(super) offset: u64,
    pub(super) broken: Broken,
}

/// How far a region was decided.
#[derive(Debug)]
pub(super) enum Found {
    /// To its end.
    Whole,
    /// To a record that stops the run.
    Fault(Fault),
    /// The run has stopped meanwhile.
    Stopped,
}

/// Splits regions; what it gathers stays until it is taken.
#[derive(Debug)]
pub(super) struct Splitter<'p> {
    program: &'p Program,
    manner: Manner,
    delimiter: u8,
    record_bytes_max: usize,
    cpu: Cpu,
    tokens: Tokens,
    decider: Decider<'p>,
    pub(super) tally: Tally,
    pub(super) gathered: Gathered,
}

/// What is to be written.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) permitted: OutBuffer,
    pub(super) withheld: OutBuffer,
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

impl<'p> Splitter<'p> {
    pub(super) fn new(program: &'p Program, supply: &Supply, manner: Manner, cpu: Cpu) -> Self {
        Self {
            program,
            manner,
            delimiter: supply.delimiter().byte(),
            record_bytes_max: supply.record_bytes_max(),
            cpu,
            tokens: Tokens::new(cpu, supply.delimiter()),
            decider: Decider::new(program),
            tally: Tally::new(program),
            gathered: Gathered {
                permitted: OutBuffer::new(),
                withheld: OutBuffer::new(),
            },
        }
    }

    /// Decides every record of a region. `write_early` is called when much has gathered, and tells whether the run goes on.
    pub(super) fn split(
        &mut self,
        region: Region<'_>,
        decided: &mut Decided,
        mut write_early: impl FnMut(&mut Gathered, &Decided) -> Result<bool, RunError>,
    ) -> Result<Found, RunError> {
        let cpu = self.cpu;
        self.tokens.start(region.start, region.end);
        while self.tokens.advance(region.buffer) {
            let window = Window {
                splitter: self,
                region,
                decided,
            };
            if let Some(fault) = cpu.widest(window) {
                return Ok(Found::Fault(fault));
            }
            let Gathered {
                permitted,
                withheld,
            } = &self.gathered;
            if permitted.len().max(withheld.len()) > self.manner.gathered_bytes_max
                && !write_early(&mut self.gathered, decided)?
            {
                return Ok(Found::Stopped);
            }
        }
        self.tally.blank_lines += self.tokens.blank_lines();
        self.tally.bytes.blank += self.tokens.blank_bytes();
        Ok(Found::Whole)
    }

    /// Decides every record of the scanner's window.
    #[inline(always)]
    fn window(&mut self, region: Region<'_>, decided: &mut Decided) -> Option<Fault> {
        let Self {
            program,
            manner,
            delimiter,
            record_bytes_max,
            cpu: _,
            tokens,
            decider,
            tally,
            gathered,
        } = self;
        let Manner {
            strict,
            reasons,
            gathers,
            ..
        } = *manner;
        let buffer = region.buffer;
        let columns = program.columns() as u32;
        let mut permitted_run = Run::NONE;
        let mut withheld_run = Run::NONE;
        for &record in tokens.records() {
            let (start, end, next) = (
                record.start as usize,
                record.end as usize,
                record.next as usize,
            );
            let well_formed = !record.quote_fault && record.fields == columns;
            let too_long = end - start > *record_bytes_max;
            if too_long || (strict && !well_formed) {
                let limit = *record_bytes_max;
                return Some(Fault {
                    records_before: decided.records,
                    offset: region.offset + (start - region.start) as u64,
                    broken: if too_long {
                        Broken::TooLong { limit }
                    } else {
                        Broken::Malformed
                    },
                });
            }
            let fields = RecordFields::new(buffer, record.start, tokens.field_ends(record));
            let verdict = if well_formed {
                decider.decide(&fields)
            } else {
                decided.note_malformed(region.offset + (start - region.start) as u64);
                decider.malformed()
            };
            tally.withdrawals_before_capture += u64::from(verdict.withdrawn_before_capture);
            decided.records += 1;
            if verdict.reasons.is_empty() {
                decided.permitted += 1;
                decided.permitted_unterminated = next == end;
                tally.permit(verdict);
                tally.bytes.permitted += (next - start) as u64;
                if gathers {
                    let out = &mut gathered.permitted;
                    match program.projection() {
                        Projection::Whole => permitted_run.extend(start, next, buffer, out),
                        Projection::Columns(runs) => {
                            push_columns(runs, &fields, *delimiter, out);
                            out.push_padded(buffer, end, next);
                        }
                    }
                }
            } else {
                decided.withheld_unterminated = next == end;
                tally.bytes.withheld += (next - start) as u64;
                let suffix = tally.withhold(verdict, program, *delimiter);
                if gathers {
                    let out = &mut gathered.withheld;
                    match reasons {
                        ReasonsColumn::None => withheld_run.extend(start, next, buffer, out),
                        ReasonsColumn::Appended => {
                            out.push_padded(buffer, start, end);
                            if next - end == 1 && buffer[end] == b'\n' {
                                // The text with its LF is there already.
                                out.push_padded(&suffix.padded, 0, suffix.length + 1);
                            } else {
                                out.push_padded(&suffix.padded, 0, suffix.length);
                                out.push_padded(buffer, end, next);
                            }
                        }
                    }
                }
            }
        }
        permitted_run.finish(buffer, &mut gathered.permitted);
        withheld_run.finish(buffer, &mut gathered.withheld);
        None
    }
}

/// The scanner's window, decided with the widest instructions.
struct Window<'w, 'p, 'b> {
    splitter: &'w mut Splitter<'p>,
    region: Region<'b>,
    decided: &'w mut Decided,
}

impl Wide for Window<'_, '_, '_> {
    type Output = Option<Fault>;
    #[inline(always)]
    fn run(self) -> Option<Fault> {
        self.splitter.window(self.region, self.decided)
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
