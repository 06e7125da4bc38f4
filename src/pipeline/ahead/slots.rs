//! Content that was or is being made, in its order, until it is dealt out as blocks. Knows nothing of where it comes from.

use std::collections::VecDeque;
use std::io;

use crate::pipeline::block::BlockBuffer;

/// A place for content, in its order.
pub(in crate::pipeline) enum Slot {
    /// A worker is at it; it will have no more than this.
    Pending { content_bytes: usize },
    /// A block.
    Block(BlockBuffer),
    /// Content of more than a block, to be cut.
    Large {
        content: Vec<u8>,
        at: usize,
        end: usize,
    },
    /// None.
    Failed(Failed),
}

/// Content could not be read or decompressed.
#[derive(Debug)]
pub(in crate::pipeline) struct Failed {
    pub(in crate::pipeline) error: io::Error,
    /// Whether the decoder of streams may find otherwise.
    pub(in crate::pipeline) doubtful: bool,
}

/// What comes next, in order.
#[derive(Default)]
pub(super) struct Slots {
    waiting: VecDeque<Slot>,
    /// Number of the first slot since the input was opened.
    first: u64,
}

impl Slot {
    fn content_bytes(&self) -> usize {
        match self {
            Self::Pending { content_bytes } => *content_bytes,
            Self::Block(buffer) => buffer.block().len(),
            Self::Large { end, .. } => *end,
            Self::Failed(_) => 0,
        }
    }
}

impl Slots {
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Most bytes of all content that waits or is being made.
    pub(super) fn content_bytes(&self) -> usize {
        self.waiting.iter().map(Slot::content_bytes).sum()
    }

    pub(super) fn first_mut(&mut self) -> Option<&mut Slot> {
        self.waiting.front_mut()
    }

    pub(super) fn take_first(&mut self) -> Option<Slot> {
        let slot = self.waiting.pop_front()?;
        self.first += 1;
        Some(slot)
    }

    /// Adds one behind all others; its number.
    pub(super) fn add(&mut self, slot: Slot) -> u64 {
        let number = self.first + self.waiting.len() as u64;
        self.waiting.push_back(slot);
        number
    }

    /// Puts what a worker made in the place that was pending for it.
    ///
    /// INVARIANT: a slot that is pending is not taken away.
    pub(super) fn fill(&mut self, number: u64, slot: Slot) {
        self.waiting[(number - self.first) as usize] = slot;
    }
}
