//! Things to know about a run that are no failure, from its manifest: what a person who signs would ask about.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::harmless::visible;
use super::init::OPEN;
use crate::output::{AgreementEntry, DigestSet, InputEntry, ListEntry, Predicate};
use crate::rules::Rules;

/// What is odd about a run, in lower case and without a full stop; nothing of a record's content.
pub(super) fn of_run(predicate: &Predicate) -> Vec<String> {
    let counts = &predicate.counts;
    let mut remarks = of_agreement(&predicate.agreement, &predicate.lists, &predicate.started);
    if counts.records == 0 {
        remarks.push("there is no record: check that the export finished".to_owned());
        return remarks;
    }
    remarks.extend(same_inputs(&predicate.inputs));
    for list in &predicate.lists {
        let code = format!("suppressed:{}", list.name);
        let is_hit = counts.reasons.iter().any(|entry| entry.reason == code);
        if list.rows > 0 && !is_hit {
            remarks.push(format!(
                "no record is on the list {} ({} of {})",
                visible(&list.name),
                match list.rows {
                    1 => "1 row".to_owned(),
                    rows => format!("{rows} rows"),
                },
                visible(&list.path),
            ));
        }
    }
    remarks
}

/// What is odd about an agreement and the days of lists.
pub(super) fn of_agreement(
    agreement: &AgreementEntry,
    lists: &[ListEntry],
    started: &str,
) -> Vec<String> {
    let mut remarks: Vec<String> = of_draft(agreement).into_iter().collect();
    if agreement.delivery_before_run {
        remarks.push(format!(
            "the day of delivery, {}, lies before this run",
            visible(&agreement.delivery)
        ));
    }
    if let Some(delete_by) = &agreement.delete_by
        && let [Some(last), Some(delivery)] = [delete_by, &agreement.delivery].map(|day| read(day))
        && last < delivery
    {
        remarks.push(format!(
            "the data must have been deleted by {last}, before the day of delivery, {delivery}"
        ));
    }
    // It is the next day already in some time zone: a list may be as of that.
    let last_day = started
        .parse::<Timestamp>()
        .ok()
        .and_then(|started| started.to_zoned(TimeZone::UTC).date().tomorrow().ok());
    for list in lists {
        if let Some(as_of) = read(&list.as_of)
            && last_day.is_some_and(|last_day| as_of > last_day)
        {
            remarks.push(format!(
                "the list {} is as of {as_of}, which lies after this run",
                visible(&list.name)
            ));
        }
    }
    remarks
}

/// What nobody has said yet in an agreement that `init` drafted.
fn of_draft(agreement: &AgreementEntry) -> Option<String> {
    let parties = agreement.recipients.iter().chain(&agreement.intermediary);
    let parties = parties.map(|party| ("a party's name", &party.name));
    let channels = agreement.channels.iter();
    let channels = channels.map(|channel| ("its channels", channel));
    let mut open: Vec<&str> = [
        ("its id", &agreement.id),
        ("its supplier", &agreement.supplier),
    ]
    .into_iter()
    .chain(parties)
    .chain(channels)
    .filter(|(_, said)| {
        said.strip_prefix(OPEN)
            .is_some_and(|rest| rest.starts_with(':'))
    })
    .map(|(what, _)| what)
    .collect();
    open.dedup();
    (!open.is_empty()).then(|| {
        format!(
            "the agreement is a draft: {OPEN} still stands in {}",
            open.join(", ")
        )
    })
}

/// Lists that seem to hold digests where the policy says that they hold none.
pub(super) fn of_lists(rules: &Rules) -> Vec<String> {
    let lists = rules.lists.iter().filter(|list| list.looks_digested);
    lists
        .map(|list| {
            format!(
                "every row of the list {} looks like a SHA-256 digest, but its rule in the policy has no `digest`: then nobody is found on it",
                visible(&list.name)
            )
        })
        .collect()
}

/// Inputs that were given twice.
fn same_inputs(inputs: &[InputEntry]) -> Vec<String> {
    let mut seen: BTreeMap<&DigestSet, &str> = BTreeMap::new();
    let mut remarks = Vec::new();
    for input in inputs.iter().filter(|input| !input.digest.is_empty()) {
        match seen.get(&input.digest) {
            Some(first) if *first == input.path => remarks.push(format!(
                "the input {} is given twice, and its records are supplied twice",
                visible(first)
            )),
            Some(first) => remarks.push(format!(
                "the input {} holds the same bytes as {}, and its records are supplied twice",
                visible(&input.path),
                visible(first)
            )),
            None => {
                seen.insert(&input.digest, &input.path);
            }
        }
    }
    remarks
}

fn read(day: &str) -> Option<Date> {
    day.parse().ok()
}
