//! `init`: drafts from any supply that `split` reads, which load and withhold every record.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Output;

use serde_json::Value;

use super::stage::{HEADER, Log, Stage, gzip, many_records, zstd};

fn init(stage: &Stage, arguments: &[&str]) -> Output {
    stage
        .command(&["init", "--force"])
        .args(arguments)
        .output()
        .unwrap()
}

/// Whether `check` finds the drafts sound, and how many records `split` permits and withholds.
fn counts(stage: &Stage, input: &str) -> (u64, u64) {
    let rules = ["-p", "policy.toml", "-a", "agreement.toml"];
    let check = stage
        .command(&["check", "-q"])
        .args(rules)
        .output()
        .unwrap();
    assert_eq!(stage.told(&check), "exit 0\n");
    let split = stage
        .split(&["--force", "--format", "json", input])
        .output()
        .unwrap();
    let summary: Value =
        serde_json::from_slice(&split.stdout).unwrap_or_else(|_| panic!("{}", stage.told(&split)));
    let count = |key: &str| summary[key].as_u64().unwrap();
    (count("permitted"), count("withheld"))
}

#[test]
fn the_supply_of_2017_gets_drafts_that_can_be_filled() {
    let stage = Stage::new();
    let supply = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/2017/supply.csv");
    fs::copy(supply, stage.path("supply.csv")).unwrap();
    let output = init(&stage, &["supply.csv"]);
    let mut log = Log::default();
    log.add("init", &stage.told(&output));
    for draft in ["policy.toml", "agreement.toml"] {
        log.add(draft, &String::from_utf8(stage.read(draft)).unwrap());
        let mode = fs::metadata(stage.path(draft))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert_eq!(counts(&stage, "supply.csv"), (0, 4_000));
    insta::assert_snapshot!(log.text());
}

#[test]
fn an_odd_supply_gets_drafts_too() {
    let stage = Stage::new();
    let mut text =
        b"\xEF\xBB\xBFRecord ID|Signed Up|dataSharing|\xE9||Notes|Notes|Post OK|Email OK\n"
            .to_vec();
    for number in 0..5 {
        text.extend_from_slice(
            format!("{}|0{number}/01/2016 10:30|yes|x|y|z|z|1|0\n", number / 2).as_bytes(),
        );
    }
    text.extend_from_slice(b"9|\"x\"y\n");
    stage.write("odd.psv.gz", gzip(&text));
    let output = init(&stage, &["odd.psv.gz", "--consent", "dataSharing"]);
    let mut log = Log::default();
    log.add("init", &stage.told(&output));
    log.add(
        "policy.toml",
        &String::from_utf8(stage.read("policy.toml")).unwrap(),
    );
    assert_eq!(output.status.code(), Some(0), "{}", stage.told(&output));
    assert_eq!(counts(&stage, "odd.psv.gz"), (0, 6));
    insta::assert_snapshot!(log.text());
}

#[test]
fn any_form_of_a_supply_will_do() {
    let stage = Stage::new();
    let text = many_records(30).replace("ok", "consent");
    for (name, bytes, delimiter) in [
        ("a.csv", text.clone().into_bytes(), None),
        ("a.csv.zst", zstd(text.as_bytes()), None),
        ("a.tsv", text.replace(',', "\t").into_bytes(), None),
        ("a.txt", text.replace(',', ";").into_bytes(), Some(";")),
        ("crlf.csv", text.replace('\n', "\r\n").into_bytes(), None),
        ("blank.csv", [b"\n\n", text.as_bytes()].concat(), None),
        (
            "header.csv",
            HEADER.replace("ok", "consent").into_bytes(),
            None,
        ),
    ] {
        stage.write(name, bytes);
        let delimiter = delimiter.map_or(Vec::new(), |byte| vec!["--delimiter", byte]);
        let output = init(&stage, &[&[name], delimiter.as_slice()].concat());
        assert_eq!(
            output.status.code(),
            Some(0),
            "{name}: {}",
            stage.told(&output)
        );
        let policy = String::from_utf8(stage.read("policy.toml")).unwrap();
        assert!(policy.contains("\nid = \"id\"\n"), "{name}: {policy}");
        if delimiter.is_empty() {
            let records = if name == "header.csv" { 0 } else { 30 };
            assert_eq!(counts(&stage, name), (0, records), "{name}");
        }
    }
    let mut piped = stage.shell("$W init --force - < a.csv");
    assert_eq!(piped.output().unwrap().status.code(), Some(0));
    assert_eq!(counts(&stage, "a.csv"), (0, 30));
}

#[test]
fn what_cannot_be_drafted_is_refused() {
    let stage = Stage::new();
    stage.write(
        "people.csv",
        "Canary,2016-09-05,canary@example.org\nCanary,2016-09-05,y\n",
    );
    stage.write("withheld.csv", "id,captured_at,consent,withheld_reasons\n");
    stage.write("twice.csv", "id,id,captured_at,consent\n");
    stage.write("empty.csv", "");
    stage.write("plain.csv", "id,captured_at,consent\n1,2016-09-05,Y\n");
    let kept = stage.read("policy.toml");
    let mut log = Log::default();
    let new = ["-p", "new-policy.toml", "-a", "new-agreement.toml"];
    for arguments in [
        &["people.csv"][..],
        &["people.csv", "--id", "id"],
        &["people.csv", "--id", "Canary"],
        &["withheld.csv"],
        &["twice.csv", "--id", "id"],
        &["empty.csv"],
        &["none.csv"],
    ] {
        let output = stage
            .command(&["init"])
            .args(new)
            .args(arguments)
            .output()
            .unwrap();
        let told = stage.told(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(
            !told.contains("canary") && !told.contains("Canary"),
            "{told}"
        );
        log.add(&arguments.join(" "), &told);
    }
    for arguments in [
        &["plain.csv"][..],
        &["plain.csv", "-p", "new.toml"],
        &["plain.csv", "-p", "new.toml", "-a", "new.toml"],
        &["plain.csv", "-p", "new.toml", "-a", "none/agreement.toml"],
    ] {
        let output = stage.command(&["init"]).args(arguments).output().unwrap();
        log.add(&arguments.join(" "), &stage.told(&output));
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
    assert_eq!(stage.read("policy.toml"), kept);
    assert!(
        stage
            .names(".")
            .iter()
            .all(|name| !name.starts_with("new") && !name.starts_with(".withhold"))
    );
    insta::assert_snapshot!(log.text());
}
