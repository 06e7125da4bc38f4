//! A manifest against itself: its own digest, and counts that add up.

use super::telling::Findings;
use crate::output::{Manifest, own_digest_of};

/// The manifest's digest of itself, and whether its counts add up.
pub(super) fn check_itself(manifest: &Manifest, text: &str, findings: &mut Findings) {
    let own = own_digest_of(text);
    findings.check(
        "manifest.json",
        own.as_ref() == Some(&manifest.predicate.own_digest),
        "its digest of itself",
        "its digest of itself is another: some byte of it was changed",
    );
    let predicate = &manifest.predicate;
    let counts = &predicate.counts;
    let bytes = &counts.bytes_of;
    let sum = |numbers: &[u64]| {
        numbers
            .iter()
            .try_fold(0_u64, |sum, &number| sum.checked_add(number))
    };
    let malformed = counts
        .reasons
        .iter()
        .find(|entry| entry.reason == "malformed")
        .map_or(0, |entry| entry.records);
    let mut by_notice = vec![malformed];
    by_notice.extend(
        predicate
            .notices
            .iter()
            .flat_map(|row| [row.permitted, row.withheld]),
    );
    let read: Vec<u64> = predicate
        .inputs
        .iter()
        .map(|input| input.content_bytes)
        .collect();
    let adds_up = sum(&[counts.permitted, counts.withheld]) == Some(counts.records)
        && sum(&[bytes.headers, bytes.permitted, bytes.withheld, bytes.blank])
            == Some(counts.bytes)
        && sum(&read) == Some(counts.bytes)
        && sum(&by_notice) == Some(counts.records)
        && counts
            .reasons
            .iter()
            .all(|entry| entry.only <= entry.records && entry.records <= counts.withheld);
    findings.check(
        "manifest.json",
        adds_up,
        "its counts add up",
        "its counts do not add up",
    );
}
