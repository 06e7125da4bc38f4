//! A file that a manifest speaks of: opened if it is there, and its digest against the manifest's.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::telling::Findings;
use crate::cli::failure::Failure;
use crate::digest::{DigestKind, OrderedDigest};
use crate::output::DigestSet;
use crate::supply::shown;

/// A file's digest against the manifest's.
pub(super) fn check_digest(
    what: &str,
    expected: &DigestSet,
    mut file: &File,
    findings: &mut Findings,
) -> io::Result<()> {
    if expected.is_empty() {
        findings.not_verified(what, "no digest of it was taken");
        return Ok(());
    }
    for (algorithm, expected) in expected {
        let kind = match algorithm.as_str() {
            "blake3" => DigestKind::Blake3,
            "sha256" => DigestKind::Sha256,
            _ => {
                findings.wrong_thing(what, "its digest is of a kind that is never taken");
                continue;
            }
        };
        let mut digest = OrderedDigest::new(kind);
        let mut buffer = vec![0; 1 << 20];
        loop {
            match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => digest.update(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let found = digest.finish().map(|digest| digest.hex());
        findings.check(
            what,
            found.as_ref() == Some(expected),
            &format!("its {algorithm} digest"),
            &format!("its {algorithm} digest is another: it was changed"),
        );
    }
    Ok(())
}

/// Opens a regular file; `None` if there is none, or not for this reader.
pub(in crate::cli) fn open(path: &Path) -> Result<Option<File>, Failure> {
    // A FIFO would block when it is opened, so what it is comes first.
    let opened = fs::metadata(path).and_then(|metadata| {
        if metadata.is_file() {
            File::open(path).map(Some)
        } else {
            Ok(None)
        }
    });
    opened.or_else(|error| match error.kind() {
        io::ErrorKind::NotFound
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::PermissionDenied
        | io::ErrorKind::InvalidFilename
        | io::ErrorKind::InvalidInput => Ok(None),
        _ => Err(unreadable(path, &error)),
    })
}

pub(in crate::cli) fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::machine(
        format!("cannot read {}: {error}", shown(path)),
        "check the device that it is read from",
    )
}
