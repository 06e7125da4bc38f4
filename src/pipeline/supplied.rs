//! Which part of each record is supplied if it is permitted: all of it, or the agreed columns. A withheld record
//! is kept as a whole.

use std::hint::select_unpredictable;
use std::ops::Range;

use super::out_buffer::OutBuffer;
use super::tally::PERMITTED;
use crate::records::{BATCH, Cpu, Edges, RecordSpan, Run, Tokens, Wide};

/// What stands for an empty field that is all that is supplied: an empty line would be no record.
pub(super) const EMPTY_LINE: &[u8] = b"\"\"";

/// What is to be written of some records, without reasons and terminators.
pub(super) trait Supplied {
    /// Where the text of a record starts and ends, or its last part.
    fn text(&self, row: usize, record: &RecordSpan) -> (usize, usize);

    /// Appends what comes before that.
    fn push_before(&self, row: usize, is_permitted: bool, buffer: &[u8], out: &mut OutBuffer);
}

/// All of every record.
pub(super) struct Whole;

impl Supplied for Whole {
    #[inline(always)]
    fn text(&self, _: usize, record: &RecordSpan) -> (usize, usize) {
        (record.start as usize, record.end as usize)
    }

    #[inline(always)]
    fn push_before(&self, _: usize, _: bool, _: &[u8], _: &mut OutBuffer) {}
}

/// The agreed columns, and where they lie in some records.
#[derive(Debug)]
pub(super) struct Columns {
    edges: Edges,
    /// Runs of neighbouring columns, from left to right; each of these ends with a delimiter.
    before: Vec<Run>,
    last: Run,
    texts: Box<Texts>,
}

/// Of each record the last run of agreed columns, or all of it if it is withheld.
#[derive(Debug)]
struct Texts {
    starts: [u32; BATCH],
    ends: [u32; BATCH],
}

impl Columns {
    /// Runs of neighbouring columns, one at least, of so many columns in all.
    pub(super) fn new(columns: usize, runs: &[Range<usize>]) -> Self {
        let edges = Edges::of_runs(columns, runs);
        let mut before: Vec<Run> = runs.iter().map(|run| edges.run(run)).collect();
        let last = before.pop().expect("some column is supplied");
        Self {
            edges,
            before,
            last,
            texts: Box::new(Texts {
                starts: [0; BATCH],
                ends: [0; BATCH],
            }),
        }
    }

    /// Finds the texts of the first of some records of the scanner's window: of how many, one at least if there is any.
    pub(super) fn find(
        &mut self,
        cpu: Cpu,
        tokens: &Tokens,
        records: &[RecordSpan],
        outcomes: &[u32],
    ) -> usize {
        let found = tokens.seek_all(cpu, records, &mut self.edges);
        if found > 0 {
            cpu.widest(Select {
                edges: &self.edges,
                last: self.last,
                records: &records[..found],
                outcomes: &outcomes[..found],
                texts: &mut self.texts,
            });
            return found;
        }
        if let (Some(malformed), Some(&outcome)) = (records.first(), outcomes.first()) {
            assert!(outcome != PERMITTED, "a malformed record is withheld");
            self.texts.starts[0] = malformed.start;
            self.texts.ends[0] = malformed.end;
            return 1;
        }
        0
    }

    /// What was found.
    pub(super) fn found(&self) -> Found<'_> {
        if self.before.is_empty() {
            Found::OneRun(OneRun(&self.texts))
        } else {
            Found::Runs(Runs(self))
        }
    }
}

/// What of some records is supplied.
pub(super) enum Found<'c> {
    OneRun(OneRun<'c>),
    Runs(Runs<'c>),
}

/// Selects the texts of records whose columns were looked for.
///
/// PERF: before they are copied, so that no branch hangs on a verdict. Together with looking for the edges of these runs alone, in 64 records
/// at a time, against looking for the end of each column of each permitted record while it is copied: 0.86 of the time of gathering, 0.96
/// of the wall time of a `split --digest none` for `testdata/2017/agreement-retailer.toml`, 0.98 with digests (33 pairs).
struct Select<'c> {
    edges: &'c Edges,
    last: Run,
    records: &'c [RecordSpan],
    outcomes: &'c [u32],
    texts: &'c mut Texts,
}

impl Wide for Select<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self {
            edges,
            last,
            records,
            outcomes,
            texts,
        } = self;
        let (before, ends) = edges.places_of(last);
        for row in 0..records.len().min(outcomes.len()).min(BATCH) {
            let is_permitted = outcomes[row] == PERMITTED;
            let record = records[row];
            let start = before[row].wrapping_add(1);
            texts.starts[row] = select_unpredictable(is_permitted, start, record.start);
            texts.ends[row] = select_unpredictable(is_permitted, ends[row], record.end);
        }
    }
}

/// Columns that lie side by side.
pub(super) struct OneRun<'c>(&'c Texts);

impl Supplied for OneRun<'_> {
    #[inline(always)]
    fn text(&self, row: usize, _: &RecordSpan) -> (usize, usize) {
        (self.0.starts[row] as usize, self.0.ends[row] as usize)
    }

    #[inline(always)]
    fn push_before(&self, row: usize, is_permitted: bool, _: &[u8], out: &mut OutBuffer) {
        if self.0.starts[row] == self.0.ends[row] && is_permitted {
            out.push(EMPTY_LINE);
        }
    }
}

/// Columns in several runs.
pub(super) struct Runs<'c>(&'c Columns);

impl Supplied for Runs<'_> {
    #[inline(always)]
    fn text(&self, row: usize, record: &RecordSpan) -> (usize, usize) {
        OneRun(&self.0.texts).text(row, record)
    }

    #[inline(always)]
    fn push_before(&self, row: usize, is_permitted: bool, buffer: &[u8], out: &mut OutBuffer) {
        if is_permitted {
            for &run in &self.0.before {
                let (start, end) = self.0.edges.span(run, row);
                out.push_padded(buffer, start, end + 1);
            }
        }
    }
}

#[cfg(test)]
mod tests;
