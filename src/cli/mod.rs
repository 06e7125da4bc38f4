//! The command line: what was typed, what it resolves to, one file a command, and what a person reads.
//! Uses other modules by what their `mod.rs` names.

mod args;
mod check;
mod colour;
mod completions;
pub mod diagnostics;
mod diff;
mod explain;
mod failure;
mod generate;
mod harden;
mod harmless;
mod init;
mod input_records;
mod interrupt;
mod key_file;
mod keygen;
mod malformed;
mod manifest_file;
mod manifest_of_rules;
mod manifest_of_run;
mod manual;
mod matrix;
mod new_files;
mod places;
mod plan;
mod previous;
mod printing;
mod progress;
mod regular_file;
mod remarks;
mod report;
mod share;
mod split;
mod summary;
mod sums;
mod verify;

use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};

/// Runs the command that was typed; the exit code says how it went.
pub fn main() -> ExitCode {
    harden::quiet_panics();
    let hardened = harden::switch_off_core_dumps().and_then(|()| harden::heed_file_size_limits());
    if let Err(failure) = hardened {
        return failure.report(colour::Colours::of_environment());
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return failure::usage(&error),
    };
    let colours = colour::Colours::of_environment();
    let done = std::panic::catch_unwind(|| match arguments.command {
        Command::Split(arguments) => split::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Init(arguments) => init::run(&arguments),
        Command::Generate(arguments) => generate::run(&arguments),
        Command::Keygen(arguments) => keygen::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => manual::run(&arguments),
    });
    match done {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(failure)) => failure.report(colours),
        // The fault was told where it happened.
        Err(_) => failure::fault(),
    }
}
