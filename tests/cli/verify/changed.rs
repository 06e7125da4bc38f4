//! What was changed after a run is found, wherever it is, and no value of it is said.

use super::{MANIFEST, found, split, stage, verify, wrong};
use crate::stage::{HEADER, Stage};

#[test]
fn one_wrong_bit_is_found_wherever_it_is() {
    let stage = stage();
    let files = [
        ("out/permitted.csv", "permitted.csv"),
        ("out/withheld.csv", "withheld.csv"),
        ("policy.toml", "policy"),
        ("agreement.toml", "agreement"),
        ("areas.txt", "territory"),
        ("house.csv", "list house"),
        ("a.csv", "input 1"),
        ("b.csv.gz", "input 2"),
    ];
    for digest in ["blake3", "sha256"] {
        split(&stage, &["--digest", digest, "a.csv", "b.csv.gz"]);
        for (file, what) in files {
            let whole = stage.read(file);
            for at in (0..whole.len()).step_by(whole.len().div_ceil(4)) {
                let mut changed = whole.clone();
                changed[at] ^= 1 << (at % 8);
                stage.write(file, changed);
                let (code, found) = found(&stage, &[]);
                assert_eq!(
                    (code, wrong(&found)),
                    (Some(3), vec![what.to_owned()]),
                    "{file} {at}"
                );
            }
            stage.write(file, whole);
        }
        assert_eq!(found(&stage, &["--replay"]).0, Some(0));
    }
}

#[test]
fn one_wrong_bit_of_the_manifest_is_found() {
    let stage = stage();
    split(&stage, &["a.csv"]);
    let whole = stage.read(MANIFEST);
    let is_whole = |bytes: &[u8]| {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return false;
        };
        let Ok(manifest) = withhold::output::Manifest::from_text(text) else {
            return false;
        };
        withhold::output::own_digest_of(text) == Some(manifest.predicate.own_digest)
    };
    assert!(is_whole(&whole));
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut changed = whole.clone();
            changed[at] ^= 1 << bit;
            assert!(!is_whole(&changed), "bit {bit} of byte {at}");
        }
        assert!(!is_whole(&whole[..at]), "cut at {at}");
    }
    for more in ["\n", " ", "0"] {
        assert!(!is_whole(&[&whole, more.as_bytes()].concat()), "{more:?}");
    }
}

#[test]
fn a_manifest_that_was_changed_with_its_digest_is_found_by_the_records() {
    let stage = stage();
    split(&stage, &["a.csv", "b.csv.gz"]);
    let manifest = String::from_utf8(stage.read(MANIFEST)).unwrap();
    let forge = |from: &str, to: &str| {
        let text = manifest.replace(from, to);
        assert_ne!(text, manifest, "{from}");
        let parsed: withhold::output::Manifest = serde_json::from_str(&text).unwrap();
        stage.write(MANIFEST, parsed.to_text());
        let (counted, replayed) = (found(&stage, &[]), found(&stage, &["--replay"]));
        assert_eq!(replayed.0, Some(3), "{from}");
        (counted.0, wrong(&counted.1))
    };
    // What the outputs themselves show, and what only a replay does.
    assert_eq!(
        forge(
            "\"permitted\": 3,\n      \"withheld\": 2,",
            "\"permitted\": 4,\n      \"withheld\": 1,"
        )
        .0,
        Some(3)
    );
    let only = forge(
        "\"reason\": \"consent-refused\",\n          \"records\": 1,\n          \"only\": 1",
        "\"reason\": \"consent-refused\",\n          \"records\": 1,\n          \"only\": 0",
    );
    assert_eq!(only, (Some(3), vec!["withheld.csv".to_owned()]));
    assert_eq!(
        forge(
            "\"purpose\": \"marketing/direct\"",
            "\"purpose\": \"marketing\""
        )
        .0,
        Some(0)
    );
    assert_eq!(
        forge(
            "\"delivery\": \"2017-05-05\"",
            "\"delivery\": \"2017-05-06\""
        )
        .0,
        Some(0)
    );
}

#[test]
fn no_value_of_a_record_is_said() {
    let stage = Stage::new();
    let record = "canary,2016-09-05,A,Y,postal|canary\ncanary,canary,canary,canary,\"canary\n";
    stage.write("a.csv", [HEADER, record].concat());
    split(&stage, &["a.csv"]);
    let said = |arguments: &[&str]| {
        let told = stage.told(&verify(&stage, arguments));
        assert!(!told.contains("canary"), "{told}");
    };
    let whole = ["permitted", "withheld"].map(|name| stage.read(&format!("out/{name}.csv")));
    for (name, whole) in ["permitted", "withheld"].iter().zip(&whole) {
        let lengths = [0, 5, whole.len() / 2, whole.len() - 1, whole.len()];
        for length in lengths {
            for more in ["", "canary\n", "canary,\"canary\"canary\n", "\n"] {
                let changed = [&whole[..length], more.as_bytes()].concat();
                stage.write(&format!("out/{name}.csv"), changed);
                said(&[]);
                said(&["--replay", "--format", "json"]);
            }
        }
        stage.write(&format!("out/{name}.csv"), whole);
    }
}

#[test]
fn what_is_said_of_compressed_outputs_is_held_against_the_replay() {
    let stage = stage();
    split(&stage, &["--compress", "zst", "a.csv"]);
    let manifest = String::from_utf8(stage.read(MANIFEST)).unwrap();
    let (start, withheld) = manifest
        .rsplit_once("\"name\": \"withheld.csv.zst\"")
        .unwrap();
    let forged = format!(
        "{start}\"name\": \"withheld.csv.zst\",\n        \"dpv:hasConsentStatus\": \"dpv:ConsentGiven\"{withheld}"
    );
    let parsed: withhold::output::Manifest = serde_json::from_str(&forged).unwrap();
    assert_eq!(found(&stage, &["--replay"]).0, Some(0));
    stage.write(MANIFEST, parsed.to_text());
    let (code, found) = found(&stage, &["--replay"]);
    assert_eq!((code, wrong(&found)), (Some(3), vec!["replay".to_owned()]));
}

#[test]
fn a_manifest_with_two_digests_of_one_thing_is_none() {
    let stage = stage();
    split(&stage, &["a.csv"]);
    let manifest = String::from_utf8(stage.read(MANIFEST)).unwrap();
    let places: Vec<usize> = manifest
        .match_indices("\"digest\": {")
        .map(|(at, start)| at + start.len())
        .collect();
    // Of both outputs, policy, agreement, territory, list and input.
    assert_eq!(places.len(), 7);
    for at in places {
        for again in ["sha256", "blake3"] {
            let digest = format!("\"{again}\": \"{}\",", "0".repeat(64));
            let (start, rest) = manifest.split_at(at);
            stage.write(MANIFEST, [start, &digest, rest].concat());
            let told = stage.told(&verify(&stage, &[]));
            assert!(
                told.starts_with("exit 3")
                    && told.contains("no manifest that this version can read"),
                "{again} at {at}: {told}"
            );
        }
    }
}

#[test]
fn originals_that_were_changed_do_not_make_the_outputs_wrong() {
    let stage = stage();
    split(&stage, &["a.csv"]);
    let input = stage.read("a.csv");
    stage.write("a.csv", [&input[..], b"\n"].concat());
    let told = stage.told(&verify(&stage, &[]));
    assert!(
        told.contains("manifest and outputs match each other"),
        "{told}"
    );
    split(&stage, &["--digest", "none", "a.csv"]);
    stage.write("a.csv", &input);
    let told = stage.told(&verify(&stage, &[]));
    assert!(
        told.contains("must not be used as evidence"),
        "of outputs without a digest nothing is known: {told}"
    );
    split(&stage, &["a.csv"]);
    stage.write(
        "out/permitted.csv",
        [&stage.read("out/permitted.csv")[..], b"\n"].concat(),
    );
    let told = stage.told(&verify(&stage, &[]));
    assert!(told.contains("must not be used as evidence"), "{told}");
}
