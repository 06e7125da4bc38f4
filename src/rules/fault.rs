//! Faults found while loading rules: what is wrong, where, and how to mend it. A fault carries
//! positions and text of the rules files only; never a value from a list or a record.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// A rules file as it was read: policy, agreement or territory list.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// The path as the user typed it (or as it follows from a path that they typed).
    pub path: PathBuf,
    /// The whole text. Empty where the file could not be read as UTF-8 text.
    pub text: String,
    /// BLAKE3 of the file's bytes as they lie on disk.
    pub blake3: [u8; 32],
    /// SHA-256 of the file's bytes as they lie on disk.
    pub sha256: [u8; 32],
}

/// Where a fault lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the text of a rules file; the span is a byte range of that text.
    Text {
        /// The file.
        source: Arc<Source>,
        /// Byte range of the offending text.
        span: Range<usize>,
    },
    /// In a file as a whole, or at a numbered record of it (lists and supplies).
    File {
        /// The path as typed.
        path: PathBuf,
        /// Line, from 1, as line feeds end them, where that is known.
        line: Option<u64>,
        /// Record number, from 1, where one is at fault.
        record: Option<u64>,
        /// Byte offset of that record in the (decompressed) file.
        offset: Option<u64>,
    },
}

/// Whose fault a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// What was asked for: it has to be mended.
    Request,
    /// The machine: it could not read what may well be right.
    Machine,
}

/// One thing that is wrong with the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// A few words under the caret, where the message alone does not say it.
    pub label: Option<String>,
    /// How to mend it, in one sentence without a full stop.
    pub help: String,
    /// Whose fault it is.
    pub cause: Cause,
}

/// Every fault found in one load, in the order of the files and of the text in each. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Text { source, span } => {
                let line = source.text.as_bytes()[..span.start]
                    .iter()
                    .filter(|&&byte| byte == b'\n')
                    .count()
                    + 1;
                write!(f, "{}:{}: ", source.path.display(), line)?;
            }
            Place::File {
                path,
                line,
                record,
                offset,
            } => {
                write!(f, "{}", path.display())?;
                if let Some(line) = line {
                    write!(f, ":{line}")?;
                }
                if let Some(record) = record {
                    write!(f, ", record {record}")?;
                }
                if let Some(offset) = offset {
                    write!(f, " at byte {offset}")?;
                }
                write!(f, ": ")?;
            }
        }
        write!(f, "{}", self.message)
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

impl Faults {
    /// Whose fault they are: the machine's, if one of them is, since others may follow from that one.
    pub fn cause(&self) -> Cause {
        if self.0.iter().any(|fault| fault.cause == Cause::Machine) {
            Cause::Machine
        } else {
            Cause::Request
        }
    }
}

impl std::error::Error for Faults {}
