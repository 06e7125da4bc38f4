//! Reads, finds and decompresses pieces of an input: what a worker does without holding a lock. Touches nothing that others see.

use std::io::{self, Read};
use std::sync::Arc;

use super::slots::{Failed, Slot};
use crate::compression::{Compression, Found, Members, Packed, Unpacker};
use crate::pipeline::block::BlockBuffer;
use crate::pipeline::stored::{StoredRead, fill};

/// What a worker needs to decompress parts.
pub(in crate::pipeline) struct Tools {
    pub(super) packed: Packed,
    unpacker: Unpacker,
}

/// Memory for the content of parts.
pub(in crate::pipeline) enum Room {
    /// Of no more than a block.
    Block(BlockBuffer),
    /// Of more.
    Large(Vec<u8>),
}

impl Tools {
    pub(super) fn new(compression: Compression) -> io::Result<Self> {
        Ok(Self {
            packed: Packed::default(),
            unpacker: Unpacker::new(compression)?,
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
    /// Decompress them, for this slot.
    Unpack {
        number: u64,
        tools: Tools,
        room: Room,
    },
}

/// What came of it.
pub(in crate::pipeline) enum Done {
    Read {
        reader: Box<dyn Read + Send>,
        slot: Slot,
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
        slot: Slot,
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
                let found = members.next(&mut tools.packed);
                Done::Found {
                    members,
                    tools,
                    found,
                }
            }
            Self::Unpack {
                number,
                tools,
                room,
            } => unpack(number, tools, room),
        }
    }
}

fn read(mut reader: Box<dyn Read + Send>, mut buffer: BlockBuffer) -> Done {
    let block_bytes = buffer.capacity();
    let mut length = 0;
    let failed = fill(&mut *reader, buffer.room(block_bytes), &mut length).err();
    let ended = failed.is_some() || length < block_bytes;
    buffer.room(length);
    let slot = match failed {
        None => Slot::Block(buffer),
        Some(error) => Slot::Failed(Failed {
            after: length,
            error,
            doubtful: false,
        }),
    };
    Done::Read {
        reader,
        slot,
        ended,
    }
}

fn unpack(number: u64, mut tools: Tools, room: Room) -> Done {
    let Tools { packed, unpacker } = &mut tools;
    let content_bytes = packed.content_bytes();
    let made = match room {
        Room::Block(mut buffer) => {
            unpacker
                .unpack(packed, buffer.room(content_bytes))
                .map(|length| {
                    buffer.room(length);
                    Slot::Block(buffer)
                })
        }
        Room::Large(mut content) => {
            if content.len() < content_bytes {
                content.resize(content_bytes, 0);
            }
            unpacker
                .unpack(packed, &mut content)
                .map(|end| Slot::Large {
                    content: Arc::new(content),
                    at: 0,
                    end,
                })
        }
    };
    let slot = made.unwrap_or_else(|error| {
        Slot::Failed(Failed {
            after: 0,
            error,
            doubtful: true,
        })
    });
    Done::Unpacked {
        number,
        tools,
        slot,
    }
}
