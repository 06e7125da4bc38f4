//! What can be wrong with an input. Records are named by number and offset; nothing of them is shown.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use crate::content_limit::TooLarge;
use crate::paths::path_is_wrong;
use crate::records::PreambleError;

/// An input's name as a person reads it.
pub(crate) fn shown(path: &Path) -> Cow<'_, str> {
    if path.as_os_str() == "-" {
        Cow::Borrowed("standard input")
    } else {
        path.to_string_lossy()
    }
}

/// Whose fault an error is; each has its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The machine failed.
    Machine,
    /// The request is wrong.
    Request,
    /// The input cannot be trusted.
    Input,
}

/// An input that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// No input was given.
    #[error("no input was given")]
    NoInput,
    /// `-` was given more than once.
    #[error("standard input (`-`) can be read only once")]
    StandardInputTwice,
    /// Names that imply different delimiters.
    #[error("{} and {} imply different delimiters", shown(first), shown(other))]
    MixedDelimiters {
        /// The first input.
        first: PathBuf,
        /// One that implies another delimiter.
        other: PathBuf,
    },
    /// It could not be opened.
    #[error("cannot open {}: {error}", shown(path))]
    Open {
        /// The input.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// It is a directory.
    #[error("{} is a directory", shown(path))]
    Directory {
        /// The input.
        path: PathBuf,
    },
    /// It has no usable header.
    #[error("{}: {error}", shown(path))]
    Preamble {
        /// The input.
        path: PathBuf,
        /// What is wrong with it.
        error: PreambleError,
    },
    /// Its header is not the first input's.
    #[error(
        "the header of {} is not that of {}: they differ from column {column} on",
        shown(path),
        shown(first)
    )]
    OtherHeader {
        /// The input.
        path: PathBuf,
        /// The first input.
        first: PathBuf,
        /// Number of the first column, from 1, that is not the same bytes, or that one of the two lacks.
        column: usize,
    },
    /// It could not be read.
    #[error("cannot read {} at byte {offset}: {error}", shown(path))]
    Read {
        /// The input.
        path: PathBuf,
        /// Offset in the decompressed bytes.
        offset: u64,
        /// What the system said.
        error: io::Error,
    },
    /// Its compressed bytes are not what they should be.
    #[error(
        "{} is corrupt or cut short: it cannot be decompressed past byte {offset} of its content ({error})",
        shown(path)
    )]
    Corrupt {
        /// The input.
        path: PathBuf,
        /// Offset in the decompressed bytes.
        offset: u64,
        /// What the decoder said.
        error: io::Error,
    },
    /// It holds more bytes than it may.
    #[error("{} {error}", shown(path))]
    TooLarge {
        /// The input.
        path: PathBuf,
        /// The limit.
        error: TooLarge,
    },
    /// It can be read only once, and was.
    #[error("{} was read already", shown(path))]
    ReadAlready {
        /// The input.
        path: PathBuf,
    },
    /// It is not what it was when the run began.
    #[error("{} changed while it was read", shown(path))]
    Changed {
        /// The input.
        path: PathBuf,
    },
}

impl InputError {
    /// An error of reading `path`, the system's or the decoder's.
    pub(crate) fn reading(path: PathBuf, offset: u64, error: io::Error) -> Self {
        if let Some(error) = TooLarge::of(&error) {
            return Self::TooLarge { path, error };
        }
        // A decoder's errors have no system error number.
        if error.raw_os_error().is_some() {
            Self::Read {
                path,
                offset,
                error,
            }
        } else {
            Self::Corrupt {
                path,
                offset,
                error,
            }
        }
    }

    /// An error of reading the header of `path`.
    pub(crate) fn preamble(path: PathBuf, error: PreambleError) -> Self {
        if let PreambleError::Read(error) = &error
            && let Some(error) = TooLarge::of(error)
        {
            return Self::TooLarge { path, error };
        }
        Self::Preamble { path, error }
    }

    /// Whose fault it is.
    pub fn severity(&self) -> Severity {
        match self {
            Self::Read { .. } => Severity::Machine,
            Self::Open { error, .. } => match path_is_wrong(error) {
                true => Severity::Request,
                false => Severity::Machine,
            },
            Self::Corrupt { .. }
            | Self::Changed { .. }
            | Self::TooLarge { .. }
            | Self::Preamble {
                error: PreambleError::TooLong { .. },
                ..
            } => Severity::Input,
            Self::Preamble {
                error: PreambleError::Read(error),
                ..
            } => {
                if error.raw_os_error().is_some() {
                    Severity::Machine
                } else {
                    Severity::Input
                }
            }
            Self::NoInput
            | Self::StandardInputTwice
            | Self::MixedDelimiters { .. }
            | Self::Directory { .. }
            | Self::ReadAlready { .. }
            | Self::Preamble { .. }
            | Self::OtherHeader { .. } => Severity::Request,
        }
    }

    /// How to mend it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NoInput => "name at least one file, or `-` for standard input",
            Self::StandardInputTwice => "name `-` once",
            Self::MixedDelimiters { .. } => {
                "give `--delimiter`, or split the files by kind: `.tsv` implies a tab, `.psv` a `|`"
            }
            Self::Open { .. } => "check the path and its permissions; nothing was written",
            Self::Directory { .. } => "name the files in it",
            Self::Preamble {
                error: PreambleError::Missing,
                ..
            } => "an empty input is no supply: check that the export finished",
            Self::Preamble {
                error: PreambleError::Malformed { .. },
                ..
            } => "put quotes around a whole column name or leave them out; check `--delimiter` too",
            Self::Preamble {
                error: PreambleError::Utf16,
                ..
            } => "convert it to UTF-8 first, for instance with `iconv -f utf-16 -t utf-8`",
            Self::Preamble {
                error: PreambleError::TooLong { .. },
                ..
            } => {
                "check that the file is the right one and has a header; `--max-record-bytes` raises the limit"
            }
            Self::Preamble {
                error: PreambleError::TooManyBlankLines,
                ..
            } => "remove the blank lines",
            Self::OtherHeader { .. } => {
                "inputs of one supply have one header, byte for byte; run them apart, or mend the export"
            }
            Self::Preamble {
                error: PreambleError::Read(error),
                ..
            }
            | Self::Read { error, .. }
                if error.raw_os_error().is_some() =>
            {
                "check the device or the connection that it is read from; nothing was written"
            }
            Self::Preamble {
                error: PreambleError::Read(_),
                ..
            }
            | Self::Read { .. }
            | Self::Corrupt { .. } => "fetch the file again; nothing was written",
            Self::TooLarge { .. } => {
                "check that it is the right file; `--max-input-bytes` sets the limit; nothing was written"
            }
            Self::ReadAlready { .. } => "keep it in a file, which can be read again",
            Self::Changed { .. } => "run again once nothing writes to it; nothing was written",
        }
    }
}
