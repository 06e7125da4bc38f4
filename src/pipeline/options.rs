//! How a run is done. Knows no files.

use std::num::NonZeroUsize;

use crate::compression::Compression;
use crate::digest::DigestKind;

/// Whether withheld records get a column with their reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReasonsColumn {
    /// They do.
    #[default]
    Appended,
    /// They are written as they came.
    None,
}

/// How a run is done; none of it changes a byte of the outputs' content but the reasons column.
#[derive(Debug, Clone, Copy)]
pub struct RunOptions {
    /// Worker threads.
    pub threads: NonZeroUsize,
    /// Bytes of a block.
    pub block_bytes: NonZeroUsize,
    /// Digest of inputs and outputs.
    pub digest: DigestKind,
    /// Whether withheld records say why.
    pub reasons: ReasonsColumn,
    /// Stop at the first malformed record.
    pub strict: bool,
    /// How the outputs are compressed.
    pub compression: Compression,
    /// When the outputs' bytes go on to the disk.
    pub write_back: WriteBack,
}

/// When the bytes of an output go on to the disk. What is on the disk for certain, only a flush at the end tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WriteBack {
    /// When the system sees fit.
    #[default]
    Later,
    /// While more are written: it is flushed time and again, so that a flush at the end has little to wait for.
    Early,
}

/// Bytes of a block that suit so many threads.
///
/// PERF: each block costs something of itself (calls, small subtrees at its pieces' ends): 512 KiB instead of 256 take 0.99 of the CPU
/// time of a `split` and of its wall time on 2 cores, 1 MiB no less. With many threads it is memory that counts: each has a block and what
/// it gathers, some 1.5 MiB.
pub fn suitable_block_bytes(threads: NonZeroUsize) -> NonZeroUsize {
    const LARGE: NonZeroUsize = NonZeroUsize::new(512 << 10).expect("not zero");
    const SMALL: NonZeroUsize = NonZeroUsize::new(256 << 10).expect("not zero");
    if threads.get() <= THREADS_WITH_LARGE_BLOCKS {
        LARGE
    } else {
        SMALL
    }
}

/// Threads that may have large blocks.
const THREADS_WITH_LARGE_BLOCKS: usize = 16;

/// Largest block.
pub const BLOCK_BYTES_MAX: usize = 256 << 20;

impl Default for RunOptions {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self {
            threads,
            block_bytes: suitable_block_bytes(threads),
            digest: DigestKind::default(),
            reasons: ReasonsColumn::default(),
            strict: false,
            compression: Compression::None,
            write_back: WriteBack::default(),
        }
    }
}
