//! Each reason at its edge.

use super::{AGREEMENT, POLICY, changed, reasons, reasons_for};
use crate::oracle::dates::{Day, Period};

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
