//! Terms: hierarchical words for recipients, sectors and purposes, and when one covers another.

use std::fmt;

/// A term: lower-case words `[a-z0-9-]+` joined by `/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term(String);

/// Why a text is no term.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TermError {
    /// A word is empty.
    #[error("a word is empty")]
    EmptyWord,
    /// A character outside `[a-z0-9-]`.
    #[error("a character that is no lower-case letter, digit or hyphen")]
    BadCharacter,
}

/// The explicit terms in force: uses that must have been said in so many words.
#[derive(Debug, Clone)]
pub struct ExplicitTerms(Vec<String>);

impl Term {
    /// Parses a term.
    ///
    /// # Errors
    /// If a word is empty or has another character.
    pub fn parse(text: &str) -> Result<Self, TermError> {
        for word in text.split('/') {
            if word.is_empty() {
                return Err(TermError::EmptyWord);
            }
            if !word
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
            {
                return Err(TermError::BadCharacter);
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// The term as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its words.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }

    /// Whether disclosing `self` covers a request for `requested`: it is the same, or a leading part of it with no word that bears
    /// an explicit term in what is left.
    pub fn covers(&self, requested: &Term, explicit: &ExplicitTerms) -> bool {
        let mut left = requested.words();
        for word in self.words() {
            if left.next() != Some(word) {
                return false;
            }
        }
        left.all(|word| explicit.borne_by(word).next().is_none())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ExplicitTerms {
    /// The explicit terms that hold in every policy.
    pub const BUILT_IN: [&'static str; 8] = [
        "political",
        "health",
        "religion",
        "trade-union",
        "ethnicity",
        "sexual-orientation",
        "genetic",
        "biometric",
    ];

    /// The built-in explicit terms and those that a policy adds.
    pub fn with(added: impl IntoIterator<Item = String>) -> Self {
        let mut terms: Vec<String> = Self::BUILT_IN.iter().map(|&term| term.to_owned()).collect();
        for term in added {
            if !terms.contains(&term) {
                terms.push(term);
            }
        }
        Self(terms)
    }

    /// The terms, the built-in ones first.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The explicit terms that a word bears: it is one, or one of its hyphen-separated parts is.
    pub fn borne_by<'a>(&'a self, word: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .map(String::as_str)
            .filter(move |term| *term == word || word.split('-').any(|part| part == *term))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn term(text: &str) -> Term {
        Term::parse(text).expect("a term")
    }

    fn built_in() -> ExplicitTerms {
        ExplicitTerms::with([])
    }

    #[test]
    fn terms_are_lower_case_words() {
        assert!(Term::parse("marketing/direct-mail/2").is_ok());
        assert!(Term::parse("-").is_ok());
        for text in ["", "/", "a/", "/a", "a//b"] {
            assert_eq!(Term::parse(text), Err(TermError::EmptyWord), "{text:?}");
        }
        for text in ["A", "a b", "a_b", " a", "é", "a/B"] {
            assert_eq!(Term::parse(text), Err(TermError::BadCharacter), "{text:?}");
        }
    }

    #[test]
    fn a_leading_part_covers_but_not_an_explicit_use() {
        let explicit = built_in();
        let covers =
            |disclosed: &str, requested: &str| term(disclosed).covers(&term(requested), &explicit);
        assert!(covers("marketing", "marketing"));
        assert!(covers("marketing", "marketing/direct"));
        assert!(!covers("marketing/direct", "marketing"));
        assert!(!covers("market", "marketing"));
        assert!(!covers("marketing", "marketing/political"));
        assert!(!covers("marketing", "marketing/party-political"));
        assert!(!covers("marketing", "marketing/direct/political/x"));
        assert!(!covers("marketing", "marketing/trade-union"));
        assert!(covers("marketing/political", "marketing/political"));
        assert!(covers("marketing/political", "marketing/political/party"));
        assert!(!covers("marketing/political", "marketing/political/health"));
        assert!(covers("marketing", "marketing/politically"));
    }

    #[test]
    fn a_word_bears_what_it_is_or_has_as_a_part() {
        let explicit = ExplicitTerms::with(["gambling".to_owned(), "political".to_owned()]);
        let borne = |word: &'static str| explicit.borne_by(word).collect::<Vec<_>>();
        assert_eq!(borne("trade-union"), ["trade-union"]);
        assert_eq!(borne("non-political-gambling"), ["political", "gambling"]);
        assert_eq!(borne("political-"), ["political"]);
        assert!(borne("trade").is_empty());
        assert!(borne("apolitical").is_empty());
    }

    proptest! {
        #[test]
        fn covering_is_reflexive_and_transitive(
            a in "(a|b|political)(/(a|b|political|x-health)){0,2}",
            b in "(a|b|political)(/(a|b|political|x-health)){0,2}",
            c in "(a|b|political)(/(a|b|political|x-health)){0,3}",
        ) {
            let (a, b, c, explicit) = (term(&a), term(&b), term(&c), built_in());
            prop_assert!(a.covers(&a, &explicit));
            if a.covers(&b, &explicit) && b.covers(&c, &explicit) {
                prop_assert!(a.covers(&c, &explicit));
            }
            if a.covers(&b, &explicit) && b.covers(&a, &explicit) {
                prop_assert_eq!(&a, &b);
            }
        }

        #[test]
        fn more_explicit_terms_never_cover_more(
            a in "[ab](/[abx]){0,2}",
            b in "[ab](/[abx]){0,3}",
        ) {
            let (a, b) = (term(&a), term(&b));
            let stricter = ExplicitTerms::with(["x".to_owned()]);
            if a.covers(&b, &stricter) {
                prop_assert!(a.covers(&b, &built_in()));
            }
        }
    }
}
