//! `withhold keygen`: a new key pair, each file whole or not there. The private key is for its owner alone.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::args::KeygenArguments;
use super::failure::Failure;
use super::interrupt::{Interrupt, Making};
use super::new_file::{NewFile, Readers, cannot_write, check_place, existing, folder_of};
use super::summary::{print, visible};
use crate::output::Existing;
use crate::signing::PrivateKey;

pub(super) fn run(arguments: &KeygenArguments) -> Result<(), Failure> {
    let out = &arguments.out;
    let public_out = public_path(out);
    let existing = existing(arguments.force);
    check_place(out, existing)?;
    check_place(&public_out, existing)?;
    let key = PrivateKey::generate().map_err(|error| {
        Failure::machine(
            format!("the system gives no randomness: {error}"),
            "nothing was written",
        )
    })?;
    // No signal ends the run while the lock is held: both files are put in place, or neither is left.
    let interrupt = Interrupt::<()>::watch()?;
    let mut making = interrupt.making();
    let private = written(out, existing, Readers::Owner, key.to_pem().as_bytes())?;
    let public = key.public();
    let text = public.to_pem();
    let public_file = written(&public_out, existing, Readers::Anybody, text.as_bytes())?;
    private.place()?;
    if let Err(failure) = public_file.place() {
        if existing == Existing::Refuse {
            // It was made a moment ago, and nobody has its public key.
            let _ = fs::remove_file(out);
        }
        return Err(failure);
    }
    File::open(folder_of(out))
        .and_then(|folder| folder.sync_all())
        .map_err(|error| cannot_write(out, &error))?;
    *making = Making::Placed;
    drop(making);
    let told = format!(
        "{}: private key; keep it secret, and keep a copy\n{}: public key, for `withhold verify --key`\nkeyid {}\n",
        visible(&out.display().to_string()),
        visible(&public_out.display().to_string()),
        public.keyid()
    );
    print(&told).map_err(|error| {
        Failure::machine(
            format!("cannot print: {error}"),
            "the keys are in place; check where standard output goes",
        )
    })
}

/// A file with this content, on disk, but not in its place yet.
fn written(
    out: &Path,
    existing: Existing,
    readers: Readers,
    content: &[u8],
) -> Result<NewFile, Failure> {
    let (mut file, new) = NewFile::begin(out, existing, readers)?;
    file.write_all(content)
        .and_then(|()| file.sync_all())
        .map_err(|error| cannot_write(out, &error))?;
    Ok(new)
}

/// The public key's file: the private one's name and `.pub`.
fn public_path(out: &Path) -> PathBuf {
    let mut name = OsString::from(out);
    name.push(".pub");
    PathBuf::from(name)
}
