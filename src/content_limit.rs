//! How many bytes an input or a list may hold once it is decompressed: stops a file that was made to expand without end
//! before it fills a disk, a memory or a night. Knows nothing of what the bytes mean.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::compression::Compression;

/// Bytes that a compressed file may always expand to, where no limit is stated.
pub const UNSTATED_BYTES: u64 = 1 << 30;

/// Bytes that a compressed file may expand to for each byte read of it, where no limit is stated. Records compress to a fifth or a
/// twentieth; gzip can do no more than this.
pub const UNSTATED_RATIO: u64 = 1_000;

/// A limit on a file's bytes after decompression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ContentLimit {
    /// The limit, compressed or not; where none is stated, plain files have none, and compressed ones [`UNSTATED_BYTES`] or
    /// [`UNSTATED_RATIO`] times what was read of them, whichever is more.
    pub bytes_max: Option<u64>,
}

/// A file that holds more bytes than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooLarge {
    /// More than was stated.
    #[error("is larger than the {bytes_max} bytes that an input may have")]
    Stated {
        /// The limit.
        bytes_max: u64,
    },
    /// More than a compressed file may hold where nothing is stated.
    #[error(
        "expands to more than {bytes_max} bytes: more than 1 GiB, and than {UNSTATED_RATIO} times what is stored"
    )]
    Unstated {
        /// The limit, as far as the file was read.
        bytes_max: u64,
    },
}

impl TooLarge {
    /// Whether an error of reading is this one.
    pub fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().copied()
    }
}

impl ContentLimit {
    /// Checks the size of a plain file before it is read.
    ///
    /// # Errors
    /// If it is larger than was stated.
    pub fn check_plain(self, bytes: u64) -> Result<(), TooLarge> {
        match self.bytes_max {
            Some(bytes_max) if bytes > bytes_max => Err(TooLarge::Stated { bytes_max }),
            _ => Ok(()),
        }
    }

    /// Undoes a compression; reading past the limit is an error that holds a [`TooLarge`].
    ///
    /// # Errors
    /// If the decoder cannot be made.
    pub fn decode<'r>(
        self,
        compression: Compression,
        compressed: impl Read + Send + 'r,
    ) -> io::Result<Box<dyn Read + Send + 'r>> {
        if compression == Compression::None && self.bytes_max.is_none() {
            return compression.decode(compressed);
        }
        let stored = Arc::new(AtomicU64::new(0));
        let counted = Counted {
            inner: compressed,
            bytes: Arc::clone(&stored),
        };
        Ok(self.limit(compression.decode(counted)?, stored, 0))
    }

    /// What a decoder gives after so many bytes of content; reading past the limit is an error that holds a [`TooLarge`]. `stored`
    /// counts what is read of the file.
    pub fn limit<'r>(
        self,
        decoded: Box<dyn Read + Send + 'r>,
        stored: Arc<AtomicU64>,
        before: u64,
    ) -> Box<dyn Read + Send + 'r> {
        Box::new(Limited {
            inner: decoded,
            limit: self,
            stored,
            bytes: before,
        })
    }

    /// Checks so many bytes of content of a compressed file, of which so many bytes were read.
    ///
    /// # Errors
    /// If they are more than it may hold.
    pub fn check(self, bytes: u64, stored: u64) -> Result<(), TooLarge> {
        let exceeded = match self.bytes_max {
            Some(bytes_max) => (bytes > bytes_max).then_some(TooLarge::Stated { bytes_max }),
            None => {
                let bytes_max = UNSTATED_BYTES.max(stored.saturating_mul(UNSTATED_RATIO));
                (bytes > bytes_max).then_some(TooLarge::Unstated { bytes_max })
            }
        };
        exceeded.map_or(Ok(()), Err)
    }
}

/// Counts what is read of a file as it is stored.
struct Counted<R> {
    inner: R,
    bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Gives no byte past the limit.
struct Limited<'r> {
    inner: Box<dyn Read + Send + 'r>,
    limit: ContentLimit,
    stored: Arc<AtomicU64>,
    bytes: u64,
}

impl Read for Limited<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes += count as u64;
        let stored = self.stored.load(Ordering::Relaxed);
        match self.limit.check(self.bytes, stored) {
            Ok(()) => Ok(count),
            Err(error) => Err(io::Error::other(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(limit: ContentLimit, compression: Compression, stored: &[u8]) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        limit
            .decode(compression, stored)?
            .read_to_end(&mut content)?;
        Ok(content)
    }

    #[test]
    fn as_many_bytes_as_were_stated_and_no_more() {
        let content = [b'x'; 1000];
        let packed = zstd::encode_all(&content[..], 1).expect("it can be compressed");
        for (compression, stored) in [
            (Compression::None, &content[..]),
            (Compression::Zstd, &packed),
        ] {
            let limit = |bytes| ContentLimit {
                bytes_max: Some(bytes),
            };
            assert_eq!(
                read(limit(1000), compression, stored).expect("all of it"),
                content
            );
            let error = read(limit(999), compression, stored).expect_err("a byte too many");
            assert_eq!(
                TooLarge::of(&error),
                Some(TooLarge::Stated { bytes_max: 999 })
            );
            let unstated = read(ContentLimit::default(), compression, stored);
            assert_eq!(unstated.expect("all of it"), content);
        }
    }

    #[test]
    fn a_plain_file_is_told_by_its_size() {
        let limit = ContentLimit { bytes_max: Some(7) };
        assert_eq!(limit.check_plain(7), Ok(()));
        assert_eq!(limit.check_plain(8), Err(TooLarge::Stated { bytes_max: 7 }));
        assert_eq!(ContentLimit::default().check_plain(u64::MAX), Ok(()));
    }
}
