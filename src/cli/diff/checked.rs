//! A file that a manifest speaks of, read once: decompressed, while the digest of its stored bytes is taken. What was
//! read of it is to be trusted only after its end was checked.

use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use indicatif::ProgressBar;

use crate::cli::failure::Failure;
use crate::cli::regular_file::{open, unreadable};
use crate::compression::{Compression, MAGIC_BYTES};
use crate::content_limit::ContentLimit;
use crate::digest::{DigestKind, DigestRead, Seen};
use crate::output::DigestSet;
use crate::pipeline::{Broken, RunError};
use crate::records::{Delimiter, Preamble, PreambleError, Walk, WalkError, WalkedRecord};
use crate::supply::shown;

/// What a manifest says of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said<'m> {
    pub(super) bytes: u64,
    /// Bytes after decompression.
    pub(super) content_bytes: u64,
    pub(super) digest: &'m DigestSet,
}

/// A file that is being read.
pub(super) struct Checked<'m> {
    path: PathBuf,
    said: Said<'m>,
    /// Its length when it was opened.
    bytes_now: u64,
    seen: Arc<Mutex<Seen>>,
    help: String,
}

const CHANGED: &str = "it is not the file that its manifest speaks of: it was changed";

/// A file's bytes, decompressed.
pub(super) type Bytes = Box<dyn Read + Send>;

impl<'m> Checked<'m> {
    /// Opens a file, whose bytes the bar counts as they are read; `None` if there is none.
    pub(super) fn open(
        path: &Path,
        said: Said<'m>,
        bar: &ProgressBar,
    ) -> Result<Option<(Self, Bytes)>, Failure> {
        let Some(file) = open(path)? else {
            return Ok(None);
        };
        let kind = match said.digest.keys().next() {
            None => DigestKind::None,
            Some(algorithm) => DigestKind::of_algorithm(algorithm).ok_or_else(|| {
                Failure::input(
                    format!(
                        "the digest of {} is of a kind that is never taken",
                        shown(path)
                    ),
                    "its manifest was changed; get it again from who made it",
                )
            })?,
        };
        let bytes_now = file
            .metadata()
            .map_err(|error| unreadable(path, &error))?
            .len();
        let (mut reader, seen) = DigestRead::new(bar.wrap_read(file), kind);
        let mut start = Vec::new();
        (&mut reader)
            .take(MAGIC_BYTES as u64)
            .read_to_end(&mut start)
            .map_err(|error| unreadable(path, &error))?;
        let compression = Compression::of(&start);
        // A file that was put in its place may expand without end.
        let limit = ContentLimit {
            bytes_max: (compression != Compression::None).then_some(said.content_bytes),
        };
        let bytes = limit
            .decode(compression, Cursor::new(start).chain(reader))
            .map_err(|error| unreadable(path, &error))?;
        let checked = Self {
            path: path.to_path_buf(),
            said,
            bytes_now,
            seen,
            help: "get it again from who made it, or run `split` again; nothing was written"
                .to_owned(),
        };
        Ok(Some((checked, bytes)))
    }

    /// How to mend it where it cannot be trusted, if that is not to get it again.
    pub(super) fn set_help(&mut self, help: String) {
        self.help = help;
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a digest tells that it is the file that was written.
    pub(super) fn has_digest(&self) -> bool {
        !self.said.digest.is_empty()
    }

    /// Checks that the file is what the manifest says, once its last byte was read.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let seen = self.seen.lock().expect("no thread panics while it digests");
        let found = seen.digest.finish().map(|digest| digest.hex());
        if seen.bytes == self.said.bytes && found.as_ref() == self.said.digest.values().next() {
            Ok(())
        } else {
            Err(self.wrong(CHANGED))
        }
    }

    /// Checks its length alone, before anything of it is read.
    pub(super) fn check_length(&self) -> Result<(), Failure> {
        if self.bytes_now == self.said.bytes {
            Ok(())
        } else {
            Err(self.wrong(CHANGED))
        }
    }

    /// The failure that this file cannot be trusted.
    pub(super) fn wrong(&self, what: &str) -> Failure {
        Failure::input(format!("{}: {what}", shown(&self.path)), &self.help)
    }

    /// The failure that it cannot be read.
    pub(super) fn failing(&self, error: &io::Error) -> Failure {
        if error.raw_os_error().is_some() {
            unreadable(&self.path, error)
        } else {
            self.wrong(&format!("it is corrupt or cut short ({error})"))
        }
    }

    /// What comes before its first record, and the rest of its bytes.
    pub(super) fn header(
        &self,
        mut bytes: Bytes,
        delimiter: Delimiter,
        record_bytes_max: usize,
    ) -> Result<(Preamble, Bytes), Failure> {
        let mut preamble =
            Preamble::read_output(&mut bytes, delimiter, record_bytes_max).map_err(|error| {
                match error {
                    PreambleError::Read(error) => self.failing(&error),
                    _ => self.wrong("it has no header that can be read"),
                }
            })?;
        let rest = preamble.read.split_off(preamble.body);
        Ok((preamble, Box::new(Cursor::new(rest).chain(bytes))))
    }
}

/// A file's records, one after the other.
pub(super) struct Records<'m> {
    pub(super) file: Checked<'m>,
    /// Its column names, unescaped.
    pub(super) names: Vec<Vec<u8>>,
    walk: Walk<Bytes>,
    record_bytes_max: usize,
}

impl<'m> Records<'m> {
    /// Opens a file and reads its header; `None` if there is no file.
    pub(super) fn open(
        path: &Path,
        said: Said<'m>,
        delimiter: Delimiter,
        record_bytes_max: usize,
        bar: &ProgressBar,
    ) -> Result<Option<Self>, Failure> {
        let Some((file, bytes)) = Checked::open(path, said, bar)? else {
            return Ok(None);
        };
        let (preamble, rest) = file.header(bytes, delimiter, record_bytes_max)?;
        Ok(Some(Self {
            file,
            walk: Walk::new(rest, preamble.body as u64, delimiter, record_bytes_max),
            names: preamble.header.names().to_vec(),
            record_bytes_max,
        }))
    }

    /// The one column of this name; `None` if there is none or more than one.
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        let is_named = |column: &Vec<u8>| column == name.as_bytes();
        let column = self.names.iter().position(is_named)?;
        (self.names.iter().rposition(is_named) == Some(column)).then_some(column)
    }

    /// Whether a record has a field for each column, and no quote out of place.
    pub(super) fn is_well_formed(&self, record: &WalkedRecord) -> bool {
        !record.quote_fault && record.field_ends.len() == self.names.len()
    }

    /// The next record; at the end the file was checked.
    pub(super) fn next(&mut self) -> Result<Option<WalkedRecord>, Failure> {
        let record = self.step();
        self.told(record)
    }

    /// The next record, for [`Self::told`].
    pub(super) fn step(&mut self) -> Result<Option<WalkedRecord>, WalkError> {
        self.walk.next_record()
    }

    /// What a step came to, with its failure in words; at the end the file was checked.
    pub(super) fn told(
        &self,
        record: Result<Option<WalkedRecord>, WalkError>,
    ) -> Result<Option<WalkedRecord>, Failure> {
        let record = record.map_err(|error| match error {
            WalkError::Read { error, .. } => self.file.failing(&error),
            WalkError::TooLong { number, offset } => RunError::Record {
                path: self.file.path.clone(),
                number,
                offset,
                broken: Broken::TooLong {
                    limit: self.record_bytes_max,
                },
            }
            .into(),
        })?;
        if record.is_none() {
            self.file.check()?;
        }
        Ok(record)
    }
}
