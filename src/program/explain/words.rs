//! Parties, terms and lists of words as an explanation writes them.

use crate::program::notices::Party;
use crate::rules::Term;

pub(super) fn described(party: &Party<'_>) -> String {
    format!("{} ({})", party.name.as_written(), party.sector)
}

pub(super) fn joined(words: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let words: Vec<String> = words
        .into_iter()
        .map(|word| word.as_ref().to_owned())
        .collect();
    words.join(", ")
}

pub(super) fn terms(terms: &[Term]) -> String {
    joined(terms.iter().map(Term::as_str))
}
