//! Deals out the inputs' blocks in order: plain files are read by the workers themselves at the same time, all others ahead
//! of them.

use std::fs::File;
use std::num::NonZeroUsize;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::ahead::{Ahead, Sizes, Step, Unpacking};
use super::block::{Block, BlockBuffer};
use super::error::RunError;
use super::stored::StoredSeen;
use super::streams::StreamDigest;
use crate::compression::Compression;
use crate::digest::{CHUNK_BYTES, Digest, DigestKind};
use crate::supply::{Input, OpenInput, Supply};

/// Deals out blocks.
pub(super) struct Feeder<'s> {
    supply: &'s Supply,
    sizes: Sizes,
    digest: DigestKind,
    unpacking: Unpacking,
    state: Mutex<State>,
    /// Something changed that a worker may wait for.
    moved: Condvar,
    doubtful: AtomicBool,
    /// Blocks of parts were dealt out.
    in_parts: AtomicBool,
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
    Plain { file: Arc<File>, bytes: u64 },
    Ahead(Box<Ahead>),
}

/// What is known of an input once it has been read.
#[derive(Debug, Default)]
struct ReadInput {
    /// The file, if it was read by several workers.
    file: Option<Arc<File>>,
    content_bytes: u64,
    stored: Option<Arc<StoredSeen>>,
}

/// Why there is no next block, and whose place in the order it would have had.
#[derive(Debug)]
pub(super) struct Unread {
    pub(super) sequence: u64,
    pub(super) error: RunError,
}

impl<'s> Feeder<'s> {
    pub(super) fn new(
        supply: &'s Supply,
        block_bytes: usize,
        threads: NonZeroUsize,
        digest: DigestKind,
        unpacking: Unpacking,
    ) -> Self {
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
            sizes: Sizes::of(block_bytes, threads),
            digest,
            unpacking,
            state: Mutex::new(State {
                sequence: 0,
                input: 0,
                open: None,
                offset: 0,
                closed: false,
            }),
            moved: Condvar::new(),
            doubtful: AtomicBool::new(false),
            in_parts: AtomicBool::new(false),
            results: supply.inputs().iter().map(|_| Mutex::new(None)).collect(),
            content_digests: supply.inputs().iter().map(content_digest).collect(),
        }
    }

    /// Reads the next block of the run into `buffer`; `None` when all were dealt out. Does work for other blocks meanwhile.
    ///
    /// # Errors
    /// If an input cannot be read on. No block is dealt out any more; those before may still be found to stop the run themselves.
    pub(super) fn next(&self, buffer: &mut BlockBuffer) -> Result<Option<Block>, Unread> {
        let mut state = self.lock();
        loop {
            let input = match self.supply.inputs().get(state.input) {
                Some(input) if !state.closed => input,
                _ => return Ok(None),
            };
            if state.open.is_none() {
                state.open = match self.open(input) {
                    Ok(open) => Some(open),
                    Err(error) => return Err(self.fail(state, error)),
                };
            }
            let mut block = Block {
                sequence: state.sequence,
                input: state.input,
                offset: state.offset,
                last: false,
            };
            let ahead = match state.open.as_mut().expect("it was just opened") {
                Open::Plain { file, bytes } => {
                    let length =
                        (*bytes - block.offset).min(self.sizes.block_bytes as u64) as usize;
                    block.last = block.offset + length as u64 == *bytes;
                    let file = Arc::clone(file);
                    state.claimed(length);
                    if block.last {
                        state.ended();
                    }
                    drop(state);
                    let read = self.read_plain(input, &file, block, buffer.room(length));
                    let sequence = block.sequence;
                    return match read {
                        Ok(()) => Ok(Some(block)),
                        Err(error) => Err(Unread { sequence, error }),
                    };
                }
                Open::Ahead(ahead) => ahead,
            };
            let step = match ahead.step(buffer) {
                Ok(step) => step,
                Err(error) => return Err(self.fail(state, RunError::Memory(error))),
            };
            match step {
                Step::Block => {
                    let stored = ahead.stored.clone();
                    self.in_parts.fetch_or(ahead.had_parts(), Ordering::Relaxed);
                    state.claimed(buffer.block().len());
                    drop(state);
                    self.moved.notify_one();
                    if let Some(stored) = stored {
                        stored.digest_one();
                    }
                    return Ok(Some(block));
                }
                Step::End => {
                    if let Some(file) = &ahead.file
                        && let Err(error) = input.check_unchanged(file)
                    {
                        return Err(self.fail(state, error.into()));
                    }
                    let stored = ahead.stored.take();
                    let read = ReadInput {
                        file: None,
                        content_bytes: block.offset,
                        stored: stored.clone(),
                    };
                    self.finished(block.input, read);
                    buffer.room(0);
                    block.last = true;
                    state.claimed(0);
                    state.ended();
                    drop(state);
                    self.moved.notify_all();
                    if let Some(stored) = stored {
                        stored.end();
                    }
                    return Ok(Some(block));
                }
                Step::Failed(failed) => {
                    self.doubtful.fetch_or(failed.doubtful, Ordering::Relaxed);
                    let error = input.unreadable(block.offset, failed.error);
                    return Err(self.fail(state, error.into()));
                }
                Step::Work(work) => {
                    let mut next = Some(work);
                    while let Some(work) = next {
                        drop(state);
                        let done = work.run();
                        state = self.lock();
                        // INVARIANT: an input stays open while a worker is at it.
                        let closed = state.closed;
                        let noted = match &mut state.open {
                            Some(Open::Ahead(ahead)) if !closed => ahead.done(done),
                            _ => return Ok(None),
                        };
                        next = match noted {
                            Ok(next) => next,
                            Err(error) => return Err(self.fail(state, RunError::Memory(error))),
                        };
                        self.moved.notify_one();
                    }
                }
                Step::Wait => {
                    state = self
                        .moved
                        .wait(state)
                        .unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }

    /// INVARIANT: what comes after it is nobody's, so that nobody else takes its turn.
    fn fail(&self, mut state: MutexGuard<'_, State>, error: RunError) -> Unread {
        state.closed = true;
        self.moved.notify_all();
        let sequence = state.sequence;
        Unread { sequence, error }
    }

    fn open(&self, input: &Input) -> Result<Open, RunError> {
        Ok(match input.reopen()? {
            OpenInput::Plain { file, bytes } => Open::Plain { file, bytes },
            OpenInput::Stored { raw, file } => {
                let compression = input.compression();
                let stored =
                    (compression != Compression::None).then(|| StoredSeen::new(self.digest));
                let unpacking = self.unpacking;
                let kind = (compression, input.content_limit());
                Ahead::new(raw, file, kind, unpacking, stored, self.sizes)
                    .map(|ahead| Open::Ahead(Box::new(ahead)))
                    .map_err(|error| input.unreadable(0, error))?
            }
        })
    }

    /// Whether the run that stopped for this may stop for something else if parts are not decompressed alone.
    pub(super) fn is_doubtful(&self, error: &RunError) -> bool {
        // What is corrupt behind a record may be found before it, for blocks of a stream end elsewhere.
        let of_a_record = matches!(error, RunError::Record { .. });
        self.doubtful.load(Ordering::Relaxed)
            || of_a_record && self.in_parts.load(Ordering::Relaxed)
    }

    /// Deals out no more blocks.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.moved.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A worker that panics closes the feeder.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
                match read.stored.map(StoredSeen::finish) {
                    Some((bytes, digest)) => (content, bytes, digest),
                    None => {
                        let digest = content_digest.and_then(|digest| digest.finish(content));
                        (content, content, digest)
                    }
                }
            })
            .collect()
    }
}

impl State {
    /// A block of so many bytes was claimed.
    fn claimed(&mut self, length: usize) {
        self.sequence += 1;
        self.offset += length as u64;
    }

    /// It was the input's last: the next one comes.
    fn ended(&mut self) {
        self.input += 1;
        self.offset = 0;
        self.open = None;
    }
}
