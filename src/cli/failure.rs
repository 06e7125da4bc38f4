//! How a command fails: what a person reads on standard error, and the exit code that a job reads.

use std::io::Write;
use std::process::ExitCode;

use super::colour::Colours;
use super::diagnostics;
use crate::output::StagingError;
use crate::pipeline::RunError;
use crate::rules::{Cause, Faults};
use crate::supply::{InputError, Severity};

/// The machine failed: I/O, no space.
const MACHINE: u8 = 1;
/// The request is wrong: arguments, policy, agreement, header, lists, existing output.
const REQUEST: u8 = 2;
/// The input cannot be trusted.
const INPUT: u8 = 3;

/// A command that failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The rules are at fault; each fault with its place and its help.
    Rules(Faults),
    /// Something else is, with a message, a help and an exit code.
    Told {
        message: String,
        help: String,
        code: u8,
    },
    /// Nobody is left to be told.
    Silent { code: u8 },
}

impl Failure {
    pub(super) fn machine(message: String, help: &str) -> Self {
        Self::Told {
            message,
            help: help.to_owned(),
            code: MACHINE,
        }
    }

    pub(super) fn request(message: String, help: &str) -> Self {
        Self::Told {
            message,
            help: help.to_owned(),
            code: REQUEST,
        }
    }

    pub(super) fn input(message: String, help: &str) -> Self {
        Self::Told {
            message,
            help: help.to_owned(),
            code: INPUT,
        }
    }

    /// What failed, in one line: of several faults the first.
    pub(super) fn summary(&self) -> String {
        match self {
            Self::Rules(faults) => faults
                .0
                .first()
                .map(ToString::to_string)
                .unwrap_or_default(),
            Self::Told { message, .. } => message.clone(),
            Self::Silent { .. } => String::new(),
        }
    }

    /// Says what failed on standard error; the exit code.
    pub(super) fn report(&self, colours: Colours) -> ExitCode {
        let (text, code) = match self {
            Self::Rules(faults) => {
                let code = match faults.cause() {
                    Cause::Request => REQUEST,
                    Cause::Machine => MACHINE,
                };
                (diagnostics::render(faults, colours.diagnostics), code)
            }
            Self::Told {
                message,
                help,
                code,
            } => (
                diagnostics::message(message, help, colours.diagnostics),
                *code,
            ),
            Self::Silent { code } => return ExitCode::from(*code),
        };
        // Nobody may be listening; the exit code still tells.
        let _ = writeln!(std::io::stderr().lock(), "{}", text.trim_end());
        ExitCode::from(code)
    }
}

/// What clap has to say: help and version are no failure.
pub(super) fn usage(error: &clap::Error) -> ExitCode {
    let printed = error.print();
    match error.kind() {
        clap::error::ErrorKind::DisplayHelp | clap::error::ErrorKind::DisplayVersion => {
            match printed {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::from(MACHINE),
            }
        }
        _ => ExitCode::from(REQUEST),
    }
}

/// A fault of this program.
pub(super) fn fault() -> ExitCode {
    ExitCode::from(MACHINE)
}

fn code_of(severity: Severity) -> u8 {
    match severity {
        Severity::Machine => MACHINE,
        Severity::Request => REQUEST,
        Severity::Input => INPUT,
    }
}

impl From<Faults> for Failure {
    fn from(faults: Faults) -> Self {
        Self::Rules(faults)
    }
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        Self::Told {
            message: error.to_string(),
            help: error.help().to_owned(),
            code: code_of(error.severity()),
        }
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        Self::Told {
            message: error.to_string(),
            help: error.help().to_owned(),
            code: code_of(error.severity()),
        }
    }
}

impl From<StagingError> for Failure {
    fn from(error: StagingError) -> Self {
        let code = if error.is_request() { REQUEST } else { MACHINE };
        Self::Told {
            message: error.to_string(),
            help: error.help().to_owned(),
            code,
        }
    }
}
