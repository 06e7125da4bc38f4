//! One record at a time, one byte at a time: the reader that anyone can check by eye. It reads headers
//! and single records, and it is the oracle of the scanner.

use super::dialect::Delimiter;

/// A record found by [`next_record`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NaiveRecord {
    /// First byte of the record.
    pub start: usize,
    /// Byte after the record, terminator not included.
    pub end: usize,
    /// Byte after its terminator.
    pub next: usize,
    /// Where each field ends: at its delimiter, or at the record's end.
    pub field_ends: Vec<usize>,
    /// A quote inside an unquoted field, text after a closing quote, or an unterminated quote.
    pub quote_fault: bool,
    /// Blank lines before it.
    pub blank_lines: u64,
    /// The record ended with the bytes, not with a terminator.
    pub unterminated: bool,
}

/// What stands at a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// A record.
    Record(NaiveRecord),
    /// The end; this many blank lines came before it.
    End {
        /// Blank lines before the end.
        blank_lines: u64,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    FieldStart,
    Unquoted,
    Quoted,
    Closed,
}

/// Finds the record that starts at or after `at`, which must lie at the start of a record or of blank lines.
pub fn next_record(bytes: &[u8], at: usize, delimiter: Delimiter) -> Next {
    let mut start = at;
    let mut blank_lines = 0;
    while let Some(length) = line_end(bytes, start) {
        blank_lines += 1;
        start += length;
    }
    if start == bytes.len() {
        return Next::End { blank_lines };
    }
    let mut state = State::FieldStart;
    let mut field_ends = Vec::new();
    let mut quote_fault = false;
    let mut end = start;
    while end < bytes.len() {
        let byte = bytes[end];
        state = match (state, byte) {
            (State::Quoted, b'"') => State::Closed,
            (State::Quoted, _) => State::Quoted,
            (State::FieldStart | State::Closed, b'"') => State::Quoted,
            (_, b'\n' | b'\r') => break,
            (_, byte) if byte == delimiter.byte() => {
                field_ends.push(end);
                State::FieldStart
            }
            (State::Closed, _) | (State::Unquoted, b'"') => {
                quote_fault = true;
                State::Unquoted
            }
            (State::FieldStart | State::Unquoted, _) => State::Unquoted,
        };
        end += 1;
    }
    field_ends.push(end);
    let terminator = line_end(bytes, end).unwrap_or(0);
    Next::Record(NaiveRecord {
        start,
        end,
        next: end + terminator,
        field_ends,
        quote_fault: quote_fault || state == State::Quoted,
        blank_lines,
        unterminated: terminator == 0,
    })
}

/// Length of the line end at `at`, if one is there.
fn line_end(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at..)? {
        [b'\r', b'\n', ..] => Some(2),
        [b'\r' | b'\n', ..] => Some(1),
        _ => None,
    }
}
