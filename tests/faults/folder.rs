//! The files of a folder, as they lie there and as they compare from run to run: without times, random names and random keys.
//! Owns what makes a manifest, an envelope or a key whole.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;
use withhold::output::own_digest_of;
use withhold::signing::{Envelope, PrivateKey, PublicKey};

/// The key that scenes sign with.
pub(crate) const KEY: &str = "supplies.key";

/// A file with its bytes, or a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    mode: u32,
    bytes: Option<Vec<u8>>,
}

/// By path. What runs make under names of their own, and FIFOs, are left out.
pub(crate) type Folder = BTreeMap<String, Entry>;

/// What lies there.
pub(crate) fn read(root: &Path) -> Folder {
    let mut folder = Folder::new();
    gather(root, "", &mut folder);
    folder
}

/// Makes a folder what it was.
pub(crate) fn restore(root: &Path, was: &Folder) {
    let is = read(root);
    for path in is.keys().rev().filter(|path| !was.contains_key(*path)) {
        let path = root.join(path);
        let removed = if path.is_dir() {
            fs::remove_dir(&path)
        } else {
            fs::remove_file(&path)
        };
        removed.unwrap();
    }
    for (name, entry) in was
        .iter()
        .filter(|(name, entry)| is.get(*name) != Some(entry))
    {
        let path = root.join(name);
        match &entry.bytes {
            None if path.is_dir() => {}
            None => fs::create_dir(&path).unwrap(),
            Some(bytes) => fs::write(&path, bytes).unwrap(),
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(entry.mode)).unwrap();
    }
}

/// What compares from run to run: of that which was not there before, only what every run makes of it. All of it has to be whole.
pub(crate) fn comparable(folder: &Folder, before: &Folder) -> Folder {
    let mut compared = folder.clone();
    for (path, entry) in &mut compared {
        let Some(bytes) = &mut entry.bytes else {
            assert!(
                path != "out" || entry.mode == 0o700,
                "{path}: {:o}",
                entry.mode
            );
            continue;
        };
        let private = path.starts_with("out/") || path.ends_with(".key");
        assert!(!private || entry.mode == 0o600, "{path}: {:o}", entry.mode);
        if before
            .get(path)
            .is_some_and(|before| before.bytes.as_ref() == Some(bytes))
        {
            continue;
        }
        let text = || std::str::from_utf8(bytes).unwrap();
        if path.ends_with("manifest.json") {
            *bytes = timeless(text());
        } else if let Some(directory) = path.strip_suffix("manifest.dsse.json") {
            let envelope = Envelope::from_text(text()).expect("an envelope is whole");
            let key = public_key(folder, &format!("{KEY}.pub"));
            assert!(envelope.is_signed_by(&key), "{path} is signed");
            let manifest = &folder[&format!("{directory}manifest.json")];
            assert_eq!(
                Some(envelope.payload),
                manifest.bytes,
                "{path} holds its manifest"
            );
            *bytes = b"an envelope".to_vec();
        } else if path.ends_with(".key") {
            let key = PrivateKey::from_pem(text()).expect("a private key is whole");
            let public = format!("{path}.pub");
            if folder
                .get(&public)
                .is_some_and(|now| before.get(&public) != Some(now))
            {
                assert_eq!(
                    public_key(folder, &public),
                    key.public(),
                    "{path} and its .pub"
                );
            }
            *bytes = b"a new private key".to_vec();
        } else if path.ends_with(".key.pub") {
            public_key(folder, path);
            *bytes = b"a new public key".to_vec();
        }
    }
    compared
}

fn public_key(folder: &Folder, path: &str) -> PublicKey {
    let bytes = folder[path].bytes.as_ref().expect("a key is a file");
    PublicKey::from_pem(std::str::from_utf8(bytes).unwrap()).expect("a public key is whole")
}

/// A manifest without times, whose digest of itself has been checked.
fn timeless(text: &str) -> Vec<u8> {
    let mut manifest: Value = serde_json::from_str(text).expect("a manifest is whole");
    let predicate = manifest["predicate"].as_object_mut().unwrap();
    assert_eq!(predicate["self"], own_digest_of(text).unwrap().as_str());
    for key in ["started", "finished", "self"] {
        assert!(predicate.remove(key).is_some(), "a manifest has {key}");
    }
    serde_json::to_vec(&manifest).unwrap()
}

fn gather(directory: &Path, prefix: &str, folder: &mut Folder) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let metadata = entry.metadata().unwrap();
        let path = format!("{prefix}{name}");
        let mode = metadata.permissions().mode() & 0o7777;
        if name.starts_with(".withhold") || path == "tmp" {
            continue;
        }
        let bytes = if metadata.is_dir() {
            gather(&entry.path(), &format!("{path}/"), folder);
            None
        } else if metadata.is_file() {
            Some(fs::read(entry.path()).unwrap())
        } else {
            continue;
        };
        folder.insert(path, Entry { mode, bytes });
    }
}
