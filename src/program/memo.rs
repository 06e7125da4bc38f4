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

/// Where an entry's key stands; none where `words` is 0.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    start: u32,
    words: u32,
    entry: u32,
}

/// A table from the raw bytes of some columns to a value.
#[derive(Debug)]
pub(super) struct Memo<T> {
    /// Runs of neighbouring columns. A run's bytes tell its fields: the same bytes divide in the same way.
    runs: Vec<Range<usize>>,
    /// Where the hash starts from: another in each run, so that no supply can be made to collide.
    secret: u64,
    slots: Box<[Slot; SLOTS]>,
    /// The keys of all entries, one behind the other.
    keys: Vec<u64>,
    entries: Vec<T>,
    key: [u64; KEY_WORDS_MAX],
}

impl<T> Memo<T> {
    /// A memo of these columns, given in rising order without repeats.
    pub(super) fn new(columns: &[usize]) -> Self {
        Self {
            runs: neighbours(columns),
            secret: RandomState::new().hash_one(0),
            slots: vec![Slot::default(); SLOTS]
                .into_boxed_slice()
                .try_into()
                .expect("as many as were made"),
            keys: Vec::new(),
            entries: Vec::new(),
            key: [0; KEY_WORDS_MAX],
        }
    }

    /// The index (for [`Self::get`]) of what the record's columns come to, evaluating it if it is new; `Err` with the value
    /// itself where it is not remembered.
    #[inline(always)]
    pub(super) fn recall(
        &mut self,
        record: &RecordFields<'_>,
        evaluate: impl FnOnce() -> T,
    ) -> Result<usize, T> {
        let Some((length, hash)) = self.make_key(record) else {
            return Err(evaluate());
        };
        let key = &self.key[..length];
        let mut place = hash as usize % SLOTS;
        loop {
            let slot = self.slots[place];
            if slot.words == 0 {
                break;
            }
            let known = &self.keys[slot.start as usize..][..slot.words as usize];
            if known.len() == key.len() && known.iter().zip(key).all(|(known, word)| known == word)
            {
                return Ok(slot.entry as usize);
            }
            place = (place + 1) % SLOTS;
        }
        if self.entries.len() == ENTRIES_MAX {
            return Err(evaluate());
        }
        self.slots[place] = Slot {
            start: self.keys.len() as u32,
            words: length as u32,
            entry: self.entries.len() as u32,
        };
        self.keys.extend_from_slice(key);
        self.entries.push(evaluate());
        Ok(self.entries.len() - 1)
    }

    #[inline]
    pub(super) fn get(&self, index: usize) -> &T {
        &self.entries[index]
    }

    /// Puts the runs' lengths and bytes into `self.key`; its length in words and its hash.
    ///
    /// PERF: whole words, one load each; the multiplications are chained so that the compiler does not try to do them in
    /// vectors, which have no 64-bit multiplication.
    #[inline(always)]
    fn make_key(&mut self, record: &RecordFields<'_>) -> Option<(usize, u64)> {
        let buffer = record.buffer();
        let mut words = 0;
        let mut hash = self.secret;
        for run in &self.runs {
            let (start, end) = record.span(run);
            let length = end - start;
            let key = self.key.get_mut(words..words + 2 + length / 8)?;
            let (lengths, rest) = key.split_first_mut()?;
            let (tail, whole) = rest.split_last_mut()?;
            *lengths = length as u64;
            hash = mixed(hash, length as u64);
            let bytes = &buffer[start..end];
            for (word, bytes) in whole.iter_mut().zip(bytes.chunks_exact(8)) {
                *word = u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
                hash = mixed(hash, *word);
            }
            *tail = partial_word(buffer, end - length % 8, length % 8);
            hash = mixed(hash, *tail);
            words += 2 + length / 8;
        }
        Some((words, hash))
    }
}

/// One step of a folded-multiply hash (as in wyhash): keyed by the value that it starts from.
#[inline(always)]
fn mixed(hash: u64, word: u64) -> u64 {
    let product = u128::from(hash ^ word) * u128::from(0x9E37_79B9_7F4A_7C15_u64);
    (product as u64) ^ ((product >> 64) as u64)
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

/// Fewer than eight bytes as a word, zeros after them.
#[inline(always)]
fn partial_word(buffer: &[u8], at: usize, length: usize) -> u64 {
    match buffer.get(at..at + 8) {
        Some(eight) => {
            let word = u64::from_le_bytes(eight.try_into().expect("eight bytes"));
            word & ((1 << (8 * length)) - 1)
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
