//! Owns the random choices: SplitMix64, so that one number replays a scenario, or bytes that somebody else chose. It never
//! reads a clock.

#[derive(Debug, Clone)]
pub(crate) struct Dice {
    state: u64,
    /// Choices made beforehand, the next one last.
    chosen: Vec<u8>,
}

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice {
            state: seed,
            chosen: Vec::new(),
        }
    }

    /// The first eight bytes are the seed of what is drawn once the choices, a byte each, are used up.
    pub(crate) fn choosing(bytes: &[u8]) -> Dice {
        let (seed, chosen) = bytes.split_at(bytes.len().min(8));
        let mut state = [0; 8];
        state[..seed.len()].copy_from_slice(seed);
        Dice {
            state: u64::from_le_bytes(state),
            chosen: chosen.iter().rev().copied().collect(),
        }
    }

    pub(crate) fn next(&mut self) -> u64 {
        if let Some(choice) = self.chosen.pop() {
            return choice.into();
        }
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        let mut drawn = self.next();
        // One byte would not reach all.
        if end > 256 && !self.chosen.is_empty() {
            drawn = drawn << 8 | self.next();
        }
        (drawn % end as u64) as usize
    }

    /// From `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as usize) as i64
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.below(choices.len())]
    }

    pub(crate) fn one<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }

    /// Each of them with this chance, in their order.
    pub(crate) fn some<T: Clone>(&mut self, choices: &[T], percent: usize) -> Vec<T> {
        choices
            .iter()
            .filter(|_| self.chance(percent))
            .cloned()
            .collect()
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
