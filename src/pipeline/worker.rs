//! One worker: takes a block, finds its records, decides them, and writes its share of both outputs.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::error::{Broken, RunError};
use super::feeder::{Block, BlockBuffer, Feeder};
use super::ordered::{Edge, Position};
use super::out_buffer::OutBuffer;
use super::run::ReasonsColumn;
use super::streams::OutputStream;
use super::tally::Tally;
use super::turnstile::Turnstile;
use crate::program::{Decider, Program, Projection, RecordFields};
use crate::records::{BlockSummary, Cpu, PADDING, RecordSpan, Tokens, last_record_end};
use crate::supply::Supply;

/// Bytes of one output that a block may gather before they are written out of hand, so that memory stays bounded however
/// much longer than their records the reasons are.
const GATHERED_BYTES_MAX: usize = 4 << 20;

/// Told what a run has done so far; called by any worker, in no order.
pub trait Observer: Sync {
    /// One more block was decided.
    fn seen(&self, seen: Seen);
}

/// What one block came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Bytes of the (decompressed) inputs.
    pub bytes: u64,
    /// Records permitted.
    pub permitted: u64,
    /// Records withheld.
    pub withheld: u64,
}

/// What all workers of a run share.
pub(super) struct Shared<'r> {
    pub(super) program: &'r Program,
    pub(super) supply: &'r Supply,
    pub(super) feeder: &'r Feeder<'r>,
    pub(super) outputs: Option<&'r Outputs>,
    pub(super) reasons_column: ReasonsColumn,
    pub(super) strict: bool,
    pub(super) block_bytes: usize,
    pub(super) cpu: Cpu,
    pub(super) observer: &'r dyn Observer,
    pub(super) interrupted: &'r AtomicBool,
    pub(super) edges: &'r Turnstile<Edge>,
    pub(super) positions: &'r Turnstile<Position>,
    pub(super) first_error: &'r Mutex<Option<RunError>>,
}

/// Both outputs.
#[derive(Debug)]
pub(super) struct Outputs {
    pub(super) permitted: OutputStream,
    pub(super) withheld: OutputStream,
    /// What is put between a record that came without a terminator and the next.
    pub(super) terminator: Vec<u8>,
}

/// A worker's own things, used again for every block.
struct Worker<'r> {
    shared: &'r Shared<'r>,
    tokens: Tokens,
    decider: Decider<'r>,
    tally: Tally,
    permitted: OutBuffer,
    withheld: OutBuffer,
    joined: Vec<u8>,
}

/// What was found wrong in a block, to be reported in the order of the records.
struct Fault {
    /// Records of the block before it.
    records_before: u64,
    offset: u64,
    broken: Broken,
}

/// A run of whole records: where they lie in a buffer, and where the buffer's start lies in the input.
struct Region<'b> {
    buffer: &'b [u8],
    start: usize,
    end: usize,
    /// Offset of `buffer[start]` in the input.
    offset: u64,
}

impl<'r> Shared<'r> {
    /// Works until there is no block left or the run has stopped; what this worker counted.
    pub(super) fn work(&'r self) -> Tally {
        let _guard = CloseOnPanic(self);
        let mut worker = Worker {
            shared: self,
            tokens: Tokens::new(self.cpu, self.supply.delimiter()),
            decider: Decider::new(self.program),
            tally: Tally::new(self.program),
            permitted: OutBuffer::new(),
            withheld: OutBuffer::new(),
            joined: Vec::new(),
        };
        let mut buffer = BlockBuffer::new(self.block_bytes);
        loop {
            if self.interrupted.load(Ordering::Relaxed) {
                self.stop(RunError::Interrupted);
            }
            match self.feeder.next(&mut buffer).and_then(|block| match block {
                Some(block) => worker.block(block, &mut buffer),
                None => Ok(false),
            }) {
                Ok(true) => {}
                Ok(false) => return worker.tally,
                Err(error) => self.stop(error),
            }
        }
    }

    /// Stops the run; the first error is the one that counts.
    fn stop(&self, error: RunError) {
        self.first_error
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .get_or_insert(error);
        self.close();
    }

    fn close(&self) {
        self.feeder.close();
        self.edges.close();
        self.positions.close();
    }
}

/// Lets the other workers end, where one panics: they would wait for it for ever.
struct CloseOnPanic<'g, 'r>(&'g Shared<'r>);

impl Drop for CloseOnPanic<'_, '_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.close();
        }
    }
}

impl Worker<'_> {
    /// Does one block; `false` if the run has stopped.
    fn block(&mut self, block: Block, buffer: &mut BlockBuffer) -> Result<bool, RunError> {
        let shared = self.shared;
        let input = &shared.supply.inputs()[block.input];
        let delimiter = shared.supply.delimiter();
        let limit = shared.supply.record_bytes_max();
        let read = buffer.block().len();

        let preamble = input.preamble();
        let skipped = (preamble.len() as u64)
            .saturating_sub(block.offset)
            .min(read as u64) as usize;
        if skipped > 0 && buffer.block()[..skipped] != preamble[block.offset as usize..][..skipped]
        {
            return Err(input.changed().into());
        }
        let content_digest = shared.feeder.content_digest(block.input);

        // The serial part: a few bits and the record that the edge cuts.
        let summary = BlockSummary::of(shared.cpu, &buffer.block()[skipped..], delimiter);
        let Some(mut edge) = shared.edges.take(block.sequence) else {
            return Ok(false);
        };
        if let Some(digest) = content_digest {
            digest.add_in_order(buffer.block());
        }
        let content = &buffer.block()[skipped..];
        let content_offset = block.offset + skipped as u64;
        let region_offset = content_offset - edge.cut.len() as u64;
        let after = summary.after(edge.state);
        let whole = if block.last {
            Some(content.len())
        } else {
            let ended = last_record_end(shared.cpu, content, delimiter, edge.state, after);
            let settled = edge.awaits_lf() && content.first().is_some_and(|&byte| byte != b'\n');
            ended.or_else(|| settled.then_some(0))
        };
        let mut fault = None;
        let region = match whole {
            None => {
                edge.cut.extend_from_slice(content);
                None
            }
            Some(whole) => {
                let start = buffer.put_before(skipped, &edge.cut);
                if start.is_none() {
                    self.joined.clear();
                    self.joined.extend_from_slice(&edge.cut);
                    self.joined
                        .extend_from_slice(&buffer.block()[skipped..][..whole]);
                    self.joined.resize(self.joined.len() + PADDING, 0);
                }
                edge.cut.clear();
                edge.cut
                    .extend_from_slice(&buffer.block()[skipped + whole..]);
                Some((start, whole))
            }
        };
        edge.state = after;
        let cut_record_bytes = edge.cut.len() - usize::from(edge.awaits_lf());
        if cut_record_bytes > limit {
            let offset = block.offset + read as u64 - edge.cut.len() as u64;
            fault = Some(Fault {
                records_before: 0,
                offset,
                broken: Broken::TooLong { limit },
            });
            shared.edges.close();
        } else {
            shared.edges.give(if block.last {
                Edge::start_of_input()
            } else {
                edge
            });
        }

        // The parallel part.
        if let Some(digest) = content_digest {
            digest.add_any_time(block.offset, buffer.block());
        }
        let mut held = None;
        let mut decided = Decided::default();
        if let Some((start, whole)) = region {
            let joined = std::mem::take(&mut self.joined);
            let region = match start {
                Some(start) => Region {
                    buffer: buffer.all(),
                    start,
                    end: buffer.start + skipped + whole,
                    offset: region_offset,
                },
                None => Region {
                    buffer: &joined,
                    start: 0,
                    end: joined.len() - PADDING,
                    offset: region_offset,
                },
            };
            let found = self.region(&region, block, &mut held, &mut decided)?;
            self.joined = joined;
            match found {
                Found::Stopped => return Ok(false),
                Found::Whole => {}
                Found::Fault(first) => fault = Some(first),
            }
        }
        let after_region = decided.records;
        if let Some(Fault { records_before, .. }) = &mut fault {
            *records_before = (*records_before).max(after_region);
        }
        self.tally.bytes.read += read as u64;
        self.finish_block(block, held, &decided, fault, read)
    }

    /// Takes this block's turn at the outputs, passes it on, and writes.
    fn finish_block(
        &mut self,
        block: Block,
        held: Option<Position>,
        decided: &Decided,
        fault: Option<Fault>,
        read: usize,
    ) -> Result<bool, RunError> {
        let shared = self.shared;
        let Some(mut position) = held.or_else(|| shared.positions.take(block.sequence)) else {
            return Ok(false);
        };
        if let Some(Fault {
            records_before,
            offset,
            broken,
        }) = fault
        {
            let path = shared.supply.inputs()[block.input].path().to_path_buf();
            return Err(RunError::Record {
                path,
                number: position.records_in_input + records_before + 1,
                offset,
                broken,
            });
        }
        position.records_in_input = if block.last {
            0
        } else {
            position.records_in_input + decided.records
        };
        if let Some(outputs) = shared.outputs {
            let (permitted_at, permitted) = self.permitted.settle(
                &mut position.permitted,
                &outputs.terminator,
                decided.permitted_unterminated,
            );
            let (withheld_at, withheld) = self.withheld.settle(
                &mut position.withheld,
                &outputs.terminator,
                decided.withheld_unterminated,
            );
            outputs.permitted.digest().add_in_order(permitted);
            outputs.withheld.digest().add_in_order(withheld);
            shared.positions.give(position);
            // Neighbouring blocks start with different files, as one file takes one writer at a time.
            if block.sequence.is_multiple_of(2) {
                outputs.permitted.write(permitted_at, permitted)?;
                outputs.withheld.write(withheld_at, withheld)?;
            } else {
                outputs.withheld.write(withheld_at, withheld)?;
                outputs.permitted.write(permitted_at, permitted)?;
            }
            outputs
                .permitted
                .digest()
                .add_any_time(permitted_at, permitted);
            outputs
                .withheld
                .digest()
                .add_any_time(withheld_at, withheld);
            self.permitted.clear();
            self.withheld.clear();
        } else {
            shared.positions.give(position);
        }
        shared.observer.seen(Seen {
            bytes: read as u64,
            permitted: decided.permitted,
            withheld: decided.records - decided.permitted,
        });
        Ok(true)
    }

    /// Decides every record of a region.
    fn region(
        &mut self,
        region: &Region<'_>,
        block: Block,
        held: &mut Option<Position>,
        decided: &mut Decided,
    ) -> Result<Found, RunError> {
        let Shared {
            program,
            strict,
            supply,
            ..
        } = *self.shared;
        let limit = supply.record_bytes_max();
        let columns = program.columns() as u32;
        let delimiter = supply.delimiter().byte();
        self.tokens.start(region.start, region.end);
        while self.tokens.advance(region.buffer) {
            for index in 0..self.tokens.records().len() {
                let record = self.tokens.records()[index];
                let broken = if (record.end - record.start) as usize > limit {
                    Some(Broken::TooLong { limit })
                } else if strict && (record.quote_fault || record.fields != columns) {
                    Some(Broken::Malformed)
                } else {
                    None
                };
                if let Some(broken) = broken {
                    let offset = region.offset + u64::from(record.start) - region.start as u64;
                    return Ok(Found::Fault(Fault {
                        records_before: decided.records,
                        offset,
                        broken,
                    }));
                }
                let fields =
                    RecordFields::new(region.buffer, record.start, self.tokens.field_ends(record));
                let well_formed = !record.quote_fault && record.fields == columns;
                let verdict = if well_formed {
                    self.decider.decide(&fields)
                } else {
                    self.decider.malformed()
                };
                self.tally.withdrawals_before_capture +=
                    u64::from(verdict.withdrawn_before_capture);
                let bytes = u64::from(record.next - record.start);
                decided.records += 1;
                if verdict.reasons.is_empty() {
                    decided.permitted += 1;
                    decided.permitted_unterminated = record.next == record.end;
                    self.tally.permit(verdict.row);
                    self.tally.bytes.permitted += bytes;
                    if self.shared.outputs.is_some() {
                        supply_record(
                            program.projection(),
                            &fields,
                            record,
                            region.buffer,
                            delimiter,
                            self.permitted.bytes(),
                        );
                    }
                } else {
                    decided.withheld_unterminated = record.next == record.end;
                    let suffix =
                        self.tally
                            .withhold(verdict.row, &verdict.reasons, program, delimiter);
                    if self.shared.outputs.is_some() {
                        let out = self.withheld.bytes();
                        out.extend_from_slice(
                            &region.buffer[record.start as usize..record.end as usize],
                        );
                        if self.shared.reasons_column == ReasonsColumn::Appended {
                            out.extend_from_slice(suffix);
                        }
                        out.extend_from_slice(
                            &region.buffer[record.end as usize..record.next as usize],
                        );
                    }
                    self.tally.bytes.withheld += bytes;
                }
            }
            if self.permitted.len().max(self.withheld.len()) > GATHERED_BYTES_MAX
                && !self.write_early(block, held)?
            {
                return Ok(Found::Stopped);
            }
        }
        self.tally.blank_lines += self.tokens.blank_lines();
        self.tally.bytes.blank += self.tokens.blank_bytes();
        Ok(Found::Whole)
    }

    /// Takes this block's turn before the block is done, and writes what has gathered; `false` if the run has stopped.
    #[cold]
    fn write_early(&mut self, block: Block, held: &mut Option<Position>) -> Result<bool, RunError> {
        let Some(outputs) = self.shared.outputs else {
            return Ok(true);
        };
        if held.is_none() {
            *held = self.shared.positions.take(block.sequence);
        }
        let Some(position) = held else {
            return Ok(false);
        };
        let settled = [
            (
                &mut self.permitted,
                &mut position.permitted,
                &outputs.permitted,
            ),
            (
                &mut self.withheld,
                &mut position.withheld,
                &outputs.withheld,
            ),
        ];
        for (buffer, tail, stream) in settled {
            // Only the last record of an input can lack its terminator, and that one is written when the block is done.
            let (offset, bytes) = buffer.settle(tail, &outputs.terminator, false);
            stream.digest().add_in_order(bytes);
            stream.write(offset, bytes)?;
            stream.digest().add_any_time(offset, bytes);
            buffer.clear();
        }
        Ok(true)
    }
}

/// What a block's records came to.
#[derive(Debug, Default)]
struct Decided {
    records: u64,
    permitted: u64,
    permitted_unterminated: bool,
    withheld_unterminated: bool,
}

enum Found {
    Whole,
    Fault(Fault),
    Stopped,
}

/// Appends what of a permitted record is supplied, with the record's own terminator.
#[inline]
fn supply_record(
    projection: &Projection,
    fields: &RecordFields<'_>,
    record: RecordSpan,
    buffer: &[u8],
    delimiter: u8,
    out: &mut Vec<u8>,
) {
    match projection {
        Projection::Whole => {
            out.extend_from_slice(&buffer[record.start as usize..record.next as usize])
        }
        Projection::Columns(runs) => {
            Projection::write_columns(runs, fields, delimiter, out);
            out.extend_from_slice(&buffer[record.end as usize..record.next as usize]);
        }
    }
}
