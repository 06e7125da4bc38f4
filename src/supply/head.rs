//! The stored bytes of an input up to its header: copied where they can be read only once, and not without end.

use std::io::{self, Read};

use crate::compression::Compression;

/// Most bytes of a compressed input, as they are stored, in which its header may be looked for, unless records may be as long: empty
/// frames and members hold none of it, and a stream's are kept until it is found.
const BYTES_MAX: u64 = 64 << 20;

/// Reads up to a header; copies what is read.
pub(super) struct Head<'r> {
    pub(super) inner: &'r mut (dyn Read + Send),
    pub(super) copy: Option<&'r mut Vec<u8>>,
    /// Bytes that may still be read.
    pub(super) left: u64,
}

impl Head<'_> {
    /// How many bytes may be read of an input that is compressed in this way. (Plain ones have limits of their own: on blank lines and
    /// on records.)
    pub(super) fn bytes_max(compression: Compression, record_bytes_max: usize) -> u64 {
        match compression {
            Compression::None => u64::MAX,
            Compression::Gzip | Compression::Zstd => BYTES_MAX.max(2 * record_bytes_max as u64),
        }
    }
}

impl Read for Head<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other(
                "the compressed bytes go on for long and hold no header",
            ));
        }
        let count = (&mut *self.inner).take(self.left).read(buffer)?;
        self.left -= count as u64;
        if let Some(copy) = &mut self.copy {
            copy.extend_from_slice(&buffer[..count]);
        }
        Ok(count)
    }
}
