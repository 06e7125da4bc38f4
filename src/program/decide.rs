//! The verdict. Only what passes through here is permitted; what cannot be evaluated gets a reason.

use super::cases::Cases;
use super::compile::Program;
use super::consult::Withdrawal;
use super::fields::RecordFields;
use super::memo::Memo;
use super::reasons::{FixedReasons, Reason, Reasons};
use crate::records::{RecordSpan, SeekEnds, Tokens};
use crate::rules::{CivilDay, MonthMemo};

/// What was decided about a record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// Every reason that stands against it; none permits it.
    pub reasons: Reasons,
    /// Row of the record in the counts by notice and source; `None` for a malformed one.
    pub row: Option<usize>,
    /// The day of capture, as far as it can be read; `None` for a malformed record.
    pub captured: Option<CivilDay>,
    /// Consent was withdrawn before this capture, which does not count against it.
    pub withdrawn_before_capture: bool,
}

/// Decides records of one supply, one after the other; each alone. A thread has its own.
#[derive(Debug)]
pub struct Decider<'p> {
    program: &'p Program,
    sought: Sought,
    verdict: Verdict,
    memories: Memories,
}

/// How [`Decider::decide_by_case`] decided a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// As another record before, but for the day of capture.
    Case {
        /// The case's number, for [`Decider::verdict_of_case`]: from 0, without gaps.
        case: usize,
        /// The day of capture, as far as it can be read.
        captured: Option<CivilDay>,
    },
    /// By itself, with [`Decider::verdict`].
    Alone,
}

/// What is kept from record to record, all of it only to be faster.
#[derive(Debug)]
struct Memories {
    /// The number (for `cases`) of what each combination of words says.
    words: Memo,
    cases: Cases,
    months: MonthMemo,
    /// Room for a value with quotes in it.
    room: Vec<u8>,
    /// Room for a list's key.
    key: Vec<u8>,
}

/// Some columns of a record, as the scanner looks for them.
#[derive(Debug)]
struct Sought {
    seek: SeekEnds,
    /// Where they end. INVARIANT: the places of other columns hold [`NOWHERE`] for ever.
    ends: Vec<u32>,
}

/// Past every record, so that a column that was not looked for cannot be read: no region is so long.
const NOWHERE: u32 = u32::MAX - 1;

impl Sought {
    fn of_columns(columns: usize, wanted: &[usize]) -> Self {
        Self {
            seek: SeekEnds::of_columns(columns, wanted),
            ends: vec![NOWHERE; columns],
        }
    }

    #[inline(always)]
    fn fields<'a>(
        &'a mut self,
        buffer: &'a [u8],
        tokens: &Tokens,
        record: RecordSpan,
    ) -> RecordFields<'a> {
        tokens.seek(record, &self.seek, &mut self.ends);
        RecordFields::new(buffer, record.start, &self.ends)
    }
}

impl<'p> Decider<'p> {
    /// A decider for a compiled program.
    pub fn new(program: &'p Program) -> Self {
        Self {
            program,
            sought: Sought::of_columns(program.columns(), &program.consulted_columns()),
            verdict: Verdict::default(),
            memories: Memories {
                words: Memo::new(&program.word_columns()),
                cases: Cases::default(),
                months: MonthMemo::default(),
                room: Vec::new(),
                key: Vec::new(),
            },
        }
    }

    /// The verdict on a malformed record: nothing else is evaluated.
    pub fn malformed(&mut self) -> &Verdict {
        self.verdict.reasons.clear();
        self.verdict.reasons.insert(Reason::Malformed);
        self.verdict.row = None;
        self.verdict.captured = None;
        self.verdict.withdrawn_before_capture = false;
        &self.verdict
    }

    /// Decides a record as the scanner found it in its current window of `buffer`: a malformed one is withheld as such.
    #[inline(always)]
    pub fn decide_by_case(
        &mut self,
        buffer: &[u8],
        tokens: &Tokens,
        record: RecordSpan,
    ) -> Decision {
        if record.quote_fault || record.fields as usize != self.program.columns() {
            self.malformed();
            return Decision::Alone;
        }
        let Self {
            program,
            sought,
            verdict,
            memories,
        } = self;
        let fields = sought.fields(buffer, tokens, record);
        memories.decide(program, &fields, verdict)
    }

    /// The verdict on a record as [`Self::decide_by_case`] decides it.
    pub fn decide_scanned(
        &mut self,
        buffer: &[u8],
        tokens: &Tokens,
        record: RecordSpan,
    ) -> &Verdict {
        if let Decision::Case { case, captured } = self.decide_by_case(buffer, tokens, record) {
            self.verdict.clone_from(self.memories.cases.verdict(case));
            self.verdict.captured = captured;
        }
        &self.verdict
    }

    /// The verdict on the last record that was decided alone.
    #[inline(always)]
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// The verdict on every record of a case, but for the day of capture, which is that of its first record.
    ///
    /// # Panics
    ///
    /// If there is no such case.
    pub fn verdict_of_case(&self, case: usize) -> &Verdict {
        self.memories.cases.verdict(case)
    }

    /// The verdict on a well-formed record with as many fields as the header, found without the memory of cases.
    pub fn decide(&mut self, record: &RecordFields<'_>) -> &Verdict {
        let Self {
            program,
            memories,
            verdict,
            ..
        } = self;
        let heard = memories.hear(program, record);
        let captured = memories.captured(program, record);
        let outside = program.is_outside_territory(record, &mut memories.room);
        memories.judge(program, record, heard, captured, outside, verdict);
        verdict
    }
}

impl Memories {
    /// Decides a well-formed record: as its case, or else by making every test.
    #[inline(always)]
    fn decide(
        &mut self,
        program: &Program,
        record: &RecordFields<'_>,
        verdict: &mut Verdict,
    ) -> Decision {
        let heard = self.hear(program, record);
        let captured = self.captured(program, record);
        let outside = program.is_outside_territory(record, &mut self.room);
        // INVARIANT: what a verdict depends on besides words, day and territory says nothing of a record that has a span.
        let span = match heard {
            Some(said) if self.is_unmarked(program, record) => {
                Some(self.cases.span(said, captured, outside))
            }
            _ => None,
        };
        if let Some(span) = span
            && let Some(case) = self.cases.case(span)
        {
            return Decision::Case { case, captured };
        }
        self.judge(program, record, heard, captured, outside, verdict);
        if let Some(span) = span {
            self.cases.learn(span, verdict);
        }
        Decision::Alone
    }

    /// The number of what the record's words say; `None` if there is no room for it.
    #[inline(always)]
    fn hear(&mut self, program: &Program, record: &RecordFields<'_>) -> Option<usize> {
        let Self {
            words, cases, room, ..
        } = self;
        let said = match words.find(record) {
            Some(said) => said,
            // As many numbers as combinations are remembered, at most.
            None => words.remember(record, || {
                cases.number(program.hear(record, room), program) as u32
            })?,
        };
        Some(said as usize)
    }

    #[inline(always)]
    fn captured(&mut self, program: &Program, record: &RecordFields<'_>) -> Option<CivilDay> {
        program.day_of(
            record,
            program.captured_at,
            &mut self.months,
            &mut self.room,
        )
    }

    /// Whether nothing is said of a withdrawal, and the record is surely on no list.
    #[inline(always)]
    fn is_unmarked(&mut self, program: &Program, record: &RecordFields<'_>) -> bool {
        let Self { room, key, .. } = self;
        if let Some(column) = program.withdrawn_at
            && !record.value(column, room).is_empty()
        {
            return false;
        }
        // PERF: a closure would not be made with the widest instructions.
        for list in 0..program.suppressions.len() {
            if program.suppressed(list, record, room, key) != Some(false) {
                return false;
            }
        }
        true
    }

    /// Makes every test on a record with these words, captured on this day, outside the territory or not.
    ///
    /// INVARIANT: this is the only place that can permit a record, and it does so only if every test was made and none failed.
    #[inline(never)]
    fn judge(
        &mut self,
        program: &Program,
        record: &RecordFields<'_>,
        heard: Option<usize>,
        captured: Option<CivilDay>,
        outside_territory: bool,
        verdict: &mut Verdict,
    ) {
        let Self {
            cases,
            months,
            room,
            key,
            ..
        } = self;
        let unremembered;
        let said = match heard {
            Some(said) => cases.said(said),
            None => {
                unremembered = program.hear(record, room);
                &unremembered
            }
        };
        let withdrawal = program.withdrawal(record, months, room);
        let standing = said.standing(captured);
        let mut found = FixedReasons::default();
        let unreadable = captured.is_none() || matches!(withdrawal, Withdrawal::Unreadable);
        found.insert_if(unreadable, Reason::DateUnreadable);
        if let Some(day) = captured {
            let expired = standing.expired_through.is_some_and(|last| day <= last);
            found.insert_if(!standing.in_force(day), Reason::NoticeNotInForce);
            found.insert_if(expired, Reason::ConsentExpired);
            found.insert_if(day > program.delivery, Reason::CapturedAfterDelivery);
        }
        let withdrawn = match (withdrawal, captured) {
            (Withdrawal::On(withdrawn), Some(captured)) => withdrawn >= captured,
            (Withdrawal::On(_), None) => true,
            (Withdrawal::None | Withdrawal::Unreadable, _) => false,
        };
        found.insert_if(withdrawn, Reason::ConsentWithdrawn);
        found.insert_if(outside_territory, Reason::OutsideTerritory);
        verdict.withdrawn_before_capture = matches!(withdrawal, Withdrawal::On(_)) && !withdrawn;

        let reasons = &mut verdict.reasons;
        reasons.become_like(&standing.reasons);
        for list in 0..program.suppressions.len() {
            match program.suppressed(list, record, room, key) {
                Some(false) => {}
                Some(true) => reasons.insert(Reason::Suppressed(list)),
                None => found.insert_if(true, Reason::SuppressionUncheckable),
            }
        }
        reasons.insert_fixed(found);
        verdict.row = Some(standing.row);
        verdict.captured = captured;
    }
}
