//! Remembers what few distinct combinations of words come to. Keys are whole, so a hash alone never
//! decides; the table is keyed afresh in each run and bounded, so hostile values cannot grow or flood it.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

use super::fields::RecordFields;
use crate::records::PADDING;

/// Slots; a power of two.
const SLOTS: usize = 1 << 12;

/// Combinations that are remembered at most.
const ENTRIES_MAX: usize = SLOTS / 2;

/// Slots that are looked at for a key: hashes that meet cost no more than this.
const PROBES_MAX: usize = 64;

/// Bytes of a lane, the unit in which keys are made, hashed and compared.
const LANE_BYTES: usize = 32;

/// Longest run in lanes; a record with a longer one is looked up in another way.
const LENGTH_MAX: usize = 240;

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

/// The lengths of an entry whose key has no lanes: no slot leads to it.
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

    /// The index (for [`Self::get`]) of what the record's columns come to, or where it may be remembered.
    #[inline(always)]
    pub(super) fn find(&self, record: &RecordFields<'_>) -> Result<usize, Unknown> {
        let mut spans = [Span::default(); RUNS_MAX];
        let Some((lengths, hash)) = self.hash(record, &mut spans) else {
            return Err(Unknown::Long);
        };
        let mut place = hash as usize % SLOTS;
        for _ in 0..PROBES_MAX {
            let entry = match self.slots[place] {
                0 => return Err(Unknown::Lanes { place, lengths }),
                entry => usize::from(entry) - 1,
            };
            let known = self.keys[entry];
            if known.lengths == lengths && self.is_key(known.start, record.buffer(), &spans) {
                return Ok(entry);
            }
            place = (place + 1) % SLOTS;
        }
        Err(Unknown::Crowded)
    }

    /// Remembers what the record's columns come to, evaluating it; `None`, with nothing evaluated, where there is no room.
    #[cold]
    #[inline(never)]
    pub(super) fn remember(
        &mut self,
        unknown: Unknown,
        record: &RecordFields<'_>,
        evaluate: impl FnOnce() -> T,
    ) -> Option<usize> {
        if let Unknown::Long = unknown {
            return self.remember_long(record, evaluate);
        }
        let Unknown::Lanes { place, lengths } = unknown else {
            return None;
        };
        if self.entries.len() == ENTRIES_MAX {
            return None;
        }
        self.entries.push(evaluate());
        self.slots[place] = self.entries.len() as u16;
        self.keys.push(Key {
            lengths,
            start: self.lanes.len() as u32,
        });
        for run in &self.runs {
            let (start, end) = record.span(run);
            for done in (0..(end - start).max(1)).step_by(LANE_BYTES) {
                let bytes: &[u8; LANE_BYTES] = record.buffer()[start + done..]
                    .first_chunk()
                    .expect("it was found to be there");
                self.lanes.push(lane(bytes, end - start - done));
            }
        }
        Some(self.entries.len() - 1)
    }

    /// The same for a record of which a run is too long for its lanes.
    fn remember_long(
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

    /// Tells where the runs are, and gives their lengths and a hash of them; `None` if they have no room in lanes.
    ///
    /// PERF: up to 32 bytes of a run are hashed whole, and of a longer one the first 24 and the last 8: the key is compared in any
    /// case, and few slots are looked at.
    #[inline(always)]
    fn hash(&self, record: &RecordFields<'_>, spans: &mut [Span; RUNS_MAX]) -> Option<(u64, u64)> {
        let [secret, other_secret] = self.secrets;
        let buffer = record.buffer();
        let (mut lengths, mut hash) = (0_u64, 0_u64);
        if self.runs.len() > RUNS_MAX {
            return None;
        }
        for (run, span) in self.runs.iter().zip(spans) {
            let (start, end) = record.span(run);
            let length = end - start;
            let text: &[u8; PADDING] = buffer.get(start..)?.first_chunk()?;
            if length > LENGTH_MAX {
                return None;
            }
            *span = Span {
                start: start as u32,
                length: length as u32,
            };
            lengths = lengths << 8 | length as u64;
            let word = |at: usize| text[at..].first_chunk().copied().map(u64::from_le_bytes);
            hash = hash.rotate_left(23)
                ^ if length >= 16 {
                    let third = word((length - 8).min(16))?;
                    folded(
                        word(0)? ^ third.rotate_left(29) ^ secret,
                        word(8)? ^ word(length - 8)?.rotate_left(31) ^ other_secret,
                    )
                } else {
                    let mask = &MASKS[length];
                    folded(
                        (word(0)? & mask[0]) ^ secret,
                        (word(8)? & mask[1]) ^ other_secret,
                    )
                };
        }
        hash ^= lengths.wrapping_mul(secret | 1);
        Some((lengths, hash ^ (hash >> 32)))
    }

    /// Whether the runs' bytes are the lanes from `start` on. INVARIANT: these are of a key with runs as long.
    #[inline(always)]
    fn is_key(&self, start: u32, buffer: &[u8], spans: &[Span; RUNS_MAX]) -> bool {
        let mut known = self.lanes[start as usize..].iter();
        for &Span { start, length } in &spans[..self.runs.len()] {
            let Some(text) = buffer[start as usize..].first_chunk::<PADDING>() else {
                return false;
            };
            let (lanes, _) = text.as_chunks::<LANE_BYTES>();
            if known.next() != Some(&lane(&lanes[0], length as usize)) {
                return false;
            }
            for (index, bytes) in lanes.iter().enumerate().skip(1) {
                let done = index * LANE_BYTES;
                if done >= length as usize {
                    break;
                }
                if known.next() != Some(&lane(bytes, length as usize - done)) {
                    return false;
                }
            }
        }
        true
    }
}

/// A combination that [`Memo::find`] did not find.
#[derive(Debug, Clone, Copy)]
pub(super) enum Unknown {
    /// It may be remembered at this place, with these lengths.
    Lanes {
        /// A slot.
        place: usize,
        /// The lengths of its runs.
        lengths: u64,
    },
    /// It has no room in lanes.
    Long,
    /// Every slot that it may have is taken.
    Crowded,
}

/// Where a run of columns is.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    start: u32,
    length: u32,
}

/// A lane's bytes, of which so many count, or all.
#[inline(always)]
fn lane(bytes: &[u8; LANE_BYTES], length: usize) -> Lane {
    let mask = &MASKS[length.min(LANE_BYTES)];
    let (words, _) = bytes.as_chunks::<8>();
    std::array::from_fn(|at| u64::from_le_bytes(words[at]) & mask[at])
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
mod whole_keys;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    impl<T> Memo<T> {
        fn recall(
            &mut self,
            record: &RecordFields<'_>,
            evaluate: impl FnOnce() -> T,
        ) -> Option<usize> {
            match self.find(record) {
                Ok(entry) => Some(entry),
                Err(unknown) => self.remember(unknown, record, evaluate),
            }
        }
    }

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
        let mut memo = Memo::new(&[0]);
        let recall = |memo: &mut Memo<usize>, value: &[u8]| {
            let (buffer, ends) = fields(&[value.to_vec()]);
            memo.recall(&RecordFields::new(&buffer, 0, &ends), || value.len())
        };
        let known = recall(&mut memo, b"Y\0");
        // Every slot leads to that entry, as if all hashes were one.
        memo.slots.fill(1);
        for other in [&b"Y"[..], b"Y\0\0", b"", b"\0", b"Z\0", b"Y\x01"] {
            assert_eq!(recall(&mut memo, other), None, "{}", other.escape_ascii());
        }
        assert_eq!(recall(&mut memo, b"Y\0"), known);
        assert_eq!(known.map(|known| *memo.get(known)), Some(2));
    }

    #[test]
    fn long_values_and_many_columns_are_remembered_too() {
        let recall = |memo: &mut Memo<usize>, columns: &[Vec<u8>], value: usize| {
            let (buffer, ends) = fields(columns);
            let found = memo.recall(&RecordFields::new(&buffer, 0, &ends), || value);
            found.map(|found| *memo.get(found))
        };
        let mut long = Memo::new(&[0]);
        let every_other: Vec<usize> = (0..=2 * RUNS_MAX).step_by(2).collect();
        let mut wide = Memo::new(&every_other);
        for round in 0..2 {
            for number in 1..5 {
                // What is not evaluated again is what it was in the first round.
                let value = number + 100 * round;
                let columns = [vec![b'x'; 300 * number]];
                assert_eq!(recall(&mut long, &columns, value), Some(number));
                let mut columns = vec![vec![b'x']; 2 * RUNS_MAX + 1];
                columns[4 * number] = vec![b'y'];
                assert_eq!(recall(&mut wide, &columns, value), Some(number));
            }
        }
        let too_long = [vec![b'x'; LONG_KEY_BYTES_MAX]];
        assert_eq!(recall(&mut long, &too_long, 7), None);
    }

    #[test]
    fn the_table_is_bounded() {
        let mut memo = Memo::new(&[0]);
        // Which slots are crowded depends on the hashes, which no run has twice.
        for number in 0..3 * ENTRIES_MAX {
            let (buffer, ends) = fields(&[number.to_string().into_bytes()]);
            let full = memo.entries.len() == ENTRIES_MAX;
            let remembered = memo
                .recall(&RecordFields::new(&buffer, 0, &ends), || number)
                .is_some();
            assert!(!(full && remembered));
        }
        assert_eq!(memo.entries.len(), ENTRIES_MAX);
        let (buffer, ends) = fields(&[vec![b'x'; 5000]]);
        assert_eq!(
            memo.recall(&RecordFields::new(&buffer, 0, &ends), || 7),
            None
        );
    }
}
