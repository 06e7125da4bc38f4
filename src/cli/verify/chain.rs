//! A manifest's chain: each link is the digest of the manifest of the run before, followed as far as manifests are at hand.
//! A link that cannot be followed is told as not verified.

use std::path::{Path, PathBuf};

use super::telling::Findings;
use crate::cli::failure::Failure;
use crate::cli::manifest_file::{MANIFEST_BYTES_MAX, load_bytes, meant};
use crate::cli::regular_file::{NotRead, read_whole, unreadable};
use crate::digest::{DigestKind, OrderedDigest};
use crate::output::{DigestSet, FileEntry, Manifest, own_digest_of};

/// Follows the chain through the manifests given, newest first, or else through those that lie where each manifest says.
pub(super) fn check_chain(
    manifest: &Manifest,
    text: &str,
    given: &[PathBuf],
    findings: &mut Findings,
) -> Result<(), Failure> {
    let mut next = manifest.predicate.previous.clone();
    let mut links = 0_usize;
    let wrong_before = findings.wrong();
    let mut walked = vec![blake3::hash(text.as_bytes())];
    loop {
        let what = format!("previous {}", links + 1);
        let Some(link) = next else {
            for path in given.iter().skip(links) {
                let detail = format!("{}: no manifest says that it follows it", path.display());
                findings.wrong_thing(&what, &detail);
            }
            if links > 0 && findings.wrong() == wrong_before {
                findings.right(
                    "chain",
                    &format!("{links} before this one, back to the first"),
                );
            }
            return Ok(());
        };
        let step = if given.is_empty() {
            follow_found(&link, &mut walked, &what, findings)?
        } else if let Some(path) = given.get(links) {
            follow_given(&link, path, &what, findings)?
        } else {
            let detail = format!(
                "{} was not given: the chain was not checked beyond it",
                link.path
            );
            findings.not_verified(&what, &detail);
            None
        };
        let Some(previous) = step else {
            return Ok(());
        };
        next = previous.predicate.previous;
        links += 1;
    }
}

/// Looks where the manifest says that its predecessor lay. It is followed only if it is that very file, so a chain that is followed
/// ends: no manifest can hold the digest of one that was made after it.
fn follow_found(
    link: &FileEntry,
    walked: &mut Vec<blake3::Hash>,
    what: &str,
    findings: &mut Findings,
) -> Result<Option<Manifest>, Failure> {
    let path = Path::new(&link.path);
    let mut open_end = |reason: &str| {
        let detail = format!("{reason}: the chain was not checked beyond it");
        findings.not_verified(what, &detail);
    };
    let bytes = match read_whole(path, MANIFEST_BYTES_MAX) {
        Ok(file) => file.bytes,
        Err(NotRead::Read(error)) => return Err(unreadable(path, &error)),
        Err(_) => {
            open_end(&format!("there is no file {}", link.path));
            return Ok(None);
        }
    };
    let found = blake3::hash(&bytes);
    if walked.contains(&found) {
        open_end(&format!("{} was replaced by a later run", link.path));
        return Ok(None);
    }
    walked.push(found);
    let (right, previous) = check_link(link, path, &bytes, what, findings);
    Ok(previous.filter(|_| right))
}

/// Looks at the manifest given, and follows it even if the link to it is broken: what was given is told in full.
fn follow_given(
    link: &FileEntry,
    path: &Path,
    what: &str,
    findings: &mut Findings,
) -> Result<Option<Manifest>, Failure> {
    let path = &meant(path)?;
    let bytes = load_bytes(path)?;
    let (_, previous) = check_link(link, path, &bytes, what, findings);
    Ok(previous)
}

/// One link: whether it holds, and the predecessor if it can be read.
fn check_link(
    link: &FileEntry,
    path: &Path,
    bytes: &[u8],
    what: &str,
    findings: &mut Findings,
) -> (bool, Option<Manifest>) {
    let path = path.display();
    let right = is_digest_of(&link.digest, bytes);
    findings.check(
        what,
        right,
        &format!("{path}: its digest"),
        &format!("{path}: its digest is another: the chain breaks here"),
    );
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let Ok(previous) = Manifest::from_text(text) else {
        let detail = format!("{path}: it is no manifest that this version can read");
        findings.wrong_thing(what, &detail);
        return (false, None);
    };
    if own_digest_of(text).as_ref() != Some(&previous.predicate.own_digest) {
        findings.wrong_thing(what, &format!("{path}: its digest of itself is another"));
        return (false, Some(previous));
    }
    (right, Some(previous))
}

fn is_digest_of(expected: &DigestSet, bytes: &[u8]) -> bool {
    expected
        .first_key_value()
        .and_then(|(algorithm, expected)| Some((DigestKind::of_algorithm(algorithm)?, expected)))
        .is_some_and(|(kind, expected)| {
            let mut digest = OrderedDigest::new(kind);
            digest.update(bytes);
            digest.finish().map(|digest| digest.hex()).as_ref() == Some(expected)
        })
}
