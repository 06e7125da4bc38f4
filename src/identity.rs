//! What tells whether a file is still the one that was opened.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;

/// A regular file as it was at one moment. (Not its time of change: that a file was replaced or linked to changes nothing in it.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    device: u64,
    inode: u64,
    modified: (i64, i64),
    /// Size in bytes.
    pub bytes: u64,
}

impl Identity {
    /// From what the system tells of a file.
    pub fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            bytes: metadata.len(),
        }
    }

    /// Of an open file; `None` if it is no regular one, whose end alone tells that all of it was read.
    ///
    /// # Errors
    /// If the system does not tell.
    pub fn of_file(file: &File) -> io::Result<Option<Self>> {
        let metadata = file.metadata()?;
        Ok(metadata.is_file().then(|| Self::of(&metadata)))
    }
}

/// The error that a file is no longer what it was when it was opened.
pub fn changed() -> io::Error {
    io::Error::other("it changed while it was read")
}

/// Whether an open file is still what it was.
///
/// # Errors
/// If it is not, or the system does not tell.
pub fn check_unchanged(file: &File, opened: Option<Identity>) -> io::Result<()> {
    if Identity::of_file(file)? == opened {
        Ok(())
    } else {
        Err(changed())
    }
}
