//! Owns hand-written cases for the oracle, each sentence of the specification's table at its edge.
//! It never runs the crate under test.

#[allow(dead_code, reason = "each test uses its part of the oracle")]
mod oracle;

use oracle::{
    dates::{self, Day, Period},
    decide::Rules,
    normalise::{component, normalise},
    split::{self, Outcome},
    terms,
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
fn malformed_stands_alone() {
    for line in [
        "1,2016-10-01,v1,online,,N,postal,A",
        "1,2016-10-01,v1,online,,N,postal,A,E1,",
        "1,2016-10-01,v1,online,,N,postal,A\"B,E1",
        "1,2016-10-01,v1,online,,N,postal,\"A\"B,E1",
        "1,2016-10-01,v1,online,,N,postal,A,\"E1",
    ] {
        assert_eq!(reasons(line), "malformed", "{line}");
    }
}

#[test]
fn dates_that_cannot_be_read() {
    assert_eq!(reasons("1,,v1,online,,Y,postal,A,E1"), "date-unreadable");
    assert_eq!(
        reasons("1,2017-02-29,v1,online,,Y,postal,A,E1"),
        "date-unreadable"
    );
    assert_eq!(
        reasons("1,2016-10-01,v1,online,x,Y,postal,A,E1"),
        "date-unreadable"
    );
    // An unreadable capture day with a withdrawal day counts as withdrawn.
    assert_eq!(
        reasons("1,,v1,online,2001-01-01,Y,postal,A,E1"),
        "date-unreadable consent-withdrawn"
    );
}

#[test]
fn the_notice_of_a_record() {
    assert_eq!(
        reasons("1,2016-10-01,V1,online,,Y,postal,A,E1"),
        "notice-unknown"
    );
    // Another source falls to the notice that lists none, which wants a named recipient.
    assert_eq!(
        reasons("1,2016-10-01,v1,paper,,Y,postal,A,E1"),
        "recipient-not-disclosed"
    );
    let named = changed(AGREEMENT, "\"Shop\"", "\"STRASSE LTD\"");
    assert_eq!(
        reasons_for(POLICY, &named, b"1,2016-10-01,v1,paper,,Y,postal,A,E1"),
        "recipient-not-disclosed"
    );
    let named = changed(
        AGREEMENT,
        "\"Shop\"",
        "\"\u{ff33}tra\u{df}e\u{a0}\\u001cLTD\"",
    );
    assert_eq!(
        reasons_for(POLICY, &named, b"1,2016-10-01,v1,paper,,Y,postal,A,E1"),
        ""
    );
}

#[test]
fn the_days_of_a_notice() {
    let at = |day: &str| reasons(&format!("1,{day},v1,online,,Y,postal,A,E1"));
    assert_eq!(at("2016-08-31"), "notice-not-in-force consent-expired");
    assert_eq!(at("2016-10-01"), "");
    assert_eq!(
        at("2017-04-01"),
        "notice-not-in-force captured-after-delivery"
    );
    // Local days: 23:30 UTC is already the next day in British Summer Time.
    assert_eq!(at("2016-08-31T23:30:00Z"), "consent-expired");
    assert_eq!(
        at("2016-08-31 23:30:00"),
        "notice-not-in-force consent-expired"
    );
}

#[test]
fn without_a_notice_column_the_capture_day_chooses() {
    let policy = changed(POLICY, "notice = \"notice\"\n", "");
    let at = |day: &str, source: &str| {
        reasons_for(
            &policy,
            AGREEMENT,
            format!("1,{day},?,{source},,Y,postal,A,E1").as_bytes(),
        )
    };
    assert_eq!(at("2016-10-01", "online"), "");
    assert_eq!(at("2016-08-31", "online"), "notice-not-in-force");
    // Past its own notice's days, the record falls to the notice that lists no source.
    assert_eq!(
        at("2017-04-01", "online"),
        "recipient-not-disclosed captured-after-delivery"
    );
    assert_eq!(at("", "online"), "date-unreadable");
}

#[test]
fn what_the_notice_disclosed() {
    let line = b"1,2016-10-01,v1,online,,Y,postal,A,E1";
    let with = |from: &str, to: &str| reasons_for(POLICY, &changed(AGREEMENT, from, to), line);
    assert_eq!(
        with("\"retail/baby\"", "\"retail/health\""),
        "recipient-not-disclosed purpose-sector-conflict"
    );
    assert_eq!(
        with("marketing/direct", "marketing/political"),
        "purpose-not-disclosed"
    );
    assert_eq!(
        with("marketing/direct", "research"),
        "purpose-not-disclosed"
    );
    assert_eq!(
        with("\"postal\"", "\"sms\""),
        "channel-not-disclosed channel-not-consented"
    );
    assert_eq!(
        with("[\"postal\"]", "[\"postal\", \"email\"]"),
        "channel-not-consented"
    );
    let fewer = changed(POLICY, "\"name\", \"place\"", "\"place\"");
    assert_eq!(reasons_for(&fewer, AGREEMENT, line), "data-not-disclosed");
}

#[test]
fn an_intermediary_counts_if_it_is_a_controller() {
    let line = b"1,2016-10-01,v1,online,,Y,postal,A,E1";
    let processor = format!("{AGREEMENT}[intermediary]\nname = \"X\"\nrole = \"processor\"\n");
    assert_eq!(reasons_for(POLICY, &processor, line), "");
    let controller = format!(
        "{AGREEMENT}[intermediary]\nname = \"X\"\nrole = \"controller\"\nsector = \"agency/political\"\n"
    );
    assert_eq!(
        reasons_for(POLICY, &controller, line),
        "recipient-not-disclosed purpose-sector-conflict"
    );
}

#[test]
fn what_the_person_agreed_to() {
    assert_eq!(reasons("1,2016-10-01,v1,online,, \tY ,postal,A,E1"), "");
    assert_eq!(
        reasons("1,2016-10-01,v1,online,,,postal,A,E1"),
        "consent-unknown"
    );
    assert_eq!(
        reasons("1,2016-10-01,v1,online,,y,postal,A,E1"),
        "consent-unknown"
    );
    assert_eq!(
        reasons("1,2016-10-01,v1,online,,N,postal,A,E1"),
        "consent-refused"
    );
    assert_eq!(
        reasons("1,2016-10-01,v1,online,2016-10-01,Y,postal,A,E1"),
        "consent-withdrawn"
    );
    assert_eq!(
        reasons("1,2016-10-01,v1,online,2016-09-30,Y,postal,A,E1"),
        ""
    );
    assert_eq!(
        reasons("1,2016-10-01,v1,online,,Y,email| postal\t,A,E1"),
        ""
    );
    assert_eq!(
        reasons("1,2016-10-01,v1,online,,Y,postal;email,A,E1"),
        "channel-not-consented"
    );
    assert_eq!(
        reasons("1,2016-10-01,v1,online,,Y,postal,A,e1"),
        "outside-territory"
    );
    assert_eq!(
        reasons("1,2016-10-01,v1,online,,Y,postal,A,"),
        "outside-territory"
    );
}

#[test]
fn consent_expires_on_the_day_that_the_period_ends() {
    // Six months after 2016-09-30 is 2017-03-30; after 2016-10-01, 2017-04-01. Delivery is on 2017-03-31.
    assert_eq!(
        reasons("1,2016-09-30,v1,online,,Y,postal,A,E1"),
        "consent-expired"
    );
    assert_eq!(reasons("1,2016-10-01,v1,online,,Y,postal,A,E1"), "");
    // 31 August and five months is the last of February.
    let day = |y, m, d| Day::new(y, m, d).expect("a day");
    assert_eq!(
        day(2016, 8, 31).plus(Period::Months(6)),
        Some(day(2017, 2, 28))
    );
    assert_eq!(
        day(2016, 2, 29).plus(Period::Years(1)),
        Some(day(2017, 2, 28))
    );
    assert_eq!(
        day(2016, 2, 29).plus(Period::Years(4)),
        Some(day(2020, 2, 29))
    );
    assert_eq!(
        day(2016, 12, 31).plus(Period::Days(60)),
        Some(day(2017, 3, 1))
    );
    assert_eq!(day(1, 1, 1).plus(Period::Unlimited), None);
}

#[test]
fn flags_carry_channels() {
    let policy = changed(
        POLICY,
        "channels = { column = \"channels\", separator = \"|\" }",
        "channels.flags.postal = { column = \"channels\", given = [\"1\"], refused = [\"0\"] }",
    );
    let with = |value: &str| {
        reasons_for(
            &policy,
            AGREEMENT,
            format!("1,2016-10-01,v1,online,,Y,{value},A,E1").as_bytes(),
        )
    };
    assert_eq!(with(" 1"), "");
    assert_eq!(with("0"), "channel-not-consented");
    assert_eq!(with(""), "channel-not-consented");
    let email = changed(AGREEMENT, "[\"postal\"]", "[\"email\"]");
    assert_eq!(
        reasons_for(&policy, &email, b"1,2016-10-01,v1,online,,Y,1,A,E1"),
        "channel-not-consented"
    );
}

#[test]
fn suppression() {
    assert_eq!(
        reasons("7,2016-10-01,v1,online,,Y,postal,ZOE,E1"),
        "suppressed:house"
    );
    assert_eq!(reasons("07,2016-10-01,v1,online,,Y,postal,ZOE,E1"), "");
    assert_eq!(
        reasons("7,2016-10-01,v1,online,,Y,postal,-,E1"),
        "suppression-uncheckable"
    );
    assert_eq!(
        reasons(" ,2016-10-01,v1,online,,Y,postal,A,E1"),
        "suppression-uncheckable"
    );
    assert_eq!(
        reasons_for(
            POLICY,
            AGREEMENT,
            b"\xff,2016-10-01,v1,online,,N,postal,A,E1"
        ),
        "consent-refused suppression-uncheckable"
    );
    // Blank is blank to Unicode too, even where nothing is removed.
    assert_eq!(
        reasons("\u{a0}\u{1c},2016-10-01,v1,online,,Y,postal,A,E1"),
        "suppression-uncheckable"
    );
}

#[test]
fn normalisers() {
    assert_eq!(normalise("lower", "ÀÉ İ"), "àé i̇");
    assert_eq!(
        normalise("email", " A\u{200b}\u{feff}b@\u{a0}X.ORG"),
        "ab@x.org"
    );
    assert_eq!(normalise("digits", "+44 (0)20 \u{0661}"), "44020");
    assert_eq!(
        normalise("uk-postcode", "sw1a\u{2003}1aa\u{1f}é"),
        "SW1A1AAé"
    );
    assert_eq!(normalise("name", "O'Brien-Zoë ﬁ ²"), "obrienzoefi2");
    assert_eq!(component("exact", b"\t a b "), Some("a b".to_owned()));
    assert_eq!(component("digits", b"none"), None);
}

#[test]
fn terms_cover_and_conflict() {
    let explicit = terms::explicit_terms(&["gambling".to_owned()]);
    let covers = |disclosed: &str, requested: &str| terms::covers(disclosed, requested, &explicit);
    assert!(covers("marketing", "marketing/direct"));
    assert!(covers("political", "political/party"));
    assert!(covers("marketing/political", "marketing/political"));
    assert!(!covers("marketing", "marketing/political"));
    assert!(!covers("marketing", "marketing/party-political"));
    assert!(!covers("marketing", "marketing/direct/online-gambling"));
    assert!(!covers("marketing", "marketing-political"));
    assert!(!covers("marketing/direct", "marketing"));
    assert!(covers("marketing", "marketing/apolitical"));
    // To the letter of the specification, a term of two parts is borne only by the word that it is.
    assert!(!covers("charity", "charity/trade-union"));
    assert!(covers("charity", "charity/trade-union-members"));
    assert!(terms::conflict(
        "political/party",
        "marketing/direct",
        &explicit
    ));
    assert!(!terms::conflict(
        "political/party",
        "party-political/post",
        &explicit
    ));
    assert!(terms::conflict(
        "health/trade-union",
        "marketing/health",
        &explicit
    ));
    assert_eq!(
        terms::fold_name("The\u{a0} \u{1c}Labour PARTY"),
        "the labour party"
    );
}

#[test]
fn forms_of_dates() {
    let zone = dates::zone("Europe/London");
    let read = |text: &str| dates::read(text.as_bytes(), None, &zone).map(Day::iso);
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(read("2016-02-29"), some("2016-02-29"));
    assert_eq!(read("2016-07-01T00:00:00+01:00"), some("2016-07-01"));
    assert_eq!(read("2016-07-01T00:00:00+01:01"), some("2016-06-30"));
    assert_eq!(
        read("2016-01-01 00:00:00.123456789-00:01"),
        some("2016-01-01")
    );
    assert_eq!(read("2016-06-30T22:59:59.999Z"), some("2016-06-30"));
    assert_eq!(read("2016-06-30T23:00:00Z"), some("2016-07-01"));
    assert_eq!(read("9999-12-31T23:59:59Z"), some("9999-12-31"));
    assert_eq!(read("0001-01-01T00:00:00"), some("0001-01-01"));
    for text in [
        "",
        "0000-01-01",
        "2016-2-29",
        "2016-02-30",
        "2016-13-01",
        "2016-01-00",
        "16-01-01",
        "2016-01-01T00:00",
        "2016-01-01t00:00:00",
        "2016-01-01T00:00:00z",
        "2016-01-01T24:00:00",
        "2016-01-01T00:60:00",
        "2016-01-01T00:00:60",
        "2016-01-01T00:00:00.",
        "2016-01-01T00:00:00,5",
        "2016-01-01T00:00:00.1234567890",
        "2016-01-01T00:00:00+24:00",
        "2016-01-01T00:00:00+0100",
        "2016-01-01T00:00:00+01",
        "2016-01-01T00:00:00 Z",
        "2016-01-01T00:00:00ZZ",
        "2016-01-01Z",
        "2016-01-01  00:00:00",
        "+2016-01-01",
        "２０１６-01-01",
        "9999-12-31T23:59:59-00:01",
        "0001-01-01T00:00:00+00:01",
        "2016-01-01\u{a0}",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
    let formatted =
        |text: &str, format: &str| dates::read(text.as_bytes(), Some(format), &zone).map(Day::iso);
    assert_eq!(formatted("01/02/2016", "%d/%m/%Y"), some("2016-02-01"));
    assert_eq!(
        formatted("2016年02月01日", "%Y年%m月%d日"),
        some("2016-02-01")
    );
    assert_eq!(
        formatted("20160201235959", "%Y%m%d%H%M%S"),
        some("2016-02-01")
    );
    assert_eq!(formatted("20160201240000", "%Y%m%d%H%M%S"), None);
    assert_eq!(formatted("1/2/2016", "%d/%m/%Y"), None);
    assert_eq!(formatted("2016-02-01", "%d/%m/%Y"), None);
    for number in [
        0, 58, 59, 365, 366, 1_460, 1_461, 146_096, 146_097, 730_119, 3_652_058,
    ] {
        assert_eq!(Day::from_number(number).number(), number);
    }
    assert_eq!(Day::from_number(719_162).iso(), "1970-01-01");
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
