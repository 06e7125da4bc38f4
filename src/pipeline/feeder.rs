//! Deals out the inputs' blocks in order: plain files are read by the workers themselves at the same time,
//! streams one block after the other.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex};

use memmap2::MmapMut;

use super::error::RunError;
use super::streams::StreamDigest;
use crate::compression::Compression;
use crate::digest::{CHUNK_BYTES, Digest, DigestKind, Seen};
use crate::records::PADDING;
use crate::supply::{Input, OpenInput, Supply};

/// Room before a block's bytes, where the start of its first record is put if it fits. Whole pages.
const HEADROOM: usize = 32 << 10;

/// A block's bytes with room on both sides. Filled, decided, filled again: nothing is allocated a block.
///
/// PERF: a map of its own, so that a block starts with a page. A vector of this size starts 16 bytes into one, and the kernel
/// copies to such an address from its own pages at a third of the speed on AMD Zen 3 (`rep movsb` there takes the two for
/// overlapping): 75 instead of 22 ms of CPU for 158 MB.
#[derive(Debug)]
pub(super) struct BlockBuffer {
    bytes: MmapMut,
    /// Where the block's bytes start and end.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A block that was dealt out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    /// Its place among all blocks of the run, from 0.
    pub(super) sequence: u64,
    /// Its input's index.
    pub(super) input: usize,
    /// Its offset in its (decompressed) input.
    pub(super) offset: u64,
    /// It is its input's last.
    pub(super) last: bool,
}

/// Deals out blocks.
pub(super) struct Feeder<'s> {
    supply: &'s Supply,
    block_bytes: usize,
    digest: DigestKind,
    state: Mutex<State>,
    results: Vec<Mutex<Option<ReadInput>>>,
    content_digests: Vec<Option<StreamDigest>>,
}

struct State {
    sequence: u64,
    input: usize,
    open: Option<Open>,
    offset: u64,
    closed: bool,
}

enum Open {
    Plain {
        file: Arc<File>,
        bytes: u64,
    },
    Stream {
        reader: Box<dyn Read + Send>,
        stored: Option<Arc<Mutex<Seen>>>,
        file: Option<Arc<File>>,
    },
}

/// What is known of an input once it has been read.
#[derive(Debug, Clone, Default)]
struct ReadInput {
    /// The file, if it was read by several workers.
    file: Option<Arc<File>>,
    content_bytes: u64,
    stored: Option<(u64, Option<Digest>)>,
}

impl BlockBuffer {
    pub(super) fn new(block_bytes: usize) -> std::io::Result<Self> {
        Ok(Self {
            bytes: MmapMut::map_anon(HEADROOM + block_bytes + PADDING)?,
            start: HEADROOM,
            end: HEADROOM,
        })
    }

    /// The block's bytes.
    pub(super) fn block(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// All bytes, with the padding.
    pub(super) fn all(&self) -> &[u8] {
        &self.bytes
    }

    /// Puts bytes right before the block's byte at `skipped`, if they fit; where they start. What was there is overwritten only
    /// in front of the block: bytes are put where some are skipped only if there are none.
    pub(super) fn put_before(&mut self, skipped: usize, bytes: &[u8]) -> Option<usize> {
        assert!(
            skipped == 0 || bytes.is_empty(),
            "nothing comes before an input's first record"
        );
        let end = self.start + skipped;
        let start = end.checked_sub(bytes.len())?;
        self.bytes[start..end].copy_from_slice(bytes);
        Some(start)
    }

    fn room(&mut self, length: usize) -> &mut [u8] {
        self.start = HEADROOM;
        self.end = HEADROOM + length;
        &mut self.bytes[HEADROOM..HEADROOM + length]
    }
}

impl<'s> Feeder<'s> {
    pub(super) fn new(supply: &'s Supply, block_bytes: usize, digest: DigestKind) -> Self {
        let content_digest = |input: &Input| {
            let pieces = block_bytes.is_multiple_of(CHUNK_BYTES);
            let plain = input.compression() == Compression::None;
            plain.then(|| {
                if pieces {
                    StreamDigest::of_pieces(digest)
                } else {
                    StreamDigest::in_order(digest)
                }
            })
        };
        Self {
            supply,
            block_bytes,
            digest,
            state: Mutex::new(State {
                sequence: 0,
                input: 0,
                open: None,
                offset: 0,
                closed: false,
            }),
            results: supply.inputs().iter().map(|_| Mutex::new(None)).collect(),
            content_digests: supply.inputs().iter().map(content_digest).collect(),
        }
    }

    /// Reads the next block of the run into `buffer`; `None` when all were dealt out.
    pub(super) fn next(&self, buffer: &mut BlockBuffer) -> Result<Option<Block>, RunError> {
        let mut state = self
            .state
            .lock()
            .expect("no thread panics while it claims a block");
        let input = match self.supply.inputs().get(state.input) {
            Some(input) if !state.closed => input,
            _ => return Ok(None),
        };
        if state.open.is_none() {
            state.open = Some(match input.reopen(self.digest)? {
                OpenInput::Plain { file, bytes } => Open::Plain { file, bytes },
                OpenInput::Stream {
                    reader,
                    stored,
                    file,
                } => Open::Stream {
                    reader,
                    stored,
                    file,
                },
            });
        }
        let mut block = Block {
            sequence: state.sequence,
            input: state.input,
            offset: state.offset,
            last: false,
        };
        match state.open.as_mut().expect("it was just opened") {
            Open::Plain { file, bytes } => {
                let length = (*bytes - block.offset).min(self.block_bytes as u64) as usize;
                block.last = block.offset + length as u64 == *bytes;
                let file = Arc::clone(file);
                state.claimed(length, block.last);
                drop(state);
                self.read_plain(input, &file, block, buffer.room(length))?;
            }
            Open::Stream {
                reader,
                stored,
                file,
            } => {
                let room = buffer.room(self.block_bytes);
                let mut length = 0;
                fill(reader, room, &mut length)
                    .map_err(|error| input.unreadable(block.offset + length as u64, error))?;
                block.last = length < self.block_bytes;
                buffer.room(length);
                if block.last {
                    if let Some(file) = file {
                        input.check_unchanged(file)?;
                    }
                    let stored = stored.as_ref().map(|seen| {
                        let seen = seen.lock().expect("no thread panics while it digests");
                        (seen.bytes, seen.digest.finish())
                    });
                    self.finished(
                        block.input,
                        ReadInput {
                            file: None,
                            content_bytes: block.offset + length as u64,
                            stored,
                        },
                    );
                }
                state.claimed(length, block.last);
            }
        }
        Ok(Some(block))
    }

    /// Deals out no more blocks.
    pub(super) fn close(&self) {
        self.state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .closed = true;
    }

    fn read_plain(
        &self,
        input: &Input,
        file: &Arc<File>,
        block: Block,
        room: &mut [u8],
    ) -> Result<(), RunError> {
        let length = room.len() as u64;
        file.read_exact_at(room, block.offset)
            .map_err(|error| match error.kind() {
                // INVARIANT: a file that shrank is told by its end, as it is never mapped.
                std::io::ErrorKind::UnexpectedEof => input.changed(),
                _ => input.unreadable(block.offset, error),
            })?;
        if block.last {
            self.finished(
                block.input,
                ReadInput {
                    file: Some(Arc::clone(file)),
                    content_bytes: block.offset + length,
                    stored: None,
                },
            );
        }
        Ok(())
    }

    fn finished(&self, input: usize, read: ReadInput) {
        *self.results[input].lock().expect("no thread panics here") = Some(read);
    }

    /// Whether an input whose every block has been read is still what it was. Its file is then closed: there may be many inputs.
    pub(super) fn check_unchanged(&self, input: usize) -> Result<(), RunError> {
        let mut read = self.results[input].lock().expect("no thread panics here");
        match read.as_mut().and_then(|read| read.file.take()) {
            Some(file) => Ok(self.supply.inputs()[input].check_unchanged(&file)?),
            None => Ok(()),
        }
    }

    /// The digest of an input's content, where the content is what is stored.
    pub(super) fn content_digest(&self, input: usize) -> Option<&StreamDigest> {
        self.content_digests[input].as_ref()
    }

    /// For each input: bytes of its content, bytes stored, and the digest of what is stored.
    pub(super) fn finish(self) -> Vec<(u64, u64, Option<Digest>)> {
        let results = self.results.into_iter().zip(self.content_digests);
        results
            .map(|(read, content_digest)| {
                let read = read
                    .into_inner()
                    .expect("no thread panics here")
                    .expect("every input was read to its end");
                let content = read.content_bytes;
                match (read.stored, content_digest) {
                    (Some((bytes, digest)), _) => (content, bytes, digest),
                    (None, Some(digest)) => (content, content, digest.finish(content)),
                    (None, None) => (content, content, None),
                }
            })
            .collect()
    }
}

impl State {
    fn claimed(&mut self, length: usize, last: bool) {
        self.sequence += 1;
        self.offset += length as u64;
        if last {
            self.input += 1;
            self.offset = 0;
            self.open = None;
        }
    }
}

/// Reads until the room is full or the input ends; `filled` says how far it came, where it fails too.
fn fill(reader: &mut dyn Read, room: &mut [u8], filled: &mut usize) -> std::io::Result<()> {
    while *filled < room.len() {
        match reader.read(&mut room[*filled..]) {
            Ok(0) => break,
            Ok(count) => *filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
