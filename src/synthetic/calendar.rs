//! Civil dates as the generated records write them, in integers only.
//! The conversion is Howard Hinnant's `civil_from_days` (howardhinnant.github.io/date_algorithms.html).
//! Never reads dates and knows no time zone: the rules have their own calendar.

/// 2014-03-01, the first capture day, in days since 1970-01-01.
pub(super) const CAPTURE_FIRST: i32 = 16_130;
/// 2016-09-01, when the second generation of notices came into force.
pub(super) const NOTICES_RENEWED: i32 = 17_045;
/// 2017-05-04, the last capture day: the day before the delivery.
pub(super) const CAPTURE_LAST: i32 = 17_290;

/// Appends the day, counted from 1970-01-01 and after the year 0, as `YYYY-MM-DD`.
pub(super) fn push_day(out: &mut Vec<u8>, day: i32) {
    let shifted = (day + 719_468) as u32;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
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
    let year = era * 400 + year_of_era + u32::from(month <= 2);
    debug_assert!(year <= 9_999);
    let digit = |value: u32| b'0' + (value % 10) as u8;
    out.extend_from_slice(&[
        digit(year / 1_000),
        digit(year / 100),
        digit(year / 10),
        digit(year),
        b'-',
        digit(month / 10),
        digit(month),
        b'-',
        digit(day_of_month / 10),
        digit(day_of_month),
    ]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(day: i32) -> String {
        let mut out = Vec::new();
        push_day(&mut out, day);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn known_days() {
        assert_eq!(written(0), "1970-01-01");
        assert_eq!(written(11_016), "2000-02-29");
        assert_eq!(written(CAPTURE_FIRST), "2014-03-01");
        assert_eq!(written(NOTICES_RENEWED), "2016-09-01");
        assert_eq!(written(CAPTURE_LAST), "2017-05-04");
    }

    /// Every day of two centuries, against the calendar that the rules use.
    #[test]
    fn agrees_with_jiff() {
        let mut date = jiff::civil::date(1870, 1, 1);
        for day in -36_524..36_525 {
            assert_eq!(written(day), date.to_string());
            date = date.tomorrow().unwrap();
        }
    }
}
