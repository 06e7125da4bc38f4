//! `verify`: a manifest against everything that it speaks of. One wrong bit is found and said where, what is not there
//! is not called right, and no content of a record is shown.

mod changed;
mod schema;

use std::fs;
use std::process::Output;

use serde_json::{Value, json};

use super::stage::{HEADER, Log, POLICY, REFUSED, Stage, gzip, many_records};

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
    std::fs::create_dir_all(stage.path("folder/manifest.json")).unwrap();
    for path in ["missing.json", "out", "folder", "a.csv/manifest.json"] {
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

/// The header of what is withheld is longer than any record may have been.
#[test]
fn a_header_as_long_as_the_limit_verifies() {
    let stage = stage();
    let limit = (HEADER.len() - 1).to_string();
    for record in ["1,2016-09-05,A,Y,postal\n", "2,2016-09-05,A,N,postal\n"] {
        stage.write("short.csv", [HEADER, record].concat());
        split(&stage, &["--max-record-bytes", &limit, "short.csv"]);
        let (code, found) = found(&stage, &["--replay"]);
        assert_eq!((code, &found["wrong"]), (Some(0), &json!(0)), "{found}");
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
fn records_that_a_quote_closed_in_a_later_input_hides_are_not_called_wrong() {
    let cut = [HEADER, "5,2016-09-05,A,N,\""].concat();
    let plain = REFUSED.repeat(40_000);
    for (first, second, arguments) in [
        // A quote in the second input closes it, before text or before a delimiter.
        (&cut, "6,2016-09-05,A,N,\"x\"\n", &[][..]),
        (&cut, "6,2016-09-05,\"A\",N,x\n", &[]),
        (&cut, "6,2016-09-05,A\",N,x\n", &[]),
        (&cut, "6,2016-09-05,\"A\",N,x\n", &["--reasons", "none"]),
        // What it hides is longer than a record may be.
        (&cut, &plain, &["--max-record-bytes", "64"]),
    ] {
        let stage = stage();
        stage.write("cut.csv", first);
        stage.write("next.csv", [HEADER, second, REFUSED].concat());
        split(&stage, &[arguments, &["cut.csv", "next.csv"]].concat());
        let (code, found) = found(&stage, &[]);
        assert_eq!(
            (code, &found["wrong"], &found["not_verified"]),
            (Some(0), &json!(0), &json!(1)),
            "{second:.30} {found}"
        );
        let (code, found) = self::found(&stage, &["--replay"]);
        assert_eq!((code, &found["wrong"]), (Some(0), &json!(0)), "{found}");

        // One withheld record less is still wrong, for its digest is another.
        let mut withheld = stage.read("out/withheld.csv");
        withheld.truncate(withheld.len() - 1);
        stage.write("out/withheld.csv", withheld);
        assert_eq!(self::found(&stage, &[]).0, Some(3));
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
