//! What is taken for a part, how long it is, how much content it can have, which are given out together, and what is left.

use std::io::BufReader;

use super::*;
use crate::compression::Packer;

/// What a file comes to: for each time that it is asked, the stored bytes of the parts and the most content that each can have.
#[derive(Debug, PartialEq, Eq)]
struct Came {
    groups: Vec<Vec<(Vec<u8>, usize)>>,
    last: Found,
    rest: Vec<u8>,
}

fn read(compression: Compression, stored: &[u8], together_bytes: usize) -> Came {
    let raw = BufReader::with_capacity(1_000, stored);
    let mut members = Members::new(compression, raw, together_bytes);
    let mut packed = Packed::default();
    let mut groups = Vec::new();
    let last = loop {
        match members.next(&mut packed).unwrap() {
            Found::Parts => {
                let parts = packed.parts();
                groups.push(parts.map(|(part, most)| (part.to_vec(), most)).collect());
                let sizes = packed.parts().map(|(part, most)| (part.len(), most));
                let (stored, content) =
                    sizes.fold((0, 0), |all, part| (all.0 + part.0, all.1 + part.1));
                assert_eq!(
                    (packed.stored_bytes(), packed.content_bytes()),
                    (stored, content)
                );
            }
            last => break last,
        }
    };
    let mut rest = Vec::new();
    members.into_rest().read_to_end(&mut rest).unwrap();
    Came { groups, last, rest }
}

/// Says of one part, with nothing, another part or other bytes after it, how much content it can have; `None` if it is none.
fn content_of(compression: Compression, part: &[u8]) -> Option<usize> {
    let usual = match compression {
        Compression::Gzip => member(&stating(25), &[], 0),
        _ => frame(0b0010_0000, &[0], &[(RAW, b"")], b""),
    };
    let mut contents = Vec::new();
    for after in [&b""[..], &usual, b"other"] {
        let stored = [part, after].concat();
        let came = read(compression, &stored, CONTENT_BYTES_MAX);
        let parts = came.groups.concat();
        if parts.is_empty() {
            assert_eq!((came.last, came.rest), (Found::Other, stored));
            contents.push(None);
        } else {
            assert_eq!(parts[0].0, part);
            contents.push(Some(parts[0].1));
            let read_on = after == usual;
            assert_eq!(parts.len(), 1 + usize::from(read_on));
            let is_end = read_on || after.is_empty();
            assert_eq!(came.last, if is_end { Found::End } else { Found::Other });
            assert_eq!(came.rest, if is_end { b"" } else { after });
        }
    }
    assert!(
        contents.iter().all(|content| *content == contents[0]),
        "{contents:?}"
    );
    contents[0]
}

/// A member with these extra fields, bytes, and stated length of content.
fn member(extra: &[u8], body: &[u8], content_bytes: u32) -> Vec<u8> {
    [
        b"\x1F\x8B\x08\x04\0\0\0\0\0\xFF",
        &(extra.len() as u16).to_le_bytes()[..],
        extra,
        body,
        b"hash",
        &content_bytes.to_le_bytes(),
    ]
    .concat()
}

/// An extra field that states a member's length, less one as it is written.
fn stating(written: u16) -> Vec<u8> {
    [b"BC\x02\0", &written.to_le_bytes()[..]].concat()
}

#[test]
fn members_that_state_their_length_are_parts() {
    let mut packer = Packer::new(Compression::Gzip).unwrap().unwrap();
    let mut members = Vec::new();
    for length in [1, 100, 1_000, 0xFF00, 7] {
        let content: Vec<u8> = (0..length).map(|at: u32| ((at * at) >> 5) as u8).collect();
        packer
            .pack(&content, |member| {
                members.push((member.to_vec(), content.len()))
            })
            .unwrap();
    }
    members.push((packer.end().to_vec(), 0));
    let stored: Vec<u8> = members
        .iter()
        .flat_map(|(member, _)| member.clone())
        .collect();
    let came = read(Compression::Gzip, &stored, 1 << 20);
    assert_eq!(
        came,
        Came {
            groups: vec![members.clone()],
            last: Found::End,
            rest: Vec::new()
        }
    );
    // Cut anywhere, what is whole before is parts, and the start of what is not is left.
    for cut in (1..stored.len()).step_by(97) {
        let came = read(Compression::Gzip, &stored[..cut], 1 << 20);
        let mut whole = came.groups.concat();
        let length: usize = whole.iter().map(|(member, _)| member.len()).sum();
        assert_eq!(came.rest, stored[length..cut]);
        assert_eq!(
            came.last,
            if length == cut {
                Found::End
            } else {
                Found::Other
            }
        );
        let next = members[whole.len()].0.len();
        assert!(length + next > cut, "{cut}: a whole member is left");
        whole.extend_from_slice(&members[whole.len()..]);
        assert_eq!(whole, members);
    }
}

#[test]
fn extra_fields_tell_a_members_length() {
    let gzip = |extra: &[u8], body: &[u8]| content_of(Compression::Gzip, &member(extra, body, 5));
    assert_eq!(gzip(&stating(35), &[b'x'; 10]), Some(5));
    // Among other fields, of which there may be many.
    let other = [b"XY\x2C\x01", &[b'y'; 300][..]].concat();
    let length = 12 + other.len() as u16 + 6 + 10 + 8;
    let after = [&other[..], &stating(length - 1)].concat();
    let before = [&stating(length - 1)[..], &other].concat();
    assert_eq!(gzip(&after, &[b'x'; 10]), Some(5));
    assert_eq!(gzip(&before, &[b'x'; 10]), Some(5));
    // The least and the most that a member can have.
    assert_eq!(gzip(&stating(25), b""), Some(5));
    assert_eq!(gzip(&stating(24), b""), None);
    assert_eq!(gzip(&stating(0), b""), None);
    assert_eq!(gzip(&stating(0xFFFF), &vec![b'x'; 0x1_0000 - 26]), Some(5));
    // None, two, one of another length, one that goes on past the extra fields, something after them.
    let twice = stating(31).repeat(2);
    let wide = b"BC\x03\0\x1F\0\0";
    let cut = b"BC\x02\0\x1F";
    let trailing = [&stating(35)[..], b"BC\x09"].concat();
    for extra in [&b""[..], b"AB\x02\0\x19\0", &twice, wide, cut, &trailing] {
        assert_eq!(gzip(extra, &[b'x'; 10]), None, "{}", extra.escape_ascii());
    }
    let content = |bytes| content_of(Compression::Gzip, &member(&stating(25), b"", bytes));
    assert_eq!(content(0), Some(0));
    assert_eq!(content(64 << 10), Some(64 << 10));
    assert_eq!(content((64 << 10) + 1), None);
    // Another method, and other flags.
    for (at, byte) in [(0, 0x1E), (1, 0), (2, 7), (3, 0), (3, 5), (3, 12)] {
        let mut changed = member(&stating(25), b"", 5);
        changed[at] = byte;
        assert_eq!(
            content_of(Compression::Gzip, &changed),
            None,
            "{at}: {byte}"
        );
    }
}

#[test]
fn as_many_parts_are_given_out_together_as_were_asked_for() {
    let stored = member(&stating(25), b"", 100).repeat(7);
    let groups = |together_bytes| -> Vec<usize> {
        let came = read(Compression::Gzip, &stored, together_bytes);
        assert_eq!((came.last, came.rest.len()), (Found::End, 0));
        came.groups.iter().map(Vec::len).collect()
    };
    assert_eq!(groups(1), [1; 7]);
    assert_eq!(groups(199), [1; 7]);
    assert_eq!(groups(200), [2, 2, 2, 1]);
    assert_eq!(groups(350), [3, 3, 1]);
    assert_eq!(groups(700), [7]);
    // What has no content is bounded by the bytes that are read.
    let empty = member(&stating(31), b"empty.", 0);
    let came = read(Compression::Gzip, &empty.repeat(5_000), 1);
    let lengths: Vec<usize> = came.groups.iter().map(Vec::len).collect();
    assert_eq!(lengths, [2_048, 2_048, 904]);
    let came = read(Compression::Gzip, &empty.repeat(5_000), 32 * 4_000);
    let lengths: Vec<usize> = came.groups.iter().map(Vec::len).collect();
    assert_eq!(lengths, [4_000, 1_000]);
}

/// Kinds of blocks, and what follows the three bytes at the start of each.
const RAW: u32 = 0;
const RUN: u32 = 1;
const COMPRESSED: u32 = 2;
const RESERVED: u32 = 3;

/// A frame with this descriptor, what comes after it, blocks, and a checksum.
fn frame(descriptor: u8, head: &[u8], blocks: &[(u32, &[u8])], checksum: &[u8]) -> Vec<u8> {
    let mut frame = b"\x28\xB5\x2F\xFD".to_vec();
    frame.push(descriptor);
    frame.extend_from_slice(head);
    for (at, &(kind, bytes)) in blocks.iter().enumerate() {
        let last = u32::from(at + 1 == blocks.len());
        // A run's stated length is that of its content.
        let size = if kind == RUN {
            100_000
        } else {
            bytes.len() as u32
        };
        frame.extend_from_slice(&(size << 3 | kind << 1 | last).to_le_bytes()[..3]);
        frame.extend_from_slice(bytes);
    }
    frame.extend_from_slice(checksum);
    frame
}

fn zstd(frame: &[u8]) -> Option<usize> {
    content_of(Compression::Zstd, frame)
}

const ONE_BLOCK: [(u32, &[u8]); 1] = [(COMPRESSED, b"block")];

#[test]
fn frames_are_as_long_as_their_heads_and_blocks_say() {
    let blocks: [&[(u32, &[u8])]; 5] = [
        &ONE_BLOCK,
        &[(RAW, b"")],
        &[(RUN, b"r")],
        &[(RUN, b"r"), (RAW, &[1; 300]), (COMPRESSED, &[0xFF; 70_000])],
        &[(RAW, b"x"), (RUN, b"\x07"), (RUN, b"\0")],
    ];
    // Numbers that take one byte, two (of which 256 is taken first), four and eight.
    for blocks in blocks {
        for (flag, number, content) in [
            (0b00, &b"\xFE"[..], 0xFE),
            (0b01, &b"\x02\x01"[..], 0x0102 + 256),
            (0b10, &b"\x03\x02\x01\0"[..], 0x01_0203),
            (0b11, &b"\x03\x02\x01\0\0\0\0\0"[..], 0x01_0203),
        ] {
            for (checked, checksum) in [(0, &b""[..]), (0b100, b"hash")] {
                for unused in [0, 0b1_0000] {
                    let descriptor = flag << 6 | checked | unused;
                    let single = frame(descriptor | 0b10_0000, number, blocks, checksum);
                    assert_eq!(zstd(&single), Some(content), "{descriptor:#b}");
                    // With a window before it, the number of one byte is not there: it is not stated.
                    let (number, content) = match flag {
                        0 => (&b""[..], None),
                        _ => (number, Some(content)),
                    };
                    let head = [&b"\x08"[..], number].concat();
                    let found = zstd(&frame(descriptor, &head, blocks, checksum));
                    let most = found.expect("it is a part");
                    assert!(
                        content.is_none_or(|content| content == most),
                        "{descriptor:#b}"
                    );
                    assert!(content.is_some() || most <= blocks.len() * ZSTD_BLOCK_BYTES_MAX);
                }
            }
        }
    }
    // A reserved bit, a dictionary, a reserved kind of block.
    assert_eq!(zstd(&frame(0b0010_0000, &[9], &ONE_BLOCK, b"")), Some(9));
    for other in [0b1000, 0b01, 0b10, 0b11, 0b1011] {
        let odd = frame(0b0010_0000 | other, &[9], &ONE_BLOCK, b"");
        assert_eq!(zstd(&odd), None, "{other:#b}");
    }
    assert_eq!(
        zstd(&frame(0b0010_0000, &[9], &[(RESERVED, b"block")], b"")),
        None
    );
    for (at, byte) in [(0, 0x27), (1, 0), (2, 0), (3, 0)] {
        let mut changed = frame(0b0010_0000, &[9], &ONE_BLOCK, b"");
        changed[at] = byte;
        assert_eq!(zstd(&changed), None, "{at}: {byte}");
    }
}

/// What the decoder of streams would refuse is no part, so that nobody decompresses it.
#[test]
fn frames_with_a_window_of_more_than_128_mib_are_no_parts() {
    for exponent in 0..32_u8 {
        for mantissa in 0..8_u8 {
            let window_bytes = (1_u64 << (10 + exponent)) / 8 * (8 + u64::from(mantissa));
            let head = [exponent << 3 | mantissa];
            let sized = frame(0b0100_0000, &[&head[..], b"\0\0"].concat(), &ONE_BLOCK, b"");
            let is_moderate = window_bytes <= 128 << 20;
            assert_eq!(zstd(&sized).is_some(), is_moderate, "{exponent} {mantissa}");
            let free = zstd(&frame(0, &head, &ONE_BLOCK, b""));
            assert!(free.is_none() || is_moderate, "{exponent} {mantissa}");
            assert!(free.is_some() || window_bytes > CONTENT_BYTES_MAX as u64);
        }
    }
}

#[test]
fn frames_with_too_much_content_are_no_parts() {
    let sized = |content: u64| {
        frame(
            0b1110_0000,
            &content.to_le_bytes(),
            &[(RUN, &b"r"[..]); 70],
            b"",
        )
    };
    let most = CONTENT_BYTES_MAX as u64;
    assert_eq!(zstd(&sized(most)), Some(CONTENT_BYTES_MAX));
    for content in [most + 1, 1 << 32, 1 << 40, u64::MAX] {
        assert_eq!(zstd(&sized(content)), None, "{content}");
    }
    // A frame that does not state it has at most what its blocks have room for.
    let unsized_blocks = |blocks: usize| frame(0, &[0], &vec![ONE_BLOCK[0]; blocks], b"");
    let most = CONTENT_BYTES_MAX / ZSTD_BLOCK_BYTES_MAX;
    assert_eq!(zstd(&unsized_blocks(most)), Some(CONTENT_BYTES_MAX));
    assert_eq!(zstd(&unsized_blocks(most + 1)), None);
    // As they are stored, they take no more than twice the most content.
    let block = vec![b'x'; (1 << 21) - 1];
    let long = |blocks: usize| {
        let all = vec![(RAW, &block[..]); blocks];
        read(Compression::Zstd, &frame(0b0010_0000, &[9], &all, b""), 1)
            .groups
            .len()
    };
    assert_eq!((long(7), long(8)), (1, 0));
}

#[test]
fn frames_that_do_not_fit_are_given_out_later() {
    let sized = frame(0b0010_0000, &[100], &ONE_BLOCK, b"");
    let large = frame(
        0b1010_0000,
        &(CONTENT_BYTES_MAX as u32).to_le_bytes(),
        &ONE_BLOCK,
        b"",
    );
    let free = frame(0, &[0], &ONE_BLOCK, b"");
    let groups = |frames: &[&Vec<u8>], together_bytes| -> Vec<usize> {
        let stored: Vec<u8> = frames.iter().copied().flatten().copied().collect();
        let came = read(Compression::Zstd, &stored, together_bytes);
        assert_eq!((came.last, came.rest.len()), (Found::End, 0));
        assert_eq!(came.groups.concat().len(), frames.len());
        came.groups.iter().map(Vec::len).collect()
    };
    assert_eq!(groups(&[&sized, &sized, &sized], 200), [2, 1]);
    assert_eq!(groups(&[&sized, &sized, &sized], 199), [1, 1, 1]);
    assert_eq!(groups(&[&large, &sized, &large, &large], 200), [1, 1, 1, 1]);
    assert_eq!(groups(&[&free, &free, &sized, &free], 1_000), [1, 1, 1, 1]);
    assert_eq!(groups(&[&free, &sized], ZSTD_BLOCK_BYTES_MAX + 100), [2]);
}

#[test]
fn frames_that_are_cut_are_left() {
    let whole = frame(
        0b1010_0100,
        b"\x63\0\0\0",
        &[(RAW, b"first"), (RUN, b"r"), (RAW, b"")],
        b"hash",
    );
    for cut in 0..=whole.len() {
        let stored = [&whole, &whole[..cut]].concat();
        let came = read(Compression::Zstd, &stored, CONTENT_BYTES_MAX);
        let is_end = cut == 0 || cut == whole.len();
        assert_eq!(
            came.groups.concat().len(),
            if cut == whole.len() { 2 } else { 1 }
        );
        assert_eq!(came.last, if is_end { Found::End } else { Found::Other });
        assert_eq!(came.rest, if is_end { b"" } else { &whole[..cut] });
    }
}

#[test]
fn skippable_frames_are_passed_over() {
    let skippable = |magic: u8, length: usize| {
        let stated = (length as u32).to_le_bytes();
        [&[magic], &b"\x2A\x4D\x18"[..], &stated, &vec![b's'; length]].concat()
    };
    let usual = frame(0b0010_0000, &[9], &ONE_BLOCK, b"");
    for (magic, length, is_skipped) in [
        (0x50, 0, true),
        (0x5F, 1, true),
        (0x51, 300, true),
        (0x57, 64 << 10, true),
        (0x57, (64 << 10) + 1, false),
        (0x4F, 3, false),
        (0x60, 3, false),
    ] {
        let odd = skippable(magic, length);
        let came = read(
            Compression::Zstd,
            &[&usual[..], &odd, &usual].concat(),
            1_000,
        );
        let parts = came.groups.concat();
        assert!(parts.iter().all(|part| *part == (usual.clone(), 9)));
        if is_skipped {
            assert_eq!(
                (parts.len(), came.last, came.rest.len()),
                (2, Found::End, 0)
            );
        } else {
            let rest = [odd, usual.clone()].concat();
            assert_eq!((parts.len(), came.last, came.rest), (1, Found::Other, rest));
        }
    }
    let whole = skippable(0x55, 30);
    for cut in 1..whole.len() {
        let came = read(Compression::Zstd, &whole[..cut], 1_000);
        assert_eq!((came.last, &came.rest[..]), (Found::Other, &whole[..cut]));
    }
    // Nothing but skipped frames is bounded too: groups of none.
    let came = read(Compression::Zstd, &skippable(0x50, 56).repeat(2_500), 1);
    assert_eq!((came.groups, came.last), (vec![vec![]; 3], Found::End));
}
