//! `withhold generate`: a synthetic supply, as a file that appears whole or not at all, or as a stream.

use std::io::{self, BufWriter, Write};
use std::num::NonZeroUsize;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::args::GenerateArguments;
use super::failure::Failure;
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
    if !force && out.symlink_metadata().is_ok() {
        return Err(exists(out));
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
            format!("{} is no directory", parent.display()),
            "make it first",
        ));
    }
    // Invented people need no secrecy: the file is as readable as any new file.
    let mut file = tempfile::Builder::new()
        .prefix(".withhold-generate-")
        .permissions(std::fs::Permissions::from_mode(0o666))
        .tempfile_in(parent)
        .map_err(failing)?;
    synthetic
        .write_to(file.as_file_mut(), threads)
        .map_err(failing)?;
    let placed = if force {
        file.persist(out)
    } else {
        file.persist_noclobber(out)
    };
    placed.map(drop).map_err(|error| match error.error.kind() {
        io::ErrorKind::AlreadyExists => exists(out),
        _ => failing(error.error),
    })
}

fn exists(out: &Path) -> Failure {
    Failure::request(
        format!("{} exists", out.display()),
        "choose another file, or give `--force` to overwrite it",
    )
}
