//! Compresses content chunk by chunk, each so that it can be decompressed alone: whoever has a chunk compresses it, and the bytes
//! depend on the content alone. Cuts nothing itself.

use std::io;

use super::Compression;

/// Content of one member of BGZF, in bytes: as much as stays below 64 KiB when it cannot be compressed, and as `bgzip` takes.
const MEMBER_CONTENT_BYTES: usize = 0xFF00;

/// The empty member that ends a BGZF file (the SAM specification, section 4.1.2).
pub(super) const BGZF_END: [u8; 28] = [
    0x1F, 0x8B, 8, 4, 0, 0, 0, 0, 0, 0xFF, 6, 0, b'B', b'C', 2, 0, 0x1B, 0, 3, 0, 0, 0, 0, 0, 0, 0,
    0, 0,
];

/// Bytes before a BGZF member's deflated content.
const MEMBER_HEADER_BYTES: usize = 18;

/// PERF: of levels 1 and 3 in chunks of 128 KiB to 4 MiB, level 3 in chunks of 256 KiB, for which Zstandard takes smaller tables,
/// was fast for its size: 0.92 s of CPU time for 158 MB to 44.0 MB; in one piece 1.77 s to 40.4 MB, and level 1 in such chunks
/// 0.68 s to 46.0 MB. It is the level that the `zstd` command takes unasked.
const ZSTD_LEVEL: i32 = 3;

/// PERF: 2.2 s of CPU time for 158 MB to 46.9 MB; level 6 3.2 s to 46.3 MB, level 1 1.0 s to 52.0 MB. zlib-rs at its level 6 takes
/// 3.3 s to 47.2 MB; and its bytes may depend on the CPU, libdeflate's do not. `bgzip` takes level 6 unasked, for 2.6 % fewer bytes.
const DEFLATE_LEVEL: i32 = 5;

/// Compresses chunks.
pub(crate) enum Packer {
    /// To members of BGZF.
    Gzip {
        deflate: Box<libdeflater::Compressor>,
        member: Vec<u8>,
    },
    /// To frames.
    Zstd {
        zstd: Box<zstd::bulk::Compressor<'static>>,
        frame: Vec<u8>,
    },
}

impl Packer {
    /// Content of a chunk, the last one excepted, in bytes.
    pub(crate) fn chunk_bytes(compression: Compression) -> usize {
        match compression {
            Compression::Gzip => 4 * MEMBER_CONTENT_BYTES,
            Compression::None | Compression::Zstd => 256 << 10,
        }
    }

    /// Where it is to be compressed in this way; `None` where it is not.
    ///
    /// # Errors
    /// If the compressor cannot be made.
    pub(crate) fn new(compression: Compression) -> io::Result<Option<Self>> {
        Ok(match compression {
            Compression::None => None,
            Compression::Gzip => {
                let level = libdeflater::CompressionLvl::new(DEFLATE_LEVEL)
                    .expect("libdeflate has this level");
                Some(Self::Gzip {
                    deflate: Box::new(libdeflater::Compressor::new(level)),
                    member: vec![0; 2 * MEMBER_CONTENT_BYTES],
                })
            }
            Compression::Zstd => {
                let mut zstd = zstd::bulk::Compressor::new(ZSTD_LEVEL)?;
                zstd.include_checksum(true)?;
                zstd.include_contentsize(true)?;
                Some(Self::Zstd {
                    zstd: Box::new(zstd),
                    frame: Vec::new(),
                })
            }
        })
    }

    /// Compresses a chunk, and gives what comes of it to `write`.
    ///
    /// # Errors
    /// If the compressor fails, which it does for want of memory only.
    pub(crate) fn pack(&mut self, chunk: &[u8], mut write: impl FnMut(&[u8])) -> io::Result<()> {
        match self {
            Self::Gzip { deflate, member } => {
                for content in chunk.chunks(MEMBER_CONTENT_BYTES) {
                    let length = pack_member(deflate, content, member)?;
                    write(&member[..length]);
                }
            }
            Self::Zstd { zstd, frame } => {
                frame.clear();
                frame.reserve(zstd::zstd_safe::compress_bound(chunk.len()));
                zstd.compress_to_buffer(chunk, frame)?;
                write(frame);
            }
        }
        Ok(())
    }

    /// What comes after the last chunk.
    pub(crate) fn end(&self) -> &'static [u8] {
        match self {
            Self::Gzip { .. } => &BGZF_END,
            Self::Zstd { .. } => &[],
        }
    }
}

/// Makes a member; its length.
fn pack_member(
    deflate: &mut libdeflater::Compressor,
    content: &[u8],
    member: &mut [u8],
) -> io::Result<usize> {
    let (header, rest) = member.split_at_mut(MEMBER_HEADER_BYTES);
    let deflated = deflate
        .deflate_compress(content, rest)
        .map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
    let length = MEMBER_HEADER_BYTES + deflated + 8;
    header.copy_from_slice(&BGZF_END[..MEMBER_HEADER_BYTES]);
    // INVARIANT: content that cannot be compressed is stored, with 5 bytes for each 65,535.
    let stated = u16::try_from(length - 1).expect("a member stays below 64 KiB");
    header[16..].copy_from_slice(&stated.to_le_bytes());
    rest[deflated..deflated + 4].copy_from_slice(&libdeflater::crc32(content).to_le_bytes());
    rest[deflated + 4..deflated + 8].copy_from_slice(&(content.len() as u32).to_le_bytes());
    Ok(length)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn packed(compression: Compression, content: &[u8]) -> Vec<u8> {
        let mut packer = Packer::new(compression).unwrap().unwrap();
        let mut stored = Vec::new();
        for chunk in content.chunks(Packer::chunk_bytes(compression)) {
            packer
                .pack(chunk, |bytes| stored.extend_from_slice(bytes))
                .unwrap();
        }
        stored.extend_from_slice(packer.end());
        stored
    }

    #[test]
    fn what_was_packed_is_read_back_whatever_it_is() {
        let mut state = 2017_u64;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 56) as u8
        })
        .take(700_000)
        .collect();
        let zeros = vec![0; 700_000];
        for compression in [Compression::Gzip, Compression::Zstd] {
            for content in [&noise, &zeros] {
                for length in [
                    1, 0xFEFF, 0xFF00, 0xFF01, 261_120, 262_144, 262_145, 700_000,
                ] {
                    let stored = packed(compression, &content[..length]);
                    assert_eq!(Compression::of(&stored), compression);
                    let mut read = Vec::new();
                    let mut decoder = compression.decode(&stored[..]).unwrap();
                    decoder.read_to_end(&mut read).unwrap();
                    assert!(read == content[..length], "{compression:?} {length}");
                }
            }
        }
    }

    /// As `bgzip` cuts them, whatever the chunks.
    #[test]
    fn members_hold_as_much_as_they_may_but_for_the_last() {
        for length in [0xFF00, 0xFF01, 261_120, 261_121, 700_000] {
            let stored = packed(Compression::Gzip, &vec![b'x'; length]);
            let mut lengths = Vec::new();
            let mut rest = &stored[..];
            while let [0x1F, 0x8B, ..] = rest {
                let stated = usize::from(u16::from_le_bytes([rest[16], rest[17]])) + 1;
                let (member, after) = rest.split_at(stated);
                let content: [u8; 4] = member[stated - 4..].try_into().unwrap();
                lengths.push(u32::from_le_bytes(content) as usize);
                rest = after;
            }
            assert!(rest.is_empty());
            let whole = vec![MEMBER_CONTENT_BYTES; length / MEMBER_CONTENT_BYTES];
            let last = length % MEMBER_CONTENT_BYTES;
            let last = [last, 0].into_iter().skip(usize::from(last == 0));
            assert_eq!(lengths, [whole, last.collect()].concat());
        }
    }
}
