//! The keys of a list, in memory: found by a keyed hash, told apart by their bytes.

use ahash::RandomState;
use hashbrown::HashTable;
use sha2::{Digest, Sha256};

/// The keys of a suppression list.
#[derive(Debug)]
pub(super) struct KeySet {
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

impl KeySet {
    pub(super) fn of_texts() -> Self {
        Self {
            hasher: RandomState::new(),
            keys: Keys::Texts {
                bytes: Vec::new(),
                slots: HashTable::new(),
            },
        }
    }

    pub(super) fn of_digests() -> Self {
        Self {
            hasher: RandomState::new(),
            keys: Keys::Digests(HashTable::new()),
        }
    }

    /// Adds a joined key, which is digested first where the set holds digests.
    pub(super) fn insert_text(&mut self, key: &[u8]) {
        let Keys::Texts { bytes, slots } = &mut self.keys else {
            return self.insert_digest(Sha256::digest(key).into());
        };
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

    #[inline]
    pub(super) fn contains(&self, key: &[u8]) -> bool {
        match &self.keys {
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
