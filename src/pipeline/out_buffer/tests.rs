//! An output is its blocks' bytes one behind the other, with what is due between them, however they are written.

use proptest::prelude::*;

use super::*;
use crate::records::PADDING;

/// What would be in the file.
fn put(file: &mut Vec<u8>, piece: &Piece) {
    assert_eq!(
        piece.offset,
        file.len() as u64,
        "no byte is passed over or written twice"
    );
    let bytes = piece.bytes();
    assert!(!bytes.is_empty() && bytes.len().is_multiple_of(ALIGNMENT));
    file.extend_from_slice(bytes);
}

proptest! {
    #[test]
    fn blocks_follow_each_other(
        blocks in proptest::collection::vec(
            (prop_oneof![Just(0), 1..300_usize, 4_000..4_200_usize, 0..20_000_usize], any::<bool>()),
            1..12,
        ),
        terminator in prop_oneof![Just(&b"\n"[..]), Just(&b"\r\n"[..])],
    ) {
        let (mut buffer, mut tail) = (OutBuffer::new(), OutputTail::default());
        let (mut file, mut expected) = (Vec::new(), Vec::new());
        let (mut owes, mut inserted) = (false, 0);
        for (number, (length, unterminated)) in blocks.into_iter().enumerate() {
            let text: Vec<u8> = (0..length).map(|at| (number + at % 251) as u8).collect();
            buffer.push(&text[..length / 2]);
            buffer.push(&text[length / 2..]);
            prop_assert_eq!(buffer.content(), &text);
            if length > 0 {
                if owes {
                    expected.extend_from_slice(terminator);
                    inserted += 1;
                }
                expected.extend_from_slice(&text);
                owes = unterminated;
            }
            let piece = buffer.settle(&mut tail, terminator, unterminated);
            if let Some(piece) = piece {
                put(&mut file, &piece);
            }
            prop_assert!(tail.left_over.len() < ALIGNMENT);
            prop_assert_eq!(tail.offset, file.len() as u64);
            prop_assert_eq!((tail.owes_terminator, tail.terminators_inserted), (owes, inserted));
            prop_assert_eq!(buffer.content(), b"");
            if number.is_multiple_of(2) {
                buffer.equip(vec![1; number * 100]);
            }
        }
        file.extend_from_slice(&tail.left_over);
        prop_assert_eq!(file, expected);
    }
}

#[test]
fn texts_of_any_length_are_pushed_whole() {
    let source: Vec<u8> = (0..600 + PADDING).map(|at| (at % 253) as u8).collect();
    let (mut buffer, mut expected) = (OutBuffer::new(), Vec::new());
    for length in (0..=600).chain([SHORT, SHORTER, 0, 1]) {
        for start in [0, 1, 600 - length] {
            let end = (start + length).min(600);
            buffer.push_padded(&source, start, end);
            expected.extend_from_slice(&source[start..end]);
            assert_eq!(buffer.len(), expected.len());
        }
    }
    assert_eq!(buffer.content(), expected);
}
