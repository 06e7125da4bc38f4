//! Masks with the vectors of x86-64. The only file with `unsafe`: a vector type exists only on a CPU that has
//! the instructions.
#![expect(
    unsafe_code,
    reason = "vectors of a CPU kind can be used only where the CPU has them, which the compiler cannot know"
)]

use std::arch::x86_64::{
    __m128i, __m256i, __m512i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_set1_epi8,
    _mm256_castsi256_ps, _mm256_cmpeq_epi8, _mm256_cmpeq_epi32, _mm256_cmple_epu32_mask,
    _mm256_loadu_si256, _mm256_max_epu32, _mm256_movemask_epi8, _mm256_movemask_ps,
    _mm256_or_si256, _mm256_set1_epi8, _mm256_set1_epi32, _mm256_setzero_si256,
    _mm512_cmpeq_epi8_mask, _mm512_loadu_si512, _mm512_set1_epi8, _mm512_test_epi8_mask, _pdep_u64,
};

use super::{Kernel, Masker, Masks, Plain, STEP};

/// AVX2 and what comes with it: there is one only on a CPU that has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Avx2(());

impl Avx2 {
    pub(super) fn detect() -> Option<Self> {
        let has_all = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt")
            && is_x86_feature_detected!("popcnt");
        has_all.then_some(Self(()))
    }

    #[inline(always)]
    pub(super) fn run<K: Kernel>(self, kernel: K) -> K::Output {
        // SAFETY: `detect` alone makes one, after it found every feature that `run_avx2` enables.
        unsafe { run_avx2(self, kernel) }
    }
}

/// PERF: never inlined, so that each kernel has all registers: `decide.rs` tells what that makes.
///
/// # Safety
/// The CPU must have every feature enabled here.
#[inline(never)]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
unsafe fn run_avx2<K: Kernel>(avx2: Avx2, kernel: K) -> K::Output {
    kernel.run(avx2)
}

/// AVX-512 and what comes with it: there is one only on a CPU that has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Avx512(());

impl Avx512 {
    pub(super) fn detect() -> Option<Self> {
        // VBMI2 is not used: it tells CPUs apart that do not slow down where they use the widest vectors.
        let has_all = Avx2::detect().is_some()
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vbmi2");
        has_all.then_some(Self(()))
    }

    #[inline(always)]
    pub(super) fn run<K: Kernel>(self, kernel: K) -> K::Output {
        // SAFETY: `detect` alone makes one, after it found every feature that `run_avx512` enables.
        unsafe { run_avx512(self, kernel) }
    }
}

/// PERF: 0.97 of the wall time of a `split` and of a `check` with AVX2 (pairs of 21).
///
/// # Safety
/// The CPU must have every feature enabled here.
#[inline(never)]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512dq,avx512vl")]
unsafe fn run_avx512<K: Kernel>(avx512: Avx512, kernel: K) -> K::Output {
    kernel.run(avx512)
}

impl Masker for Avx512 {
    #[inline(always)]
    fn masks(self, bytes: &[u8; STEP], delimiter: u8) -> Masks {
        // SAFETY: an `Avx512` exists only where there is AVX-512; the load is an unaligned one of all 64 bytes.
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

    #[inline(always)]
    fn place_after(self, others: u32, bits: u64) -> u32 {
        let wanted = 1_u64.checked_shl(others).unwrap_or(0);
        // SAFETY: this works on registers alone; an `Avx512` exists only where there is BMI2.
        unsafe { _pdep_u64(wanted, bits) }.trailing_zeros()
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
        // SAFETY: an `Avx2` exists only where there is AVX2; both loads are unaligned loads of 32 bytes
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

    // Some CPUs with AVX2 and without AVX-512 are slow at PDEP.
    #[inline(always)]
    fn place_after(self, others: u32, bits: u64) -> u32 {
        super::Portable.place_after(others, bits)
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

    #[inline(always)]
    fn place_after(self, others: u32, bits: u64) -> u32 {
        super::Portable.place_after(others, bits)
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
