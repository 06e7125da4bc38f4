//! A filter before a set of keys. Knows nothing of the set.

use ahash::RandomState;

/// Bits that tell at once that most keys are not in a set; what they let through is then looked up.
///
/// PERF: a look-up costs a hash of the whole key and a probe; a bit costs one multiplication of the key's ends.
#[derive(Debug)]
pub(super) struct Filter {
    /// A power of two of words.
    words: Vec<u64>,
    /// Another in each run.
    secret: u64,
}

/// Bits of a filter for each key; two of them are set in one word.
const FILTER_BITS_PER_KEY: usize = 8;

/// Words of the largest filter: 16 MiB, for 16 million keys.
const FILTER_WORDS_MAX: usize = 1 << 21;

impl Filter {
    /// A filter for these keys, of which there are so many.
    pub(super) fn of<'k>(keys: impl Iterator<Item = &'k [u8]>, count: usize) -> Self {
        let words = (count * FILTER_BITS_PER_KEY / 64)
            .next_power_of_two()
            .clamp(64, FILTER_WORDS_MAX);
        let mut filter = Self {
            words: vec![0; words],
            secret: RandomState::new().hash_one(0),
        };
        for key in keys {
            let (word, bits) = filter.place(key);
            filter.words[word] |= bits;
        }
        filter
    }

    /// Whether a key may be one of them; it is none for sure if not.
    #[inline(always)]
    pub(super) fn may_hold(&self, key: &[u8]) -> bool {
        let (word, bits) = self.place(key);
        self.words[word] & bits == bits
    }

    #[inline(always)]
    fn place(&self, key: &[u8]) -> (usize, u64) {
        // Of a longer key both ends: of names and addresses many end, or begin, alike.
        let ends = match (key.first_chunk::<8>(), key.last_chunk::<8>()) {
            (Some(first), Some(last)) => {
                u64::from_le_bytes(*first).rotate_left(29) ^ u64::from_le_bytes(*last)
            }
            _ => key
                .iter()
                .fold(0, |ends, &byte| ends << 8 | u64::from(byte)),
        };
        let product = u128::from(ends ^ self.secret) * u128::from(0x9E37_79B9_7F4A_7C15_u64);
        let hash = (product as u64) ^ ((product >> 64) as u64) ^ key.len() as u64;
        (
            (hash >> 12) as usize & (self.words.len() - 1),
            1 << (hash & 63) | 1 << (hash >> 6 & 63),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_filter_has_a_secret_of_its_own() {
        let secret = || Filter::of([&b"key"[..]].into_iter(), 1).secret;
        assert_ne!(secret(), secret());
    }

    #[test]
    fn all_keys_are_let_through_and_few_others() {
        let text =
            |number: u32| format!("{number:x}{:width$}|end", "", width = number as usize % 20);
        let keys: Vec<String> = (0..5_000).map(text).collect();
        let filter = Filter::of(keys.iter().map(String::as_bytes), keys.len());
        assert!(keys.iter().all(|key| filter.may_hold(key.as_bytes())));
        let others = (5_000..25_000).filter(|&number| filter.may_hold(text(number).as_bytes()));
        assert!(others.count() < 2_000, "one in ten");
        let none = Filter::of(std::iter::empty(), 0);
        assert!(!none.may_hold(b"") && !none.may_hold(b"key"));
    }
}
