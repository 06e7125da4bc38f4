//! Normalisers: how a value becomes a component of a suppression key.

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

use super::white_space::{is_ascii_white_space, is_blank, is_white_space};

/// How a record's value (already trimmed of spaces and tabs) becomes a key component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Normaliser {
    /// As it is.
    Exact,
    /// Unicode lower case.
    Lower,
    /// White space and format characters (Cf) removed, lower case.
    Email,
    /// ASCII digits only.
    Digits,
    /// White space removed, ASCII upper case.
    UkPostcode,
    /// NFKD, nonspacing marks (Mn) removed, lower case, letters and numbers (L, N) only.
    Name,
}

impl Normaliser {
    /// Every normaliser, in the order in which a policy's help lists them.
    pub const ALL: [Self; 6] = [
        Self::Exact,
        Self::Lower,
        Self::Email,
        Self::Digits,
        Self::UkPostcode,
        Self::Name,
    ];

    /// Its name in a policy.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Lower => "lower",
            Self::Email => "email",
            Self::Digits => "digits",
            Self::UkPostcode => "uk-postcode",
            Self::Name => "name",
        }
    }

    /// The normaliser of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|normaliser| normaliser.as_str() == name)
    }

    /// Appends the normalised value to `out`; `false` (and nothing to rely on in `out`) if it is not UTF-8, or if the result is
    /// blank, that is, empty or nothing but white space.
    #[inline]
    pub fn append(self, value: &[u8], out: &mut Vec<u8>) -> bool {
        let start = out.len();
        // PERF: nearly all keys are ASCII, where no table of Unicode is asked and nothing is allocated.
        let seen = self.append_ascii(value, out);
        if seen & NOT_ASCII == 0 {
            return seen & TELLS != 0;
        }
        out.truncate(start);
        let Ok(value) = std::str::from_utf8(value) else {
            return false;
        };
        let normalised = self.normalise_unicode(value);
        out.extend_from_slice(normalised.as_bytes());
        !is_blank(&normalised)
    }

    /// Whether a value is a key component as it is, under [`Self::Exact`]: UTF-8 and not blank.
    #[inline]
    pub fn is_exact_key(value: &[u8]) -> bool {
        match value.first() {
            None => false,
            Some(first) if value.is_ascii() => {
                !is_ascii_white_space(*first) || !value.iter().copied().all(is_ascii_white_space)
            }
            Some(_) => std::str::from_utf8(value).is_ok_and(|value| !is_blank(value)),
        }
    }

    /// Whether a field's bytes, quotes and all, are such a component for sure, as they came; `false` where it takes a closer look.
    #[inline(always)]
    pub(crate) fn is_plain_exact_key(raw: &[u8]) -> bool {
        let ascii = match (raw.first_chunk::<8>(), raw.last_chunk::<8>()) {
            (Some(first), Some(last)) if raw.len() <= 16 => {
                (u64::from_le_bytes(*first) | u64::from_le_bytes(*last)) & 0x8080_8080_8080_8080
                    == 0
            }
            _ => raw.is_ascii(),
        };
        let edge =
            |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_graphic() && *byte != b'"');
        ascii && edge(raw.first()) && edge(raw.last())
    }

    /// Appends what becomes of each byte, and tells all that was seen of them; what was appended counts if they are all ASCII.
    ///
    /// PERF: without a branch on what a byte is. Against a filter and a map for each normaliser, and passes of their own for what is ASCII and
    /// what is blank: 0.87 to 0.92 of the wall time of a `check` with a list of postcodes, or of names and postcodes (pairs of 7).
    #[inline]
    fn append_ascii(self, value: &[u8], out: &mut Vec<u8>) -> u16 {
        let becomes = &BECOMES[self as usize];
        let start = out.len();
        out.resize(start + value.len(), 0);
        let room = &mut out[start..];
        let (mut count, mut seen) = (0, 0);
        for byte in value {
            let entry = becomes[usize::from(*byte)];
            room[count] = entry as u8;
            count += usize::from(entry & KEPT != 0);
            seen |= entry;
        }
        out.truncate(start + count);
        seen
    }

    /// What becomes of an ASCII byte; nothing if it is removed.
    const fn ascii(self, byte: u8) -> Option<u8> {
        let is_kept = match self {
            Self::Exact | Self::Lower => true,
            Self::Email | Self::UkPostcode => !is_ascii_white_space(byte),
            Self::Digits => byte.is_ascii_digit(),
            Self::Name => byte.is_ascii_alphanumeric(),
        };
        let becomes = match self {
            Self::Exact | Self::Digits => byte,
            Self::Lower | Self::Email | Self::Name => byte.to_ascii_lowercase(),
            Self::UkPostcode => byte.to_ascii_uppercase(),
        };
        if is_kept { Some(becomes) } else { None }
    }

    /// The definition, for any text. Lower case is that of whole strings (a final sigma is one), as
    /// other languages have it too: digest lists are made elsewhere.
    fn normalise_unicode(self, value: &str) -> String {
        match self {
            Self::Exact => value.to_owned(),
            Self::Lower => value.to_lowercase(),
            Self::Email => {
                let kept: String = value
                    .chars()
                    .filter(|&character| {
                        !is_white_space(character)
                            && character.general_category() != GeneralCategory::Format
                    })
                    .collect();
                kept.to_lowercase()
            }
            Self::Digits => value.chars().filter(char::is_ascii_digit).collect(),
            Self::UkPostcode => value
                .chars()
                .filter(|&character| !is_white_space(character))
                .map(|character| character.to_ascii_uppercase())
                .collect(),
            Self::Name => {
                let kept: String = value
                    .nfkd()
                    .filter(|character| {
                        character.general_category() != GeneralCategory::NonspacingMark
                    })
                    .collect();
                let letters_and_numbers = |character: &char| {
                    matches!(
                        character.general_category_group(),
                        GeneralCategoryGroup::Letter | GeneralCategoryGroup::Number
                    )
                };
                kept.to_lowercase()
                    .chars()
                    .filter(letters_and_numbers)
                    .collect()
            }
        }
    }
}

/// For each normaliser what becomes of each byte, in the lower half, and what is to be known of it, in the upper.
static BECOMES: [[u16; 256]; Normaliser::ALL.len()] = {
    let mut tables = [[NOT_ASCII; 256]; Normaliser::ALL.len()];
    let mut at = 0;
    while at < Normaliser::ALL.len() {
        let normaliser = Normaliser::ALL[at];
        let mut byte = 0;
        while byte < 0x80 {
            tables[normaliser as usize][byte as usize] = match normaliser.ascii(byte) {
                Some(becomes) if is_ascii_white_space(becomes) => becomes as u16 | KEPT,
                Some(becomes) => becomes as u16 | KEPT | TELLS,
                None => 0,
            };
            byte += 1;
        }
        at += 1;
    }
    tables
};

/// The byte is not removed.
const KEPT: u16 = 0x100;
/// It is no white space either.
const TELLS: u16 = 0x200;
/// It has no place in a table.
const NOT_ASCII: u16 = 0x400;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn normalised(normaliser: Normaliser, value: &str) -> Option<String> {
        let mut out = b"before|".to_vec();
        let ok = normaliser.append(value.as_bytes(), &mut out);
        ok.then(|| {
            let normalised = out
                .strip_prefix(b"before|")
                .expect("what stood there stays");
            String::from_utf8(normalised.to_vec()).expect("text stays text")
        })
    }

    #[test]
    fn each_normaliser_does_what_it_says() {
        let cases = [
            (Normaliser::Exact, "Ab c", Some("Ab c")),
            (Normaliser::Exact, "", None),
            (Normaliser::Exact, "\u{a0}", None),
            (Normaliser::Exact, "\u{1f}", None),
            (Normaliser::Lower, "ÀB ΟΔΟΣ", Some("àb οδος")),
            (Normaliser::Lower, "İ", Some("i\u{307}")),
            (
                Normaliser::Email,
                "Ann\u{200b}.\u{ad}B @Ex\u{a0}.ORG\u{1c}",
                Some("ann.b@ex.org"),
            ),
            (Normaliser::Email, "\u{200b}\u{feff}", None),
            (
                Normaliser::Digits,
                "+44 (0)20 7946-0958 ٣",
                Some("4402079460958"),
            ),
            (Normaliser::Digits, "none", None),
            (Normaliser::UkPostcode, "sw1a\u{a0}1aa é", Some("SW1A1AAé")),
            (Normaliser::Name, "O’Brien-Núñez, ②", Some("obriennunez2")),
            (Normaliser::Name, "ﬁona", Some("fiona")),
            (Normaliser::Name, "李 雷", Some("李雷")),
            (Normaliser::Name, "-'.", None),
            (Normaliser::Name, "\u{301}", None),
        ];
        for (normaliser, value, expected) in cases {
            assert_eq!(
                normalised(normaliser, value).as_deref(),
                expected,
                "{normaliser:?} {value:?}"
            );
        }
    }

    #[test]
    fn names_lead_back() {
        for normaliser in Normaliser::ALL {
            assert_eq!(Normaliser::from_name(normaliser.as_str()), Some(normaliser));
        }
        assert_eq!(Normaliser::from_name("Exact"), None);
    }

    #[test]
    fn a_plain_exact_key_is_ascii_in_every_place() {
        for length in 1..40 {
            let mut value = vec![b'a'; length];
            assert!(Normaliser::is_plain_exact_key(&value));
            for at in 0..length {
                for byte in [0x80, 0xC3, 0xFF] {
                    value[at] = byte;
                    assert!(
                        !Normaliser::is_plain_exact_key(&value),
                        "{byte:#x} at {at} of {length}"
                    );
                }
                value[at] = b'a';
            }
        }
    }

    proptest! {
        #[test]
        fn an_exact_key_is_what_the_normaliser_gives(value in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..6)) {
            let mut out = Vec::new();
            let accepted = Normaliser::Exact.append(&value, &mut out);
            prop_assert_eq!(Normaliser::is_exact_key(&value), accepted);
            prop_assert!(!accepted || out == value);
        }

        #[test]
        fn a_plain_exact_key_is_one_as_it_came(value in proptest::collection::vec(proptest::prop_oneof![proptest::prelude::Just(b' '), proptest::prelude::Just(b'"'), b'a'..b'd', proptest::prelude::any::<u8>()], 0..20)) {
            let edges = [b' ', b'\t', b'"'];
            if Normaliser::is_plain_exact_key(&value) {
                prop_assert!(Normaliser::is_exact_key(&value));
                prop_assert!(!edges.contains(&value[0]) && !edges.contains(value.last().unwrap()));
            } else {
                let graphic = value.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'"');
                prop_assert!(value.is_empty() || !graphic);
            }
        }

        #[test]
        fn the_ascii_path_is_the_unicode_path(value in "[\\x00-\\x7f]{0,40}") {
            for normaliser in Normaliser::ALL {
                let mut fast = Vec::new();
                let seen = normaliser.append_ascii(value.as_bytes(), &mut fast);
                let slow = normaliser.normalise_unicode(&value);
                prop_assert_eq!(seen & NOT_ASCII, 0);
                prop_assert_eq!(seen & TELLS == 0, is_blank(&slow));
                prop_assert_eq!(fast, slow.into_bytes());
            }
        }

        #[test]
        fn normalising_twice_changes_nothing(value in "\\PC{0,20}") {
            for normaliser in [Normaliser::Exact, Normaliser::Digits, Normaliser::UkPostcode] {
                if let Some(once) = normalised(normaliser, &value) {
                    prop_assert_eq!(normalised(normaliser, &once), Some(once));
                }
            }
        }
    }
}
