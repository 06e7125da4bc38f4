//! Compression of a file, told by its first bytes and undone while reading: of inputs and of lists alike. What can be
//! decompressed in parts is found and decompressed apart from the stream's order; knows nothing of records.

mod ends;
mod members;
mod pack;
mod unpack;

use std::io::{self, BufRead, BufReader, Read};

pub(crate) use ends::{Ends, EndsRead};
pub(crate) use members::{CONTENT_BYTES_MAX, Found, Members, Packed};
pub(crate) use pack::Packer;
pub(crate) use unpack::Unpacker;

/// How a file's bytes are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// gzip (RFC 1952), any number of members.
    Gzip,
    /// Zstandard (RFC 8878), any number of frames.
    Zstd,
}

/// Bytes that tell a compression.
pub const MAGIC_BYTES: usize = 4;

/// Compressed bytes read at a time.
pub(crate) const READ_BYTES: usize = 256 << 10;

/// Largest window of a Zstandard frame that is accepted, as a power of two: 128 MiB, as the `zstd` command accepts unasked. A frame
/// decides how much memory its decoder takes; this bounds it.
const WINDOW_LOG_MAX: u32 = 27;

impl Compression {
    /// What a file that starts with these bytes is compressed with.
    pub fn of(start: &[u8]) -> Self {
        match start {
            [0x1F, 0x8B, ..] => Self::Gzip,
            [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Self::Zstd,
            _ => Self::None,
        }
    }

    /// Its name in a manifest: `none`, `gzip` or `zstd`.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// Undoes it.
    ///
    /// # Errors
    /// If the decoder cannot be made.
    pub fn decode<'r, R: Read + Send + 'r>(
        self,
        compressed: R,
    ) -> io::Result<Box<dyn Read + Send + 'r>> {
        match self {
            Self::None => Ok(Box::new(compressed)),
            Self::Gzip | Self::Zstd => {
                self.decode_buffered(BufReader::with_capacity(READ_BYTES, compressed))
            }
        }
    }

    /// Undoes it, of bytes that are read in larger pieces already.
    ///
    /// # Errors
    /// If the decoder cannot be made.
    pub fn decode_buffered<'r, R: BufRead + Send + 'r>(
        self,
        compressed: R,
    ) -> io::Result<Box<dyn Read + Send + 'r>> {
        Ok(match self {
            Self::None => Box::new(compressed),
            Self::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(compressed)),
            Self::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(compressed)?;
                decoder.window_log_max(WINDOW_LOG_MAX)?;
                Box::new(decoder)
            }
        })
    }
}
