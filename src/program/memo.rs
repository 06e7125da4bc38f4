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

/// Bytes of a lane, the unit in which keys are made, hashed and compared.
const LANE_BYTES: usize = 32;

/// Most lanes that a run of columns takes; a record with a longer one is looked up in another way.
const LANES_OF_RUN_MAX: usize = 4;

/// Bytes that a column has in the lanes of its run: words of rules are short.
const COLUMN_BYTES: usize = 12;

/// Bytes of a run as words, zeros after them.
type Lane = [u64; LANE_BYTES / 8];

/// Most runs: each has a byte for its length in a word.
const RUNS_MAX: usize = 8;

/// A table from the raw bytes of some columns to a value.
///
#[derive(Debug)]
pub(super) struct Memo<T> {
    /// Runs of neighbouring columns. A run's bytes tell its fields: the same bytes divide in the same way.
    runs: Vec<Run>,
    /// What the hash is keyed by: others in each run, so that no supply can be made to collide.
    secrets: [u64; LANE_BYTES / 8],
    /// 0, or an entry's index and one.
    slots: Box<[u16; SLOTS]>,
    /// The keys of all entries, one behind the other: the lanes of each run.
    keys: Vec<Lane>,
    /// The lengths of each entry's runs, a byte each.
    lengths: Vec<u64>,
    key: Vec<Lane>,
    entries: Vec<T>,
    /// Entries whose keys have no room in lanes.
    long: HashMap<Vec<u8>, usize>,
}

#[derive(Debug)]
struct Run {
    columns: Range<usize>,
    /// How many lanes it has.
    lanes: usize,
}

impl<T> Memo<T> {
    /// A memo of these columns, given in rising order without repeats.
    pub(super) fn new(columns: &[usize]) -> Self {
        let state = RandomState::new();
        let mut lanes = 0;
        let runs: Vec<Run> = neighbours(columns)
            .into_iter()
            .map(|columns| {
                let wanted = (columns.len() * COLUMN_BYTES)
                    .div_ceil(LANE_BYTES)
                    .min(LANES_OF_RUN_MAX);
                lanes += wanted;
                Run {
                    columns,
                    lanes: wanted,
                }
            })
            .collect();
        Self {
            secrets: std::array::from_fn(|index| state.hash_one(index)),
            slots: vec![0; SLOTS]
                .into_boxed_slice()
                .try_into()
                .expect("as many as were made"),
            keys: Vec::new(),
            lengths: Vec::new(),
            key: vec![Lane::default(); lanes],
            entries: Vec::new(),
            long: HashMap::new(),
            runs,
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
        let Some((lengths, hash)) = self.make_key(record) else {
            return self.recall_long(record, evaluate);
        };
        let mut place = hash as usize % SLOTS;
        loop {
            let key = match self.slots[place] {
                0 => break,
                known => usize::from(known) - 1,
            };
            let lanes = self.key.len();
            let known = &self.keys[key * lanes..][..lanes];
            // INVARIANT: lanes alone do not tell a value from the same one with zero bytes after it.
            if self.lengths[key] == lengths
                && known
                    .iter()
                    .zip(&self.key)
                    .all(|(known, lane)| known == lane)
            {
                return Ok(key);
            }
            place = (place + 1) % SLOTS;
        }
        self.remember(place, lengths, evaluate)
    }

    #[cold]
    #[inline(never)]
    fn remember(
        &mut self,
        place: usize,
        lengths: u64,
        evaluate: impl FnOnce() -> T,
    ) -> Result<usize, T> {
        if self.entries.len() == ENTRIES_MAX {
            return Err(evaluate());
        }
        self.entries.push(evaluate());
        self.slots[place] = self.entries.len() as u16;
        self.keys.extend_from_slice(&self.key);
        self.lengths.push(lengths);
        Ok(self.entries.len() - 1)
    }

    /// The same for a record of which a run is too long for its lanes.
    #[cold]
    #[inline(never)]
    fn recall_long(
        &mut self,
        record: &RecordFields<'_>,
        evaluate: impl FnOnce() -> T,
    ) -> Result<usize, T> {
        let mut key = Vec::new();
        for run in &self.runs {
            let (start, end) = record.span(&run.columns);
            key.extend_from_slice(&(end - start).to_le_bytes());
            key.extend_from_slice(&record.buffer()[start..end]);
        }
        if let Some(&entry) = self.long.get(&key) {
            return Ok(entry);
        }
        if self.entries.len() == ENTRIES_MAX || key.len() > LONG_KEY_BYTES_MAX {
            return Err(evaluate());
        }
        self.entries.push(evaluate());
        self.long.insert(key, self.entries.len() - 1);
        // Every entry has lanes and lengths, so that one index serves all; no slot leads to these.
        self.keys
            .resize(self.keys.len() + self.key.len(), Lane::default());
        self.lengths.push(0);
        Ok(self.entries.len() - 1)
    }

    #[inline(always)]
    pub(super) fn get(&self, index: usize) -> &T {
        &self.entries[index]
    }

    /// Puts the runs' bytes into `self.key`, and gives their lengths and the hash; `None` if they have no room.
    ///
    /// PERF: a lane is masked, hashed and compared as four words. With the memo of months and standings made beforehand, against keys
    /// of single words: 0.85 of the user time of a `split`, in pairs; 1,140 instead of 1,300 instructions a record of a `check` (callgrind).
    #[inline(always)]
    fn make_key(&mut self, record: &RecordFields<'_>) -> Option<(u64, u64)> {
        if self.runs.len() > RUNS_MAX {
            return None;
        }
        let buffer = record.buffer();
        let (mut lengths, mut hash) = (0_u64, 0_u64);
        let mut lanes = self.key.iter_mut();
        for run in &self.runs {
            let (start, end) = record.span(&run.columns);
            let length = end - start;
            if length > run.lanes * LANE_BYTES {
                return None;
            }
            lengths = lengths << 8 | length as u64;
            for index in 0..run.lanes {
                let from = start + index * LANE_BYTES;
                let bytes: &[u8; LANE_BYTES] = buffer.get(from..)?.first_chunk()?;
                let mask = &MASKS[length.saturating_sub(index * LANE_BYTES).min(LANE_BYTES)];
                let (words, _) = bytes.as_chunks::<8>();
                let masked = |at: usize| u64::from_le_bytes(words[at]) & mask[at];
                let [a, b, c, d] = [masked(0), masked(1), masked(2), masked(3)];
                *lanes.next()? = [a, b, c, d];
                let [w, x, y, z] = self.secrets;
                hash = hash.rotate_left(23) ^ folded(a ^ w, b ^ x) ^ folded(c ^ y, d ^ z);
            }
        }
        hash ^= folded(lengths ^ self.secrets[0], hash ^ self.secrets[1]);
        Some((lengths, hash ^ (hash >> 32)))
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
                .is_ok();
            assert_eq!(remembered, number < ENTRIES_MAX);
        }
        let (buffer, ends) = fields(&[vec![b'x'; 5000]]);
        assert_eq!(
            memo.recall(&RecordFields::new(&buffer, 0, &ends), || 7),
            Err(7)
        );
    }
}
