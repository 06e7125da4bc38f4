//! Remembers what few distinct combinations of words come to. Keys are whole, so a hash alone never
//! decides; the table is keyed afresh in each run and bounded, so hostile values cannot grow or flood it.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

use super::fields::RecordFields;

/// Slots; a power of two.
const SLOTS: usize = 1 << 12;

/// Combinations that are remembered at most.
const ENTRIES_MAX: usize = SLOTS / 2;

/// Slots that are looked at for a key: hashes that meet cost no more than this.
const PROBES_MAX: usize = 64;

/// Bytes of a lane, the unit in which keys are made, hashed and compared.
const LANE_BYTES: usize = 32;

/// Most lanes of a key; a record with a longer one is looked up in another way.
const LANES_MAX: usize = 8;

/// Bytes of a run as words, zeros after them.
type Lane = [u64; LANE_BYTES / 8];

/// Most runs: each has a byte for its length in a word.
const RUNS_MAX: usize = 8;

/// A table from the raw bytes of some columns to a value.
#[derive(Debug)]
pub(super) struct Memo<T> {
    /// Runs of neighbouring columns. A run's bytes tell its fields: the same bytes divide in the same way.
    runs: Vec<Range<usize>>,
    /// What the hash is keyed by: others in each run, so that no supply can be made to collide.
    secrets: [u64; 2],
    /// 0, or an entry's index and one.
    slots: Box<[u16; SLOTS]>,
    /// The keys of all entries, one behind the other.
    lanes: Vec<Lane>,
    /// Where each entry's key is.
    keys: Vec<Key>,
    entries: Vec<T>,
    /// Entries whose keys have no room in lanes.
    long: HashMap<Vec<u8>, usize>,
}

/// A key among all lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key {
    /// The lengths of its runs, a byte each. INVARIANT: lanes alone do not tell a value from the same one with zero bytes after
    /// it; and the lengths tell how many lanes there are.
    lengths: u64,
    start: u32,
}

/// No lengths of runs: as no key has them, no slot leads to an entry with these.
const NO_LENGTHS: u64 = u64::MAX;

impl<T> Memo<T> {
    /// A memo of these columns, given in rising order without repeats.
    pub(super) fn new(columns: &[usize]) -> Self {
        let state = RandomState::new();
        Self {
            runs: neighbours(columns),
            secrets: std::array::from_fn(|index| state.hash_one(index)),
            slots: vec![0; SLOTS]
                .into_boxed_slice()
                .try_into()
                .expect("as many as were made"),
            lanes: Vec::new(),
            keys: Vec::new(),
            entries: Vec::new(),
            long: HashMap::new(),
        }
    }

    /// The index (for [`Self::get`]) of what the record's columns come to, evaluating it if it is new; `None`, with nothing
    /// evaluated, where it is not remembered.
    #[inline(always)]
    pub(super) fn recall(
        &mut self,
        record: &RecordFields<'_>,
        evaluate: impl FnOnce() -> T,
    ) -> Option<usize> {
        let mut room = [Lane::default(); LANES_MAX];
        let Some((lengths, hash, lanes)) = self.make_key(record, &mut room) else {
            return self.recall_long(record, evaluate);
        };
        let key = &room[..lanes];
        let mut place = hash as usize % SLOTS;
        for _ in 0..PROBES_MAX {
            let entry = match self.slots[place] {
                0 => return self.remember(place, lengths, key, evaluate),
                entry => usize::from(entry) - 1,
            };
            let known = self.keys[entry];
            if known.lengths == lengths && self.lanes[known.start as usize..][..lanes] == *key {
                return Some(entry);
            }
            place = (place + 1) % SLOTS;
        }
        None
    }

    #[cold]
    #[inline(never)]
    fn remember(
        &mut self,
        place: usize,
        lengths: u64,
        key: &[Lane],
        evaluate: impl FnOnce() -> T,
    ) -> Option<usize> {
        if self.entries.len() == ENTRIES_MAX {
            return None;
        }
        self.entries.push(evaluate());
        self.slots[place] = self.entries.len() as u16;
        self.keys.push(Key {
            lengths,
            start: self.lanes.len() as u32,
        });
        self.lanes.extend_from_slice(key);
        Some(self.entries.len() - 1)
    }

    /// The same for a record of which a run is too long for its lanes.
    #[cold]
    #[inline(never)]
    fn recall_long(
        &mut self,
        record: &RecordFields<'_>,
        evaluate: impl FnOnce() -> T,
    ) -> Option<usize> {
        let mut key = Vec::new();
        for run in &self.runs {
            let (start, end) = record.span(run);
            key.extend_from_slice(&(end - start).to_le_bytes());
            key.extend_from_slice(&record.buffer()[start..end]);
        }
        if let Some(&entry) = self.long.get(&key) {
            return Some(entry);
        }
        if self.entries.len() == ENTRIES_MAX || key.len() > LONG_KEY_BYTES_MAX {
            return None;
        }
        self.entries.push(evaluate());
        self.long.insert(key, self.entries.len() - 1);
        // Every entry has a key, so that one index serves all; no slot leads to these.
        self.keys.push(Key {
            lengths: NO_LENGTHS,
            start: 0,
        });
        Some(self.entries.len() - 1)
    }

    #[inline(always)]
    pub(super) fn get(&self, index: usize) -> &T {
        &self.entries[index]
    }

    /// Puts the runs' bytes into `key`, and gives their lengths, the hash, and how many lanes there are; `None` if they have no
    /// room.
    #[inline(always)]
    fn make_key(
        &self,
        record: &RecordFields<'_>,
        key: &mut [Lane; LANES_MAX],
    ) -> Option<(u64, u64, usize)> {
        if self.runs.len() > RUNS_MAX {
            return None;
        }
        let [secret, other_secret] = self.secrets;
        let buffer = record.buffer();
        let (mut lengths, mut hash) = (0_u64, 0_u64);
        let mut lanes = key.iter_mut();
        for run in &self.runs {
            let (mut start, end) = record.span(run);
            let length = end - start;
            if length > LANES_MAX * LANE_BYTES - 1 {
                return None;
            }
            lengths = lengths << 8 | length as u64;
            loop {
                let bytes: &[u8; LANE_BYTES] = buffer.get(start..)?.first_chunk()?;
                let mask = &MASKS[(end - start).min(LANE_BYTES)];
                let (words, _) = bytes.as_chunks::<8>();
                let [a, b, c, d] =
                    std::array::from_fn(|at| u64::from_le_bytes(words[at]) & mask[at]);
                *lanes.next()? = [a, b, c, d];
                hash = hash.rotate_left(23)
                    ^ folded(
                        a ^ c.rotate_left(29) ^ secret,
                        b ^ d.rotate_left(31) ^ other_secret,
                    );
                start += LANE_BYTES;
                if start >= end {
                    break;
                }
            }
        }
        let lanes = LANES_MAX - lanes.len();
        hash ^= lengths.wrapping_mul(secret | 1);
        Some((lengths, hash ^ (hash >> 32), lanes))
    }
}

/// Longest key of a record whose words have no room in lanes.
const LONG_KEY_BYTES_MAX: usize = 4096;

/// For each count of bytes up to a lane's, what keeps so many of a lane.
static MASKS: [Lane; LANE_BYTES + 1] = {
    let mut masks = [[0; LANE_BYTES / 8]; LANE_BYTES + 1];
    let mut count = 0;
    while count <= LANE_BYTES {
        let mut byte = 0;
        while byte < count {
            masks[count][byte / 8] |= 0xFF << (8 * (byte % 8));
            byte += 1;
        }
        count += 1;
    }
    masks
};

/// A product's halves together, as wyhash folds them.
#[inline(always)]
fn folded(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
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
        buffer.resize(buffer.len() + crate::records::PADDING, b'z');
        (buffer, ends)
    }

    proptest! {
        #[test]
        fn only_equal_columns_are_recalled(
            records in proptest::collection::vec(
                proptest::collection::vec(proptest::collection::vec(prop_oneof![Just(0_u8), Just(b'a'), Just(b'b')], 0..50), 2),
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
    fn zero_bytes_at_the_end_are_part_of_a_key() {
        // Keys of which many have the same lanes, so that some lie beside each other in the table.
        let mut memo = Memo::new(&[0, 1, 2, 3, 4, 5, 6, 7, 8]);
        let blanks = vec![Vec::new(); 8];
        for text in b'a'..b'a' + 15 {
            for zeros in 0..100 {
                let last = [&[text][..], &vec![0; zeros]].concat();
                let columns = [&blanks[..], std::slice::from_ref(&last)].concat();
                let (buffer, ends) = fields(&columns);
                let record = RecordFields::new(&buffer, 0, &ends);
                let found = memo.recall(&record, || last.clone());
                assert_eq!(memo.get(found.expect("a key with room")), &last);
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
                .is_some();
            assert_eq!(remembered, number < ENTRIES_MAX);
        }
        let (buffer, ends) = fields(&[vec![b'x'; 5000]]);
        assert_eq!(
            memo.recall(&RecordFields::new(&buffer, 0, &ends), || 7),
            None
        );
    }
}
