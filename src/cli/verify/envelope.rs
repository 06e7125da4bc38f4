//! A manifest against its envelope: the same bytes, signed by the keys given. A signature whose key was not given is told as
//! not verified.

use std::path::{Path, PathBuf};

use super::telling::Findings;
use crate::cli::failure::Failure;
use crate::cli::manifest_file::MANIFEST_BYTES_MAX;
use crate::cli::regular_file::{NotRead, read_whole, unreadable};
use crate::signing::{Envelope, PAYLOAD_TYPE, PublicKey};

/// What the name of an envelope ends in, where that of its manifest ends in `.json`.
const ENDING: &str = ".dsse.json";

/// A public key, and the file that it came from.
pub(super) struct GivenKey {
    pub(super) path: PathBuf,
    pub(super) key: PublicKey,
}

/// The envelope that was named, or else the one beside the manifest: its payload and its signatures.
pub(super) fn check_envelope(
    path: &Path,
    manifest: &str,
    named: Option<&Envelope>,
    keys: &[GivenKey],
    findings: &mut Findings,
) -> Result<(), Failure> {
    if let Some(envelope) = named {
        check_manifest_beside(path, envelope, findings)?;
        check_signatures(&name_of(path), envelope, keys, findings);
        return Ok(());
    }
    let path = path.with_extension(&ENDING[1..]);
    let name = name_of(&path);
    let Some(bytes) = read(&path)? else {
        if !keys.is_empty() {
            findings.wrong_thing(&name, "it is not there: nothing says who made the manifest");
        }
        return Ok(());
    };
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    let envelope = match Envelope::from_text(text) {
        Ok(envelope) => envelope,
        Err(error) => {
            findings.wrong_thing(&name, &error.to_string());
            return Ok(());
        }
    };
    check_payload(&name, &envelope, manifest.as_bytes(), findings);
    check_signatures(&name, &envelope, keys, findings);
    Ok(())
}

/// The manifest beside the envelope that was named.
fn check_manifest_beside(
    path: &Path,
    envelope: &Envelope,
    findings: &mut Findings,
) -> Result<(), Failure> {
    let name = name_of(path);
    let Some(stem) = name.strip_suffix(ENDING) else {
        findings.not_verified(
            "manifest.json",
            &format!(
                "the name of the envelope does not end in {ENDING}: what it holds was checked alone"
            ),
        );
        return Ok(());
    };
    match read(&path.with_file_name(format!("{stem}.json")))? {
        Some(bytes) => check_payload(&name, envelope, &bytes, findings),
        None => findings.not_verified(
            "manifest.json",
            "it is not there: what the envelope holds was checked alone",
        ),
    }
    Ok(())
}

fn check_payload(name: &str, envelope: &Envelope, manifest: &[u8], findings: &mut Findings) {
    findings.check(
        name,
        envelope.payload == manifest,
        "it holds the manifest, byte for byte",
        "it holds another manifest than the one beside it",
    );
}

/// Every key given has signed; every other signature is named.
fn check_signatures(name: &str, envelope: &Envelope, keys: &[GivenKey], findings: &mut Findings) {
    if envelope.payload_type != PAYLOAD_TYPE {
        findings.wrong_thing(
            name,
            "it says that it holds something else than an in-toto Statement",
        );
    }
    for GivenKey { path, key } in keys {
        let path = path.display();
        findings.check(
            name,
            envelope.is_signed_by(key),
            &format!("signed with {path}, keyid {}", key.keyid()),
            &format!("not signed with {path}, keyid {}", key.keyid()),
        );
    }
    for signature in &envelope.signatures {
        if keys
            .iter()
            .all(|given| given.key.keyid() != signature.keyid)
        {
            let detail = format!(
                "the signature of keyid {} was not checked: give its public key with `--key`",
                signature.keyid
            );
            findings.not_verified(name, &detail);
        }
    }
}

/// A file's bytes; `None` if there is no such file.
fn read(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    match read_whole(path, MANIFEST_BYTES_MAX) {
        Ok(file) => Ok(Some(file.bytes)),
        Err(NotRead::Read(error)) => Err(unreadable(path, &error)),
        Err(_) => Ok(None),
    }
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}
