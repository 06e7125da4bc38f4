//! Decides every record of a run of whole records, and gathers what is to be written of them.

use std::ops::Range;

use super::counts::MALFORMED_PLACES_MAX;
use super::error::{Broken, RunError};
use super::gather::{Gathered, Outcomes};
use super::options::ReasonsColumn;
use super::out_buffer::LastRecord;
use super::tally::{PERMITTED, Tally};
use crate::program::{Decider, Decision, Program};
use crate::records::{Cpu, RecordSpan, Tokens, Wide};
use crate::supply::Supply;

/// How records are split; the same for all of a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    pub(super) strict: bool,
    pub(super) reasons: ReasonsColumn,
    /// Whether outputs are gathered at all.
    pub(super) gathers: bool,
    /// Bytes of one output that a block gathers, as a rule.
    pub(super) room_bytes: usize,
    /// Bytes of one output that a block may gather before they are written out of hand, so that memory stays bounded however
    /// much longer than their records the reasons are: so much, and as much again, and a record.
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
    /// The last permitted record.
    pub(super) last_permitted: LastRecord,
    /// The last withheld record.
    pub(super) last_withheld: LastRecord,
    /// The first malformed records.
    pub(super) malformed: Vec<Malformed>,
}

/// A malformed record, as far as its block tells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Malformed {
    /// Records of the block before it.
    pub(super) records_before: u64,
    pub(super) offset: u64,
    /// Terminator included.
    pub(super) bytes: u64,
}

impl Decided {
    /// Forgets how the last records came: what was known.
    fn take_last(&mut self) -> [LastRecord; 2] {
        [
            std::mem::take(&mut self.last_permitted),
            std::mem::take(&mut self.last_withheld),
        ]
    }

    fn set_last(&mut self, [permitted, withheld]: [LastRecord; 2]) {
        self.last_permitted = permitted;
        self.last_withheld = withheld;
    }

    /// Notes that a record of the window, so many after those that are counted, is malformed.
    #[cold]
    #[inline(never)]
    fn note_malformed(&mut self, index: usize, offset: u64, bytes: u64) {
        if self.malformed.len() < MALFORMED_PLACES_MAX {
            self.malformed.push(Malformed {
                records_before: self.records + index as u64,
                offset,
                bytes,
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
    record_bytes_max: usize,
    cpu: Cpu,
    tokens: Tokens,
    decider: Decider<'p>,
    /// What each record of a window came to: the number of its set of reasons, or [`PERMITTED`].
    outcomes: Vec<u32>,
    /// How each record of a window was decided.
    decisions: Vec<Decision>,
    pub(super) tally: Tally,
    pub(super) gathered: Gathered,
}

impl<'p> Splitter<'p> {
    pub(super) fn new(program: &'p Program, supply: &Supply, manner: Manner, cpu: Cpu) -> Self {
        Self {
            program,
            manner,
            record_bytes_max: supply.record_bytes_max(),
            cpu,
            tokens: Tokens::new(cpu, supply.delimiter()),
            decider: Decider::with_cpu(program, cpu),
            outcomes: Vec::new(),
            decisions: Vec::new(),
            tally: Tally::new(program, supply.delimiter().byte()),
            gathered: Gathered::new(program, manner.reasons, manner.room_bytes),
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
            let count = self.tokens.records().len();
            let mut gathered = self.gathered_at_once().min(count);
            loop {
                let is_whole = gathered == count;
                if self.gathered.bytes_max() > self.manner.gathered_bytes_max {
                    // Of the window's last record nothing is to be said before it is there.
                    let last = if is_whole {
                        None
                    } else {
                        Some(decided.take_last())
                    };
                    let goes_on = write_early(&mut self.gathered, decided)?;
                    if let Some(last) = last {
                        decided.set_last(last);
                    }
                    if !goes_on {
                        return Ok(Found::Stopped);
                    }
                }
                if is_whole {
                    break;
                }
                let next = count.min(gathered.saturating_add(self.gathered_at_once()));
                self.gather(region, gathered..next);
                gathered = next;
            }
        }
        self.tally.blank_lines += self.tokens.blank_lines();
        self.tally.bytes.blank += self.tokens.blank_bytes();
        Ok(Found::Whole)
    }

    /// Decides every record of the scanner's window, and then gathers what is to be written of them.
    #[inline(always)]
    fn window(&mut self, region: Region<'_>, decided: &mut Decided) -> Option<Fault> {
        let fault = self.decide(region, decided);
        if fault.is_none() && self.manner.gathers {
            let count = self.tokens.records().len();
            self.gather(region, 0..self.gathered_at_once().min(count));
        }
        fault
    }

    /// How many records are gathered before it is looked how much that came to.
    #[inline(always)]
    fn gathered_at_once(&self) -> usize {
        if self.manner.gathers {
            let longest = self.tally.longest_suffix() + 1;
            (self.manner.gathered_bytes_max / longest).max(1)
        } else {
            usize::MAX
        }
    }

    fn gather(&mut self, region: Region<'_>, some: Range<usize>) {
        let some = Outcomes {
            buffer: region.buffer,
            tokens: &self.tokens,
            records: &self.tokens.records()[some.clone()],
            outcomes: &self.outcomes[some],
            tally: &self.tally,
            program: self.program,
        };
        self.tally.gathered += self.gathered.gather(self.cpu, some) as u64;
    }

    #[inline(always)]
    fn decide(&mut self, region: Region<'_>, decided: &mut Decided) -> Option<Fault> {
        let Self {
            program,
            manner,
            record_bytes_max,
            cpu,
            tokens,
            decider,
            outcomes,
            decisions,
            tally,
            ..
        } = self;
        let records = tokens.records();
        tally.expect(records.len());
        if outcomes.len() < records.len() {
            outcomes.resize(records.len(), PERMITTED);
            decisions.resize(records.len(), Decision::ALONE);
        }
        let (outcomes, decisions) = (
            &mut outcomes[..records.len()],
            &mut decisions[..records.len()],
        );
        let offset =
            |record: &RecordSpan| region.offset + (record.start as usize - region.start) as u64;
        let stops = Stops {
            strict: manner.strict,
            columns: program.columns(),
            record_bytes_max: *record_bytes_max,
        };
        if let Some((index, broken)) = stops.first_in(region, records) {
            decided.records += index as u64;
            return Some(Fault {
                records_before: decided.records,
                offset: offset(&records[index]),
                broken,
            });
        }
        decider.decide_all(
            region.buffer,
            tokens,
            records,
            decisions,
            |index, verdict| {
                if verdict.row.is_none() {
                    let record = &records[index];
                    let bytes = u64::from(record.next - record.start);
                    decided.note_malformed(index, offset(record), bytes);
                }
                outcomes[index] = tally.count_alone(verdict, program);
            },
        );
        let sums = tally.count_all(
            *cpu,
            records,
            outcomes,
            decisions,
            |case| decider.verdict_of_case(case).clone(),
            program,
        );
        decided.records += records.len() as u64;
        decided.permitted += sums.permitted;
        tally.bytes.permitted += sums.permitted_bytes;
        tally.bytes.withheld += sums.bytes - sums.permitted_bytes;
        // No record but the input's last can lack its terminator.
        if let (Some(last), Some(&outcome)) = (records.last(), outcomes.last())
            && last.next == last.end
        {
            let output = match outcome {
                PERMITTED => &mut decided.last_permitted,
                _ => &mut decided.last_withheld,
            };
            *output = LastRecord::Unterminated;
        }
        None
    }
}

/// What stops a run.
struct Stops {
    strict: bool,
    columns: usize,
    record_bytes_max: usize,
}

impl Stops {
    /// The first of a region's records that does.
    #[inline(always)]
    fn first_in(&self, region: Region<'_>, records: &[RecordSpan]) -> Option<(usize, Broken)> {
        let any_too_long = region.end - region.start > self.record_bytes_max;
        if !any_too_long && !self.strict {
            return None;
        }
        let limit = self.record_bytes_max;
        records.iter().enumerate().find_map(|(index, record)| {
            if (record.end - record.start) as usize > limit {
                return Some((index, Broken::TooLong { limit }));
            }
            let is_malformed = record.quote_fault || record.fields as usize != self.columns;
            (self.strict && is_malformed).then_some((index, Broken::Malformed))
        })
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
