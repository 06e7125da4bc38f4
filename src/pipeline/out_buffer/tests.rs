//! An output is its blocks' bytes one behind the other, with what is due between them, however they are written.

use proptest::prelude::*;

use super::*;
use crate::records::PADDING;

/// What would be in the file.
fn put(file: &mut Vec<u8>, (offset, bytes): (u64, &[u8]), alignment: usize) {
    assert_eq!(
        offset,
        file.len() as u64,
        "no byte is passed over or written twice"
    );
    assert!(offset.is_multiple_of(alignment as u64) && bytes.len().is_multiple_of(alignment));
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
        block_bytes in prop_oneof![Just(1_usize), Just(512 << 10), 1..600_000_usize],
    ) {
        let alignment = alignment(block_bytes);
        prop_assert!(alignment.is_power_of_two() && (ALIGNMENT_MIN..=ALIGNMENT_MAX).contains(&alignment));
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
            let last = match unterminated {
                true => LastRecord::Unterminated,
                false => LastRecord::Terminated,
            };
            let settled = buffer.settle(alignment, &mut tail, terminator, last);
            put(&mut file, (settled.offset, buffer.settled(&settled)), alignment);
            prop_assert!(tail.left_over.len() < alignment);
            prop_assert_eq!(tail.offset, file.len() as u64);
            prop_assert_eq!((tail.last == LastRecord::Unterminated, tail.terminators_inserted), (owes, inserted));
            buffer.clear();
            prop_assert_eq!(buffer.content(), b"");
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

#[test]
fn records_of_any_length_are_pushed_with_their_text_and_terminator() {
    let source: Vec<u8> = (0..500 + PADDING).map(|at| (at % 253) as u8).collect();
    let lengths = [0, 1, SHORTEST, SHORTEST + 1, SHORT, SHORT + 1, 400];
    let texts = [0, 1, SHORTER, SHORTER + 1, 300].map(|length| Suffix {
        padded: vec![b'r'; length + PADDING].into(),
        length,
    });
    let (mut buffer, mut expected) = (OutBuffer::new(), Vec::new());
    for length in lengths {
        for text in &texts {
            for terminator in 0..=2 {
                let (start, end) = (7, 7 + length);
                let next = end + terminator;
                buffer.push_record(&source, (start, end), text, (end, next));
                expected.extend_from_slice(&source[start..end]);
                expected.extend_from_slice(&text.padded[..text.length]);
                expected.extend_from_slice(&source[end..next]);
                assert_eq!(buffer.content(), expected, "{length} {}", text.length);
            }
        }
    }
}
