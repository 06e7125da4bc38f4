//! Parts come to the same content whatever room there is for it at a time, and are refused where they hold other than they state.

use std::io::{Read as _, Write as _};

use proptest::prelude::*;

use super::*;
use crate::compression::{Found, Members, Packer};

/// A frame that does or does not state its content.
fn frame(content: &[u8], is_stated: bool) -> Vec<u8> {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    encoder.include_checksum(true).unwrap();
    if is_stated {
        let length = Some(content.len() as u64);
        encoder.set_pledged_src_size(length).unwrap();
    }
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A chunk's member.
fn member(content: &[u8]) -> Vec<u8> {
    let mut packer = Packer::new(Compression::Gzip).unwrap().unwrap();
    let mut stored = Vec::new();
    packer
        .pack(content, |bytes| stored.extend_from_slice(bytes))
        .unwrap();
    stored
}

/// The same, and the member that ends a file.
fn members(content: &[u8]) -> Vec<u8> {
    let end = Packer::new(Compression::Gzip).unwrap().unwrap();
    [&member(content), end.end()].concat()
}

/// What is in a file of nothing but parts, of which some are found together, in pieces of so many bytes.
fn unpacked(
    compression: Compression,
    stored: &[u8],
    together_bytes: usize,
    room_bytes: usize,
) -> io::Result<Vec<u8>> {
    let mut members = Members::new(compression, stored, together_bytes);
    let mut unpacker = Unpacker::new(compression).unwrap();
    let (mut packed, mut room) = (Packed::default(), vec![0; room_bytes]);
    let mut content = Vec::new();
    loop {
        match members.next(&mut packed)? {
            Found::Parts => {}
            Found::End => return Ok(content),
            Found::Other => panic!("it is made of parts"),
        }
        unpacker.begin()?;
        loop {
            let unpacked = unpacker.unpack(&packed, &mut room)?;
            content.extend_from_slice(&room[..unpacked.length]);
            if unpacked.ended {
                break;
            }
            assert_eq!(unpacked.length, room_bytes, "there is more, so it is full");
        }
    }
}

/// Something that compresses, but not to nothing.
fn text(length: usize) -> Vec<u8> {
    let lines =
        (0_u32..).flat_map(|number| format!("{},Y,N\n", number.wrapping_mul(40_503)).into_bytes());
    lines.take(length).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn content_is_the_same_in_pieces_of_any_size(
        lengths in proptest::collection::vec((prop_oneof![0_usize..3_000, 0_usize..400_000, Just(131_072)], any::<bool>()), 1..6),
        together_bytes in prop_oneof![1_usize..500, 1_usize..300_000],
        room_bytes in prop_oneof![1_usize..300, 1_usize..300_000, Just(131_072)],
        is_zstd: bool,
    ) {
        let mut stored = Vec::new();
        let mut content = Vec::new();
        for (length, is_stated) in lengths {
            let text = text(length);
            stored.extend(if is_zstd { frame(&text, is_stated) } else { members(&text) });
            content.extend(text);
        }
        let compression = Compression::of(&stored);
        let found = unpacked(compression, &stored, together_bytes, room_bytes).unwrap();
        prop_assert!(found == content);
    }

    #[test]
    fn what_is_corrupt_is_refused(at: usize, bits in 1_u8.., room_bytes in 1_usize..40_000, is_stated: bool) {
        let text = text(150_000);
        let mut stored = frame(&text, is_stated);
        // The head is what the parts are found by.
        let at = 18 + at % (stored.len() - 18);
        stored[at] ^= bits;
        let mut members = Members::new(Compression::Zstd, &stored[..], 1);
        let is_found = matches!(members.next(&mut Packed::default()), Ok(Found::Parts));
        if is_found {
            prop_assert!(unpacked(Compression::Zstd, &stored, 1, room_bytes).is_err());
        }
    }
}

#[test]
fn a_frame_may_not_hold_more_than_it_states() {
    // 1,000 bytes are stated. Ten blocks of one byte 131,072 times each follow.
    let mut stored = b"\x28\xB5\x2F\xFD\x40\x58\xE8\x02".to_vec();
    for number in 0..10_usize {
        let head = 131_072 << 3 | 1 << 1 | usize::from(number == 9);
        stored.extend_from_slice(&head.to_le_bytes()[..3]);
        stored.push(b'x');
    }
    for room_bytes in [1, 1_000, 1 << 20, 2 << 20] {
        assert!(
            unpacked(Compression::Zstd, &stored, 1, room_bytes).is_err(),
            "{room_bytes}"
        );
    }
}

#[test]
fn a_member_in_which_its_twin_hides_is_refused() {
    let text = text(1_000);
    let member = member(&text);
    let mut twins = [&member[..], &member].concat();
    assert_eq!(
        unpacked(Compression::Gzip, &twins, 1 << 18, 1 << 18).unwrap(),
        [&text[..], &text].concat()
    );
    let whole = u16::try_from(twins.len() - 1).unwrap();
    twins[16..18].copy_from_slice(&whole.to_le_bytes());
    assert!(unpacked(Compression::Gzip, &twins, 1 << 18, 1 << 18).is_err());
}

/// Bits of a deflated block: plain numbers from their lowest bit, codes from their highest (RFC 1951, section 3.1.1).
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    count: usize,
}

impl Bits {
    fn push(&mut self, bit: u32) {
        if self.count.is_multiple_of(8) {
            self.bytes.push(0);
        }
        *self.bytes.last_mut().unwrap() |= (bit as u8 & 1) << (self.count % 8);
        self.count += 1;
    }

    fn number(&mut self, value: u32, bits: u32) {
        (0..bits).for_each(|bit| self.push(value >> bit));
    }

    fn code(&mut self, value: u32, bits: u32) {
        (0..bits).rev().for_each(|bit| self.push(value >> bit));
    }
}

/// A member with this deflated content, as `bgzip` makes them.
fn member_of(deflated: &[u8], content: &[u8]) -> Vec<u8> {
    let mut member = b"\x1F\x8B\x08\x04\0\0\0\0\0\xFF\x06\0BC\x02\0\0\0".to_vec();
    member.extend_from_slice(deflated);
    member.extend_from_slice(&libdeflater::crc32(content).to_le_bytes());
    member.extend_from_slice(&(content.len() as u32).to_le_bytes());
    let length = u16::try_from(member.len() - 1).unwrap();
    member[16..18].copy_from_slice(&length.to_le_bytes());
    member
}

#[test]
fn codes_that_deflate_does_not_define_are_refused_as_in_a_stream() {
    // Fixed codes: `x`, a length and the distance 1, the end. The codes of lengths go on to 287, those that are defined to 285.
    for (length_code, is_defined) in [
        (0b1100_0101, true),
        (0b1100_0110, false),
        (0b1100_0111, false),
    ] {
        let mut bits = Bits::default();
        bits.number(0b011, 3);
        bits.code(0b0011_0000 + u32::from(b'x'), 8);
        bits.code(length_code, 8);
        bits.code(0, 5);
        bits.code(0, 7);
        let content = [b'x'; 259];
        let stored = member_of(&bits.bytes, &content);
        let parts = unpacked(Compression::Gzip, &stored, 1, 1 << 10);
        assert_eq!(parts.is_ok(), is_defined, "{length_code:b}");
        let mut streamed = Vec::new();
        let mut stream = Compression::Gzip.decode(&stored[..]).unwrap();
        assert_eq!(stream.read_to_end(&mut streamed).is_ok(), is_defined);
        if let Ok(parts) = parts {
            assert_eq!((parts, streamed), (content.to_vec(), content.to_vec()));
        }
    }
}

#[test]
fn a_member_is_what_it_states_or_is_refused() {
    let text = text(1_000);
    let member = member(&text);
    let end = member.len();
    for room_bytes in [1, 999, 1_000, 1_001, 1 << 18] {
        assert!(unpacked(Compression::Gzip, &member, 1, room_bytes).unwrap() == text);
        // Its content, its checksum, its length.
        for at in [30, end - 8, end - 5, end - 4] {
            let mut other = member.clone();
            other[at] ^= 1;
            let found = unpacked(Compression::Gzip, &other, 1, room_bytes);
            assert!(found.is_err(), "{at}, {room_bytes}");
        }
    }
}
