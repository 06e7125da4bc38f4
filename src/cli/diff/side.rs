//! One of the two runs: its manifest, where its files are, and the fate of its records by identifier.

use std::path::{Path, PathBuf};

use indicatif::ProgressBar;

use super::checked::{Records, Said};
use super::matched;
use crate::cli::failure::Failure;
use crate::cli::malformed::malformed_value;
use crate::cli::manifest_file::{load_whole, meant, refused};
use crate::cli::regular_file::open;
use crate::output::Manifest;
use crate::program::{Reason, RecordFields};
use crate::records::{Delimiter, WalkedRecord};
use crate::rules::REASONS_COLUMN;
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
    folder: PathBuf,
    inputs: Option<Vec<PathBuf>>,
}

/// Which records are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Permitted,
    All,
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
        if usize::try_from(predicate.options.max_record_bytes)
            .is_ok_and(|bytes| bytes > RECORD_BYTES_LIMIT)
        {
            return Err(wrong("its limit on a record's bytes is none"));
        }
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
            folder: path.parent().unwrap_or(Path::new("")).to_path_buf(),
            inputs: (!inputs.is_empty()).then(|| inputs.to_vec()),
            manifest,
        })
    }

    /// Where its inputs lay when it was made.
    pub(super) fn inputs_noted(&self) -> impl Iterator<Item = &Path> {
        let inputs = self.manifest.predicate.inputs.iter();
        inputs.map(|input| Path::new(&input.path))
    }

    /// The column that identifies a record.
    pub(super) fn id_column(&self) -> &str {
        &self.manifest.predicate.options.id_column
    }

    /// Longest record of the inputs and of what is permitted of them.
    pub(super) fn record_bytes_max(&self) -> usize {
        // INVARIANT: checked when the manifest was loaded.
        self.manifest.predicate.options.max_record_bytes as usize
    }

    /// What reasons may add to a record.
    pub(super) fn reasons_bytes_max(&self) -> usize {
        self.manifest.predicate.counts.reasons_bytes_max()
    }

    /// Longest record of what is withheld.
    pub(super) fn withheld_bytes_max(&self) -> usize {
        (self.record_bytes_max() + self.reasons_bytes_max()).min(RECORD_BYTES_LIMIT)
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
            Some((self.folder.join(&subject.name), said))
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

    /// How many bytes [`Self::read`] reads, if nothing is wrong.
    pub(super) fn bytes_to_read(&self, wanted: Wanted) -> Option<u64> {
        let (permitted, said) = self.output("permitted").ok()?;
        let (_, withheld) = self.output("withheld").ok()?;
        let in_outputs = self.inputs.is_none()
            && self
                .open(&permitted, said, self.record_bytes_max())
                .ok()?
                .is_some_and(|records| records.column(self.id_column()).is_some());
        let inputs = self.manifest.predicate.inputs.iter();
        let mut lengths: Vec<u64> = match (in_outputs, wanted) {
            (true, Wanted::Permitted) => return Some(said.bytes),
            (true, Wanted::All) => vec![said.bytes],
            (false, _) => inputs.map(|input| input.bytes).collect(),
        };
        lengths.push(withheld.bytes);
        lengths.into_iter().try_fold(0, u64::checked_add)
    }

    /// Gives the records' identifiers and fates.
    ///
    /// They stand in the outputs, if what is permitted has the column that identifies a record; else the inputs are read, and
    /// matched with what was withheld of them.
    pub(super) fn read(&mut self, wanted: Wanted, sink: Sink<'_>) -> Result<(), Failure> {
        if let Some(inputs) = self.inputs.clone() {
            return matched::read(self, &inputs, sink);
        }
        let (path, said) = self.output("permitted")?;
        let opened = self.open(&path, said, self.record_bytes_max())?;
        let lacks = match &opened {
            None => format!("there is no file {}", shown(&path)),
            Some(records) if records.column(self.id_column()).is_none() => {
                format!("{} has no column `{}`", shown(&path), self.id_column())
            }
            Some(_) => String::new(),
        };
        if !lacks.is_empty() {
            let inputs = self.inputs_of_manifest(&lacks)?;
            self.remarks.push(format!(
                "{lacks}: identifiers are taken from the inputs of {}",
                self.name
            ));
            return matched::read(self, &inputs, sink);
        }
        let mut remarks = Vec::new();
        if let Some(records) = opened {
            self.read_permitted(records, &mut remarks, sink)?;
        }
        if wanted == Wanted::All {
            self.read_withheld(&mut remarks, sink)?;
        }
        self.remarks.append(&mut remarks);
        Ok(())
    }

    /// The inputs where the manifest says, if all of them are still there.
    fn inputs_of_manifest(&self, lacks: &str) -> Result<Vec<PathBuf>, Failure> {
        let entries = self.manifest.predicate.inputs.iter();
        let paths: Vec<PathBuf> = entries.map(|input| PathBuf::from(&input.path)).collect();
        let mut missing = None;
        for path in &paths {
            if path.as_os_str() == "-" || open(path)?.is_none() {
                missing = Some(path);
                break;
            }
        }
        match missing {
            None => Ok(paths),
            Some(path) => {
                let option = self.name.to_lowercase();
                let whereabouts = if path.as_os_str() == "-" {
                    "its inputs came from standard input".to_owned()
                } else {
                    format!("its input {} is not there", shown(path))
                };
                Err(Failure::request(
                    format!(
                        "the identifiers of {} are not known: {lacks}, and {whereabouts}",
                        self.name
                    ),
                    &format!(
                        "give its inputs, in their order, each with `--{option}-input`; nothing was written"
                    ),
                ))
            }
        }
    }

    fn read_permitted(
        &self,
        mut records: Records<'_>,
        remarks: &mut Vec<String>,
        sink: Sink<'_>,
    ) -> Result<(), Failure> {
        let column = records
            .column(self.id_column())
            .expect("that it has the column was found out before");
        let mut room = Vec::new();
        let mut counted = 0_u64;
        while let Some(record) = records.next()? {
            counted += 1;
            if !records.is_well_formed(&record) {
                return Err(records.file.wrong("a permitted record is malformed"));
            }
            sink(value(&record, column, &mut room), Fate::Permitted)?;
        }
        if counted != self.manifest.predicate.counts.permitted {
            return Err(records
                .file
                .wrong("it does not have the records that its manifest counts"));
        }
        self.remark_no_digest(&records, remarks);
        Ok(())
    }

    fn read_withheld(&self, remarks: &mut Vec<String>, sink: Sink<'_>) -> Result<(), Failure> {
        let predicate = &self.manifest.predicate;
        let (path, said) = self.output("withheld")?;
        let limit = self.withheld_bytes_max();
        let Some(mut records) = self.open(&path, said, limit)? else {
            return Err(no_file(&path));
        };
        let last = records.names.last().map(Vec::as_slice);
        let appended = predicate.options.reasons;
        let column = records.column(self.id_column());
        let (Some(column), true) = (column, !appended || last == Some(REASONS_COLUMN.as_bytes()))
        else {
            return Err(records
                .file
                .wrong("its header is not that of withheld records"));
        };
        let (mut room, mut reasons) = (Vec::new(), Vec::new());
        let mut counted = 0_u64;
        while let Some(record) = records.next()? {
            counted += 1;
            if !records.is_well_formed(&record) {
                self.malformed(&mut reasons).ok_or_else(|| {
                    records
                        .file
                        .wrong("a record is malformed, and its manifest counts none")
                })?;
                let fields = record.field_ends.len() - usize::from(appended);
                let id = (column < fields)
                    .then(|| malformed_value(&record, column, self.delimiter))
                    .flatten();
                sink(&id.unwrap_or_default(), Fate::Withheld(&reasons))?;
                continue;
            }
            let given = appended.then(|| {
                let fields = RecordFields::new(&record.padded, 0, &record.field_ends);
                fields.raw(records.names.len() - 1)
            });
            self.resolve(given, &mut reasons).ok_or_else(|| {
                records
                    .file
                    .wrong("a record gives a reason that its manifest does not count")
            })?;
            sink(value(&record, column, &mut room), Fate::Withheld(&reasons))?;
        }
        if counted != predicate.counts.withheld {
            let malformed = !appended || self.malformed(&mut reasons).is_some();
            return Err(if predicate.inputs.len() > 1 && malformed {
                // A quote that one input leaves open swallows records of the next.
                Failure::request(
                    format!(
                        "the records of {} cannot be told apart again: one has a quote that is never closed",
                        shown(&path)
                    ),
                    &format!(
                        "give the inputs of {}, in their order, each with `--{}-input`; nothing was written",
                        self.name,
                        self.name.to_lowercase()
                    ),
                )
            } else {
                records
                    .file
                    .wrong("it does not have the records that its manifest counts")
            });
        }
        self.remark_no_digest(&records, remarks);
        Ok(())
    }

    fn remark_no_digest(&self, records: &Records<'_>, remarks: &mut Vec<String>) {
        if !records.file.has_digest() {
            remarks.push(no_digest(records.file.path()));
        }
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
    RecordFields::new(&record.padded, 0, &record.field_ends).value(column, room)
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
