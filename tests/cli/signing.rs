//! Signed splits: what `keygen` makes, what `split --sign` leaves, and what `verify --key` finds.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Output;

use withhold::output::Manifest;
use withhold::signing::{Envelope, PAYLOAD_TYPE, PrivateKey};

use super::stage::{HEADER, Log, PERMITTED, REFUSED, Stage};

/// The key of RFC 8032, 7.1, test 1.
const KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
";

/// That of test 2.
const OTHER_KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7
-----END PRIVATE KEY-----
";

/// A folder with two key pairs.
fn stage() -> Stage {
    let stage = Stage::new();
    stage.write("supply.csv", [HEADER, PERMITTED, REFUSED].concat());
    for (name, key) in [("k.key", KEY), ("other.key", OTHER_KEY)] {
        stage.write(name, key);
        fs::set_permissions(stage.path(name), Permissions::from_mode(0o600)).unwrap();
        let public = PrivateKey::from_pem(key).unwrap().public();
        stage.write(&format!("{name}.pub"), public.to_pem());
    }
    stage
}

fn split(stage: &Stage, arguments: &[&str]) {
    let mut command = stage.split(&["-q", "--force", "supply.csv"]);
    let output = command.args(arguments).output().unwrap();
    assert_eq!(stage.told(&output), "exit 0\n");
}

fn verify(stage: &Stage, arguments: &[&str]) -> Output {
    let mut command = stage.command(&["verify"]);
    command.args(arguments).output().unwrap()
}

/// What is told of manifest and envelope, and how the command ended.
fn told(stage: &Stage, arguments: &[&str]) -> String {
    let told = stage.told(&verify(stage, arguments));
    let lines = told.lines().filter(|line| {
        ["exit", "manifest", "renamed", "T-1", "error", "help"]
            .iter()
            .any(|word| line.contains(word))
    });
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_signature_is_told_for_each_key() {
    let stage = stage();
    split(&stage, &["--sign", "k.key"]);
    let mut log = Log::default();
    let mut add = |title: &str, arguments: &[&str]| log.add(title, &told(&stage, arguments));
    let (manifest, envelope) = ("out/manifest.json", "out/manifest.dsse.json");
    let key = ["--key", "k.key.pub"];
    let both = ["--key", "k.key.pub", "--key", "other.key.pub"];
    add("no key", &[manifest]);
    add("its key", &[&[manifest], &key[..]].concat());
    add(
        "its key and a replay",
        &[&[manifest, "--replay"], &key[..]].concat(),
    );
    add("another key", &[manifest, "--key", "other.key.pub"]);
    add("both keys", &[&[manifest], &both[..]].concat());
    add("the envelope", &[&[envelope], &key[..]].concat());

    let whole = stage.read(manifest);
    fs::rename(stage.path(manifest), stage.path("out/taken.json")).unwrap();
    add(
        "the envelope without the manifest",
        &[&[envelope], &key[..]].concat(),
    );
    fs::rename(stage.path(envelope), stage.path("out/renamed")).unwrap();
    add(
        "the envelope by another name",
        &[&["out/renamed"], &key[..]].concat(),
    );
    fs::rename(stage.path("out/taken.json"), stage.path(manifest)).unwrap();
    add("the manifest without the envelope", &[manifest]);
    add(
        "the same, where a key was given",
        &[&[manifest], &key[..]].concat(),
    );
    fs::rename(stage.path("out/renamed"), stage.path(envelope)).unwrap();

    // A forger who computes the manifest's digest of itself anew.
    let text = String::from_utf8(whole.clone()).unwrap();
    let text = text.replace("\"Toy Shop\"", "\"Toy Shop Ltd\"");
    let forged = serde_json::from_str::<Manifest>(&text).unwrap().to_text();
    stage.write(manifest, &forged);
    add("a forged manifest", &[&[manifest], &key[..]].concat());
    add("a forged manifest, and no key", &[manifest]);
    add("the envelope beside it", &[&[envelope], &key[..]].concat());
    // And signs it with another key, under the name of the first.
    let other = PrivateKey::from_pem(OTHER_KEY).unwrap();
    let mut signed = Envelope::sign(forged.as_bytes(), PAYLOAD_TYPE, &other);
    stage.write(envelope, signed.to_text());
    add("a forger's own key", &[&[manifest], &key[..]].concat());
    signed.signatures[0].keyid = PrivateKey::from_pem(KEY).unwrap().public().keyid();
    stage.write(envelope, signed.to_text());
    add(
        "under the first key's name",
        &[&[manifest], &key[..]].concat(),
    );
    // What was signed as something else is no manifest.
    stage.write(manifest, &whole);
    let first = PrivateKey::from_pem(KEY).unwrap();
    stage.write(
        envelope,
        Envelope::sign(&whole, "text/plain", &first).to_text(),
    );
    add("another type", &[&[manifest], &key[..]].concat());
    stage.write(envelope, "{}\n");
    add("no envelope", &[manifest]);
    insta::assert_snapshot!(log.text());
}

#[test]
fn the_envelope_is_put_in_place_with_the_rest() {
    let stage = stage();
    let signed = [
        "manifest.dsse.json",
        "manifest.json",
        "permitted.csv",
        "withheld.csv",
    ];
    let mut command = stage.split(&["supply.csv", "--sign", "k.key"]);
    let output = command.output().unwrap();
    insta::with_settings!({filters => super::summary::without_time()}, {
        insta::assert_snapshot!(stage.told(&output));
    });
    assert_eq!(stage.names("out"), signed);
    let mode = fs::metadata(stage.path("out/manifest.dsse.json"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o600);
    let text = String::from_utf8(stage.read("out/manifest.dsse.json")).unwrap();
    assert_eq!(
        Envelope::from_text(&text).unwrap().payload,
        stage.read("out/manifest.json")
    );
    // An unsigned run leaves no envelope of an earlier one.
    split(&stage, &[]);
    assert_eq!(stage.names("out"), signed[1..]);
}

#[test]
fn what_is_no_key_is_refused_before_a_record_is_read() {
    let stage = stage();
    split(&stage, &["--sign", "k.key"]);
    stage.make_fifo("fifo");
    stage.write("long.key", KEY.repeat(200));
    for (name, mode) in [
        ("group.key", 0o640),
        ("world.key", 0o604),
        ("read-only.key", 0o400),
    ] {
        stage.write(name, KEY);
        fs::set_permissions(stage.path(name), Permissions::from_mode(mode)).unwrap();
    }
    stage.write("supply.csv.key", "canary\n");
    for name in ["long.key", "supply.csv.key"] {
        fs::set_permissions(stage.path(name), Permissions::from_mode(0o600)).unwrap();
    }
    let before = stage.names(".");
    let mut log = Log::default();
    for key in [
        "missing.key",
        "out",
        "fifo",
        "long.key",
        "group.key",
        "world.key",
        "supply.csv.key",
    ] {
        // The input is no supply: it is not looked at.
        let mut command = stage.command(&["split", "-p", "policy.toml", "-a", "agreement.toml"]);
        let output = command
            .args(["-o", "new", "--sign", key, "missing.csv"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2));
        log.add(&format!("--sign {key}"), &stage.told(&output));
    }
    fs::set_permissions(stage.path("k.key.pub"), Permissions::from_mode(0o600)).unwrap();
    let mut command = stage.split(&["--force", "--sign", "k.key.pub", "supply.csv"]);
    log.add("--sign k.key.pub", &stage.told(&command.output().unwrap()));
    for key in ["missing.pub", "fifo", "k.key", "supply.csv"] {
        let output = verify(&stage, &["out/manifest.json", "--key", key]);
        assert_eq!(output.status.code(), Some(2));
        log.add(&format!("--key {key}"), &stage.told(&output));
    }
    assert_eq!(stage.names("."), before);
    assert!(!log.shows("canary"));
    split(&stage, &["--sign", "read-only.key"]);
    insta::assert_snapshot!(log.text());
}

#[test]
fn a_new_key_is_for_its_owner_alone_and_replaces_nothing() {
    let told = |stage: &Stage, output: &Output| stage.told(output);
    for umask in ["000", "077", "777"] {
        let stage = Stage::new();
        let output = stage
            .shell(&format!("umask {umask}; $W keygen -o new.key"))
            .output()
            .unwrap();
        insta::with_settings!({filters => vec![("keyid [0-9a-f]{64}", "keyid [KEYID]")]}, {
            insta::assert_snapshot!("a_new_key", told(&stage, &output));
        });
        let mode =
            |name: &str| fs::metadata(stage.path(name)).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode("new.key"), 0o600, "umask {umask}");
        let public = 0o666 & !u32::from_str_radix(umask, 8).unwrap();
        assert_eq!(mode("new.key.pub"), public, "umask {umask}");
    }
    let stage = Stage::new();
    assert_eq!(
        stage
            .command(&["keygen", "-o", "new.key"])
            .status()
            .unwrap()
            .code(),
        Some(0)
    );
    let pair = |stage: &Stage| [stage.read("new.key"), stage.read("new.key.pub")];
    let first = pair(&stage);
    fs::create_dir(stage.path("folder")).unwrap();
    stage.write("half.key.pub", "kept");
    let before = stage.names(".");
    let mut log = Log::default();
    for arguments in [
        &["-o", "new.key"][..],
        &["-o", "half.key"],
        &["-o", "folder", "--force"],
        &["-o", "missing/new.key"],
        &[],
    ] {
        let output = stage.command(&["keygen"]).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        log.add(&arguments.join(" "), &stage.told(&output));
    }
    insta::assert_snapshot!("keys_that_are_there_are_kept", log.text());
    assert_eq!(stage.names("."), before);
    assert_eq!(
        (pair(&stage), stage.read("half.key.pub")),
        (first.clone(), b"kept".to_vec())
    );

    let mut command = stage.command(&["keygen", "-o", "new.key", "--force"]);
    assert_eq!(command.status().unwrap().code(), Some(0));
    let second = pair(&stage);
    assert!(first[0] != second[0] && first[1] != second[1]);
    stage.write("supply.csv", [HEADER, PERMITTED].concat());
    split(&stage, &["--sign", "new.key"]);
    let output = verify(&stage, &["out/manifest.json", "-q", "--key", "new.key.pub"]);
    assert_eq!(stage.told(&output), "exit 0\n");
}

/// A bit of every byte of everything that a run leaves, with the command itself. (Every bit of a manifest and of an envelope is
/// tried in the tests of `verify` and of `signing`, without a process for each.)
#[test]
fn one_wrong_bit_of_any_file_fails() {
    std::thread::scope(|scope| {
        for half in 0..2 {
            scope.spawn(move || flip_bits(half));
        }
    });
}

/// Flips bits of every second byte.
fn flip_bits(half: usize) {
    let stage = stage();
    split(&stage, &["--sign", "k.key"]);
    let verify = || {
        let output = verify(&stage, &["out/manifest.json", "--key", "k.key.pub"]);
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
            output.stderr,
        )
    };
    assert_eq!(verify().0, Some(0));
    for original in ["policy.toml", "agreement.toml", "supply.csv"] {
        fs::remove_file(stage.path(original)).unwrap();
    }
    assert_eq!(verify().0, Some(0));
    for name in stage.names("out") {
        let path = format!("out/{name}");
        let whole = stage.read(&path);
        for at in (half..whole.len()).step_by(2) {
            let mut changed = whole.clone();
            changed[at] ^= 1 << (at / 2 % 8);
            stage.write(&path, changed);
            let (code, found, error) = verify();
            assert_eq!(code, Some(3), "byte {at} of {name}");
            // Where it is: the file's line of the findings, or the file in the error that ends the command.
            let told = |line: &str| line.contains("WRONG") && line.contains(&name);
            let error = String::from_utf8(error).unwrap();
            assert!(
                found.lines().any(told) || found.is_empty() && error.contains(&path),
                "byte {at} of {name}: {found}{error}"
            );
        }
        stage.write(&path, whole);
    }
}
