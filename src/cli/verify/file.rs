//! A file that a manifest speaks of: its digest against the manifest's.

use std::fs::File;
use std::io::{self, Read};

use super::telling::Findings;
use crate::digest::{DigestKind, OrderedDigest};
use crate::output::DigestSet;

/// A file's digest against the manifest's.
pub(super) fn check_digest(
    what: &str,
    expected: &DigestSet,
    mut file: &File,
    findings: &mut Findings,
) -> io::Result<()> {
    let Some((algorithm, expected)) = expected.first_key_value() else {
        findings.not_verified(what, "no digest of it was taken");
        return Ok(());
    };
    let Some(kind) = DigestKind::of_algorithm(algorithm) else {
        findings.wrong_thing(what, "its digest is of a kind that is never taken");
        return Ok(());
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
    Ok(())
}
