//! Dates as records write them: parsed to civil days in the policy's time zone.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// How a policy's dates are written.
#[derive(Debug, Clone)]
pub enum DateForm {
    /// `YYYY-MM-DD`, or a date and time with `T` or a space, with `Z`, an offset or nothing.
    Iso,
    /// A pattern of `%d`, `%m`, `%Y`, `%H`, `%M`, `%S` and literal characters.
    Pattern(Vec<DatePart>),
}

/// A piece of a date pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatePart {
    /// Two digits, 01 to 31.
    Day,
    /// Two digits, 01 to 12.
    Month,
    /// Four digits, 0001 to 9999.
    Year,
    /// Two digits, 00 to 23.
    Hour,
    /// Two digits, 00 to 59.
    Minute,
    /// Two digits, 00 to 59.
    Second,
    /// These bytes.
    Literal(Vec<u8>),
}

/// Why a `date_format` cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DateFormError {
    /// A `%` that starts no known directive.
    #[error("unknown directive")]
    UnknownDirective,
    /// `%d`, `%m` or `%Y` is not there.
    #[error("a day, a month and a year are needed")]
    Missing,
    /// A directive stands twice.
    #[error("a directive stands twice")]
    Repeated,
    /// It starts or ends with a space or a tab, which are taken off every value before it is read.
    #[error("a space or tab at its start or end, which no value keeps")]
    Padded,
}

/// A civil day, as a number that compares and subtracts fast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilDay(i32);

/// A day and a second of it, as they are written: no zone is known yet.
struct WrittenTime {
    day: CivilDay,
    second_of_day: i64,
}

const SECONDS_PER_DAY: i64 = 86_400;

impl CivilDay {
    /// 0001-01-01, the first day that a record can say.
    pub const MIN: Self = Self(-719_162);
    /// 9999-12-31, the last day that a record can say.
    pub const MAX: Self = Self(2_932_896);

    /// Days since 1970-01-01, negative before it.
    pub fn days_since_epoch(self) -> i32 {
        self.0
    }

    /// The day of that number; `None` outside the years 0001 to 9999.
    fn from_days_since_epoch(days: i64) -> Option<Self> {
        let day = Self(i32::try_from(days).ok()?);
        (Self::MIN..=Self::MAX).contains(&day).then_some(day)
    }

    /// The day of a calendar date; `None` if there is none, or outside the years 0001 to 9999.
    fn from_calendar(year: u32, month: u32, day: u32) -> Option<Self> {
        if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || day < 1 {
            return None;
        }
        if day > 28 && day > days_in_month(year, month) {
            return None;
        }
        Some(Self(days_from_calendar(
            year.cast_signed(),
            month.cast_signed(),
            day.cast_signed(),
        )))
    }
}

impl From<Date> for CivilDay {
    fn from(date: Date) -> Self {
        Self(days_from_calendar(
            i32::from(date.year()),
            i32::from(date.month()),
            i32::from(date.day()),
        ))
    }
}

impl From<CivilDay> for Date {
    fn from(day: CivilDay) -> Self {
        let shifted = day.0 + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 {
            month_from_march + 3
        } else {
            month_from_march - 9
        };
        let year = era * 400 + year_of_era + i32::from(month <= 2);
        // INVARIANT: a CivilDay comes from a date of jiff or lies within the years 0001 to 9999, which are jiff's too.
        jiff::civil::date(
            i16::try_from(year).expect("a year of jiff's"),
            i8::try_from(month).expect("a month"),
            i8::try_from(day_of_month).expect("a day of a month"),
        )
    }
}

/// Howard Hinnant's `days_from_civil`: years start in March, so that the leap day is the last.
fn days_from_calendar(year: i32, month: i32, day: i32) -> i32 {
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

impl std::fmt::Display for CivilDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", Date::from(*self))
    }
}

impl DateForm {
    /// Parses a `date_format`: `%d`, `%m` and `%Y` each once, `%H`, `%M` and `%S` at most once, and literal characters.
    ///
    /// # Errors
    /// If a directive is unknown, missing or repeated, or if no trimmed value could have this form.
    pub fn parse_pattern(pattern: &str) -> Result<DateForm, DateFormError> {
        if pattern.starts_with([' ', '\t']) || pattern.ends_with([' ', '\t']) {
            return Err(DateFormError::Padded);
        }
        let mut parts: Vec<DatePart> = Vec::new();
        let mut characters = pattern.chars();
        while let Some(character) = characters.next() {
            if character != '%' {
                let mut buffer = [0; 4];
                let bytes = character.encode_utf8(&mut buffer).as_bytes();
                if let Some(DatePart::Literal(literal)) = parts.last_mut() {
                    literal.extend_from_slice(bytes);
                } else {
                    parts.push(DatePart::Literal(bytes.to_vec()));
                }
                continue;
            }
            let part = match characters.next() {
                Some('d') => DatePart::Day,
                Some('m') => DatePart::Month,
                Some('Y') => DatePart::Year,
                Some('H') => DatePart::Hour,
                Some('M') => DatePart::Minute,
                Some('S') => DatePart::Second,
                _ => return Err(DateFormError::UnknownDirective),
            };
            if parts.contains(&part) {
                return Err(DateFormError::Repeated);
            }
            parts.push(part);
        }
        if [DatePart::Day, DatePart::Month, DatePart::Year]
            .iter()
            .all(|part| parts.contains(part))
        {
            Ok(Self::Pattern(parts))
        } else {
            Err(DateFormError::Missing)
        }
    }

    /// The civil day in `zone` that a value, already trimmed of spaces and tabs, says; `None` if it cannot be read, or if the day
    /// lies outside the years 0001 to 9999.
    pub fn civil_day(&self, value: &[u8], zone: &TimeZone) -> Option<CivilDay> {
        match self {
            Self::Iso => iso_day(value, zone),
            Self::Pattern(parts) => pattern_day(parts, value),
        }
    }
}

fn days_in_month(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Takes as many ASCII digits as `N` off the front, and nothing else.
fn take_digits<const N: usize>(value: &mut &[u8]) -> Option<u32> {
    let (digits, rest) = value.split_first_chunk::<N>()?;
    let mut number = 0;
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number * 10 + u32::from(digit);
    }
    *value = rest;
    Some(number)
}

fn take_two_digits_to(value: &mut &[u8], max: u32) -> Option<u32> {
    take_digits::<2>(value).filter(|&number| number <= max)
}

fn take_literal(value: &mut &[u8], literal: &[u8]) -> Option<()> {
    *value = value.strip_prefix(literal)?;
    Some(())
}

fn iso_day(mut value: &[u8], zone: &TimeZone) -> Option<CivilDay> {
    let rest = &mut value;
    let year = take_digits::<4>(rest)?;
    take_literal(rest, b"-")?;
    let month = take_digits::<2>(rest)?;
    take_literal(rest, b"-")?;
    let day = CivilDay::from_calendar(year, month, take_digits::<2>(rest)?)?;
    // PERF: most columns hold plain days.
    if rest.is_empty() {
        return Some(day);
    }

    take_literal(rest, b"T").or_else(|| take_literal(rest, b" "))?;
    let hour = take_two_digits_to(rest, 23)?;
    take_literal(rest, b":")?;
    let minute = take_two_digits_to(rest, 59)?;
    take_literal(rest, b":")?;
    let second = take_two_digits_to(rest, 59)?;
    // A fraction only ever lies after its second, so leaving it out cannot change the day.
    if take_literal(rest, b".").is_some() {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if !(1..=9).contains(&digits) {
            return None;
        }
        *rest = &rest[digits..];
    }
    let written = WrittenTime {
        day,
        second_of_day: i64::from(hour * 3_600 + minute * 60 + second),
    };

    match *rest {
        [] => Some(day),
        b"Z" => written.day_in(zone, 0),
        [sign @ (b'+' | b'-'), offset @ ..] => {
            let mut offset: &[u8] = offset;
            let hours = take_two_digits_to(&mut offset, 23)?;
            take_literal(&mut offset, b":")?;
            let minutes = take_two_digits_to(&mut offset, 59)?;
            if !offset.is_empty() {
                return None;
            }
            let seconds = i64::from(hours * 3_600 + minutes * 60);
            written.day_in(zone, if *sign == b'-' { -seconds } else { seconds })
        }
        _ => None,
    }
}

impl WrittenTime {
    /// The day in `zone` of this time, written at an offset in seconds east of UTC.
    fn day_in(&self, zone: &TimeZone, written_offset: i64) -> Option<CivilDay> {
        let instant = i64::from(self.day.0) * SECONDS_PER_DAY + self.second_of_day - written_offset;
        // The range of jiff's timestamps ends some hours inside the first and last day; there its ends answer for
        // the instants beyond, whose offsets are the same.
        let asked = instant.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
        let offset = zone.to_offset(Timestamp::from_second(asked).ok()?);
        let local = instant + i64::from(offset.seconds());
        CivilDay::from_days_since_epoch(local.div_euclid(SECONDS_PER_DAY))
    }
}

fn pattern_day(parts: &[DatePart], mut value: &[u8]) -> Option<CivilDay> {
    let rest = &mut value;
    let (mut year, mut month, mut day) = (0, 0, 0);
    for part in parts {
        match part {
            DatePart::Year => year = take_digits::<4>(rest)?,
            DatePart::Month => month = take_digits::<2>(rest)?,
            DatePart::Day => day = take_digits::<2>(rest)?,
            DatePart::Hour => {
                take_two_digits_to(rest, 23)?;
            }
            DatePart::Minute | DatePart::Second => {
                take_two_digits_to(rest, 59)?;
            }
            DatePart::Literal(literal) => take_literal(rest, literal)?,
        }
    }
    if rest.is_empty() {
        CivilDay::from_calendar(year, month, day)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZoneDatabase;
    use proptest::prelude::*;

    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZoneDatabase::bundled().get(name).expect("a zone")
    }

    fn iso(value: &str, zone_name: &str) -> Option<String> {
        DateForm::Iso
            .civil_day(value.as_bytes(), &zone(zone_name))
            .map(|day| day.to_string())
    }

    #[test]
    fn every_day_goes_there_and_back() {
        let mut date = Date::MIN;
        let mut number = CivilDay::from(date).0;
        while date < Date::MAX {
            let day = CivilDay::from(date);
            assert_eq!(day.0, number);
            assert_eq!(Date::from(day), date);
            date = date.tomorrow().expect("a day before the last");
            number += 1;
        }
        assert_eq!(CivilDay::from(jiff::civil::date(1970, 1, 1)), CivilDay(0));
        assert_eq!(CivilDay::from(jiff::civil::date(1, 1, 1)), CivilDay::MIN);
        assert_eq!(CivilDay::from(Date::MAX), CivilDay::MAX);
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
}
