//! A new file that appears whole or not at all: made beside its place, and put there in one step.

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::failure::Failure;
use crate::output::Existing;

/// Who may read a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readers {
    /// Whoever may read any new file of this user.
    Anybody,
    /// Its owner alone, whatever the umask.
    Owner,
}

/// What `--force` says.
pub(super) fn existing(force: bool) -> Existing {
    if force {
        Existing::Replace
    } else {
        Existing::Refuse
    }
}

/// A file that is not in its place yet. Dropping it removes it.
#[derive(Debug)]
pub(super) struct NewFile {
    out: PathBuf,
    existing: Existing,
    path: TempPath,
}

/// Refuses a place where no file may be put.
pub(super) fn check_place(out: &Path, existing: Existing) -> Result<(), Failure> {
    match out.symlink_metadata() {
        Ok(_) if existing == Existing::Refuse => return Err(exists(out)),
        Ok(metadata) if metadata.is_dir() => {
            return Err(Failure::request(
                format!("{} is a directory", out.display()),
                "name a file in it",
            ));
        }
        _ => {}
    }
    let parent = folder_of(out);
    if !parent.is_dir() {
        return Err(Failure::request(
            format!("there is no directory {}", parent.display()),
            "make that directory first",
        ));
    }
    Ok(())
}

impl NewFile {
    /// Makes a file beside its place, to be written.
    pub(super) fn begin(
        out: &Path,
        existing: Existing,
        readers: Readers,
    ) -> Result<(File, Self), Failure> {
        check_place(out, existing)?;
        let mode = match readers {
            Readers::Anybody => 0o666,
            Readers::Owner => 0o600,
        };
        let (file, path) = tempfile::Builder::new()
            .prefix(".withhold-new-")
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(folder_of(out))
            .map_err(|error| cannot_write(out, &error.kind().into()))?
            .into_parts();
        let new = Self {
            out: out.to_path_buf(),
            existing,
            path,
        };
        if readers == Readers::Owner {
            // What the umask took away is given back to the owner, to nobody else.
            file.set_permissions(Permissions::from_mode(mode))
                .map_err(|error| cannot_write(out, &error))?;
        }
        Ok((file, new))
    }

    /// Puts it in its place.
    pub(super) fn place(self) -> Result<(), Failure> {
        let placed = match self.existing {
            Existing::Replace => self.path.persist(&self.out),
            Existing::Refuse => self.path.persist_noclobber(&self.out),
        };
        placed.map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => exists(&self.out),
            _ => cannot_write(&self.out, &error.error),
        })
    }
}

/// The directory in which a file lies.
pub(super) fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// That the machine refused to write a file.
pub(super) fn cannot_write(out: &Path, error: &io::Error) -> Failure {
    Failure::machine(
        format!("cannot write {}: {error}", out.display()),
        "check the space left and the permissions there",
    )
}

fn exists(out: &Path) -> Failure {
    Failure::request(
        format!("{} exists", out.display()),
        "choose another file, or give `--force` to overwrite it",
    )
}
