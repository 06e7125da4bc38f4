//! Whether a file that marks its end has it: BGZF that was cut between two members decompresses without an error.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex};

use super::members::bgzf_length;
use super::pack::BGZF_END;

/// Bytes of a file's start that are looked at: those of a member's header with room for some extra fields.
const START_BYTES: usize = 256;

/// How a stored file starts and ends.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    start: Vec<u8>,
    end: Vec<u8>,
}

/// A reader that notes how what passes through it starts and ends.
pub(crate) struct EndsRead<R> {
    inner: R,
    ends: Arc<Mutex<Ends>>,
}

impl Ends {
    /// Of an open file of so many bytes.
    ///
    /// # Errors
    /// If it cannot be read, or has fewer.
    pub(crate) fn of_file(file: &File, bytes: u64) -> io::Result<Self> {
        let part =
            |most: usize| vec![0; usize::try_from(bytes).map_or(most, |bytes| bytes.min(most))];
        let (mut start, mut end) = (part(START_BYTES), part(BGZF_END.len()));
        file.read_exact_at(&mut start, 0)?;
        let end_at = bytes - end.len() as u64;
        file.read_exact_at(&mut end, end_at)?;
        Ok(Self { start, end })
    }

    /// Whether it is BGZF without the member that tells its end.
    pub(crate) fn lacks_end(&self) -> bool {
        let extra = match self.start.split_at_checked(12) {
            Some(([0x1F, 0x8B, 8, 4, .., low, high], rest)) => {
                rest.get(..u16::from_le_bytes([*low, *high]).into())
            }
            _ => None,
        };
        extra.and_then(bgzf_length).is_some() && self.end != BGZF_END
    }

    fn note(&mut self, bytes: &[u8]) {
        let room = START_BYTES - self.start.len();
        self.start
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.end
            .extend_from_slice(&bytes[bytes.len().saturating_sub(BGZF_END.len())..]);
        self.end
            .drain(..self.end.len().saturating_sub(BGZF_END.len()));
    }
}

impl<R> EndsRead<R> {
    /// Notes what `inner` reads; what was noted so far can be looked at in the second value at any time.
    pub(crate) fn new(inner: R) -> (Self, Arc<Mutex<Ends>>) {
        let ends = Arc::default();
        let noted = Arc::clone(&ends);
        (Self { inner, ends }, noted)
    }
}

impl<R: Read> Read for EndsRead<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let mut ends = self.ends.lock().expect("no thread panics while it notes");
        ends.note(&buffer[..count]);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// A member's start, with other extra fields before that of BGZF.
    fn bgzf(extra: &[u8]) -> Vec<u8> {
        let all = [extra, b"BC\x02\0\x1b\0"].concat();
        let length = u16::try_from(all.len()).unwrap().to_le_bytes();
        [
            &[0x1F, 0x8B, 8, 4, 0, 0, 0, 0, 0, 0xFF],
            &length[..],
            &all,
            &[7; 300],
        ]
        .concat()
    }

    #[test]
    fn bgzf_without_its_last_member_lacks_its_end_however_it_is_read() {
        let plain = [&[0x1F, 0x8B, 8, 0][..], &[7; 300]].concat();
        for (bytes, lacks) in [
            (bgzf(b""), true),
            (bgzf(b"XY\x01\0z"), true),
            ([&bgzf(b"")[..], &BGZF_END].concat(), false),
            (BGZF_END.to_vec(), false),
            (BGZF_END[..20].to_vec(), true),
            (plain, false),
            (b"id\n1\n".to_vec(), false),
            (Vec::new(), false),
        ] {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&bytes).unwrap();
            let ends = Ends::of_file(&file, bytes.len() as u64).unwrap();
            assert_eq!(ends.lacks_end(), lacks, "{bytes:?}");
            for step in [1, 7, 28, 1000] {
                let mut noted = Ends::default();
                bytes.chunks(step).for_each(|part| noted.note(part));
                assert_eq!(noted.lacks_end(), lacks, "{step} at a time: {bytes:?}");
            }
        }
    }
}
