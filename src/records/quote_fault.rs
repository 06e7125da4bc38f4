//! What is wrong with a record's quotes, told from its fields. Whether anything is, the scanner has told already.

use std::fmt;

use super::walk::WalkedRecord;

/// A kind of quote fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuoteFault {
    /// A quote stands inside an unquoted field.
    Inside,
    /// Text stands after a closing quote.
    After,
    /// A quote is never closed: the field has all that follows.
    Unclosed,
}

impl fmt::Display for QuoteFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Inside => "a quote stands inside an unquoted field",
            Self::After => "text stands after a closing quote",
            Self::Unclosed => "a quote is never closed",
        })
    }
}

impl WalkedRecord {
    /// Each kind of quote fault that the record has, once.
    pub fn quote_faults(&self) -> Vec<QuoteFault> {
        let mut found = Vec::new();
        if !self.quote_fault {
            return found;
        }
        let mut start = 0;
        for &end in &self.field_ends {
            let field = &self.padded[start..end as usize];
            start = end as usize + 1;
            let fault = fault_of(field);
            found.extend(fault.filter(|fault| !found.contains(fault)));
        }
        assert!(!found.is_empty(), "a quote fault is of one of three kinds");
        found
    }
}

/// What is wrong with a field's quotes.
fn fault_of(field: &[u8]) -> Option<QuoteFault> {
    let Some(quoted) = field.strip_prefix(b"\"") else {
        return field.contains(&b'"').then_some(QuoteFault::Inside);
    };
    match past_closing_quote(quoted) {
        None => Some(QuoteFault::Unclosed),
        Some([]) => None,
        Some(_) => Some(QuoteFault::After),
    }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::records::{Delimiter, Walk};

    proptest! {
        #[test]
        fn every_quote_fault_has_a_kind(bytes in proptest::collection::vec(prop_oneof![Just(b'a'), Just(b','), Just(b'"'), Just(b'\r'), Just(b'\n')], 0..40)) {
            let mut walk = Walk::new(bytes.as_slice(), 0, Delimiter::COMMA, 1 << 20);
            while let Some(record) = walk.next_record().unwrap() {
                prop_assert_eq!(record.quote_faults().is_empty(), !record.quote_fault);
            }
        }
    }
}
