//! The manifest of the run before, whose digest makes a chain of this run and that one.

use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::failure::Failure;
use super::manifest_file::{load_bytes, meant};
use crate::digest::{Digest, DigestKind};
use crate::output::{FileEntry, Manifest, digest_set, own_digest_of};

/// Reads the manifest of any earlier split, or that in its directory, whatever its agreement; what the new manifest says of it.
pub(super) fn load_previous(path: &Path, kind: DigestKind) -> Result<FileEntry, Failure> {
    let path = &meant(path)?;
    let bytes = load_bytes(path)?;
    let no_manifest = |reason: &str| {
        Failure::request(
            format!("{}: {reason}", path.display()),
            "name the manifest.json of the run before, unchanged; without `--previous` a new chain begins",
        )
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| no_manifest("it is not UTF-8 text"))?;
    let manifest = Manifest::from_text(text).map_err(|error| no_manifest(&error.to_string()))?;
    if own_digest_of(text).as_ref() != Some(&manifest.predicate.own_digest) {
        return Err(Failure::input(
            format!(
                "{}: its digest of itself is another: some byte of it was changed",
                path.display()
            ),
            "get it again from who made it; no run may be made to follow one that cannot be trusted",
        ));
    }
    // Like the rules, it always has a digest.
    let digest = match kind {
        DigestKind::Sha256 => Digest::sha256(Sha256::digest(&bytes).into()),
        DigestKind::Blake3 | DigestKind::None => Digest::blake3(*blake3::hash(&bytes).as_bytes()),
    };
    Ok(FileEntry {
        path: path.display().to_string(),
        digest: digest_set(Some(&digest)),
    })
}
