//! Every kind of vectors agrees with the plain twin.

use proptest::prelude::*;

use super::*;

struct All([u8; STEP], u8);

impl Kernel for All {
    type Output = (Masks, Plain, u64, [bool; GROUP], usize, [u32; 70]);
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
            {
                let bits = masker.nonzero(&self.0);
                std::array::from_fn(|others| masker.place_after(others as u32, bits))
            },
        )
    }
}

/// Short enough for Miri.
#[test]
fn each_special_byte_is_found_at_each_place() {
    #[cfg(all(miri, target_feature = "avx2"))]
    assert!(x86::Avx2::detect().is_some(), "Miri runs these too");
    for place in (0..STEP).step_by(if cfg!(miri) { 7 } else { 1 }) {
        for special in *b"\"\n\r,;\0" {
            let mut bytes = [b'x'; STEP];
            bytes[STEP - 1 - place] = b',';
            bytes[place] = special;
            let plain = Cpu::portable().run(All(bytes, b','));
            assert_eq!(plain.3, [special == b'"'; GROUP]);
            let set: Vec<u32> = (0..64).filter(|at| plain.2 >> at & 1 == 1).collect();
            let places = set.iter().copied().chain(std::iter::repeat(64));
            assert!(plain.5.into_iter().eq(places.take(70)));
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
