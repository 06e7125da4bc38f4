//! Periods of civil time: `N days`, `N months`, `N years`.

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

impl Period {
    /// The day this long after `day`, a day past a month's end becoming its last; `None` past the year 9999.
    pub fn after(self, day: Date) -> Option<Date> {
        unimplemented!("{day}")
    }
}
