//! The output directory while it is being made: a private directory beside its final place, flushed and
//! renamed in one step, and removed if that step is never reached.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FlockOperation, RenameFlags, flock, renameat_with};
use tempfile::TempDir;

/// Everything that a run may leave in its output directory.
pub const OUTPUT_NAMES: [&str; 4] = [
    "permitted.csv",
    "withheld.csv",
    "manifest.json",
    "manifest.dsse.json",
];

/// What is done where the output directory is already there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// The run is refused.
    Refuse,
    /// It is exchanged for the new one, if it holds the output of a run and nothing else.
    Replace,
}

/// Whether outputs are flushed to disk before they are put in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sync {
    /// They are.
    Flush,
    /// They are left to the system.
    Skip,
}

/// Why the output directory could not be made.
#[derive(Debug, thiserror::Error)]
pub enum StagingError {
    /// It is there already.
    #[error("{} exists", path.display())]
    Exists {
        /// The directory.
        path: PathBuf,
    },
    /// It is there, and is no output of a run.
    #[error("{} exists and is not the output of a run: it holds `{found}`", path.display())]
    NotOurs {
        /// The directory.
        path: PathBuf,
        /// The name of something else in it.
        found: String,
    },
    /// It is there, and is no directory.
    #[error("{} exists and is not a directory", path.display())]
    NotADirectory {
        /// The path.
        path: PathBuf,
    },
    /// Its path names no directory that could be made.
    #[error("{} names no directory that could be made", path.display())]
    NoName {
        /// The path.
        path: PathBuf,
    },
    /// The directory that it would lie in is not there.
    #[error("{} cannot be made: there is no directory {}", path.display(), parent.display())]
    NoParent {
        /// The path.
        path: PathBuf,
        /// The directory that it would lie in.
        parent: PathBuf,
    },
    /// The system refused.
    #[error("cannot {doing} {}: {error}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// What it was tried on.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl StagingError {
    /// Whether the request is wrong, rather than the machine.
    pub fn is_request(&self) -> bool {
        !matches!(self, Self::Io { .. })
    }

    /// How to mend it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Exists { .. } => {
                "choose another `--out`; `--force` replaces the output of an earlier run, and nothing else"
            }
            Self::NotOurs { .. } => {
                "choose another `--out`: `--force` replaces nothing that a run did not make"
            }
            Self::NotADirectory { .. } => {
                "choose another `--out`: neither a file nor a link is replaced"
            }
            Self::NoName { .. } => "end `--out` with the name of a directory that is not there yet",
            Self::NoParent { .. } => "make that directory first",
            Self::Io { .. } => "check the space left and the permissions there",
        }
    }
}

/// An output directory that is being made. Dropping it removes it.
#[derive(Debug)]
pub struct Staging {
    target: PathBuf,
    parent: PathBuf,
    existing: Existing,
    directory: TempDir,
    /// Holds the lock that tells this directory from what a killed run left.
    handle: File,
}

impl Staging {
    /// Makes a private directory beside `target`, and clears what killed runs for the same target left there.
    ///
    /// # Errors
    /// If `target` is there (and is not to be replaced), or the directory cannot be made.
    pub fn begin(target: &Path, existing: Existing) -> Result<Self, StagingError> {
        let name = target.file_name().ok_or_else(|| StagingError::NoName {
            path: target.to_path_buf(),
        })?;
        let parent = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
            _ => PathBuf::from("."),
        };
        // Without a slash or a dot at its end, with which the system would look through a link.
        let target = target.with_file_name(name);
        check_target(&target, existing)?;
        if !parent.is_dir() {
            return Err(StagingError::NoParent {
                path: target,
                parent,
            });
        }
        let prefix = format!(
            ".withhold-{}-",
            &blake3::hash(name.as_encoded_bytes()).to_hex()[..16]
        );
        clear_left_overs(&parent, &prefix);
        let making = |error| StagingError::Io {
            doing: "make a directory in",
            path: parent.clone(),
            error,
        };
        loop {
            let directory = tempfile::Builder::new()
                .prefix(&prefix)
                .rand_bytes(16)
                .permissions(Permissions::from_mode(0o700))
                .tempdir_in(&parent)
                .map_err(|error| making(system_error(error)))?;
            match lock_new(directory.path()) {
                Ok(handle) => {
                    return Ok(Self {
                        target,
                        parent,
                        existing,
                        directory,
                        handle,
                    });
                }
                // Another run took the directory for a left-over before it was locked.
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::NotFound | io::ErrorKind::WouldBlock
                    ) => {}
                Err(error) => return Err(making(error)),
            }
        }
    }

    /// Makes a file in it, for its owner alone.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn create(&self, name: &'static str) -> Result<File, StagingError> {
        let path = self.directory.path().join(name);
        let making = |error| StagingError::Io {
            doing: "make",
            path: PathBuf::from(name),
            error,
        };
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(making)?;
        file.set_permissions(Permissions::from_mode(0o600))
            .map_err(making)?;
        Ok(file)
    }

    /// Puts the directory in its place, in one step that replaces nothing (or exchanges what is there).
    ///
    /// # Errors
    /// If the system refuses, or something else took the place meanwhile; the directory is then removed.
    pub fn commit(self, sync: Sync, files: &[File]) -> Result<(), StagingError> {
        if sync == Sync::Flush {
            let flushing = |error| StagingError::Io {
                doing: "flush to disk the output for",
                path: self.target.clone(),
                error,
            };
            for file in files {
                file.sync_all().map_err(flushing)?;
            }
            self.handle.sync_all().map_err(flushing)?;
        }
        check_target(&self.target, self.existing)?;
        let made = self.directory.path();
        let exchanged = match renameat_with(CWD, made, CWD, &self.target, RenameFlags::NOREPLACE) {
            Ok(()) => false,
            Err(rustix::io::Errno::EXIST) if self.existing == Existing::Replace => {
                renameat_with(CWD, made, CWD, &self.target, RenameFlags::EXCHANGE)
                    .map_err(|error| self.placing(error))?;
                true
            }
            Err(rustix::io::Errno::EXIST) => {
                return Err(StagingError::Exists {
                    path: self.target.clone(),
                });
            }
            Err(error) => return Err(self.placing(error)),
        };
        let flushed = if sync == Sync::Flush {
            File::open(&self.parent).and_then(|parent| parent.sync_all())
        } else {
            Ok(())
        };
        if !exchanged {
            // The directory is no longer where it was made; there is nothing left to remove.
            let _ = self.directory.keep();
        }
        flushed.map_err(|error| StagingError::Io {
            doing: "flush to disk the place of",
            path: self.target,
            error,
        })
    }

    fn placing(&self, error: rustix::io::Errno) -> StagingError {
        StagingError::Io {
            doing: "put in place",
            path: self.target.clone(),
            error: error.into(),
        }
    }
}

/// Locks a directory that was just made; not found or would block, if another run was about to remove it.
fn lock_new(directory: &Path) -> io::Result<File> {
    // Whatever the umask took away is given back to the owner, to nobody else.
    fs::set_permissions(directory, Permissions::from_mode(0o700))?;
    let handle = File::open(directory)?;
    flock(&handle, FlockOperation::NonBlockingLockExclusive)?;
    fs::metadata(directory)?;
    Ok(handle)
}

/// What the system said, without the name of a directory that nobody asked for.
fn system_error(error: io::Error) -> io::Error {
    match error.get_ref() {
        Some(_) => io::Error::from(error.kind()),
        None => error,
    }
}

/// Whether a run may put its output there.
fn check_target(target: &Path, existing: Existing) -> Result<(), StagingError> {
    let path = target.to_path_buf();
    match fs::symlink_metadata(target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            let parent = target.parent().map(Path::to_path_buf).unwrap_or_default();
            return Err(StagingError::NoParent { path, parent });
        }
        Err(error) => {
            return Err(StagingError::Io {
                doing: "look at",
                path,
                error,
            });
        }
        Ok(_) if existing == Existing::Refuse => return Err(StagingError::Exists { path }),
        Ok(metadata) if !metadata.is_dir() => return Err(StagingError::NotADirectory { path }),
        Ok(_) => {}
    }
    let reading = |error| StagingError::Io {
        doing: "read",
        path: target.to_path_buf(),
        error,
    };
    for entry in fs::read_dir(target).map_err(reading)? {
        let entry = entry.map_err(reading)?;
        let name = entry.file_name();
        let ours = OUTPUT_NAMES.iter().any(|known| name == *known)
            && entry.file_type().map_err(reading)?.is_file();
        if !ours {
            return Err(StagingError::NotOurs {
                path,
                found: name.to_string_lossy().into_owned(),
            });
        }
    }
    Ok(())
}

/// Removes staging directories whose run is gone: their lock is free.
fn clear_left_overs(parent: &Path, prefix: &str) {
    // What cannot be looked at or removed is left; it is nobody's output.
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    for entry in entries.flatten() {
        let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if !is_directory
            || !entry
                .file_name()
                .as_encoded_bytes()
                .starts_with(prefix.as_bytes())
        {
            continue;
        }
        let Ok(handle) = File::open(entry.path()) else {
            continue;
        };
        if flock(&handle, FlockOperation::NonBlockingLockExclusive).is_ok() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
