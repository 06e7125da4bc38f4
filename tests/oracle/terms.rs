//! Owns terms (which use was said) and the folding of parties' names. It never sees a record.

use unicode_normalization::UnicodeNormalization;

const BUILT_IN: [&str; 8] = [
    "political",
    "health",
    "religion",
    "trade-union",
    "ethnicity",
    "sexual-orientation",
    "genetic",
    "biometric",
];

pub(crate) fn explicit_terms(added: &[String]) -> Vec<String> {
    BUILT_IN
        .iter()
        .map(|term| (*term).to_owned())
        .chain(added.iter().cloned())
        .collect()
}

/// To the letter: one part, so that `party-political` bears `political`, and `trade-union-members` bears nothing.
pub(crate) fn bears(word: &str, explicit: &str) -> bool {
    word == explicit || word.split('-').any(|part| part == explicit)
}

pub(crate) fn covers(disclosed: &str, requested: &str, explicit: &[String]) -> bool {
    if disclosed == requested {
        return true;
    }
    let Some(rest) = requested.strip_prefix(&format!("{disclosed}/")) else {
        return false;
    };
    !rest
        .split('/')
        .any(|word| explicit.iter().any(|term| bears(word, term)))
}

/// Whether a word of the sector bears an explicit term that no word of the purpose bears.
pub(crate) fn conflict(sector: &str, purpose: &str, explicit: &[String]) -> bool {
    let bearing = |term: &str, explicit: &str| term.split('/').any(|word| bears(word, explicit));
    explicit
        .iter()
        .any(|term| bearing(sector, term) && !bearing(purpose, term))
}

pub(crate) fn is_white_space(character: char) -> bool {
    character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character)
}

pub(crate) fn fold_name(name: &str) -> String {
    let lower = name.nfkc().collect::<String>().to_lowercase();
    let mut folded = String::new();
    for character in lower.chars() {
        if !is_white_space(character) {
            folded.push(character);
        } else if !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    folded
}
