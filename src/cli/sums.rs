//! The sums of a manifest's counts.

use crate::output::{Manifest, MonthEntry};
use crate::pipeline::MALFORMED_PLACES_MAX;

/// Whether every sum of a manifest's counts is what another count says.
pub(super) fn adds_up(manifest: &Manifest) -> bool {
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
    let captured = &predicate.captured;
    let by_month = |of: fn(&MonthEntry) -> u64, unreadable: u64| {
        let mut counts: Vec<u64> = captured.months.iter().map(of).collect();
        counts.push(unreadable);
        sum(&counts)
    };
    sum(&[counts.permitted, counts.withheld]) == Some(counts.records)
        && sum(&[bytes.headers, bytes.permitted, bytes.withheld, bytes.blank]) == Some(counts.bytes)
        && sum(&read) == Some(counts.bytes)
        && sum(&by_notice) == Some(counts.records)
        && by_month(|month| month.permitted, captured.unreadable.permitted)
            == Some(counts.permitted)
        && by_month(|month| month.withheld, captured.unreadable.withheld) == Some(counts.withheld)
        && predicate.malformed.len() as u64 == malformed.min(MALFORMED_PLACES_MAX as u64)
        && counts
            .reasons
            .iter()
            .all(|entry| entry.only <= entry.records && entry.records <= counts.withheld)
}
