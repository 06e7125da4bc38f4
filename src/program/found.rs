//! What was found about some records before they are decided, and the loops that find it. Decides nothing.

use super::batch::{Decision, Rows, Spans};
use super::cases::{Beside, Cases};
use super::compile::Program;
use super::consult::append_key;
use super::fields::value;
use super::memo::UNHEARD;
use crate::records::{BATCH, Kernel, Masker, Wide};
use crate::rules::{CivilDay, MonthMemo, Normaliser, SuppressionList};

/// What was found about some records.
#[derive(Debug)]
pub(super) struct Found {
    /// The numbers of what their words say, or [`UNHEARD`].
    pub(super) heard: [u32; BATCH],
    /// Their days of capture, as far as they can be read.
    pub(super) captured: [Option<CivilDay>; BATCH],
    pub(super) beside: [Beside; BATCH],
}

impl Default for Found {
    fn default() -> Self {
        Self {
            heard: [UNHEARD; BATCH],
            captured: [None; BATCH],
            beside: [Beside::default(); BATCH],
        }
    }
}

impl Found {
    #[inline(always)]
    pub(super) fn of_row(&self, row: usize) -> (u32, Option<CivilDay>, Beside) {
        (self.heard[row], self.captured[row], self.beside[row])
    }
}

/// Reads plain days, from a record on up to one that says no plain day: which that is.
pub(super) struct ReadDays<'f, 'r> {
    pub(super) spans: Spans<'r>,
    pub(super) from: usize,
    pub(super) months: &'f mut MonthMemo,
    pub(super) captured: &'f mut [Option<CivilDay>; BATCH],
}

impl Wide for ReadDays<'_, '_> {
    type Output = usize;
    #[inline(always)]
    fn run(self) -> usize {
        let Self {
            spans,
            from,
            months,
            captured,
        } = self;
        #[expect(
            clippy::needless_range_loop,
            reason = "of several arrays, an iterator is slower"
        )]
        for row in from..spans.count.min(BATCH) {
            let (start, end) = spans.span(row);
            let Ok(text) = spans.buffer[start..end].try_into() else {
                return row;
            };
            let day @ Some(_) = months.plain_day(text) else {
                return row;
            };
            captured[row] = day;
        }
        spans.count
    }
}

/// Finds out what records say besides their words and days of capture.
pub(super) struct LookBeside<'f, 'r> {
    pub(super) program: &'f Program,
    pub(super) rows: &'f Rows<'r>,
    pub(super) beside: &'f mut [Beside; BATCH],
    /// Room for a value with quotes in it.
    pub(super) room: &'f mut Vec<u8>,
    /// Room for the keys of a list.
    pub(super) key: &'f mut Vec<u8>,
}

impl Wide for LookBeside<'_, '_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self {
            program,
            rows,
            beside,
            room,
            key,
        } = self;
        let count = rows.count().min(BATCH);
        let beside = &mut beside[..count];
        beside.fill(Beside::default());
        if let Some(territory) = &program.territory {
            let column = rows.column(territory.column);
            for (row, beside) in beside.iter_mut().enumerate() {
                beside.is_outside = territory.excludes(column.raw(row), room);
            }
        }
        if let Some(column) = program.withdrawn_at {
            let column = rows.column(column);
            for (row, beside) in beside.iter_mut().enumerate() {
                beside.is_marked = !value(column.raw(row), room).is_empty();
            }
        }
        for list in 0..program.suppressions.len() {
            // Whoever is marked is decided alone, by every list.
            if let Some(column) = program.exact_column(list) {
                let column = rows.column(column);
                for (row, beside) in beside.iter_mut().enumerate() {
                    let on_list = program.suppressed_exactly(list, column.raw(row), room);
                    beside.is_marked |= on_list != Some(false);
                }
            } else {
                let parts = program.suppressions[list].iter();
                let parts = parts.map(|part| (rows.column(part.column), part.normaliser));
                let parts: Vec<(Spans<'_>, Normaliser)> = parts.collect();
                mark_joined(program.list(list), &parts, beside, room, key);
            }
        }
    }
}

/// Marks who may be on a list whose keys are made of these columns.
///
/// PERF: all keys first, then what the list's filter says of each, so that the memory of one is waited for while others are asked for. With a
/// filter of half the size that looks at both ends of a key: 0.90 to 0.96 of the wall time of a `check` with a list of names and postcodes.
#[inline(always)]
fn mark_joined(
    list: &SuppressionList,
    parts: &[(Spans<'_>, Normaliser)],
    beside: &mut [Beside],
    room: &mut Vec<u8>,
    keys: &mut Vec<u8>,
) {
    keys.clear();
    let mut ends = [0; BATCH];
    for (row, (beside, end)) in beside.iter_mut().zip(&mut ends).enumerate() {
        let parts = parts.iter();
        let parts = parts.map(|(spans, normaliser)| (spans.raw(row), *normaliser));
        beside.is_marked |= !append_key(parts, room, keys);
        *end = keys.len();
    }
    let keys = |row: usize| &keys[row.checked_sub(1).map_or(0, |before| ends[before])..ends[row]];
    let mut may_be_on = 0_u64;
    for row in 0..beside.len() {
        may_be_on |= u64::from(!list.surely_lacks(keys(row))) << row;
    }
    while may_be_on != 0 {
        let row = may_be_on.trailing_zeros() as usize;
        may_be_on &= may_be_on - 1;
        beside[row].is_marked = beside[row].is_marked || list.contains(keys(row));
    }
}

/// Decides records as their cases, those that have one: whether all do.
pub(super) struct FindCases<'f> {
    pub(super) cases: &'f Cases,
    pub(super) found: &'f Found,
    pub(super) decisions: &'f mut [Decision],
}

impl Kernel for FindCases<'_> {
    type Output = bool;
    #[inline(always)]
    fn run<M: Masker>(self, masker: M) -> bool {
        let Self {
            cases,
            found,
            decisions,
        } = self;
        let mut all = true;
        for row in 0..decisions.len().min(BATCH) {
            let (heard, captured, beside) = found.of_row(row);
            // INVARIANT: what a verdict depends on besides words, day and territory says nothing of a record that has a span.
            let span = cases.span(masker, heard, captured, beside);
            let case = span.and_then(|span| cases.case(span));
            decisions[row] = if let Some(case) = case {
                Decision::of_case(case, captured)
            } else {
                all = false;
                Decision::ALONE
            };
        }
        all
    }
}
