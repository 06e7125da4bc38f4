//! A file that appears whole or not at all: written beside its place, then renamed.

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::failure::Failure;
use super::interrupt::{Interrupt, Making, wait_for_the_end};

/// Who may read a new file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Readers {
    /// Whom the umask lets.
    Anyone,
    /// Its owner alone.
    Owner,
}

/// A file that is to be made.
pub(super) struct NewFile<'a> {
    /// Where.
    pub(super) path: &'a Path,
    /// Whether a file that is there is replaced.
    pub(super) force: bool,
    /// How its name starts while it is being made.
    pub(super) prefix: &'a str,
    pub(super) readers: Readers,
}

impl NewFile<'_> {
    /// Writes it and puts it in place; on failure and when interrupted nothing of it is left.
    pub(super) fn write(
        &self,
        write: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let out = self.path;
        match out.symlink_metadata() {
            Ok(_) if !self.force => return Err(exists(out)),
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
        let mode = match self.readers {
            Readers::Anyone => 0o666,
            Readers::Owner => 0o600,
        };
        let interrupt = Interrupt::watch()?;
        let mut making = interrupt.making();
        let (mut file, path) = tempfile::Builder::new()
            .prefix(self.prefix)
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(parent)
            .map_err(|error| failing(error.kind().into()))?
            .into_parts();
        *making = Making::Made(path);
        drop(making);
        let written = write(&mut file);
        let mut making = interrupt.making();
        let Some(path) = making.take() else {
            drop(making);
            wait_for_the_end()
        };
        written.map_err(failing)?;
        let placed = if self.force {
            path.persist(out)
        } else {
            path.persist_noclobber(out)
        };
        placed.map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => exists(out),
            _ => failing(error.error),
        })?;
        *making = Making::Placed;
        Ok(())
    }
}

fn exists(out: &Path) -> Failure {
    Failure::request(
        format!("{} exists", out.display()),
        "choose another file, or give `--force` to overwrite it",
    )
}
