//! The fate of a run's records by identifier: from its outputs, or, where these do not hold the identifiers, from its inputs.

use std::path::{Path, PathBuf};

use super::checked::Records;
use super::matched;
use super::side::{Fate, Side, Sink, no_digest, no_file, value};
use crate::cli::failure::Failure;
use crate::cli::malformed::{malformed_value, may_be_several};
use crate::cli::regular_file::open;
use crate::program::RecordFields;
use crate::records::WalkError;
use crate::rules::REASONS_COLUMN;
use crate::supply::shown;

/// Which records are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Permitted,
    All,
}

impl Side {
    /// How many bytes [`Self::read`] reads, if nothing is wrong.
    pub(super) fn bytes_to_read(&self, wanted: Wanted) -> Option<u64> {
        let (permitted, said) = self.output("permitted").ok()?;
        let (_, withheld) = self.output("withheld").ok()?;
        let in_outputs = self.inputs.is_none()
            && self
                .open(&permitted, said, self.record_bytes_max)
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
        let opened = self.open(&path, said, self.record_bytes_max)?;
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
        // A quote that one input leaves open swallows records of the next, whoever they are of.
        let may_swallow = predicate.inputs.len() > 1;
        loop {
            let step = records.step();
            if may_swallow && matches!(step, Err(WalkError::TooLong { .. })) {
                return Err(self.not_told_apart(&path));
            }
            let Some(record) = records.told(step)? else {
                break;
            };
            counted += 1;
            if may_swallow && may_be_several(&record, self.delimiter, appended) {
                return Err(self.not_told_apart(&path));
            }
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
                let fields = RecordFields::of_walked(&record);
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
            return Err(records
                .file
                .wrong("it does not have the records that its manifest counts"));
        }
        self.remark_no_digest(&records, remarks);
        Ok(())
    }

    /// The failure that withheld records cannot be told apart by themselves.
    fn not_told_apart(&self, path: &Path) -> Failure {
        Failure::request(
            format!(
                "the records of {} cannot be told apart again: a line ends within one, as after a quote that is never closed",
                shown(path)
            ),
            &format!(
                "give the inputs of {}, in their order, each with `--{}-input`; nothing was written",
                self.name,
                self.name.to_lowercase()
            ),
        )
    }

    fn remark_no_digest(&self, records: &Records<'_>, remarks: &mut Vec<String>) {
        if !records.file.has_digest() {
            remarks.push(no_digest(records.file.path()));
        }
    }
}
