//! Records that are malformed: whether they may be several, and what they seem to hold.

use crate::program::Reason;
use crate::records::{Delimiter, WalkedRecord};
use crate::rules::trim_spaces_and_tabs;

/// Whether a withheld record may be several: a line ends within it, right after the reason `malformed` where reasons were `appended`, as it
/// does where a quote was never closed that its input ended in, and records of later inputs follow.
pub(super) fn may_be_several(record: &WalkedRecord, delimiter: Delimiter, appended: bool) -> bool {
    let bytes = record.bytes();
    let malformed = Reason::Malformed.code().as_bytes();
    memchr::memchr2_iter(b'\r', b'\n', bytes).any(|end| {
        !appended
            || bytes[..end]
                .strip_suffix(malformed)
                .is_some_and(|before| before.last() == Some(&delimiter.byte()))
    })
}

/// What a malformed record has in a column, as well as that can be told.
pub(super) fn malformed_value(
    record: &WalkedRecord,
    column: usize,
    delimiter: Delimiter,
) -> Option<Vec<u8>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter.byte())
        .from_reader(record.bytes());
    let mut fields = csv::ByteRecord::new();
    reader.read_byte_record(&mut fields).ok()?;
    let value = fields.get(column)?;
    let value = trim_spaces_and_tabs(value);
    (!value.is_empty()).then(|| value.to_vec())
}
