//! Parts of a compressed file whose heads are unusual, wrong or cut: a file of them comes to what a FIFO with the same bytes comes to.

use std::io::Write;

use super::compressed_parts::{assert_same, frame, supply};
use super::small;

/// More than is read to find a header, so that it is the records' readers that meet what comes after.
const BEFORE_BYTES: usize = 80_000;

/// Content of the odd part: whole records.
const ODD_BYTES: usize = 240;

/// Parts of the usual kind, the odd part made of what comes next, and, if there is to be more, another usual one. Whether it can be read.
fn is_read(part: fn(&[u8]) -> Vec<u8>, odd: impl FnOnce(&[u8]) -> Vec<u8>, more: bool) -> bool {
    let content = supply(3_500);
    let (before, rest) = content.split_at(BEFORE_BYTES);
    let (piece, rest) = rest.split_at(ODD_BYTES);
    let mut stored: Vec<u8> = before.chunks(30_000).flat_map(part).collect();
    stored.extend(odd(piece));
    if more {
        stored.extend(part(&rest[..2_000]));
    }
    match assert_same(&stored, &[(1 << 18, 1), (4_099, 3)]) {
        Ok((_, read)) => {
            assert!(read.content_bytes >= (BEFORE_BYTES + ODD_BYTES) as u64);
            true
        }
        Err(error) => {
            assert!(
                error.contains("past byte"),
                "a header is found before: {error}"
            );
            false
        }
    }
}

/// A gzip member with these extra fields.
fn member(extra: &[u8], content: &[u8]) -> Vec<u8> {
    let mut member = b"\x1F\x8B\x08\x04\0\0\0\0\0\xFF".to_vec();
    member.extend(u16::try_from(extra.len()).unwrap().to_le_bytes());
    member.extend(extra);
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    member.extend(encoder.finish().unwrap());
    let mut checksum = flate2::Crc::new();
    checksum.update(content);
    member.extend(checksum.sum().to_le_bytes());
    member.extend((content.len() as u32).to_le_bytes());
    member
}

#[test]
fn members_with_odd_extra_fields_are_left_to_the_decoder_of_streams() {
    // None of these states the member's length; that decoder asks for none.
    let extras: [&[u8]; 7] = [
        b"",
        b"AB\x02\0\x05\0",
        b"BC\x01\0\x05",
        b"BC\x02\0\x05\0BC\x02\0\x05\0",
        b"BC\xFF\0\x05\0",
        b"BC\x02\0\xFF\xFFrest",
        b"B",
    ];
    for extra in extras {
        for more in [false, true] {
            let odd = |content: &[u8]| member(extra, content);
            assert!(is_read(small::bgzf, odd, more), "{}", extra.escape_ascii());
        }
    }
    // These state one in which no member has room, and one that goes past the end of the file.
    for stated in [b"BC\x02\0\x05\0", b"BC\x02\0\xFF\xFF"] {
        assert!(is_read(
            small::bgzf,
            |content| member(stated, content),
            false
        ));
    }
}

#[test]
fn a_member_in_which_another_of_the_same_length_hides_is_found_out() {
    let hiding = |content: &[u8]| {
        let (one, two) = content.split_at(content.len() / 2);
        assert_ne!(one, two);
        let mut stored = [small::bgzf(one), small::bgzf(two)].concat();
        let whole = u16::try_from(stored.len() - 1).unwrap().to_le_bytes();
        stored[16..18].copy_from_slice(&whole);
        stored
    };
    for more in [false, true] {
        assert!(is_read(small::bgzf, hiding, more));
    }
    let content = supply(100);
    let content = &content[..content.len() / 2 * 2];
    let (_, read) = assert_same(&hiding(content), &[(1 << 18, 1), (300, 3)]).unwrap();
    assert_eq!(read.content_bytes, content.len() as u64);
}

#[test]
fn members_that_are_cut_in_their_heads_are_told() {
    let whole = |content: &[u8]| member(b"BC\x02\0\x40\0", content);
    for length in [1, 3, 4, 11, 12, 14, 17, 18, 30] {
        let cut = |content: &[u8]| whole(content)[..length].to_vec();
        assert!(!is_read(small::bgzf, cut, false), "{length} bytes");
    }
}

/// A Zstandard frame of one raw block, with this descriptor and what comes after it up to the block.
fn raw_frame(descriptor: u8, head: &[u8], content: &[u8]) -> Vec<u8> {
    let block = (content.len() as u32) << 3 | 1;
    [
        b"\x28\xB5\x2F\xFD",
        &[descriptor][..],
        head,
        &block.to_le_bytes()[..3],
        content,
    ]
    .concat()
}

fn usual(content: &[u8]) -> Vec<u8> {
    frame(content, true, true)
}

/// Windows of 1 KiB and of 256 MiB.
const WINDOW: u8 = 0;
const WINDOW_TOO_LARGE: u8 = (28 - 10) << 3;

#[test]
fn frames_with_odd_heads_are_read_or_refused_as_in_a_stream() {
    let length = (ODD_BYTES as u64).to_le_bytes();
    let too_long = (1_u64 << 40).to_le_bytes();
    let heads: [(u8, Vec<u8>, bool); 9] = [
        // The length in a byte, in two (less 256, so it is no length of these) and in eight.
        (0b0010_0000, length[..1].to_vec(), true),
        (0b0110_0000, length[..2].to_vec(), false),
        (0b1110_0000, length.to_vec(), true),
        // A dictionary that is none, and one that nobody has.
        (0b0010_0001, [&[0], &length[..1]].concat(), true),
        (0b0010_0001, [&[7], &length[..1]].concat(), false),
        // A reserved bit.
        (0b0010_1000, length[..1].to_vec(), false),
        // No length, with a moderate window and with one that is too large; a length that is a lie.
        (0b0000_0000, vec![WINDOW], true),
        (0b0000_0000, vec![WINDOW_TOO_LARGE], false),
        (0b1100_0000, [&[WINDOW], &too_long[..]].concat(), false),
    ];
    for (descriptor, head, readable) in heads {
        for more in [false, true] {
            let odd = |content: &[u8]| raw_frame(descriptor, &head, content);
            assert_eq!(
                is_read(usual, odd, more),
                readable,
                "{descriptor:#b} {head:?}"
            );
        }
    }
}

#[test]
fn frames_that_are_cut_in_their_heads_are_told() {
    let length = (ODD_BYTES as u64).to_le_bytes();
    for cut in [1, 4, 5, 9, 13, 14, 16, 100] {
        let odd = |content: &[u8]| raw_frame(0b1110_0000, &length, content)[..cut].to_vec();
        assert!(!is_read(usual, odd, false), "{cut} bytes");
    }
}

#[test]
fn skippable_frames_are_passed_over_whatever_their_length() {
    let skippable = |length: usize| {
        let stated = u32::try_from(length).unwrap().to_le_bytes();
        [b"\x52\x2A\x4D\x18", &stated[..], &vec![b'x'; length]].concat()
    };
    for length in [0, 10, 64 << 10, (64 << 10) + 1, 500_000] {
        for more in [false, true] {
            let odd = |content: &[u8]| [skippable(length), usual(content)].concat();
            assert!(is_read(usual, odd, more), "{length} bytes");
        }
    }
    for cut in [3, 4, 7, 8, 17] {
        let odd = |content: &[u8]| [&usual(content), &skippable(10)[..cut]].concat();
        assert!(!is_read(usual, odd, false), "{cut} bytes");
    }
}
