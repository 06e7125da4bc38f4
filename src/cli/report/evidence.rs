//! What the verdict rests on: lists, files and their digests, and that nothing was lost.

use super::figures::{count, days, records};
use crate::cli::harmless::visible;
use crate::cli::remarks;
use crate::compression::Compression;
use crate::output::{CountsEntry, DigestSet, MalformedEntry, Manifest, Predicate};

/// A suppression list and its age.
pub(super) struct List {
    pub(super) name: String,
    /// Columns and their normalisers.
    pub(super) matched: String,
    pub(super) as_of: String,
    pub(super) age: String,
    pub(super) max_age: String,
    pub(super) rows: String,
    pub(super) keys: String,
    /// Records that it withheld, alone or not.
    pub(super) suppressed: String,
}

pub(super) fn lists(predicate: &Predicate) -> Vec<List> {
    let suppressed = |name: &str| {
        let code = format!("suppressed:{name}");
        let reasons = predicate.counts.reasons.iter();
        reasons
            .filter(|entry| entry.reason == code)
            .map(|entry| entry.records)
            .sum()
    };
    let lists = predicate.lists.iter();
    lists
        .map(|entry| List {
            name: visible(&entry.name),
            matched: visible(&entry.matched.join(", ")),
            as_of: visible(&entry.as_of),
            age: days(entry.age_days),
            max_age: visible(&entry.max_age),
            rows: count(entry.rows),
            keys: count(entry.keys),
            suppressed: count(suppressed(&entry.name)),
        })
        .collect()
}

/// A file, by its digest.
pub(super) struct File {
    pub(super) what: String,
    pub(super) path: String,
    /// How long it is; `None` where that is not known.
    pub(super) length: Option<String>,
    /// Kind and digits; `None` where none was taken.
    pub(super) digest: Option<(String, String)>,
}

pub(super) fn files(manifest: &Manifest) -> Vec<File> {
    let predicate = &manifest.predicate;
    let file = |what: &str, path: &str, length: Option<String>, digest: &DigestSet| File {
        what: visible(what),
        path: if path == "-" {
            "standard input".to_owned()
        } else {
            visible(path)
        },
        length,
        digest: digest
            .iter()
            .next()
            .map(|(kind, digits)| (visible(kind), visible(digits))),
    };
    let mut files = Vec::new();
    for (subject, output) in manifest.subject.iter().zip(&predicate.outputs) {
        files.push(file(
            "Output",
            &output.name,
            Some(length(
                output.bytes,
                &output.compression,
                output.content_bytes,
            )),
            &subject.digest,
        ));
    }
    if let Some(previous) = &predicate.previous {
        files.push(file(
            "Manifest of the run before",
            &previous.path,
            None,
            &previous.digest,
        ));
    }
    let (policy, agreement) = (&predicate.policy, &predicate.agreement);
    files.push(file("Policy", &policy.path, None, &policy.digest));
    files.push(file("Agreement", &agreement.path, None, &agreement.digest));
    let territory = agreement.territory.as_ref();
    if let Some(territory) = territory.and_then(|territory| territory.file.as_ref()) {
        files.push(file("Territory", &territory.path, None, &territory.digest));
    }
    for list in &predicate.lists {
        files.push(file(
            &format!("List {}", list.name),
            &list.path,
            None,
            &list.digest,
        ));
    }
    for (index, input) in predicate.inputs.iter().enumerate() {
        let what = format!("Input {}", index + 1);
        let length = length(input.bytes, &input.compression, input.content_bytes);
        files.push(file(&what, &input.path, Some(length), &input.digest));
    }
    files
}

/// Bytes as they are stored and, where that is something else, of the content.
fn length(stored_bytes: u64, compression: &str, content_bytes: u64) -> String {
    let stored = count(stored_bytes);
    if compression == Compression::None.name() && stored_bytes == content_bytes {
        return format!("{stored} bytes");
    }
    let compression = visible(compression);
    let content = count(content_bytes);
    format!("{stored} bytes, compressed ({compression}) from {content} bytes")
}

/// Where a malformed record lies.
pub(super) struct Malformed {
    pub(super) input: String,
    pub(super) record: String,
    pub(super) offset: String,
    pub(super) bytes: String,
}

pub(super) fn malformed(places: &[MalformedEntry]) -> Vec<Malformed> {
    let places = places.iter();
    places
        .map(|place| Malformed {
            input: count(place.input),
            record: count(place.record),
            offset: count(place.offset),
            bytes: count(place.bytes),
        })
        .collect()
}

/// That nothing was lost on the way.
pub(super) struct Balance {
    pub(super) records: String,
    pub(super) permitted: String,
    pub(super) withheld: String,
    pub(super) bytes: String,
    pub(super) header_bytes: String,
    pub(super) permitted_bytes: String,
    pub(super) withheld_bytes: String,
    pub(super) blank_bytes: String,
}

pub(super) fn balance(counts: &CountsEntry) -> Balance {
    let bytes = &counts.bytes_of;
    Balance {
        records: count(counts.records),
        permitted: count(counts.permitted),
        withheld: count(counts.withheld),
        bytes: count(counts.bytes),
        header_bytes: count(bytes.headers),
        permitted_bytes: count(bytes.permitted),
        withheld_bytes: count(bytes.withheld),
        blank_bytes: count(bytes.blank),
    }
}

/// What whoever signs should look at first.
pub(super) fn remarks(predicate: &Predicate) -> Vec<String> {
    let remarks = remarks::of_run(predicate);
    remarks.iter().map(|remark| sentence(remark)).collect()
}

/// Things to know that are no failure.
pub(super) fn notes(predicate: &Predicate) -> Vec<String> {
    let counts = &predicate.counts;
    let mut notes = Vec::new();
    if counts.withdrawals_before_capture > 0 {
        notes.push(format!(
            "{} had an earlier withdrawal, before this capture, which does not count.",
            records(counts.withdrawals_before_capture)
        ));
    }
    if counts.blank_lines > 0 {
        notes.push(format!(
            "Blank lines passed over: {}.",
            count(counts.blank_lines)
        ));
    }
    if counts.terminators_inserted > 0 {
        notes.push(format!(
            "Line ends put between a record that came without one and the next: {}.",
            count(counts.terminators_inserted)
        ));
    }
    if !predicate.options.reasons {
        notes.push("Withheld records were written without their reasons.".to_owned());
    }
    if predicate.options.strict {
        notes.push("A malformed record would have stopped the run.".to_owned());
    }
    notes
}

fn sentence(remark: &str) -> String {
    let mut letters = remark.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}
