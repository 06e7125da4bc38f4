//! Owns hand-written cases for the oracle, each sentence of the specification's table at its edge.
//! It never runs the crate under test.

#[allow(dead_code, reason = "each test uses its part of the oracle")]
#[path = "../oracle/mod.rs"]
mod oracle;

mod reasons;
mod values;

use oracle::{
    decide::Rules,
    split::{self, Outcome},
};
use std::fs;

const POLICY: &str = r#"
schema = 1
controller = "Lifecycle"
timezone = "Europe/London"

[columns]
id = "id"
captured_at = "captured"
notice = "notice"
source = "source"
withdrawn_at = "withdrawn"

[consent]
third_parties = { column = "opt", given = ["Y"], refused = ["N"] }
channels = { column = "channels", separator = "|" }

[data]
name = ["name"]
place = ["seat"]

[[notice]]
version = "v1"
sources = ["online"]
from = 2016-09-01
until = 2017-04-01
recipients = ["retail"]
purposes = ["marketing"]
channels = ["postal", "email"]
data = ["name", "place"]
valid_for = "6 months"

[[notice]]
version = "v1"
from = 2016-09-01
recipients = ["retail"]
named_recipients = ["Straße  Ltd"]
recipient_test = "named"
purposes = ["marketing"]
channels = ["postal"]
data = ["name"]
valid_for = "unlimited"

[[suppression]]
name = "house"
file = "house.csv"
match = ["id:exact", "name:name"]
list = ["k", "n"]
as_of = 2017-03-31
max_age = "28 days"
"#;

const AGREEMENT: &str = r#"
schema = 1
id = "A"
supplier = "LIFECYCLE"
purpose = "marketing/direct"
channels = ["postal"]
delivery = 2017-03-31
data = ["name"]

[[client]]
name = "Shop"
sector = "retail/baby"

[territory]
column = "seat"
include = ["E1"]
"#;

const HEADER: &str = "id,captured,notice,source,withdrawn,opt,channels,name,seat\n";

fn outcome(policy: &str, agreement: &str, inputs: &[&[u8]], with_reasons: bool) -> Outcome {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    fs::write(file("policy.toml"), policy).expect("written");
    fs::write(file("agreement.toml"), agreement).expect("written");
    fs::write(file("house.csv"), "n,k\n Zoë ,7\n").expect("written");
    let rules = Rules::load(&file("policy.toml"), &file("agreement.toml"));
    let inputs: Vec<Vec<u8>> = inputs.iter().map(|input| input.to_vec()).collect();
    split::split(&rules, &inputs, b',', with_reasons)
}

/// The reasons against one record, given as a line under `HEADER`.
fn reasons_for(policy: &str, agreement: &str, line: &[u8]) -> String {
    let input = [HEADER.as_bytes(), line].concat();
    let outcome = outcome(policy, agreement, &[&input], true);
    let text = String::from_utf8_lossy(&outcome.withheld).into_owned();
    let rest = text
        .strip_prefix(HEADER.trim_end())
        .expect("the header")
        .to_owned();
    let rest = rest
        .strip_prefix(",withheld_reasons\n")
        .expect("its column");
    rest.strip_prefix(&*String::from_utf8_lossy(line))
        .map_or(String::new(), |r| r[1..].to_owned())
}

fn reasons(line: &str) -> String {
    reasons_for(POLICY, AGREEMENT, line.as_bytes())
}

fn changed(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

#[test]
fn a_sound_record_is_permitted_and_projected() {
    let input = format!("{HEADER}1,2016-10-01,v1,online,,Y,postal,\"A \"\"B\"\"\",E1");
    let outcome = outcome(POLICY, AGREEMENT, &[input.as_bytes()], true);
    assert_eq!(outcome.permitted, b"name\n\"A \"\"B\"\"\"");
    assert_eq!(outcome.counts.permitted, 1);
    assert_eq!(outcome.counts.bytes.read, input.len() as u64);
}

#[test]
fn several_inputs_terminators_and_marks() {
    let good = "1,2016-10-01,v1,online,,Y,postal,A,E1";
    let bad = "1,2016-10-01,v1,online,2016-01-01,N,postal,A,E1";
    let header = HEADER.trim_end();
    let first = format!("\u{feff}\r\n{header}\r{good}\r\n\n{bad}");
    let second = format!("{header}\n{bad}\r\n{good}");
    let third = format!("\u{feff}{header}\r\n{good}\n");
    let inputs = [first.as_bytes(), second.as_bytes(), third.as_bytes()];
    let both = outcome(POLICY, AGREEMENT, &inputs, true);
    assert_eq!(both.permitted, "\u{feff}name\rA\r\nA\rA\n".as_bytes());
    let withheld = format!(
        "\u{feff}{header},withheld_reasons\r{bad},consent-refused\r{bad},consent-refused\r\n"
    );
    assert_eq!(String::from_utf8_lossy(&both.withheld), withheld);
    assert_eq!(
        (
            both.counts.records,
            both.counts.permitted,
            both.counts.withheld
        ),
        (5, 3, 2)
    );
    assert_eq!(
        (both.counts.blank_lines, both.counts.terminators_inserted),
        (2, 2)
    );
    assert_eq!(both.counts.withdrawals_before_capture, 2);
    assert_eq!(both.counts.reasons["consent-refused"], (2, 2));
    let bare = outcome(POLICY, AGREEMENT, &inputs, false);
    assert_eq!(
        String::from_utf8_lossy(&bare.withheld),
        format!("\u{feff}{header}\r{bad}\r{bad}\r\n")
    );
}

#[test]
fn a_header_without_a_terminator_gets_one_before_the_next_record() {
    let header = HEADER.trim_end();
    let second = format!("{HEADER}1,2016-10-01,v1,online,,Y,postal,,E1\n");
    let both = outcome(
        POLICY,
        AGREEMENT,
        &[header.as_bytes(), second.as_bytes()],
        true,
    );
    // A line that would come out empty is written as an empty quoted field; the name is blank, so no list can be asked.
    assert_eq!(both.permitted, b"name");
    assert_eq!(both.counts.reasons["suppression-uncheckable"], (1, 1));
    assert_eq!(both.counts.terminators_inserted, 1);
    let unlisted = POLICY.split("[[suppression]]").next().expect("a policy");
    let both = outcome(
        unlisted,
        AGREEMENT,
        &[header.as_bytes(), second.as_bytes()],
        true,
    );
    assert_eq!(both.permitted, b"name\n\"\"\n");
    let all = changed(AGREEMENT, "[\"name\"]", "\"all\"");
    let all = outcome(unlisted, &all, &[second.as_bytes()], true);
    assert_eq!(all.permitted, second.as_bytes());
}
