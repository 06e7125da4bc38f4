//! Outputs that are compressed: their content is cut into chunks in the order of the blocks, each chunk is compressed by the worker
//! that completed it, and what comes of it is placed in order again. The bytes depend on the content alone.

use super::block::Block;
use super::error::RunError;
use super::gather::Gathered;
use super::ordered::{Places, Position};
use super::out_buffer::OutputTail;
use super::outcome::OutputResult;
use super::placing::Packed;
use super::region::Decided;
use super::streams::{OutputStream, Outputs};
use super::worker::Shared;
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
    fn cut(
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
                decided.permitted_unterminated,
            ),
            (
                &mut gathered.withheld,
                &mut position.withheld,
                &mut self.withheld,
                decided.withheld_unterminated,
            ),
        ];
        for (buffer, tail, chunks, last_unterminated) in both {
            let content = buffer.content();
            if content.is_empty() {
                continue;
            }
            if tail.owes_terminator {
                tail.left_over.extend_from_slice(terminator);
                tail.terminators_inserted += 1;
            }
            tail.owes_terminator = last_unterminated;
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

impl Shared<'_> {
    /// Passes a block's position on, compresses what it completed, and has that written in its turn; `false` if the run has stopped.
    pub(super) fn finish_packed(
        &self,
        block: Block,
        mut position: Position,
        decided: &Decided,
        gathered: &mut Gathered,
        packing: &mut Packing,
        outputs: &Outputs<'_>,
    ) -> Result<bool, RunError> {
        packing.cut(gathered, &mut position, decided, &outputs.terminator);
        self.positions.give(position);
        packing.pack()?;
        let packed = &mut packing.packed;
        match packing.held.take() {
            None => self.placing.put(block.sequence, packed, outputs),
            Some(places) => {
                let placed = self.placing.put_in_turn(places, packed, outputs);
                placed.map(|()| true)
            }
        }
    }

    /// The same before the block is done, whose turn at the positions has been taken; keeps both turns.
    pub(super) fn pack_early(
        &self,
        block: Block,
        position: &mut Position,
        so_far: &Decided,
        gathered: &mut Gathered,
        packing: &mut Packing,
        outputs: &Outputs<'_>,
    ) -> Result<bool, RunError> {
        packing.cut(gathered, position, so_far, &outputs.terminator);
        packing.pack()?;
        if packing.held.is_none() {
            packing.held = self.placing.take(block.sequence);
        }
        let Some(places) = &mut packing.held else {
            return Ok(false);
        };
        let both = [
            (
                &mut packing.packed.permitted,
                &mut places.permitted,
                &outputs.permitted,
            ),
            (
                &mut packing.packed.withheld,
                &mut places.withheld,
                &outputs.withheld,
            ),
        ];
        for (buffer, tail, stream) in both {
            let settled = stream.settle(buffer, tail, b"", false);
            stream.put(settled, buffer)?;
        }
        Ok(true)
    }
}

impl Chunks {
    /// INVARIANT: chunks are cut where the output's content is a multiple of their length, whatever blocks it came in.
    fn take_from(&mut self, tail: &mut OutputTail, chunk_bytes: usize) {
        while tail.left_over.len() >= chunk_bytes {
            let mut rest = self.free.pop().unwrap_or_default();
            rest.clear();
            rest.extend_from_slice(&tail.left_over[chunk_bytes..]);
            let mut chunk = std::mem::replace(&mut tail.left_over, rest);
            chunk.truncate(chunk_bytes);
            tail.offset += chunk_bytes as u64;
            self.full.push(chunk);
        }
    }
}
