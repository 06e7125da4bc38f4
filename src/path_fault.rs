//! What tells a wrong path from a machine that failed.

use std::io;

use rustix::io::Errno;

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
