//! Each span of days has a case of its own, with as many changes as there is room for.

use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::*;
use crate::records::Portable;

/// The days from which on something changes, ten days apart.
fn change(index: usize) -> Date {
    date(2016, 1, 1) + (10 * index as i64).days()
}

fn cases(has_cases: bool) -> Cases {
    Cases {
        spans: vec![Spans {
            changes: std::array::from_fn(|index| CivilDay::from(change(index)).number()),
            cases: [0; SPANS],
            has_cases,
        }],
        ..Cases::default()
    }
}

/// Some days of each span, none among them.
fn days_of_spans() -> Vec<Vec<Option<CivilDay>>> {
    let of_span = |span: usize| -> Vec<Option<CivilDay>> {
        let first = change(span) - 10.days();
        let days = [first, first + 5.days(), first + 9.days()];
        days.map(|day| Some(day.into())).to_vec()
    };
    let mut spans: Vec<_> = (0..=CHANGES_MAX).map(of_span).collect();
    spans[0].push(Some(CivilDay::MIN));
    spans[CHANGES_MAX].push(Some(CivilDay::MAX));
    spans.push(vec![None]);
    spans
}

const INSIDE: Beside = Beside {
    is_outside: false,
    is_marked: false,
};

const OUTSIDE: Beside = Beside {
    is_outside: true,
    ..INSIDE
};

/// What is said of a withdrawal or a list tells no case, nor does what has no number.
#[test]
fn marked_and_unheard_records_have_no_span() {
    let cases = cases(true);
    for day in days_of_spans().concat() {
        for beside in [INSIDE, OUTSIDE] {
            assert!(cases.span(Portable, 0, day, beside).is_some());
            assert!(cases.span(Portable, 1, day, beside).is_none());
            assert!(cases.span(Portable, u32::MAX, day, beside).is_none());
            let marked = Beside {
                is_marked: true,
                ..beside
            };
            assert!(cases.span(Portable, 0, day, marked).is_none());
        }
    }
}

#[test]
fn each_span_has_a_case_of_its_own() {
    let mut cases = cases(true);
    let spans = days_of_spans();
    let outcomes = spans
        .iter()
        .flat_map(|days| [(days, INSIDE), (days, OUTSIDE)]);
    for (row, (days, outside)) in outcomes.clone().enumerate() {
        let span = cases.span(Portable, 0, days[0], outside).expect("a span");
        assert_eq!(cases.case(span), None, "{days:?} {outside:?}");
        for other in [row, 100] {
            let verdict = Verdict {
                row: Some(other),
                ..Verdict::default()
            };
            // The first is the one that stands.
            cases.learn(span, &verdict);
        }
    }
    for (row, (days, outside)) in outcomes.enumerate() {
        for &day in days {
            let span = cases.span(Portable, 0, day, outside).expect("a span");
            let case = cases.case(span).expect("it was learnt");
            let verdict = cases.verdict(case as usize);
            assert_eq!(verdict.row, Some(row), "{day:?} {outside:?}");
        }
    }
}

#[test]
fn words_with_too_many_changes_have_no_case() {
    let mut cases = cases(false);
    for day in days_of_spans().concat() {
        let span = cases.span(Portable, 0, day, INSIDE).expect("a span");
        cases.learn(span, &Verdict::default());
        assert_eq!(cases.case(span), None, "{day:?}");
    }
}
