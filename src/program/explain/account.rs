//! One record as the rules read it: its days, its notice, and which test finds what. Each group of tests
//! stands in its own file.

use jiff::civil::Date;

use super::{Consulted, NoticeFinding, TestOutcome};
use crate::program::compile::Program;
use crate::program::fields::RecordFields;
use crate::program::notices::{NoticeChoice, by_day, by_version, requested_categories};
use crate::program::reasons::Reason;
use crate::rules::{CivilDay, Notice};

pub(super) const NO_NOTICE: &str = "no notice is known that it could be tested against";
pub(super) const NO_CAPTURE_DAY: &str = "the day of capture is not known";

/// A date column as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadDay {
    Blank,
    Unreadable,
    On(CivilDay),
}

impl ReadDay {
    pub(super) fn day(self) -> Option<CivilDay> {
        match self {
            Self::On(day) => Some(day),
            Self::Blank | Self::Unreadable => None,
        }
    }

    pub(super) fn says(self) -> String {
        match self {
            Self::Blank => "is blank".to_owned(),
            Self::Unreadable => "cannot be read as a date".to_owned(),
            Self::On(day) => format!("is {}", Date::from(day)),
        }
    }
}

/// What a test found, before it is put in its place.
pub(super) struct Finding {
    pub(super) outcome: TestOutcome,
    pub(super) found: String,
    pub(super) columns: Vec<usize>,
}

impl Finding {
    pub(super) fn new(holds: bool, found: impl Into<String>, columns: Vec<usize>) -> Self {
        let outcome = if holds {
            TestOutcome::Holds
        } else {
            TestOutcome::DoesNotHold
        };
        Self {
            outcome,
            found: found.into(),
            columns,
        }
    }

    pub(super) fn not_evaluated(why: impl Into<String>) -> Self {
        Self {
            outcome: TestOutcome::NotEvaluated,
            found: why.into(),
            columns: Vec::new(),
        }
    }
}

/// One record's values, read as the rules read them.
pub(super) struct Account<'p, 'r> {
    pub(super) program: &'p Program,
    record: &'r RecordFields<'r>,
    pub(super) captured: ReadDay,
    pub(super) withdrawn: Option<ReadDay>,
    pub(super) choice: NoticeChoice,
    pub(super) notice: Option<usize>,
}

impl<'p, 'r> Account<'p, 'r> {
    pub(super) fn of(program: &'p Program, record: &'r RecordFields<'r>) -> Self {
        let value = |column: usize| value(record, column);
        let read = |column: usize| match value(column) {
            blank if blank.is_empty() => ReadDay::Blank,
            written => program
                .date_form
                .civil_day(&written, &program.timezone)
                .map_or(ReadDay::Unreadable, ReadDay::On),
        };
        let captured = read(program.captured_at);
        let source = program.source.map(value);
        let choice = match program.notice {
            Some(column) => by_version(&program.notices, &value(column), source.as_deref()),
            None => by_day(&program.notices, source.as_deref()),
        };
        let notice = match &choice {
            NoticeChoice::Known(index) => Some(*index),
            NoticeChoice::Unknown => None,
            NoticeChoice::InForce(candidates) => captured.day().and_then(|day| {
                candidates
                    .iter()
                    .copied()
                    .find(|&index| in_force(&program.rules.policy.notices[index], day))
            }),
        };
        Self {
            program,
            record,
            captured,
            withdrawn: program.withdrawn_at.map(read),
            choice,
            notice,
        }
    }

    pub(super) fn value(&self, column: usize) -> Vec<u8> {
        value(self.record, column)
    }

    pub(super) fn consulted(&self, columns: Vec<usize>) -> Vec<Consulted> {
        let mut shown: Vec<Consulted> = Vec::new();
        for column in columns {
            if shown.iter().all(|known| known.column != column) {
                shown.push(Consulted {
                    column,
                    value: self.value(column),
                });
            }
        }
        shown
    }

    pub(super) fn notice_of_record(&self) -> Option<&'p Notice> {
        self.notice
            .map(|index| &self.program.rules.policy.notices[index])
    }

    pub(super) fn notice_finding(&self) -> NoticeFinding {
        let program = self.program;
        let mut columns: Vec<usize> = program.notice.into_iter().chain(program.source).collect();
        let lists_source = self
            .notice_of_record()
            .is_some_and(|notice| notice.sources.is_some());
        let why = match (&self.choice, self.notice) {
            (NoticeChoice::Known(_), _) if lists_source => {
                "the notice of the record's version that lists its source"
            }
            (NoticeChoice::Known(_), _) if program.source.is_some() => {
                "the notice of the record's version that lists no source: none of that version lists the record's"
            }
            (NoticeChoice::Known(_), _) => "the notice of the record's version",
            (NoticeChoice::Unknown, _) => {
                "no notice of the policy has this version for this source"
            }
            (NoticeChoice::InForce(_), Some(_)) if lists_source => {
                "the notice that was in force on the day of capture and lists the record's source"
            }
            (NoticeChoice::InForce(_), Some(_)) => {
                "the notice that was in force on the day of capture"
            }
            (NoticeChoice::InForce(_), None) if self.captured.day().is_none() => {
                "the notice is chosen by the day of capture, which is not known"
            }
            (NoticeChoice::InForce(_), None) => "no notice was in force on the day of capture",
        };
        if program.notice.is_none() {
            columns.push(program.captured_at);
        }
        NoticeFinding {
            notice: self.notice,
            why: why.to_owned(),
            consulted: self.consulted(columns),
        }
    }

    pub(super) fn test(&self, reason: Reason) -> Finding {
        match reason {
            Reason::Malformed => {
                let found = format!(
                    "there are {} fields, and no quote is out of place",
                    self.program.columns()
                );
                Finding::new(false, found, Vec::new())
            }
            Reason::DateUnreadable => self.dates(),
            Reason::NoticeUnknown => self.notice_known(),
            Reason::NoticeNotInForce => self.notice_in_force(),
            Reason::RecipientNotDisclosed => self.recipients(),
            Reason::PurposeNotDisclosed => self.purpose(),
            Reason::PurposeSectorConflict => self.purpose_and_sectors(),
            Reason::ChannelNotDisclosed => {
                let channels = &self.program.rules.agreement.channels;
                self.disclosed(channels.iter().map(String::as_str), |notice| {
                    &notice.channels
                })
            }
            Reason::DataNotDisclosed => {
                let rules = &self.program.rules;
                let asked = requested_categories(&rules.policy, &rules.agreement);
                self.disclosed(asked, |notice| &notice.data)
            }
            Reason::ConsentUnknown | Reason::ConsentRefused => self.answer(reason),
            Reason::ConsentWithdrawn => self.withdrawal(),
            Reason::ConsentExpired => self.expiry(),
            Reason::CapturedAfterDelivery => match self.captured {
                ReadDay::On(day) => Finding::new(
                    day > self.program.delivery,
                    format!("it was captured on {}", Date::from(day)),
                    vec![self.program.captured_at],
                ),
                ReadDay::Blank | ReadDay::Unreadable => Finding::not_evaluated(NO_CAPTURE_DAY),
            },
            Reason::ChannelNotConsented => self.channels(),
            Reason::OutsideTerritory => self.territory(),
            Reason::SuppressionUncheckable => self.lists_checkable(),
            Reason::Suppressed(list) => self.list(list),
        }
    }
}

pub(super) fn in_force(notice: &Notice, day: CivilDay) -> bool {
    let day = Date::from(day);
    notice.from <= day && notice.until.is_none_or(|until| day < until)
}

fn value(record: &RecordFields<'_>, column: usize) -> Vec<u8> {
    record.value(column, &mut Vec::new()).to_vec()
}
