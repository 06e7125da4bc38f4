//! `diff`: who was permitted and is no longer. Nobody is passed over in silence, and nobody is named but in the recall file.

mod trust;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Output;

use serde_json::Value;

use super::stage::{AGREEMENT, HEADER, Log, POLICY, Stage, zstd};

/// The same agreement for columns without the identifier.
fn without_identifiers(stage: &Stage) {
    stage.write(
        "policy.toml",
        POLICY.replace(
            "record = [\"id\", \"captured\", \"notice\", \"ok\", \"channels\"]",
            "record = [\"captured\"]\nrest = [\"id\"]",
        ),
    );
    stage.write(
        "agreement.toml",
        AGREEMENT.replace("\"all\"", "[\"record\"]"),
    );
}

fn split(stage: &Stage, out: &str, arguments: &[&str]) {
    let mut command = stage.command(&["split", "-q", "--no-sync", "-p", "policy.toml"]);
    let output = command
        .args(["-a", "agreement.toml", "-o", out])
        .args(arguments)
        .output()
        .unwrap();
    assert_eq!(stage.told(&output), "exit 0\n");
}

fn diff(stage: &Stage, arguments: &[&str]) -> Output {
    let mut command = stage.command(&["diff"]);
    command.args(arguments).output().unwrap()
}

/// What a run said, without how long it took.
fn told(stage: &Stage, output: &Output) -> String {
    let told = stage.told(output);
    let lines = told.lines().map(|line| {
        match line
            .strip_suffix(" s)")
            .and_then(|start| start.rsplit_once('('))
        {
            Some((start, _)) => format!("{start}(time)\n"),
            None => format!("{line}\n"),
        }
    });
    lines.collect()
}

/// What is recalled between `old` and `new`, header and all.
fn recalled(stage: &Stage, arguments: &[&str]) -> String {
    let recall = ["old", "new", "-q", "--recall", "recall.csv", "--force"];
    let output = diff(stage, &[&recall, arguments].concat());
    assert_eq!(stage.told(&output), "exit 0\n");
    String::from_utf8_lossy(&stage.read("recall.csv")).into_owned()
}

/// The day before, and the day after two withdrawals, a deletion and a new house list.
fn two_days(stage: &Stage) {
    stage.write(
        "monday.csv",
        [
            HEADER,
            "1,2016-09-05,A,Y,postal\n2,2016-09-05,A,Y,postal\n3,2016-09-05,A,Y,postal\n",
            "4,2016-09-05,A,Y,postal\n5,2016-09-05,A,N,postal\n6,2016-09-05,A,Y,postal\n",
        ]
        .concat(),
    );
    split(stage, "old", &["monday.csv"]);
    stage.write(
        "tuesday.csv",
        [
            HEADER,
            "1,2016-09-05,A,Y,postal\n2,2016-09-05,A,N,postal\n3,2016-09-05,A,N,email\n",
            "5,2016-09-05,A,Y,postal\n6,2016-09-05,A,Y,postal,\n",
        ]
        .concat(),
    );
    split(stage, "new", &["tuesday.csv"]);
}

#[test]
fn what_is_no_longer_permitted_is_told_and_written() {
    let stage = Stage::new();
    two_days(&stage);
    let mut log = Log::default();
    for arguments in [
        &["old", "new"][..],
        &[
            "old/manifest.json",
            "new/manifest.json",
            "--recall",
            "recall.csv",
        ],
        &["old", "new", "-q"],
        &["old", "old"],
        &["old", "new", "--recall", "recall.csv"],
        &["old", "new", "--force"],
    ] {
        let output = diff(&stage, arguments);
        log.add(&arguments.join(" "), &told(&stage, &output));
    }
    let json = diff(&stage, &["old", "new", "--format", "json"]);
    let mut found: Value = serde_json::from_slice(&json.stdout).unwrap();
    for place in ["/seconds", "/old/started", "/new/started"] {
        *found.pointer_mut(place).unwrap() = Value::Null;
    }
    log.add("as JSON", &format!("{found}\n"));
    let recall = stage.read("recall.csv");
    log.add("recall.csv", &String::from_utf8(recall).unwrap());
    let mode = fs::metadata(stage.path("recall.csv"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(
        stage
            .names(".")
            .iter()
            .all(|name| !name.starts_with(".withhold"))
    );
    insta::assert_snapshot!(log.text());
}

#[test]
fn where_the_outputs_have_no_identifiers_the_inputs_are_matched() {
    let stage = Stage::new();
    without_identifiers(&stage);
    two_days(&stage);
    let expected = "id,reason\n2,consent-refused\n3,consent-refused channel-not-consented\n4,gone\n6,malformed\n";
    assert_eq!(recalled(&stage, &[]), expected);
    let mut log = Log::default();
    let mut add = |title: &str, arguments: &[&str]| {
        let output = diff(&stage, &[&["old", "new"], arguments].concat());
        log.add(title, &told(&stage, &output));
    };
    add("the inputs are where they were", &[]);
    fs::rename(stage.path("monday.csv"), stage.path("moved.csv")).unwrap();
    add("the input of OLD is gone", &["--recall", "none.csv"]);
    add("it is elsewhere", &["--old-input", "moved.csv"]);
    add("it is another file", &["--old-input", "tuesday.csv"]);
    add(
        "it is named twice",
        &["--old-input", "moved.csv", "--old-input", "moved.csv"],
    );
    add("it is not there either", &["--old-input", "none.csv"]);
    fs::rename(stage.path("moved.csv"), stage.path("monday.csv")).unwrap();
    let tuesday = stage.read("tuesday.csv");
    stage.write(
        "tuesday.csv",
        [HEADER.as_bytes(), b"1,2016-09-05,A,Y,postal\n"].concat(),
    );
    add(
        "the input of NEW was overwritten",
        &["--recall", "none.csv"],
    );
    stage.write("tuesday.csv", tuesday);
    fs::remove_file(stage.path("new/permitted.csv")).unwrap();
    add("what is permitted was handed over", &[]);
    fs::remove_file(stage.path("new/withheld.csv")).unwrap();
    add("what is withheld is gone", &["--recall", "none.csv"]);
    assert!(!stage.path("none.csv").exists());
    insta::assert_snapshot!(log.text());
}

#[test]
fn records_from_standard_input_can_be_named_later() {
    let stage = Stage::new();
    without_identifiers(&stage);
    stage.write("a.csv", [HEADER, "7,2016-09-05,A,Y,postal\n"].concat());
    let mut command =
        stage.shell("$W split -q --no-sync -p policy.toml -a agreement.toml -o old - < a.csv");
    assert!(command.status().unwrap().success());
    stage.write(
        "b.csv.zst",
        zstd([HEADER, "7,2016-09-05,A,?,postal\n"].concat().as_bytes()),
    );
    split(&stage, "new", &["b.csv.zst"]);
    let refused = diff(&stage, &["old", "new"]);
    insta::assert_snapshot!(stage.told(&refused));
    let expected = "id,reason\n7,consent-unknown\n";
    assert_eq!(recalled(&stage, &["--old-input", "a.csv"]), expected);
}

#[test]
fn a_blank_identifier_is_never_passed_over_in_silence() {
    let stage = Stage::new();
    stage.write(
        "old.csv",
        [HEADER, " ,2016-09-05,A,Y,postal\n1,2016-09-05,A,Y,postal\n"].concat(),
    );
    stage.write("new.csv", [HEADER, " ,2016-09-05,A,Y,postal\n"].concat());
    split(&stage, "old", &["old.csv"]);
    split(&stage, "new", &["new.csv"]);
    let mut log = Log::default();
    for arguments in [
        &["old", "new"][..],
        &["old", "new", "--recall", "recall.csv"],
        &["old", "new", "--recall", "recall.csv", "--allow-blank"],
    ] {
        let output = diff(&stage, arguments);
        log.add(&arguments.join(" "), &told(&stage, &output));
    }
    log.add(
        "recall.csv",
        &String::from_utf8(stage.read("recall.csv")).unwrap(),
    );
    insta::assert_snapshot!(log.text());
}

#[test]
fn runs_that_cannot_be_compared_are_refused() {
    let stage = Stage::new();
    two_days(&stage);
    let mut log = Log::default();
    let mut add = |title: &str, arguments: &[&str]| {
        let output = diff(&stage, &[arguments, &["--recall", "recall.csv"]].concat());
        assert_eq!(output.status.code(), Some(2), "{title}");
        log.add(title, &stage.told(&output));
    };
    add("the later one first", &["new", "old"]);
    for (name, from, to) in [
        ("id", "\"T-1\"", "\"T-2\""),
        ("client", "\"Toy Shop\"", "\"Toy Hut\""),
        ("purpose", "marketing/direct", "marketing"),
        ("channels", "[\"postal\"]", "[\"postal\", \"email\"]"),
    ] {
        stage.write("agreement.toml", AGREEMENT.replace(from, to));
        split(&stage, name, &["tuesday.csv"]);
        add(&format!("another {name}"), &["old", name]);
    }
    stage.write("agreement.toml", AGREEMENT);
    stage.write(
        "policy.toml",
        POLICY.replace("id = \"id\"", "id = \"captured\""),
    );
    split(&stage, "column", &["tuesday.csv"]);
    add("another column", &["old", "column"]);
    add("no run", &["old", "."]);
    add("nothing", &["old", "none"]);
    let output = diff(&stage, &["old", "new", "--recall", "none/recall.csv"]);
    log.add("no directory for the recall file", &stage.told(&output));
    let output = diff(&stage, &["old", "new", "--recall", "-"]);
    log.add("standard output", &stage.told(&output));
    assert!(!stage.path("recall.csv").exists());
    insta::assert_snapshot!(log.text());
}

#[test]
fn a_later_day_and_another_territory_are_the_same_agreement() {
    let stage = Stage::new();
    stage.write("a.csv", [HEADER, "1,2016-09-05,A,Y,postal\n"].concat());
    split(&stage, "old", &["a.csv"]);
    stage.write(
        "agreement.toml",
        AGREEMENT.replace("2017-05-05", "2019-05-05"),
    );
    split(&stage, "new", &["a.csv"]);
    let mut log = Log::default();
    let output = diff(&stage, &["old", "new"]);
    log.add("a later day", &told(&stage, &output));
    let territory = "\n[territory]\ncolumn = \"id\"\ninclude = [\"2\"]\n";
    stage.write("agreement.toml", [AGREEMENT, territory].concat());
    split(&stage, "new", &["--force", "a.csv"]);
    let output = diff(&stage, &["old", "new"]);
    log.add("a territory", &told(&stage, &output));
    insta::assert_snapshot!(log.text());
}

#[test]
fn without_digests_the_files_are_taken_as_they_are() {
    let stage = Stage::new();
    two_days(&stage);
    split(
        &stage,
        "old",
        &["--force", "--digest", "none", "monday.csv"],
    );
    let arguments = [
        "--force",
        "--digest",
        "none",
        "--reasons",
        "none",
        "tuesday.csv",
    ];
    split(&stage, "new", &arguments);
    let mut log = Log::default();
    for inputs in [
        &[][..],
        &["--old-input", "monday.csv", "--new-input", "tuesday.csv"],
    ] {
        let output = diff(&stage, &[&["old", "new"], inputs].concat());
        log.add(&inputs.join(" "), &told(&stage, &output));
    }
    insta::assert_snapshot!(log.text());
    let expected = "id,reason\n2,withheld\n3,withheld\n4,gone\n6,withheld\n";
    assert_eq!(recalled(&stage, &[]), expected);
}

#[test]
fn more_than_the_memory_holds_gives_the_same() {
    let stage = Stage::new();
    let line = |number: usize, answer: &str| format!("{number},2016-09-05,A,{answer},postal\n");
    let old: String = (0..60_000).map(|number| line(number, "Y")).collect();
    let new: String = (0..60_000)
        .rev()
        .filter(|number| number % 11 != 0)
        .map(|number| line(number, if number % 7 == 0 { "N" } else { "Y" }))
        .collect();
    stage.write("old.csv", [HEADER, &old].concat());
    stage.write("new.csv", [HEADER, &new].concat());
    split(&stage, "old", &["old.csv"]);
    split(&stage, "new", &["new.csv"]);
    let whole = recalled(&stage, &[]);
    assert!(recalled(&stage, &["--memory-max", "1"]) == whole);
    let expected = (0..60_000)
        .filter(|number| number % 11 == 0 || number % 7 == 0)
        .count();
    assert_eq!(whole.lines().count(), expected + 1);

    let mut command = stage.command(&[
        "diff",
        "old",
        "new",
        "--memory-max",
        "1",
        "--recall",
        "none.csv",
    ]);
    let output = command
        .env("TMPDIR", stage.path("nowhere"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(!stage.path("none.csv").exists());
    insta::assert_snapshot!(stage.told(&output));
}

#[test]
fn all_are_recalled_where_the_purpose_turns_out_to_hide_the_sector() {
    let stage = Stage::new();
    stage.write("s.csv", [HEADER, "1,2016-09-05,A,Y,postal\n"].concat());
    split(&stage, "old", &["s.csv"]);
    let policy = POLICY.replace("schema = 1\n", "schema = 1\nexplicit_terms = [\"toys\"]\n");
    stage.write("policy.toml", policy);
    split(&stage, "new", &["s.csv"]);
    assert_eq!(
        recalled(&stage, &[]),
        "id,reason\n1,recipient-not-disclosed purpose-sector-conflict\n"
    );
}
