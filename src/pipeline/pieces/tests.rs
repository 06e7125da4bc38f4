//! However an output is cut into pieces, what is due is all of it, in order, and little waits.

use proptest::prelude::*;

use super::*;

const STRETCH: u64 = STRETCH_BYTES_MAX;

/// A piece of so many bytes at an offset, somewhere in memory that is larger by so much.
fn piece(offset: u64, length: usize, room: usize) -> Piece {
    let mut memory = vec![0; room + length];
    for (at, byte) in memory[room..].iter_mut().enumerate() {
        *byte = byte_at(offset + at as u64);
    }
    Piece::new(offset, memory, room..room + length)
}

fn byte_at(offset: u64) -> u8 {
    (offset % 251) as u8
}

/// Pieces' lengths, those that end with a stretch among them.
fn lengths() -> impl Strategy<Value = Vec<(usize, usize)>> {
    let length = prop_oneof![
        1..10_usize,
        1..40_000_usize,
        Just(STRETCH as usize / 4),
        Just(STRETCH as usize),
        1..200_000_usize,
    ];
    let room = prop_oneof![Just(0_usize), 0..9_000_usize, Just(600_000)];
    proptest::collection::vec((length, room), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_is_due_is_all_of_it_in_order(lengths in lengths()) {
        let (mut waiting, mut written) = (Waiting::default(), 0_u64);
        let mut offset = 0_u64;
        for (length, room) in lengths {
            let next = piece(offset, length, room);
            offset = next.end();
            let memory_bytes = waiting.memory_bytes() + next.memory_bytes();
            let due = waiting.add(next, STRETCH);
            for piece in &due {
                prop_assert_eq!(piece.offset, written, "no byte is passed over or written twice");
                prop_assert!(!piece.bytes().is_empty());
                prop_assert!(piece.bytes().iter().zip(written..).all(|(&byte, at)| byte == byte_at(at)));
                written = piece.end();
            }
            if !due.is_empty() && !written.is_multiple_of(STRETCH) {
                prop_assert!(memory_bytes > WAITING_BYTES_MAX, "no stretch is cut without need");
                prop_assert_eq!(written, offset);
            }
            prop_assert!(waiting.memory_bytes() <= WAITING_BYTES_MAX);
            prop_assert!(offset - written < STRETCH);
        }
        let rest: u64 = waiting.take().iter().map(|piece| piece.bytes().len() as u64).sum();
        prop_assert_eq!(written + rest, offset);
    }
}

#[test]
fn memory_comes_back_with_the_last_piece_of_it() {
    let whole = piece(0, 3 * STRETCH as usize / 2, 7);
    let (before, after) = whole.split_at(STRETCH);
    assert_eq!(
        (before.end(), after.offset),
        (STRETCH, STRETCH),
        "cut there"
    );
    assert_eq!(after.into_memory(), None);
    let memory = before.into_memory().expect("nobody else has it any more");
    assert_eq!(memory.len(), 7 + 3 * STRETCH as usize / 2);
}

#[test]
fn stretches_are_whole_pages_for_every_block() {
    for (block_bytes, stretch) in [
        (1, 4 << 10),
        (4_096, 4 << 10),
        (100_003, 8 << 10),
        (256 << 10, 32 << 10),
        (512 << 10, 64 << 10),
        (256 << 20, 64 << 10),
    ] {
        assert_eq!(stretch_bytes(block_bytes), stretch, "{block_bytes}");
    }
}
