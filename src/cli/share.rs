//! How a part of a whole is told, wherever it is told.

/// Characters of the shares that are usual.
const USUAL_CHARACTERS: usize = "100.0 %".len();

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

/// Shares of one whole, under each other.
pub(super) fn shares<const N: usize>(parts: [u64; N], whole: u64) -> [String; N] {
    let shares = parts.map(|part| share(part, whole));
    let longest = shares.iter().map(String::len).max().unwrap_or(0);
    let width = longest.max(USUAL_CHARACTERS);
    shares.map(|share| format!("{share:>width$}"))
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

    #[test]
    fn shares_stand_under_each_other() {
        assert_eq!(
            shares([1, 3], 4),
            ["25.0 %", "75.0 %"].map(|share| format!(" {share}"))
        );
        assert_eq!(shares([0, 4], 4), ["  0.0 %", "100.0 %"]);
        assert_eq!(shares([1, 9_999], 10_000), [" < 0.1 %", "> 99.9 %"]);
    }
}
