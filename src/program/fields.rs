//! One record's fields as the scanner found them: raw bytes, and the values that rules consult.

use std::fmt;
use std::ops::Range;

use crate::records::WalkedRecord;
use crate::rules::trim_spaces_and_tabs;

/// A record: a buffer, where the record starts in it, and where each of its fields ends.
#[derive(Clone, Copy)]
pub struct RecordFields<'a> {
    buffer: &'a [u8],
    start: u32,
    ends: &'a [u32],
}

impl fmt::Debug for RecordFields<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RecordFields")
            .field("start", &self.start)
            .field("ends", &self.ends)
            .finish_non_exhaustive()
    }
}

impl<'a> RecordFields<'a> {
    /// A record of `buffer` that starts at `start` and whose fields end at `ends`, each one byte before the next field's start, as
    /// [`crate::records::Tokens`] finds them: a field may hold a delimiter only in quotes.
    pub fn new(buffer: &'a [u8], start: u32, ends: &'a [u32]) -> Self {
        Self {
            buffer,
            start,
            ends,
        }
    }

    /// The fields of a record that was walked to.
    pub fn of_walked(record: &'a WalkedRecord) -> Self {
        Self::new(&record.padded, 0, &record.field_ends)
    }

    /// The field's bytes as they came, quotes too.
    #[inline]
    pub fn raw(&self, column: usize) -> &'a [u8] {
        let (start, end) = self.bounds(column);
        &self.buffer[start..end]
    }

    /// Where a run of neighbouring fields lies in the buffer, from the first one's first byte to the last one's last.
    #[inline]
    pub fn span(&self, columns: &Range<usize>) -> (usize, usize) {
        (self.start_of(columns.start), self.end_of(columns.end - 1))
    }

    /// Where the field lies in [`Self::buffer`].
    #[inline]
    pub(super) fn bounds(&self, column: usize) -> (usize, usize) {
        (self.start_of(column), self.end_of(column))
    }

    #[inline]
    fn start_of(&self, column: usize) -> usize {
        let start = match column.checked_sub(1) {
            None => self.start,
            Some(before) => self.ends[before] + 1,
        };
        start as usize
    }

    #[inline]
    fn end_of(&self, column: usize) -> usize {
        self.ends[column] as usize
    }

    /// Where the record starts, and where its fields end.
    #[cfg(test)]
    pub(super) fn places(&self) -> (u32, &'a [u32]) {
        (self.start, self.ends)
    }

    /// The buffer that the record lies in.
    #[inline]
    pub fn buffer(&self) -> &'a [u8] {
        self.buffer
    }

    /// The value that rules consult: the field's unescaped content with spaces and tabs around it removed. `unescaped` is
    /// room for a content with quotes in it.
    #[inline]
    pub fn value<'v>(&self, column: usize, unescaped: &'v mut Vec<u8>) -> &'v [u8]
    where
        'a: 'v,
    {
        value(self.raw(column), unescaped)
    }
}

/// The value of a field that came as `raw`.
#[inline]
pub(super) fn value<'v>(raw: &'v [u8], unescaped: &'v mut Vec<u8>) -> &'v [u8] {
    if raw.first() == Some(&b'"') {
        trimmed(content(raw, unescaped))
    } else {
        trimmed(raw)
    }
}

/// The content of a quoted field of a well-formed record.
#[cold]
fn content<'v>(quoted: &'v [u8], unescaped: &'v mut Vec<u8>) -> &'v [u8] {
    // INVARIANT: a well-formed field that starts with a quote ends with another one.
    let inner = &quoted[1..quoted.len() - 1];
    if memchr::memchr(b'"', inner).is_none() {
        return inner;
    }
    unescaped.clear();
    let mut rest = inner;
    while let Some(quote) = memchr::memchr(b'"', rest) {
        unescaped.extend_from_slice(&rest[..=quote]);
        rest = &rest[quote + 2..];
    }
    unescaped.extend_from_slice(rest);
    unescaped
}

/// Without the spaces and tabs around it.
#[inline]
pub(super) fn trimmed(value: &[u8]) -> &[u8] {
    // PERF: hardly any value has any.
    match value {
        [b' ' | b'\t', ..] | [.., b' ' | b'\t'] => trim_spaces_and_tabs(value),
        _ => value,
    }
}

/// Runs of neighbouring columns.
pub(super) fn neighbours(columns: &[usize]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for &column in columns {
        match runs.last_mut() {
            Some(run) if run.end == column => run.end += 1,
            _ => runs.push(column..column + 1),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_unescaped_and_then_trimmed() {
        let record = b" a\t,\" b \",\"say \"\"no\"\" \",\"\",\"\"\"\",\"a\"\"b,\"\"c\"";
        let ends = [3, 9, 23, 26, 31, 42];
        let fields = RecordFields::new(record, 0, &ends);
        let mut room = Vec::new();
        let expected: [&[u8]; 6] = [b"a", b"b", b"say \"no\"", b"", b"\"", b"a\"b,\"c"];
        for (column, expected) in expected.into_iter().enumerate() {
            assert_eq!(fields.value(column, &mut room), expected, "column {column}");
        }
    }
}
