//! A manifest as it lies on disk: found, within a limit, and text.

use std::fs;
use std::io;
use std::path::Path;

use crate::cli::failure::Failure;

/// Most bytes of a manifest.
const MANIFEST_BYTES_MAX: u64 = 256 << 20;

/// The manifest's text.
pub(in crate::cli) fn load(path: &Path) -> Result<String, Failure> {
    let failing = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::PermissionDenied
        | io::ErrorKind::InvalidFilename
        | io::ErrorKind::InvalidInput => Failure::request(
            format!("cannot open {}: {error}", path.display()),
            "name the manifest.json of a split",
        ),
        _ => Failure::machine(
            format!("cannot read {}: {error}", path.display()),
            "check the device that it is read from",
        ),
    };
    let metadata = fs::metadata(path).map_err(failing)?;
    if !metadata.is_file() || metadata.len() > MANIFEST_BYTES_MAX {
        return Err(Failure::request(
            format!("{} is no manifest", path.display()),
            "name the manifest.json of a split",
        ));
    }
    let bytes = fs::read(path).map_err(failing)?;
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
