//! The form in which dates are written, as far as the values tell. Shows none of them.

use jiff::tz::TimeZone;

use crate::rules::DateForm;

/// Days as they are written, but for ISO 8601.
const DAYS: [&str; 8] = [
    "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d",
];

/// What may stand after them.
const TIMES: [&str; 4] = ["", " %H:%M:%S", " %H:%M", "T%H:%M:%S"];

/// How many values each form reads.
pub(super) struct Dates {
    forms: Vec<(Option<String>, DateForm, u64)>,
    values: u64,
}

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FoundDates {
    /// The form that reads most of them; `None` for ISO 8601.
    pub(super) pattern: Option<String>,
    /// Others that read as many.
    pub(super) rivals: Vec<String>,
    /// How many of them it reads.
    pub(super) read: u64,
    /// How many values there are that are not blank.
    pub(super) values: u64,
}

impl Dates {
    pub(super) fn new() -> Self {
        let patterns = DAYS
            .iter()
            .flat_map(|day| TIMES.iter().map(move |time| format!("{day}{time}")));
        let form = |pattern: String| {
            let form = DateForm::parse_pattern(&pattern).expect("every pattern here is one");
            (Some(pattern), form, 0)
        };
        let iso = [(None, DateForm::Iso, 0)];
        Self {
            forms: iso.into_iter().chain(patterns.map(form)).collect(),
            values: 0,
        }
    }

    /// Adds a value.
    pub(super) fn add(&mut self, value: &[u8]) {
        if value.is_empty() {
            return;
        }
        self.values += 1;
        for (_, form, read) in &mut self.forms {
            *read += u64::from(form.civil_day(value, &TimeZone::UTC).is_some());
        }
    }

    pub(super) fn found(self) -> FoundDates {
        let most = self
            .forms
            .iter()
            .map(|(_, _, read)| *read)
            .max()
            .unwrap_or(0);
        let mut best = self
            .forms
            .into_iter()
            .filter(|(.., read)| *read == most)
            .map(|(pattern, ..)| pattern);
        let pattern = best.next().flatten();
        FoundDates {
            pattern,
            // Where nothing can be read everything fits as badly.
            rivals: if most > 0 {
                best.flatten().collect()
            } else {
                Vec::new()
            },
            read: most,
            values: self.values,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(values: &[&str]) -> FoundDates {
        let mut dates = Dates::new();
        for value in values {
            dates.add(value.as_bytes());
        }
        dates.found()
    }

    #[test]
    fn the_form_that_reads_most_is_found() {
        assert_eq!(
            found(&["2016-09-05", "2016-09-05T10:00:00Z", ""]).pattern,
            None
        );
        let british = found(&["31/01/2016", "01/02/2016", "?"]);
        assert_eq!(british.pattern.as_deref(), Some("%d/%m/%Y"));
        assert_eq!(
            (british.read, british.values, british.rivals.len()),
            (2, 3, 0)
        );
        let either = found(&["01/02/2016 10:00"]);
        assert_eq!(either.pattern.as_deref(), Some("%d/%m/%Y %H:%M"));
        assert_eq!(either.rivals, ["%m/%d/%Y %H:%M"]);
    }

    #[test]
    fn without_dates_nothing_fits() {
        for values in [&[][..], &["soon"]] {
            let found = found(values);
            assert_eq!(
                (found.pattern, found.read, found.rivals.len()),
                (None, 0, 0)
            );
        }
    }
}
