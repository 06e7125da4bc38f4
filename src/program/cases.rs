//! Records whose words are the same, and whose days of capture lie between the same days on which a rule
//! changes, come to the same: a case. Numbers them; decides nothing.

use super::compile::Program;
use super::said::Said;
use super::verdict::Verdict;
use crate::records::Masker;
use crate::rules::CivilDay;

/// What a record says besides its words and its day of capture.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Beside {
    /// It lies outside the territory.
    pub(super) is_outside: bool,
    /// Something is said of a withdrawal, or it may be on a list.
    pub(super) is_marked: bool,
}

/// Days on which a verdict may change that are told apart; words with more have no cases.
const CHANGES_MAX: usize = 8;

/// Spans of days: before the first change, from each on, and no day at all; each inside the territory and outside it.
const SPANS: usize = 2 * (CHANGES_MAX + 2);

/// Most cases, so that their numbers have room in 16 bits.
const CASES_MAX: usize = u16::MAX as usize;

/// Where the verdict on a record with certain words may change.
///
/// PERF: a power of two of bytes, so that its place is a shift and not a product, for which the rest would wait.
#[derive(Debug)]
#[repr(align(128))]
struct Spans {
    /// The days from which on a record may come to something else, in order; [`NEVER`] at the places that are left.
    changes: [u32; CHANGES_MAX],
    /// For each span of days the case's number and one, or 0 where no record of it was decided yet.
    cases: [u16; SPANS],
    /// Whether all changes have a place: else there are no cases.
    has_cases: bool,
}

/// Past every day.
const NEVER: u32 = u32::MAX;

/// One of the spans of what records say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    said: usize,
    span: usize,
}

/// All that records say in words, and the cases among them.
#[derive(Debug, Default)]
pub(super) struct Cases {
    /// PERF: many combinations of words come to the same, so that these few stay in the first cache.
    spans: Vec<Spans>,
    said: Vec<Said>,
    /// INVARIANT: each is what [`super::decide`] found for the first record of its case.
    verdicts: Vec<Verdict>,
}

impl Cases {
    /// The number of what a record says.
    pub(super) fn number(&mut self, said: Said, program: &Program) -> usize {
        if let Some(known) = self.said.iter().position(|known| *known == said) {
            return known;
        }
        let changes = changes(&said, program);
        self.spans.push(Spans {
            changes: changes.unwrap_or([NEVER; CHANGES_MAX]),
            cases: [0; SPANS],
            has_cases: changes.is_some(),
        });
        self.said.push(said);
        self.said.len() - 1
    }

    #[inline(always)]
    pub(super) fn said(&self, said: usize) -> &Said {
        &self.said[said]
    }

    /// The span in which a record lies, by all that may change its verdict but withdrawal and lists; `None` if it may be marked by
    /// these, or if nothing that is said has this number.
    #[inline(always)]
    pub(super) fn span(
        &self,
        masker: impl Masker,
        said: u32,
        captured: Option<CivilDay>,
        beside: Beside,
    ) -> Option<Span> {
        let Spans { changes, .. } = self.spans.get(said as usize)?;
        if beside.is_marked {
            return None;
        }
        let span = match captured {
            Some(day) => masker.count_up_to(changes, day.number()),
            None => CHANGES_MAX + 1,
        };
        Some(Span {
            said: said as usize,
            span: 2 * span + usize::from(beside.is_outside),
        })
    }

    /// The case of this span, if one of its records was decided.
    #[inline(always)]
    pub(super) fn case(&self, span: Span) -> Option<u32> {
        u32::from(self.spans[span.said].cases[span.span]).checked_sub(1)
    }

    /// Numbers the case of a record that was decided on its words, its day and its territory alone.
    #[cold]
    pub(super) fn learn(&mut self, span: Span, verdict: &Verdict) {
        let spans = &mut self.spans[span.said];
        let case = &mut spans.cases[span.span];
        if spans.has_cases && *case == 0 && self.verdicts.len() < CASES_MAX {
            self.verdicts.push(verdict.clone());
            *case = self.verdicts.len() as u16;
        }
    }

    pub(super) fn verdict(&self, case: usize) -> &Verdict {
        &self.verdicts[case]
    }
}

/// Every day on which some test of a record with these words may turn out in another way; `None` if they are too many.
///
/// INVARIANT: these are the days that [`super::decide`] compares the day of capture with.
fn changes(said: &Said, program: &Program) -> Option<[u32; CHANGES_MAX]> {
    let after = |day: CivilDay| day.number() + 1;
    let mut days = vec![after(program.delivery)];
    for standing in said.standings() {
        days.push(standing.from.number());
        days.push(after(standing.through));
        days.extend(standing.expired_through.map(after));
    }
    days.sort_unstable();
    days.dedup();
    days.resize(days.len().max(CHANGES_MAX), NEVER);
    days.try_into().ok()
}

#[cfg(test)]
mod tests;
