//! `verify`: a manifest against everything that it speaks of. One wrong bit is found and said where, what is not there
//! is not called right, and no content of a record is shown.

use std::fs;
use std::process::Output;

use serde_json::{Value, json};

use super::stage::{HEADER, Log, POLICY, Stage, gzip, many_records};

const MANIFEST: &str = "out/manifest.json";

/// Three records permitted, two withheld; a list and a territory.
fn stage() -> Stage {
    let stage = Stage::new();
    let list = "\n[[suppression]]\nname = \"house\"\nfile = \"house.csv\"\nmatch = [\"id:exact\"]\nlist = [\"id\"]\n\
                as_of = 2017-04-20\nmax_age = \"28 days\"\n";
    stage.write("policy.toml", [POLICY, list].concat());
    let agreement = String::from_utf8(stage.read("agreement.toml")).unwrap();
    let agreement = agreement.replace("\n[[client]]", "delete_by = 2017-06-30\n\n[[client]]")
        + "\n[territory]\ncolumn = \"notice\"\ninclude_file = \"areas.txt\"\n";
    stage.write("agreement.toml", agreement);
    stage.write("house.csv", "id\n4\n");
    stage.write("areas.txt", "A\n");
    stage.write(
        "a.csv",
        [
            HEADER,
            "1,2016-09-05,A,Y,postal\n2,2016-09-05,A,N,postal\n3,2016-09-05,A,Y,postal",
        ]
        .concat(),
    );
    stage.write(
        "b.csv.gz",
        gzip(
            [HEADER, "4,2016-09-05,B,,\n5,2016-09-05,A,Y,\"postal\"\n\n"]
                .concat()
                .as_bytes(),
        ),
    );
    stage
}

fn split(stage: &Stage, arguments: &[&str]) {
    let output = stage
        .split(&["-q", "--force"])
        .args(arguments)
        .output()
        .unwrap();
    assert_eq!(stage.told(&output), "exit 0\n");
}

fn verify(stage: &Stage, arguments: &[&str]) -> Output {
    let mut command = stage.command(&["verify", MANIFEST]);
    command.args(arguments).output().unwrap()
}

fn found(stage: &Stage, arguments: &[&str]) -> (Option<i32>, Value) {
    let output = verify(stage, &[arguments, &["--format", "json"]].concat());
    let found = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", stage.told(&output)));
    (output.status.code(), found)
}

/// What is wrong, each thing once.
fn wrong(found: &Value) -> Vec<String> {
    let checks = found["checks"].as_array().unwrap().iter();
    let mut wrong: Vec<String> = checks
        .filter(|check| check["state"] == "wrong")
        .map(|check| check["what"].as_str().unwrap().to_owned())
        .collect();
    wrong.dedup();
    wrong
}

#[test]
fn what_is_found_is_told() {
    let stage = stage();
    split(&stage, &["a.csv", "b.csv.gz"]);
    let mut log = Log::default();
    let mut add = |title: &str, arguments: &[&str]| {
        let output = verify(&stage, arguments);
        log.add(title, &stage.told(&output));
    };
    add("as it was made", &["--replay", "--as-of", "2017-06-30"]);
    add("as JSON", &["--as-of", "2017-07-01", "--format", "json"]);
    add("quiet", &["-q"]);
    fs::rename(stage.path("b.csv.gz"), stage.path("moved.csv.gz")).unwrap();
    fs::remove_file(stage.path("house.csv")).unwrap();
    add("an input and a list are gone", &[]);
    add("a replay without them", &["--replay"]);
    stage.write("house.csv", "id\n4\n");
    add(
        "a replay with inputs given anew",
        &["--replay", "a.csv", "moved.csv.gz"],
    );
    add("a replay with other inputs", &["--replay", "a.csv"]);
    stage.write("house.csv", "id\n5\n");
    let mut withheld = stage.read("out/withheld.csv");
    let last = withheld.len() - 5;
    withheld[last] ^= 1;
    stage.write("out/withheld.csv", withheld);
    add(
        "another list, and another output",
        &["--replay", "a.csv", "moved.csv.gz"],
    );
    fs::remove_file(stage.path("out/permitted.csv")).unwrap();
    add("an output is gone", &[]);
    insta::assert_snapshot!(log.text());
}

#[test]
fn what_is_no_manifest_is_refused_without_a_word_of_it() {
    let stage = stage();
    split(&stage, &["a.csv"]);
    let manifest = String::from_utf8(stage.read(MANIFEST)).unwrap();
    let mut log = Log::default();
    for (title, content) in [
        ("a supply", "canary,canary\n".to_owned()),
        ("people in JSON", "{\"canary\": \"canary\"}".to_owned()),
        (
            "a string for a number",
            manifest.replace("\"permitted\": 2", "\"permitted\": \"canary\""),
        ),
        (
            "a key more",
            manifest.replace("\"tool\"", "\"canary\": \"canary\", \"tool\""),
        ),
        ("a key less", manifest.replace("\"blank_lines\": 0,", "")),
        (
            "another type",
            manifest.replace(
                "split/v1\",\n  \"predicate\"",
                "canary/v1\",\n  \"predicate\"",
            ),
        ),
        ("something after it", format!("{manifest}canary")),
        // Where no time, of whatever length, stands before it.
        (
            "cut short",
            manifest[..manifest.find("\"started\"").unwrap()].to_owned(),
        ),
        ("nothing", String::new()),
        (
            "in one line",
            serde_json::from_str::<Value>(&manifest)
                .unwrap()
                .to_string(),
        ),
        (
            "no delimiter",
            manifest.replace("\"delimiter\": \",\"", "\"delimiter\": \"canary\""),
        ),
    ] {
        stage.write(MANIFEST, content);
        let output = verify(&stage, &[]);
        let told = stage.told(&output);
        assert!(
            !told.contains("canary") && output.status.code() == Some(3),
            "{title}: {told}"
        );
        log.add(title, &told);
    }
    stage.write(MANIFEST, b"{\"\xE9");
    log.add("no text", &stage.told(&verify(&stage, &[])));
    for path in ["missing.json", "out", "a.csv/manifest.json"] {
        let output = stage.command(&["verify", path]).output().unwrap();
        log.add(path, &stage.told(&output));
    }
    for arguments in [
        &["--policy", "policy.toml"][..],
        &["a.csv"],
        &["--as-of", "today"],
        &["--schema"],
    ] {
        log.add(
            &arguments.join(" "),
            &stage.told(&verify(&stage, arguments)),
        );
    }
    let output = stage.command(&["verify"]).output().unwrap();
    log.add("", &stage.told(&output));
    insta::assert_snapshot!(log.text());
}

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
fn every_way_of_a_split_verifies() {
    let schema: Value = serde_json::from_slice(
        &Stage::new()
            .command(&["verify", "--schema"])
            .output()
            .unwrap()
            .stdout,
    )
    .unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let records = many_records(2_000);
    for arguments in [
        &["a.csv", "b.csv.gz"][..],
        &["--digest", "none", "a.csv"],
        &["--digest", "sha256", "--strict", "b.csv.gz"],
        &["--reasons", "none", "b.csv.gz", "a.csv"],
        &["many.csv"],
        &["--delimiter", ";", "semicolons"],
        &["empty.csv"],
        &["unclosed.csv"],
        &["a.csv", "unclosed.csv"],
    ] {
        let stage = stage();
        stage.write("many.csv", &records);
        stage.write(
            "semicolons",
            "\u{feff}\r\n".to_owned() + &records.replace(',', ";"),
        );
        stage.write("empty.csv", HEADER.trim_end());
        stage.write("unclosed.csv", [HEADER, "1,2,\"3\n\"4,\"\n5,\"6"].concat());
        split(&stage, arguments);
        let (code, found) = found(&stage, &["--replay"]);
        assert_eq!(
            (code, &found["wrong"]),
            (Some(0), &json!(0)),
            "{arguments:?} {found}"
        );
        let open = arguments.contains(&"none");
        assert_eq!(found["verified"], json!(!open), "{arguments:?} {found}");
        let manifest: Value = serde_json::from_slice(&stage.read(MANIFEST)).unwrap();
        let errors: Vec<String> = schema
            .iter_errors(&manifest)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
}

#[test]
fn records_that_an_unclosed_quote_hides_are_not_called_right() {
    let stage = stage();
    stage.write("unclosed.csv", [HEADER, "5,\"6"].concat());
    split(&stage, &["unclosed.csv", "a.csv"]);
    let (code, found) = found(&stage, &[]);
    assert_eq!(
        (code, &found["not_verified"]),
        (Some(0), &json!(1)),
        "{found}"
    );
    assert_eq!(self::found(&stage, &["--replay"]).0, Some(0));
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
fn standard_input_is_replayed_from_a_file() {
    let stage = stage();
    let mut command = stage.shell("cat a.csv | $SPLIT -q -");
    assert_eq!(stage.told(&command.output().unwrap()), "exit 0\n");
    let (code, found) = found(&stage, &[]);
    assert_eq!((code, &found["not_verified"]), (Some(0), &json!(1)));
    let refused = verify(&stage, &["--replay"]);
    assert_eq!(refused.status.code(), Some(2));
    assert_eq!(self::found(&stage, &["--replay", "a.csv"]).0, Some(0));
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let stage = stage();
    split(&stage, &["a.csv"]);
    split(&stage, &["a.csv", "--previous", MANIFEST]);
    let output = stage.command(&["verify", "--schema"]).output().unwrap();
    let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let manifest: Value = serde_json::from_slice(&stage.read(MANIFEST)).unwrap();
    // Every key, at every depth: one less, one more, another type.
    let mut places = Vec::new();
    objects(&manifest, String::new(), &mut places);
    assert!(places.len() >= 20);
    for place in places {
        let keys: Vec<String> = manifest
            .pointer(&place)
            .unwrap()
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        let change = |what: &str, change: &dyn Fn(&mut serde_json::Map<String, Value>)| {
            let mut changed = manifest.clone();
            change(
                changed
                    .pointer_mut(&place)
                    .unwrap()
                    .as_object_mut()
                    .unwrap(),
            );
            let read = serde_json::from_value::<withhold::output::Manifest>(changed.clone());
            let free = ["delete_by", "territory", "previous", "blake3"].contains(&what);
            assert_eq!(schema.is_valid(&changed), free, "{place} {what}");
            // Whose sector must be known, and what tells of consent, only the schema says.
            let schema_alone = ["sector", "dpv:hasConsentStatus"].contains(&what);
            assert!(read.is_err() != free || schema_alone, "{place} {what}");
        };
        for key in &keys {
            change(key, &|object| drop(object.remove(key)));
            change("another type", &|object| {
                object.insert(key.clone(), json!([true]));
            });
        }
        change("a key more", &|object| {
            object.insert("more".to_owned(), json!(1));
        });
    }
}

/// The places of all objects.
fn objects(value: &Value, place: String, places: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                objects(value, format!("{place}/{key}"), places);
            }
            places.push(place);
        }
        Value::Array(array) => {
            for (index, value) in array.iter().enumerate() {
                objects(value, format!("{place}/{index}"), places);
            }
        }
        _ => {}
    }
}
