//! The records of an input, one after the other, and what stands in one. Decides nothing.

use std::io::{self, Read};
use std::sync::Arc;

use crate::cli::failure::Failure;
use crate::pipeline::{Broken, RunError};
use crate::program::{Program, RecordFields};
use crate::records::{Delimiter, Walk, WalkError, WalkedRecord};
use crate::supply::{Input, OpenInput, Supply};

/// An input's records, one after the other.
pub(in crate::cli) struct Records<'s> {
    input: &'s Input,
    pub(super) walk: Walk<Box<dyn Read + Send>>,
    file: Option<Arc<std::fs::File>>,
    record_bytes_max: usize,
}

impl<'s> Records<'s> {
    pub(in crate::cli) fn open(input: &'s Input, supply: &Supply) -> Result<Self, Failure> {
        let (mut reader, file): (Box<dyn Read + Send>, _) = match input.reopen()? {
            OpenInput::Plain { file, .. } => {
                let reader = file
                    .try_clone()
                    .map_err(|error| input.unreadable(0, error))?;
                (Box::new(reader), Some(file))
            }
            OpenInput::Stored { raw, file } => {
                let reader = input
                    .content_limit()
                    .decode(input.compression(), raw)
                    .map_err(|error| input.unreadable(0, error))?;
                (reader, file)
            }
        };
        let start = input.preamble().len() as u64;
        io::copy(&mut (&mut reader).take(start), &mut io::sink())
            .map_err(|error| input.unreadable(0, error))?;
        Ok(Self {
            input,
            walk: Walk::new(reader, start, supply.delimiter(), supply.record_bytes_max()),
            file,
            record_bytes_max: supply.record_bytes_max(),
        })
    }

    pub(in crate::cli) fn next(&mut self) -> Result<Option<WalkedRecord>, Failure> {
        self.walk.next_record().map_err(|error| match error {
            WalkError::Read { offset, error } => self.input.unreadable(offset, error).into(),
            WalkError::TooLong { number, offset } => RunError::Record {
                path: self.input.path().to_path_buf(),
                number,
                offset,
                broken: Broken::TooLong {
                    limit: self.record_bytes_max,
                },
            }
            .into(),
        })
    }

    pub(super) fn check_unchanged(&self) -> Result<(), Failure> {
        match &self.file {
            Some(file) => Ok(self.input.check_unchanged(file)?),
            None => Ok(()),
        }
    }
}

pub(in crate::cli) fn fields(record: &WalkedRecord) -> RecordFields<'_> {
    RecordFields::new(&record.padded, 0, &record.field_ends)
}

pub(super) fn is_malformed(record: &WalkedRecord, program: &Program) -> bool {
    record.quote_fault || record.field_ends.len() != program.columns()
}

/// What a malformed record has in a column, as well as that can be told.
pub(in crate::cli) fn malformed_value(
    record: &WalkedRecord,
    column: usize,
    delimiter: Delimiter,
) -> Option<Vec<u8>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter.byte())
        .from_reader(record.bytes());
    let mut fields = csv::ByteRecord::new();
    reader.read_byte_record(&mut fields).ok()?;
    let value = fields.get(column)?;
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = value.iter().position(|byte| !blank(byte))?;
    let end = value.iter().rposition(|byte| !blank(byte))?;
    Some(value[start..=end].to_vec())
}
