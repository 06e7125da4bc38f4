//! A list's file as a stream of decompressed bytes: plain, gzip or zstd, told by content; digested
//! as it lies on disk while it is read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::compression::{Compression, Ends, EndsRead, MAGIC_BYTES};
use crate::content_limit::ContentLimit;
use crate::digest::{Digest, DigestKind, DigestRead, Seen};
use crate::identity::{Identity, changed, check_unchanged};
use crate::reading::fill;

/// An open list.
pub(super) struct ListFile {
    /// The decompressed bytes.
    pub(super) content: Box<dyn Read + Send>,
    file: File,
    /// What it was when it was opened, if it is a regular file.
    opened: Option<Identity>,
    blake3: Arc<Mutex<Seen>>,
    sha256: Arc<Mutex<Seen>>,
    ends: Arc<Mutex<Ends>>,
}

impl ListFile {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let opened = Identity::of_file(&file)?;
        let (raw, blake3) = DigestRead::new(file.try_clone()?, DigestKind::Blake3);
        let (raw, sha256) = DigestRead::new(raw, DigestKind::Sha256);
        let (mut raw, ends) = EndsRead::new(raw);
        let mut start = vec![0; MAGIC_BYTES];
        let mut count = 0;
        fill(&mut raw, &mut start, &mut count)?;
        start.truncate(count);
        let compression = Compression::of(&start);
        let content =
            ContentLimit::default().decode(compression, io::Cursor::new(start).chain(raw))?;
        Ok(Self {
            content,
            file,
            opened,
            blake3,
            sha256,
            ends,
        })
    }

    /// BLAKE3 and SHA-256 of the file, whose content has been read to its end.
    ///
    /// INVARIANT: a digest stands for the whole file, and so does the list: whoever is on what is missing would be supplied.
    pub(super) fn finish(mut self) -> io::Result<([u8; 32], [u8; 32])> {
        if io::copy(&mut self.content, &mut io::sink())? > 0 {
            return Err(changed());
        }
        check_unchanged(&self.file, self.opened)?;
        // INVARIANT: a list that was cut between two parts would let people through, so where a format tells its end it must be there.
        let ends = self.ends.lock().expect("no thread panics while it notes");
        if ends.lacks_end() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        drop(ends);
        let digest = |seen: &Mutex<Seen>| -> [u8; 32] {
            let seen = seen.lock().expect("no thread panics while it digests");
            let Digest { bytes, .. } = seen.digest.finish().expect("a digest was asked for");
            bytes
        };
        Ok((digest(&self.blake3), digest(&self.sha256)))
    }
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::io::Write;
    use std::os::unix::fs::FileExt;

    use super::*;

    /// Opens a list, lets something happen to its file once some of it was read, and reads the rest.
    fn read_while(happens: impl FnOnce(&File)) -> io::Result<u64> {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = "id\n".to_owned() + &"12345\n".repeat(100_000);
        std::fs::write(file.path(), &text).unwrap();
        let mut list = ListFile::open(file.path()).unwrap();
        let mut some = vec![0; 1_000];
        list.content.read_exact(&mut some).unwrap();
        let writing = OpenOptions::new().append(true).open(file.path()).unwrap();
        happens(&writing);
        let rest = io::copy(&mut list.content, &mut io::sink())?;
        list.finish()?;
        Ok(rest)
    }

    #[test]
    fn a_list_that_changes_while_it_is_read_is_no_list() {
        assert_eq!(read_while(|_| {}).unwrap(), 3 + 600_000 - 1_000);
        let told = |happens: fn(&File)| read_while(happens).unwrap_err().to_string();
        for happens in [
            // Cut at a row's end, so that nothing else tells.
            (|file| file.set_len(3 + 6 * 50_000).unwrap()) as fn(&File),
            |file| (&mut &*file).write_all(b"67890\n").unwrap(),
            |file| {
                file.set_modified(std::time::SystemTime::UNIX_EPOCH)
                    .unwrap()
            },
        ] {
            assert_eq!(told(happens), "it changed while it was read");
        }
    }

    #[test]
    fn a_list_that_grows_after_its_end_was_read_is_no_list() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "id\n1\n").unwrap();
        let mut list = ListFile::open(file.path()).unwrap();
        io::copy(&mut list.content, &mut io::sink()).unwrap();
        let end = file.as_file().metadata().unwrap().len();
        file.as_file().write_all_at(b"2\n", end).unwrap();
        let told = list.finish().unwrap_err().to_string();
        assert_eq!(told, "it changed while it was read");
    }
}
