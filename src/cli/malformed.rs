//! Records that are malformed: what makes them so, in words in which nothing of the record stands, and what they seem to hold.

use crate::program::{Program, Reason};
use crate::records::{Delimiter, WalkedRecord};
use crate::rules::trim_spaces_and_tabs;

/// Whether a record has another number of fields than the header, or a quote out of place.
pub(super) fn is_malformed(record: &WalkedRecord, program: &Program) -> bool {
    record.quote_fault || record.field_ends.len() != program.columns()
}

/// What makes a record malformed, in words.
pub(super) fn faults_of(record: &WalkedRecord, program: &Program) -> String {
    let (fields, columns) = (record.field_ends.len(), program.columns());
    let mut faults = vec![if fields == columns {
        format!("there are {fields} fields")
    } else {
        format!("there are {fields} fields, not {columns}")
    }];
    faults.extend(quote_faults(record).into_iter().map(str::to_owned));
    faults.join("; ")
}

/// The fault that swallows all that follows.
const OPEN: &str = "a quote is never closed";

/// Whether the record has a quote that is never closed.
pub(super) fn is_unclosed(record: &WalkedRecord) -> bool {
    quote_faults(record).contains(&OPEN)
}

/// Each kind of quote fault that the record has.
fn quote_faults(record: &WalkedRecord) -> Vec<&'static str> {
    const BARE: &str = "a quote stands inside an unquoted field";
    const AFTER: &str = "text stands after a closing quote";
    let mut found = Vec::new();
    if !record.quote_fault {
        return found;
    }
    let mut start = 0;
    for &end in &record.field_ends {
        let field = &record.padded[start..end as usize];
        start = end as usize + 1;
        let fault = match field.strip_prefix(b"\"") {
            None => field.contains(&b'"').then_some(BARE),
            Some(quoted) => match past_closing_quote(quoted) {
                None => Some(OPEN),
                Some([]) => None,
                Some(_) => Some(AFTER),
            },
        };
        found.extend(fault.filter(|fault| !found.contains(fault)));
    }
    assert!(!found.is_empty(), "a quote fault is of one of three kinds");
    found
}

/// What stands after the quote that closes a field whose first quote was taken off; `None` if none does.
fn past_closing_quote(quoted: &[u8]) -> Option<&[u8]> {
    let mut at = 0;
    loop {
        at += memchr::memchr(b'"', quoted.get(at..)?)? + 1;
        if quoted.get(at) != Some(&b'"') {
            return Some(&quoted[at..]);
        }
        at += 1;
    }
}

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::records::Walk;

    proptest! {
        #[test]
        fn every_quote_fault_has_a_kind(bytes in proptest::collection::vec(prop_oneof![Just(b'a'), Just(b','), Just(b'"'), Just(b'\r'), Just(b'\n')], 0..40)) {
            let mut walk = Walk::new(bytes.as_slice(), 0, Delimiter::COMMA, 1 << 20);
            while let Some(record) = walk.next_record().unwrap() {
                prop_assert_eq!(quote_faults(&record).is_empty(), !record.quote_fault);
            }
        }
    }
}
