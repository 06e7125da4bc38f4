//! One worker: takes a block, frames its records, has them split, and writes its share of both outputs.

mod frame;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::block::{Block, BlockBuffer};
use super::error::RunError;
use super::feeder::{Feeder, Unread};
use super::gather::Gathered;
use super::ordered::{Edge, Position};
use super::out_buffer::{OutBuffer, Settled};
use super::packing::Packing;
use super::placing::Placing;
use super::region::{Decided, Fault, Found, Manner, Region, Splitter};
use super::streams::{OutputStream, Outputs};
use super::tally::Tally;
use super::turnstile::Turnstile;
use crate::program::Program;
use crate::records::{BlockSummary, Cpu, PADDING};
use crate::supply::Supply;

/// Told what a run has done so far; called by any worker, in no order.
pub trait Observer: Sync {
    /// One more block was decided.
    fn seen(&self, seen: Seen);

    /// What was done so far was done in vain, and starts over: an input has to be read in another way.
    fn started_over(&self) {}
}

/// Sees nothing.
impl Observer for () {
    fn seen(&self, _seen: Seen) {}
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
    pub(super) outputs: Option<&'r Outputs<'r>>,
    pub(super) manner: Manner,
    pub(super) block_bytes: usize,
    pub(super) cpu: Cpu,
    pub(super) observer: &'r dyn Observer,
    pub(super) interrupted: &'r AtomicBool,
    pub(super) edges: &'r Turnstile<Edge>,
    pub(super) positions: &'r Turnstile<Position>,
    pub(super) placing: &'r Placing,
    pub(super) first_error: &'r Mutex<Option<RunError>>,
}

/// A worker's own things, used again for every block.
struct Worker<'r> {
    shared: &'r Shared<'r>,
    splitter: Splitter<'r>,
    joined: Vec<u8>,
    /// Where outputs are compressed.
    packing: Option<Packing>,
}

/// The whole records that a block completes, in the order of the input.
enum Framed {
    /// None: the block lies within one record.
    None,
    /// In the block's buffer, from this position on; so many bytes of the block are among them.
    InPlace { start: usize, block_bytes: usize },
    /// In a buffer of their own: the first record was too long for the room before the block.
    Joined,
}

impl<'r> Shared<'r> {
    /// Works until there is no block left or the run has stopped; what this worker counted.
    pub(super) fn work(&'r self) -> Tally {
        let _guard = CloseOnPanic(self);
        let mut worker = Worker {
            shared: self,
            splitter: Splitter::new(self.program, self.supply, self.manner, self.cpu),
            joined: Vec::new(),
            packing: None,
        };
        let mut buffer = match self.equip(&mut worker) {
            Ok(buffer) => buffer,
            Err(error) => {
                self.stop(error);
                return worker.splitter.tally;
            }
        };
        loop {
            if self.interrupted.load(Ordering::Relaxed) {
                self.stop(RunError::Interrupted);
            }
            let done = match self.feeder.next(&mut buffer) {
                Ok(Some(block)) => worker.block(block, &mut buffer),
                Ok(None) => Ok(false),
                Err(Unread { sequence, error }) => self.fail_in_turn(sequence, error),
            };
            match done {
                Ok(true) => {}
                Ok(false) => return worker.splitter.tally,
                Err(error) => self.stop(error),
            }
        }
    }

    /// Gets what a worker needs beside itself.
    fn equip(&self, worker: &mut Worker<'_>) -> Result<BlockBuffer, RunError> {
        if let Some(outputs) = self.outputs {
            worker.packing = Packing::new(outputs.compression)?;
        }
        BlockBuffer::new(self.block_bytes).map_err(RunError::Memory)
    }

    /// Stops the run; the first error is the one that counts.
    pub(super) fn stop(&self, error: RunError) {
        let mut first = self
            .first_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert(error);
        drop(first);
        self.close();
    }

    /// Fails once all blocks before this one are done: what stops the run in one of them comes first in the input, and is told.
    fn fail_in_turn(&self, sequence: u64, error: RunError) -> Result<bool, RunError> {
        match self.positions.take(sequence) {
            Some(_) => Err(error),
            None => Ok(false),
        }
    }

    fn close(&self) {
        self.feeder.close();
        self.edges.close();
        self.positions.close();
        self.placing.close();
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
        let read = buffer.block().len();
        let preamble = input.preamble();
        let skipped = (preamble.len() as u64)
            .saturating_sub(block.offset)
            .min(read as u64) as usize;
        if skipped > 0 && buffer.block()[..skipped] != preamble[block.offset as usize..][..skipped]
        {
            return shared.fail_in_turn(block.sequence, input.changed().into());
        }

        // The serial part: a few bits, and the record that the edge cuts.
        let content = &buffer.block()[skipped..];
        let summary = BlockSummary::of(shared.cpu, content, shared.supply.delimiter());
        let Some(edge) = shared.edges.take(block.sequence) else {
            return Ok(false);
        };
        if block.last {
            // INVARIANT: every block of this input has been read by now, as each is before it takes its turn.
            if let Err(error) = shared.feeder.check_unchanged(block.input) {
                return shared.fail_in_turn(block.sequence, error);
            }
        }
        let content_digest = shared.feeder.content_digest(block.input);
        if let Some(digest) = content_digest {
            digest.add_in_order(buffer.block());
        }
        let region_offset = block.offset + skipped as u64 - edge.cut.len() as u64;
        let (framed, mut fault) = self.frame(block, buffer, skipped, summary, edge);

        // The parallel part.
        if let Some(digest) = content_digest {
            digest.add_any_time(block.offset, buffer.block());
        }
        let region = match framed {
            Framed::None => None,
            Framed::InPlace { start, block_bytes } => {
                let end = buffer.start + skipped + block_bytes;
                Some(Region {
                    buffer: buffer.all(),
                    start,
                    end,
                    offset: region_offset,
                })
            }
            Framed::Joined => {
                let end = self.joined.len() - PADDING;
                Some(Region {
                    buffer: &self.joined,
                    start: 0,
                    end,
                    offset: region_offset,
                })
            }
        };
        let mut decided = Decided::default();
        let mut held = None;
        if let Some(region) = region {
            let write_early = |gathered: &mut Gathered, so_far: &Decided| {
                let packing = self.packing.as_mut();
                shared.write_early(block, &mut held, gathered, so_far, packing)
            };
            match self.splitter.split(region, &mut decided, write_early)? {
                Found::Whole => {}
                Found::Stopped => return Ok(false),
                Found::Fault(found) => fault = Some(found),
            }
        }
        if let Some(fault) = &mut fault {
            // The record that an edge cut comes after all that the block completes.
            fault.records_before = decided.records;
        }
        self.splitter.tally.bytes.read += read as u64;
        let is_done = shared.finish(
            block,
            held,
            &decided,
            fault,
            &mut self.splitter.gathered,
            self.packing.as_mut(),
        )?;
        if is_done {
            shared.tell(&decided, read);
        }
        Ok(is_done)
    }
}

impl Shared<'_> {
    /// Takes a block's turn at the outputs, passes it on, and writes; `false` if the run has stopped.
    fn finish(
        &self,
        block: Block,
        held: Option<Position>,
        decided: &Decided,
        fault: Option<Fault>,
        gathered: &mut Gathered,
        packing: Option<&mut Packing>,
    ) -> Result<bool, RunError> {
        let Some(mut position) = held.or_else(|| self.positions.take(block.sequence)) else {
            return Ok(false);
        };
        if let Some(Fault {
            records_before,
            offset,
            broken,
        }) = fault
        {
            let path = self.supply.inputs()[block.input].path().to_path_buf();
            let number = position.records_in_input + records_before + 1;
            return Err(RunError::Record {
                path,
                number,
                offset,
                broken,
            });
        }
        position.add_malformed(block.input, &decided.malformed);
        position.records_in_input = if block.last {
            0
        } else {
            position.records_in_input + decided.records
        };
        let Some(outputs) = self.outputs else {
            self.positions.give(position);
            return Ok(true);
        };
        if let Some(packing) = packing {
            packing.cut(gathered, &mut position, decided, &outputs.terminator);
            self.positions.give(position);
            return packing.place(block.sequence, self.placing, outputs);
        }
        let mut both = settle(outputs, &mut position, gathered, decided);
        self.positions.give(position);
        // Neighbouring blocks start with different files, as one file takes one writer at a time.
        if !block.sequence.is_multiple_of(2) {
            both.reverse();
        }
        for (stream, settled, buffer) in both {
            stream.put(settled, buffer)?;
        }
        Ok(true)
    }

    fn tell(&self, decided: &Decided, read: usize) {
        self.observer.seen(Seen {
            bytes: read as u64,
            permitted: decided.permitted,
            withheld: decided.records - decided.permitted,
        });
    }

    /// Takes a block's turn before the block is done, and writes what has gathered; `false` if the run has stopped.
    #[cold]
    fn write_early(
        &self,
        block: Block,
        held: &mut Option<Position>,
        gathered: &mut Gathered,
        so_far: &Decided,
        packing: Option<&mut Packing>,
    ) -> Result<bool, RunError> {
        let Some(outputs) = self.outputs else {
            return Ok(true);
        };
        if held.is_none() {
            *held = self.positions.take(block.sequence);
        }
        let Some(position) = held else {
            return Ok(false);
        };
        if let Some(packing) = packing {
            packing.cut(gathered, position, so_far, &outputs.terminator);
            return packing.place_early(block.sequence, self.placing, outputs);
        }
        for (stream, settled, buffer) in settle(outputs, position, gathered, so_far) {
            stream.put(settled, buffer)?;
        }
        Ok(true)
    }
}

/// Settles where both outputs' bytes go that have gathered.
fn settle<'o, 'g>(
    outputs: &'o Outputs<'o>,
    position: &mut Position,
    gathered: &'g mut Gathered,
    decided: &Decided,
) -> [(&'o OutputStream<'o>, Settled, &'g mut OutBuffer); 2] {
    let terminator = &outputs.terminator;
    [
        (
            &outputs.permitted,
            &mut position.permitted,
            &mut gathered.permitted,
            decided.last_permitted,
        ),
        (
            &outputs.withheld,
            &mut position.withheld,
            &mut gathered.withheld,
            decided.last_withheld,
        ),
    ]
    .map(|(stream, tail, buffer, last)| {
        let settled = stream.settle(buffer, tail, terminator, last);
        (stream, settled, buffer)
    })
}
