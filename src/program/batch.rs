//! Records that are decided together, stage by stage: where their consulted columns lie, and how each was
//! decided. Decides nothing.

use std::ops::Range;

use super::compile::Program;
use super::fields::RecordFields;
use crate::records::{BATCH, Cpu, Edges, RecordSpan, Tokens};
use crate::rules::CivilDay;

/// How [`super::Decider::decide_all`] decided a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    case: u32,
    captured: Option<CivilDay>,
}

impl Decision {
    /// By itself.
    pub const ALONE: Self = Self {
        case: u32::MAX,
        captured: None,
    };

    #[inline(always)]
    pub(crate) fn of_case(case: u32, captured: Option<CivilDay>) -> Self {
        Self { case, captured }
    }

    /// As another record before, but for the day of capture: the number of its case, for [`super::Decider::verdict_of_case`], from
    /// 0, without gaps.
    #[inline(always)]
    pub fn case(self) -> Option<usize> {
        (self.case != u32::MAX).then_some(self.case as usize)
    }

    /// The day of capture of a record that was decided as its case, as far as it can be read.
    #[inline(always)]
    pub fn captured(self) -> Option<CivilDay> {
        self.captured
    }
}

/// Room for some records.
#[derive(Debug)]
pub(super) struct Batch {
    edges: Edges,
    /// Room for one record's. INVARIANT: the places of columns that are not consulted hold [`NOWHERE`] for ever.
    ends: Vec<u32>,
}

/// Past every record, so that a column that was not looked for cannot be read: no region is so long.
const NOWHERE: u32 = u32::MAX - 1;

impl Batch {
    pub(super) fn new(program: &Program) -> Self {
        let columns = program.columns();
        Self {
            edges: Edges::new(columns, &program.consulted_columns()),
            ends: vec![NOWHERE; columns],
        }
    }

    /// Looks for the consulted columns of the first records, up to one that is malformed, or to [`BATCH`] of them.
    pub(super) fn fill<'r>(
        &'r mut self,
        cpu: Cpu,
        buffer: &'r [u8],
        tokens: &Tokens,
        records: &[RecordSpan],
    ) -> Rows<'r> {
        let count = tokens.seek_all(cpu, records, &mut self.edges);
        Rows {
            buffer,
            count,
            edges: &self.edges,
            ends: &mut self.ends,
        }
    }
}

/// Well-formed records, and where their consulted columns lie.
#[derive(Debug)]
pub(super) struct Rows<'r> {
    buffer: &'r [u8],
    count: usize,
    edges: &'r Edges,
    ends: &'r mut [u32],
}

/// Where a run of neighbouring columns lies in each record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spans<'r> {
    pub(super) buffer: &'r [u8],
    pub(super) count: usize,
    /// What stands right before its first byte: a position less than the first byte's by one.
    before: &'r [u32; BATCH],
    ends: &'r [u32; BATCH],
}

impl Rows<'_> {
    /// [`BATCH`] at most.
    #[inline(always)]
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// One of the records, where few are looked at.
    pub(super) fn record(&mut self, row: usize) -> RecordFields<'_> {
        let start = self.edges.put(row, self.ends);
        RecordFields::new(self.buffer, start, self.ends)
    }

    #[inline(always)]
    pub(super) fn column(&self, column: usize) -> Spans<'_> {
        self.spans(&(column..column + 1))
    }

    #[inline(always)]
    pub(super) fn spans(&self, columns: &Range<usize>) -> Spans<'_> {
        Spans {
            buffer: self.buffer,
            count: self.count,
            before: self.edges.before(columns.start),
            ends: self.edges.after(columns.end - 1),
        }
    }
}

impl<'r> Spans<'r> {
    /// Where the run lies in one of the records.
    #[inline(always)]
    pub(super) fn span(&self, row: usize) -> (usize, usize) {
        let start = self.before[row].wrapping_add(1);
        (start as usize, self.ends[row] as usize)
    }

    /// Its bytes.
    #[inline(always)]
    pub(super) fn raw(&self, row: usize) -> &'r [u8] {
        let (start, end) = self.span(row);
        &self.buffer[start..end]
    }
}

#[cfg(test)]
impl<'r> Rows<'r> {
    /// So many records, of all of whose columns the edges are told, and room for one's.
    pub(super) fn of(
        buffer: &'r [u8],
        count: usize,
        edges: &'r Edges,
        ends: &'r mut [u32],
    ) -> Self {
        Self {
            buffer,
            count,
            edges,
            ends,
        }
    }
}
