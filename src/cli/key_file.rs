//! Keys as they lie on disk. A private key that others can read is refused; what stands in a key file is never shown.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use zeroize::Zeroizing;

use super::failure::Failure;
use super::regular_file::{NotRead, WholeFile, read_whole};
use crate::signing::{PrivateKey, PublicKey};

/// Most bytes of a key file.
const KEY_BYTES_MAX: u64 = 16 << 10;

/// Access for anybody but the owner.
const OTHERS: u32 = 0o077;

/// The private key of `--sign`.
pub(super) fn load_private_key(path: &Path) -> Result<PrivateKey, Failure> {
    const CURE: &str = "name a private key such as `withhold keygen` makes, not its .pub";
    let WholeFile { bytes, metadata } = load(path, CURE)?;
    let bytes = Zeroizing::new(bytes);
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    if PublicKey::from_pem(text).is_ok() {
        return Err(Failure::request(
            format!("{} is a public key", path.display()),
            CURE,
        ));
    }
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & OTHERS != 0 {
        return Err(Failure::request(
            format!(
                "the private key {} is not its owner's alone: its mode is {mode:04o}",
                path.display()
            ),
            "give it mode 0600 (`chmod 600`); if somebody else may have read it, make a new one",
        ));
    }
    PrivateKey::from_pem(text)
        .map_err(|error| Failure::request(format!("{}: {error}", path.display()), CURE))
}

/// A public key of `--key`.
pub(super) fn load_public_key(path: &Path) -> Result<PublicKey, Failure> {
    const CURE: &str =
        "name a public key such as `withhold keygen` makes: the file that ends in .pub";
    // Somebody may name the private key by mistake.
    let bytes = Zeroizing::new(load(path, CURE)?.bytes);
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    PublicKey::from_pem(text)
        .map_err(|error| Failure::request(format!("{}: {error}", path.display()), CURE))
}

fn load(path: &Path, cure: &str) -> Result<WholeFile, Failure> {
    read_whole(path, KEY_BYTES_MAX).map_err(|error| match error {
        NotRead::NotThere(error) => {
            Failure::request(format!("cannot open {}: {error}", path.display()), cure)
        }
        NotRead::NotAFile | NotRead::TooLong => {
            Failure::request(format!("{} is no key", path.display()), cure)
        }
        NotRead::Read(error) => Failure::machine(
            format!("cannot read {}: {error}", path.display()),
            "check the device that it is read from",
        ),
    })
}
