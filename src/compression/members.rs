//! Parts of a compressed file that can be decompressed alone: members of BGZF (the SAM specification, section 4.1), and
//! Zstandard frames (RFC 8878) of moderate size. They are found in the order of the file by the lengths that they state, without
//! being decompressed; whatever is unusual is left to the decoder of streams.

use std::io::{self, BufRead, Read as _};
use std::ops::Range;

use super::{Compression, WINDOW_LOG_MAX};

/// Most content of one part, in bytes: as `pzstd` makes them. What a part can come to is counted before it is begun, so this bounds memory.
pub(crate) const CONTENT_BYTES_MAX: usize = 8 << 20;

/// Most content of one BGZF member.
const BGZF_CONTENT_BYTES_MAX: usize = 64 << 10;

/// Most content of one Zstandard block that is compressed.
const ZSTD_BLOCK_BYTES_MAX: usize = 128 << 10;

/// Most bytes of a skippable frame that is passed over here.
const SKIPPED_BYTES_MAX: usize = 64 << 10;

/// Neighbouring parts, as they are stored; filled again and again.
#[derive(Debug, Default)]
pub(crate) struct Packed {
    bytes: Vec<u8>,
    parts: Vec<Part>,
    content_bytes: usize,
    window_bytes: usize,
}

/// One part.
#[derive(Debug)]
struct Part {
    /// Where it lies among the stored bytes.
    at: Range<usize>,
    /// Most content that it can have.
    content_bytes: usize,
}

impl Packed {
    /// Each part as it is stored, and the most content that it can have, in bytes.
    pub(super) fn parts(&self) -> impl Iterator<Item = (&[u8], usize)> {
        self.parts
            .iter()
            .map(|part| (&self.bytes[part.at.clone()], part.content_bytes))
    }

    /// Most content of all of them, in bytes.
    pub(crate) fn content_bytes(&self) -> usize {
        self.content_bytes
    }

    /// The parts as they are stored, in bytes.
    pub(crate) fn stored_bytes(&self) -> usize {
        self.parts.iter().map(|part| part.at.len()).sum()
    }

    /// Memory that they, their content and a decoder of them take at most, in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.stored_bytes() + self.content_bytes + self.window_bytes
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.parts.clear();
        self.content_bytes = 0;
        self.window_bytes = 0;
    }

    fn push(&mut self, at: Range<usize>, content_bytes: usize, window_bytes: usize) {
        self.content_bytes += content_bytes;
        self.window_bytes = self.window_bytes.max(window_bytes.min(content_bytes));
        self.parts.push(Part { at, content_bytes });
    }
}

/// What comes next in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// Parts, of which there may be none.
    Parts,
    /// Something else, or the start of it: what is left is for the decoder of streams.
    Other,
    /// The end.
    End,
}

/// Finds the parts of a file.
pub(crate) struct Members<R> {
    compression: Compression,
    raw: R,
    /// Bytes that were read, and belong to no part that was given out.
    held: Vec<u8>,
    /// Content of the parts that are given out together, in bytes.
    together_bytes: usize,
}

/// What stands at a place.
enum Seen {
    Part {
        length: usize,
        content_bytes: usize,
        /// How far back its content refers to itself, at most.
        window_bytes: usize,
    },
    Skipped {
        length: usize,
    },
    NoRoom,
    Other,
    End,
}

impl<R: BufRead> Members<R> {
    /// Parts of a file that is compressed in this way, whose bytes come from `raw`; as many are given out together as have
    /// `together_bytes` of content, and at least one.
    pub(crate) fn new(compression: Compression, raw: R, together_bytes: usize) -> Self {
        Self {
            compression,
            raw,
            held: Vec::new(),
            together_bytes,
        }
    }

    /// Reads the next parts.
    ///
    /// # Errors
    /// If reading fails.
    pub(crate) fn next(&mut self, packed: &mut Packed) -> io::Result<Found> {
        packed.clear();
        packed.bytes.append(&mut self.held);
        let mut start = 0;
        // Nothing but skipped and empty parts is bounded too.
        while start < self.together_bytes.max(SKIPPED_BYTES_MAX) {
            let room = self.together_bytes.saturating_sub(packed.content_bytes);
            let mut ahead = Lookahead {
                raw: &mut self.raw,
                bytes: &mut packed.bytes,
                start,
                room: if packed.parts.is_empty() {
                    CONTENT_BYTES_MAX
                } else {
                    room
                },
            };
            let seen = match self.compression {
                Compression::None => Seen::Other,
                Compression::Gzip => bgzf_member(&mut ahead)?,
                Compression::Zstd => zstd_frame(&mut ahead)?,
            };
            match seen {
                Seen::Part {
                    length,
                    content_bytes,
                    window_bytes,
                } => {
                    packed.push(start..start + length, content_bytes, window_bytes);
                    start += length;
                }
                Seen::Skipped { length } => start += length,
                Seen::End if start == 0 => return Ok(Found::End),
                Seen::Other if start == 0 => {
                    self.held.append(&mut packed.bytes);
                    return Ok(Found::Other);
                }
                Seen::NoRoom | Seen::Other | Seen::End => break,
            }
        }
        self.held.extend_from_slice(&packed.bytes[start..]);
        Ok(Found::Parts)
    }

    /// What comes after the parts that were given out.
    pub(crate) fn into_rest(self) -> impl BufRead {
        io::Cursor::new(self.held).chain(self.raw)
    }
}

/// Bytes from a place on, read as far as they are asked for and no further.
struct Lookahead<'l, R> {
    raw: &'l mut R,
    bytes: &'l mut Vec<u8>,
    start: usize,
    /// Most content of a part that is wanted here.
    room: usize,
}

impl<R: BufRead> Lookahead<'_, R> {
    /// The first so many bytes; `None` where there are fewer.
    fn first(&mut self, count: usize) -> io::Result<Option<&[u8]>> {
        while self.bytes.len() - self.start < count {
            let available = self.raw.fill_buf()?;
            let taken = available.len().min(count - (self.bytes.len() - self.start));
            if taken == 0 {
                return Ok(None);
            }
            self.bytes.extend_from_slice(&available[..taken]);
            self.raw.consume(taken);
        }
        Ok(Some(&self.bytes[self.start..self.start + count]))
    }

    fn none(&self) -> bool {
        self.bytes.len() == self.start
    }
}

fn bgzf_member(ahead: &mut Lookahead<'_, impl BufRead>) -> io::Result<Seen> {
    let Some(&[0x1F, 0x8B, 8, 4, .., low, high]) = ahead.first(12)? else {
        return Ok(if ahead.none() { Seen::End } else { Seen::Other });
    };
    let header = 12 + usize::from(u16::from_le_bytes([low, high]));
    let Some(bytes) = ahead.first(header)? else {
        return Ok(Seen::Other);
    };
    let Some(length) = bgzf_length(&bytes[12..]) else {
        return Ok(Seen::Other);
    };
    if length < header + 8 {
        return Ok(Seen::Other);
    }
    let Some(&[.., a, b, c, d]) = ahead.first(length)? else {
        return Ok(Seen::Other);
    };
    let content_bytes = u32::from_le_bytes([a, b, c, d]) as usize;
    Ok(if content_bytes > BGZF_CONTENT_BYTES_MAX {
        Seen::Other
    } else if content_bytes > ahead.room {
        Seen::NoRoom
    } else {
        Seen::Part {
            length,
            content_bytes,
            window_bytes: 0,
        }
    })
}

/// The member's length, if its extra fields state it.
pub(super) fn bgzf_length(mut extra: &[u8]) -> Option<usize> {
    let mut found = None;
    while let [one, two, low, high, rest @ ..] = extra {
        let (field, after) = rest.split_at_checked(u16::from_le_bytes([*low, *high]).into())?;
        if let (b"BC", &[low, high]) = (&[*one, *two], field)
            && found
                .replace(usize::from(u16::from_le_bytes([low, high])) + 1)
                .is_some()
        {
            return None;
        }
        extra = after;
    }
    found.filter(|_| extra.is_empty())
}

fn zstd_frame(ahead: &mut Lookahead<'_, impl BufRead>) -> io::Result<Seen> {
    let Some(&[one, two, three, four, descriptor]) = ahead.first(5)? else {
        return Ok(if ahead.none() { Seen::End } else { Seen::Other });
    };
    match [one, two, three, four] {
        [0x28, 0xB5, 0x2F, 0xFD] => {}
        [0x50..=0x5F, 0x2A, 0x4D, 0x18] => return skippable_frame(ahead),
        _ => return Ok(Seen::Other),
    }
    let (reserved, dictionary) = (descriptor & 0b1000, descriptor & 0b11);
    if reserved != 0 || dictionary != 0 {
        return Ok(Seen::Other);
    }
    let single_segment = descriptor & 0b10_0000 != 0;
    let window_at = 5;
    let content_at = window_at + usize::from(!single_segment);
    let stated = match descriptor >> 6 {
        0 => usize::from(single_segment),
        1 => 2,
        2 => 4,
        _ => 8,
    };
    let header = content_at + stated;
    let Some(bytes) = ahead.first(header)? else {
        return Ok(Seen::Other);
    };
    let mut window_bytes = 0;
    if !single_segment {
        let (exponent, mantissa) = (bytes[window_at] >> 3, usize::from(bytes[window_at] & 7));
        window_bytes = (8 + mantissa) << (7 + exponent);
        if window_bytes > 1 << WINDOW_LOG_MAX {
            return Ok(Seen::Other);
        }
    }
    let content = (stated > 0).then(|| {
        let mut number = [0; 8];
        number[..stated].copy_from_slice(&bytes[content_at..]);
        u64::from_le_bytes(number) + if stated == 2 { 256 } else { 0 }
    });
    // A frame that does not state its content may have as much as its blocks can hold.
    let content = match content.map(usize::try_from) {
        None if window_bytes > CONTENT_BYTES_MAX => return Ok(Seen::Other),
        None if ahead.room < CONTENT_BYTES_MAX => return Ok(Seen::NoRoom),
        None => None,
        Some(Ok(content)) if content <= ahead.room => Some(content),
        Some(Ok(content)) if content <= CONTENT_BYTES_MAX => return Ok(Seen::NoRoom),
        Some(_) => return Ok(Seen::Other),
    };
    let (mut length, mut content_bytes_max) = (header, 0);
    loop {
        let Some(&[.., low, middle, high]) = ahead.first(length + 3)? else {
            return Ok(Seen::Other);
        };
        let block = u32::from_le_bytes([low, middle, high, 0]);
        let (last, kind, size) = (block & 1 != 0, block >> 1 & 0b11, (block >> 3) as usize);
        // A run of one byte is stored as that byte.
        length += 3 + if kind == 1 { 1 } else { size };
        // Those of the other kinds state their content; `pzstd` ends each frame with an empty one.
        content_bytes_max += if kind == 2 {
            ZSTD_BLOCK_BYTES_MAX
        } else {
            size
        };
        let too_much = content.is_none() && content_bytes_max > CONTENT_BYTES_MAX;
        if kind == 3 || too_much || length > 2 * CONTENT_BYTES_MAX {
            return Ok(Seen::Other);
        }
        if last {
            break;
        }
    }
    let checksum = descriptor & 0b100 != 0;
    length += if checksum { 4 } else { 0 };
    Ok(match ahead.first(length)? {
        Some(_) => Seen::Part {
            length,
            content_bytes: content.unwrap_or(content_bytes_max),
            window_bytes,
        },
        None => Seen::Other,
    })
}

fn skippable_frame(ahead: &mut Lookahead<'_, impl BufRead>) -> io::Result<Seen> {
    let Some(&[.., a, b, c, d]) = ahead.first(8)? else {
        return Ok(Seen::Other);
    };
    let size = u32::from_le_bytes([a, b, c, d]) as usize;
    if size > SKIPPED_BYTES_MAX {
        return Ok(Seen::Other);
    }
    let length = 8 + size;
    Ok(match ahead.first(length)? {
        Some(_) => Seen::Skipped { length },
        None => Seen::Other,
    })
}

#[cfg(test)]
mod parts_found;

#[cfg(test)]
mod tests;
