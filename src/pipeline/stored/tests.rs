//! Every byte before an error or the end is read, counted and digested once, whoever digests it; an error is told, and nothing after it.

use super::*;
use crate::digest::OrderedDigest;

/// What a source does when it is asked, in order; nothing more comes afterwards.
enum Does {
    Give(Vec<u8>),
    Fail(i32),
    Interrupt,
    End,
}

struct Source(VecDeque<Does>);

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.pop_front() {
            Some(Does::Give(mut bytes)) => {
                let count = bytes.len().min(buffer.len());
                buffer[..count].copy_from_slice(&bytes[..count]);
                bytes.drain(..count);
                if !bytes.is_empty() {
                    self.0.push_front(Does::Give(bytes));
                }
                Ok(count)
            }
            Some(Does::Fail(number)) => Err(io::Error::from_raw_os_error(number)),
            Some(Does::Interrupt) => Err(io::ErrorKind::Interrupted.into()),
            Some(Does::End) | None => Ok(0),
        }
    }
}

fn content(length: usize) -> Vec<u8> {
    (0..length as u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect()
}

/// Gives content in pieces of a length, interrupted now and then; then `after`.
fn source(content: &[u8], piece_bytes: usize, after: Vec<Does>) -> Box<dyn Read + Send> {
    let mut does = VecDeque::new();
    for piece in content.chunks(piece_bytes) {
        does.extend([Does::Interrupt, Does::Give(piece.to_vec())]);
    }
    does.extend(after);
    Box::new(Source(does))
}

/// Reads so much at a time until there is an end or an error.
fn read_all(reader: &mut StoredRead, count: usize) -> (Vec<u8>, io::Result<()>) {
    let (mut read, mut buffer) = (Vec::new(), vec![0; count]);
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return (read, Ok(())),
            Ok(count) => read.extend_from_slice(&buffer[..count]),
            Err(error) => return (read, Err(error)),
        }
    }
}

#[test]
fn an_error_comes_after_all_bytes_before_it() {
    for length in [
        0,
        1,
        10,
        READ_BYTES - 1,
        READ_BYTES,
        READ_BYTES + 1,
        2 * READ_BYTES,
    ] {
        for count in [7_001, READ_BYTES, 3 * READ_BYTES] {
            let content = content(length);
            // What would come after the error must not be taken for what comes after the bytes.
            let after = vec![Does::Fail(5), Does::Give(b"after".to_vec()), Does::End];
            let seen = StoredSeen::new(DigestKind::Blake3);
            let counted = seen.read();
            let mut reader = StoredRead::new(source(&content, 50_001, after), seen);
            let (read, ended) = read_all(&mut reader, count);
            assert!(read == content, "{length} bytes, {count} at a time");
            let error = ended.expect_err("the source failed");
            assert_eq!(error.raw_os_error(), Some(5));
            assert_eq!(counted.load(Ordering::Relaxed), length as u64);
        }
    }
}

#[test]
fn what_comes_after_the_end_is_not_read() {
    for length in [0, 10, READ_BYTES, READ_BYTES + 10] {
        let content = content(length);
        let after = vec![Does::End, Does::Give(b"grown".to_vec())];
        let seen = StoredSeen::new(DigestKind::Sha256);
        let mut reader = StoredRead::new(source(&content, 50_001, after), Arc::clone(&seen));
        for expected in [&content[..], b"", b""] {
            let (read, ended) = read_all(&mut reader, 10_000);
            assert!(read == expected, "{length} bytes");
            ended.unwrap();
        }
        drop(reader);
        assert_eq!(seen.finish().0, length as u64);
    }
}

#[test]
fn all_that_is_read_is_digested_whoever_does_it() {
    for kind in [DigestKind::Blake3, DigestKind::Sha256] {
        for length in [
            0,
            1,
            READ_BYTES,
            3 * READ_BYTES + 1_000,
            14 * READ_BYTES + 1,
        ] {
            // How many pieces others digest each time that something was read.
            for by_others in [0, 1, 3] {
                let content = content(length);
                let mut expected = OrderedDigest::new(kind);
                expected.update(&content);
                let seen = StoredSeen::new(kind);
                let mut reader =
                    StoredRead::new(source(&content, 100_000, vec![]), Arc::clone(&seen));
                let mut buffer = vec![0; 60_000];
                let mut read = Vec::new();
                loop {
                    let count = reader.read(&mut buffer).unwrap();
                    if count == 0 {
                        break;
                    }
                    read.extend_from_slice(&buffer[..count]);
                    for _ in 0..by_others {
                        seen.digest_one();
                    }
                    assert!(seen.lock().waiting.len() <= WAITING_MAX);
                }
                assert!(read == content);
                drop(reader);
                assert_eq!(
                    seen.finish(),
                    (length as u64, expected.finish()),
                    "{kind:?}"
                );
            }
        }
    }
}

/// There may be thousands of inputs, and all of them are kept to the end.
#[test]
fn an_input_that_has_ended_keeps_no_memory_and_its_digest_is_right() {
    let bytes = content(3 * READ_BYTES + 1);
    let seen = StoredSeen::new(DigestKind::Blake3);
    let mut reader = StoredRead::new(Box::new(io::Cursor::new(bytes.clone())), Arc::clone(&seen));
    let mut read = Vec::new();
    reader.read_to_end(&mut read).unwrap();
    assert!(read == bytes);
    seen.digest_one();
    drop(reader);
    seen.end();
    {
        let pieces = seen.lock();
        assert!(pieces.waiting.is_empty() && pieces.free.capacity() == 0);
    }
    let mut expected = OrderedDigest::new(DigestKind::Blake3);
    expected.update(&bytes);
    assert_eq!(seen.finish(), (bytes.len() as u64, expected.finish()));
}
