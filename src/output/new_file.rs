//! A single file that appears whole or not at all: written in a private directory beside its place, and renamed.
//! For one file; an output of several is a `Staging`.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, RenameFlags, renameat_with, statat, unlinkat};
use rustix::io::{Errno, retry_on_intr};

use super::Existing;
use super::private_directory::{FILES, PrivateDirectory, clear_left_overs};
use crate::paths::parent_of;

/// Its name in the private directory.
const NAME: &str = FILES.names[0];

/// Times that a place is tried for which is taken at one moment, and free at the next.
const ATTEMPTS_MAX: usize = 100;

/// A file that is being made. Dropping it removes it.
#[derive(Debug)]
pub struct NewFile {
    target: PathBuf,
    directory: PrivateDirectory,
}

/// A file in its place that can still be taken back. Dropping it lets it stay, and removes what it replaced.
#[derive(Debug)]
pub struct PlacedFile {
    new: NewFile,
    /// What was there before lies where the file was made.
    has_earlier: bool,
}

impl NewFile {
    /// Starts a file that will lie at `target`, and clears what killed runs left there.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn begin(target: &Path) -> io::Result<(Self, File)> {
        let new = Self::start(target)?;
        let file = new.directory.create(NAME)?;
        Ok((new, file))
    }

    /// The same, for its owner alone, whatever the umask.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn begin_private(target: &Path) -> io::Result<(Self, File)> {
        let new = Self::start(target)?;
        let file = new.directory.create_private(NAME)?;
        Ok((new, file))
    }

    fn start(target: &Path) -> io::Result<Self> {
        let parent = parent_of(target);
        clear_left_overs(parent);
        let directory = PrivateDirectory::make(parent, &FILES)?;
        let target = target.to_path_buf();
        Ok(Self { target, directory })
    }

    /// Puts it in its place in one step.
    ///
    /// # Errors
    /// If the system refuses, or something is there and is not to be replaced; the file is then removed.
    pub fn commit(self, existing: Existing) -> io::Result<()> {
        let flags = match existing {
            Existing::Refuse => RenameFlags::NOREPLACE,
            Existing::Replace => RenameFlags::empty(),
        };
        Ok(self.rename(flags)?)
    }

    /// The same, but so that it can be taken back: as one of several files, of which all are to appear or none.
    ///
    /// # Errors
    /// As above.
    pub fn place(self, existing: Existing) -> io::Result<PlacedFile> {
        for _ in 0..ATTEMPTS_MAX {
            let has_earlier = match (self.rename(RenameFlags::NOREPLACE), existing) {
                (Ok(()), _) => false,
                (Err(Errno::EXIST), Existing::Replace) => {
                    match self.rename(RenameFlags::EXCHANGE) {
                        // What was there is gone again.
                        Err(Errno::NOENT) => continue,
                        exchanged => exchanged?,
                    }
                    self.check_earlier()?;
                    true
                }
                (Err(error), _) => return Err(error.into()),
            };
            let new = self;
            return Ok(PlacedFile { new, has_earlier });
        }
        Err(Errno::EXIST.into())
    }

    /// A directory that somebody put there since it was looked at is not to be removed: it gets its place back.
    fn check_earlier(&self) -> io::Result<()> {
        let earlier = statat(self.directory.handle(), NAME, AtFlags::SYMLINK_NOFOLLOW);
        let earlier = earlier.and_then(|earlier| match FileType::from_raw_mode(earlier.st_mode) {
            FileType::Directory => Err(Errno::ISDIR),
            _ => Ok(()),
        });
        Ok(earlier.inspect_err(|_| {
            let _ = self.rename(RenameFlags::EXCHANGE);
        })?)
    }

    fn rename(&self, flags: RenameFlags) -> Result<(), Errno> {
        retry_on_intr(|| renameat_with(self.directory.handle(), NAME, CWD, &self.target, flags))
    }
}

impl PlacedFile {
    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.new.target
    }

    /// Makes its place what it was before.
    ///
    /// # Errors
    /// If the system refuses; it then stays.
    pub fn take_back(&self) -> io::Result<()> {
        let taken = if self.has_earlier {
            self.new.rename(RenameFlags::EXCHANGE)
        } else {
            retry_on_intr(|| unlinkat(CWD, &self.new.target, AtFlags::empty()))
        };
        Ok(taken?)
    }
}
