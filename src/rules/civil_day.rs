//! Civil days as numbers, which compare and subtract fast.

use std::num::NonZeroU32;

use jiff::civil::Date;

/// A civil day.
///
/// PERF: no day is 0, so a day that may not be there is one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilDay(NonZeroU32);

/// The number of 1970-01-01; every date of jiff's is later than number 0.
const EPOCH: i32 = 1 << 23;

impl CivilDay {
    /// 0001-01-01, the first day that a record can say.
    pub const MIN: Self = Self::from_days(-719_162);
    /// 9999-12-31, the last day that a record can say.
    pub const MAX: Self = Self::from_days(2_932_896);

    /// Days since 1970-01-01, negative before it.
    pub const fn days_since_epoch(self) -> i32 {
        self.0.get().cast_signed() - EPOCH
    }

    /// A number that rises by one from day to day, and is below `u32::MAX` by more than one.
    #[inline(always)]
    pub(crate) const fn number(self) -> u32 {
        self.0.get()
    }

    /// The day of that number, of a date of jiff's.
    const fn from_days(days: i32) -> Self {
        Self(NonZeroU32::new((days + EPOCH).cast_unsigned()).expect("a date of jiff's"))
    }

    /// The first day of a month, `month` from 1 to 12, of a year from 1 to 9999.
    pub const fn first_of_month(year: i16, month: i8) -> Self {
        assert!(1 <= year && year <= 9999 && 1 <= month && month <= 12);
        Self::from_days(days_from_calendar(year as i32, month as i32, 1))
    }

    /// The day of that number; `None` outside the years 0001 to 9999.
    pub(super) fn from_days_since_epoch(days: i64) -> Option<Self> {
        let days = i32::try_from(days).ok()?;
        let known = Self::MIN.days_since_epoch()..=Self::MAX.days_since_epoch();
        known.contains(&days).then(|| Self::from_days(days))
    }

    /// The day of a calendar date, years from 1; `None` if there is none, or outside the years 0001 to 9999.
    #[inline(always)]
    pub(super) fn from_calendar(year: u32, month: u32, day: u32) -> Option<Self> {
        if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || day < 1 {
            return None;
        }
        if day > 28 && day > days_in_month(year, month) {
            return None;
        }
        let before = year - 1;
        let leap_days = before / 4 - before / 100 + before / 400;
        let this_leap_day = u32::from(month > 2 && is_leap(year));
        let day_of_year = DAYS_BEFORE_MONTH[month as usize - 1] + this_leap_day + day - 1;
        let days = before * 365 + leap_days + day_of_year;
        NonZeroU32::new(Self::MIN.0.get() + days).map(Self)
    }
}

/// Reads days of the form `YYYY-MM-DD`, and remembers the months that it has met.
///
/// PERF: a supply holds few months: one look-up by the eight bytes of `YYYY-MM-`, whole, instead of reading six digits and a
/// calendar each time.
#[derive(Debug, Clone)]
pub struct MonthMemo {
    months: [Month; MONTHS],
}

/// Months that are remembered; a power of two.
const MONTHS: usize = 128;

/// A month that was met; none where it has no days.
#[derive(Debug, Clone, Copy, Default)]
struct Month {
    /// `YYYY-MM-`.
    text: u64,
    /// The number of the day before its first.
    before: u32,
    days: u32,
}

impl Default for MonthMemo {
    fn default() -> Self {
        Self {
            months: [Month::default(); MONTHS],
        }
    }
}

impl MonthMemo {
    /// The day that `YYYY-MM-DD` says; `None` if that is not its form, or if there is no such day.
    #[inline(always)]
    pub fn plain_day(&mut self, text: &[u8; 10]) -> Option<CivilDay> {
        let (Some(month_bytes), [tens, ones]) = (text.first_chunk::<8>(), [text[8], text[9]])
        else {
            return None;
        };
        let month_text = u64::from_le_bytes(*month_bytes);
        let place = (month_text.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 57) as usize % MONTHS;
        let mut month = self.months[place];
        if month.text != month_text {
            month = Month::read(month_bytes)?;
            self.months[place] = month;
        }
        let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
        let day = 10 * u32::from(tens) + u32::from(ones);
        let there = (tens < 10) & (ones < 10) & (day >= 1) & (day <= month.days);
        NonZeroU32::new(if there { month.before + day } else { 0 }).map(CivilDay)
    }
}

impl Month {
    /// Reads `YYYY-MM-`.
    #[cold]
    fn read(text: &[u8; 8]) -> Option<Self> {
        let number = |digits: &[u8]| {
            let all = digits.iter().all(u8::is_ascii_digit);
            all.then(|| {
                digits
                    .iter()
                    .fold(0, |number, digit| 10 * number + u32::from(digit - b'0'))
            })
        };
        let (year, month) = match text {
            [year @ .., b'-', tens, ones, b'-'] => (number(year)?, number(&[*tens, *ones])?),
            _ => return None,
        };
        let CivilDay(first) = CivilDay::from_calendar(year, month, 1)?;
        Some(Self {
            text: u64::from_le_bytes(*text),
            before: first.get() - 1,
            days: days_in_month(year, month),
        })
    }
}

impl From<Date> for CivilDay {
    fn from(date: Date) -> Self {
        Self::from_days(days_from_calendar(
            i32::from(date.year()),
            i32::from(date.month()),
            i32::from(date.day()),
        ))
    }
}

impl From<CivilDay> for Date {
    fn from(day: CivilDay) -> Self {
        let shifted = day.days_since_epoch() + 719_468;
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
const fn days_from_calendar(year: i32, month: i32, day: i32) -> i32 {
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

/// Days of a common year before each month.
const DAYS_BEFORE_MONTH: [u32; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

#[inline]
fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in_month(year: u32, month: u32) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_goes_there_and_back() {
        let mut date = Date::MIN;
        let mut number = CivilDay::from(date).days_since_epoch();
        while date < Date::MAX {
            let day = CivilDay::from(date);
            assert_eq!(day.days_since_epoch(), number);
            assert_eq!(Date::from(day), date);
            if let Ok(year @ 1..) = u32::try_from(date.year()) {
                let (month, day_of_month) = (date.month() as u32, date.day() as u32);
                assert_eq!(
                    CivilDay::from_calendar(year, month, day_of_month),
                    Some(day)
                );
            }
            date = date.tomorrow().expect("a day before the last");
            number += 1;
        }
        assert_eq!(
            CivilDay::from(jiff::civil::date(1970, 1, 1)).days_since_epoch(),
            0
        );
        assert_eq!(CivilDay::from(jiff::civil::date(1, 1, 1)), CivilDay::MIN);
        assert_eq!(CivilDay::from(Date::MAX), CivilDay::MAX);
    }
}
