//! Which bytes of a permitted record are supplied: all of it, or the columns of the agreed categories.

use std::ops::Range;

use super::fields::RecordFields;
use crate::records::Header;

/// What of a permitted record is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Projection {
    /// The record as it came.
    Whole,
    /// Runs of neighbouring columns, in header order; never empty.
    Columns(Vec<Range<usize>>),
}

impl Projection {
    /// The columns at these indices, given in rising order without repeats.
    pub(super) fn of_columns(indices: &[usize]) -> Self {
        let mut runs: Vec<Range<usize>> = Vec::new();
        for &index in indices {
            match runs.last_mut() {
                Some(run) if run.end == index => run.end += 1,
                _ => runs.push(index..index + 1),
            }
        }
        Self::Columns(runs)
    }

    /// Appends the projected header, without byte order mark and terminator.
    pub fn write_header(&self, header: &Header, delimiter: u8, out: &mut Vec<u8>) {
        match self {
            Self::Whole => out.extend_from_slice(header.raw()),
            Self::Columns(runs) => {
                let parts = runs
                    .iter()
                    .map(|run| &header.raw()[header.columns(run.clone())]);
                write_parts(parts, delimiter, out);
            }
        }
    }

    /// Appends a projected record, without its terminator.
    pub fn write_columns(
        runs: &[Range<usize>],
        record: &RecordFields<'_>,
        delimiter: u8,
        out: &mut Vec<u8>,
    ) {
        let parts = runs.iter().map(|run| {
            let (start, _) = record.bounds(run.start);
            let (_, end) = record.bounds(run.end - 1);
            &record.buffer()[start..end]
        });
        write_parts(parts, delimiter, out);
    }
}

fn write_parts<'a>(parts: impl Iterator<Item = &'a [u8]>, delimiter: u8, out: &mut Vec<u8>) {
    let line = out.len();
    for (index, part) in parts.enumerate() {
        if index > 0 {
            out.push(delimiter);
        }
        out.extend_from_slice(part);
    }
    if out.len() == line {
        // An empty line would be no record.
        out.extend_from_slice(b"\"\"");
    }
}
