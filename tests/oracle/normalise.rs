//! Owns the keys of suppression lists: normalisers, joining, digests. It never opens a list.

use super::terms::is_white_space;
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory as _};

/// A value without the spaces and tabs around it.
pub(crate) fn trim(value: &[u8]) -> &[u8] {
    let mut value = value;
    while let [b' ' | b'\t', rest @ ..] = value {
        value = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

pub(crate) fn normalise(normaliser: &str, value: &str) -> String {
    match normaliser {
        "exact" => value.to_owned(),
        "lower" => value.to_lowercase(),
        "email" => value
            .chars()
            .filter(|c| !is_white_space(*c) && c.general_category() != GeneralCategory::Format)
            .collect::<String>()
            .to_lowercase(),
        "digits" => value.chars().filter(char::is_ascii_digit).collect(),
        "uk-postcode" => value
            .chars()
            .filter(|c| !is_white_space(*c))
            .collect::<String>()
            .to_ascii_uppercase(),
        "name" => value
            .nfkd()
            .filter(|c| c.general_category() != GeneralCategory::NonspacingMark)
            .collect::<String>()
            .to_lowercase()
            .chars()
            .filter(|c| {
                matches!(
                    c.general_category_group(),
                    GeneralCategoryGroup::Letter | GeneralCategoryGroup::Number
                )
            })
            .collect(),
        other => panic!("no such normaliser: {other}"),
    }
}

/// One component of a key; `None` where it is not UTF-8, or blank once normalised.
pub(crate) fn component(normaliser: &str, value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(trim(value)).ok()?;
    let normal = normalise(normaliser, text);
    (!normal.chars().all(is_white_space)).then_some(normal)
}

/// The form in which the list holds the joined key.
pub(crate) fn digest(kind: &str, key: &str) -> String {
    match kind {
        "none" => key.to_owned(),
        "sha256-hex" => Sha256::digest(key)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
        "sha256-base64" => STANDARD.encode(Sha256::digest(key)),
        other => panic!("no such digest: {other}"),
    }
}
