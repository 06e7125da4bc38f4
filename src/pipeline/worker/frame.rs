//! The serial part of a block: which whole records it completes, and what the next block gets of the record that its edge cuts.

use super::{Framed, Worker};
use crate::pipeline::block::{Block, BlockBuffer};
use crate::pipeline::error::Broken;
use crate::pipeline::ordered::Edge;
use crate::pipeline::region::Fault;
use crate::records::{BlockSummary, PADDING};

impl Worker<'_> {
    /// Tells which whole records the block completes, and passes the rest on to the next block.
    pub(super) fn frame(
        &mut self,
        block: Block,
        buffer: &mut BlockBuffer,
        skipped: usize,
        summary: BlockSummary,
        mut edge: Edge,
    ) -> (Framed, Option<Fault>) {
        let shared = self.shared;
        let limit = shared.supply.record_bytes_max();
        let delimiter = shared.supply.delimiter();
        let content = &buffer.block()[skipped..];
        let after = summary.after(edge.state);
        let completed = if block.last {
            Some(content.len())
        } else {
            let ended = summary.last_record_end(shared.cpu, content, delimiter, edge.state);
            // A CR at the last edge was a whole terminator after all.
            let settled = edge.awaits_lf() && content.first().is_some_and(|&byte| byte != b'\n');
            ended.or_else(|| settled.then_some(0))
        };
        let framed = match completed {
            None => {
                edge.cut.extend_from_slice(content);
                Framed::None
            }
            Some(completed) => {
                let framed = match buffer.put_before(skipped, &edge.cut) {
                    Some(start) => Framed::InPlace {
                        start,
                        block_bytes: completed,
                    },
                    None => {
                        self.joined.clear();
                        self.joined.extend_from_slice(&edge.cut);
                        self.joined
                            .extend_from_slice(&buffer.block()[skipped..][..completed]);
                        self.joined.resize(self.joined.len() + PADDING, 0);
                        Framed::Joined
                    }
                };
                edge.cut.clear();
                edge.cut
                    .extend_from_slice(&buffer.block()[skipped + completed..]);
                framed
            }
        };
        edge.state = after;
        if edge.cut.len() - usize::from(edge.awaits_lf()) > limit {
            let offset = block.offset + buffer.block().len() as u64 - edge.cut.len() as u64;
            // Blocks after this one are of no use; those before it may still find an earlier fault.
            shared.edges.close();
            let broken = Broken::TooLong { limit };
            return (
                framed,
                Some(Fault {
                    records_before: 0,
                    offset,
                    broken,
                }),
            );
        }
        shared.edges.give(if block.last {
            Edge::start_of_input()
        } else {
            edge
        });
        (framed, None)
    }
}
