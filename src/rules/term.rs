//! Terms: hierarchical words for recipients, sectors and purposes, and when one covers another.

/// A term: lower-case words `[a-z0-9-]+` joined by `/`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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
        unimplemented!("{text}")
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
        unimplemented!("{requested:?} {explicit:?}")
    }
}

impl ExplicitTerms {
    /// The built-in explicit terms and those that a policy adds.
    pub fn with(added: impl IntoIterator<Item = String>) -> Self {
        Self(added.into_iter().collect())
    }

    /// The explicit terms that a word bears: it is one, or one of its hyphen-separated parts is.
    pub fn borne_by<'a>(&'a self, word: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .map(String::as_str)
            .filter(move |term| *term == word)
    }
}
