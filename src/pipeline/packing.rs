//! Outputs that are compressed: their content is cut into chunks in the order of the blocks, each chunk is compressed by the worker
//! that completed it, and what comes of it is placed in order again. The bytes depend on the content alone.

use super::error::RunError;
use super::gather::Gathered;
use super::ordered::{Places, Position};
use super::out_buffer::{LastRecord, OutputTail};
use super::outcome::OutputResult;
use super::placing::{Packed, Placing};
use super::region::Decided;
use super::streams::{OutputStream, Outputs};
use crate::compression::{Compression, Packer};

/// One worker's compressors, used again for every block.
pub(super) struct Packing {
    packer: Packer,
    chunk_bytes: usize,
    permitted: Chunks,
    withheld: Chunks,
    /// What came of them.
    packed: Packed,
    /// The places in both outputs, where the worker took its turn at them before its block was done.
    held: Option<Places>,
}

/// Chunks of one output that are to be compressed.
#[derive(Debug, Default)]
struct Chunks {
    full: Vec<Vec<u8>>,
    free: Vec<Vec<u8>>,
}

impl Packing {
    /// `None` where outputs are not compressed.
    pub(super) fn new(compression: Compression) -> Result<Option<Self>, RunError> {
        let packer = Packer::new(compression).map_err(RunError::Memory)?;
        Ok(packer.map(|packer| Self {
            packer,
            chunk_bytes: Packer::chunk_bytes(compression),
            permitted: Chunks::default(),
            withheld: Chunks::default(),
            packed: Packed::new(),
            held: None,
        }))
    }

    /// Puts what has gathered after what was left over, and takes whole chunks of that.
    pub(super) fn cut(
        &mut self,
        gathered: &mut Gathered,
        position: &mut Position,
        decided: &Decided,
        terminator: &[u8],
    ) {
        let both = [
            (
                &mut gathered.permitted,
                &mut position.permitted,
                &mut self.permitted,
                decided.last_permitted,
            ),
            (
                &mut gathered.withheld,
                &mut position.withheld,
                &mut self.withheld,
                decided.last_withheld,
            ),
        ];
        for (buffer, tail, chunks, last) in both {
            let content = buffer.content();
            if content.is_empty() {
                continue;
            }
            if tail.last == LastRecord::Unterminated {
                tail.left_over.extend_from_slice(terminator);
                tail.terminators_inserted += 1;
            }
            tail.last = last;
            tail.left_over.extend_from_slice(content);
            chunks.take_from(tail, self.chunk_bytes);
            buffer.clear();
        }
    }

    /// Compresses the chunks.
    fn pack(&mut self) -> Result<(), RunError> {
        let both = [
            (&mut self.permitted, &mut self.packed.permitted),
            (&mut self.withheld, &mut self.packed.withheld),
        ];
        for (chunks, packed) in both {
            for chunk in chunks.full.drain(..) {
                self.packer
                    .pack(&chunk, |bytes| packed.push(bytes))
                    .map_err(RunError::Memory)?;
                chunks.free.push(chunk);
            }
        }
        Ok(())
    }

    /// Compresses what a block completed, and has it written in its turn; `false` if the run has stopped.
    ///
    /// # Errors
    /// If there is no memory, or an output cannot be written.
    pub(super) fn place(
        &mut self,
        sequence: u64,
        placing: &Placing,
        outputs: &Outputs<'_>,
    ) -> Result<bool, RunError> {
        self.pack()?;
        match self.held.take() {
            None => placing.put(sequence, &mut self.packed, outputs),
            Some(places) => {
                let placed = placing.put_in_turn(places, &mut self.packed, outputs);
                placed.map(|()| true)
            }
        }
    }

    /// The same before the block is done; keeps the turn.
    ///
    /// # Errors
    /// As above.
    pub(super) fn place_early(
        &mut self,
        sequence: u64,
        placing: &Placing,
        outputs: &Outputs<'_>,
    ) -> Result<bool, RunError> {
        self.pack()?;
        if self.held.is_none() {
            self.held = placing.take(sequence);
        }
        let Some(places) = &mut self.held else {
            return Ok(false);
        };
        let Packed {
            permitted,
            withheld,
        } = &mut self.packed;
        let both = [
            (&outputs.permitted, &mut places.permitted, permitted),
            (&outputs.withheld, &mut places.withheld, withheld),
        ];
        for (stream, tail, buffer) in both {
            let settled = stream.settle(buffer, tail, b"", LastRecord::Terminated);
            stream.put(settled, buffer)?;
        }
        Ok(true)
    }

    /// Compresses all that is left over of one output, and ends it.
    pub(super) fn finish(
        &mut self,
        stream: OutputStream<'_>,
        tail: &OutputTail,
        place: &mut OutputTail,
    ) -> Result<OutputResult, RunError> {
        for chunk in tail.left_over.chunks(self.chunk_bytes) {
            self.packer
                .pack(chunk, |bytes| place.left_over.extend_from_slice(bytes))
                .map_err(RunError::Memory)?;
        }
        place.left_over.extend_from_slice(self.packer.end());
        let content_bytes = tail.offset + tail.left_over.len() as u64;
        stream.finish(place, Some(content_bytes))
    }
}

impl Chunks {
    /// INVARIANT: chunks are cut where the output's content is a multiple of their length, whatever blocks it came in.
    fn take_from(&mut self, tail: &mut OutputTail, chunk_bytes: usize) {
        let whole = tail.left_over.len() / chunk_bytes * chunk_bytes;
        for content in tail.left_over[..whole].chunks_exact(chunk_bytes) {
            // A copy, so that a chunk has no more memory than it takes, however much came at once.
            let mut chunk = self.free.pop().unwrap_or_default();
            chunk.clear();
            chunk.extend_from_slice(content);
            self.full.push(chunk);
        }
        tail.left_over.drain(..whole);
        tail.offset += whole as u64;
    }
}
