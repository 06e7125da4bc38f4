//! What is found in the heads of frames, whose blocks are not looked into.

use super::*;

/// Kinds of blocks.
const STORED: usize = 0;
const RUN: usize = 1;
const COMPRESSED: usize = 2;

/// A frame that does not state its content, of blocks of these kinds and sizes.
fn frame(blocks: &[(usize, usize)]) -> Vec<u8> {
    let mut frame = b"\x28\xB5\x2F\xFD\0\x58".to_vec();
    for (index, &(kind, size)) in blocks.iter().enumerate() {
        let last = usize::from(index + 1 == blocks.len());
        frame.extend_from_slice(&(size << 3 | kind << 1 | last).to_le_bytes()[..3]);
        frame.resize(frame.len() + if kind == RUN { 1 } else { size }, b'x');
    }
    frame
}

/// Most content of a frame that is a part.
fn content_bytes(blocks: &[(usize, usize)]) -> Option<usize> {
    let stored = frame(blocks);
    let mut packed = Packed::default();
    let mut members = Members::new(Compression::Zstd, &stored[..], 256 << 10);
    match members.next(&mut packed).unwrap() {
        Found::Parts => {
            assert_eq!(packed.stored_bytes(), stored.len());
            let content_bytes = packed.content_bytes();
            assert_eq!(members.next(&mut packed).unwrap(), Found::End);
            Some(content_bytes)
        }
        Found::Other => None,
        Found::End => panic!("there is a frame"),
    }
}

#[test]
fn a_frame_is_as_large_as_its_blocks_can_be() {
    // As `pzstd` makes them: 8 MiB in whole blocks, and an empty one.
    let mut blocks = vec![(COMPRESSED, 33_000); 64];
    assert_eq!(content_bytes(&blocks), Some(8 << 20));
    blocks.push((STORED, 0));
    assert_eq!(content_bytes(&blocks), Some(8 << 20));
    for more in [(STORED, 1), (RUN, 1), (COMPRESSED, 3)] {
        *blocks.last_mut().unwrap() = more;
        assert_eq!(content_bytes(&blocks), None, "{more:?}");
    }
    assert_eq!(
        content_bytes(&[(STORED, 700), (RUN, 80_000), (STORED, 0)]),
        Some(80_700)
    );
    assert_eq!(content_bytes(&[(RUN, 1 << 20); 8]), Some(8 << 20));
    assert_eq!(content_bytes(&[(RUN, 1 << 20); 9]), None);
    assert_eq!(content_bytes(&[(3, 10)]), None, "a kind that is reserved");
}
