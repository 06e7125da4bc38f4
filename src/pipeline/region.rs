//! Decides every record of a run of whole records, and gathers what is to be written of them.

use super::counts::MALFORMED_PLACES_MAX;
use super::error::{Broken, RunError};
use super::gather::{Gathered, PERMITTED};
use super::options::ReasonsColumn;
use super::tally::{OfCase, Tally};
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
    /// Notes that a record of the window, so many after those that are counted, is malformed.
    #[cold]
    #[inline(never)]
    fn note_malformed(&mut self, index: usize, offset: u64) {
        if self.malformed.len() < MALFORMED_PLACES_MAX {
            self.malformed.push(Malformed {
                records_before: self.records + index as u64,
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
    /// What each record of a window came to: the number of its set of reasons, or [`PERMITTED`].
    outcomes: Vec<u32>,
    /// The case of each record of a window.
    cases: Vec<OfCase>,
    pub(super) tally: Tally,
    pub(super) gathered: Gathered,
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
            outcomes: Vec::new(),
            cases: Vec::new(),
            tally: Tally::new(program),
            gathered: Gathered::new(program, manner.reasons, supply.delimiter()),
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
            if self.gathered.bytes_max() > self.manner.gathered_bytes_max
                && !write_early(&mut self.gathered, decided)?
            {
                return Ok(Found::Stopped);
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
            self.gathered
                .gather(region.buffer, &self.tokens, &self.outcomes, &self.tally);
        }
        fault
    }

    #[inline(always)]
    fn decide(&mut self, region: Region<'_>, decided: &mut Decided) -> Option<Fault> {
        let Self {
            program,
            manner,
            delimiter,
            record_bytes_max,
            tokens,
            decider,
            outcomes,
            cases,
            tally,
            ..
        } = self;
        let columns = program.columns() as u32;
        let record_bytes_max = u32::try_from(*record_bytes_max).unwrap_or(u32::MAX);
        let records = tokens.records();
        tally.expect(records.len());
        if outcomes.len() < records.len() {
            outcomes.resize(records.len(), PERMITTED);
            cases.resize(records.len(), OfCase::NONE);
        }
        let offset =
            |record: RecordSpan| region.offset + (record.start as usize - region.start) as u64;
        let (mut permitted, mut permitted_bytes, mut bytes) = (0, 0, 0);
        let places = outcomes.iter_mut().zip(cases.iter_mut());
        for (index, (&record, (outcome, of_case))) in records.iter().zip(places).enumerate() {
            let too_long = record.end - record.start > record_bytes_max;
            if too_long || (manner.strict && (record.quote_fault || record.fields != columns)) {
                decided.records += index as u64;
                return Some(Fault {
                    records_before: decided.records,
                    offset: offset(record),
                    broken: if too_long {
                        Broken::TooLong {
                            limit: record_bytes_max as usize,
                        }
                    } else {
                        Broken::Malformed
                    },
                });
            }
            match decider.decide_by_case(region.buffer, tokens, record) {
                Decision::Case { case, captured } => {
                    *outcome = tally.outcome_of_case(case, program, *delimiter, decider);
                    *of_case = OfCase {
                        case: case as u32,
                        captured,
                    };
                }
                Decision::Alone => {
                    let verdict = decider.verdict();
                    if verdict.row.is_none() {
                        decided.note_malformed(index, offset(record));
                    }
                    *outcome = tally.count_alone(verdict, program, *delimiter);
                    *of_case = OfCase::NONE;
                }
            }
            let is_permitted = u64::from(*outcome == PERMITTED);
            let length = u64::from(record.next - record.start);
            permitted += is_permitted;
            permitted_bytes += is_permitted * length;
            bytes += length;
        }
        tally.count_cases(&cases[..records.len()]);
        decided.records += records.len() as u64;
        decided.permitted += permitted;
        tally.bytes.permitted += permitted_bytes;
        tally.bytes.withheld += bytes - permitted_bytes;
        // No record but the input's last can lack its terminator.
        if let (Some(last), Some(&outcome)) =
            (records.last(), outcomes.get(records.len().wrapping_sub(1)))
            && last.next == last.end
        {
            decided.permitted_unterminated = outcome == PERMITTED;
            decided.withheld_unterminated = outcome != PERMITTED;
        }
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
