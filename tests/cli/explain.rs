//! `explain`: one record, test by test; the only command that shows values, and none of them harms a terminal.

use super::stage::{HEADER, Log, POLICY, Stage, gzip};

const RECORDS: &str = "1,2016-09-05,A,Y,postal\n\
    2,2014-12-31,B,N,\"postal|email\"\n\
    \n\
    3,?,A,\"\u{1b}[2J\u{202e}\u{9b}\"\"\\\",email\tx\n\
    2,2016-09-05,A,Y\n\
    5,\"2016\"-09-05,A,b\"c,\"postal\n";

fn stage() -> Stage {
    let stage = Stage::new();
    stage.write("a.csv", [HEADER, RECORDS].concat());
    stage.write(
        "b.csv.gz",
        gzip(
            [HEADER, "9,2016-09-05,A,\u{e9},postal\n"]
                .concat()
                .as_bytes(),
        ),
    );
    let mut latin = HEADER.as_bytes().to_vec();
    latin.extend_from_slice(b"8,2016-09-05,A,\xE9,postal");
    stage.write("c.csv", latin);
    stage
}

fn explain(stage: &Stage, arguments: &[&str]) -> std::process::Output {
    let mut command = stage.command(&["explain", "-p", "policy.toml", "-a", "agreement.toml"]);
    command.args(arguments).output().unwrap()
}

#[test]
fn a_record_is_explained_test_by_test() {
    let stage = stage();
    let mut log = Log::default();
    for arguments in [
        &["--record", "1", "a.csv"][..],
        &["--id", "2", "a.csv"],
        &["--record", "3", "a.csv"],
        &["--record", "3", "--format", "json", "a.csv"],
        &["--record", "5", "a.csv"],
        &["--record", "1", "--input", "b.csv.gz", "a.csv", "b.csv.gz"],
        &["--id", "8", "--format", "json", "b.csv.gz", "c.csv"],
    ] {
        let output = explain(&stage, arguments);
        log.add(&arguments.join(" "), &stage.told(&output));
    }
    insta::assert_snapshot!(log.text());
}

#[test]
fn every_kind_of_rule_is_explained() {
    let stage = Stage::new();
    let policy = POLICY
        .replace("notice = \"notice\"\n", "source = \"notice\"\nwithdrawn_at = \"left\"\n")
        .replace("channels = { column = \"channels\", separator = \"|\" }", "")
        .replace("\n[data]", "\n[consent.channels.flags]\npostal = { column = \"channels\", given = [\"1\"], refused = [\"0\"] }\n\n[data]")
        .replace("\"channels\"]", "\"channels\", \"left\"]")
        .replace("version = \"A\"", "version = \"A\"\nsources = [\"web\"]\nuntil = 2016-10-01\nnamed_recipients = [\"Toy Shop\"]\nrecipient_test = \"named\"")
        + "\n[[suppression]]\nname = \"house\"\nfile = \"house.csv\"\nmatch = [\"id:digits\", \"ok:name\"]\nlist = [\"id\", \"ok\"]\n\
           as_of = 2017-04-20\nmax_age = \"28 days\"\n";
    stage.write("policy.toml", policy);
    let agreement = String::from_utf8(stage.read("agreement.toml")).unwrap();
    stage.write(
        "agreement.toml",
        agreement.replace("[\"postal\"]", "[\"postal\", \"sms\"]")
            + "\n[[client]]\nname = \"Blue\"\nsector = \"political/party\"\n\n[territory]\ncolumn = \"channels\"\ninclude = [\"1\"]\n",
    );
    stage.write("house.csv", "id,ok\n7,y\n");
    stage.write(
        "a.csv",
        "id,captured,notice,ok,channels,left\nn7,2016-09-05,web,Y,1,2016-09-05\n,2016-10-05,web,Y,0,2016-09-05\n",
    );
    let mut log = Log::default();
    for record in ["1", "2"] {
        let output = explain(&stage, &["--record", record, "a.csv"]);
        log.add(record, &stage.told(&output));
    }
    insta::assert_snapshot!(log.text());
}

#[test]
fn what_is_not_there_is_said() {
    let stage = stage();
    let mut log = Log::default();
    for arguments in [
        &["--record", "6", "a.csv"][..],
        &["--record", "0", "a.csv"],
        &["--id", "4", "a.csv"],
        &["--id", "4", "b.csv.gz"],
        &["--record", "1", "a.csv", "b.csv.gz"],
        &["--record", "1", "--input", "c.csv", "a.csv", "b.csv.gz"],
        &["--id", "1", "--input", "a.csv", "a.csv"],
        &["a.csv"],
        &["--record", "1", "--id", "1", "a.csv"],
        &["--record", "1"],
        &["--record", "2", "--max-record-bytes", "30", "a.csv"],
    ] {
        let output = explain(&stage, arguments);
        assert!(matches!(output.status.code(), Some(2 | 3)), "{arguments:?}");
        assert!(output.stdout.is_empty());
        log.add(&arguments.join(" "), &stage.told(&output));
    }
    insta::assert_snapshot!(log.text());
}

#[test]
fn standard_input_is_read_too() {
    let stage = stage();
    let mut command = stage
        .shell("cat b.csv.gz | $W explain -p policy.toml -a agreement.toml --id 9 --format json -");
    let output = command.output().unwrap();
    let explained: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(explained["reasons"], serde_json::json!(["consent-unknown"]));
    assert_eq!(explained["offset"], HEADER.len());
}
