//! The blocks of an input that cannot be read at any offset: decompressed, or read, ahead of those who decide on them, by
//! whichever worker is free. A stream is decompressed by one at a time, parts that stand alone by all; either way a bounded number
//! of blocks waits.

mod slots;
mod work;

use std::fs::File;
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::block::BlockBuffer;
use super::stored::{StoredRead, StoredSeen};
use crate::compression::{Compression, Found, Members};
use crate::content_limit::ContentLimit;
use slots::{Failed, Slot, Slots};
use work::{Done, Tools, Work};

/// Bytes of content ahead of the first block that was not dealt out, above which no more parts are taken.
const AHEAD_BYTES_MAX: usize = 16 << 20;

/// Most blocks of a stream that wait to be dealt out.
const WAITING_MAX: usize = 32;

/// How an input that is compressed in parts is decompressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unpacking {
    /// Each part alone, where there are parts.
    Parts,
    /// As one stream: what an input holds is what this finds.
    Stream,
}

/// How much of an input is held, at most.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    pub(super) block_bytes: usize,
    /// Blocks of a stream that wait to be dealt out.
    waiting_max: usize,
}

impl Sizes {
    pub(super) fn of(block_bytes: usize, threads: NonZeroUsize) -> Self {
        Self {
            block_bytes,
            // One thread alone does best to decide on a block while it is in the caches.
            waiting_max: match threads.get() {
                1 => 1,
                threads => (2 * threads).clamp(4, WAITING_MAX),
            },
        }
    }
}

/// One input's blocks.
pub(super) struct Ahead {
    /// The file that is read, if it is one.
    pub(super) file: Option<Arc<File>>,
    /// What was read of the input itself, where that is not what its blocks hold.
    pub(super) stored: Option<Arc<StoredSeen>>,
    compression: Compression,
    limit: ContentLimit,
    sizes: Sizes,
    /// Most content of the parts so far, and their bytes as they are stored.
    in_parts_so_far: (u64, u64),
    /// Where content comes from, unless a worker has it.
    source: Option<Source>,
    in_parts: bool,
    ended: bool,
    slots: Slots,
    free: Vec<BlockBuffer>,
    tools: Vec<Tools>,
}

enum Source {
    Stream(Box<dyn Read + Send>),
    Parts(Box<Members<StoredRead>>),
}

/// What a worker is to do next.
pub(super) enum Step {
    /// Its buffer has the next block.
    Block,
    /// All blocks were dealt out.
    End,
    Failed(Failed),
    /// First this, without holding the lock.
    Work(Work),
    /// First others have to end their work.
    Wait,
}

impl Ahead {
    /// The blocks of an input, from its first stored byte.
    pub(super) fn new(
        raw: Box<dyn Read + Send>,
        file: Option<Arc<File>>,
        (compression, limit): (Compression, ContentLimit),
        unpacking: Unpacking,
        stored: Option<Arc<StoredSeen>>,
        sizes: Sizes,
    ) -> io::Result<Self> {
        let source = match &stored {
            None => Source::Stream(limit.decode(compression, raw)?),
            Some(seen) => {
                let raw = StoredRead::new(raw, Arc::clone(seen));
                match unpacking {
                    Unpacking::Parts => {
                        let together_bytes = sizes.block_bytes;
                        Source::Parts(Box::new(Members::new(compression, raw, together_bytes)))
                    }
                    Unpacking::Stream => {
                        let decoded = compression.decode_buffered(raw)?;
                        Source::Stream(limit.limit(decoded, seen.read(), 0))
                    }
                }
            }
        };
        Ok(Self {
            file,
            stored,
            compression,
            limit,
            sizes,
            in_parts_so_far: (0, 0),
            in_parts: matches!(source, Source::Parts(_)),
            source: Some(source),
            ended: false,
            slots: Slots::default(),
            free: Vec::new(),
            tools: Vec::new(),
        })
    }

    /// What the worker with this buffer, which it has done with, is to do next.
    ///
    /// PERF: who decompresses a stream goes on with it as long as there is room ahead, so that it waits for no other thread, and
    /// what it needs stays in its core's caches. Of parts the first is done first, while it is in the caches.
    ///
    /// # Errors
    /// If there is not enough memory.
    pub(super) fn step(&mut self, buffer: &mut BlockBuffer) -> io::Result<Step> {
        if !self.in_parts
            && self.slots.len() < self.sizes.waiting_max
            && let Some(work) = self.work()?
        {
            return Ok(Step::Work(work));
        }
        while let Some(slot) = self.slots.first_mut() {
            match slot {
                Slot::Pending { .. } => break,
                Slot::Block(filled) => {
                    std::mem::swap(filled, buffer);
                    let empty = buffer.block().is_empty();
                    if let Some(Slot::Block(used)) = self.slots.take_first() {
                        self.free.push(used);
                    }
                    if !empty {
                        return Ok(Step::Block);
                    }
                }
                Slot::Large { content, at, end } => {
                    let length = self.sizes.block_bytes.min(*end - *at);
                    buffer
                        .room(length)
                        .copy_from_slice(&content[*at..*at + length]);
                    *at += length;
                    if *at == *end
                        && let Some(Slot::Large { content, .. }) = self.slots.take_first()
                        && let Some(tools) = self.tools.first_mut()
                        && tools.content.is_empty()
                    {
                        tools.content = content;
                    }
                    if length > 0 {
                        return Ok(Step::Block);
                    }
                }
                Slot::Failed(_) => {
                    if let Some(Slot::Failed(failed)) = self.slots.take_first() {
                        return Ok(Step::Failed(failed));
                    }
                }
            }
        }
        if self.in_parts
            && self.slots.content_bytes() < AHEAD_BYTES_MAX
            && let Some(work) = self.work()?
        {
            return Ok(Step::Work(work));
        }
        Ok(if self.ended && self.slots.is_empty() {
            Step::End
        } else {
            Step::Wait
        })
    }

    /// Notes what came of a piece of work; what the same worker has to do then.
    ///
    /// # Errors
    /// If there is not enough memory.
    pub(super) fn done(&mut self, done: Done) -> io::Result<Option<Work>> {
        match done {
            Done::Read {
                reader,
                buffer,
                failed,
                ended,
            } => {
                self.source = Some(Source::Stream(reader));
                // A fault in what came before is told first.
                self.slots.add(Slot::Block(buffer));
                if let Some(error) = failed {
                    self.slots.add(Slot::Failed(Failed {
                        error,
                        // After parts it is not known how much content there was, but how much at most.
                        doubtful: self.in_parts_so_far.0 > 0,
                    }));
                }
                self.ended |= ended;
            }
            Done::Found {
                members,
                tools,
                found,
            } => match found {
                Ok(Found::Parts) => {
                    let content_bytes = tools.packed.content_bytes();
                    let (content, stored) = &mut self.in_parts_so_far;
                    *content += content_bytes as u64;
                    *stored += tools.packed.stored_bytes() as u64;
                    if let Err(error) = self.limit.check(*content, *stored) {
                        // It may be less content, of more bytes that were read: how much the decoder of streams tells.
                        self.ended = true;
                        self.slots.add(Slot::Failed(Failed {
                            error: io::Error::other(error),
                            doubtful: true,
                        }));
                        return Ok(None);
                    }
                    let number = self.slots.add(Slot::Pending { content_bytes });
                    self.source = Some(Source::Parts(members));
                    let buffer = self.buffer()?;
                    return Ok(Some(Work::Unpack {
                        number,
                        tools,
                        buffer,
                    }));
                }
                Ok(Found::Other) => {
                    let decoded = self.compression.decode_buffered(members.into_rest())?;
                    let reader = match &self.stored {
                        Some(seen) => {
                            let before = self.in_parts_so_far.0;
                            self.limit.limit(decoded, seen.read(), before)
                        }
                        None => decoded,
                    };
                    self.source = Some(Source::Stream(reader));
                    self.in_parts = false;
                }
                Ok(Found::End) => self.ended = true,
                Err(error) => {
                    self.ended = true;
                    self.slots.add(Slot::Failed(Failed {
                        error,
                        doubtful: false,
                    }));
                }
            },
            Done::Unpacked {
                number,
                tools,
                slot,
                buffer,
            } => {
                self.tools.push(tools);
                self.free.extend(buffer);
                self.slots.fill(number, slot);
            }
        }
        Ok(None)
    }

    /// Work that could be begun now.
    fn work(&mut self) -> io::Result<Option<Work>> {
        if self.ended {
            return Ok(None);
        }
        Ok(match self.source.take() {
            None => None,
            Some(Source::Stream(reader)) => Some(Work::Read {
                reader,
                buffer: self.buffer()?,
            }),
            Some(Source::Parts(members)) => {
                let tools = match self.tools.pop() {
                    Some(tools) => tools,
                    None => Tools::new(self.compression)?,
                };
                Some(Work::Find { members, tools })
            }
        })
    }

    fn buffer(&mut self) -> io::Result<BlockBuffer> {
        match self.free.pop() {
            Some(buffer) => Ok(buffer),
            None => BlockBuffer::new(self.sizes.block_bytes),
        }
    }
}
