//! What people were told: each notice set against the agreement, and the records that came under it.

use super::charts::{self, Part};
use super::figures::count;
use crate::cli::harmless::visible;
use crate::output::{CountsEntry, DisclosureEntry, Predicate};
use crate::program::Reason;

/// A notice and its tests.
pub(super) struct Notice {
    pub(super) version: String,
    pub(super) sources: Option<String>,
    pub(super) in_force: String,
    pub(super) valid_for: String,
    pub(super) tests: [Test; 4],
}

/// One test of one notice.
pub(super) struct Test {
    pub(super) what: &'static str,
    /// What is asked for and not disclosed; empty where the test was passed.
    pub(super) missing: String,
    /// What the notice says of it.
    pub(super) said: String,
}

pub(super) fn notices(disclosures: &[DisclosureEntry]) -> Vec<Notice> {
    disclosures.iter().map(notice).collect()
}

fn notice(entry: &DisclosureEntry) -> Notice {
    let missing = &entry.undisclosed;
    let mut recipients = entry.recipients.clone();
    recipients.extend_from_slice(&entry.named_recipients);
    let by_name = entry.recipient_test != "category";
    let test = |what, missing: &[String], said: &[String]| Test {
        what,
        missing: listed(missing),
        said: if said.is_empty() {
            "nothing".to_owned()
        } else {
            listed(said)
        },
    };
    let mut recipient = test("Recipient", &missing.recipients, &recipients);
    if by_name {
        recipient
            .said
            .push_str("; a name alone counts, and no category");
    }
    Notice {
        version: visible(&entry.notice),
        sources: entry.sources.as_deref().map(listed),
        in_force: visible(&match &entry.until {
            Some(until) => format!("from {} until {until}", entry.from),
            None => format!("since {}", entry.from),
        }),
        valid_for: visible(&lasting(&entry.valid_for)),
        tests: [
            recipient,
            test("Purpose", &missing.purposes, &entry.purposes),
            test("Channel", &missing.channels, &entry.channels),
            test("Data", &missing.data, &entry.data),
        ],
    }
}

/// How long consent lasts, as one says it.
fn lasting(valid_for: &str) -> String {
    match (valid_for, valid_for.strip_prefix("1 ")) {
        ("unlimited", _) => "without limit".to_owned(),
        (_, Some(unit)) => format!("for 1 {}", unit.trim_end_matches('s')),
        (period, None) => format!("for {period}"),
    }
}

fn listed(texts: &[String]) -> String {
    visible(&texts.join(", "))
}

/// How many notices disclosed all that the agreement asks for.
pub(super) fn disclosing(predicate: &Predicate) -> usize {
    let passed = predicate.disclosures.iter().filter(|entry| {
        let missing = &entry.undisclosed;
        [
            &missing.recipients,
            &missing.purposes,
            &missing.channels,
            &missing.data,
        ]
        .iter()
        .all(|missing| missing.is_empty())
    });
    passed.count()
}

/// What follows from the notices for the supply as a whole.
pub(super) fn matrix_told(predicate: &Predicate) -> String {
    if predicate.agreement.purpose_sector_conflict {
        return "The sector of a recipient is explicit in a way that the stated purpose is not. That stands against every record \
                that can be read, whatever its notice."
            .to_owned();
    }
    match disclosing(predicate) {
        _ if predicate.counts.records == 0 => "There was no record to be tested.".to_owned(),
        0 => "No notice disclosed all that the agreement asks for, so every record is withheld.".to_owned(),
        1 => "1 notice disclosed all that the agreement asks for; its records were then tested one by one.".to_owned(),
        passed => format!(
            "{} notices disclosed all that the agreement asks for; their records were then tested one by one.",
            count(passed as u64)
        ),
    }
}

/// Records of one notice and source.
pub(super) struct Row {
    /// `None` where no notice was found.
    pub(super) notice: Option<String>,
    pub(super) source: String,
    pub(super) bar: String,
    pub(super) permitted: String,
    pub(super) withheld: String,
}

/// Records of which no notice can be read, as they are malformed.
pub(super) fn without_notice(counts: &CountsEntry) -> Option<String> {
    match malformed_in(counts) {
        0 => None,
        1 => Some("1 malformed record".to_owned()),
        malformed => Some(format!("{} malformed records", count(malformed))),
    }
}

/// How many records are malformed.
pub(super) fn malformed_in(counts: &CountsEntry) -> u64 {
    let mut entries = counts.reasons.iter();
    let malformed = entries.find(|entry| entry.reason == Reason::Malformed.code());
    malformed.map_or(0, |entry| entry.records)
}

pub(super) fn rows(predicate: &Predicate) -> Vec<Row> {
    let rows = predicate.notices.iter();
    rows.map(|entry| Row {
        notice: entry.notice.as_deref().map(visible),
        source: if entry.listed {
            visible(&entry.source)
        } else {
            "any other".to_owned()
        },
        bar: charts::bar(
            &[
                (Part::Permitted, entry.permitted),
                (Part::Withheld, entry.withheld),
            ],
            predicate.counts.records,
        ),
        permitted: count(entry.permitted),
        withheld: count(entry.withheld),
    })
    .collect()
}
