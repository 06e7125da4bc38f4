//! A list's file as a stream of decompressed bytes: plain, gzip or zstd, told by content; digested
//! as it lies on disk while it is read.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};

/// Bytes that are read from disk at once.
const READ_BYTES: usize = 256 << 10;

/// An open list.
pub(super) struct ListFile {
    /// The decompressed bytes.
    pub(super) content: Box<dyn Read>,
    digests: Rc<RefCell<FileDigests>>,
}

/// Digests of a file's bytes as they lie on disk.
#[derive(Default)]
struct FileDigests {
    blake3: blake3::Hasher,
    sha256: Sha256,
}

struct DigestingReader {
    file: File,
    digests: Rc<RefCell<FileDigests>>,
}

impl Read for DigestingReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        let mut digests = self.digests.borrow_mut();
        digests.blake3.update(&buffer[..count]);
        digests.sha256.update(&buffer[..count]);
        Ok(count)
    }
}

impl ListFile {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let digests = Rc::new(RefCell::new(FileDigests::default()));
        let mut raw = DigestingReader {
            file: File::open(path)?,
            digests: Rc::clone(&digests),
        };

        let mut magic = [0; 4];
        let count = read_fully(&mut raw, &mut magic)?;
        let start = io::Cursor::new(magic[..count].to_vec());
        let raw = BufReader::with_capacity(READ_BYTES, start.chain(raw));
        let content: Box<dyn Read> = match magic[..count] {
            [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(raw)),
            [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => {
                Box::new(zstd::stream::read::Decoder::with_buffer(raw)?)
            }
            _ => Box::new(raw),
        };
        Ok(Self { content, digests })
    }

    /// BLAKE3 and SHA-256 of the file, whose content has been read to its end.
    pub(super) fn finish(mut self) -> io::Result<([u8; 32], [u8; 32])> {
        let rest = io::copy(&mut self.content, &mut io::sink())?;
        // INVARIANT: a digest stands for the whole file, or not at all.
        assert_eq!(rest, 0, "the whole list is read before its digest is taken");
        let digests = self.digests.borrow();
        Ok((
            *digests.blake3.finalize().as_bytes(),
            digests.sha256.clone().finalize().into(),
        ))
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

/// The delimiter that a list's name implies: tab for `.tsv`, `|` for `.psv` (before `.gz` and `.zst` too), else a comma.
pub(super) fn implied_delimiter(path: &Path) -> u8 {
    let is = |path: &Path, wanted: &str| {
        path.extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
    };
    let stem = path.with_extension("");
    let inner = if is(path, "gz") || is(path, "zst") {
        stem.as_path()
    } else {
        path
    };
    if is(inner, "tsv") {
        b'\t'
    } else if is(inner, "psv") {
        b'|'
    } else {
        b','
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_imply_delimiters() {
        for (name, delimiter) in [
            ("a.csv", b','),
            ("a.tsv", b'\t'),
            ("a.TSV.gz", b'\t'),
            ("dir.tsv/a.csv", b','),
            ("a.psv.zst", b'|'),
            ("a.tsv.bak", b','),
            ("a", b','),
            (".tsv", b','),
        ] {
            assert_eq!(
                char::from(implied_delimiter(Path::new(name))),
                char::from(delimiter),
                "{name}"
            );
        }
    }
}
