//! What a path tells: the directory that it lies in, and whether it is wrong or the machine failed.

use std::io;
use std::path::Path;

use rustix::io::Errno;

/// The directory that a file lies in.
pub(crate) fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Whether the path is wrong that somebody typed, rather than the machine that it was to be found on.
pub(crate) fn path_is_wrong(error: &io::Error) -> bool {
    let links_in_a_ring = Errno::from_io_error(error) == Some(Errno::LOOP);
    let a_socket = Errno::from_io_error(error) == Some(Errno::NXIO);
    let wrong = matches!(
        error.kind(),
        io::ErrorKind::NotFound
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::IsADirectory
            | io::ErrorKind::InvalidFilename
            | io::ErrorKind::InvalidInput
    );
    wrong || links_in_a_ring || a_socket
}
