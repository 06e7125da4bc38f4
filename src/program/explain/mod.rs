//! Why a record is permitted or withheld: each test in the order of reasons, with what it consulted and
//! what it found. Decides nothing: the verdict is `decide`'s, and an account that differs from it is a fault.

use crate::hidden::Hidden;
use std::fmt;
mod account;
mod agreed;
mod asked;
mod disclosed;
mod lookups;
mod words;

use super::compile::Program;
use super::decide::Decider;
use super::fields::RecordFields;
use super::reasons::{Reason, Reasons};
use super::verdict::Verdict;
use crate::records::WalkedRecord;
use account::{Account, Finding};

/// A record's verdict, and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The verdict.
    pub verdict: Verdict,
    /// Which notice was the record's, and why.
    pub notice: NoticeFinding,
    /// Every reason's test, in the order of reasons.
    pub tests: Vec<Test>,
}

/// Which notice was a record's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeFinding {
    /// Its index in the policy, if there is one.
    pub notice: Option<usize>,
    /// Why it is this one, or none.
    pub why: String,
    /// What was consulted.
    pub consulted: Vec<Consulted>,
}

/// A column that was consulted, and the record's value in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Consulted {
    /// Index of the column.
    pub column: usize,
    /// The value: unescaped, without the spaces and tabs around it.
    pub value: Vec<u8>,
}

impl fmt::Debug for Consulted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Consulted")
            .field("column", &self.column)
            .field("value", &Hidden(&self.value))
            .finish()
    }
}

/// One reason's test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// The reason.
    pub reason: Reason,
    /// Whether it stands against the record.
    pub outcome: TestOutcome,
    /// What was asked; no value of the record stands in it.
    pub asked: String,
    /// What was found, or why nothing was evaluated; no value of the record stands in it, but days that were read.
    pub found: String,
    /// The columns that were consulted, with their values.
    pub consulted: Vec<Consulted>,
}

/// What a test came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestOutcome {
    /// The reason stands against the record.
    Holds,
    /// It does not.
    DoesNotHold,
    /// There was nothing to evaluate it against.
    NotEvaluated,
}

impl Program {
    /// Explains the verdict on a record.
    ///
    /// INVARIANT: the tests that hold are the verdict's reasons, and nothing else is.
    pub fn explain(&self, record: &WalkedRecord) -> Explanation {
        if self.is_malformed(record) {
            return self.explain_malformed(record);
        }
        let verdict = Decider::new(self).decide(record).clone();
        let fields = RecordFields::of_walked(record);
        let account = Account::of(self, &fields);
        let notice = account.notice_finding();
        let tests: Vec<Test> = self
            .reasons()
            .map(|reason| {
                let Finding {
                    outcome,
                    found,
                    columns,
                } = account.test(reason);
                Test {
                    reason,
                    outcome,
                    asked: self.asked(reason),
                    found,
                    consulted: account.consulted(columns),
                }
            })
            .collect();
        let standing: Reasons = tests
            .iter()
            .filter(|test| test.outcome == TestOutcome::Holds)
            .map(|test| test.reason)
            .collect();
        let same = standing.iter().eq(verdict.reasons.iter());
        assert!(same, "an explanation is of the verdict");
        Explanation {
            verdict,
            notice,
            tests,
        }
    }

    /// Whether a record has another number of fields than the header, or a quote out of place.
    pub fn is_malformed(&self, record: &WalkedRecord) -> bool {
        record.quote_fault || record.field_ends.len() != self.columns()
    }

    fn explain_malformed(&self, record: &WalkedRecord) -> Explanation {
        let verdict = Decider::new(self).malformed().clone();
        let faults = self.faults_of(record);
        let why = "the record is malformed: nothing else is evaluated";
        let tests = self.reasons().map(|reason| Test {
            reason,
            outcome: match reason {
                Reason::Malformed => TestOutcome::Holds,
                _ => TestOutcome::NotEvaluated,
            },
            asked: self.asked(reason),
            found: match reason {
                Reason::Malformed => faults.clone(),
                _ => why.to_owned(),
            },
            consulted: Vec::new(),
        });
        Explanation {
            verdict,
            notice: NoticeFinding {
                notice: None,
                why: why.to_owned(),
                consulted: Vec::new(),
            },
            tests: tests.collect(),
        }
    }

    /// What makes a record malformed, in words in which nothing of it stands.
    fn faults_of(&self, record: &WalkedRecord) -> String {
        let (fields, columns) = (record.field_ends.len(), self.columns());
        let mut faults = format!("there are {fields} fields");
        if fields != columns {
            faults += &format!(", not {columns}");
        }
        for fault in record.quote_faults() {
            faults += &format!("; {fault}");
        }
        faults
    }

    /// Every reason that can stand against a record, in order.
    fn reasons(&self) -> impl Iterator<Item = Reason> {
        let lists = (0..self.suppressions.len()).map(Reason::Suppressed);
        Reason::FIXED.into_iter().chain(lists)
    }
}
