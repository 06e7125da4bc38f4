//! Why a run stopped.

use std::io;
use std::path::PathBuf;

use crate::supply::{InputError, Severity, shown};

/// A record that stops a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// Longer than a record may be, terminator not included.
    TooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// Malformed, in a strict run.
    Malformed,
}

/// Why a run stopped; nothing of it is to be kept.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// An input.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A record.
    #[error("{}: record {number}, at byte {offset}, {}", shown(path), describe(*broken))]
    Record {
        /// Its input.
        path: PathBuf,
        /// Its number in its input, from 1.
        number: u64,
        /// Its offset in the decompressed input.
        offset: u64,
        /// What is wrong with it.
        broken: Broken,
    },
    /// An output could not be written.
    #[error("cannot write {file}: {error}")]
    Write {
        /// The file's name in the output directory.
        file: &'static str,
        /// What the system said.
        error: io::Error,
    },
    /// An output could not be flushed to disk.
    #[error("cannot flush {file} to disk: {error}")]
    Flush {
        /// The file's name in the output directory.
        file: &'static str,
        /// What the system said.
        error: io::Error,
    },
    /// The threads could not be started.
    #[error("cannot start the worker threads: {0}")]
    Threads(String),
    /// There is not enough memory.
    #[error("cannot get memory for a block: {0}")]
    Memory(io::Error),
    /// Somebody asked the run to stop.
    #[error("interrupted")]
    Interrupted,
    /// Records or bytes in are not records or bytes out: a fault of this program.
    #[error("internal fault: {0}; nothing was written")]
    Unbalanced(String),
}

impl RunError {
    /// Whose fault it is.
    pub fn severity(&self) -> Severity {
        match self {
            Self::Input(error) => error.severity(),
            Self::Record { .. } => Severity::Input,
            Self::Write { .. }
            | Self::Flush { .. }
            | Self::Threads(_)
            | Self::Memory(_)
            | Self::Interrupted
            | Self::Unbalanced(_) => Severity::Machine,
        }
    }

    /// How to mend it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Input(error) => error.help(),
            Self::Record {
                broken: Broken::TooLong { .. },
                ..
            } => {
                "a quote that is never closed swallows what follows it: look there first; `--max-record-bytes` raises the limit"
            }
            Self::Record {
                broken: Broken::Malformed,
                ..
            } => {
                "mend the record at its source, or run without `--strict`: it is then withheld as `malformed`"
            }
            Self::Write { .. } | Self::Flush { .. } => {
                "check the space left and the permissions of the output's file system; nothing was written"
            }
            Self::Memory(_) => "give fewer `--threads`, or raise the limit on memory",
            Self::Threads(_) => "give fewer `--threads`, or raise the limit on processes",
            Self::Interrupted => "run again; nothing was written",
            Self::Unbalanced(_) => {
                "please report this with the manifest of a run that worked, and no data"
            }
        }
    }
}

fn describe(broken: Broken) -> String {
    match broken {
        Broken::TooLong { limit } => {
            format!("is longer than the {limit} bytes that a record may have")
        }
        Broken::Malformed => "is malformed, and the run is strict".to_owned(),
    }
}
