//! A text's bits, one a byte, and the ways along those that are set.

use std::hint::select_unpredictable;

use super::masks::Masker;

/// A bit for each byte of a text from a position on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bits<'t> {
    /// Position of the first byte.
    pub(super) origin: usize,
    /// Eight bytes of nothing; then the bits, the lowest first; then eight bytes at least.
    pub(super) bytes: &'t [u8],
}

impl<'t> Bits<'t> {
    /// The bits of the bytes before a position, 57 at least: the highest is that of the last.
    #[inline(always)]
    pub(super) fn before(self, position: usize) -> u64 {
        // The last byte with one of them ends so many bits later, less one of eight.
        let last = position - self.origin + 7;
        self.load(last / 8) << (7 - last % 8)
    }

    /// How many bits [`Self::before`] gives.
    #[inline(always)]
    fn count_before(self, position: usize) -> usize {
        64 - (position - self.origin).wrapping_neg() % 8
    }

    /// The bits of the bytes from a position on, 57 at least: the lowest is that of the first.
    #[inline(always)]
    fn after(self, position: usize) -> u64 {
        let at = position - self.origin;
        self.load(8 + at / 8) >> (at % 8)
    }

    /// How many bits [`Self::after`] gives.
    #[inline(always)]
    fn count_after(self, position: usize) -> usize {
        64 - (position - self.origin) % 8
    }

    /// The position of the next bit that is set from a position on, if it is near: in the first word.
    #[inline(always)]
    pub(super) fn next_near(self, position: u32) -> Option<u32> {
        let ahead = self.after(position as usize);
        (ahead != 0).then(|| position + ahead.trailing_zeros())
    }

    /// The position of the bit that is set after so many others from a position on, if it is near: in the first two words.
    ///
    /// PERF: without a branch, as in which of the words it stands is as good as random. Against going on from word to word, counting: 0.77 of
    /// the time of gathering agreed columns.
    #[inline(always)]
    pub(super) fn near_after(self, masker: impl Masker, position: u32, others: u32) -> Option<u32> {
        let position = position as usize;
        let (first, count) = (self.after(position), self.count_after(position));
        let second = self.after(position + count);
        let in_first = first.count_ones();
        let is_in_first = others < in_first;
        let bits = select_unpredictable(is_in_first, first, second);
        let others = select_unpredictable(is_in_first, others, others.wrapping_sub(in_first));
        let from = select_unpredictable(is_in_first, position, position + count);
        let place = masker.place_after(others, bits);
        (place < 64).then_some(from as u32 + place)
    }

    #[inline(always)]
    fn load(self, byte: usize) -> u64 {
        let bytes = self.bytes[byte..byte + 8].try_into();
        u64::from_le_bytes(bytes.expect("eight bytes"))
    }

    /// The way from a position on.
    #[inline(always)]
    pub(super) fn onwards(self, position: u32) -> Onwards<'t> {
        Onwards {
            bits: self,
            position: position as usize,
            ahead: self.after(position as usize),
        }
    }

    /// The way back from a position.
    #[inline(always)]
    pub(super) fn back(self, position: u32) -> Back<'t> {
        let position = position as usize;
        Back {
            bits: self,
            position,
            behind: self.before(position),
            known: position - self.count_before(position).min(position),
        }
    }
}

/// Goes from one bit that is set to the next, of which there are enough.
#[derive(Debug)]
pub(super) struct Onwards<'t> {
    bits: Bits<'t>,
    position: usize,
    /// The bits from `position` on, less those that were passed.
    ahead: u64,
}

impl Onwards<'_> {
    /// The position of the next after so many others.
    #[inline(always)]
    pub(super) fn after(&mut self, mut others: usize) -> u32 {
        while others >= self.ahead.count_ones() as usize {
            others -= self.ahead.count_ones() as usize;
            self.position += self.bits.count_after(self.position);
            self.ahead = self.bits.after(self.position);
        }
        for _ in 0..others {
            self.ahead &= self.ahead - 1;
        }
        let next = self.position as u32 + self.ahead.trailing_zeros();
        self.ahead &= self.ahead - 1;
        next
    }
}

/// Goes back from one bit that is set to the one before it, of which there are enough.
#[derive(Debug)]
pub(super) struct Back<'t> {
    bits: Bits<'t>,
    position: usize,
    /// The bits before `position`, the highest that of the byte right before it; those before `known` are missing.
    behind: u64,
    known: usize,
}

impl Back<'_> {
    /// The position of the one before it after so many others.
    #[inline(always)]
    pub(super) fn after(&mut self, mut others: usize) -> u32 {
        while others >= self.behind.count_ones() as usize {
            others -= self.behind.count_ones() as usize;
            self.position = self.known;
            self.behind = self.bits.before(self.position);
            self.known -= self.bits.count_before(self.position).min(self.known);
        }
        for _ in 0..=others {
            let distance;
            (distance, self.behind) = below_highest(self.behind);
            self.position -= distance as usize;
        }
        self.position as u32
    }
}

/// How far before the end the highest bit that is set stands, and the bits before it, moved up to the end.
#[inline(always)]
pub(super) fn below_highest(bits: u64) -> (u32, u64) {
    let above = bits.leading_zeros();
    (1 + above, bits << (above % 64) << 1)
}
