//! A single file that appears whole or not at all: written in a private directory beside its place, and renamed.
//! For one file; an output of several is a `Staging`.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::retry_on_intr;

use super::Existing;
use super::private_directory::{PrivateDirectory, clear_left_overs};

/// Its name in the private directory.
const NAMES: [&str; 1] = ["file"];

/// A file that is being made. Dropping it removes it.
#[derive(Debug)]
pub struct NewFile {
    target: PathBuf,
    directory: PrivateDirectory,
}

impl NewFile {
    /// Starts a file that will lie at `target`, and clears what killed runs for the same target left there.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn begin(target: &Path) -> io::Result<(Self, File)> {
        let new = Self::start(target)?;
        let file = new.directory.create(NAMES[0])?;
        Ok((new, file))
    }

    /// The same, for its owner alone, whatever the umask.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn begin_private(target: &Path) -> io::Result<(Self, File)> {
        let new = Self::start(target)?;
        let file = new.directory.create_private(NAMES[0])?;
        Ok((new, file))
    }

    fn start(target: &Path) -> io::Result<Self> {
        let parent = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let name = target.file_name().unwrap_or(target.as_os_str());
        let prefix = format!(
            ".withhold-file-{}-",
            &blake3::hash(name.as_encoded_bytes()).to_hex()[..16]
        );
        clear_left_overs(parent, &prefix, &NAMES);
        let directory = PrivateDirectory::make(parent, &prefix, &NAMES)?;
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
        let rename = || renameat_with(self.directory.handle(), NAMES[0], CWD, &self.target, flags);
        Ok(retry_on_intr(rename)?)
    }
}
