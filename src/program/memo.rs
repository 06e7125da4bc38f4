//! Remembers what few distinct combinations of words come to. Keys are whole, so a hash alone never
//! decides; the table is keyed afresh in each run and bounded, so hostile values cannot grow or flood it.

use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

use super::fields::RecordFields;

/// Words of a key; a record whose key would be longer is not remembered.
const KEY_WORDS_MAX: usize = 48;

/// Slots; a power of two.
const SLOTS: usize = 1 << 12;

/// Combinations that are remembered at most.
const ENTRIES_MAX: usize = SLOTS / 2;

/// A table from the raw bytes of some columns to a value.
#[derive(Debug)]
pub(super) struct Memo<T> {
    /// Runs of neighbouring columns. A run's bytes tell its fields: the same bytes divide in the same way.
    runs: Vec<Range<usize>>,
    multipliers: [u64; KEY_WORDS_MAX],
    slots: Vec<u32>,
    entries: Vec<(Box<[u64]>, T)>,
    key: [u64; KEY_WORDS_MAX],
}

impl<T> Memo<T> {
    /// A memo of these columns, given in rising order without repeats.
    pub(super) fn new(columns: &[usize]) -> Self {
        let state = RandomState::new();
        let multipliers = std::array::from_fn(|index| state.hash_one(index) | 1);
        Self {
            runs: neighbours(columns),
            multipliers,
            slots: vec![0; SLOTS],
            entries: Vec::new(),
            key: [0; KEY_WORDS_MAX],
        }
    }

    /// The index (for [`Self::get`]) of what the record's columns come to, evaluating it if it is new; `Err` with the value
    /// itself where it is not remembered.
    #[inline]
    pub(super) fn recall(
        &mut self,
        record: &RecordFields<'_>,
        evaluate: impl FnOnce() -> T,
    ) -> Result<usize, T> {
        let Some((length, hash)) = self.make_key(record) else {
            return Err(evaluate());
        };
        let key = &self.key[..length];
        let mut slot = (hash >> 32) as usize % SLOTS;
        loop {
            match self.slots[slot] {
                0 if self.entries.len() < ENTRIES_MAX => {
                    self.entries.push((key.into(), evaluate()));
                    self.slots[slot] = self.entries.len() as u32;
                    return Ok(self.entries.len() - 1);
                }
                0 => return Err(evaluate()),
                entry => {
                    let index = entry as usize - 1;
                    if *self.entries[index].0 == *key {
                        return Ok(index);
                    }
                }
            }
            slot = (slot + 1) % SLOTS;
        }
    }

    #[inline]
    pub(super) fn get(&self, index: usize) -> &T {
        &self.entries[index].1
    }

    /// Puts the runs' lengths and bytes into `self.key`; its length in words and its hash.
    #[inline]
    fn make_key(&mut self, record: &RecordFields<'_>) -> Option<(usize, u64)> {
        let buffer = record.buffer();
        let mut words = 0;
        let mut hash = 0_u64;
        for run in &self.runs {
            let (start, end) = record.span(run);
            let length = end - start;
            let run_words = 1 + length.div_ceil(8);
            let key = self.key.get_mut(words..words + run_words)?;
            let multipliers = &self.multipliers[words..words + run_words];
            key[0] = length as u64;
            for (index, word) in key[1..].iter_mut().enumerate() {
                let at = start + 8 * index;
                *word = load(buffer, at, (end - at).min(8));
            }
            for (word, multiplier) in key.iter().zip(multipliers) {
                hash = hash.wrapping_add((word ^ (word >> 32)).wrapping_mul(*multiplier));
            }
            words += run_words;
        }
        Some((words, hash ^ (hash >> 29)))
    }
}

/// Runs of neighbouring columns.
pub(super) fn neighbours(columns: &[usize]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for &column in columns {
        match runs.last_mut() {
            Some(run) if run.end == column => run.end += 1,
            _ => runs.push(column..column + 1),
        }
    }
    runs
}

/// Up to eight bytes as a word, zeros after them.
#[inline]
fn load(buffer: &[u8], at: usize, length: usize) -> u64 {
    match buffer.get(at..at + 8) {
        Some(eight) => {
            let word = u64::from_le_bytes(eight.try_into().expect("eight bytes"));
            if length >= 8 {
                word
            } else {
                word & ((1 << (8 * length)) - 1)
            }
        }
        None => {
            let mut bytes = [0; 8];
            bytes[..length].copy_from_slice(&buffer[at..at + length]);
            u64::from_le_bytes(bytes)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fields(columns: &[Vec<u8>]) -> (Vec<u8>, Vec<u32>) {
        let mut buffer = Vec::new();
        let mut ends = Vec::new();
        for column in columns {
            buffer.extend_from_slice(column);
            ends.push(buffer.len() as u32);
            buffer.push(b',');
        }
        (buffer, ends)
    }

    proptest! {
        #[test]
        fn only_equal_columns_are_recalled(
            records in proptest::collection::vec(
                proptest::collection::vec(proptest::collection::vec(prop_oneof![Just(0_u8), Just(b'a'), Just(b'b')], 0..20), 2),
                1..40,
            ),
        ) {
            let mut memo = Memo::new(&[0, 1]);
            for columns in records {
                let (buffer, ends) = fields(&columns);
                let record = RecordFields::new(&buffer, 0, &ends);
                let found = memo.recall(&record, || columns.clone()).expect("short keys are remembered");
                prop_assert_eq!(memo.get(found), &columns);
            }
        }
    }

    #[test]
    fn the_table_is_bounded() {
        let mut memo = Memo::new(&[0]);
        for number in 0..3 * ENTRIES_MAX {
            let (buffer, ends) = fields(&[number.to_string().into_bytes()]);
            let remembered = memo
                .recall(&RecordFields::new(&buffer, 0, &ends), || number)
                .is_ok();
            assert_eq!(remembered, number < ENTRIES_MAX);
        }
        let (buffer, ends) = fields(&[vec![b'x'; 1000]]);
        assert_eq!(
            memo.recall(&RecordFields::new(&buffer, 0, &ends), || 7),
            Err(7)
        );
    }
}
