//! Things to know about a run that are no failure, from its manifest: what a person who signs would ask about.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::harmless::visible;
use super::init::OPEN;
use super::share::share;
use crate::output::{AgreementEntry, CountsEntry, DigestSet, InputEntry, ListEntry, Predicate};
use crate::program::Reason;

/// What is odd about a run, in lower case and without a full stop; nothing of a record's content.
pub(super) fn of_run(predicate: &Predicate) -> Vec<String> {
    let counts = &predicate.counts;
    let mut remarks = of_agreement(
        &predicate.agreement,
        &predicate.explicit_terms,
        &predicate.lists,
        &predicate.started,
    );
    if counts.records == 0 {
        remarks.push("there is no record: check that the export finished".to_owned());
        return remarks;
    }
    remarks.extend(same_inputs(&predicate.inputs));
    let cut = predicate.inputs.iter().filter(|input| input.lacks_end);
    remarks.extend(cut.map(|input| {
        format!(
            "the input {} lacks the end that `bgzip` marks: it may have been cut",
            visible(&input.path)
        )
    }));
    let has_digest = |input: &InputEntry| !input.digest.is_empty();
    if !predicate.outputs.is_empty() && !predicate.inputs.iter().any(has_digest) {
        remarks.push(
            "no digests were taken: a change afterwards that keeps lengths and counts is not found"
                .to_owned(),
        );
    }
    remarks.extend(of_malformed(predicate));
    if of_draft(&predicate.agreement).is_none() {
        remarks.extend(against_all(predicate));
    }
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
    explicit_terms: &[String],
    lists: &[ListEntry],
    started: &str,
) -> Vec<String> {
    let mut remarks: Vec<String> = of_draft(agreement).into_iter().collect();
    remarks.extend(of_terms(agreement, explicit_terms));
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
        if list.looks_digested {
            remarks.push(format!(
                "every row of the list {} looks like a SHA-256 digest, but its rule in the policy has no `digest`: then nobody is found on it, unless the records hold digests too",
                visible(&list.name)
            ));
        }
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

/// Explicit terms of several parts that stand within longer words, where they do not count.
fn of_terms(agreement: &AgreementEntry, explicit_terms: &[String]) -> Vec<String> {
    let parties = agreement.recipients.iter().chain(&agreement.intermediary);
    let sectors = parties.filter_map(|party| Some(("sector", party.sector.as_deref()?)));
    let said = [("purpose", agreement.purpose.as_str())];
    let mut remarks = Vec::new();
    for (what, term) in said.into_iter().chain(sectors) {
        for word in term.split('/') {
            let within = |explicit: &&String| {
                let stands = format!("-{word}-").contains(&format!("-{explicit}-"));
                stands && explicit.contains('-') && *explicit != word
            };
            for explicit in explicit_terms.iter().filter(within) {
                let remark = format!(
                    "the {what} {} does not count as {explicit}, since that is only a part of a word: if it is meant, give it a word of its own",
                    visible(term)
                );
                if !remarks.contains(&remark) {
                    remarks.push(remark);
                }
            }
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

/// Malformed records that have swallowed others, and supplies in which all are malformed.
fn of_malformed(predicate: &Predicate) -> Vec<String> {
    let counts = &predicate.counts;
    let swallowing = predicate.malformed.iter().filter(|place| {
        // What each of the others has on average.
        let others = counts.bytes.saturating_sub(place.bytes);
        let others = others.checked_div(counts.records.saturating_sub(1));
        place.bytes >= counts.bytes / 10 && place.bytes / 20 > others.unwrap_or(0)
    });
    let mut remarks: Vec<String> = swallowing
        .map(|place| {
            let index = place.input.checked_sub(1);
            let index = index.and_then(|index| usize::try_from(index).ok());
            let input = index.and_then(|index| predicate.inputs.get(index));
            format!(
                "record {} of {} is malformed, and {} of all bytes are within it: is a quote never closed?",
                place.record,
                visible(input.map_or("?", |input| &input.path)),
                share(place.bytes, counts.bytes),
            )
        })
        .collect();
    if remarks.is_empty() && records_with(counts, Reason::Malformed) == counts.records {
        remarks.push(
            "every record is malformed: check that the header and the delimiter are those of the records"
                .to_owned(),
        );
    }
    remarks
}

/// Tests that every record failed which could be tested, or nearly every one: then the rules may be written otherwise than the records
/// are.
fn against_all(predicate: &Predicate) -> Vec<String> {
    let counts = &predicate.counts;
    let malformed = records_with(counts, Reason::Malformed);
    let tested = counts.records.saturating_sub(malformed);
    let channels = predicate.agreement.channels.iter();
    let channels: Vec<String> = channels.map(|channel| visible(channel)).collect();
    let told = [
        (
            Reason::DateUnreadable,
            "every record has a date of capture or of withdrawal that cannot be read".to_owned(),
            Some("have a date of capture or of withdrawal that cannot be read"),
            "check how the policy says that they are written",
        ),
        (
            Reason::NoticeUnknown,
            "no record's notice is in the policy".to_owned(),
            Some("have a notice that is not in the policy"),
            "check how versions and sources are written",
        ),
        (
            Reason::ConsentUnknown,
            "no record's answer about third parties is in the policy".to_owned(),
            Some("have an answer about third parties that is not in the policy"),
            "check how answers are written",
        ),
        (
            Reason::ChannelNotConsented,
            format!(
                "no record carries every channel that the agreement asks for, {}",
                channels.join(", ")
            ),
            None,
            "check how they are written",
        ),
        (
            Reason::OutsideTerritory,
            "no record lies in the territory".to_owned(),
            None,
            "check how its areas are written",
        ),
    ];
    told.into_iter()
        .filter_map(|(reason, of_all, of_most, cure)| {
            let failed = records_with(counts, reason);
            if tested > 0 && failed == tested {
                return Some(format!("{of_all}: {cure}"));
            }
            // A channel or a territory may well be that of a few.
            let of_most = of_most.filter(|_| is_most(failed, tested))?;
            let records = match malformed {
                0 => "records",
                _ => "well-formed records",
            };
            Some(format!("{failed} of {tested} {records} {of_most}: {cure}"))
        })
        .collect()
}

/// Whether so many are nine in ten, or more: what people are told and answer is known of most records where it is written right.
fn is_most(failed: u64, tested: u64) -> bool {
    tested > 0 && failed >= tested - tested / 10
}

fn records_with(counts: &CountsEntry, reason: Reason) -> u64 {
    let mut entries = counts.reasons.iter();
    entries
        .find(|entry| entry.reason == reason.code())
        .map_or(0, |entry| entry.records)
}

/// Inputs that were given twice.
fn same_inputs(inputs: &[InputEntry]) -> Vec<String> {
    // Where no digests were taken, the paths tell.
    let mut seen: BTreeMap<(&DigestSet, &str), &str> = BTreeMap::new();
    let mut remarks = Vec::new();
    for input in inputs {
        let path = if input.digest.is_empty() {
            &input.path
        } else {
            ""
        };
        match seen.get(&(&input.digest, path)) {
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
                seen.insert((&input.digest, path), &input.path);
            }
        }
    }
    remarks
}

fn read(day: &str) -> Option<Date> {
    day.parse().ok()
}
