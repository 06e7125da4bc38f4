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
use crate::compression::{CONTENT_BYTES_MAX, Compression, Found, Members};
use crate::content_limit::ContentLimit;
use slots::{Failed, Parts, Rest, Slot, Slots};
use work::{Done, Tools, Work};

/// Most of the largest parts whose memory may be taken.
const PARTS_MAX: usize = 6;

/// Most blocks of a stream that wait to be dealt out.
const WAITING_MAX: usize = 32;

/// Most blocks of parts that do not come first: all of the largest part, where blocks have no less than 256 KiB. Of smaller blocks no
/// more are made, for each has memory beside its bytes.
const LATER_BLOCKS_MAX: usize = CONTENT_BYTES_MAX / (256 << 10) + 1;

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
    /// Memory for parts that are decompressed or wait to be dealt out, in bytes, above which no more are taken.
    ahead_bytes_max: usize,
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
            ahead_bytes_max: threads.get().saturating_add(1).min(PARTS_MAX) * CONTENT_BYTES_MAX,
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
    /// what it needs stays in its core's caches. So does who decompresses the parts that come first. Who finds nothing to do for these
    /// decompresses later ones, a block at a time, since what is made long before its turn leaves the caches: a `split` of `pzstd`'s frames
    /// on 2 cores took 1.03 times the wall time, and 37 instead of 24 MiB, where each later part was decompressed to its end.
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
        while let Some((number, slot)) = self.slots.first_mut() {
            match slot {
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
                Slot::Parts(parts) => {
                    if parts.blocks.len() < self.sizes.waiting_max
                        && let Some(tools) = parts.rest.take()
                    {
                        let buffer = self.buffer()?;
                        return Ok(Step::Work(Work::Unpack {
                            number,
                            tools,
                            buffer,
                        }));
                    }
                    if let Some(filled) = parts.blocks.pop_front() {
                        self.free.push(std::mem::replace(buffer, filled));
                        return Ok(Step::Block);
                    }
                    if matches!(parts.rest, Rest::Worked | Rest::Left(_)) {
                        break;
                    }
                    if let Some(Slot::Parts(parts)) = self.slots.take_first()
                        && let Rest::Failed(failed) = parts.rest
                    {
                        return Ok(Step::Failed(failed));
                    }
                }
                Slot::Failed(_) => {
                    if let Some(Slot::Failed(failed)) = self.slots.take_first() {
                        return Ok(Step::Failed(failed));
                    }
                }
            }
        }
        if let Some((number, tools)) = self.slots.take_left(LATER_BLOCKS_MAX) {
            let buffer = self.buffer()?;
            return Ok(Step::Work(Work::Unpack {
                number,
                tools,
                buffer,
            }));
        }
        if self.in_parts
            && self.slots.bytes() < self.sizes.ahead_bytes_max
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

    /// Whether there were any parts.
    pub(super) fn had_parts(&self) -> bool {
        self.in_parts_so_far.0 > 0
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
                        doubtful: self.had_parts(),
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
                    let stored_before = *stored;
                    *stored += tools.packed.stored_bytes() as u64;
                    // INVARIANT: the decoder of streams has read at least as much when it comes to these parts, so it refuses nothing that
                    // passes here.
                    if let Err(error) = self.limit.check(*content, stored_before) {
                        // It may be less content, of more bytes that were read: how much that decoder tells.
                        self.ended = true;
                        self.slots.add(Slot::Failed(Failed {
                            error: io::Error::other(error),
                            doubtful: true,
                        }));
                        return Ok(None);
                    }
                    let blocks = (content_bytes / self.sizes.block_bytes + 1).min(LATER_BLOCKS_MAX);
                    let bytes = tools.packed.memory_bytes() + blocks * BlockBuffer::BESIDE_BYTES;
                    let number = self.slots.add(Slot::Parts(Parts {
                        bytes,
                        bytes_beside_content: bytes - content_bytes,
                        ..Parts::default()
                    }));
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
                // Parts that were found before it are lost with it: what stands in them a decoder of streams finds.
                Err(error) => {
                    self.ended = true;
                    self.slots.add(Slot::Failed(Failed {
                        error,
                        doubtful: true,
                    }));
                }
            },
            Done::Unpacked {
                number,
                tools,
                buffer,
                ended,
            } => {
                let first_waits = self.slots.first_waits();
                let (parts, come_first) = self.slots.parts_mut(number);
                if buffer.block().is_empty() {
                    self.free.push(buffer);
                } else {
                    parts.blocks.push_back(buffer);
                }
                let is_enough = if come_first {
                    parts.blocks.len() >= self.sizes.waiting_max
                } else {
                    first_waits || parts.blocks.len() >= LATER_BLOCKS_MAX
                };
                let rest = match ended {
                    Ok(false) if is_enough => {
                        parts.rest = Rest::Left(tools);
                        return Ok(None);
                    }
                    Ok(false) => {
                        let buffer = self.buffer()?;
                        return Ok(Some(Work::Unpack {
                            number,
                            tools,
                            buffer,
                        }));
                    }
                    Ok(true) => Rest::None,
                    Err(error) => Rest::Failed(Failed {
                        error,
                        doubtful: true,
                    }),
                };
                parts.rest = rest;
                self.tools.push(tools);
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
