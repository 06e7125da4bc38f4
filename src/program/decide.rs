//! The verdict. Only what passes through here is permitted; what cannot be evaluated gets a reason.

use super::batch::{Batch, Decision, Rows};
use super::cases::Cases;
use super::compile::Program;
use super::consult::Withdrawal;
use super::fields::RecordFields;
use super::found::{FindCases, Found, LookBeside, ReadDays};
use super::memo::{Memo, UNHEARD};
use super::reasons::{FixedReasons, Reason};
use super::verdict::Verdict;
use crate::records::{Cpu, Portable, RecordSpan, Tokens, WalkedRecord};
use crate::rules::{CivilDay, DateForm, MonthMemo};
use std::fmt;

/// Decides records of one supply; each alone. A thread has its own.
pub struct Decider<'p> {
    program: &'p Program,
    cpu: Cpu,
    verdict: Verdict,
    batch: Batch,
    memories: Memories,
}

impl fmt::Debug for Decider<'_> {
    /// What it keeps of records is not shown.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Decider")
            .field("cpu", &self.cpu)
            .finish_non_exhaustive()
    }
}

/// What is kept from record to record, all of it only to be faster.
struct Memories {
    /// The number (for `cases`) of what each combination of words says.
    words: Memo,
    cases: Cases,
    /// What was found about the records that are decided now.
    found: Box<Found>,
    months: MonthMemo,
    /// Room for a value with quotes in it.
    room: Vec<u8>,
    /// Room for the keys of a list, of as many records as are decided at once.
    key: Vec<u8>,
}

impl<'p> Decider<'p> {
    /// A decider for a compiled program.
    pub fn new(program: &'p Program) -> Self {
        Self::with_cpu(program, Cpu::detect())
    }

    /// The same with the instructions of a certain kind of CPU.
    pub fn with_cpu(program: &'p Program, cpu: Cpu) -> Self {
        Self {
            program,
            cpu,
            verdict: Verdict::default(),
            batch: Batch::new(program),
            memories: Memories {
                words: Memo::new(&program.word_columns()),
                cases: Cases::default(),
                found: Box::default(),
                months: MonthMemo::default(),
                room: Vec::new(),
                key: Vec::new(),
            },
        }
    }

    /// The verdict on a malformed record: nothing else is evaluated.
    pub(super) fn malformed(&mut self) -> &Verdict {
        self.verdict.reasons.clear();
        self.verdict.reasons.insert(Reason::Malformed);
        self.verdict.row = None;
        self.verdict.captured = None;
        self.verdict.withdrawn_before_capture = false;
        &self.verdict
    }

    /// Decides records as the scanner found them in its current window of `buffer`: malformed ones are withheld as such. Tells of
    /// each how it was decided, and to `alone` its place and its verdict if by itself.
    ///
    /// # Panics
    ///
    /// If there is not a decision for each record.
    pub fn decide_all(
        &mut self,
        buffer: &[u8],
        tokens: &Tokens,
        records: &[RecordSpan],
        decisions: &mut [Decision],
        mut alone: impl FnMut(usize, &Verdict),
    ) {
        assert_eq!(records.len(), decisions.len(), "a decision for each record");
        let mut at = 0;
        while at < records.len() {
            let Self {
                program,
                cpu,
                verdict,
                batch,
                memories,
            } = self;
            let mut rows = batch.fill(*cpu, buffer, tokens, &records[at..]);
            let count = rows.count();
            if count == 0 {
                decisions[at] = Decision::ALONE;
                alone(at, self.malformed());
                at += 1;
                continue;
            }
            let decisions = &mut decisions[at..at + count];
            if !memories.find_cases(program, *cpu, &mut rows, decisions) {
                for (row, decision) in decisions.iter().enumerate() {
                    if decision.case().is_none() {
                        memories.decide(program, rows.record(row), row, verdict);
                        alone(at + row, verdict);
                    }
                }
            }
            at += count;
        }
    }

    /// The verdict on a record as [`Self::decide_all`] decides it.
    pub fn decide_scanned(
        &mut self,
        buffer: &[u8],
        tokens: &Tokens,
        record: RecordSpan,
    ) -> &Verdict {
        let mut decisions = [Decision::ALONE];
        self.decide_all(buffer, tokens, &[record], &mut decisions, |_, _| {});
        let [decision] = decisions;
        if let Some(case) = decision.case() {
            self.verdict.clone_from(self.memories.cases.verdict(case));
            self.verdict.captured = decision.captured();
        }
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

    /// The verdict on a record by itself, found without the memories of words and cases.
    pub fn decide(&mut self, record: &WalkedRecord) -> &Verdict {
        if self.program.is_malformed(record) {
            return self.malformed();
        }
        let Self {
            program,
            memories,
            verdict,
            ..
        } = self;
        let record = RecordFields::of_walked(record);
        let captured = memories.captured(program, &record);
        let outside = program.is_outside_territory(&record, &mut memories.room);
        memories.judge(program, &record, None, captured, outside, verdict);
        verdict
    }
}

impl Memories {
    /// Finds what well-formed records say, and their cases: whether all have one. A record without one is decided alone.
    ///
    /// PERF: one thing after the other for some records at a time, in loops that are functions of their own, so that what all
    /// records need stays in registers. With records collected, counted and hashed in such loops as well, against one record after the
    /// other in one loop, in pairs: 0.85 of the wall time of a `check --threads 1`, 0.89 with a list and withdrawals, 0.85 with a
    /// territory too; 0.96 of that of a `split`, 0.92 without digests; 0.78 with one column.
    fn find_cases(
        &mut self,
        program: &Program,
        cpu: Cpu,
        rows: &mut Rows<'_>,
        decisions: &mut [Decision],
    ) -> bool {
        self.hear_all(program, cpu, rows);
        self.read_days(program, cpu, rows);
        self.look_beside(program, cpu, rows);
        cpu.run(FindCases {
            cases: &self.cases,
            found: &self.found,
            decisions,
        })
    }

    /// Decides a record of which everything was found but a case, by making every test.
    fn decide(
        &mut self,
        program: &Program,
        record: RecordFields<'_>,
        row: usize,
        verdict: &mut Verdict,
    ) {
        let (heard, captured, beside) = self.found.of_row(row);
        let words = (heard != UNHEARD).then_some(heard as usize);
        self.judge(
            program,
            &record,
            words,
            captured,
            beside.is_outside,
            verdict,
        );
        if let Some(span) = self.cases.span(Portable, heard, captured, beside) {
            self.cases.learn(span, verdict);
        }
    }

    /// The days of capture.
    fn read_days(&mut self, program: &Program, cpu: Cpu, rows: &mut Rows<'_>) {
        let column = program.captured_at;
        let Self { months, found, .. } = self;
        let mut at = 0;
        while at < rows.count() {
            if matches!(program.date_form, DateForm::Iso) {
                at = cpu.widest(ReadDays {
                    spans: rows.column(column),
                    from: at,
                    months,
                    captured: &mut found.captured,
                });
            }
            if at < rows.count() {
                let raw = rows.column(column).raw(at);
                found.captured[at] = program.day_of(raw, months, &mut self.room);
                at += 1;
            }
        }
    }

    /// What is said besides words and the day of capture.
    fn look_beside(&mut self, program: &Program, cpu: Cpu, rows: &mut Rows<'_>) {
        let has_marks = program.withdrawn_at.is_some() || !program.suppressions.is_empty();
        if program.territory.is_some() || has_marks {
            cpu.widest(LookBeside {
                program,
                rows,
                beside: &mut self.found.beside,
                room: &mut self.room,
                key: &mut self.key,
            });
        }
    }

    /// The numbers of what the records' words say; [`UNHEARD`] where there is no room for it.
    fn hear_all(&mut self, program: &Program, cpu: Cpu, rows: &mut Rows<'_>) {
        let Self {
            words,
            cases,
            found,
            room,
            ..
        } = self;
        // As many numbers as combinations are remembered, at most.
        words.recall_all(cpu, rows, &mut found.heard, |record| {
            cases.number(program.hear(record, room), program) as u32
        });
    }

    fn captured(&mut self, program: &Program, record: &RecordFields<'_>) -> Option<CivilDay> {
        let raw = record.raw(program.captured_at);
        program.day_of(raw, &mut self.months, &mut self.room)
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
