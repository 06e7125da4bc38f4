//! The records of a stream one after the other, each where it lies in the stream: for commands that look at
//! them one by one. Keeps one record at a time, and is no part of a run.

use crate::hidden::Hidden;
use std::fmt;
use std::io::{self, Read};

use super::PADDING;
use super::dialect::Delimiter;
use super::naive::{Next, next_record};

/// Bytes read at a time.
const READ_BYTES: usize = 256 << 10;

/// Reads records from a stream that starts at the start of a record or of blank lines.
pub struct Walk<R> {
    stream: R,
    delimiter: Delimiter,
    record_bytes_max: usize,
    buffer: Vec<u8>,
    /// First byte in `buffer` that was not yet passed.
    at: usize,
    /// Offset of the buffer's first byte.
    offset: u64,
    number: u64,
    at_end: bool,
}

/// A record and where it stood.
#[derive(Clone, PartialEq, Eq)]
pub struct WalkedRecord {
    /// Its number, from 1.
    pub number: u64,
    /// Its offset.
    pub offset: u64,
    /// Its bytes without the terminator, and [`PADDING`] bytes after them.
    pub padded: Vec<u8>,
    /// Where each field ends in them.
    pub field_ends: Vec<u32>,
    /// A quote is where it may not be, or not where it must.
    pub quote_fault: bool,
    /// It ended with the stream, not with a terminator.
    pub unterminated: bool,
}

/// Why a walk ended before the stream's end.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    /// The stream could not be read.
    #[error("cannot read at byte {offset}: {error}")]
    Read {
        /// Offset of the first byte that is missing.
        offset: u64,
        /// What the system or the decoder said.
        error: io::Error,
    },
    /// A record is longer than it may be.
    #[error("record {number}, at byte {offset}, is longer than a record may be")]
    TooLong {
        /// Its number, from 1.
        number: u64,
        /// Its offset.
        offset: u64,
    },
}

impl fmt::Debug for WalkedRecord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("WalkedRecord")
            .field("number", &self.number)
            .field("offset", &self.offset)
            .field("bytes", &Hidden(self.bytes()))
            .field("quote_fault", &self.quote_fault)
            .field("unterminated", &self.unterminated)
            .finish_non_exhaustive()
    }
}

impl<R> fmt::Debug for Walk<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Walk")
            .field("number", &self.number)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

impl WalkedRecord {
    /// Its bytes, without the terminator.
    pub fn bytes(&self) -> &[u8] {
        &self.padded[..self.padded.len() - PADDING]
    }
}

impl<R: Read> Walk<R> {
    /// A walk through `stream`, whose first byte has this offset.
    pub fn new(stream: R, offset: u64, delimiter: Delimiter, record_bytes_max: usize) -> Self {
        Self {
            stream,
            delimiter,
            record_bytes_max,
            buffer: Vec::new(),
            at: 0,
            offset,
            number: 0,
            at_end: false,
        }
    }

    /// How many records were passed.
    pub fn passed(&self) -> u64 {
        self.number
    }

    /// The next record; `None` at the end.
    ///
    /// # Errors
    /// If the stream cannot be read, or the record is too long.
    pub fn next_record(&mut self) -> Result<Option<WalkedRecord>, WalkError> {
        loop {
            match next_record(&self.buffer, self.at, self.delimiter) {
                Next::End { .. } if self.at_end => return Ok(None),
                // Blank lines are not counted here, so it does not matter if a line end is cut in two.
                Next::End { .. } => {
                    self.at = self.buffer.len();
                    self.fill()?;
                }
                Next::Record(record) => {
                    let number = self.number + 1;
                    let offset = self.offset + record.start as u64;
                    if record.end - record.start > self.record_bytes_max {
                        return Err(WalkError::TooLong { number, offset });
                    }
                    let whole =
                        self.at_end || (!record.unterminated && record.next < self.buffer.len());
                    if !whole {
                        self.at = record.start;
                        self.fill()?;
                        continue;
                    }
                    let mut padded = self.buffer[record.start..record.end].to_vec();
                    padded.resize(padded.len() + PADDING, 0);
                    self.at = record.next;
                    self.number = number;
                    let field_ends = record
                        .field_ends
                        .iter()
                        .map(|end| (end - record.start) as u32)
                        .collect();
                    return Ok(Some(WalkedRecord {
                        number,
                        offset,
                        padded,
                        field_ends,
                        quote_fault: record.quote_fault,
                        unterminated: record.unterminated,
                    }));
                }
            }
        }
    }

    /// Drops what was passed and reads at least as much again as is left, so that a long record is not looked at too often.
    fn fill(&mut self) -> Result<(), WalkError> {
        self.buffer.drain(..self.at);
        self.offset += self.at as u64;
        self.at = 0;
        let wanted = READ_BYTES.max(self.buffer.len()) as u64;
        let read = (&mut self.stream)
            .take(wanted)
            .read_to_end(&mut self.buffer)
            .map_err(|error| WalkError::Read {
                offset: self.offset + self.buffer.len() as u64,
                error,
            })?;
        self.at_end = read == 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Gives one byte at a time.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.0.len().min(buffer.len()).min(1);
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn at_once(bytes: &[u8]) -> Vec<(u64, Vec<u8>, usize, bool)> {
        let mut records = Vec::new();
        let mut at = 0;
        while let Next::Record(record) = next_record(bytes, at, Delimiter::COMMA) {
            at = record.next;
            let content = bytes[record.start..record.end].to_vec();
            records.push((
                record.start as u64,
                content,
                record.field_ends.len(),
                record.quote_fault,
            ));
        }
        records
    }

    proptest! {
        #[test]
        fn records_are_those_of_the_whole_text(bytes in proptest::collection::vec(prop_oneof![Just(b'a'), Just(b','), Just(b'"'), Just(b'\r'), Just(b'\n')], 0..60)) {
            let mut walk = Walk::new(Slow(&bytes), 0, Delimiter::COMMA, 1 << 20);
            let mut records = Vec::new();
            while let Some(record) = walk.next_record().unwrap() {
                prop_assert_eq!(record.number as usize, records.len() + 1);
                records.push((record.offset, record.bytes().to_vec(), record.field_ends.len(), record.quote_fault));
            }
            prop_assert_eq!(records, at_once(&bytes));
        }
    }

    #[test]
    fn records_of_many_reads_are_found() {
        let text: String = (0..100_000)
            .map(|number| format!("{number},\"a\r\nb\"\r\n"))
            .collect();
        let mut walk = Walk::new(text.as_bytes(), 0, Delimiter::COMMA, 1 << 20);
        let mut offset = 0;
        while let Some(record) = walk.next_record().unwrap() {
            assert_eq!(record.offset, offset);
            offset += record.bytes().len() as u64 + 2;
        }
        assert_eq!((walk.passed(), offset), (100_000, text.len() as u64));
    }

    #[test]
    fn a_record_that_is_too_long_ends_the_walk() {
        let mut walk = Walk::new(b"ab\nabcd\n".as_slice(), 10, Delimiter::COMMA, 3);
        assert!(walk.next_record().unwrap().is_some());
        let error = walk.next_record().unwrap_err();
        assert!(matches!(
            error,
            WalkError::TooLong {
                number: 2,
                offset: 13
            }
        ));
    }
}
