//! `withhold generate`: a synthetic supply, as a file that appears whole or not at all, or as a stream.

use std::io::{self, BufWriter, Write};
use std::num::NonZeroUsize;
use std::path::Path;

use super::args::GenerateArguments;
use super::failure::Failure;
use super::interrupt::{Interrupt, Making, wait_for_the_end};
use crate::output::{Existing, NewFile};
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
    write_file(&synthetic, threads, &arguments.out, arguments.force)
}

fn write_file(
    synthetic: &Synthetic,
    threads: usize,
    out: &Path,
    force: bool,
) -> Result<(), Failure> {
    match out.symlink_metadata() {
        Ok(_) if !force => return Err(exists(out)),
        Ok(metadata) if metadata.is_dir() => {
            return Err(Failure::request(
                format!("{} is a directory", out.display()),
                "name a file in it",
            ));
        }
        _ => {}
    }
    let failing = |error: io::Error| {
        Failure::machine(
            format!("cannot write {}: {error}", out.display()),
            "check the space left and the permissions there",
        )
    };
    let parent = match out.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if !parent.is_dir() {
        return Err(Failure::request(
            format!("there is no directory {}", parent.display()),
            "make that directory first",
        ));
    }
    let existing = if force {
        Existing::Replace
    } else {
        Existing::Refuse
    };
    // Invented people need no secrecy: the file is as readable as any new file.
    let interrupt = Interrupt::watch()?;
    let mut making = interrupt.making();
    let (new, mut file) = NewFile::begin(out).map_err(failing)?;
    *making = Making::Made(new);
    drop(making);
    let written = synthetic.write_to(&mut file, threads);
    let mut making = interrupt.making();
    let Some(new) = making.take() else {
        drop(making);
        wait_for_the_end()
    };
    written.map_err(failing)?;
    new.commit(existing).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => exists(out),
        _ => failing(error),
    })?;
    *making = Making::Placed;
    Ok(())
}

fn exists(out: &Path) -> Failure {
    Failure::request(
        format!("{} exists", out.display()),
        "choose another file, or give `--force` to overwrite it",
    )
}
