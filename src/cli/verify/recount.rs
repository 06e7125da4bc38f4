//! The records of an output counted again, from nothing but its bytes. What stands in it is never shown.

use std::collections::HashMap;
use std::io::{Cursor, Read};

use crate::cli::malformed::may_be_several;
use crate::program::Reason;
use crate::records::{
    Delimiter, Preamble, PreambleError, QuoteFault, Walk, WalkError, WalkedRecord,
};
use crate::rules::REASONS_COLUMN;

/// What an output holds.
#[derive(Debug, Default)]
pub(super) struct Recount {
    /// Bytes of its content.
    pub(super) content_bytes: u64,
    pub(super) records: u64,
    /// Records with a reason, and with that reason alone, by its code.
    pub(super) reasons: HashMap<Vec<u8>, (u64, u64)>,
    /// The last record has a quote that is never closed, which may hide records of a later input.
    pub(super) unclosed: bool,
    /// Some record may be several: one with a quote that is never closed in its input, and those of later inputs up to the next quote.
    pub(super) merged: bool,
}

/// Whether an output's last column gives reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReasonsColumn<'c> {
    /// It does: these codes, as far as the manifest counts them.
    Appended(&'c [String]),
    /// It does not.
    None,
}

/// Why an output cannot be counted.
#[derive(Debug, thiserror::Error)]
pub(super) enum RecountError {
    #[error("it has no header that can be read")]
    Header,
    #[error("its last column is not `{REASONS_COLUMN}`")]
    NoReasons,
    #[error("record {number}, at byte {offset}, gives no reason that the manifest counts")]
    UnknownReason { number: u64, offset: u64 },
    #[error("record {number}, at byte {offset}, is longer than a record may be")]
    TooLong { number: u64, offset: u64 },
    #[error("{0}")]
    Read(std::io::Error),
}

/// Counts the records of an output of a supply of this many inputs.
pub(super) fn recount(
    content: &mut dyn Read,
    delimiter: Delimiter,
    record_bytes_max: usize,
    reasons: ReasonsColumn<'_>,
    inputs: usize,
) -> Result<Recount, RecountError> {
    let mut content = Counted {
        inner: content,
        bytes: 0,
    };
    let preamble =
        Preamble::read_output(&mut content, delimiter, record_bytes_max).map_err(|error| {
            match error {
                PreambleError::Read(error) => RecountError::Read(error),
                _ => RecountError::Header,
            }
        })?;
    let last = preamble.header.names().last().map(Vec::as_slice);
    if reasons != ReasonsColumn::None && last != Some(REASONS_COLUMN.as_bytes()) {
        return Err(RecountError::NoReasons);
    }
    let Preamble { read, body, .. } = preamble;
    let rest = Cursor::new(read[body..].to_vec()).chain(&mut content);
    let mut walk = Walk::new(rest, body as u64, delimiter, record_bytes_max);
    let mut counted = Recount::default();
    let failed = loop {
        let record = match walk.next_record() {
            Ok(Some(record)) => record,
            Ok(None) => break None,
            Err(WalkError::Read { error, .. }) => return Err(RecountError::Read(error)),
            Err(WalkError::TooLong { number, offset }) => {
                counted.merged |= inputs > 1;
                break Some(RecountError::TooLong { number, offset });
            }
        };
        counted.records += 1;
        counted.unclosed = record.quote_faults().contains(&QuoteFault::Unclosed);
        counted.merged |=
            inputs > 1 && may_be_several(&record, delimiter, reasons != ReasonsColumn::None);
        if let ReasonsColumn::Appended(known) = reasons
            && !(counted.unclosed && inputs > 1)
            && let Err(error) = counted.add_reasons(&record, delimiter, known)
        {
            break Some(error);
        }
    };
    drop(walk);
    match failed {
        Some(error) if !counted.merged => return Err(error),
        Some(_) => {
            std::io::copy(&mut content, &mut std::io::sink()).map_err(RecountError::Read)?;
        }
        None => {}
    }
    counted.content_bytes = content.bytes;
    Ok(counted)
}

/// Counts what is read.
struct Counted<'r> {
    inner: &'r mut dyn Read,
    bytes: u64,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes += count as u64;
        Ok(count)
    }
}

impl Recount {
    fn add_reasons(
        &mut self,
        record: &WalkedRecord,
        delimiter: Delimiter,
        known: &[String],
    ) -> Result<(), RecountError> {
        let bytes = record.bytes();
        let field = if self.unclosed {
            // The quote swallowed what was appended, and perhaps a line end after it.
            let end = bytes
                .iter()
                .rposition(|byte| !matches!(byte, b'\r' | b'\n'))
                .map_or(0, |last| last + 1);
            let start = memchr::memrchr(delimiter.byte(), &bytes[..end]).map_or(0, |at| at + 1);
            &bytes[start..end]
        } else {
            let ends = &record.field_ends;
            let start = ends
                .len()
                .checked_sub(2)
                .map_or(0, |before| ends[before] as usize + 1);
            &bytes[start..]
        };
        let codes: Vec<&[u8]> = field.split(|&byte| byte == b' ').collect();
        for &code in &codes {
            if !known.iter().any(|known| known.as_bytes() == code) {
                return Err(RecountError::UnknownReason {
                    number: record.number,
                    offset: record.offset,
                });
            }
            let (records, only) = self.reasons.entry(code.to_vec()).or_default();
            *records += 1;
            *only += u64::from(codes.len() == 1);
        }
        if self.unclosed && codes != [Reason::Malformed.code().as_bytes()] {
            return Err(RecountError::UnknownReason {
                number: record.number,
                offset: record.offset,
            });
        }
        Ok(())
    }
}
