//! White space as the rules know it: Unicode's White_Space and U+001C to U+001F. Every "blank" and every "space around it" in
//! policy, agreement and list is decided here. Values of records and lists lose spaces and tabs alone.

/// Whether a character is white space: Unicode's White_Space, or U+001C to U+001F.
pub(super) fn is_white_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}

/// Whether a text is blank: empty, or nothing but white space.
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(is_white_space)
}

/// A text without the white space around it.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(is_white_space)
}

/// Bytes without the spaces and tabs around them, as every consulted value is trimmed.
pub(crate) fn trim_spaces_and_tabs(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = bytes {
        bytes = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// ASCII's share of [`is_white_space`].
pub(super) const fn is_ascii_white_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | 0x1c..=0x20)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// White_Space as PropList.txt of Unicode has had it since version 6.3.
    const WHITE_SPACE: [std::ops::RangeInclusive<u32>; 10] = [
        0x09..=0x0d,
        0x20..=0x20,
        0x85..=0x85,
        0xa0..=0xa0,
        0x1680..=0x1680,
        0x2000..=0x200a,
        0x2028..=0x2029,
        0x202f..=0x202f,
        0x205f..=0x205f,
        0x3000..=0x3000,
    ];

    #[test]
    fn white_space_is_the_property_and_the_separators() {
        for character in '\0'..=char::MAX {
            let code = u32::from(character);
            let expected = WHITE_SPACE.iter().any(|range| range.contains(&code))
                || (0x1c..=0x1f).contains(&code);
            assert_eq!(is_white_space(character), expected, "U+{code:04X}");
        }
    }

    #[test]
    fn ascii_agrees_with_unicode() {
        for byte in 0..=0x7f_u8 {
            assert_eq!(
                is_ascii_white_space(byte),
                is_white_space(char::from(byte)),
                "{byte:#x}"
            );
        }
    }

    #[test]
    fn blank_and_trim() {
        assert!(is_blank(""));
        assert!(is_blank(" \t\u{1d}\u{a0}\u{3000}\r\n"));
        assert!(!is_blank(" \u{200b} "));
        assert_eq!(trim("\u{a0}\u{1f}a b\n"), "a b");
        assert_eq!(trim_spaces_and_tabs(b" \ta b\t \n"), b"a b\t \n");
        assert_eq!(trim_spaces_and_tabs(b" \t "), b"");
    }
}
