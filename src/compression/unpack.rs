//! Decompresses parts that were found by [`super::members`], each as a whole. It accepts less than the decoder of streams: what it
//! refuses is not said to be corrupt, and what it accepts has been checked by lengths and checksums.

use std::io;

use memchr::memmem;

use super::Compression;
use super::members::Packed;

/// Fewest bytes of deflated content, of which there may be none.
const DEFLATED_BYTES_MIN: usize = 2;

/// Decoders, used again for every part.
pub(crate) struct Unpacker {
    compression: Compression,
    deflate: libdeflater::Decompressor,
    zstd: zstd::bulk::Decompressor<'static>,
}

impl Unpacker {
    /// For parts of a file that is compressed in this way.
    ///
    /// # Errors
    /// If a decoder cannot be made.
    pub(crate) fn new(compression: Compression) -> io::Result<Self> {
        Ok(Self {
            compression,
            deflate: libdeflater::Decompressor::new(),
            zstd: zstd::bulk::Decompressor::new()?,
        })
    }

    /// Decompresses parts one after the other into `room`, which has room for the most content that they can have; how much
    /// they had.
    ///
    /// # Errors
    /// If one of them cannot be decompressed.
    pub(crate) fn unpack(&mut self, packed: &Packed, room: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        for (stored, content_bytes_max) in packed.parts() {
            let room = &mut room[filled..filled + content_bytes_max];
            filled += match self.compression {
                Compression::None => unreachable!("plain bytes have no parts"),
                Compression::Gzip => self.member(stored, room)?,
                Compression::Zstd => self.zstd.decompress_to_buffer(stored, room)?,
            };
        }
        Ok(filled)
    }

    /// PERF: libdeflate takes 0.18 s of CPU time for 158 MB, zlib-rs 0.33 s; but it needs to have the whole member.
    fn member(&mut self, stored: &[u8], room: &mut [u8]) -> io::Result<usize> {
        let doubtful = |()| io::Error::from(io::ErrorKind::InvalidData);
        let filled = self
            .deflate
            .gzip_decompress(stored, room)
            .map_err(|_| doubtful(()))?;
        // INVARIANT: the decoder does not tell where the member ended, but found its checksum and length there. If these stand
        // nowhere but at the end of the stated length, it ended there, and no other member hides behind it.
        let mut end = [0; 8];
        end[..4].copy_from_slice(&libdeflater::crc32(&room[..filled]).to_le_bytes());
        end[4..].copy_from_slice(&(filled as u32).to_le_bytes());
        let first_end = deflated_at(stored) + DEFLATED_BYTES_MIN;
        let found = stored
            .get(first_end..)
            .and_then(|rest| memmem::find(rest, &end));
        let right =
            filled == room.len() && found.map(|at| first_end + at + 8) == Some(stored.len());
        right.then_some(filled).ok_or(()).map_err(doubtful)
    }
}

/// Where a member's deflated content starts, after its extra fields.
fn deflated_at(stored: &[u8]) -> usize {
    12 + usize::from(u16::from_le_bytes([stored[10], stored[11]]))
}
