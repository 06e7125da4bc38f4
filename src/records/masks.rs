//! 64 bytes at a time as bit masks of delimiter, quote, LF and CR, with the widest vectors of the CPU. A
//! plain twin is their oracle.

#[cfg(target_arch = "x86_64")]
mod x86;

/// Bytes in one step.
pub(super) const STEP: usize = 64;

/// Steps that are looked through for quotes at once.
pub(super) const GROUP: usize = 4;

/// Where each special byte stands among 64; bit 0 is the first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Masks {
    pub(super) delimiter: u64,
    pub(super) quote: u64,
    pub(super) lf: u64,
    pub(super) cr: u64,
}

/// The same where quotes and CR are not looked at one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Plain {
    pub(super) delimiter: u64,
    pub(super) lf: u64,
    /// There is a quote or a CR.
    pub(super) special: bool,
}

/// Turns 64 bytes into masks.
pub(crate) trait Masker: Copy {
    fn masks(self, bytes: &[u8; STEP], delimiter: u8) -> Masks;
    fn plain(self, bytes: &[u8; STEP], delimiter: u8) -> Plain;
    /// Where there is no zero.
    fn nonzero(self, bytes: &[u8; STEP]) -> u64;
    /// Whether there is a quote in some steps.
    fn any_quote(self, steps: &[[u8; STEP]]) -> bool;
    /// How many of these are no more than a number.
    ///
    /// PERF: with AVX-512 the compiler takes a comparison's bits one by one: 1.2 times the time of all deciding.
    fn count_up_to(self, few: &[u32; 8], most: u32) -> usize;
    /// The place of the bit that is set after so many others; 64 if there is none.
    fn place_after(self, others: u32, bits: u64) -> u32;
}

impl From<Masks> for Plain {
    #[inline(always)]
    fn from(masks: Masks) -> Self {
        Self {
            delimiter: masks.delimiter,
            lf: masks.lf,
            special: masks.quote | masks.cr != 0,
        }
    }
}

/// A loop over masks, compiled once for each kind of CPU. `run` must be `#[inline(always)]`, so that
/// it is compiled with the instructions of its caller.
pub(crate) trait Kernel {
    type Output;
    fn run<M: Masker>(self, masker: M) -> Self::Output;
}

/// Work that gains from wide instructions though it uses no masks. `run` must be `#[inline(always)]`.
pub trait Wide {
    /// What the work gives.
    type Output;
    /// Does the work.
    fn run(self) -> Self::Output;
}

/// The kind of CPU that the scanner runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cpu(Level);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Portable,
    /// What every x86-64 has.
    #[cfg(target_arch = "x86_64")]
    Sse2,
    #[cfg(target_arch = "x86_64")]
    Avx2(x86::Avx2),
    #[cfg(target_arch = "x86_64")]
    Avx512(x86::Avx512),
}

impl Cpu {
    /// The widest vectors that this CPU has.
    pub fn detect() -> Self {
        Self::all().next().unwrap_or_else(Self::baseline)
    }

    /// Every kind that this CPU is one of, the widest vectors first.
    pub fn all() -> impl Iterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let wide = [
            x86::Avx512::detect().map(Level::Avx512),
            x86::Avx2::detect().map(Level::Avx2),
        ];
        #[cfg(not(target_arch = "x86_64"))]
        let wide = [None];
        let wide = wide.into_iter().flatten().map(Self);
        wide.chain([Self::baseline(), Self::portable()])
    }

    /// The vectors that every CPU of this kind has.
    pub fn baseline() -> Self {
        #[cfg(target_arch = "x86_64")]
        return Self(Level::Sse2);
        #[cfg(not(target_arch = "x86_64"))]
        Self::portable()
    }

    /// No vectors: the plain twin.
    pub fn portable() -> Self {
        Self(Level::Portable)
    }

    /// Does work with the widest instructions there are.
    #[inline]
    pub fn widest<W: Wide>(self, work: W) -> W::Output {
        self.run(Unmasked(work))
    }

    pub(crate) fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self.0 {
            Level::Portable => kernel.run(Portable),
            #[cfg(target_arch = "x86_64")]
            Level::Sse2 => kernel.run(x86::Sse2),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2(avx2) => avx2.run(kernel),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512(avx512) => avx512.run(kernel),
        }
    }
}

struct Unmasked<W>(W);

impl<W: Wide> Kernel for Unmasked<W> {
    type Output = W::Output;
    #[inline(always)]
    fn run<M: Masker>(self, _: M) -> W::Output {
        self.0.run()
    }
}

/// The plain twin: a byte at a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Portable;

impl Masker for Portable {
    #[inline(always)]
    fn masks(self, bytes: &[u8; STEP], delimiter: u8) -> Masks {
        let mut masks = Masks::default();
        for (index, &byte) in bytes.iter().enumerate() {
            masks.delimiter |= u64::from(byte == delimiter) << index;
            masks.quote |= u64::from(byte == b'"') << index;
            masks.lf |= u64::from(byte == b'\n') << index;
            masks.cr |= u64::from(byte == b'\r') << index;
        }
        masks
    }

    #[inline(always)]
    fn plain(self, bytes: &[u8; STEP], delimiter: u8) -> Plain {
        self.masks(bytes, delimiter).into()
    }

    #[inline(always)]
    fn nonzero(self, bytes: &[u8; STEP]) -> u64 {
        let places = bytes.iter().enumerate();
        places.fold(0, |found, (index, &byte)| {
            found | u64::from(byte != 0) << index
        })
    }

    #[inline(always)]
    fn any_quote(self, steps: &[[u8; STEP]]) -> bool {
        steps.as_flattened().contains(&b'"')
    }

    #[inline(always)]
    fn count_up_to(self, few: &[u32; 8], most: u32) -> usize {
        few.iter().filter(|&&number| number <= most).count()
    }

    #[inline(always)]
    fn place_after(self, others: u32, bits: u64) -> u32 {
        let others = others.min(64);
        let left = (0..others).fold(bits, |left, _| left & left.wrapping_sub(1));
        left.trailing_zeros()
    }
}

#[cfg(test)]
mod tests;
