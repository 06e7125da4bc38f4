//! Reads a rules file whole, within a limit, as UTF-8 text with its digests.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::Source;
use crate::identity::{Identity, check_unchanged};
use crate::paths::path_is_wrong;

/// Why a rules file could not be read as text.
#[derive(Debug)]
pub(super) enum TextFileError {
    /// The machine said no.
    Io(io::Error),
    /// More bytes than the limit.
    TooLong {
        /// The limit.
        bytes_max: u64,
    },
    /// Not UTF-8.
    NotUtf8 {
        /// Line of the first bad byte, from 1.
        line: u64,
        /// Its offset.
        offset: u64,
    },
}

/// Reads a file of at most `bytes_max` bytes.
pub(super) fn load_source(path: &Path, bytes_max: u64) -> Result<Arc<Source>, TextFileError> {
    let bytes = File::open(path)
        .and_then(|file| read_unchanged(&file, (&file).take(bytes_max + 1)))
        .map_err(TextFileError::Io)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > bytes_max) {
        return Err(TextFileError::TooLong { bytes_max });
    }
    let blake3 = *blake3::hash(&bytes).as_bytes();
    let sha256 = Sha256::digest(&bytes).into();
    let text = String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        TextFileError::NotUtf8 {
            line: line_at(error.as_bytes(), offset),
            offset: offset as u64,
        }
    })?;
    Ok(Arc::new(Source {
        path: path.to_owned(),
        text,
        blake3,
        sha256,
    }))
}

/// The line, from 1, in which an offset lies.
pub(super) fn line_at(bytes: &[u8], offset: usize) -> u64 {
    memchr::memchr_iter(b'\n', &bytes[..offset]).count() as u64 + 1
}

/// What a reader of a file gives, if the file is the same before and after: of one that is cut meanwhile, a rule would vanish.
fn read_unchanged(file: &File, mut reader: impl Read) -> io::Result<Vec<u8>> {
    let opened = Identity::of_file(file)?;
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes)?;
    check_unchanged(file, opened)?;
    Ok(bytes)
}

/// What an I/O error says, the same on every machine where it can be.
pub(super) fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission was denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::UnexpectedEof => "it ends too early".to_owned(),
        _ => error.to_string(),
    }
}

/// Whether the machine could not read a file, rather than that it is not there or not for this reader.
pub(super) fn is_of_machine(error: &io::Error) -> bool {
    // A decoder's errors have no system error number: the file is corrupt.
    error.raw_os_error().is_some() && !path_is_wrong(error)
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, Write};

    use super::*;

    #[test]
    fn a_file_that_changes_while_it_is_read_is_not_read() {
        /// Does something to the file when its end is reached.
        struct Meddler<'f>(&'f File, fn(&File));
        impl Read for Meddler<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let count = self.0.read(buffer)?;
                if count == 0 {
                    self.1(self.0);
                }
                Ok(count)
            }
        }
        let read = |meddle: fn(&File)| {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(b"schema = 1\n").unwrap();
            file.rewind().unwrap();
            read_unchanged(&file, Meddler(&file, meddle))
        };
        assert_eq!(read(|_| {}).unwrap(), b"schema = 1\n");
        for meddle in [
            (|file| file.set_len(5).unwrap()) as fn(&File),
            |mut file| file.write_all(b"schema = 2\n").unwrap(),
        ] {
            let told = read(meddle).unwrap_err().to_string();
            assert_eq!(told, "it changed while it was read");
        }
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_in_the_same_words_everywhere() {
        for (kind, said) in [
            (io::ErrorKind::NotFound, "there is no such file"),
            (io::ErrorKind::PermissionDenied, "permission was denied"),
            (io::ErrorKind::IsADirectory, "it is a folder"),
            (io::ErrorKind::UnexpectedEof, "it ends too early"),
        ] {
            assert_eq!(describe(&kind.into()), said);
        }
        assert_eq!(describe(&io::Error::other("odd")), "odd");
    }
}
