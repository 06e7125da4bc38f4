//! The one thing that differs between dialects here: the delimiter.

use std::ffi::OsStr;
use std::path::Path;

/// The byte between two fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delimiter(u8);

/// A byte that cannot delimit: it could stand in a reason, a quote or a line end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a delimiter is one ASCII byte that is no letter, digit, space, quote, line end, `-`, `_` or `:` (a tab may be written `tab`)"
)]
pub struct DelimiterError;

impl Delimiter {
    /// The comma.
    pub const COMMA: Self = Self(b',');
    /// The tab.
    pub const TAB: Self = Self(b'\t');
    /// The vertical bar.
    pub const PIPE: Self = Self(b'|');

    /// A delimiter from its byte.
    ///
    /// # Errors
    /// If the byte may not delimit.
    pub fn new(byte: u8) -> Result<Self, DelimiterError> {
        let refused = !byte.is_ascii()
            || byte.is_ascii_alphanumeric()
            || matches!(byte, b' ' | b'"' | b'\r' | b'\n' | b'-' | b'_' | b':');
        if refused {
            Err(DelimiterError)
        } else {
            Ok(Self(byte))
        }
    }

    /// A delimiter as it is typed: the byte itself, or `tab`.
    ///
    /// # Errors
    /// If it is not one byte that may delimit.
    pub fn parse(text: &str) -> Result<Self, DelimiterError> {
        match text.as_bytes() {
            b"tab" => Ok(Self::TAB),
            [byte] => Self::new(*byte),
            _ => Err(DelimiterError),
        }
    }

    /// The delimiter that a file's name implies: tab for `.tsv`, `|` for `.psv` (before `.gz` and `.zst` too), else a comma.
    pub fn implied_by(path: &Path) -> Self {
        let extension = match path.extension().and_then(OsStr::to_str) {
            Some("gz" | "zst") => path
                .file_stem()
                .map(Path::new)
                .and_then(Path::extension)
                .and_then(OsStr::to_str),
            other => other,
        };
        match extension {
            Some("tsv") => Self::TAB,
            Some("psv") => Self::PIPE,
            _ => Self::COMMA,
        }
    }

    /// The delimiter that a header seems to have been written with which came out as one column: of `;`, tab, `|` and comma the one
    /// that it holds most of.
    pub(crate) fn sought_in(column: &[u8]) -> Option<Self> {
        let count = |of: Self| column.iter().filter(|&&byte| byte == of.0).count();
        [Self(b';'), Self::TAB, Self::PIPE, Self::COMMA]
            .into_iter()
            .filter(|&of| count(of) > 0)
            .max_by_key(|&of| count(of))
    }

    /// As it is typed.
    pub(crate) fn typed(self) -> String {
        match self {
            Self::TAB => "tab".to_owned(),
            Self(byte) => format!("'{}'", char::from(byte)),
        }
    }

    /// The byte.
    pub fn byte(self) -> u8 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delimiter_can_never_be_part_of_a_reason() {
        let allowed: Vec<u8> = (0..=u8::MAX)
            .filter(|&byte| Delimiter::new(byte).is_ok())
            .collect();
        let mut expected: Vec<u8> = (0..b' ').filter(|byte| !b"\r\n".contains(byte)).collect();
        expected.extend_from_slice(b"!#$%&'()*+,./;<=>?@[\\]^`{|}~\x7f");
        assert_eq!(allowed, expected);
    }

    #[test]
    fn names_imply_delimiters() {
        for (name, byte) in [
            ("a.csv", b','),
            ("a", b','),
            ("-", b','),
            ("a.tsv", b'\t'),
            ("a.tsv.gz", b'\t'),
            ("a.psv.zst", b'|'),
            ("a.psv", b'|'),
            ("a.tsv.bak", b','),
            (".tsv", b','),
            ("a.csv.gz", b','),
        ] {
            assert_eq!(
                Delimiter::implied_by(Path::new(name)).byte(),
                byte,
                "{name}"
            );
        }
    }

    #[test]
    fn a_header_that_came_out_as_one_column_shows_its_delimiter() {
        for (column, typed) in [
            (&b"a;b"[..], Some("';'")),
            (b"a\tb, c\td", Some("tab")),
            (b"a|b", Some("'|'")),
            (b"a,b", Some("','")),
            (b"record_id", None),
            (b"", None),
        ] {
            let sought = Delimiter::sought_in(column).map(Delimiter::typed);
            assert_eq!(sought.as_deref(), typed, "{column:?}");
        }
    }

    #[test]
    fn a_tab_has_a_name() {
        assert_eq!(Delimiter::parse("tab"), Ok(Delimiter::TAB));
        assert_eq!(Delimiter::parse("\t"), Ok(Delimiter::TAB));
        assert_eq!(Delimiter::parse(";").map(Delimiter::byte), Ok(b';'));
        assert_eq!(Delimiter::parse(""), Err(DelimiterError));
        assert_eq!(Delimiter::parse(",,"), Err(DelimiterError));
        assert_eq!(Delimiter::parse("£"), Err(DelimiterError));
    }
}
