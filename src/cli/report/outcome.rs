//! What came of it: the verdict, the reasons, and what curing one of them would change.

use super::charts::{self, Part};
use super::figures::{count, records};
use super::notices::disclosing;
use super::words::told;
use crate::cli::harmless::visible;
use crate::cli::share::share;
use crate::output::{CountsEntry, Predicate, ReasonEntry};
use crate::program;

/// The verdict at a glance.
pub(super) struct Verdict {
    pub(super) headline: String,
    pub(super) bar: String,
    pub(super) records: String,
    pub(super) permitted: String,
    pub(super) permitted_share: String,
    pub(super) withheld: String,
    pub(super) withheld_share: String,
    /// Whether there is anything to decide on.
    pub(super) permits_any: bool,
}

pub(super) fn verdict(predicate: &Predicate) -> Verdict {
    let counts = &predicate.counts;
    let (all, permitted) = (counts.records, counts.permitted);
    Verdict {
        headline: match (all, permitted) {
            (0, _) => "The supply holds no record".to_owned(),
            (1, 0) => "The one record may not be supplied".to_owned(),
            (_, 0) => format!("None of {} may be supplied", records(all)),
            (1, 1) => "The one record may be supplied".to_owned(),
            _ if permitted == all => format!("All {} may be supplied", records(all)),
            _ => format!("{} of {} may be supplied", count(permitted), records(all)),
        },
        permits_any: permitted > 0,
        bar: charts::bar(
            &[
                (Part::Permitted, permitted),
                (Part::Withheld, counts.withheld),
            ],
            all,
        ),
        records: count(all),
        permitted: count(permitted),
        permitted_share: share(permitted, all),
        withheld: count(counts.withheld),
        withheld_share: share(counts.withheld, all),
    }
}

/// A reason, and how often it stood against a record.
pub(super) struct Reason {
    pub(super) code: String,
    pub(super) meaning: &'static str,
    pub(super) bar: String,
    pub(super) records: String,
    pub(super) share: String,
    pub(super) only: String,
}

/// The reasons, the heaviest first.
pub(super) fn reasons(counts: &CountsEntry) -> Vec<Reason> {
    by_weight(counts, |entry| entry.records)
        .into_iter()
        .map(|entry| Reason {
            code: visible(&entry.reason),
            meaning: told(&entry.reason).meaning,
            bar: charts::bar(
                &[
                    (Part::Withheld, entry.only),
                    (Part::Otherwise, entry.records - entry.only),
                ],
                counts.records,
            ),
            records: count(entry.records),
            share: share(entry.records, counts.records),
            only: count(entry.only),
        })
        .collect()
}

fn by_weight(counts: &CountsEntry, weight: impl Fn(&ReasonEntry) -> u64) -> Vec<&ReasonEntry> {
    let mut entries: Vec<&ReasonEntry> = counts.reasons.iter().collect();
    entries.sort_by_key(|entry| std::cmp::Reverse(weight(entry)));
    entries
}

/// What would change if one reason were cured, and no other.
pub(super) struct Cure {
    pub(super) code: String,
    pub(super) cure: &'static str,
    pub(super) more: String,
    pub(super) permitted: String,
    pub(super) share: String,
    pub(super) bar: String,
}

/// The cures that would change something, the greatest first.
///
/// What is malformed would be withheld once it is mended, too, by a conflict of purpose and sector, or where no notice disclosed all
/// that is asked for.
pub(super) fn cures(predicate: &Predicate) -> Vec<Cure> {
    let counts = &predicate.counts;
    let none_passes = predicate.agreement.purpose_sector_conflict || disclosing(predicate) == 0;
    let in_vain = none_passes.then_some(program::Reason::Malformed.code());
    let mut entries = by_weight(counts, |entry| entry.only);
    entries.retain(|entry| entry.only > 0 && Some(entry.reason.as_str()) != in_vain);
    entries
        .into_iter()
        .filter_map(|entry| Some((entry, told(&entry.reason).cure?)))
        .map(|(entry, cure)| {
            let permitted = counts.permitted + entry.only;
            Cure {
                code: visible(&entry.reason),
                cure,
                more: count(entry.only),
                permitted: count(permitted),
                share: share(permitted, counts.records),
                bar: charts::bar(
                    &[
                        (Part::Permitted, counts.permitted),
                        (Part::Cured, entry.only),
                    ],
                    counts.records,
                ),
            }
        })
        .collect()
}

/// Codes of the reasons that alone it would change nothing to lift, for they stand against no record alone; the heaviest first.
///
/// A date that becomes readable may lift what was found because it was not: a withdrawal that counted for want of a day of capture.
pub(super) fn in_vain(counts: &CountsEntry) -> Vec<String> {
    codes(counts, |entry| {
        entry.only == 0
            && told(&entry.reason).cure.is_some()
            && entry.reason != program::Reason::DateUnreadable.code()
    })
}

/// Codes of the reasons that nothing cures, the heaviest first.
pub(super) fn incurable(counts: &CountsEntry) -> Vec<String> {
    codes(counts, |entry| told(&entry.reason).cure.is_none())
}

fn codes(counts: &CountsEntry, wanted: impl Fn(&ReasonEntry) -> bool) -> Vec<String> {
    let mut entries = by_weight(counts, |entry| entry.records);
    entries.retain(|entry| wanted(entry));
    entries.iter().map(|entry| visible(&entry.reason)).collect()
}
