//! The random draws of one record: SplitMix64, by Steele, Lea and Flood ("Fast splittable pseudorandom number
//! generators", OOPSLA 2014), in the public-domain form of Sebastiano Vigna (prng.di.unimi.it/splitmix64.c).
//! Integers only, so every machine draws the same. Never a source of secrets.

/// The increment of the state: 2^64 divided by the golden ratio, made odd.
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// The stream of draws that belongs to one record.
pub(super) struct Draws {
    state: u64,
}

impl Draws {
    /// The stream of record `number` under `seed`; it depends on nothing else.
    pub(super) fn of_record(seed: u64, number: u64) -> Self {
        Self {
            state: mix(mix(seed.wrapping_add(GAMMA)).wrapping_add(number)),
        }
    }

    /// The next 64 bits.
    pub(super) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GAMMA);
        mix(self.state)
    }

    /// A number below `bound`, which must not be 0. The bias, under `bound` in 2^32, does not matter here.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        (((self.next() >> 32) * u64::from(bound)) >> 32) as u32
    }

    /// True in `parts` of 10,000 draws.
    pub(super) fn chance(&mut self, parts: u32) -> bool {
        self.below(10_000) < parts
    }

    /// One of `words`, each as likely.
    pub(super) fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len() as u32) as usize]
    }

    /// One of `weighted`, whose weights count in 10,000; the last takes what is left.
    pub(super) fn pick_weighted<'a>(&mut self, weighted: &[(u32, &'a str)]) -> &'a str {
        let mut left = self.below(10_000);
        for &(weight, word) in weighted {
            if left < weight {
                return word;
            }
            left -= weight;
        }
        weighted[weighted.len() - 1].1
    }
}

/// The output function of SplitMix64.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first outputs of the reference implementation for the state 1234567.
    #[test]
    fn draws_are_those_of_the_reference() {
        let mut draws = Draws { state: 1_234_567 };
        assert_eq!(draws.next(), 6_457_827_717_110_365_317);
        assert_eq!(draws.next(), 3_203_168_211_198_807_973);
        assert_eq!(draws.next(), 9_817_491_932_198_370_423);
    }

    #[test]
    fn weights_are_exhaustive() {
        let mut draws = Draws::of_record(1, 1);
        let never =
            (0..1000).all(|_| draws.pick_weighted(&[(0, "never"), (10_000, "always")]) == "always");
        assert!(never);
    }
}
