//! The keys of a list, in memory: found by a keyed hash, told apart by their bytes.

use ahash::RandomState;
use hashbrown::HashTable;
use sha2::{Digest, Sha256};

/// The keys of a suppression list.
#[derive(Debug)]
pub(super) struct KeySet {
    filter: Filter,
    /// Keyed anew in each run, so that no list can be made to collide.
    hasher: RandomState,
    keys: Keys,
}

#[derive(Debug)]
enum Keys {
    Texts {
        /// All keys, one behind the other.
        bytes: Vec<u8>,
        slots: HashTable<Slot>,
    },
    Digests(HashTable<[u8; 32]>),
}

/// Where a key stands among the bytes.
#[derive(Debug, Clone, Copy)]
struct Slot {
    /// Kept, so that a growing table reads no key again.
    hash: u64,
    start: usize,
    length: usize,
}

impl Slot {
    fn of(self, bytes: &[u8]) -> &[u8] {
        &bytes[self.start..self.start + self.length]
    }
}

/// Bits that tell at once that most keys are not in a set; what they let through is then looked up.
///
/// PERF: a look-up costs a hash of the whole key and a probe; a bit costs one multiplication of the key's end.
#[derive(Debug)]
struct Filter {
    /// A power of two of words; none lets everything through.
    words: Vec<u64>,
    /// Another in each run.
    secret: u64,
}

/// Bits of a filter for each key.
const FILTER_BITS_PER_KEY: usize = 16;

/// Words of the largest filter: 16 MiB.
const FILTER_WORDS_MAX: usize = 1 << 21;

impl Filter {
    fn new() -> Self {
        Self {
            words: Vec::new(),
            secret: 0,
        }
    }

    fn of<'k>(keys: impl Iterator<Item = &'k [u8]>, count: usize) -> Self {
        let words = (count * FILTER_BITS_PER_KEY / 64)
            .next_power_of_two()
            .clamp(64, FILTER_WORDS_MAX);
        let mut filter = Self {
            words: vec![0; words],
            secret: RandomState::new().hash_one(0),
        };
        for key in keys {
            let (word, bit) = filter.place(key);
            filter.words[word] |= bit;
        }
        filter
    }

    #[inline(always)]
    fn may_hold(&self, key: &[u8]) -> bool {
        if self.words.is_empty() {
            return true;
        }
        let (word, bit) = self.place(key);
        self.words[word] & bit != 0
    }

    #[inline(always)]
    fn place(&self, key: &[u8]) -> (usize, u64) {
        let end = match key.last_chunk::<8>() {
            Some(end) => u64::from_le_bytes(*end),
            None => key.iter().fold(0, |end, &byte| end << 8 | u64::from(byte)),
        };
        let product = u128::from(end ^ self.secret) * u128::from(0x9E37_79B9_7F4A_7C15_u64);
        let hash = (product as u64) ^ ((product >> 64) as u64) ^ key.len() as u64;
        (
            (hash >> 6) as usize & (self.words.len() - 1),
            1 << (hash & 63),
        )
    }
}

impl KeySet {
    pub(super) fn of_texts() -> Self {
        Self {
            filter: Filter::new(),
            hasher: RandomState::new(),
            keys: Keys::Texts {
                bytes: Vec::new(),
                slots: HashTable::new(),
            },
        }
    }

    pub(super) fn of_digests() -> Self {
        Self {
            filter: Filter::new(),
            hasher: RandomState::new(),
            keys: Keys::Digests(HashTable::new()),
        }
    }

    /// Adds a joined key to a set of texts.
    pub(super) fn insert_text(&mut self, key: &[u8]) {
        let Keys::Texts { bytes, slots } = &mut self.keys else {
            // INVARIANT: a list holds keys or digests, never both.
            panic!("a text for a set of digests");
        };
        self.filter = Filter::new();
        let hash = self.hasher.hash_one(key);
        if slots
            .find(hash, |slot| slot.hash == hash && slot.of(bytes) == key)
            .is_some()
        {
            return;
        }
        let slot = Slot {
            hash,
            start: bytes.len(),
            length: key.len(),
        };
        bytes.extend_from_slice(key);
        slots.insert_unique(hash, slot, |slot| slot.hash);
    }

    /// Adds the digest of a key to a set of digests.
    pub(super) fn insert_digest(&mut self, digest: [u8; 32]) {
        let Keys::Digests(digests) = &mut self.keys else {
            // INVARIANT: a list holds keys or digests, never both.
            panic!("a digest for a set of texts");
        };
        let hasher = &self.hasher;
        let hash = hasher.hash_one(digest);
        if digests.find(hash, |known| *known == digest).is_none() {
            digests.insert_unique(hash, digest, |known| hasher.hash_one(known));
        }
    }

    /// Builds the filter; keys that are added later are found all the same, without it.
    pub(super) fn seal(&mut self) {
        if let Keys::Texts { bytes, slots } = &self.keys {
            self.filter = Filter::of(slots.iter().map(|slot| slot.of(bytes)), slots.len());
        }
    }

    #[inline]
    pub(super) fn contains(&self, key: &[u8]) -> bool {
        match &self.keys {
            Keys::Texts { .. } if !self.filter.may_hold(key) => false,
            Keys::Texts { bytes, slots } => {
                let hash = self.hasher.hash_one(key);
                slots
                    .find(hash, |slot| slot.hash == hash && slot.of(bytes) == key)
                    .is_some()
            }
            Keys::Digests(digests) => {
                let digest: [u8; 32] = Sha256::digest(key).into();
                digests
                    .find(self.hasher.hash_one(digest), |known| *known == digest)
                    .is_some()
            }
        }
    }

    #[inline(always)]
    pub(super) fn surely_lacks(&self, key: &[u8]) -> bool {
        matches!(self.keys, Keys::Texts { .. }) && !self.filter.may_hold(key)
    }

    pub(super) fn len(&self) -> usize {
        match &self.keys {
            Keys::Texts { slots, .. } => slots.len(),
            Keys::Digests(digests) => digests.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_each_key_once() {
        let mut set = KeySet::of_texts();
        for key in ["a", "b", "ab", "", "a"] {
            set.insert_text(key.as_bytes());
        }
        assert_eq!(set.len(), 4);
        assert!(set.contains(b"ab") && set.contains(b"") && !set.contains(b"c"));
    }

    #[test]
    fn a_sealed_set_holds_what_it_held() {
        let mut set = KeySet::of_texts();
        let key = |number: u32| format!("{number:0width$}", width = number as usize % 12);
        (0..3_000)
            .filter(|number| number % 3 == 0)
            .for_each(|number| set.insert_text(key(number).as_bytes()));
        let held: Vec<bool> = (0..3_000)
            .map(|number| set.contains(key(number).as_bytes()))
            .collect();
        set.seal();
        assert!(
            (0..3_000).all(|number| set.contains(key(number).as_bytes()) == held[number as usize])
        );
        assert!(
            (0..3_000)
                .all(|number| !held[number as usize] || !set.surely_lacks(key(number).as_bytes()))
        );
        assert!((0..3_000).any(|number| set.surely_lacks(key(number).as_bytes())));
        set.insert_text(b"late");
        assert!(set.contains(b"late") && !set.surely_lacks(b"late"));
    }

    #[test]
    fn a_set_of_digests_digests_what_it_is_asked() {
        let mut set = KeySet::of_digests();
        set.insert_digest(Sha256::digest(b"ann|1").into());
        set.insert_digest(Sha256::digest(b"ann|1").into());
        assert_eq!(set.len(), 1);
        assert!(set.contains(b"ann|1"));
        assert!(!set.contains(b"ann|2"));
        assert!(!set.contains(&Sha256::digest(b"ann|1")));
    }

    #[test]
    fn each_set_hashes_with_a_secret_of_its_own() {
        let sets = [KeySet::of_texts(), KeySet::of_texts(), KeySet::of_digests()];
        let mut hashes = sets.map(|set| set.hasher.hash_one(b"key"));
        hashes.sort_unstable();
        assert!(hashes[0] != hashes[1] && hashes[1] != hashes[2]);
        let secret = || Filter::of([&b"key"[..]].into_iter(), 1).secret;
        assert_ne!(secret(), secret());
    }

    #[test]
    fn many_keys_survive_growth() {
        let mut set = KeySet::of_texts();
        for number in 0..50_000 {
            set.insert_text(format!("key {number}").as_bytes());
        }
        assert_eq!(set.len(), 50_000);
        assert!((0..50_000).all(|number| set.contains(format!("key {number}").as_bytes())));
        assert!(!set.contains(b"key 50000"));
    }
}
