//! The output directory while it is being made: a private directory beside its final place, flushed and
//! renamed in one step, and removed if that step is never reached.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::{Errno, retry_on_intr};

use super::private_directory::{
    OUTPUT_NAMES, PrivateDirectory, SPLITS, clear_left_overs, entries_of, open_directory,
};
use crate::compression::Compression;
use crate::paths::parent_of;

/// Names of the permitted and the withheld records' files, compressed in this way.
pub fn split_names(compression: Compression) -> [&'static str; 2] {
    match compression {
        Compression::None => ["permitted.csv", "withheld.csv"],
        Compression::Gzip => ["permitted.csv.gz", "withheld.csv.gz"],
        Compression::Zstd => ["permitted.csv.zst", "withheld.csv.zst"],
    }
}

/// Times that a place is tried for which is taken at one moment, and free at the next.
const ATTEMPTS_MAX: usize = 100;

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
pub enum Durability {
    /// They are.
    Flushed,
    /// They are left to the system.
    Unflushed,
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
    /// It is in place, whole and right, but what comes after failed.
    #[error("{} is in place, but {what}: {error}", path.display())]
    Placed {
        /// The directory.
        path: PathBuf,
        /// What is not as it should be.
        what: &'static str,
        /// How to mend it.
        help: &'static str,
        /// What the system said.
        error: io::Error,
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
        !matches!(self, Self::Io { .. } | Self::Placed { .. })
    }

    /// Whether the output is in place all the same.
    pub fn is_placed(&self) -> bool {
        matches!(self, Self::Placed { .. })
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
            Self::Placed { help, .. } => help,
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
    directory: PrivateDirectory,
}

impl Staging {
    /// Makes a private directory beside `target`, and clears what killed runs left there.
    ///
    /// # Errors
    /// If `target` is there (and is not to be replaced), or the directory cannot be made.
    pub fn begin(target: &Path, existing: Existing) -> Result<Self, StagingError> {
        let name = target.file_name().ok_or_else(|| StagingError::NoName {
            path: target.to_path_buf(),
        })?;
        let parent = parent_of(target).to_path_buf();
        // Without a slash or a dot at its end, with which the system would look through a link.
        let target = target.with_file_name(name);
        match fs::metadata(&parent) {
            Ok(metadata) if metadata.is_dir() => {}
            Err(error) if !is_absence(&error) => return Err(looking_at(&target, error)),
            Ok(_) | Err(_) => {
                return Err(StagingError::NoParent {
                    path: target,
                    parent,
                });
            }
        }
        clear_left_overs(&parent);
        check_target(&target, existing)?;
        let directory =
            PrivateDirectory::make(&parent, &SPLITS).map_err(|error| StagingError::Io {
                doing: "make a directory in",
                path: parent.clone(),
                error,
            })?;
        Ok(Self {
            target,
            parent,
            existing,
            directory,
        })
    }

    /// Makes a file in it, for its owner alone.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn create(&self, name: &'static str) -> Result<File, StagingError> {
        self.directory
            .create_private(name)
            .map_err(|error| StagingError::Io {
                doing: "make",
                path: PathBuf::from(name),
                error,
            })
    }

    /// Puts the directory in its place, in one step that replaces nothing (or exchanges what is there).
    ///
    /// # Errors
    /// If the system refuses, or something else took the place meanwhile; the directory is then removed. Or if it is in place, but
    /// something that comes after failed: see [`StagingError::is_placed`].
    pub fn commit(mut self, durability: Durability, files: &[File]) -> Result<(), StagingError> {
        if durability == Durability::Flushed {
            let flushing = |error| StagingError::Io {
                doing: "flush to disk the output for",
                path: self.target.clone(),
                error,
            };
            for file in files {
                file.sync_all().map_err(flushing)?;
            }
            self.directory.sync().map_err(flushing)?;
        }
        check_target(&self.target, self.existing)?;
        // What may fail is done before the step that cannot be undone.
        let parent = File::open(&self.parent).map_err(|error| self.placing(error))?;
        let earlier = self.take_place()?;
        self.directory.placed();
        let flushed = match durability {
            Durability::Flushed => parent.sync_all(),
            Durability::Unflushed => Ok(()),
        };
        // Whatever became of that: nothing that it was exchanged for stays behind.
        let removed = match earlier {
            Some(earlier) => self.directory.remove_earlier(&earlier),
            None => Ok(()),
        };
        let placed = |what, help, error| StagingError::Placed {
            path: self.target.clone(),
            what,
            help,
            error,
        };
        flushed.map_err(|error| {
            placed(
                "whether it would outlast a loss of power is not certain, since its place cannot be flushed to disk",
                "the output is whole and right; run again with `--force` once the disk is sound",
                error,
            )
        })?;
        removed.map_err(|error| {
            placed(
                "the earlier output that it replaced cannot be removed",
                "the next run there removes it, once the disk is sound; it lies beside it, under a name that starts with `.withhold-`",
                error,
            )
        })
    }

    /// Renames the directory; the earlier one, open, if it was exchanged for one.
    fn take_place(&mut self) -> Result<Option<File>, StagingError> {
        for _ in 0..ATTEMPTS_MAX {
            match self.rename(RenameFlags::NOREPLACE) {
                Ok(()) => return Ok(None),
                Err(Errno::EXIST) if self.existing == Existing::Replace => {
                    if let Some(earlier) = self.exchange()? {
                        return Ok(Some(earlier));
                    }
                }
                Err(Errno::EXIST) => {
                    return Err(StagingError::Exists {
                        path: self.target.clone(),
                    });
                }
                Err(error) => return Err(self.placing(error)),
            }
        }
        Err(self.placing(Errno::EXIST))
    }

    /// Exchanges the directory for the earlier one; that one, open, or `None` if it is gone.
    fn exchange(&mut self) -> Result<Option<File>, StagingError> {
        let earlier = match open_directory(&self.target) {
            Err(Errno::NOENT) => return Ok(None),
            opened => opened.map_err(|error| self.placing(error))?,
        };
        match self.rename(RenameFlags::EXCHANGE) {
            Err(Errno::NOENT) => return Ok(None),
            exchanged => exchanged.map_err(|error| self.placing(error))?,
        }
        let Err(not_ours) = check_entries(self.directory.path(), &self.target) else {
            return Ok(Some(earlier));
        };
        // Whoever put something else there since it was looked at gets it back; if that fails, it is at least not removed.
        Err(match self.rename(RenameFlags::EXCHANGE) {
            Ok(()) => not_ours,
            Err(error) => {
                self.directory.placed();
                StagingError::Placed {
                    path: self.target.clone(),
                    what: "what somebody else put there meanwhile cannot be put back",
                    help: "move it to where it belongs, before the next run: it lies beside it, under a name that starts with `.withhold-`",
                    error: error.into(),
                }
            }
        })
    }

    fn rename(&self, flags: RenameFlags) -> Result<(), Errno> {
        let made = self.directory.path();
        retry_on_intr(|| renameat_with(CWD, made, CWD, &self.target, flags))
    }

    fn placing(&self, error: impl Into<io::Error>) -> StagingError {
        StagingError::Io {
            doing: "put in place",
            path: self.target.clone(),
            error: error.into(),
        }
    }
}

/// Whether an error says that there is no such directory.
fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Why a path cannot be looked at: it is none that there could be, or the system refused.
fn looking_at(path: &Path, error: io::Error) -> StagingError {
    let path = path.to_path_buf();
    let in_a_ring = Errno::from_io_error(&error) == Some(Errno::LOOP);
    if in_a_ring || error.kind() == io::ErrorKind::InvalidFilename {
        return StagingError::NoName { path };
    }
    StagingError::Io {
        doing: "look at",
        path,
        error,
    }
}

/// Whether a run may put its output there.
fn check_target(target: &Path, existing: Existing) -> Result<(), StagingError> {
    let path = target.to_path_buf();
    match fs::symlink_metadata(target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            let parent = target.parent().map(Path::to_path_buf).unwrap_or_default();
            Err(StagingError::NoParent { path, parent })
        }
        Err(error) => Err(looking_at(target, error)),
        Ok(_) if existing == Existing::Refuse => Err(StagingError::Exists { path }),
        Ok(metadata) if !metadata.is_dir() => Err(StagingError::NotADirectory { path }),
        Ok(_) => check_entries(target, target),
    }
}

/// Whether a directory holds the output of a run and nothing else; it is called by the second path.
fn check_entries(directory: &Path, target: &Path) -> Result<(), StagingError> {
    let reading = |error| StagingError::Io {
        doing: "read",
        path: target.to_path_buf(),
        error,
    };
    for (name, is_file) in entries_of(directory).map_err(reading)? {
        let ours = is_file && OUTPUT_NAMES.iter().any(|known| name.as_os_str() == *known);
        if !ours {
            return Err(StagingError::NotOurs {
                path: target.to_path_buf(),
                found: name.to_string_lossy().into_owned(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
