//! One of the two runs: its manifest, where its files are, and what its records' reasons mean. Reads no record.

use std::path::{Path, PathBuf};

use indicatif::ProgressBar;

use super::checked::{Records, Said};
use crate::cli::failure::Failure;
use crate::cli::manifest_file::{load_whole, meant, refused};
use crate::output::Manifest;
use crate::program::{Reason, RecordFields};
use crate::records::{Delimiter, WalkedRecord};
use crate::supply::{RECORD_BYTES_LIMIT, shown};

/// The reason that is told where a run appended none.
const NOT_SAID: &str = "withheld";

/// A run, as it was typed and as its manifest tells of it.
pub(super) struct Side {
    /// `OLD` or `NEW`.
    pub(super) name: &'static str,
    pub(super) manifest: Manifest,
    /// Codes of the reasons that its records can have.
    pub(super) codes: Vec<String>,
    pub(super) delimiter: Delimiter,
    /// Things to know that are no failure.
    pub(super) remarks: Vec<String>,
    /// Counts the bytes that are read of its files.
    pub(super) bar: ProgressBar,
    /// Where its manifest lies.
    path: PathBuf,
    /// Longest record of the inputs and of what is permitted of them.
    pub(super) record_bytes_max: usize,
    /// Where its inputs lie now, if that was said.
    pub(super) inputs: Option<Vec<PathBuf>>,
}

/// What became of a record: permitted, or withheld for the reasons with these indices.
pub(super) enum Fate<'f> {
    Permitted,
    Withheld(&'f [u16]),
}

/// Takes each record's identifier and fate.
pub(super) type Sink<'s> = &'s mut dyn FnMut(&[u8], Fate<'_>) -> Result<(), Failure>;

impl Side {
    /// Loads a run from its directory or its manifest. `inputs` are where its inputs lie now, if that was said.
    pub(super) fn load(
        name: &'static str,
        path: &Path,
        inputs: &[PathBuf],
    ) -> Result<Self, Failure> {
        let path = meant(path)?;
        let manifest = load_whole(&path)?;
        let predicate = &manifest.predicate;
        let wrong = |what: &str| refused(&path, what);
        let delimiter = Delimiter::parse(&predicate.options.delimiter)
            .map_err(|_| wrong("its delimiter is none"))?;
        let record_bytes_max = usize::try_from(predicate.options.max_record_bytes)
            .ok()
            .filter(|&bytes| bytes <= RECORD_BYTES_LIMIT)
            .ok_or_else(|| wrong("its limit on a record's bytes is none"))?;
        let codes: Vec<String> = if predicate.options.reasons {
            let reasons = predicate.counts.reasons.iter();
            reasons.map(|entry| entry.reason.clone()).collect()
        } else {
            vec![NOT_SAID.to_owned()]
        };
        if u16::try_from(codes.len()).is_err() {
            return Err(wrong("it counts more reasons than there can be"));
        }
        let mut remarks = Vec::new();
        if !predicate.options.reasons {
            remarks.push(format!(
                "{name} was made with `--reasons none`: what it withholds is told as `{NOT_SAID}`"
            ));
        }
        Ok(Self {
            name,
            codes,
            delimiter,
            remarks,
            bar: ProgressBar::hidden(),
            record_bytes_max,
            path,
            inputs: (!inputs.is_empty()).then(|| inputs.to_vec()),
            manifest,
        })
    }

    /// Where its inputs lay when it was made.
    pub(super) fn inputs_noted(&self) -> impl Iterator<Item = &Path> {
        let inputs = self.manifest.predicate.inputs.iter();
        inputs.map(|input| Path::new(&input.path))
    }

    /// The files of the run itself: its manifest and the outputs that this speaks of.
    pub(super) fn files(&self) -> impl Iterator<Item = PathBuf> {
        let outputs = self.manifest.subject.iter();
        let outputs = outputs.map(|subject| self.folder().join(&subject.name));
        std::iter::once(self.path.clone()).chain(outputs)
    }

    /// Where its outputs are.
    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// The column that identifies a record.
    pub(super) fn id_column(&self) -> &str {
        &self.manifest.predicate.options.id_column
    }

    /// What reasons may add to a record.
    pub(super) fn reasons_bytes_max(&self) -> usize {
        self.manifest.predicate.counts.reasons_bytes_max()
    }

    /// Longest record of what is withheld.
    pub(super) fn withheld_bytes_max(&self) -> usize {
        self.record_bytes_max + self.reasons_bytes_max()
    }

    /// Where an output lies, and what the manifest says of it. Outputs are told by the first part of their names: they may be
    /// compressed.
    pub(super) fn output(&self, stem: &str) -> Result<(PathBuf, Said<'_>), Failure> {
        let named = |name: &str| name.split('.').next() == Some(stem) && !name.contains('/');
        let subject = self
            .manifest
            .subject
            .iter()
            .find(|subject| named(&subject.name));
        let lengths = &self.manifest.predicate.outputs;
        let found = subject.and_then(|subject| {
            let length = lengths.iter().find(|output| output.name == subject.name)?;
            let said = Said {
                bytes: length.bytes,
                content_bytes: length.content_bytes,
                digest: &subject.digest,
            };
            Some((self.folder().join(&subject.name), said))
        });
        found.ok_or_else(|| {
            Failure::input(
                format!(
                    "the manifest of {} does not speak of {stem} records",
                    self.name
                ),
                "it was changed; get it again from who made it",
            )
        })
    }

    /// A file's records; `None` if there is no file.
    pub(super) fn open<'m>(
        &self,
        path: &Path,
        said: Said<'m>,
        record_bytes_max: usize,
    ) -> Result<Option<Records<'m>>, Failure> {
        Records::open(path, said, self.delimiter, record_bytes_max, &self.bar)
    }

    /// The indices of reasons as a record gives them; `None` if one of them is counted nowhere.
    pub(super) fn resolve(&self, given: Option<&[u8]>, indices: &mut Vec<u16>) -> Option<()> {
        indices.clear();
        let Some(given) = given else {
            indices.push(0);
            return Some(());
        };
        for code in given.split(|&byte| byte == b' ') {
            let known = |known: &String| known.as_bytes() == code;
            let index = self.codes.iter().position(known)?;
            indices.push(u16::try_from(index).ok()?);
        }
        Some(())
    }

    /// The index of the reason of a malformed record.
    pub(super) fn malformed(&self, indices: &mut Vec<u16>) -> Option<()> {
        let appended = self.manifest.predicate.options.reasons;
        self.resolve(
            appended.then_some(Reason::Malformed.code().as_bytes()),
            indices,
        )
    }
}

/// A well-formed record's value in a column.
pub(super) fn value<'v>(
    record: &'v WalkedRecord,
    column: usize,
    room: &'v mut Vec<u8>,
) -> &'v [u8] {
    RecordFields::of_walked(record).value(column, room)
}

/// The failure that an output is not there.
pub(super) fn no_file(path: &Path) -> Failure {
    Failure::request(
        format!("there is no file {}", shown(path)),
        "name a run whose outputs are where `split` put them; nothing was written",
    )
}

pub(super) fn no_digest(path: &Path) -> String {
    format!(
        "no digest of {} was taken: it was taken as it is",
        shown(path)
    )
}
