//! Parts come to the same content whatever room there is for it at a time, and are refused where they hold other than they state.

use std::io::Write as _;

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

fn members(content: &[u8]) -> Vec<u8> {
    let mut packer = Packer::new(Compression::Gzip).unwrap().unwrap();
    let mut stored = Vec::new();
    packer
        .pack(content, |bytes| stored.extend_from_slice(bytes))
        .unwrap();
    stored.extend_from_slice(packer.end());
    stored
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
    let mut packer = Packer::new(Compression::Gzip).unwrap().unwrap();
    let mut member = Vec::new();
    packer
        .pack(&text, |bytes| member.extend_from_slice(bytes))
        .unwrap();
    let mut twins = [&member[..], &member].concat();
    assert_eq!(
        unpacked(Compression::Gzip, &twins, 1 << 18, 1 << 18).unwrap(),
        [&text[..], &text].concat()
    );
    let whole = u16::try_from(twins.len() - 1).unwrap();
    twins[16..18].copy_from_slice(&whole.to_le_bytes());
    assert!(unpacked(Compression::Gzip, &twins, 1 << 18, 1 << 18).is_err());
}
