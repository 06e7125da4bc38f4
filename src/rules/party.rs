//! Names of parties, and when two of them are the same.

use unicode_normalization::UnicodeNormalization;

use super::white_space::is_white_space;

/// A party's name: as written, and in the form in which names compare (NFKC, lower case, white space collapsed).
#[derive(Debug, Clone)]
pub struct PartyName {
    written: String,
    folded: String,
}

impl PartyName {
    /// A name; `None` if it is blank.
    pub fn new(written: &str) -> Option<Self> {
        let composed: String = written.nfkc().collect();
        let lowered = composed.to_lowercase();
        let words: Vec<&str> = lowered
            .split(is_white_space)
            .filter(|word| !word.is_empty())
            .collect();
        if words.is_empty() {
            return None;
        }
        Some(Self {
            written: written.to_owned(),
            folded: words.join(" "),
        })
    }

    /// The name as it was written.
    pub fn as_written(&self) -> &str {
        &self.written
    }
}

impl PartialEq for PartyName {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for PartyName {}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(written: &str) -> Option<String> {
        PartyName::new(written).map(|name| name.folded)
    }

    #[test]
    fn names_fold_case_compatibility_forms_and_white_space() {
        assert_eq!(
            folded(" The\u{a0}Labour \t\u{1f}Party\n"),
            Some("the labour party".to_owned())
        );
        assert_eq!(folded("Ｅｘｐｅｒｉａｎ ﬁ"), Some("experian fi".to_owned()));
        assert_eq!(folded("Cafe\u{301}"), Some("café".to_owned()));
        assert_eq!(PartyName::new("ACME  Ltd"), PartyName::new("acme ltd"));
        assert_ne!(PartyName::new("Acme Ltd."), PartyName::new("Acme Ltd"));
        assert_ne!(PartyName::new("Cafe"), PartyName::new("Café"));
    }

    #[test]
    fn a_blank_name_is_no_name() {
        for written in ["", " ", "\u{3000}\u{1c}\t"] {
            assert_eq!(folded(written), None, "{written:?}");
        }
    }

    #[test]
    fn the_written_form_is_kept() {
        assert_eq!(
            PartyName::new(" A  b").expect("a name").as_written(),
            " A  b"
        );
    }
}
