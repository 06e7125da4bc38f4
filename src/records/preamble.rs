//! The start of an input: byte order mark, blank lines and the header record. Reads no further than it must.

use crate::hidden::Hidden;
use std::fmt;
use std::io::{self, Read};

use super::dialect::Delimiter;
use super::naive::{NaiveRecord, Next, next_record};

/// UTF-8 byte order mark.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Most bytes of blank lines before a header; beyond that the input is refused.
const BLANK_BYTES_MAX: usize = 16 << 20;

/// Bytes read at a time while looking for the header's end.
const READ_BYTES: usize = 64 << 10;

/// A supply's header record.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    raw: Vec<u8>,
    terminator: Vec<u8>,
    byte_order_mark: bool,
    field_ends: Vec<u32>,
    names: Vec<Vec<u8>>,
}

impl fmt::Debug for Header {
    /// Where a file has no header, its first record is taken for one: its names are not shown.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Header")
            .field("raw", &Hidden(&self.raw))
            .field("columns", &self.names.len())
            .finish_non_exhaustive()
    }
}

/// Everything before an input's first record.
#[derive(Clone)]
pub struct Preamble {
    /// All bytes read so far, from the input's first.
    pub read: Vec<u8>,
    /// Where the records start in them.
    pub body: usize,
    /// Blank lines before the header.
    pub blank_lines: u64,
    /// The header.
    pub header: Header,
}

impl fmt::Debug for Preamble {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Preamble")
            .field("read", &Hidden(&self.read))
            .field("body", &self.body)
            .field("blank_lines", &self.blank_lines)
            .field("header", &self.header)
            .finish()
    }
}

/// Why an input has no usable header.
#[derive(Debug, thiserror::Error)]
pub enum PreambleError {
    /// There is no record at all.
    #[error("there is no header: the input holds no record")]
    Missing,
    /// Its quotes are not those of well-formed text.
    #[error(
        "the header, in line {line}, is malformed: a quote stands where it may not, or is not closed"
    )]
    Malformed {
        /// The line in which it starts, from 1.
        line: u64,
    },
    /// UTF-16 text.
    #[error("the input is UTF-16")]
    Utf16,
    /// More than the allowed bytes.
    #[error(
        "the header, at byte {offset}, is longer than the {limit} bytes that a record may have"
    )]
    TooLong {
        /// Offset of the header in the decompressed input.
        offset: u64,
        /// The limit, in bytes.
        limit: usize,
    },
    /// Too many blank lines.
    #[error("more than {BLANK_BYTES_MAX} bytes of blank lines stand before the header")]
    TooManyBlankLines,
    /// The input could not be read.
    #[error("the header cannot be read: {0}")]
    Read(#[from] io::Error),
}

impl Header {
    /// The header's bytes, without byte order mark and terminator.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Its terminator; empty if the input ended without one.
    pub fn terminator(&self) -> &[u8] {
        &self.terminator
    }

    /// The byte order mark before it; empty if there was none.
    pub fn byte_order_mark(&self) -> &'static [u8] {
        if self.byte_order_mark {
            BYTE_ORDER_MARK
        } else {
            b""
        }
    }

    /// A column's name as it came, quotes too.
    pub fn column(&self, column: usize) -> &[u8] {
        let start = column
            .checked_sub(1)
            .map_or(0, |before| self.field_ends[before] as usize + 1);
        &self.raw[start..self.field_ends[column] as usize]
    }

    /// The column names, unescaped and not trimmed.
    pub fn names(&self) -> &[Vec<u8>] {
        &self.names
    }

    /// Where each of its fields ends in [`Self::raw`].
    pub fn field_ends(&self) -> &[u32] {
        &self.field_ends
    }
}

/// Whether a text that begins as UTF-16 does may be that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Utf16 {
    Refused,
    Impossible,
}

/// Reads once, up to so many bytes in all; how many came.
fn read_some(input: &mut dyn Read, read: &mut Vec<u8>, wanted: usize) -> io::Result<usize> {
    let before = read.len();
    // A pipe gives little at a time: no more room is made than for that.
    read.resize(wanted.min(before + READ_BYTES), 0);
    let count = loop {
        match input.read(&mut read[before..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            came => break came,
        }
    };
    read.truncate(before + *count.as_ref().unwrap_or(&0));
    count
}

impl Preamble {
    /// Reads an input up to the end of its header, and somewhat further: what is wrong with its start is then found.
    ///
    /// # Errors
    /// If there is no header, if it is malformed or too long, if the text is UTF-16, or if reading fails.
    pub fn read(
        input: &mut dyn Read,
        delimiter: Delimiter,
        record_bytes_max: usize,
    ) -> Result<Self, PreambleError> {
        Self::read_while(input, delimiter, record_bytes_max, || true)
    }

    /// The same, but no further than the header once `goes_on` says so.
    ///
    /// # Errors
    /// As above.
    pub(crate) fn read_while(
        input: &mut dyn Read,
        delimiter: Delimiter,
        record_bytes_max: usize,
        goes_on: impl Fn() -> bool,
    ) -> Result<Self, PreambleError> {
        Self::read_as(input, delimiter, record_bytes_max, goes_on, Utf16::Refused)
    }

    /// The same of what is known not to be UTF-16, though it may begin like it: an output, whose first column may have any name.
    ///
    /// # Errors
    /// As above.
    pub fn read_output(
        input: &mut dyn Read,
        delimiter: Delimiter,
        record_bytes_max: usize,
    ) -> Result<Self, PreambleError> {
        let goes_on = || true;
        Self::read_as(
            input,
            delimiter,
            record_bytes_max,
            goes_on,
            Utf16::Impossible,
        )
    }

    fn read_as(
        input: &mut dyn Read,
        delimiter: Delimiter,
        record_bytes_max: usize,
        goes_on: impl Fn() -> bool,
        utf16: Utf16,
    ) -> Result<Self, PreambleError> {
        let mut read = Vec::new();
        // How much there has to be until it is looked at, where there is more, and where it does not go on.
        let (mut wanted, mut wanted_at_least) = (READ_BYTES, 0);
        loop {
            let came = read_some(input, &mut read, wanted);
            let goes_on = goes_on();
            let is_enough = read.len() >= wanted || read.len() >= wanted_at_least && !goes_on;
            let (at_end, failed) = match came {
                Ok(0) => (true, None),
                Ok(_) if is_enough => (false, None),
                Ok(_) => continue,
                Err(error) if goes_on => return Err(error.into()),
                // What is wrong far after a whole header is found when that is read again.
                Err(error) => (false, Some(error)),
            };
            wanted = read.len() + READ_BYTES.max(read.len());
            wanted_at_least = 2 * read.len();
            let is_marked = read.starts_with(b"\xFF\xFE") || read.starts_with(b"\xFE\xFF");
            if is_marked && utf16 == Utf16::Refused {
                return Err(PreambleError::Utf16);
            }
            if read.len() < BYTE_ORDER_MARK.len() && !at_end && failed.is_none() {
                continue;
            }
            let mark = if read.starts_with(BYTE_ORDER_MARK) {
                BYTE_ORDER_MARK.len()
            } else {
                0
            };
            match next_record(&read, mark, delimiter) {
                Next::End { .. } if read.len() > BLANK_BYTES_MAX => {
                    return Err(PreambleError::TooManyBlankLines);
                }
                Next::End { .. } if at_end => return Err(PreambleError::Missing),
                Next::End { .. } => {}
                Next::Record(record) if record.start > mark + BLANK_BYTES_MAX => {
                    return Err(PreambleError::TooManyBlankLines);
                }
                Next::Record(record) if record.end - record.start > record_bytes_max => {
                    return Err(PreambleError::TooLong {
                        offset: record.start as u64,
                        limit: record_bytes_max,
                    });
                }
                Next::Record(record)
                    if at_end || (!record.unterminated && record.next < read.len()) =>
                {
                    return Self::from_record(read, mark, &record, delimiter);
                }
                Next::Record(_) => {}
            }
            if let Some(error) = failed {
                return Err(error.into());
            }
        }
    }

    fn from_record(
        read: Vec<u8>,
        mark: usize,
        record: &NaiveRecord,
        delimiter: Delimiter,
    ) -> Result<Self, PreambleError> {
        if record.quote_fault {
            return Err(PreambleError::Malformed {
                line: record.blank_lines + 1,
            });
        }
        let raw = read[record.start..record.end].to_vec();
        // A header is no longer than a record may be, so its positions fit.
        let field_ends = record
            .field_ends
            .iter()
            .map(|end| (end - record.start) as u32)
            .collect();
        let names = unescaped_fields(&raw, delimiter);
        let header = Header {
            terminator: read[record.end..record.next].to_vec(),
            byte_order_mark: mark > 0,
            raw,
            field_ends,
            names,
        };
        Ok(Self {
            body: record.next,
            blank_lines: record.blank_lines,
            header,
            read,
        })
    }
}

/// The fields of a well-formed record, as the csv crate reads them.
fn unescaped_fields(record: &[u8], delimiter: Delimiter) -> Vec<Vec<u8>> {
    // That reader drops a byte order mark; the one in front is for it to drop, so that a second one stays content.
    let marked = [BYTE_ORDER_MARK, record].concat();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter.byte())
        .from_reader(marked.as_slice());
    let mut fields = csv::ByteRecord::new();
    let found = reader
        .read_byte_record(&mut fields)
        .expect("reading from memory does not fail");
    assert!(found, "a record is not blank");
    fields.iter().map(<[u8]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(parts: &[&[u8]]) -> Result<Preamble, PreambleError> {
        Preamble::read(&mut parts.concat().as_slice(), Delimiter::COMMA, 1 << 20)
    }

    #[test]
    fn an_input_may_be_shorter_than_a_byte_order_mark() {
        let found = read(&[b"a"]).unwrap();
        assert_eq!(found.header.names(), [b"a"]);
        assert!(matches!(read(&[b""]), Err(PreambleError::Missing)));
        assert!(matches!(
            read(&[BYTE_ORDER_MARK, b"\r"]),
            Err(PreambleError::Missing)
        ));
    }

    #[test]
    fn a_header_may_be_longer_than_one_read() {
        let name = "n".repeat(READ_BYTES);
        let found = read(&[name.as_bytes(), b",\"b\nc\"\r\n", name.as_bytes()]).unwrap();
        assert_eq!(found.header.names(), [name.as_bytes(), b"b\nc"]);
        assert_eq!(found.header.column(1), b"\"b\nc\"");
        assert_eq!(found.header.terminator(), b"\r\n");
        assert_eq!(found.body, READ_BYTES + 8);
    }

    #[test]
    fn a_line_end_may_be_cut_by_a_read() {
        for terminator in [&b"\r\n"[..], b"\r", b"\n"] {
            for length in READ_BYTES - 3..READ_BYTES + 3 {
                let header = vec![b'n'; length];
                let found = read(&[&header, terminator, b"1\n"]).unwrap();
                assert_eq!(found.header.terminator(), terminator, "{length} bytes");
                assert_eq!(found.body, length + terminator.len());
            }
        }
    }

    #[test]
    fn no_more_is_read_than_it_takes() {
        let input = [b"a,b\r\n", vec![b'\n'; 3 * READ_BYTES].as_slice()].concat();
        let found = Preamble::read(&mut input.as_slice(), Delimiter::COMMA, 1 << 20).unwrap();
        assert_eq!(found.read.len(), READ_BYTES);
    }

    #[test]
    fn a_malformed_header_is_refused() {
        for header in ["a\"b\n", "\"a\"b\n", "a,\"b\n"] {
            let refused = read(&[header.as_bytes()]);
            assert!(
                matches!(refused, Err(PreambleError::Malformed { line: 1 })),
                "{header}"
            );
        }
    }

    #[test]
    fn utf_16_is_told_by_either_mark() {
        for mark in [b"\xFF\xFE", b"\xFE\xFF"] {
            assert!(matches!(read(&[mark, b"a\n"]), Err(PreambleError::Utf16)));
        }
    }

    #[test]
    fn blank_lines_before_a_header_are_bounded() {
        let blank = vec![b'\n'; BLANK_BYTES_MAX];
        let found = read(&[BYTE_ORDER_MARK, &blank, b"a\n1\n"]).unwrap();
        assert_eq!(found.blank_lines, BLANK_BYTES_MAX as u64);
        assert_eq!(found.body, BYTE_ORDER_MARK.len() + BLANK_BYTES_MAX + 2);
        for rest in [&b"\n"[..], b"\na\n"] {
            let refused = read(&[&blank, rest]);
            assert!(matches!(refused, Err(PreambleError::TooManyBlankLines)));
        }
    }
}
