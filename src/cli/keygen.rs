//! `withhold keygen`: a new key pair, each file whole or not there. The private key is for its owner alone.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::args::KeygenArguments;
use super::failure::Failure;
use super::harmless::visible;
use super::new_files::{NewFiles, Readers};
use super::places::{check_place, unwritable};
use super::plan::existing;
use super::printing::print;
use crate::output::Durability;
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
    let public = key.public();
    let mut files = NewFiles::begin(existing, Readers::Owner)?;
    let mut private_file = files.add(out)?;
    let mut public_file = files.add_for(&public_out, Readers::Any)?;
    let written = private_file
        .write_all(key.to_pem().as_bytes())
        .map_err(|error| unwritable(out, &error))
        .and_then(|()| {
            public_file
                .write_all(public.to_pem().as_bytes())
                .map_err(|error| unwritable(&public_out, &error))
        });
    files.place(written, Durability::Flushed)?;
    let told = format!(
        "{}: private key; keep it secret, and keep a copy\n{}: public key, for `withhold verify --key`\nkeyid {}\n",
        visible(&out.display().to_string()),
        visible(&public_out.display().to_string()),
        public.keyid()
    );
    print(&told, "the keyid", Some("the keys are in place"))
}

/// The public key's file: the private one's name and `.pub`.
fn public_path(out: &Path) -> PathBuf {
    let mut name = OsString::from(out);
    name.push(".pub");
    PathBuf::from(name)
}
