//! What a record says in words rather than dates: its notice and source, its answer about third parties
//! and its channels. Few distinct combinations occur, so `memo` remembers each.

use super::compile::Program;
use super::consents::{Answer, Channels};
use super::fields::{RecordFields, trimmed};
use super::notices::{NoticeChoice, by_day, by_version};
use super::reasons::{Reason, Reasons};
use crate::rules::CivilDay;

/// The outcome of a record's words: how it stands under its notice, or under each notice that may be its by the day of capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// The words alone tell the notice, or that there is none.
    One(Standing),
    /// The day of capture tells the notice.
    ByDay {
        /// Under each notice that may be the record's: those that list its source first.
        candidates: Vec<Standing>,
        /// Where none of them was in force.
        none_in_force: Standing,
        /// Where the day cannot be read.
        undated: Standing,
    },
}

/// How a record stands under a notice, but for its dates and the lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    /// Reasons that follow from the words and the notice, and those that hold for every record.
    pub(super) reasons: Reasons,
    /// First day in force.
    pub(super) from: CivilDay,
    /// Last day in force.
    pub(super) through: CivilDay,
    /// Last capture day whose consent has expired by delivery; `None` where none has.
    pub(super) expired_through: Option<CivilDay>,
    /// Its row in the counts.
    pub(super) row: usize,
}

impl Said {
    /// How a record captured on this day stands.
    #[inline(always)]
    pub(super) fn standing(&self, captured: Option<CivilDay>) -> &Standing {
        match self {
            Self::One(standing) => standing,
            Self::ByDay {
                candidates,
                none_in_force,
                undated,
            } => captured.map_or(undated, |day| {
                let in_force = |standing: &&Standing| standing.in_force(day);
                candidates.iter().find(in_force).unwrap_or(none_in_force)
            }),
        }
    }

    /// Every way in which a record may stand.
    pub(super) fn standings(&self) -> impl Iterator<Item = &Standing> {
        let (candidates, others) = match self {
            Self::One(standing) => (std::slice::from_ref(standing), [None, None]),
            Self::ByDay {
                candidates,
                none_in_force,
                undated,
            } => (candidates.as_slice(), [Some(none_in_force), Some(undated)]),
        };
        candidates.iter().chain(others.into_iter().flatten())
    }
}

impl Standing {
    #[inline(always)]
    pub(super) fn in_force(&self, day: CivilDay) -> bool {
        self.from <= day && day <= self.through
    }
}

impl Program {
    /// Evaluates a record's words.
    pub(super) fn hear(&self, record: &RecordFields<'_>, room: &mut Vec<u8>) -> Said {
        let mut reasons = self.for_every_record.clone();
        let answer = &self.third_parties;
        let value = record.value(answer.column, room);
        let refused = answer.refuses(value);
        reasons.insert_if(refused, Reason::ConsentRefused);
        reasons.insert_if(!refused && !answer.gives(value), Reason::ConsentUnknown);
        reasons.insert_if(
            !self.channels.carried_by(record, room),
            Reason::ChannelNotConsented,
        );

        let source = self
            .source
            .map(|column| record.value(column, room).to_vec());
        let source = source.as_deref();
        let choice = match self.notice {
            Some(column) => by_version(&self.notices, record.value(column, room), source),
            None => by_day(&self.notices, source),
        };
        let row = self.source_row(source);
        let without_notice = |reason: Option<Reason>| {
            let mut reasons = reasons.clone();
            if let Some(reason) = reason {
                reasons.insert(reason);
            }
            Standing {
                reasons,
                from: CivilDay::MIN,
                through: CivilDay::MAX,
                expired_through: None,
                row: self.row(None, row),
            }
        };
        let under = |index: usize| {
            let notice = &self.notices[index];
            let mut reasons = reasons.clone();
            reasons.extend(&notice.undisclosed);
            Standing {
                reasons,
                from: notice.from,
                through: notice.through,
                expired_through: notice.expired_through,
                row: self.row(Some(index), row),
            }
        };
        match choice {
            NoticeChoice::Known(index) => Said::One(under(index)),
            NoticeChoice::Unknown => Said::One(without_notice(Some(Reason::NoticeUnknown))),
            NoticeChoice::InForce(candidates) => Said::ByDay {
                candidates: candidates.into_iter().map(under).collect(),
                none_in_force: without_notice(Some(Reason::NoticeNotInForce)),
                undated: without_notice(None),
            },
        }
    }
}

impl Answer {
    pub(super) fn gives(&self, value: &[u8]) -> bool {
        self.given.iter().any(|given| given == value)
    }

    pub(super) fn refuses(&self, value: &[u8]) -> bool {
        self.refused.iter().any(|refused| refused == value)
    }
}

impl Channels {
    /// Whether the record carries every channel of the agreement.
    fn carried_by(&self, record: &RecordFields<'_>, room: &mut Vec<u8>) -> bool {
        match self {
            Self::List {
                column,
                separator,
                wanted,
            } => {
                let value = record.value(*column, room);
                let parts: Vec<&[u8]> = split(value, separator).map(trimmed).collect();
                wanted
                    .iter()
                    .all(|channel| parts.contains(&channel.as_slice()))
            }
            Self::Flags(wanted) => wanted.iter().all(|flag| {
                flag.as_ref()
                    .is_some_and(|answer| answer.gives(record.value(answer.column, room)))
            }),
        }
    }
}

/// The parts of a list, from the left, as `separator` (not empty) divides them.
pub(super) fn split<'v>(value: &'v [u8], separator: &'v [u8]) -> impl Iterator<Item = &'v [u8]> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let part = rest?;
        match memchr::memmem::find(part, separator) {
            Some(at) => {
                rest = Some(&part[at + separator.len()..]);
                Some(&part[..at])
            }
            None => {
                rest = None;
                Some(part)
            }
        }
    })
}
