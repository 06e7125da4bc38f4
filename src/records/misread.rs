//! What a header probably is that lacks the columns which were looked for. Shows nothing of it.

use super::dialect::Delimiter;
use super::preamble::Header;

/// What workbooks start with: those of a ZIP archive, and older ones.
const WORKBOOKS: [&[u8]; 2] = [b"PK\x03\x04", b"\xD0\xCF\x11\xE0"];

/// What gzip and Zstandard start with (RFC 1952, section 2.3.1; RFC 8878, section 3.1.1).
const PACKED: [&[u8]; 2] = [b"\x1F\x8B\x08", b"\x28\xB5\x2F\xFD"];

/// Whether what starts so is a workbook or another archive, and no delimited text.
pub(crate) fn is_workbook(start: &[u8]) -> bool {
    WORKBOOKS.iter().any(|known| start.starts_with(known))
}

/// Why a header is probably none of columns told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Misread {
    /// What it is.
    pub(crate) what: String,
    /// How to mend that.
    pub(crate) cure: String,
}

impl Misread {
    /// `None` if nothing tells that it is not one.
    pub(crate) fn of(header: &Header) -> Option<Self> {
        let told = |what: &str, cure: &str| {
            Some(Self {
                what: what.to_owned(),
                cure: cure.to_owned(),
            })
        };
        let names = header.names();
        let first = names.iter().next()?;
        if is_workbook(first) {
            return told(
                "this is a workbook or another archive, and no delimited text",
                "save the sheet as CSV in UTF-8, and supply that",
            );
        }
        if PACKED.iter().any(|known| first.starts_with(known)) {
            return told(
                "this is compressed within what was decompressed",
                "decompress it once, and supply that",
            );
        }
        if names.iter().any(|name| name.contains(&0)) {
            return told(
                "the header holds NUL bytes, as UTF-16 does",
                "save the input as UTF-8 text",
            );
        }
        if names.len() > 1 {
            return None;
        }
        let delimiter = Delimiter::sought_in(first)?.typed();
        if header.raw().starts_with(b"\"") {
            return told(
                "the first line is one field, in quotes",
                "if it is a title above the header, remove it",
            );
        }
        if first.starts_with(b"sep=") {
            return told(
                "the first line is no header: it tells a spreadsheet the delimiter",
                &format!("remove that line, and say `--delimiter {delimiter}`"),
            );
        }
        told(
            &format!("the header is one column, and {delimiter} stands in it"),
            &format!("if {delimiter} is what separates the columns, say `--delimiter {delimiter}`"),
        )
    }
}
