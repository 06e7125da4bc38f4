//! Text that comes from files, as a terminal may show it: nothing in it can move the cursor or hide other text.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// The text with every character that a terminal would obey or not show written as its number; tabs are kept.
pub(super) fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if is_harmful(character) {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

/// The same in a line of its own, where a tab would move what follows.
pub(super) fn visible(text: &str) -> String {
    visible_bytes(text.as_bytes())
}

/// The same of bytes; what is not UTF-8 is written as numbers too.
pub(super) fn visible_bytes(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if is_harmful(character) || character == '\t' {
                text.extend(character.escape_unicode());
            } else {
                text.push(character);
            }
        }
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

/// Whether a terminal would obey the character or not show it.
pub(super) fn is_harmful(character: char) -> bool {
    match character {
        '\t' | ' '..='~' => false,
        // Invisible, though by their category letters or marks.
        '\u{34f}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{ffa0}'
        | '\u{e0100}'..='\u{e01ef}' => true,
        _ => matches!(
            character.general_category(),
            GeneralCategory::Control
                | GeneralCategory::Format
                | GeneralCategory::LineSeparator
                | GeneralCategory::ParagraphSeparator
                | GeneralCategory::SpaceSeparator
                | GeneralCategory::PrivateUse
                | GeneralCategory::Unassigned
                | GeneralCategory::Surrogate
        ),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_visible_is_harmful(text in "(\\PC|[\\x00-\\x1f\\u{7f}-\\u{a0}\\u{2028}\\u{202e}\\u{3164}]){0,20}") {
            let shown = visible(&text);
            prop_assert!(shown.chars().all(|character| !is_harmful(character) && character != '\t'));
            if text.chars().all(|character| !is_harmful(character) && character != '\t') {
                prop_assert_eq!(shown, text);
            }
        }
    }
}
