//! The manifest's digests are those of the files, whatever their sizes and however the run was cut up.

use serde_json::Value;
use sha2::Digest as _;

use super::stage::{HEADER, REFUSED, Stage, gzip, many_records, zstd};

fn digest_of(kind: &str, bytes: &[u8]) -> String {
    match kind {
        "blake3" => blake3::hash(bytes).to_hex().to_string(),
        "sha256" => sha2::Sha256::digest(bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
        other => panic!("no digest {other}"),
    }
}

/// Checks every digest and size that the manifest names, and the paths it must name.
fn assert_digests(stage: &Stage, kind: &str, inputs: &[&str]) {
    let manifest: Value = serde_json::from_slice(&stage.read("out/manifest.json")).unwrap();
    let right = |entry: &Value, content: &[u8], what: &str| {
        let digests = entry["digest"].as_object().unwrap();
        if kind == "none" {
            assert!(digests.is_empty(), "{what}: {digests:?}");
        } else {
            assert_eq!(digests.len(), 1);
            assert_eq!(digests[kind], digest_of(kind, content), "{what}");
        }
    };
    for (subject, name) in manifest["subject"]
        .as_array()
        .unwrap()
        .iter()
        .zip(["permitted.csv", "withheld.csv"])
    {
        assert_eq!(subject["name"], name);
        right(subject, &stage.read(&format!("out/{name}")), name);
    }
    let entries = manifest["predicate"]["inputs"].as_array().unwrap();
    assert_eq!(entries.len(), inputs.len());
    for (entry, name) in entries.iter().zip(inputs) {
        assert_eq!(entry["path"], **name);
        let content = stage.read(name);
        assert_eq!(entry["bytes"], content.len());
        right(entry, &content, name);
    }
}

/// A supply of exactly this many bytes, whose records are all withheld.
fn of_size(bytes: usize) -> String {
    let mut text = String::from(HEADER);
    while text.len() + 2 * REFUSED.len() < bytes {
        text.push_str(REFUSED);
    }
    let left = bytes - text.len();
    text.push_str(&"x".repeat(left.saturating_sub(1)));
    text.push('\n');
    text
}

#[test]
fn digests_are_right_around_every_edge_of_a_tree() {
    let mut way = 0;
    for around in [1024_usize, 2048, 3072, 4096, 8192] {
        for bytes in [around - 1, around, around + 1] {
            for kind in ["blake3", "sha256", "none"] {
                let stage = Stage::new();
                stage.write("a.csv", of_size(bytes));
                assert_eq!(stage.read("a.csv").len(), bytes);
                let block = ["1", "7", "1023", "1024", "2048", "4096", "65536"][way % 7];
                let threads = ["1", "2", "8"][way % 3];
                way += 1;
                let output = stage
                    .split(&[
                        "-q",
                        "--reasons",
                        "none",
                        "--digest",
                        kind,
                        "--block-bytes",
                        block,
                        "--threads",
                        threads,
                        "a.csv",
                    ])
                    .output()
                    .unwrap();
                assert_eq!(stage.told(&output), "exit 0\n");
                assert_eq!(stage.read("out/withheld.csv").len(), bytes);
                assert_digests(&stage, kind, &["a.csv"]);
            }
        }
    }
}

#[test]
fn digests_of_inputs_are_of_what_is_stored() {
    let records = many_records(3_000);
    for kind in ["blake3", "sha256", "none"] {
        for (block, threads) in [("1024", "8"), ("37", "3"), ("524288", "2")] {
            let stage = Stage::new();
            stage.write("a.csv", &records);
            stage.write("b.csv.gz", gzip(records.as_bytes()));
            stage.write("c.csv.zst", zstd(records.as_bytes()));
            stage.write("d.csv", HEADER);
            let inputs = ["a.csv", "b.csv.gz", "d.csv", "c.csv.zst"];
            let output = stage
                .split(&[
                    "-q",
                    "--digest",
                    kind,
                    "--block-bytes",
                    block,
                    "--threads",
                    threads,
                ])
                .args(inputs)
                .output()
                .unwrap();
            assert_eq!(stage.told(&output), "exit 0\n");
            assert_digests(&stage, kind, &inputs);

            for name in ["a.csv", "b.csv.gz"] {
                let piped = stage.shell(&format!(
                    "cat {name} | $SPLIT -q --force --digest {kind} --block-bytes {block} --threads {threads} -"
                ));
                let mut piped = piped;
                assert_eq!(stage.told(&piped.output().unwrap()), "exit 0\n");
                std::fs::copy(stage.path(name), stage.path("-")).unwrap();
                assert_digests(&stage, kind, &["-"]);
            }
        }
    }
}

#[test]
fn a_supply_without_a_record_has_digests_too() {
    for content in [
        HEADER,
        HEADER.trim_end(),
        "\u{feff}\r\nid,captured,notice,ok,channels",
    ] {
        let stage = Stage::new();
        stage.write("a.csv", content);
        let output = stage.split(&["-q", "a.csv"]).output().unwrap();
        assert_eq!(stage.told(&output), "exit 0\n");
        assert_digests(&stage, "blake3", &["a.csv"]);
    }
}

/// A header is written before any record, and more of it at once than a write's alignment.
#[test]
fn a_long_header_is_digested_once() {
    for kind in ["blake3", "sha256", "none"] {
        let stage = Stage::new();
        let long = "x".repeat(9_000);
        let policy = String::from_utf8(stage.read("policy.toml")).unwrap();
        let policy = policy.replace("[data]\n", &format!("[data]\nmore = [\"{long}\"]\n"));
        stage.write("policy.toml", policy);
        let header = HEADER.trim_end();
        let refused = REFUSED.trim_end();
        stage.write("a.csv", format!("{header},{long}\n{refused},y\n"));
        let output = stage
            .split(&["-q", "--digest", kind, "a.csv"])
            .output()
            .unwrap();
        assert_eq!(stage.told(&output), "exit 0\n");
        assert!(stage.read("out/permitted.csv").len() > 2 * 4096);
        assert_digests(&stage, kind, &["a.csv"]);
    }
}
