//! The `withhold` binary: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    withhold::cli::main()
}
