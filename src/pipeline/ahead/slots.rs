//! Content that was or is being made, in its order, until it is dealt out as blocks. Knows nothing of where it comes from.

use std::collections::VecDeque;
use std::io;

use super::work::Tools;
use crate::pipeline::block::BlockBuffer;

/// A place for content, in its order.
pub(in crate::pipeline) enum Slot {
    /// A block.
    Block(BlockBuffer),
    /// The blocks of parts that are decompressed together.
    Parts(Parts),
    /// None.
    Failed(Failed),
}

/// The blocks of parts, as they come.
#[derive(Default)]
pub(in crate::pipeline) struct Parts {
    pub(super) blocks: VecDeque<BlockBuffer>,
    pub(super) rest: Rest,
    /// Memory that the parts, their content and their decoder take at most, in bytes.
    pub(super) bytes: usize,
    /// The same without their content.
    pub(super) bytes_beside_content: usize,
}

/// Who makes the blocks that are still to come.
#[derive(Default)]
pub(super) enum Rest {
    /// A worker is at it.
    #[default]
    Worked,
    /// Whoever takes this.
    Left(Tools),
    /// There are none.
    None,
    Failed(Failed),
}

impl Rest {
    /// What is needed to make them, if nobody has it; then somebody has.
    pub(super) fn take(&mut self) -> Option<Tools> {
        match std::mem::take(self) {
            Self::Left(tools) => Some(tools),
            other => {
                *self = other;
                None
            }
        }
    }
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
    /// Memory that is held for it at most, in bytes.
    fn bytes(&self, is_first: bool) -> usize {
        let made = |blocks: &VecDeque<BlockBuffer>| -> usize {
            blocks.iter().map(|block| block.block().len()).sum()
        };
        match self {
            Self::Block(buffer) => buffer.block().len(),
            Self::Parts(parts) => match parts.rest {
                Rest::None | Rest::Failed(_) => made(&parts.blocks),
                // No more of it are made ahead than of a stream.
                Rest::Worked | Rest::Left(_) if is_first => {
                    parts.bytes_beside_content + made(&parts.blocks)
                }
                Rest::Worked | Rest::Left(_) => parts.bytes,
            },
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

    /// Memory that is held at most for what waits or is being made, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let slots = self.waiting.iter().enumerate();
        slots.map(|(index, slot)| slot.bytes(index == 0)).sum()
    }

    /// The first, and its number.
    pub(super) fn first_mut(&mut self) -> Option<(u64, &mut Slot)> {
        let first = self.first;
        self.waiting.front_mut().map(|slot| (first, slot))
    }

    /// Whether there is something to do for the first: a block to decide on, or parts that nobody is at.
    pub(super) fn first_waits(&self) -> bool {
        self.waiting.front().is_some_and(|slot| match slot {
            Slot::Parts(parts) => !parts.blocks.is_empty() || !matches!(parts.rest, Rest::Worked),
            Slot::Block(_) | Slot::Failed(_) => true,
        })
    }

    /// The next parts, but not the first ones, that nobody is at and of which there are fewer blocks than these: their number, and what is
    /// needed to make more.
    pub(super) fn take_left(&mut self, blocks_max: usize) -> Option<(u64, Tools)> {
        let later = (self.first..).zip(&mut self.waiting).skip(1);
        later.into_iter().find_map(|(number, slot)| match slot {
            Slot::Parts(parts) if parts.blocks.len() < blocks_max => {
                Some((number, parts.rest.take()?))
            }
            Slot::Parts(_) | Slot::Block(_) | Slot::Failed(_) => None,
        })
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

    /// The parts with this number, and whether they come first.
    ///
    /// INVARIANT: parts that a worker is at are not taken away.
    pub(super) fn parts_mut(&mut self, number: u64) -> (&mut Parts, bool) {
        let index = number - self.first;
        match &mut self.waiting[index as usize] {
            Slot::Parts(parts) => (parts, index == 0),
            Slot::Block(_) | Slot::Failed(_) => unreachable!("a worker is at parts"),
        }
    }
}
