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

/// A part in hundredths, to one decimal. What is not nothing is never shown as nothing, and what is not all never as all.
pub(super) fn share(part: u64, whole: u64) -> String {
    let percent = if whole == 0 {
        0.0
    } else {
        100.0 * part as f64 / whole as f64
    };
    if part > 0 && percent < 0.05 {
        "< 0.1 %".to_owned()
    } else if part < whole && percent >= 99.95 {
        "> 99.9 %".to_owned()
    } else {
        format!("{percent:.1} %")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_never_rounded_to_none_or_all() {
        for (part, whole, expected) in [
            (0, 0, "0.0 %"),
            (0, 5, "0.0 %"),
            (1, 1_065_200, "< 0.1 %"),
            (1_065_199, 1_065_200, "> 99.9 %"),
            (1_065_200, 1_065_200, "100.0 %"),
            (2_462, 4_000, "61.5 %"),
            (1, 3, "33.3 %"),
        ] {
            assert_eq!(share(part, whole), expected);
        }
    }
}
