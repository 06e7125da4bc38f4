//! The keys of a list, in memory: found by a keyed hash, told apart by their bytes.

use ahash::RandomState;
use hashbrown::HashTable;
use sha2::{Digest, Sha256};
use std::fmt;

use super::filter::Filter;

/// Keys while a list is read, in the order of its rows.
#[derive(Debug)]
pub(super) struct Keys {
    texts: Texts,
    are_digests: bool,
}

/// Texts, one behind the other.
#[derive(Default)]
struct Texts {
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<usize>,
}

impl fmt::Debug for Texts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} texts", self.ends.len())
    }
}

impl Texts {
    fn get(&self, index: usize) -> &[u8] {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[index]]
    }
}

/// The keys of a suppression list.
#[derive(Debug)]
pub(super) struct KeySet {
    filter: Filter,
    /// Keyed anew in each run, so that no list can be made to collide.
    hasher: RandomState,
    texts: Texts,
    /// The index of each distinct text.
    ///
    /// PERF: made once all keys are known, so that it never grows, and of indices. Against one that grew, of hashes and places, and with
    /// rows looked through for quotes one by one: 200,000 keys in 0.45 to 0.54 of the time, 5 million in 0.39 (1.26 instead of 3.22 s) and in
    /// half the memory (188 instead of 375 MiB).
    table: HashTable<u32>,
    are_digests: bool,
}

impl Keys {
    /// No joined keys yet.
    pub(super) fn of_texts() -> Self {
        Self {
            texts: Texts::default(),
            are_digests: false,
        }
    }

    /// No SHA-256 digests of joined keys yet.
    pub(super) fn of_digests() -> Self {
        Self {
            are_digests: true,
            ..Self::of_texts()
        }
    }

    /// Adds a key, or a digest to digests.
    pub(super) fn add(&mut self, key: &[u8]) {
        self.texts.bytes.extend_from_slice(key);
        self.texts.ends.push(self.texts.bytes.len());
    }

    /// The set of all of them.
    ///
    /// # Panics
    /// If there are more than four thousand million.
    pub(super) fn into_set(self) -> KeySet {
        let Self { texts, are_digests } = self;
        let count = u32::try_from(texts.ends.len()).expect("as many keys as have a number");
        let hasher = RandomState::new();
        let hash_of = |index: u32| hasher.hash_one(texts.get(index as usize));
        let mut table = HashTable::with_capacity(count as usize);
        for index in 0..count {
            let key = texts.get(index as usize);
            let is_same = |known: &u32| texts.get(*known as usize) == key;
            table
                .entry(hash_of(index), is_same, |&known| hash_of(known))
                .or_insert(index);
        }
        let filter = Filter::of(
            (0..count as usize).map(|index| texts.get(index)),
            count as usize,
        );
        KeySet {
            filter,
            hasher,
            texts,
            table,
            are_digests,
        }
    }
}

impl KeySet {
    /// Whether a joined key is in the set, or its digest if it is one of digests.
    #[inline]
    pub(super) fn contains(&self, key: &[u8]) -> bool {
        if self.are_digests {
            let digest: [u8; 32] = Sha256::digest(key).into();
            self.holds(&digest)
        } else {
            self.holds(key)
        }
    }

    #[inline]
    fn holds(&self, text: &[u8]) -> bool {
        self.filter.may_hold(text) && {
            let is_same = |known: &u32| self.texts.get(*known as usize) == text;
            self.table
                .find(self.hasher.hash_one(text), is_same)
                .is_some()
        }
    }

    /// Whether a joined key is certain not to be in the set.
    #[inline(always)]
    pub(super) fn surely_lacks(&self, key: &[u8]) -> bool {
        !self.are_digests && !self.filter.may_hold(key)
    }

    /// Distinct keys.
    pub(super) fn len(&self) -> usize {
        self.table.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set_of(keys: impl IntoIterator<Item = impl AsRef<[u8]>>) -> KeySet {
        let mut set = Keys::of_texts();
        keys.into_iter().for_each(|key| set.add(key.as_ref()));
        set.into_set()
    }

    #[test]
    fn a_set_holds_each_key_once() {
        let set = set_of(["a", "b", "ab", "", "a"]);
        assert_eq!(set.len(), 4);
        assert!(set.contains(b"ab") && set.contains(b"") && !set.contains(b"c"));
        let none = set_of([] as [&str; 0]);
        assert_eq!(none.len(), 0);
        assert!(!none.contains(b"") && none.surely_lacks(b""));
    }

    #[test]
    fn what_it_surely_lacks_it_does_not_hold() {
        let key = |number: u32| format!("{number:0width$}", width = number as usize % 12);
        let set = set_of((0..3_000).filter(|number| number % 3 == 0).map(key));
        let held =
            |number: u32| (0..3_000).any(|other| other % 3 == 0 && key(other) == key(number));
        for number in 0..3_000 {
            let key = key(number);
            assert_eq!(set.contains(key.as_bytes()), held(number));
            assert!(!held(number) || !set.surely_lacks(key.as_bytes()));
        }
        assert!((0..3_000).any(|number| set.surely_lacks(key(number).as_bytes())));
    }

    #[test]
    fn a_set_of_digests_digests_what_it_is_asked() {
        let mut set = Keys::of_digests();
        set.add(&Sha256::digest(b"ann|1"));
        set.add(&Sha256::digest(b"ann|1"));
        let set = set.into_set();
        assert_eq!(set.len(), 1);
        assert!(set.contains(b"ann|1") && !set.surely_lacks(b"ann|1"));
        assert!(!set.contains(b"ann|2"));
        assert!(!set.contains(&Sha256::digest(b"ann|1")));
    }

    #[test]
    fn each_set_hashes_with_a_secret_of_its_own() {
        let mut hashes = [(); 3].map(|()| set_of(["key"]).hasher.hash_one(b"key"));
        hashes.sort_unstable();
        assert!(hashes[0] != hashes[1] && hashes[1] != hashes[2]);
    }

    #[test]
    fn many_keys_are_held() {
        let key = |number: u32| format!("key {number}");
        let set = set_of((0..50_000).map(key));
        assert_eq!(set.len(), 50_000);
        assert!((0..50_000).all(|number| set.contains(key(number).as_bytes())));
        assert!(!set.contains(b"key 50000"));
    }
}
