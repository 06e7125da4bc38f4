//! Periods of civil time: `N days`, `N months`, `N years`.

use jiff::ToSpan;
use jiff::civil::Date;

/// A period: at least 1, at most 36,500 days, 1,200 months or 100 years.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// Days.
    Days(u32),
    /// Calendar months.
    Months(u32),
    /// Calendar years.
    Years(u32),
}

/// How long consent lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// For this long from the day of capture.
    For(Period),
    /// Without end.
    Unlimited,
}

/// Why a text is no period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// Not a number, one space and a unit.
    #[error("not a number, one space and `days`, `months` or `years`")]
    Form,
    /// `day`, `month` or `year`, where the plural is always wanted.
    #[error("the unit is written without its final `s`")]
    Singular,
    /// A zero before the number.
    #[error("the number starts with a zero")]
    LeadingZero,
    /// A period of nothing.
    #[error("a period is at least 1")]
    Zero,
    /// Past the limit of its unit.
    #[error("a period is at most 36500 days, 1200 months or 100 years")]
    TooLong,
}

impl Period {
    /// Most days in a period.
    pub const DAYS_MAX: u32 = 36_500;
    /// Most months in a period.
    pub const MONTHS_MAX: u32 = 1_200;
    /// Most years in a period.
    pub const YEARS_MAX: u32 = 100;

    /// Parses `N days`, `N months` or `N years`: a number without sign or leading zero, one space, and the plural.
    ///
    /// # Errors
    /// If the form is another one, or the number is past its unit's limits.
    pub fn parse(text: &str) -> Result<Self, PeriodError> {
        let (digits, unit) = text.split_once(' ').ok_or(PeriodError::Form)?;
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(PeriodError::Form);
        }
        let (make, max): (fn(u32) -> Self, u32) = match unit {
            "days" => (Self::Days, Self::DAYS_MAX),
            "months" => (Self::Months, Self::MONTHS_MAX),
            "years" => (Self::Years, Self::YEARS_MAX),
            "day" | "month" | "year" => return Err(PeriodError::Singular),
            _ => return Err(PeriodError::Form),
        };
        if digits.bytes().all(|byte| byte == b'0') {
            return Err(PeriodError::Zero);
        }
        if digits.starts_with('0') {
            return Err(PeriodError::LeadingZero);
        }
        match digits.parse::<u32>() {
            Ok(number) if number <= max => Ok(make(number)),
            _ => Err(PeriodError::TooLong),
        }
    }

    /// The day this long after `day`, a day past a month's end becoming its last; `None` past the year 9999.
    pub fn after(self, day: Date) -> Option<Date> {
        let span = match self {
            Self::Days(number) => i64::from(number).days(),
            Self::Months(number) => i64::from(number).months(),
            Self::Years(number) => i64::from(number).years(),
        };
        day.checked_add(span).ok()
    }
}

impl std::fmt::Display for Period {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Days(number) => write!(f, "{number} days"),
            Self::Months(number) => write!(f, "{number} months"),
            Self::Years(number) => write!(f, "{number} years"),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn periods_have_one_form() {
        assert_eq!(Period::parse("1 months"), Ok(Period::Months(1)));
        assert_eq!(Period::parse("36500 days"), Ok(Period::Days(36_500)));
        assert_eq!(Period::parse("1200 months"), Ok(Period::Months(1_200)));
        assert_eq!(Period::parse("100 years"), Ok(Period::Years(100)));
        for (text, error) in [
            ("", PeriodError::Form),
            ("24", PeriodError::Form),
            ("24months", PeriodError::Form),
            ("24  months", PeriodError::Form),
            (" 24 months", PeriodError::Form),
            ("24 months ", PeriodError::Form),
            ("+24 months", PeriodError::Form),
            ("-1 days", PeriodError::Form),
            ("1.5 years", PeriodError::Form),
            ("24 weeks", PeriodError::Form),
            ("24 Months", PeriodError::Form),
            ("٢ days", PeriodError::Form),
            ("unlimited", PeriodError::Form),
            ("1 month", PeriodError::Singular),
            ("024 months", PeriodError::LeadingZero),
            ("0 days", PeriodError::Zero),
            ("000 days", PeriodError::Zero),
            ("36501 days", PeriodError::TooLong),
            ("1201 months", PeriodError::TooLong),
            ("101 years", PeriodError::TooLong),
            ("99999999999999999999 days", PeriodError::TooLong),
        ] {
            assert_eq!(Period::parse(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn a_day_past_a_months_end_becomes_its_last() {
        let day = date(2016, 1, 31);
        assert_eq!(Period::Months(1).after(day), Some(date(2016, 2, 29)));
        assert_eq!(Period::Months(13).after(day), Some(date(2017, 2, 28)));
        assert_eq!(
            Period::Years(1).after(date(2016, 2, 29)),
            Some(date(2017, 2, 28))
        );
        assert_eq!(
            Period::Years(4).after(date(2016, 2, 29)),
            Some(date(2020, 2, 29))
        );
        assert_eq!(Period::Days(1).after(date(9999, 12, 31)), None);
        assert_eq!(Period::Years(100).after(date(9900, 1, 1)), None);
        assert_eq!(
            Period::Days(1).after(date(9999, 12, 30)),
            Some(date(9999, 12, 31))
        );
    }

    fn any_day() -> impl Strategy<Value = Date> {
        (1_i16..=9899, 1_i8..=12, 1_i8..=31).prop_filter_map("no such day", |(year, month, day)| {
            Date::new(year, month, day).ok()
        })
    }

    proptest! {
        #[test]
        fn a_year_is_twelve_months(day in any_day(), years in 1_u32..=100) {
            prop_assert_eq!(Period::Years(years).after(day), Period::Months(12 * years).after(day));
        }

        #[test]
        fn longer_never_ends_earlier(day in any_day(), months in 1_u32..1_200) {
            let shorter = Period::Months(months).after(day);
            let longer = Period::Months(months + 1).after(day);
            prop_assert!(day < shorter.unwrap());
            prop_assert!(shorter < longer);
        }

        #[test]
        fn months_keep_the_day_or_take_the_last(day in any_day(), months in 1_u32..=1_200) {
            let later = Period::Months(months).after(day).unwrap();
            let count = i64::from(day.year()) * 12 + i64::from(day.month()) + i64::from(months);
            prop_assert_eq!(i64::from(later.year()) * 12 + i64::from(later.month()), count);
            prop_assert_eq!(later.day(), day.day().min(later.days_in_month()));
        }

        #[test]
        fn what_is_shown_parses_back(number in 1_u32..=36_500) {
            let period = Period::Days(number);
            prop_assert_eq!(Period::parse(&period.to_string()), Ok(period));
        }
    }
}
