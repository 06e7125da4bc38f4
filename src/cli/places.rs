//! Where a new file may be made: not where it would replace what the same command reads or writes, or a part of a run's output.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use crate::output::{Existing, OUTPUT_NAMES};
use crate::paths::{parent_of, path_is_wrong};

/// Names of what tells that a directory is the output of a run.
const MANIFESTS: [&str; 2] = ["manifest.json", "manifest.dsse.json"];

/// Refuses `-` where it does not mean a standard stream.
pub(super) fn refuse_dash(out: &Path) -> Result<(), Failure> {
    if out.as_os_str() == "-" {
        return Err(Failure::request(
            "nothing of this is written to standard output".to_owned(),
            "name a place for it; `./-` is one that is named so",
        ));
    }
    Ok(())
}

/// Whether a file may be made there.
pub(super) fn check_place(out: &Path, existing: Existing) -> Result<(), Failure> {
    refuse_dash(out)?;
    match out.symlink_metadata() {
        Ok(_) if existing == Existing::Refuse => return Err(exists(out)),
        Ok(metadata) if metadata.is_dir() => {
            return Err(Failure::request(
                format!("{} is a directory", out.display()),
                "name a file in it",
            ));
        }
        Ok(metadata) if !metadata.is_file() => {
            return Err(Failure::request(
                format!("{} is there and is no regular file", out.display()),
                "name another file: a link, a FIFO or a device is not replaced",
            ));
        }
        _ => {}
    }
    let parent = parent_of(out);
    match fs::metadata(parent) {
        Ok(metadata) if metadata.is_dir() => {}
        Err(error) if !path_is_wrong(&error) => return Err(unwritable(out, &error)),
        Ok(_) | Err(_) => {
            return Err(Failure::request(
                format!("there is no directory {}", parent.display()),
                "make that directory first",
            ));
        }
    }
    let is_output = OUTPUT_NAMES
        .iter()
        .any(|name| out.file_name().is_some_and(|out| out == *name));
    let is_run = MANIFESTS
        .iter()
        .any(|name| parent.join(name).symlink_metadata().is_ok());
    if is_output && is_run {
        return Err(Failure::request(
            format!(
                "{} would be taken for a part of a run's output",
                out.display()
            ),
            "choose another name, or another directory",
        ));
    }
    Ok(())
}

/// Refuses to make a file where it would replace one that the command reads.
pub(super) fn refuse_replacing<'p>(
    out: &Path,
    read: impl IntoIterator<Item = &'p Path>,
) -> Result<(), Failure> {
    let looking = |error: io::Error| unwritable(out, &error);
    let Some(place) = resolved(out).map_err(looking)? else {
        return Ok(());
    };
    for path in read {
        if resolved(path).map_err(looking)?.as_ref() == Some(&place) {
            return Err(Failure::request(
                format!("{} is what this command reads", out.display()),
                "choose another file: it would be replaced",
            ));
        }
    }
    Ok(())
}

/// Whether two new files would have one place. What cannot be looked at is told when it is made.
pub(super) fn is_one_place(one: &Path, other: &Path) -> bool {
    let place = |out: &Path| {
        let parent = fs::canonicalize(parent_of(out));
        parent.map_or_else(
            |_| out.to_path_buf(),
            |parent| parent.join(out.file_name().unwrap_or_default()),
        )
    };
    place(one) == place(other)
}

/// The file that a path leads to; `None` if there is none.
fn resolved(path: &Path) -> io::Result<Option<PathBuf>> {
    match fs::canonicalize(path) {
        Ok(path) => Ok(Some(path)),
        Err(error) if path_is_wrong(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) fn exists(out: &Path) -> Failure {
    Failure::request(
        format!("{} exists", out.display()),
        "choose another file, or give `--force` to overwrite it",
    )
}

/// The failure that a new file could not be written.
pub(super) fn unwritable(out: &Path, error: &io::Error) -> Failure {
    Failure::machine(
        format!("cannot write {}: {error}", out.display()),
        "check the space left and the permissions there",
    )
}
