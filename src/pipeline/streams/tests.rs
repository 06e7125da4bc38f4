//! A file is what was settled, in that order, in whatever order and by whomever it is put there.

use std::fs;

use proptest::prelude::*;

use super::*;

fn digest_of(bytes: &[u8]) -> Digest {
    let mut digest = OrderedDigest::new(DigestKind::Blake3);
    digest.update(bytes);
    digest.finish().expect("this kind is a digest")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn what_is_settled_in_order_may_be_put_in_any(
        lengths in proptest::collection::vec(prop_oneof![0..600_usize, 0..9_000_usize, 100_000..700_000_usize], 1..24),
        late in 1..5_usize,
        block_bytes in prop_oneof![Just(1_usize), Just(512 << 10), 1..1_000_000_usize],
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("permitted");
        let file = fs::File::create(&path).unwrap();
        let stream = OutputStream::new(("permitted", &file), DigestKind::Blake3, block_bytes, None);
        let mut tail = OutputTail::default();
        let mut expected = Vec::new();
        let mut settled = Vec::new();
        for (number, length) in lengths.into_iter().enumerate() {
            let text: Vec<u8> = (0..length).map(|at| (number + at % 251) as u8).collect();
            expected.extend_from_slice(&text);
            let mut buffer = OutBuffer::new();
            buffer.push(&text);
            settled.push((stream.settle(&mut buffer, &mut tail, b"", LastRecord::Terminated), buffer));
            if settled.len() == late {
                while let Some((latest, mut buffer)) = settled.pop() {
                    stream.put(latest, &mut buffer).unwrap();
                    prop_assert_eq!(buffer.content(), b"");
                }
            }
        }
        for (one, mut buffer) in settled {
            stream.put(one, &mut buffer).unwrap();
        }
        let result = stream.finish(&tail, None).unwrap();
        prop_assert_eq!(result.stored_bytes, expected.len() as u64);
        prop_assert_eq!(result.digest, Some(digest_of(&expected)));
        prop_assert!(fs::read(&path).unwrap() == expected, "the file is what was settled");
    }
}

#[test]
fn what_nobody_wrote_or_two_did_is_not_passed_over() {
    for (times, told) in [(0, "4096 bytes"), (2, "135168 bytes")] {
        let file = tempfile::tempfile().unwrap();
        let none = DigestKind::None;
        let stream = OutputStream::new(("permitted", &file), none, 512 << 10, None);
        let (mut buffer, mut tail) = (OutBuffer::new(), OutputTail::default());
        buffer.push(&[b'a'; 17 << 12]);
        let settled = stream.settle(&mut buffer, &mut tail, b"", LastRecord::Terminated);
        assert_eq!(buffer.settled(&settled).len(), 64 << 10);
        for _ in 0..times {
            let bytes = buffer.settled(&settled);
            stream.write(settled.offset, bytes).unwrap();
        }
        let error = stream.finish(&tail, None).unwrap_err();
        assert!(
            matches!(&error, RunError::Unbalanced(why) if why.starts_with(told)),
            "{error}"
        );
    }
}
