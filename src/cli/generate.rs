//! `withhold generate`: a synthetic supply, as a file that appears whole or not at all, or as a stream.

use std::io::{self, BufWriter, Write};
use std::num::NonZeroUsize;
use std::path::Path;

use super::args::GenerateArguments;
use super::failure::Failure;
use super::new_files::{NewFiles, Readers};
use super::places::{check_place, unwritable};
use super::plan::existing;
use crate::output::{Durability, Existing};
use crate::synthetic::Synthetic;

pub(super) fn run(arguments: &GenerateArguments) -> Result<(), Failure> {
    let synthetic = Synthetic {
        records: arguments.records,
        seed: arguments.seed,
    };
    let threads = arguments
        .threads
        .or_else(|| std::thread::available_parallelism().ok())
        .map_or(1, NonZeroUsize::get);
    if arguments.out.as_os_str() == "-" {
        let mut out = BufWriter::new(io::stdout().lock());
        return match synthetic
            .write_to(&mut out, threads)
            .and_then(|_| out.flush())
        {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                Err(Failure::Silent { code: 128 + 13 })
            }
            Err(error) => Err(Failure::machine(
                format!("cannot write: {error}"),
                "check where standard output goes",
            )),
        };
    }
    let existing = existing(arguments.force);
    write_file(&synthetic, threads, &arguments.out, existing)
}

fn write_file(
    synthetic: &Synthetic,
    threads: usize,
    out: &Path,
    existing: Existing,
) -> Result<(), Failure> {
    check_place(out, existing)?;
    // Invented people need no secrecy: the file is as readable as any new file.
    let mut files = NewFiles::begin(existing, Readers::Any)?;
    let mut file = files.add(out)?;
    let written = synthetic
        .write_to(&mut file, threads)
        .map_err(|error| unwritable(out, &error));
    files.place(written, Durability::Unflushed)?;
    Ok(())
}
