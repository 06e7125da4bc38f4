//! Runs that form a chain: what `split --previous` takes, and what `verify` finds of the runs before.

use std::fs;
use std::process::Output;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::stage::{AGREEMENT, HEADER, Log, PERMITTED, REFUSED, Stage};

fn split(stage: &Stage, out: &str, arguments: &[&str]) -> Output {
    let mut command = stage.command(&["split", "-p", "policy.toml", "-a", "agreement.toml"]);
    command
        .args(["-q", "--no-sync", "-o", out, "supply.csv"])
        .args(arguments);
    command.output().unwrap()
}

fn verify(stage: &Stage, arguments: &[&str]) -> Output {
    let mut command = stage.command(&["verify"]);
    command.args(arguments).output().unwrap()
}

/// Three nights, the second of another agreement.
fn nights() -> Stage {
    let stage = Stage::new();
    stage.write("supply.csv", [HEADER, PERMITTED, REFUSED].concat());
    assert_eq!(stage.told(&split(&stage, "1", &[])), "exit 0\n");
    stage.write("agreement.toml", AGREEMENT.replace("T-1", "T-2"));
    // A run's directory will do.
    let chained = split(&stage, "2", &["--previous", "1"]);
    assert_eq!(stage.told(&chained), "exit 0\n");
    stage.write("agreement.toml", AGREEMENT);
    let chained = split(
        &stage,
        "3",
        &["--previous", "2/manifest.json", "--digest", "sha256"],
    );
    assert_eq!(stage.told(&chained), "exit 0\n");
    stage
}

/// What is told of the chain, and how the command ended.
fn told_of_chain(stage: &Stage, output: &Output) -> String {
    let told = stage.told(output);
    let lines = told.lines().filter(|line| {
        ["exit", "previous", "chain", "T-1", "error", "help"]
            .iter()
            .any(|word| line.contains(word))
    });
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_chain_is_followed_as_far_as_manifests_are_at_hand() {
    let stage = nights();
    let mut log = Log::default();
    let mut add = |title: &str, arguments: &[&str]| {
        let output = verify(&stage, &[&["3/manifest.json"], arguments].concat());
        log.add(title, &told_of_chain(&stage, &output));
    };
    let (one, two, three) = ("1/manifest.json", "2/manifest.json", "3/manifest.json");
    add("all where they were", &[]);
    add("all, and the decision again", &["--replay"]);
    add("both given", &["--previous", two, "--previous", one]);
    add("one given", &["--previous", two]);
    add(
        "the wrong way round",
        &["--previous", one, "--previous", two],
    );
    add(
        "one too many",
        &["--previous", two, "--previous", one, "--previous", three],
    );
    add("one that is not there", &["--previous", "4/manifest.json"]);
    add("one that is no manifest", &["--previous", "supply.csv"]);

    fs::rename(stage.path("1"), stage.path("moved")).unwrap();
    add("the first is gone", &[]);
    let first = "moved/manifest.json";
    add(
        "the first is given where it is",
        &["--previous", two, "--previous", first],
    );
    fs::rename(stage.path("moved"), stage.path("1")).unwrap();

    // One bit of the second: its link breaks, and what it follows cannot be known.
    let whole = stage.read(two);
    let at = String::from_utf8(whole.clone())
        .unwrap()
        .find("\"T-2\"")
        .unwrap();
    let mut changed = whole.clone();
    changed[at + 3] ^= 1;
    stage.write(two, changed);
    add("the second was changed", &[]);
    add(
        "the second was changed, both given",
        &["--previous", two, "--previous", one],
    );
    // A forger who computes its digest of itself anew is found all the same.
    let text = String::from_utf8(whole)
        .unwrap()
        .replace("\"T-2\"", "\"T-3\"");
    let forged: withhold::output::Manifest = serde_json::from_str(&text).unwrap();
    stage.write(two, forged.to_text());
    add("the second was forged", &[]);
    let first = verify(&stage, &[one, "--previous", two]);
    log.add(
        "the first of a chain, with one given",
        &told_of_chain(&stage, &first),
    );
    insta::assert_snapshot!(log.text());
}

#[test]
fn a_run_that_replaces_the_one_before_follows_it() {
    let stage = Stage::new();
    stage.write("supply.csv", [HEADER, PERMITTED].concat());
    assert_eq!(split(&stage, "out", &[]).status.code(), Some(0));
    for _ in 0..2 {
        let before = stage.read("out/manifest.json");
        let replaced = split(
            &stage,
            "out",
            &["--force", "--previous", "out/manifest.json"],
        );
        assert_eq!(stage.told(&replaced), "exit 0\n");
        let manifest: Value = serde_json::from_slice(&stage.read("out/manifest.json")).unwrap();
        assert_eq!(
            manifest["predicate"]["previous"]["digest"]["blake3"],
            blake3::hash(&before).to_hex().as_str()
        );
        stage.write("kept.json", before);
    }
    let mut log = Log::default();
    for arguments in [&[][..], &["--previous", "kept.json"]] {
        let output = verify(&stage, &[&["out/manifest.json"], arguments].concat());
        let title = ["as it is", "the one before is given"][arguments.len().min(1)];
        log.add(title, &told_of_chain(&stage, &output));
    }
    // A run that follows one whose predecessor's place is now its own.
    let next = split(&stage, "next", &["--previous", "out/manifest.json"]);
    assert_eq!(next.status.code(), Some(0));
    let output = verify(&stage, &["next/manifest.json"]);
    log.add("the next", &told_of_chain(&stage, &output));
    insta::assert_snapshot!(log.text());
}

#[test]
fn the_link_is_the_digest_of_the_files_bytes() {
    let stage = Stage::new();
    stage.write("supply.csv", [HEADER, PERMITTED].concat());
    assert_eq!(split(&stage, "1", &[]).status.code(), Some(0));
    let before = stage.read("1/manifest.json");
    let sha256: String = Sha256::digest(&before)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let blake3 = blake3::hash(&before).to_hex().to_string();
    for (digest, algorithm, expected) in [
        ("blake3", "blake3", &blake3),
        ("sha256", "sha256", &sha256),
        ("none", "blake3", &blake3),
    ] {
        let arguments = [
            "--previous",
            "./1/manifest.json",
            "--digest",
            digest,
            "--force",
        ];
        assert_eq!(split(&stage, "2", &arguments).status.code(), Some(0));
        let manifest: Value = serde_json::from_slice(&stage.read("2/manifest.json")).unwrap();
        assert_eq!(
            manifest["predicate"]["previous"],
            serde_json::json!({"path": "./1/manifest.json", "digest": {algorithm: expected}})
        );
    }
}

#[test]
fn what_cannot_be_followed_is_refused() {
    let stage = nights();
    stage.make_fifo("fifo");
    let manifest = String::from_utf8(stage.read("1/manifest.json")).unwrap();
    stage.write("changed.json", manifest.replace("T-1", "T-9"));
    stage.write("other.json", manifest.replace("split/v1", "other/v1"));
    stage.write(
        "cut.json",
        &manifest[..manifest.find("\"started\"").unwrap()],
    );
    stage.write("latin.json", b"{\"\xE9");
    // Sparse: nothing of it is stored.
    let long = fs::File::create(stage.path("long.json")).unwrap();
    long.set_len((256 << 20) + 1).unwrap();
    let before = stage.names(".");
    let mut log = Log::default();
    for previous in [
        "missing.json",
        // A directory without a manifest.
        ".",
        "fifo",
        "supply.csv",
        "cut.json",
        "latin.json",
        "long.json",
        "other.json",
        "changed.json",
    ] {
        let output = split(&stage, "new", &["--previous", previous]);
        assert_eq!(stage.names("."), before, "{previous}");
        log.add(previous, &stage.told(&output));
    }
    insta::assert_snapshot!(log.text());
}
