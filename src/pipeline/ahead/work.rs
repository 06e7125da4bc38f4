//! Reads, finds and decompresses pieces of an input: what a worker does without holding a lock. Touches nothing that others see.

use std::io::{self, Read};

use crate::compression::{Compression, Found, Members, Packed, Unpacker};
use crate::pipeline::block::BlockBuffer;
use crate::pipeline::stored::StoredRead;
use crate::reading::fill;

/// Most content that is asked of a decoder at a time. What it has made when it finds damage, it does not give; so blocks of any
/// multiple of this end at the same byte.
const STEP_BYTES: usize = 256 << 10;

/// What a worker needs to decompress parts.
pub(in crate::pipeline) struct Tools {
    pub(super) packed: Packed,
    unpacker: Box<Unpacker>,
}

impl Tools {
    pub(super) fn new(compression: Compression) -> io::Result<Self> {
        Ok(Self {
            packed: Packed::default(),
            unpacker: Box::new(Unpacker::new(compression)?),
        })
    }
}

/// A piece of work that makes content.
pub(in crate::pipeline) enum Work {
    /// Read the next block of a stream.
    Read {
        reader: Box<dyn Read + Send>,
        buffer: BlockBuffer,
    },
    /// Read the next parts as they are stored.
    Find {
        members: Box<Members<StoredRead>>,
        tools: Tools,
    },
    /// Decompress the next block of them, for this slot.
    Unpack {
        number: u64,
        tools: Tools,
        buffer: BlockBuffer,
    },
}

/// What came of it.
pub(in crate::pipeline) enum Done {
    Read {
        reader: Box<dyn Read + Send>,
        /// What came before the end or the failure, maybe nothing.
        buffer: BlockBuffer,
        failed: Option<io::Error>,
        ended: bool,
    },
    Found {
        members: Box<Members<StoredRead>>,
        tools: Tools,
        found: io::Result<Found>,
    },
    Unpacked {
        number: u64,
        tools: Tools,
        buffer: BlockBuffer,
        /// Whether there is no more.
        ended: io::Result<bool>,
    },
}

impl Work {
    /// Does it.
    pub(in crate::pipeline) fn run(self) -> Done {
        match self {
            Self::Read { reader, buffer } => read(reader, buffer),
            Self::Find {
                mut members,
                mut tools,
            } => {
                let begun = tools.unpacker.begin();
                let found = begun.and_then(|()| members.next(&mut tools.packed));
                Done::Found {
                    members,
                    tools,
                    found,
                }
            }
            Self::Unpack {
                number,
                tools,
                buffer,
            } => unpack(number, tools, buffer),
        }
    }
}

fn read(mut reader: Box<dyn Read + Send>, mut buffer: BlockBuffer) -> Done {
    let block_bytes = buffer.capacity();
    let mut length = 0;
    let mut failed = None;
    for room in buffer.room(block_bytes).chunks_mut(STEP_BYTES) {
        let mut filled = 0;
        failed = fill(&mut *reader, room, &mut filled).err();
        length += filled;
        if failed.is_some() || filled < room.len() {
            break;
        }
    }
    let ended = failed.is_some() || length < block_bytes;
    buffer.room(length);
    Done::Read {
        reader,
        buffer,
        failed,
        ended,
    }
}

fn unpack(number: u64, mut tools: Tools, mut buffer: BlockBuffer) -> Done {
    let Tools { packed, unpacker } = &mut tools;
    let block_bytes = buffer.capacity();
    let unpacked = unpacker.unpack(packed, buffer.room(block_bytes));
    buffer.room(unpacked.as_ref().map_or(0, |unpacked| unpacked.length));
    Done::Unpacked {
        number,
        tools,
        buffer,
        ended: unpacked.map(|unpacked| unpacked.ended),
    }
}
