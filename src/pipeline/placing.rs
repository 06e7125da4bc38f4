//! Puts what came of the blocks' chunks into the compressed outputs, in the order of the blocks. Nobody waits for a turn, as long as
//! few wait: whoever ends a turn places those that come next. Compresses nothing.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::error::RunError;
use super::ordered::Places;
use super::out_buffer::{LastRecord, OutBuffer};
use super::streams::Outputs;
use super::turnstile::Turnstile;

/// Most blocks whose turn has not come.
const WAITING_MAX: usize = 64;

/// What came of one block's chunks.
#[derive(Debug)]
pub(super) struct Packed {
    pub(super) permitted: OutBuffer,
    pub(super) withheld: OutBuffer,
}

/// The places in both outputs, and what is to be put there.
///
/// PERF: a block completes none to several chunks, so it is often done before the one before it. A `split` of 158 MB on 2 cores in which
/// each waited for that took 1.22 times the wall time with `--compress zst`, 1.28 times with `gz`.
#[derive(Debug)]
pub(super) struct Placing {
    turns: Turnstile<Places>,
    waiting: Mutex<Waiting>,
    waiting_max: usize,
}

#[derive(Debug, Default)]
struct Waiting {
    /// By their blocks' sequence numbers.
    blocks: BTreeMap<u64, Packed>,
    /// Memory of those that were placed.
    free: Vec<Packed>,
}

impl Packed {
    pub(super) fn new() -> Self {
        Self {
            permitted: OutBuffer::new(),
            withheld: OutBuffer::new(),
        }
    }
}

impl Placing {
    pub(super) fn new(threads: NonZeroUsize) -> Self {
        Self {
            turns: Turnstile::new(Places::default()),
            waiting: Mutex::default(),
            waiting_max: threads.get().saturating_mul(2).clamp(4, WAITING_MAX),
        }
    }

    /// Waits for the turn of `sequence`, which [`Self::put_in_turn`] ends; `None` once the run has stopped.
    pub(super) fn take(&self, sequence: u64) -> Option<Places> {
        self.turns.take(sequence)
    }

    /// Has what came of a block written in its turn, by whoever, and leaves others' memory in its place; waits for the turn only
    /// where too many wait. `false` if the run has stopped.
    ///
    /// # Errors
    /// If an output cannot be written.
    pub(super) fn put(
        &self,
        sequence: u64,
        packed: &mut Packed,
        outputs: &Outputs<'_>,
    ) -> Result<bool, RunError> {
        let mut waiting = self.lock();
        if waiting.blocks.len() < self.waiting_max {
            let empty = waiting.free.pop().unwrap_or_else(Packed::new);
            let packed = std::mem::replace(packed, empty);
            waiting.blocks.insert(sequence, packed);
            drop(waiting);
            self.place_waiting(outputs)?;
            return Ok(true);
        }
        drop(waiting);
        match self.take(sequence) {
            Some(places) => self.put_in_turn(places, packed, outputs).map(|()| true),
            None => Ok(false),
        }
    }

    /// Writes what came of a block whose turn was taken, ends that, and does the same for the blocks that come next.
    ///
    /// # Errors
    /// If an output cannot be written.
    pub(super) fn put_in_turn(
        &self,
        places: Places,
        packed: &mut Packed,
        outputs: &Outputs<'_>,
    ) -> Result<(), RunError> {
        self.place(places, packed, outputs)?;
        self.place_waiting(outputs)
    }

    /// The places after the last block.
    pub(super) fn into_value(self) -> Option<Places> {
        self.turns.into_value()
    }

    pub(super) fn close(&self) {
        self.turns.close();
    }

    /// INVARIANT: whoever adds a block, and whoever ends a turn, looks for the next one afterwards. So whichever of the two comes
    /// last finds it, and no block is left.
    fn place_waiting(&self, outputs: &Outputs<'_>) -> Result<(), RunError> {
        loop {
            let first = self.lock().blocks.keys().next().copied();
            let Some(first) = first else { return Ok(()) };
            let Some(places) = self.turns.take_now(first) else {
                return Ok(());
            };
            let mut packed = self
                .lock()
                .blocks
                .remove(&first)
                .expect("it is taken by whoever has its turn");
            self.place(places, &mut packed, outputs)?;
            self.lock().free.push(packed);
        }
    }

    fn place(
        &self,
        mut places: Places,
        packed: &mut Packed,
        outputs: &Outputs<'_>,
    ) -> Result<(), RunError> {
        let Packed {
            permitted,
            withheld,
        } = packed;
        let both = [
            (&outputs.permitted, &mut places.permitted, permitted),
            (&outputs.withheld, &mut places.withheld, withheld),
        ]
        .map(|(stream, tail, buffer)| {
            (
                stream,
                stream.settle(buffer, tail, b"", LastRecord::Terminated),
                buffer,
            )
        });
        self.turns.give(places);
        for (stream, settled, buffer) in both {
            stream.put(settled, buffer)?;
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
