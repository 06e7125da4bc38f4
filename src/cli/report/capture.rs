//! Records by month of capture, in so few parts that a person can read them.

use crate::output::{CapturedEntry, MonthEntry};

/// Most parts.
const PARTS_MAX: usize = 120;

/// Records by time of capture.
#[derive(Debug)]
pub(super) struct Capture {
    /// `month`, `year`, `decade` or `century`.
    pub(super) unit: &'static str,
    /// The parts, one after the other without a gap.
    pub(super) bins: Vec<Bin>,
    /// Parts with which a year starts, or that are years or more.
    pub(super) ticks: Vec<usize>,
    /// The first part's name.
    pub(super) first: String,
    /// The last part's name.
    pub(super) last: String,
    months_a_part: usize,
    start: usize,
}

/// One part.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bin {
    pub(super) permitted: u64,
    pub(super) withheld: u64,
}

impl Capture {
    /// `None` if no record was captured in any month; `Err` if a month is none, or is not after the one before.
    pub(super) fn of(entry: &CapturedEntry) -> Result<Option<Self>, NoMonth> {
        let months: Vec<usize> = entry.months.iter().map(number).collect::<Result<_, _>>()?;
        if months.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(NoMonth);
        }
        let (Some(&first), Some(&last)) = (months.first(), months.last()) else {
            return Ok(None);
        };
        let units = [
            (1, "month"),
            (12, "year"),
            (120, "decade"),
            (1_200, "century"),
        ];
        let parts = |size: usize| last / size - first / size + 1;
        let (size, unit) = units
            .into_iter()
            .find(|&(size, _)| parts(size) <= PARTS_MAX)
            .expect("there are a hundred centuries");
        let start = first / size;
        let mut bins = vec![Bin::default(); parts(size)];
        for (month, entry) in months.iter().zip(&entry.months) {
            let bin = &mut bins[month / size - start];
            bin.permitted += entry.permitted;
            bin.withheld += entry.withheld;
        }
        let mut capture = Self {
            unit,
            ticks: (0..bins.len())
                .filter(|part| (start + part) * size % 12 == 0)
                .collect(),
            bins,
            first: String::new(),
            last: String::new(),
            months_a_part: size,
            start,
        };
        capture.first = capture.name(0);
        capture.last = capture.name(capture.bins.len() - 1);
        Ok(Some(capture))
    }

    /// A part's name: `2016-09`, `2016`, `2010s`, or `2000 to 2099`.
    pub(super) fn name(&self, part: usize) -> String {
        let month = (self.start + part) * self.months_a_part;
        let year = month / 12;
        match self.months_a_part {
            1 => format!("{year:04}-{:02}", month % 12 + 1),
            12 => format!("{year:04}"),
            120 => format!("{year:04}s"),
            _ => format!("{year:04} to {:04}", year + 99),
        }
    }

    /// What stands under a part that has a tick: its year, or its name where it starts none.
    pub(super) fn label(&self, part: usize) -> String {
        let month = (self.start + part) * self.months_a_part;
        if month.is_multiple_of(12) {
            format!("{:04}", month / 12)
        } else {
            self.name(part)
        }
    }
}

/// A month of the manifest that is none.
#[derive(Debug)]
pub(super) struct NoMonth;

/// Months since the year 0.
fn number(entry: &MonthEntry) -> Result<usize, NoMonth> {
    let (year, month) = entry.month.split_once('-').ok_or(NoMonth)?;
    let number = |text: &str, digits: usize| {
        let plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
        plain
            .then(|| text.parse::<usize>().ok())
            .flatten()
            .ok_or(NoMonth)
    };
    match (number(year, 4)?, number(month, 2)?) {
        (year @ 1.., month @ 1..=12) => Ok(year * 12 + month - 1),
        _ => Err(NoMonth),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::VerdictEntry;

    fn of(months: &[&str]) -> Result<Option<Capture>, NoMonth> {
        let month = |month: &&str| MonthEntry {
            month: (*month).to_owned(),
            permitted: 1,
            withheld: 2,
        };
        Capture::of(&CapturedEntry {
            months: months.iter().map(month).collect(),
            unreadable: VerdictEntry {
                permitted: 0,
                withheld: 0,
            },
        })
    }

    #[test]
    fn parts_are_as_long_as_they_have_to_be() {
        for (months, unit, parts, first, last, ticks) in [
            (&["2016-09"][..], "month", 1, "2016-09", "2016-09", vec![]),
            (
                &["2015-11", "2017-02"],
                "month",
                16,
                "2015-11",
                "2017-02",
                vec![2, 14],
            ),
            (
                &["2000-01", "2009-12"],
                "month",
                120,
                "2000-01",
                "2009-12",
                (0..10).map(|year| 12 * year).collect(),
            ),
            (
                &["2000-01", "2010-01"],
                "year",
                11,
                "2000",
                "2010",
                (0..11).collect(),
            ),
            (
                &["1899-12", "2019-01"],
                "decade",
                13,
                "1890s",
                "2010s",
                (0..13).collect(),
            ),
            (
                &["0001-01", "9999-12"],
                "century",
                100,
                "0000 to 0099",
                "9900 to 9999",
                (0..100).collect(),
            ),
        ] {
            let capture = of(months).unwrap().unwrap();
            let found = (
                capture.unit,
                capture.bins.len(),
                &*capture.first,
                &*capture.last,
                capture.ticks,
            );
            assert_eq!(found, (unit, parts, first, last, ticks));
            let sum: u64 = capture.bins.iter().map(|bin| bin.permitted).sum();
            assert_eq!(sum, months.len() as u64);
        }
        assert!(of(&[]).unwrap().is_none());
        for wrong in [
            &["2016-13"][..],
            &["2016-1"],
            &["16-01"],
            &["+016-01"],
            &["2016-02", "2016-01"],
            &["2016-01", "2016-01"],
            &["0000-01"],
            &[""],
        ] {
            assert!(of(wrong).is_err(), "{wrong:?}");
        }
    }
}
