//! How many records were captured in each month, by verdict. Knows days, and nothing else of a record.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::counts::{CaptureCounts, MonthCount, RowCount};
use crate::rules::CivilDay;

/// The first year of the months that have a place of their own; other months are rare, and in a map.
const FIRST_YEAR: i16 = 1970;

/// How many months have a place of their own.
const MONTHS: usize = 130 * 12;

/// Counters, more than there are months: a power of two, so that any place is within them.
const PLACED: usize = MONTHS.next_power_of_two();

/// The first day of them, in days since 1970-01-01.
const FIRST_DAY: i32 = CivilDay::first_of_month(FIRST_YEAR, 1).days_since_epoch();

/// How many days they have.
const DAYS: usize = (CivilDay::first_of_month(FIRST_YEAR + MONTHS as i16 / 12, 1)
    .days_since_epoch()
    - FIRST_DAY) as usize;

/// The place of each of these days.
///
/// PERF: counting takes 15 instructions a record of a `check`, instead of 23 where the month is guessed by a multiplication and set
/// right by its first day (callgrind). A supply of some years touches a few KiB of this.
static PLACES: [u16; DAYS] = {
    let mut places = [0; DAYS];
    let (mut day, mut month) = (0, 0);
    while month < MONTHS {
        let (year, next) = (FIRST_YEAR + (month / 12) as i16, month as i16 % 12 + 2);
        let end = if next > 12 {
            CivilDay::first_of_month(year + 1, 1)
        } else {
            CivilDay::first_of_month(year, next as i8)
        };
        while day as i32 + FIRST_DAY < end.days_since_epoch() {
            places[day] = month as u16;
            day += 1;
        }
        month += 1;
    }
    places
};

/// A worker's counts by month of capture.
#[derive(Debug)]
pub(super) struct Captures {
    /// Permitted and withheld records of each place.
    near: Box<[[u64; 2]; PLACED]>,
    /// Other months, by year and month: those of 9,999 years at most, which is all that a record can say.
    far: BTreeMap<(i16, i8), RowCount>,
    none: RowCount,
}

impl Captures {
    pub(super) fn new() -> Self {
        Self {
            near: no_counts(),
            far: BTreeMap::new(),
            none: RowCount::default(),
        }
    }

    /// Counts a record.
    #[inline(always)]
    pub(super) fn count(&mut self, captured: Option<CivilDay>, permitted: bool) {
        match place(captured) {
            Some(place) => self.near[place % PLACED][usize::from(!permitted)] += 1,
            None => self.count_rare(captured, permitted),
        }
    }

    #[cold]
    #[inline(never)]
    fn count_rare(&mut self, captured: Option<CivilDay>, permitted: bool) {
        let count = match captured {
            None => &mut self.none,
            Some(day) => {
                let date = Date::from(day);
                self.far.entry((date.year(), date.month())).or_default()
            }
        };
        count.add(RowCount {
            permitted: u64::from(permitted),
            withheld: u64::from(!permitted),
        });
    }

    /// Adds another worker's counts.
    pub(super) fn merge(&mut self, other: Self) {
        let counts = self.near.as_flattened_mut().iter_mut();
        for (count, other) in counts.zip(other.near.as_flattened()) {
            *count += other;
        }
        for (month, other) in other.far {
            self.far.entry(month).or_default().add(other);
        }
        self.none.add(other.none);
    }

    /// Every month in which a record was captured, the earliest first.
    pub(super) fn into_counts(self) -> CaptureCounts {
        let mut months = self.far;
        for (place, &[permitted, withheld]) in self.near.iter().enumerate() {
            if permitted + withheld > 0 {
                let month = (FIRST_YEAR + (place / 12) as i16, (place % 12) as i8 + 1);
                let count = RowCount {
                    permitted,
                    withheld,
                };
                months.insert(month, count);
            }
        }
        let months = months.into_iter();
        CaptureCounts {
            months: months
                .map(|((year, month), records)| MonthCount {
                    year,
                    month,
                    records,
                })
                .collect(),
            unreadable: self.none,
        }
    }
}

fn no_counts() -> Box<[[u64; 2]; PLACED]> {
    let counts = vec![[0; 2]; PLACED].into_boxed_slice();
    counts.try_into().expect("as many as were made")
}

/// The place of the month of this day.
#[inline(always)]
fn place(captured: Option<CivilDay>) -> Option<usize> {
    // A day before the first, or none, wraps, and is then past the last.
    let day = captured.map_or(i32::MIN, CivilDay::days_since_epoch);
    let since = day.wrapping_sub(FIRST_DAY).cast_unsigned() as usize;
    PLACES.get(since).map(|&place| usize::from(place))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// Every day of the years that have places, and of some around them, is counted in its month, whoever counted it.
    #[test]
    fn every_day_falls_into_its_month() {
        let (mut one, mut other) = (Captures::new(), Captures::new());
        let mut expected: BTreeMap<(i16, i8), RowCount> = BTreeMap::new();
        let few = [date(1, 1, 1), date(1582, 10, 15), date(9999, 12, 31)];
        let many = date(1960, 1, 1).series(jiff::Span::new().days(1));
        for day in many.take_while(|day| day.year() < 2110).chain(few) {
            let count = expected.entry((day.year(), day.month())).or_default();
            if day.day() % 3 == 0 {
                one.count(Some(day.into()), true);
                count.permitted += 1;
            } else {
                other.count(Some(day.into()), false);
                count.withheld += 1;
            }
        }
        other.count(None, false);
        one.merge(other);
        let counts = one.into_counts();
        let found: Vec<_> = counts
            .months
            .iter()
            .map(|count| ((count.year, count.month), count.records))
            .collect();
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
        assert_eq!(counts.unreadable.withheld, 1);
    }
}
