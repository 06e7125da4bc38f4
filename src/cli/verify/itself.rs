//! A manifest against itself: its own digest, and counts that add up.

use super::telling::Findings;
use crate::cli::sums::adds_up;
use crate::output::{Manifest, own_digest_of};

/// The manifest's digest of itself, and whether its counts add up.
pub(super) fn check_itself(manifest: &Manifest, text: &str, findings: &mut Findings) {
    let own = own_digest_of(text);
    findings.check(
        "manifest.json",
        own.as_ref() == Some(&manifest.predicate.own_digest),
        "its digest of itself",
        "its digest of itself is another: some byte of it was changed",
    );
    findings.check(
        "manifest.json",
        adds_up(manifest),
        "its counts add up",
        "its counts do not add up",
    );
}
