//! The rows of a list, bounded as the `csv` crate bounds them, each with its raw bytes, so that a
//! defect of quoting is told and not read over. Knows nothing of keys.

use std::io::{self, Read};

use csv::ByteRecord;

use crate::reading::fill;

/// Most bytes in one row, its line ends included.
const ROW_BYTES_MAX: u64 = 1 << 20;
/// Bytes that the `csv` reader asks for at once.
const BUFFER_BYTES: usize = 64 << 10;

/// Reads rows one by one.
pub(super) struct ListRows<R> {
    reader: csv::Reader<RawWindow<R>>,
    delimiter: u8,
    /// Whether a line may have ended in a carriage return alone: then line feeds tell no line.
    has_lone_cr: bool,
    /// Whether the row before ended in a carriage return.
    after_cr: bool,
}

/// A row that was read; its fields are in the record that was passed in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// The line in which it starts, from 1; `None` where lines end in carriage returns alone.
    pub(super) line: Option<u64>,
    /// Where it starts in the decompressed bytes.
    pub(super) offset: u64,
    /// What is wrong with its quotes.
    pub(super) defect: Option<QuoteDefect>,
}

/// How the quotes of a row break the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum QuoteDefect {
    /// A quote inside a field that does not begin with one.
    InUnquotedField,
    /// Text after the quote that closes a field.
    TextAfterClosingQuote,
    /// No quote closes the field.
    Unterminated,
}

impl QuoteDefect {
    /// What is wrong, in a few words.
    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::InUnquotedField => "a quote inside a field that does not begin with one",
            Self::TextAfterClosingQuote => "text after the quote that closes a field",
            Self::Unterminated => "a quote that is never closed",
        }
    }
}

impl<R: Read> ListRows<R> {
    pub(super) fn new(content: R, delimiter: u8) -> Self {
        let window = RawWindow {
            content,
            bytes: Vec::new(),
            start: 0,
            row_start: 0,
            quotes_end: 0,
        };
        let reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(BUFFER_BYTES)
            .from_reader(window);
        Self {
            reader,
            delimiter,
            has_lone_cr: false,
            after_cr: false,
        }
    }

    /// The next row, or `None` at the end.
    pub(super) fn next(&mut self, record: &mut ByteRecord) -> io::Result<Option<Row>> {
        let (start, line) = (self.reader.position().byte(), self.reader.position().line());
        self.reader.get_mut().row_start = start;
        let found =
            self.reader
                .read_byte_record(record)
                .map_err(|error| match error.into_kind() {
                    csv::ErrorKind::Io(error) => error,
                    other => io::Error::other(format!("{other:?}")),
                })?;
        if !found {
            return Ok(None);
        }
        let raw = self
            .reader
            .get_ref()
            .between(start, self.reader.position().byte());
        // The end of the row before, blank lines and the byte order mark come with the bytes of this row.
        let raw_row = match (start, raw) {
            (0, [0xef, 0xbb, 0xbf, rest @ ..]) => rest,
            _ => raw,
        };
        let blank = raw_row
            .iter()
            .take_while(|&&byte| matches!(byte, b'\r' | b'\n'))
            .count();
        let (between, row) = raw_row.split_at(blank);
        // PERF: in many lists there is none at all.
        let may_have_quotes = self.reader.get_ref().quotes_end > start;
        let skipped = u64::try_from(raw.len() - row.len()).unwrap_or(u64::MAX);
        let between_ends = between.iter().filter(|&&byte| byte == b'\n').count() as u64;
        self.has_lone_cr |= self.after_cr && between.first() != Some(&b'\n');
        self.after_cr = row.ends_with(b"\r");
        Ok(Some(Row {
            line: (!self.has_lone_cr).then_some(line + between_ends),
            offset: start + skipped,
            defect: may_have_quotes
                .then(|| quote_defect(row, self.delimiter))
                .flatten(),
        }))
    }
}

/// Passes bytes on, and keeps those since the start of the current row.
struct RawWindow<R> {
    content: R,
    bytes: Vec<u8>,
    /// Offset of the first byte that is kept.
    start: u64,
    /// Offset of the current row.
    row_start: u64,
    /// Past the last quote so far.
    quotes_end: u64,
}

impl<R> RawWindow<R> {
    fn between(&self, from: u64, to: u64) -> &[u8] {
        // INVARIANT: what is kept starts at or before the current row and ends with the last byte that was passed on.
        let index =
            |offset: u64| usize::try_from(offset - self.start).expect("an offset in memory");
        &self.bytes[index(from)..index(to)]
    }
}

impl<R: Read> Read for RawWindow<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let done = usize::try_from(self.row_start - self.start).expect("an offset in memory");
        self.bytes.drain(..done);
        self.start = self.row_start;
        if u64::try_from(self.bytes.len()).is_ok_and(|length| length > ROW_BYTES_MAX) {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                format!("a row is longer than {ROW_BYTES_MAX} bytes; is a quote never closed?"),
            ));
        }
        // The buffer is filled, so that the csv reader sees a byte order mark whole.
        let mut count = 0;
        fill(&mut self.content, buffer, &mut count)?;
        if let Some(last) = memchr::memrchr(b'"', &buffer[..count]) {
            self.quotes_end = self.start + (self.bytes.len() + last + 1) as u64;
        }
        self.bytes.extend_from_slice(&buffer[..count]);
        Ok(count)
    }
}

/// The first defect in the quotes of a row, whose bytes may end with its line end.
fn quote_defect(row: &[u8], delimiter: u8) -> Option<QuoteDefect> {
    // PERF: most rows have no quote.
    memchr::memchr(b'"', row)?;
    enum State {
        FieldStart,
        Unquoted,
        Quoted,
        AfterQuote,
    }
    let mut state = State::FieldStart;
    for &byte in row {
        state = match (state, byte) {
            (State::Quoted, b'"') => State::AfterQuote,
            (State::Quoted, _) => State::Quoted,
            (State::FieldStart | State::AfterQuote, b'"') => State::Quoted,
            (State::Unquoted, b'"') => return Some(QuoteDefect::InUnquotedField),
            (_, b'\r' | b'\n') => return None,
            (_, byte) if byte == delimiter => State::FieldStart,
            (State::AfterQuote, _) => return Some(QuoteDefect::TextAfterClosingQuote),
            (State::FieldStart | State::Unquoted, _) => State::Unquoted,
        };
    }
    matches!(state, State::Quoted).then_some(QuoteDefect::Unterminated)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &[u8]) -> Vec<(u64, Option<QuoteDefect>, usize)> {
        let mut rows = ListRows::new(text, b',');
        let mut record = ByteRecord::new();
        let mut found = Vec::new();
        while let Some(row) = rows.next(&mut record).expect("bytes in memory") {
            found.push((row.offset, row.defect, record.len()));
        }
        found
    }

    #[test]
    fn rows_have_their_offsets() {
        assert_eq!(
            rows(b"id\r\n\r\n\na,b\nc"),
            [(0, None, 1), (7, None, 2), (11, None, 1)]
        );
        assert_eq!(
            rows(b"\xef\xbb\xbfid\ra\r\"b\"\"\",\"\n\"\n"),
            [(3, None, 1), (6, None, 1), (8, None, 2)]
        );
        assert_eq!(rows(b"\xef\xbb\xbf\n\nid\n"), [(5, None, 1)]);
        assert_eq!(rows(b""), []);
        assert_eq!(rows(b"\n\r\n"), []);
    }

    #[test]
    fn rows_have_their_lines() {
        let lines = |text: &[u8]| {
            let mut rows = ListRows::new(text, b',');
            let mut record = ByteRecord::new();
            let mut found = Vec::new();
            while let Some(row) = rows.next(&mut record).expect("bytes in memory") {
                found.push(row.line);
            }
            found
        };
        assert_eq!(
            lines(b"k,n\na,\"1\n2\n3\"\n\n,x\n"),
            [Some(1), Some(2), Some(6)]
        );
        assert_eq!(
            lines(b"\xef\xbb\xbf\r\nid\r\n\r\na\r\nb"),
            [Some(2), Some(4), Some(5)]
        );
        assert_eq!(lines(b"id\na\rb\nc"), [Some(1), Some(2), None, None]);
    }

    #[test]
    fn defects_of_quoting_are_told() {
        assert_eq!(
            rows(b"a\"b\n"),
            [(0, Some(QuoteDefect::InUnquotedField), 1)]
        );
        assert_eq!(
            rows(b"a,\"b\"c\n"),
            [(0, Some(QuoteDefect::TextAfterClosingQuote), 2)]
        );
        assert_eq!(
            rows(b"a,\"b\" \n"),
            [(0, Some(QuoteDefect::TextAfterClosingQuote), 2)]
        );
        assert_eq!(
            rows(b"x\n\"b\nc\n"),
            [(0, None, 1), (2, Some(QuoteDefect::Unterminated), 1)]
        );
        assert_eq!(rows(b"\"a\"\"b\",\"\"\n"), [(0, None, 2)]);
        assert_eq!(
            rows(b" \"a\"\n"),
            [(0, Some(QuoteDefect::InUnquotedField), 1)]
        );
    }

    #[test]
    fn rows_longer_than_the_buffer_keep_their_bytes() {
        let long = "x".repeat(3 * BUFFER_BYTES);
        let text = format!("{long}\n\"{long}\"\n\"{long}\"y\n");
        let length = u64::try_from(long.len()).expect("a length");
        assert_eq!(
            rows(text.as_bytes()),
            [
                (0, None, 1),
                (length + 1, None, 1),
                (2 * length + 4, Some(QuoteDefect::TextAfterClosingQuote), 1)
            ]
        );
    }

    #[test]
    fn the_bound_is_of_each_row_alone() {
        let row = format!("\"{}\"\n", "x".repeat(100_000));
        let found = rows(row.repeat(25).as_bytes());
        assert!(found.len() as u64 * row.len() as u64 > 2 * ROW_BYTES_MAX);
        assert!(found.iter().all(|(_, defect, _)| defect.is_none()));
    }

    #[test]
    fn a_row_without_end_is_an_error() {
        let text = format!("id\n\"{}", "x\n".repeat(1 << 20));
        let mut rows = ListRows::new(text.as_bytes(), b',');
        let mut record = ByteRecord::new();
        assert!(rows.next(&mut record).expect("the header").is_some());
        let error = rows.next(&mut record).expect_err("a row too long");
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }
}
