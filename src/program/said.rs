//! What a record says in words rather than dates: its notice and source, its answer about third parties
//! and its channels. Few distinct combinations occur, so `memo` remembers each.

use super::compile::{Answer, Channels, Program, SourceRow};
use super::fields::{RecordFields, trimmed};
use super::notices::{NoticeChoice, by_day, by_version};
use super::reasons::{Reason, Reasons};

/// The outcome of a record's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// Reasons that follow from the words alone, and those that hold for every record.
    pub(super) reasons: Reasons,
    /// Which notice is the record's.
    pub(super) notice: NoticeChoice,
    /// The row of its source in the counts.
    pub(super) source: SourceRow,
}

impl Program {
    /// Evaluates a record's words.
    pub(super) fn hear(&self, record: &RecordFields<'_>, room: &mut Vec<u8>) -> Said {
        let mut reasons = self.for_every_record.clone();
        let source = self
            .source
            .map(|column| record.value(column, room).to_vec());
        let source = source.as_deref();
        let notice = match self.notice {
            Some(column) => by_version(&self.notices, record.value(column, room), source),
            None => by_day(&self.notices, source),
        };
        reasons.insert_if(notice == NoticeChoice::Unknown, Reason::NoticeUnknown);

        let answer = &self.third_parties;
        let value = record.value(answer.column, room);
        let refused = answer.refuses(value);
        reasons.insert_if(refused, Reason::ConsentRefused);
        reasons.insert_if(!refused && !answer.gives(value), Reason::ConsentUnknown);

        reasons.insert_if(
            !self.channels.carried_by(record, room),
            Reason::ChannelNotConsented,
        );
        Said {
            reasons,
            notice,
            source: self.source_row(source),
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
