//! Dates as records write them: parsed to civil days in the policy's time zone.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::CivilDay;

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

/// A day and a second of it, as they are written: no zone is known yet.
struct WrittenTime {
    day: CivilDay,
    second_of_day: i64,
}

const SECONDS_PER_DAY: i64 = 86_400;

impl fmt::Display for DateForm {
    /// As a policy writes it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Pattern(parts) = self else {
            return formatter.write_str("YYYY-MM-DD");
        };
        parts.iter().try_for_each(|part| match part {
            DatePart::Day => formatter.write_str("%d"),
            DatePart::Month => formatter.write_str("%m"),
            DatePart::Year => formatter.write_str("%Y"),
            DatePart::Hour => formatter.write_str("%H"),
            DatePart::Minute => formatter.write_str("%M"),
            DatePart::Second => formatter.write_str("%S"),
            DatePart::Literal(text) => formatter.write_str(&String::from_utf8_lossy(text)),
        })
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
        let instant = i64::from(self.day.days_since_epoch()) * SECONDS_PER_DAY + self.second_of_day
            - written_offset;
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
mod tests;
