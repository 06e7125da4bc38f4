//! What the first records of a supply hold in a few columns: counts, and values only where so many records share them
//! that they are nobody's.

use std::collections::{BTreeSet, HashMap};

use crate::cli::failure::Failure;
use crate::cli::harmless::is_harmful;
use crate::cli::input_records::Records;
use crate::program::RecordFields;
use crate::rules::trim_spaces_and_tabs;
use crate::supply::Supply;

/// Most records that are looked at.
const RECORDS_MAX: u64 = 10_000;

/// Most bytes that are looked at.
const BYTES_MAX: u64 = 16 << 20;

/// Most different values that a column may have for any to be told.
pub(super) const VALUES_MAX: usize = 20;

/// Fewest records that must share a value for it to be told.
pub(super) const SHARED_BY_MIN: u64 = 3;

/// Most bytes of a value that is told.
pub(super) const VALUE_BYTES_MAX: usize = 40;

/// Most different values that are counted.
const COUNTED_MAX: usize = 1_000;

/// The values of one column.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    blank: u64,
    counted: HashMap<Vec<u8>, u64>,
    /// There were more different values than are counted.
    overflown: bool,
}

/// What may be told of a column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Records with a blank.
    pub(super) blank: u64,
    /// Values that may be told, with the records that share them, most shared first.
    pub(super) values: Vec<(String, u64)>,
    /// Records with other values.
    pub(super) untold: u64,
    /// There are too many different values for any to be told.
    pub(super) too_many: bool,
}

/// The first records of a supply.
#[derive(Debug, Default)]
pub(super) struct Sample {
    /// Well-formed records that were looked at.
    pub(super) records: u64,
    /// Malformed ones.
    pub(super) malformed: u64,
    /// The supply has more.
    pub(super) more: bool,
}

impl Sample {
    /// Gives each well-formed record's values in these columns.
    pub(super) fn read(
        supply: &Supply,
        columns: &[usize],
        mut each: impl FnMut(usize, &[u8]),
    ) -> Result<Self, Failure> {
        let mut sample = Self::default();
        let mut room = Vec::new();
        let mut records = Records::open(&supply.inputs()[0], supply)?;
        while let Some(record) = records.next()? {
            if sample.records + sample.malformed == RECORDS_MAX || record.offset > BYTES_MAX {
                sample.more = true;
                break;
            }
            if record.quote_fault || record.field_ends.len() != supply.header().names().len() {
                sample.malformed += 1;
                continue;
            }
            sample.records += 1;
            for &column in columns {
                each(
                    column,
                    RecordFields::of_walked(&record).value(column, &mut room),
                );
            }
        }
        records.check_unchanged()?;
        Ok(sample)
    }
}

impl Tally {
    /// Adds a value.
    pub(super) fn add(&mut self, value: &[u8]) {
        if value.is_empty() {
            self.blank += 1;
        } else if let Some(count) = self.counted.get_mut(value) {
            *count += 1;
        } else if self.counted.len() < COUNTED_MAX {
            self.counted.insert(value.to_vec(), 1);
        } else {
            self.overflown = true;
        }
    }

    /// The same of the parts between separators, without the spaces and tabs around them.
    pub(super) fn parts(&self, separator: char) -> Self {
        let mut parts = Self {
            blank: self.blank,
            overflown: self.overflown,
            ..Self::default()
        };
        let is_separator = |byte: &u8| char::from(*byte) == separator;
        for (value, count) in &self.counted {
            let distinct: BTreeSet<&[u8]> = value
                .split(is_separator)
                .map(trim_spaces_and_tabs)
                .collect();
            for part in distinct.into_iter().filter(|part| !part.is_empty()) {
                *parts.counted.entry(part.to_vec()).or_default() += count;
            }
        }
        parts
    }

    /// INVARIANT: a value is told only if several records share it, the column has few, and it is short, plain text.
    pub(super) fn found(&self) -> Found {
        let too_many = self.overflown || self.counted.len() > VALUES_MAX;
        let mut found = Found {
            blank: self.blank,
            too_many,
            ..Found::default()
        };
        for (value, &count) in &self.counted {
            match std::str::from_utf8(value) {
                Ok(text) if !too_many && count >= SHARED_BY_MIN && is_plain(text) => {
                    found.values.push((text.to_owned(), count));
                }
                _ => found.untold += count,
            }
        }
        found
            .values
            .sort_by(|(one, count), (other, other_count)| (other_count, one).cmp(&(count, other)));
        found
    }
}

/// Whether a value can stand in rules and be told: short, without white space around it, and with nothing of an address.
fn is_plain(text: &str) -> bool {
    text.len() <= VALUE_BYTES_MAX
        && text.trim() == text
        && !text.contains('@')
        && !text
            .chars()
            .any(|character| is_harmful(character) || character == '\t')
}
