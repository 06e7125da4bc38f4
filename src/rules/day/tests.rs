//! What is read as a date and what is not; jiff is the oracle for instants.

use jiff::civil::Date;
use jiff::tz::TimeZoneDatabase;
use proptest::prelude::*;

use super::*;
use crate::rules::MonthMemo;

fn zone(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).expect("a zone")
}

fn iso(value: &str, zone_name: &str) -> Option<String> {
    DateForm::Iso
        .civil_day(value.as_bytes(), &zone(zone_name))
        .map(|day| day.to_string())
}

#[test]
fn plain_days() {
    assert_eq!(
        iso("2016-02-29", "Europe/London").as_deref(),
        Some("2016-02-29")
    );
    assert_eq!(iso("0001-01-01", "UTC").as_deref(), Some("0001-01-01"));
    assert_eq!(iso("9999-12-31", "UTC").as_deref(), Some("9999-12-31"));
    for value in [
        "",
        "2016",
        "2016-2-29",
        "2017-02-29",
        "1900-02-29",
        "2016-02-30",
        "2016-04-31",
        "2016-13-01",
        "2016-00-10",
        "2016-01-00",
        "2016-01-32",
        "0000-01-01",
        "16-01-01",
        "02016-01-01",
        "2016-01-01 ",
        " 2016-01-01",
        "2016/01/01",
        "20160101",
        "２016-01-01",
        "+2016-01-1",
        "2016-01-0x",
        "-001-01-01",
    ] {
        assert_eq!(iso(value, "UTC"), None, "{value:?}");
    }
}

#[test]
fn local_times_are_the_day_as_written() {
    for value in [
        "2017-05-05T23:59:59",
        "2017-05-05 00:00:00",
        "2017-05-05T12:00:00.1",
        "2017-05-05T12:00:00.123456789",
    ] {
        assert_eq!(
            iso(value, "Asia/Tokyo").as_deref(),
            Some("2017-05-05"),
            "{value:?}"
        );
    }
}

#[test]
fn instants_fall_on_the_day_of_the_zone() {
    for (value, zone_name, expected) in [
        ("2017-05-05T23:30:00Z", "Europe/London", "2017-05-06"),
        (
            "2017-05-05T22:59:59.999999999Z",
            "Europe/London",
            "2017-05-05",
        ),
        ("2017-01-05T23:30:00Z", "Europe/London", "2017-01-05"),
        ("2017-05-05 00:30:00+02:00", "UTC", "2017-05-04"),
        ("2017-05-05T23:30:00-00:30", "UTC", "2017-05-06"),
        ("2017-05-05T00:00:00-00:00", "UTC", "2017-05-05"),
        ("2017-05-05T00:00:00+23:59", "UTC", "2017-05-04"),
        ("2017-05-05T23:59:59-23:59", "UTC", "2017-05-06"),
        ("9999-12-31T23:59:59Z", "UTC", "9999-12-31"),
        ("9999-12-31T23:59:59Z", "America/New_York", "9999-12-31"),
        ("0001-01-01T00:00:00Z", "UTC", "0001-01-01"),
        ("0001-01-01T00:00:00-23:59", "UTC", "0001-01-01"),
    ] {
        assert_eq!(
            iso(value, zone_name).as_deref(),
            Some(expected),
            "{value:?} {zone_name}"
        );
    }
}

#[test]
fn instants_outside_the_years_are_unreadable() {
    for (value, zone_name) in [
        ("9999-12-31T23:59:59-00:01", "UTC"),
        ("9999-12-31T23:59:59Z", "Asia/Tokyo"),
        ("0001-01-01T00:00:00+00:01", "UTC"),
        ("0001-01-01T00:00:00Z", "America/New_York"),
    ] {
        assert_eq!(iso(value, zone_name), None, "{value:?} {zone_name}");
    }
}

#[test]
fn malformed_times_are_unreadable() {
    for value in [
        "2017-05-05T",
        "2017-05-05T12",
        "2017-05-05T12:00",
        "2017-05-05T12:00Z",
        "2017-05-05T24:00:00",
        "2017-05-05T12:60:00",
        "2017-05-05T12:00:60",
        "2017-05-05T12:00:00.",
        "2017-05-05T12:00:00.1234567890",
        "2017-05-05T12:00:00,5",
        "2017-05-05t12:00:00",
        "2017-05-05T12:00:00z",
        "2017-05-05T12:00:00 Z",
        "2017-05-05T12:00:00+24:00",
        "2017-05-05T12:00:00+01:60",
        "2017-05-05T12:00:00+0100",
        "2017-05-05T12:00:00+01",
        "2017-05-05T12:00:00+01:00Z",
        "2017-05-05T12:00:00ZZ",
        "2017-05-05  12:00:00",
        "2017-05-05\t12:00:00",
        "2017-05-05T1:00:00",
        "2017-05-05T12:00:00\u{2212}01:00",
        "2017-05-05Z",
        "2017-05-05T12.5:00:00",
        "2017-05-05T12:00:00.Z",
    ] {
        assert_eq!(iso(value, "UTC"), None, "{value:?}");
    }
}

fn pattern(pattern: &str, value: &str) -> Option<String> {
    DateForm::parse_pattern(pattern)
        .expect("a pattern")
        .civil_day(value.as_bytes(), &TimeZone::UTC)
        .map(|day| day.to_string())
}

#[test]
fn patterns_read_their_own_form_only() {
    assert_eq!(
        pattern("%d/%m/%Y", "05/04/2017").as_deref(),
        Some("2017-04-05")
    );
    assert_eq!(pattern("%Y%m%d", "20170405").as_deref(), Some("2017-04-05"));
    assert_eq!(
        pattern("le %d.%m.%Y à %H", "le 05.04.2017 à 23").as_deref(),
        Some("2017-04-05")
    );
    assert_eq!(
        pattern("%S:%M:%H %d/%m/%Y", "59:59:23 29/02/2016").as_deref(),
        Some("2016-02-29")
    );
    for value in [
        "5/4/2017",
        "05/04/17",
        "2017-04-05",
        "05/04/2017 ",
        "05-04-2017",
        "31/04/2017",
        "29/02/2017",
        "05/04/0000",
        "05/13/2017",
        "05/04/2017x",
        "05/04/201",
    ] {
        assert_eq!(pattern("%d/%m/%Y", value), None, "{value:?}");
    }
    assert_eq!(pattern("%d/%m/%Y %H:%M:%S", "05/04/2017 24:00:00"), None);
    assert_eq!(pattern("%d/%m/%Y %H:%M:%S", "05/04/2017 23:60:00"), None);
    assert_eq!(pattern("%d/%m/%Y %H:%M:%S", "05/04/2017 23:00:60"), None);
}

#[test]
fn patterns_that_cannot_be_used() {
    for (text, error) in [
        ("", DateFormError::Missing),
        ("%d/%m", DateFormError::Missing),
        ("%d/%m/%Y %d", DateFormError::Repeated),
        ("%d/%m/%Y %H:%H", DateFormError::Repeated),
        ("%d/%m/%y", DateFormError::UnknownDirective),
        ("%d/%m/%Y%%", DateFormError::UnknownDirective),
        ("%d/%m/%Y%", DateFormError::UnknownDirective),
        ("%e/%m/%Y", DateFormError::UnknownDirective),
        ("%d/%m/%Y ", DateFormError::Padded),
        ("\t%d/%m/%Y", DateFormError::Padded),
    ] {
        assert_eq!(DateForm::parse_pattern(text).err(), Some(error), "{text:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_not(value in prop::collection::vec(any::<u8>(), 0..40)) {
        let _ = DateForm::Iso.civil_day(&value, &TimeZone::UTC);
    }

    /// jiff as the oracle, within its range.
    #[test]
    fn instants_agree_with_jiff(
        seconds in -60_000_000_000_i64..250_000_000_000,
        offset_minutes in -1_439_i64..=1_439,
        zone_name in prop::sample::select(vec!["Europe/London", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"]),
    ) {
        let zone = zone(zone_name);
        let instant = Timestamp::from_second(seconds).unwrap();
        let offset = jiff::tz::Offset::from_seconds(i32::try_from(offset_minutes * 60).unwrap()).unwrap();
        let written = offset.to_datetime(instant);
        let sign = if offset_minutes < 0 { '-' } else { '+' };
        let text = format!(
            "{written}{sign}{:02}:{:02}",
            offset_minutes.abs() / 60,
            offset_minutes.abs() % 60,
        );
        let expected = instant.to_zoned(zone.clone()).date();
        prop_assert_eq!(
            DateForm::Iso.civil_day(text.as_bytes(), &zone).map(Date::from),
            Some(expected),
            "{}", text
        );
    }
}

proptest! {
    #[test]
    fn plain_days_read_by_month_are_those_read_byte_by_byte(
        year in 0_u32..=9999,
        month in 0_u32..=13,
        day in 0_u32..=32,
        place in 0_usize..20,
        byte: u8,
    ) {
        let mut text: [u8; 10] = format!("{year:04}-{month:02}-{day:02}").into_bytes().try_into().expect("ten bytes");
        if let Some(spoilt) = text.get_mut(place) {
            *spoilt = byte;
        }
        let by_byte = DateForm::Iso.civil_day(&text, &zone("UTC"));
        let mut memo = MonthMemo::default();
        prop_assert_eq!(memo.plain_day(&text), by_byte, "{:?}", text);
        prop_assert_eq!(memo.plain_day(&text), by_byte, "{:?}", text);
    }
}

#[test]
fn a_memo_of_months_reads_every_day_as_it_is() {
    let mut memo = MonthMemo::default();
    for year in [1, 1899, 1900, 2000, 2016, 2017, 2100, 9999] {
        for month in 0..=13 {
            for day in 0..=32 {
                let text: [u8; 10] = format!("{year:04}-{month:02}-{day:02}")
                    .into_bytes()
                    .try_into()
                    .expect("ten bytes");
                let by_byte = DateForm::Iso.civil_day(&text, &zone("UTC"));
                assert_eq!(memo.plain_day(&text), by_byte, "{year}-{month}-{day}");
            }
        }
    }
}

#[test]
fn a_memo_of_months_takes_no_other_byte_for_a_digit() {
    for known in ["2016-09-09", "2016-10-10", "2016-02-20", "2016-01-30"] {
        for at in 0..known.len() {
            for byte in 0..=u8::MAX {
                let mut text: [u8; 10] = known.as_bytes().try_into().expect("ten bytes");
                text[at] = byte;
                let by_byte = DateForm::Iso.civil_day(&text, &zone("UTC"));
                let mut memo = MonthMemo::default();
                assert_eq!(memo.plain_day(&text), by_byte, "{}", text.escape_ascii());
            }
        }
    }
}
