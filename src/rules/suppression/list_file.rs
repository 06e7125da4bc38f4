//! A list's file as a stream of decompressed bytes: plain, gzip or zstd, told by content; digested
//! as it lies on disk while it is read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::compression::{Compression, MAGIC_BYTES};
use crate::content_limit::ContentLimit;
use crate::digest::{Digest, DigestKind, DigestRead, Seen};

/// An open list.
pub(super) struct ListFile {
    /// The decompressed bytes.
    pub(super) content: Box<dyn Read + Send>,
    blake3: Arc<Mutex<Seen>>,
    sha256: Arc<Mutex<Seen>>,
}

impl ListFile {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let (raw, blake3) = DigestRead::new(File::open(path)?, DigestKind::Blake3);
        let (mut raw, sha256) = DigestRead::new(raw, DigestKind::Sha256);
        let mut start = vec![0; MAGIC_BYTES];
        let count = read_fully(&mut raw, &mut start)?;
        start.truncate(count);
        let compression = Compression::of(&start);
        let content =
            ContentLimit::default().decode(compression, io::Cursor::new(start).chain(raw))?;
        Ok(Self {
            content,
            blake3,
            sha256,
        })
    }

    /// BLAKE3 and SHA-256 of the file, whose content has been read to its end.
    pub(super) fn finish(mut self) -> io::Result<([u8; 32], [u8; 32])> {
        let rest = io::copy(&mut self.content, &mut io::sink())?;
        // INVARIANT: a digest stands for the whole file, or not at all.
        assert_eq!(rest, 0, "the whole list is read before its digest is taken");
        let digest = |seen: &Mutex<Seen>| -> [u8; 32] {
            let seen = seen.lock().expect("no thread panics while it digests");
            let Digest { bytes, .. } = seen.digest.finish().expect("a digest was asked for");
            bytes
        };
        Ok((digest(&self.blake3), digest(&self.sha256)))
    }
}

/// Reads until the buffer is full or the input at its end.
pub(super) fn read_fully(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut count = 0;
    while count < buffer.len() {
        match reader.read(&mut buffer[count..]) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}
