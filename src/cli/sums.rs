//! The sums of a manifest's counts.

use crate::output::{Manifest, MonthEntry, NoticeEntry};
use crate::pipeline::MALFORMED_PLACES_MAX;
use crate::program::Reason;

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
        .find(|entry| entry.reason == Reason::Malformed.code())
        .map_or(0, |entry| entry.records);
    let by_notice = |of: fn(&NoticeEntry) -> u64, beside: u64| {
        let mut counts: Vec<u64> = predicate.notices.iter().map(of).collect();
        counts.push(beside);
        sum(&counts)
    };
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
        && by_notice(|row| row.permitted, 0) == Some(counts.permitted)
        && by_notice(|row| row.withheld, malformed) == Some(counts.withheld)
        && by_month(|month| month.permitted, captured.unreadable.permitted)
            == Some(counts.permitted)
        && by_month(|month| month.withheld, captured.unreadable.withheld) == Some(counts.withheld)
        && counts.withdrawals_before_capture <= counts.records
        && counts.blank_lines <= bytes.blank
        && (counts.blank_lines == 0) == (bytes.blank == 0)
        && predicate.malformed.len() as u64 == malformed.min(MALFORMED_PLACES_MAX as u64)
        && counts
            .reasons
            .iter()
            .all(|entry| entry.only <= entry.records && entry.records <= counts.withheld)
}
