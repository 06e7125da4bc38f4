//! The fate of every record of a run's inputs, found without its rules: what was withheld stands in the withheld
//! output, byte for byte and in order, and what does not was permitted. Equal bytes have equal fates.

use std::io::{self, Read};
use std::path::PathBuf;

use super::checked::{Bytes, Checked, Said};
use super::side::{Fate, Side, Sink, no_digest, no_file, value};
use crate::cli::failure::Failure;
use crate::cli::malformed::malformed_value;
use crate::records::WalkedRecord;
use crate::supply::shown;

/// Bytes that are read at a time.
const READ_BYTES: usize = 4 << 20;

/// Bytes of the longest terminator, CRLF.
const TERMINATOR_BYTES_MAX: usize = 2;

/// Gives the identifier and the fate of every record of these inputs.
pub(super) fn read(side: &mut Side, inputs: &[PathBuf], sink: Sink<'_>) -> Result<(), Failure> {
    let mut remarks = Vec::new();
    read_all(side, inputs, &mut remarks, sink)?;
    side.remarks.append(&mut remarks);
    Ok(())
}

fn read_all(
    side: &Side,
    inputs: &[PathBuf],
    remarks: &mut Vec<String>,
    sink: Sink<'_>,
) -> Result<(), Failure> {
    let predicate = &side.manifest.predicate;
    if inputs.len() != predicate.inputs.len() {
        return Err(Failure::request(
            format!(
                "{} was made of {} inputs, and {} were given",
                side.name,
                predicate.inputs.len(),
                inputs.len()
            ),
            &format!(
                "give all of them, in their order, each with `--{}-input`",
                side.name.to_lowercase()
            ),
        ));
    }
    let mut withheld = Withheld::open(side)?;
    if !withheld.file.has_digest() {
        remarks.push(no_digest(withheld.file.path()));
    }
    let (mut permitted, mut room, mut reasons) = (0_u64, Vec::new(), Vec::new());
    for (path, entry) in inputs.iter().zip(&predicate.inputs) {
        let said = Said {
            bytes: entry.bytes,
            content_bytes: entry.content_bytes,
            digest: &entry.digest,
        };
        let limit = side.record_bytes_max;
        let help = format!(
            "name the input as it was when {} was made, with `--{}-input`; nothing was written",
            side.name,
            side.name.to_lowercase()
        );
        let Some(mut records) = side.open(path, said, limit)? else {
            return Err(Failure::request(
                format!("there is no file {}", shown(path)),
                &help,
            ));
        };
        records.file.set_help(help);
        records.file.check_length()?;
        let Some(column) = records.column(side.id_column()) else {
            return Err(records.file.wrong("its header is not that of the input"));
        };
        if !records.file.has_digest() {
            remarks.push(no_digest(path));
        }
        while let Some(record) = records.next()? {
            let well_formed = records.is_well_formed(&record);
            let Some(given) = withheld.pass(&record)? else {
                if !well_formed {
                    return Err(records
                        .file
                        .wrong("a malformed record of it was not withheld"));
                }
                permitted += 1;
                sink(value(&record, column, &mut room), Fate::Permitted)?;
                continue;
            };
            let given = predicate.options.reasons.then_some(given.as_slice());
            side.resolve(given, &mut reasons).ok_or_else(|| {
                withheld
                    .file
                    .wrong("a record gives a reason that its manifest does not count")
            })?;
            if well_formed {
                sink(value(&record, column, &mut room), Fate::Withheld(&reasons))?;
            } else {
                let id = malformed_value(&record, column, side.delimiter);
                sink(&id.unwrap_or_default(), Fate::Withheld(&reasons))?;
            }
        }
    }
    withheld.end()?;
    let counts = &predicate.counts;
    if (permitted, withheld.passed) != (counts.permitted, counts.withheld) {
        return Err(withheld
            .file
            .wrong("it and the inputs do not have the records that its manifest counts"));
    }
    Ok(())
}

/// The withheld output, passed along the inputs.
struct Withheld<'m> {
    file: Checked<'m>,
    rest: Bytes,
    buffer: Vec<u8>,
    /// First byte in `buffer` that was not passed.
    at: usize,
    at_end: bool,
    passed: u64,
    /// What stands between a record and its reasons, if they were appended.
    delimiter: Option<u8>,
    reasons_bytes_max: usize,
}

impl<'m> Withheld<'m> {
    fn open(side: &'m Side) -> Result<Self, Failure> {
        let (path, said) = side.output("withheld")?;
        let Some((file, bytes)) = Checked::open(&path, said, &side.bar)? else {
            return Err(no_file(&path));
        };
        let limit = side.withheld_bytes_max();
        let (_, rest) = file.header(bytes, side.delimiter, limit)?;
        let appended = side.manifest.predicate.options.reasons;
        Ok(Self {
            file,
            rest,
            buffer: Vec::new(),
            at: 0,
            at_end: false,
            passed: 0,
            delimiter: appended.then_some(side.delimiter.byte()),
            reasons_bytes_max: side.reasons_bytes_max(),
        })
    }

    /// Passes a record of the inputs if it is the next that was withheld; its reasons then.
    ///
    /// INVARIANT: a delimiter never stands in a reason, nor a line end outside quotes within a record, so no other record and
    /// its reasons start with these bytes, a delimiter, reasons and a line end.
    fn pass(&mut self, record: &WalkedRecord) -> Result<Option<Vec<u8>>, Failure> {
        let bytes = record.bytes();
        self.fill(bytes.len() + self.reasons_bytes_max + TERMINATOR_BYTES_MAX)?;
        let Some(after) = self.buffer[self.at..].strip_prefix(bytes) else {
            return Ok(None);
        };
        let (reasons, end) = match (self.delimiter, after.split_first()) {
            (None, _) => (&after[..0], after),
            (Some(delimiter), Some((first, rest))) if *first == delimiter => {
                let is_code = |byte: &u8| {
                    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b" -:".contains(byte)
                };
                let length = rest.iter().take_while(|byte| is_code(byte)).count();
                rest.split_at(length)
            }
            _ => return Ok(None),
        };
        let terminator = match end {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            [] if self.at_end => 0,
            _ => return Ok(None),
        };
        let reasons = reasons.to_vec();
        self.at = self.buffer.len() - end.len() + terminator;
        self.passed += 1;
        Ok(Some(reasons))
    }

    /// Reads until so many bytes are there that were not passed, or the file ends.
    fn fill(&mut self, wanted: usize) -> Result<(), Failure> {
        if self.at_end || self.buffer.len() - self.at >= wanted {
            return Ok(());
        }
        self.buffer.drain(..self.at);
        self.at = 0;
        let more = wanted - self.buffer.len() + READ_BYTES;
        let read = (&mut self.rest)
            .take(more as u64)
            .read_to_end(&mut self.buffer)
            .map_err(|error| self.file.failing(&error))?;
        self.at_end = read < more;
        Ok(())
    }

    /// Checks that all was passed, and that it was the file that was written.
    fn end(&mut self) -> Result<(), Failure> {
        let left =
            io::copy(&mut self.rest, &mut io::sink()).map_err(|error| self.file.failing(&error))?;
        self.file.check()?;
        if self.at == self.buffer.len() && left == 0 {
            Ok(())
        } else {
            Err(self
                .file
                .wrong("it holds a record that the inputs do not hold in this place"))
        }
    }
}
