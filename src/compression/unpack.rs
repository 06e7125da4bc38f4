//! Decompresses parts that were found by [`super::members`]. It accepts less than the decoder of streams: what it refuses is not said
//! to be corrupt, and what it accepts has been checked by lengths and checksums.

use std::io;
use std::ops::Range;

use memchr::memmem;
use zstd::stream::raw::{InBuffer, Operation as _, OutBuffer};

use super::Compression;
use super::members::Packed;

/// Fewest bytes of deflated content, of which there may be none.
const DEFLATED_BYTES_MIN: usize = 2;

/// Decoders, used again for every part.
pub(crate) struct Unpacker {
    compression: Compression,
    deflate: libdeflater::Decompressor,
    /// Content of members, where there is more than was asked for.
    inflated: Vec<u8>,
    /// Where what is left of it lies.
    left: Option<Range<usize>>,
    /// PERF: of large frames as well it keeps no more than their window. Where each was decompressed as a whole, a `split` and a `check`
    /// of `pzstd`'s frames took 1.05 times the wall time on 2 cores.
    zstd: zstd::stream::raw::Decoder<'static>,
    /// How far the frames were read.
    at: At,
}

/// A place in parts.
#[derive(Debug, Clone, Copy, Default)]
struct At {
    part: usize,
    stored_bytes: usize,
    content_bytes: usize,
}

/// What came of a piece of parts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unpacked {
    /// Bytes of content.
    pub(crate) length: usize,
    /// There is no more.
    pub(crate) ended: bool,
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
            inflated: Vec::new(),
            left: None,
            zstd: zstd::stream::raw::Decoder::new()?,
            at: At::default(),
        })
    }

    /// Begins with other parts.
    ///
    /// # Errors
    /// If the decoder cannot be begun with again.
    pub(crate) fn begin(&mut self) -> io::Result<()> {
        self.left = None;
        self.at = At::default();
        self.zstd.reinit()
    }

    /// Decompresses the parts on: as much as there is `room` for, if there is so much.
    ///
    /// # Errors
    /// If they cannot be decompressed.
    pub(crate) fn unpack(&mut self, packed: &Packed, room: &mut [u8]) -> io::Result<Unpacked> {
        match self.compression {
            Compression::None => unreachable!("plain bytes have no parts"),
            Compression::Gzip => self.unpack_members(packed, room),
            Compression::Zstd => self.unpack_frames(packed, room),
        }
    }

    fn unpack_members(&mut self, packed: &Packed, room: &mut [u8]) -> io::Result<Unpacked> {
        if packed.content_bytes() <= room.len() {
            let length = self.members(packed, room)?;
            return Ok(Unpacked {
                length,
                ended: true,
            });
        }
        let mut left = match self.left.take() {
            Some(left) => left,
            None => {
                let mut inflated = std::mem::take(&mut self.inflated);
                inflated.resize(packed.content_bytes(), 0);
                let length = self.members(packed, &mut inflated)?;
                self.inflated = inflated;
                0..length
            }
        };
        let length = left.len().min(room.len());
        room[..length].copy_from_slice(&self.inflated[left.start..][..length]);
        left.start += length;
        let ended = left.is_empty();
        self.left = Some(left);
        Ok(Unpacked { length, ended })
    }

    fn members(&mut self, packed: &Packed, room: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        for (stored, content_bytes) in packed.parts() {
            filled += self.member(stored, &mut room[filled..filled + content_bytes])?;
        }
        Ok(filled)
    }

    fn unpack_frames(&mut self, packed: &Packed, room: &mut [u8]) -> io::Result<Unpacked> {
        let doubtful = || io::Error::from(io::ErrorKind::InvalidData);
        let mut filled = 0;
        for (stored, content_bytes_max) in packed.parts().skip(self.at.part) {
            let mut input = InBuffer::around(stored);
            input.set_pos(self.at.stored_bytes);
            let mut output = OutBuffer::around(&mut room[filled..]);
            let rest = self.zstd.run(&mut input, &mut output)?;
            let (made, is_full) = (output.pos(), output.pos() == output.capacity());
            filled += made;
            self.at.stored_bytes = input.pos();
            self.at.content_bytes += made;
            if self.at.content_bytes > content_bytes_max {
                return Err(doubtful());
            }
            match rest {
                0 if self.at.stored_bytes == stored.len() => {
                    self.at = At {
                        part: self.at.part + 1,
                        ..At::default()
                    };
                }
                // It has more, which has to wait for more room.
                1.. if is_full => {
                    return Ok(Unpacked {
                        length: filled,
                        ended: false,
                    });
                }
                _ => return Err(doubtful()),
            }
        }
        Ok(Unpacked {
            length: filled,
            ended: true,
        })
    }

    /// PERF: libdeflate takes 0.18 s of CPU time for 158 MB, zlib-rs 0.33 s; but it needs to have the whole member.
    fn member(&mut self, stored: &[u8], room: &mut [u8]) -> io::Result<usize> {
        let doubtful = || io::Error::from(io::ErrorKind::InvalidData);
        let filled = self
            .deflate
            .gzip_decompress(stored, room)
            .map_err(|_| doubtful())?;
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
        right.then_some(filled).ok_or_else(doubtful)
    }
}

/// Where a member's deflated content starts, after its extra fields.
fn deflated_at(stored: &[u8]) -> usize {
    12 + usize::from(u16::from_le_bytes([stored[10], stored[11]]))
}

#[cfg(test)]
mod tests;
