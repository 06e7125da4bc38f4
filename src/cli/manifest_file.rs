//! A manifest, or its envelope, as it lies on disk: found, within a limit, and text.

use std::path::Path;

use super::failure::Failure;
use super::whole_file::{WholeFileError, read_whole};

/// Most bytes of a manifest or an envelope.
pub(super) const MANIFEST_BYTES_MAX: u64 = 256 << 20;

const CURE: &str = "name the manifest.json of a split";

/// The text of a file that was named as a manifest.
pub(super) fn load(path: &Path) -> Result<String, Failure> {
    let bytes = load_bytes(path)?;
    String::from_utf8(bytes).map_err(|error| {
        Failure::input(
            format!(
                "{}: it is not UTF-8 text from byte {} on",
                path.display(),
                error.utf8_error().valid_up_to()
            ),
            "it was changed, or it is another file; get it again from who made it",
        )
    })
}

/// Its bytes, whatever they are.
pub(super) fn load_bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    match read_whole(path, MANIFEST_BYTES_MAX) {
        Ok(file) => Ok(file.bytes),
        Err(WholeFileError::NotThere(error)) => Err(Failure::request(
            format!("cannot open {}: {error}", path.display()),
            CURE,
        )),
        Err(WholeFileError::NotAFile | WholeFileError::TooLong) => Err(Failure::request(
            format!("{} is no manifest", path.display()),
            CURE,
        )),
        Err(WholeFileError::Read(error)) => Err(Failure::machine(
            format!("cannot read {}: {error}", path.display()),
            "check the device that it is read from",
        )),
    }
}
