//! Owns civil days: reading them, comparing them, adding periods. It asks jiff for one thing only, a zone's offset.

use jiff::{Timestamp, tz::TimeZone};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Period {
    Days(i64),
    Months(i64),
    Years(i64),
    Unlimited,
}

fn leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn month_length(year: i64, month: i64) -> i64 {
    match month {
        2 if leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days of all the years before this one, from year 1.
fn days_before_year(year: i64) -> i64 {
    let past = year - 1;
    past * 365 + past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400)
}

impl Day {
    /// A day of the years 1 to 9999.
    pub(crate) fn new(year: i64, month: i64, day: i64) -> Option<Day> {
        let sound = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=month_length(year, month)).contains(&day);
        sound.then_some(Day { year, month, day })
    }

    /// 0001-01-01 is day 0.
    pub(crate) fn number(self) -> i64 {
        let mut number = days_before_year(self.year) + self.day - 1;
        for month in 1..self.month {
            number += month_length(self.year, month);
        }
        number
    }

    /// The day with this number, in whatever year that is.
    pub(crate) fn from_number(number: i64) -> Day {
        let mut year = number / 366 - 1;
        while days_before_year(year + 1) <= number {
            year += 1;
        }
        let mut left = number - days_before_year(year);
        let mut month = 1;
        while left >= month_length(year, month) {
            left -= month_length(year, month);
            month += 1;
        }
        Day {
            year,
            month,
            day: left + 1,
        }
    }

    pub(crate) fn plus_days(self, days: i64) -> Day {
        Day::from_number(self.number() + days)
    }

    pub(crate) fn plus_months(self, months: i64) -> Day {
        let count = self.year * 12 + (self.month - 1) + months;
        let (year, month) = (count.div_euclid(12), count.rem_euclid(12) + 1);
        Day {
            year,
            month,
            day: self.day.min(month_length(year, month)),
        }
    }

    /// `None` is never.
    pub(crate) fn plus(self, period: Period) -> Option<Day> {
        match period {
            Period::Days(days) => Some(self.plus_days(days)),
            Period::Months(months) => Some(self.plus_months(months)),
            Period::Years(years) => Some(self.plus_months(years * 12)),
            Period::Unlimited => None,
        }
    }

    pub(crate) fn iso(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

pub(crate) fn period(text: &str) -> Period {
    if text == "unlimited" {
        return Period::Unlimited;
    }
    let (count, unit) = text.split_once(' ').expect("a number and a unit");
    let count: i64 = count.parse().expect("a number");
    match unit {
        "days" => Period::Days(count),
        "months" => Period::Months(count),
        "years" => Period::Years(count),
        _ => panic!("no such unit: {unit}"),
    }
}

pub(crate) fn zone(name: &str) -> TimeZone {
    jiff::tz::TimeZoneDatabase::bundled()
        .get(name)
        .expect("a known time zone")
}

struct Cursor<'a> {
    left: &'a [u8],
}

impl Cursor<'_> {
    fn digits(&mut self, count: usize) -> Option<i64> {
        let mut value = 0;
        for _ in 0..count {
            let (&first, rest) = self.left.split_first()?;
            if !first.is_ascii_digit() {
                return None;
            }
            value = value * 10 + i64::from(first - b'0');
            self.left = rest;
        }
        Some(value)
    }

    fn up_to(&mut self, count: usize, most: i64) -> Option<i64> {
        self.digits(count).filter(|value| *value <= most)
    }

    fn literal(&mut self, text: &[u8]) -> Option<()> {
        self.left = self.left.strip_prefix(text)?;
        Some(())
    }

    fn end(&self) -> Option<()> {
        self.left.is_empty().then_some(())
    }
}

/// Reads a trimmed value as a civil day; `None` is unreadable (a blank one too).
pub(crate) fn read(value: &[u8], format: Option<&str>, zone: &TimeZone) -> Option<Day> {
    match format {
        Some(format) => read_format(value, format),
        None => read_iso(value, zone),
    }
}

fn read_format(value: &[u8], format: &str) -> Option<Day> {
    let mut cursor = Cursor { left: value };
    let (mut year, mut month, mut day) = (0, 0, 0);
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            cursor.literal(character.to_string().as_bytes())?;
            continue;
        }
        match characters.next() {
            Some('Y') => year = cursor.digits(4)?,
            Some('m') => month = cursor.digits(2)?,
            Some('d') => day = cursor.digits(2)?,
            Some('H') => drop(cursor.up_to(2, 23)?),
            Some('M' | 'S') => drop(cursor.up_to(2, 59)?),
            other => panic!("no such directive: {other:?}"),
        }
    }
    cursor.end()?;
    Day::new(year, month, day)
}

fn read_iso(value: &[u8], zone: &TimeZone) -> Option<Day> {
    let mut cursor = Cursor { left: value };
    let year = cursor.digits(4)?;
    cursor.literal(b"-")?;
    let month = cursor.digits(2)?;
    cursor.literal(b"-")?;
    let written = Day::new(year, month, cursor.digits(2)?)?;
    if cursor.left.is_empty() {
        return Some(written);
    }

    cursor.literal(b"T").or_else(|| cursor.literal(b" "))?;
    let hour = cursor.up_to(2, 23)?;
    cursor.literal(b":")?;
    let minute = cursor.up_to(2, 59)?;
    cursor.literal(b":")?;
    let second = cursor.up_to(2, 59)?;
    if cursor.literal(b".").is_some() {
        cursor.digits(1)?;
        let mut count = 1;
        while cursor.digits(1).is_some() {
            count += 1;
        }
        if count > 9 {
            return None;
        }
    }
    if cursor.left.is_empty() {
        return Some(written);
    }

    let ahead = if cursor.literal(b"Z").is_some() {
        0
    } else {
        let sign = if cursor.literal(b"+").is_some() {
            1
        } else {
            cursor.literal(b"-")?;
            -1
        };
        let hours = cursor.up_to(2, 23)?;
        cursor.literal(b":")?;
        sign * (hours * 60 + cursor.up_to(2, 59)?) * 60
    };
    cursor.end()?;
    local_day(
        written.number() * 86_400 + hour * 3_600 + minute * 60 + second - ahead,
        zone,
    )
}

/// The civil day in the zone at this second; second 0 is the start of 0001-01-01, UTC.
fn local_day(second: i64, zone: &TimeZone) -> Option<Day> {
    let unix = second
        - Day {
            year: 1970,
            month: 1,
            day: 1,
        }
        .number()
            * 86_400;
    // jiff's instants end a day before the year 9999 does; no zone changes its offset in between.
    let known = unix.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    let instant = Timestamp::from_second(known).expect("clamped");
    let number = (second + i64::from(zone.to_offset(instant).seconds())).div_euclid(86_400);
    if number < 0 {
        return None;
    }
    let day = Day::from_number(number);
    Day::new(day.year, day.month, day.day)
}
