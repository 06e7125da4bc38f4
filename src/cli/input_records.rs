//! The records of an input, one after the other. Decides nothing.

use std::io::{self, Read};
use std::sync::Arc;

use super::failure::Failure;
use crate::pipeline::{Broken, RunError};
use crate::records::{Walk, WalkError, WalkedRecord};
use crate::supply::{Input, OpenInput, Supply};

/// An input's records, one after the other.
pub(super) struct Records<'s> {
    input: &'s Input,
    pub(super) walk: Walk<Box<dyn Read + Send>>,
    file: Option<Arc<std::fs::File>>,
    record_bytes_max: usize,
}

impl<'s> Records<'s> {
    pub(super) fn open(input: &'s Input, supply: &Supply) -> Result<Self, Failure> {
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

    pub(super) fn next(&mut self) -> Result<Option<WalkedRecord>, Failure> {
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
