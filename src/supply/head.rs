//! The stored bytes of an input up to its header: copied where they can be read only once, and not without end.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::compression::Compression;

/// Bytes of a compressed input, as they are stored, after which no more is read than its header takes. Empty frames and members make
/// nothing of many bytes.
const EARLY_BYTES: u64 = 1 << 20;

/// Most of them in which the header may be looked for, unless records may be as long.
const BYTES_MAX: u64 = 32 << 20;

/// Reads up to a header; copies what is read.
pub(super) struct Head<'r> {
    inner: &'r mut (dyn Read + Send),
    copy: Option<&'r mut Vec<u8>>,
    /// Bytes that were read.
    read: Arc<AtomicU64>,
    early_bytes: u64,
    bytes_max: u64,
}

impl<'r> Head<'r> {
    /// Of an input that is compressed in this way. (Plain ones have limits of their own: on blank lines and on records.)
    pub(super) fn new(
        inner: &'r mut (dyn Read + Send),
        copy: Option<&'r mut Vec<u8>>,
        compression: Compression,
        record_bytes_max: usize,
    ) -> Self {
        let (early_bytes, bytes_max) = match compression {
            Compression::None => (u64::MAX, u64::MAX),
            Compression::Gzip | Compression::Zstd => {
                (EARLY_BYTES, BYTES_MAX.max(2 * record_bytes_max as u64))
            }
        };
        Self {
            inner,
            copy,
            read: Arc::default(),
            early_bytes,
            bytes_max,
        }
    }

    /// Tells whether little has been read so far.
    pub(super) fn is_early(&self) -> impl Fn() -> bool + use<> {
        let (read, early_bytes) = (Arc::clone(&self.read), self.early_bytes);
        move || read.load(Ordering::Relaxed) < early_bytes
    }
}

impl Read for Head<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read.load(Ordering::Relaxed) > self.bytes_max {
            return Err(io::Error::other(
                "the compressed bytes go on for long and hold no header",
            ));
        }
        let count = self.inner.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        if let Some(copy) = &mut self.copy {
            copy.extend_from_slice(&buffer[..count]);
        }
        Ok(count)
    }
}
