//! 64 bytes at a time as bit masks of delimiter, quote, LF and CR. The only file with `unsafe`: a
//! vector type exists here only on a CPU that has the instructions. A plain twin is its oracle.
#![allow(unsafe_code)]

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
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Cpu {
    /// The widest vectors that this CPU has.
    pub fn detect() -> Self {
        Self::all().next().unwrap_or_else(Self::baseline)
    }

    /// Every kind that this CPU is one of, the widest vectors first.
    pub fn all() -> impl Iterator<Item = Self> {
        let mut found = Vec::new();
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt")
            && is_x86_feature_detected!("popcnt")
        {
            // VBMI2 is not used: it tells CPUs apart that do not slow down where they use the widest vectors.
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512vbmi2")
            {
                found.push(Self(Level::Avx512));
            }
            found.push(Self(Level::Avx2));
        }
        found.extend([Self::baseline(), Self::portable()]);
        found.into_iter()
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
            // SAFETY: `Level::Avx2` is made only by `all`, after it found every feature that `run_avx2` enables.
            Level::Avx2 => unsafe { x86::run_avx2(kernel) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as for `Avx2`.
            Level::Avx512 => unsafe { x86::run_avx512(kernel) },
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
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m128i, __m256i, __m512i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8,
        _mm_set1_epi8, _mm256_castsi256_ps, _mm256_cmpeq_epi8, _mm256_cmpeq_epi32,
        _mm256_cmple_epu32_mask, _mm256_loadu_si256, _mm256_max_epu32, _mm256_movemask_epi8,
        _mm256_movemask_ps, _mm256_or_si256, _mm256_set1_epi8, _mm256_set1_epi32,
        _mm256_setzero_si256, _mm512_cmpeq_epi8_mask, _mm512_loadu_si512, _mm512_set1_epi8,
        _mm512_test_epi8_mask,
    };

    use super::{Kernel, Masker, Masks, Plain, STEP};

    /// AVX2; made only inside [`run_avx2`].
    #[derive(Debug, Clone, Copy)]
    struct Avx2(());

    /// PERF: never inlined, so that each kernel has all registers: `decide.rs` tells what that makes.
    ///
    /// # Safety
    /// The CPU must have every feature enabled here.
    #[inline(never)]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    pub(super) unsafe fn run_avx2<K: Kernel>(kernel: K) -> K::Output {
        kernel.run(Avx2(()))
    }

    /// AVX-512; made only inside [`run_avx512`].
    #[derive(Debug, Clone, Copy)]
    struct Avx512(());

    /// PERF: 0.97 of the wall time of a `split` and of a `check` with AVX2 (pairs of 21).
    ///
    /// # Safety
    /// The CPU must have every feature enabled here.
    #[inline(never)]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512dq,avx512vl")]
    pub(super) unsafe fn run_avx512<K: Kernel>(kernel: K) -> K::Output {
        kernel.run(Avx512(()))
    }

    impl Masker for Avx512 {
        #[inline(always)]
        fn masks(self, bytes: &[u8; STEP], delimiter: u8) -> Masks {
            // SAFETY: an `Avx512` exists only within `run_avx512`, so AVX-512 is there; the load is an unaligned one of all 64 bytes.
            unsafe {
                let bytes = _mm512_loadu_si512(bytes.as_ptr().cast());
                Masks {
                    delimiter: places_of(bytes, delimiter),
                    quote: places_of(bytes, b'"'),
                    lf: places_of(bytes, b'\n'),
                    cr: places_of(bytes, b'\r'),
                }
            }
        }

        #[inline(always)]
        fn plain(self, bytes: &[u8; STEP], delimiter: u8) -> Plain {
            self.masks(bytes, delimiter).into()
        }

        #[inline(always)]
        fn nonzero(self, bytes: &[u8; STEP]) -> u64 {
            // SAFETY: as in `masks`.
            unsafe {
                let bytes = _mm512_loadu_si512(bytes.as_ptr().cast());
                _mm512_test_epi8_mask(bytes, bytes)
            }
        }

        #[inline(always)]
        fn any_quote(self, steps: &[[u8; STEP]]) -> bool {
            // SAFETY: as in `masks`, of each step.
            let places = |step: &[u8; STEP]| unsafe {
                places_of(_mm512_loadu_si512(step.as_ptr().cast()), b'"')
            };
            steps.iter().fold(0, |found, step| found | places(step)) != 0
        }

        #[inline(always)]
        fn count_up_to(self, few: &[u32; 8], most: u32) -> usize {
            // SAFETY: as in `masks`, of the 32 bytes of `few`.
            let places = unsafe {
                let few = _mm256_loadu_si256(few.as_ptr().cast());
                _mm256_cmple_epu32_mask(few, _mm256_set1_epi32(most.cast_signed()))
            };
            places.count_ones() as usize
        }
    }

    /// # Safety
    /// The CPU must have AVX-512BW.
    #[inline(always)]
    unsafe fn places_of(bytes: __m512i, byte: u8) -> u64 {
        // SAFETY: these work on registers alone; the caller vouches for AVX-512BW.
        unsafe { _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte.cast_signed())) }
    }

    impl Masker for Avx2 {
        #[inline(always)]
        fn masks(self, bytes: &[u8; STEP], delimiter: u8) -> Masks {
            // SAFETY: an `Avx2` exists only within `run_avx2`, so AVX2 is there; both loads are unaligned loads of 32 bytes
            // that lie within the 64 bytes of `bytes`.
            unsafe {
                let low = _mm256_loadu_si256(bytes.as_ptr().cast());
                let high = _mm256_loadu_si256(bytes.as_ptr().add(32).cast());
                Masks {
                    delimiter: equal(low, high, delimiter),
                    quote: equal(low, high, b'"'),
                    lf: equal(low, high, b'\n'),
                    cr: equal(low, high, b'\r'),
                }
            }
        }

        #[inline(always)]
        fn plain(self, bytes: &[u8; STEP], delimiter: u8) -> Plain {
            // SAFETY: as in `masks`.
            unsafe {
                let low = _mm256_loadu_si256(bytes.as_ptr().cast());
                let high = _mm256_loadu_si256(bytes.as_ptr().add(32).cast());
                let either = |part| {
                    let quote = _mm256_cmpeq_epi8(part, _mm256_set1_epi8(b'"'.cast_signed()));
                    let cr = _mm256_cmpeq_epi8(part, _mm256_set1_epi8(b'\r'.cast_signed()));
                    _mm256_or_si256(quote, cr)
                };
                let special = _mm256_or_si256(either(low), either(high));
                Plain {
                    delimiter: equal(low, high, delimiter),
                    lf: equal(low, high, b'\n'),
                    special: _mm256_movemask_epi8(special) != 0,
                }
            }
        }

        #[inline(always)]
        fn nonzero(self, bytes: &[u8; STEP]) -> u64 {
            // SAFETY: as in `masks`.
            unsafe {
                let low = _mm256_loadu_si256(bytes.as_ptr().cast());
                let high = _mm256_loadu_si256(bytes.as_ptr().add(32).cast());
                !equal(low, high, 0)
            }
        }

        #[inline(always)]
        fn any_quote(self, steps: &[[u8; STEP]]) -> bool {
            let (halves, _) = steps.as_flattened().as_chunks::<32>();
            // SAFETY: as in `masks`; each load is one of the 32 bytes of a half.
            unsafe {
                let wanted = _mm256_set1_epi8(b'"'.cast_signed());
                let mut found = _mm256_setzero_si256();
                for half in halves {
                    let half = _mm256_loadu_si256(half.as_ptr().cast());
                    found = _mm256_or_si256(found, _mm256_cmpeq_epi8(half, wanted));
                }
                _mm256_movemask_epi8(found) != 0
            }
        }

        #[inline(always)]
        fn count_up_to(self, few: &[u32; 8], most: u32) -> usize {
            // SAFETY: as in `masks`, of the 32 bytes of `few`.
            let places = unsafe {
                let few = _mm256_loadu_si256(few.as_ptr().cast());
                let most = _mm256_set1_epi32(most.cast_signed());
                let are_less = _mm256_cmpeq_epi32(_mm256_max_epu32(few, most), most);
                _mm256_movemask_ps(_mm256_castsi256_ps(are_less))
            };
            places.count_ones() as usize
        }
    }

    /// SSE2, a part of x86-64 itself.
    #[derive(Debug, Clone, Copy)]
    pub(super) struct Sse2;

    impl Masker for Sse2 {
        #[inline(always)]
        fn masks(self, bytes: &[u8; STEP], delimiter: u8) -> Masks {
            let parts = load_parts(bytes);
            Masks {
                delimiter: equal_in_parts(parts, delimiter),
                quote: equal_in_parts(parts, b'"'),
                lf: equal_in_parts(parts, b'\n'),
                cr: equal_in_parts(parts, b'\r'),
            }
        }

        #[inline(always)]
        fn plain(self, bytes: &[u8; STEP], delimiter: u8) -> Plain {
            self.masks(bytes, delimiter).into()
        }

        #[inline(always)]
        fn nonzero(self, bytes: &[u8; STEP]) -> u64 {
            !equal_in_parts(load_parts(bytes), 0)
        }

        #[inline(always)]
        fn any_quote(self, steps: &[[u8; STEP]]) -> bool {
            steps
                .iter()
                .any(|step| equal_in_parts(load_parts(step), b'"') != 0)
        }

        #[inline(always)]
        fn count_up_to(self, few: &[u32; 8], most: u32) -> usize {
            super::Portable.count_up_to(few, most)
        }
    }

    #[inline(always)]
    fn load_parts(bytes: &[u8; STEP]) -> [__m128i; 4] {
        // SAFETY: SSE2 is a part of x86-64; each load is an unaligned one of 16 bytes that lie within the 64 of `bytes`.
        std::array::from_fn(|part| unsafe { _mm_loadu_si128(bytes.as_ptr().add(16 * part).cast()) })
    }

    #[inline(always)]
    fn equal_in_parts(parts: [__m128i; 4], byte: u8) -> u64 {
        // SAFETY: these work on registers alone, and SSE2 is a part of x86-64.
        let equal = |part: __m128i| unsafe {
            let wanted = _mm_set1_epi8(byte.cast_signed());
            _mm_movemask_epi8(_mm_cmpeq_epi8(part, wanted)).cast_unsigned()
        };
        let [a, b, c, d] = parts.map(|part| u64::from(equal(part)));
        a | b << 16 | c << 32 | d << 48
    }

    /// # Safety
    /// The CPU must have AVX2.
    #[inline(always)]
    unsafe fn equal(low: __m256i, high: __m256i, byte: u8) -> u64 {
        // SAFETY: these work on registers alone; the caller vouches for AVX2.
        unsafe {
            let wanted = _mm256_set1_epi8(byte.cast_signed());
            let low = _mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted)).cast_unsigned();
            let high = _mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted)).cast_unsigned();
            u64::from(low) | u64::from(high) << 32
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct All([u8; STEP], u8);

    impl Kernel for All {
        type Output = (Masks, Plain, u64, [bool; GROUP], usize);
        #[inline(always)]
        fn run<M: Masker>(self, masker: M) -> Self::Output {
            (
                masker.masks(&self.0, self.1),
                masker.plain(&self.0, self.1),
                masker.nonzero(&self.0),
                std::array::from_fn(|place| {
                    let mut steps = [[b'x'; STEP]; GROUP];
                    steps[place] = self.0;
                    masker.any_quote(&steps)
                }),
                {
                    let (words, _) = self.0.as_chunks::<4>();
                    let few = std::array::from_fn(|at| u32::from_le_bytes(words[at]));
                    masker.count_up_to(&few, u32::from_le_bytes(words[8]))
                },
            )
        }
    }

    /// Short enough for Miri.
    #[test]
    fn each_special_byte_is_found_at_each_place() {
        #[cfg(all(miri, target_feature = "avx2"))]
        assert!(
            Cpu::all().any(|cpu| cpu == Cpu(Level::Avx2)),
            "Miri runs these too"
        );
        for place in (0..STEP).step_by(if cfg!(miri) { 7 } else { 1 }) {
            for special in *b"\"\n\r,;\0" {
                let mut bytes = [b'x'; STEP];
                bytes[STEP - 1 - place] = b',';
                bytes[place] = special;
                let plain = Cpu::portable().run(All(bytes, b','));
                assert_eq!(plain.3, [special == b'"'; GROUP]);
                for cpu in Cpu::all() {
                    assert_eq!(cpu.run(All(bytes, b',')), plain, "{cpu:?} at {place}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn the_vectors_agree_with_their_plain_twin(
            bytes in proptest::collection::vec(prop_oneof![Just(b'"'), Just(b'\n'), Just(b'\r'), Just(b','), Just(0), any::<u8>()], STEP),
            delimiter in prop_oneof![Just(b','), Just(b'\t'), Just(0u8)],
        ) {
            let bytes: [u8; STEP] = bytes.try_into().unwrap();
            let plain = Cpu::portable().run(All(bytes, delimiter));
            for cpu in Cpu::all() {
                prop_assert_eq!(cpu.run(All(bytes, delimiter)), plain, "{:?}", cpu);
            }
        }
    }
}
