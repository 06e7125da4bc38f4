//! A manifest as it lies on disk, alone or in its envelope: found, within a limit, text, and, if asked, whole. Verifies no signature.

use std::fs;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::regular_file::{NotRead, read_whole, unreadable};
use crate::output::{Manifest, own_digest_of};
use crate::paths::path_is_wrong;
use crate::signing::{Envelope, PAYLOAD_TYPE};

/// Most bytes of a manifest or an envelope.
pub(super) const MANIFEST_BYTES_MAX: u64 = 256 << 20;

const CURE: &str = "name the manifest.json of a split";

/// What a person can do who has no manifest that can be read.
const GET_AGAIN: &str = "it was changed, it is of another version, or it is another file; get it again from who made it";

/// A manifest's text, and the envelope that it was taken from, if it was.
pub(super) struct ManifestText {
    pub(super) text: String,
    pub(super) envelope: Option<Envelope>,
}

/// The manifest that is meant by a path: that of the directory, if it is one.
pub(super) fn meant(path: &Path) -> Result<PathBuf, Failure> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Ok(path.join("manifest.json")),
        Err(error) if !path_is_wrong(&error) => Err(unreadable(path, &error)),
        // What it is instead is told when it is read.
        Ok(_) | Err(_) => Ok(path.to_path_buf()),
    }
}

/// The text in a file that was named as a manifest, which may be its envelope.
pub(super) fn load(path: &Path) -> Result<ManifestText, Failure> {
    let text = String::from_utf8(load_bytes(path)?).map_err(|error| {
        Failure::input(
            format!(
                "{}: it is not UTF-8 text from byte {} on",
                path.display(),
                error.utf8_error().valid_up_to()
            ),
            "it was changed, or it is another file; get it again from who made it",
        )
    })?;
    let Ok(envelope) = Envelope::from_text(&text) else {
        return Ok(ManifestText {
            text,
            envelope: None,
        });
    };
    match String::from_utf8(envelope.payload.clone()) {
        Ok(text) => Ok(ManifestText {
            text,
            envelope: Some(envelope),
        }),
        Err(_) => Err(Failure::input(
            format!("{}: what it holds is no manifest", path.display()),
            "get it again from who made it",
        )),
    }
}

/// The manifest in a text from this file; whether its digest of itself is right is not looked at.
pub(super) fn parse(path: &Path, text: &str) -> Result<Manifest, Failure> {
    Manifest::from_text(text).map_err(|error| refused(path, &error.to_string()))
}

/// The manifest in a file, or in its envelope, if its digest of itself is right.
pub(super) fn load_whole(path: &Path) -> Result<Manifest, Failure> {
    let ManifestText { text, envelope } = load(path)?;
    if envelope.is_some_and(|envelope| envelope.payload_type != PAYLOAD_TYPE) {
        return Err(refused(
            path,
            "it says that it holds something else than an in-toto Statement",
        ));
    }
    let manifest = parse(path, &text)?;
    if own_digest_of(&text).as_ref() != Some(&manifest.predicate.own_digest) {
        return Err(refused(
            path,
            "its digest of itself is another: some byte of it was changed",
        ));
    }
    Ok(manifest)
}

/// The failure that a manifest is not one to be used.
pub(super) fn refused(path: &Path, why: &str) -> Failure {
    Failure::input(format!("{}: {why}", path.display()), GET_AGAIN)
}

/// The bytes of a file that was named as a manifest, whatever they are.
pub(super) fn load_bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    match read_whole(path, MANIFEST_BYTES_MAX) {
        Ok(file) => Ok(file.bytes),
        Err(NotRead::NotThere(error)) => Err(Failure::request(
            format!("cannot open {}: {error}", path.display()),
            CURE,
        )),
        Err(NotRead::NotAFile | NotRead::TooLong) => Err(Failure::request(
            format!("{} is no manifest", path.display()),
            CURE,
        )),
        Err(NotRead::Read(error)) => Err(Failure::machine(
            format!("cannot read {}: {error}", path.display()),
            "check the device that it is read from",
        )),
    }
}
