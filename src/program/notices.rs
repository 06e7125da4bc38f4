//! Notices compiled against the agreement: what each fails to disclose, when it was in force and how
//! long consent under it lasts; and which notice is a record's.

use std::collections::HashSet;

use jiff::civil::Date;

use super::reasons::{Reason, Reasons};
use crate::rules::{
    Agreement, CivilDay, IntermediaryRole, Notice, PartyName, Policy, RecipientTest, RequestedData,
    Rules, Term, Validity,
};

/// A notice, as far as records of one supply need it.
#[derive(Debug)]
pub(super) struct CompiledNotice {
    version: Vec<u8>,
    sources: Option<Vec<Vec<u8>>>,
    /// First day in force.
    pub(super) from: CivilDay,
    /// Last day in force.
    pub(super) through: CivilDay,
    /// What it fails to disclose for this agreement, whatever the record.
    pub(super) undisclosed: Reasons,
    /// Last capture day whose consent has expired by the day of delivery.
    pub(super) expired_through: Option<CivilDay>,
}

/// What an agreement asks for and a notice does not disclose, whatever the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undisclosed<'a> {
    /// Parties who are not disclosed as recipients.
    pub recipients: Vec<&'a PartyName>,
    /// The purpose.
    pub purpose: Option<&'a Term>,
    /// Channels.
    pub channels: Vec<&'a str>,
    /// Data categories.
    pub data: Vec<&'a str>,
}

/// What each notice of the policy leaves undisclosed, in the policy's order.
pub fn undisclosed(rules: &Rules) -> Vec<Undisclosed<'_>> {
    let Rules {
        policy, agreement, ..
    } = rules;
    policy
        .notices
        .iter()
        .map(|notice| Undisclosed::of(notice, policy, agreement))
        .collect()
}

impl<'a> Undisclosed<'a> {
    fn of(notice: &Notice, policy: &'a Policy, agreement: &'a Agreement) -> Self {
        let channels: HashSet<&str> = notice.channels.iter().map(String::as_str).collect();
        let data: HashSet<&str> = notice.data.iter().map(String::as_str).collect();
        Self {
            recipients: parties(agreement)
                .filter(|&party| !discloses_party(notice, party, policy))
                .map(|party| party.name)
                .collect(),
            purpose: Some(&agreement.purpose.value)
                .filter(|_| !discloses_purpose(notice, policy, agreement)),
            channels: agreement
                .channels
                .iter()
                .map(String::as_str)
                .filter(|channel| !channels.contains(channel))
                .collect(),
            data: requested_categories(policy, agreement)
                .filter(|name| !data.contains(name))
                .collect(),
        }
    }

    /// The reasons that follow.
    pub fn reasons(&self) -> Reasons {
        let missing = [
            (Reason::RecipientNotDisclosed, !self.recipients.is_empty()),
            (Reason::PurposeNotDisclosed, self.purpose.is_some()),
            (Reason::ChannelNotDisclosed, !self.channels.is_empty()),
            (Reason::DataNotDisclosed, !self.data.is_empty()),
        ];
        missing
            .into_iter()
            .filter_map(|(reason, holds)| holds.then_some(reason))
            .collect()
    }
}

/// Reasons that stand against every record, whatever its notice.
pub fn against_every_record(rules: &Rules) -> Reasons {
    purpose_conflicts(&rules.policy, &rules.agreement)
        .then_some(Reason::PurposeSectorConflict)
        .into_iter()
        .collect()
}

/// Which notice is a record's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoticeChoice {
    /// This one, by version and source: its index in the policy.
    Known(usize),
    /// None has the record's version for its source.
    Unknown,
    /// The first of these that was in force on the capture day.
    InForce(Vec<usize>),
}

/// A party that receives data: each client, and an intermediary who is a controller.
#[derive(Debug, Clone, Copy)]
pub struct Party<'a> {
    /// Its name.
    pub name: &'a PartyName,
    /// Its sector.
    pub sector: &'a Term,
}

impl CompiledNotice {
    pub(super) fn compile(notice: &Notice, policy: &Policy, agreement: &Agreement) -> Self {
        Self {
            version: notice.version.value.clone().into_bytes(),
            sources: notice.sources.as_ref().map(|sources| {
                sources
                    .iter()
                    .map(|source| source.clone().into_bytes())
                    .collect()
            }),
            from: notice.from.into(),
            through: notice.until.map_or(CivilDay::MAX, |until| {
                let before = until.yesterday().expect("`until` is after `from`");
                before.into()
            }),
            undisclosed: Undisclosed::of(notice, policy, agreement).reasons(),
            expired_through: last_expired_capture(notice.valid_for, agreement.delivery),
        }
    }

    fn lists(&self, source: &[u8]) -> bool {
        self.sources
            .as_ref()
            .is_some_and(|sources| sources.iter().any(|listed| listed == source))
    }
}

/// The notice of this version that lists the source, or else the one of that version that lists none.
pub(super) fn by_version(
    notices: &[CompiledNotice],
    version: &[u8],
    source: Option<&[u8]>,
) -> NoticeChoice {
    let of_version = || {
        notices
            .iter()
            .enumerate()
            .filter(|(_, notice)| notice.version == version)
    };
    let listed = source.and_then(|source| of_version().find(|(_, notice)| notice.lists(source)));
    listed
        .or_else(|| of_version().find(|(_, notice)| notice.sources.is_none()))
        .map_or(NoticeChoice::Unknown, |(index, _)| {
            NoticeChoice::Known(index)
        })
}

/// The notices that may be a record's by its capture day: those that list its source, then those that list none.
pub(super) fn by_day(notices: &[CompiledNotice], source: Option<&[u8]>) -> NoticeChoice {
    let indices = |wanted: &dyn Fn(&CompiledNotice) -> bool| -> Vec<usize> {
        notices
            .iter()
            .enumerate()
            .filter(|(_, notice)| wanted(notice))
            .map(|(index, _)| index)
            .collect()
    };
    let mut candidates =
        source.map_or_else(Vec::new, |source| indices(&|notice| notice.lists(source)));
    candidates.extend(indices(&|notice| notice.sources.is_none()));
    NoticeChoice::InForce(candidates)
}

/// The parties of an agreement.
pub fn parties(agreement: &Agreement) -> impl Iterator<Item = Party<'_>> {
    let intermediary = agreement
        .intermediary
        .as_ref()
        .filter(|party| party.role == IntermediaryRole::Controller)
        .map(|party| {
            let sector = party.sector.as_ref().expect(
                "a controller intermediary has a sector: checked when the agreement is loaded",
            );
            Party {
                name: &party.name.value,
                sector: &sector.value,
            }
        });
    agreement
        .clients
        .iter()
        .map(|client| Party {
            name: &client.name.value,
            sector: &client.sector.value,
        })
        .chain(intermediary)
}

/// The stated purpose is not the real one: a word of some party's sector bears an explicit term that no word of the purpose bears.
fn purpose_conflicts(policy: &Policy, agreement: &Agreement) -> bool {
    let explicit = &policy.explicit_terms;
    let said: Vec<&str> = agreement
        .purpose
        .value
        .words()
        .flat_map(|word| explicit.borne_by(word))
        .collect();
    parties(agreement)
        .flat_map(|party| {
            party
                .sector
                .words()
                .flat_map(|word| explicit.borne_by(word))
                .collect::<Vec<_>>()
        })
        .any(|term| !said.contains(&term))
}

/// The categories that an agreement asks for.
pub fn requested_categories<'a>(
    policy: &'a Policy,
    agreement: &'a Agreement,
) -> impl Iterator<Item = &'a str> {
    let all = match &agreement.data {
        RequestedData::All => policy
            .data
            .iter()
            .map(|category| category.name.value.as_str())
            .collect(),
        RequestedData::Categories(names) => names
            .iter()
            .map(|name| name.value.as_str())
            .collect::<Vec<_>>(),
    };
    all.into_iter()
}

pub(super) fn discloses_party(notice: &Notice, party: Party<'_>, policy: &Policy) -> bool {
    let named = notice
        .named_recipients
        .iter()
        .any(|name| name == party.name);
    let covered = || {
        notice
            .recipients
            .iter()
            .any(|category| category.covers(party.sector, &policy.explicit_terms))
    };
    named || (notice.recipient_test == RecipientTest::Category && covered())
}

pub(super) fn discloses_purpose(notice: &Notice, policy: &Policy, agreement: &Agreement) -> bool {
    notice
        .purposes
        .iter()
        .any(|purpose| purpose.covers(&agreement.purpose.value, &policy.explicit_terms))
}

/// The last capture day on which consent has expired by delivery. Later capture never expires earlier, so one day divides them.
fn last_expired_capture(valid_for: Validity, delivery: Date) -> Option<CivilDay> {
    let Validity::For(period) = valid_for else {
        return None;
    };
    let expired = |day: Date| period.after(day).is_some_and(|end| delivery >= end);
    let first = Date::constant(1, 1, 1);
    let days_back = |days: i32| {
        delivery
            .checked_sub(jiff::Span::new().days(days))
            .expect("a day since the year 1")
    };
    let whole =
        CivilDay::from(delivery).days_since_epoch() - CivilDay::from(first).days_since_epoch();
    if !expired(first) {
        return None;
    }
    // INVARIANT: `low` days back has not expired (a period is at least a day), `high` days back has.
    let (mut low, mut high) = (0, whole);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if expired(days_back(middle)) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(days_back(high).into())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::rules::Period;

    #[test]
    fn the_last_expired_capture_is_where_adding_the_period_says() {
        let deliveries = [
            date(2017, 5, 5),
            date(2017, 2, 28),
            date(2016, 2, 29),
            date(2017, 3, 31),
            date(1, 1, 1),
            date(1, 1, 2),
            date(9999, 12, 31),
        ];
        let periods = [
            Period::Days(1),
            Period::Days(36_500),
            Period::Months(1),
            Period::Months(18),
            Period::Years(1),
            Period::Years(100),
        ];
        for delivery in deliveries {
            for period in periods {
                let last = last_expired_capture(Validity::For(period), delivery);
                let expired = |day: Date| period.after(day).is_some_and(|end| delivery >= end);
                match last {
                    None => assert!(!expired(date(1, 1, 1)), "{delivery} {period:?}"),
                    Some(last) => {
                        let last = Date::from(last);
                        assert!(expired(last), "{delivery} {period:?} {last}");
                        assert!(
                            !expired(last.tomorrow().unwrap()),
                            "{delivery} {period:?} {last}"
                        );
                    }
                }
            }
        }
        assert_eq!(
            last_expired_capture(Validity::Unlimited, date(2017, 5, 5)),
            None
        );
    }
}
