//! Regular files, opened once; small ones read whole, within a limit. A FIFO or a device is never opened.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

use super::failure::Failure;
use crate::paths::path_is_wrong;
use crate::supply::shown;

/// A file's bytes, and what the system says of it.
#[derive(Debug)]
pub(super) struct WholeFile {
    pub(super) bytes: Vec<u8>,
    pub(super) metadata: Metadata,
}

/// Why a file was not read.
#[derive(Debug)]
pub(super) enum NotRead {
    /// There is none, or not for this reader.
    NotThere(io::Error),
    /// It is a directory, a FIFO or a device.
    NotAFile,
    /// It has more bytes than the limit.
    TooLong,
    /// The machine failed.
    Read(io::Error),
}

/// Opens a regular file; what it is when it is opened is what is said of it.
fn open_regular(path: &Path) -> Result<(File, Metadata), NotRead> {
    let failing = |error: io::Error| {
        if path_is_wrong(&error) {
            NotRead::NotThere(error)
        } else {
            NotRead::Read(error)
        }
    };
    // A device may act when it is opened, so what it is comes first.
    if !fs::metadata(path).map_err(failing)?.is_file() {
        return Err(NotRead::NotAFile);
    }
    // Opened once, so that what is looked at from here on is what is read; a FIFO put there meanwhile would block.
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
        .open(path)
        .map_err(failing)?;
    let metadata = file.metadata().map_err(failing)?;
    if !metadata.is_file() {
        return Err(NotRead::NotAFile);
    }
    Ok((file, metadata))
}

/// Opens a file of any length; `None` if there is none, or not for this reader.
pub(super) fn open(path: &Path) -> Result<Option<File>, Failure> {
    match open_regular(path) {
        Ok((file, _)) => Ok(Some(file)),
        Err(NotRead::Read(error)) => Err(unreadable(path, &error)),
        Err(_) => Ok(None),
    }
}

/// The failure that a file which is there cannot be read.
pub(super) fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::machine(
        format!("cannot read {}: {error}", shown(path)),
        "check the device that it is read from",
    )
}

/// Reads a file of at most `bytes_max` bytes.
pub(super) fn read_whole(path: &Path, bytes_max: u64) -> Result<WholeFile, NotRead> {
    let (file, metadata) = open_regular(path)?;
    if metadata.len() > bytes_max {
        return Err(NotRead::TooLong);
    }
    let bytes = read_at_most(&file, metadata.len(), bytes_max)?;
    Ok(WholeFile { bytes, metadata })
}

/// A file that grows while it is read is as long as it turns out to be.
fn read_at_most(file: &File, expected: u64, bytes_max: u64) -> Result<Vec<u8>, NotRead> {
    // Room for more than there is, so that a secret is never copied to a larger place.
    let room = usize::try_from(expected).map_or(usize::MAX, |bytes| bytes.saturating_add(64));
    let mut bytes = Vec::with_capacity(room);
    file.take(bytes_max.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(NotRead::Read)?;
    if bytes.len() as u64 > bytes_max {
        return Err(NotRead::TooLong);
    }
    Ok(bytes)
}
