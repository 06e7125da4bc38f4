//! Numbers as a person reads them.

use indicatif::HumanCount;

/// With a comma between thousands.
pub(super) fn count(number: u64) -> String {
    HumanCount(number).to_string()
}

/// `1 record`, `2 records`.
pub(super) fn records(number: u64) -> String {
    format!(
        "{} record{}",
        count(number),
        if number == 1 { "" } else { "s" }
    )
}

/// `1 day`, `2 days`.
pub(super) fn days(number: u64) -> String {
    format!(
        "{} day{}",
        count(number),
        if number == 1 { "" } else { "s" }
    )
}
