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

    /// Appends the normalised value to `out`; `false` (and nothing to rely on in `out`) if the result is blank,
    /// that is, empty or nothing but white space.
    pub fn append(self, value: &str, out: &mut String) -> bool {
        let start = out.len();
        // PERF: nearly all keys are ASCII, where no table is asked and nothing is allocated.
        if value.is_ascii() {
            self.append_ascii(value, out);
        } else {
            self.append_unicode(value, out);
        }
        !is_blank(&out[start..])
    }

    fn append_ascii(self, value: &str, out: &mut String) {
        let start = out.len();
        let is_white_space =
            |character: char| u8::try_from(character).is_ok_and(is_ascii_white_space);
        match self {
            Self::Exact | Self::Lower => out.push_str(value),
            Self::Email | Self::UkPostcode => out.extend(value.split(is_white_space)),
            Self::Digits => out.extend(value.split(|character: char| !character.is_ascii_digit())),
            Self::Name => {
                out.extend(value.split(|character: char| !character.is_ascii_alphanumeric()));
            }
        }
        match self {
            Self::Exact | Self::Digits => {}
            Self::Lower | Self::Email | Self::Name => out[start..].make_ascii_lowercase(),
            Self::UkPostcode => out[start..].make_ascii_uppercase(),
        }
    }

    /// The definition, for any text. Lower case is that of whole strings (a final sigma is one), as
    /// other languages have it too: digest lists are made elsewhere.
    fn append_unicode(self, value: &str, out: &mut String) {
        match self {
            Self::Exact => out.push_str(value),
            Self::Lower => out.push_str(&value.to_lowercase()),
            Self::Email => {
                let kept: String = value
                    .chars()
                    .filter(|&character| {
                        !is_white_space(character)
                            && character.general_category() != GeneralCategory::Format
                    })
                    .collect();
                out.push_str(&kept.to_lowercase());
            }
            Self::Digits => out.extend(value.chars().filter(char::is_ascii_digit)),
            Self::UkPostcode => out.extend(
                value
                    .chars()
                    .filter(|&character| !is_white_space(character))
                    .map(|character| character.to_ascii_uppercase()),
            ),
            Self::Name => {
                let kept: String = value
                    .nfkd()
                    .filter(|character| {
                        character.general_category() != GeneralCategory::NonspacingMark
                    })
                    .collect();
                out.extend(kept.to_lowercase().chars().filter(|character| {
                    matches!(
                        character.general_category_group(),
                        GeneralCategoryGroup::Letter | GeneralCategoryGroup::Number
                    )
                }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn normalised(normaliser: Normaliser, value: &str) -> Option<String> {
        let mut out = String::from("before|");
        let ok = normaliser.append(value, &mut out);
        ok.then(|| {
            out.strip_prefix("before|")
                .expect("what stood there stays")
                .to_owned()
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

    proptest! {
        #[test]
        fn the_ascii_path_is_the_unicode_path(value in "[\\x00-\\x7f]{0,40}") {
            for normaliser in Normaliser::ALL {
                let (mut fast, mut plain) = (String::new(), String::new());
                normaliser.append_ascii(&value, &mut fast);
                normaliser.append_unicode(&value, &mut plain);
                prop_assert_eq!(fast, plain);
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
