//! Counts and texts of sets of reasons, whenever the sets are forgotten, however many lists there are.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::records::{Delimiter, PADDING, Preamble};
use crate::rules::Rules;

// `tests/library/many_sets.rs` writes as many sets, and more records.
const _: () = assert!(SETS_MAX <= 1 << 14);

/// More than there is room for in a set's first word.
const LISTS: usize = 50;

fn program() -> Program {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let mut policy = r#"
        schema = 1
        controller = "Acorn Club"
        columns = { id = "id", captured_at = "captured" }
        consent.third_parties = { column = "ok", given = ["Y"], refused = ["N"] }
        consent.channels = { column = "channels", separator = "|" }
        data.record = ["id", "captured", "ok", "channels"]
        [[notice]]
        version = "A"
        from = 2015-01-01
        recipients = ["retail"]
        purposes = ["marketing"]
        channels = ["postal"]
        data = ["record"]
        valid_for = "unlimited"
    "#
    .to_owned();
    for list in 0..LISTS {
        policy += &format!(
            r#"
            [[suppression]]
            name = "list-{list}"
            file = "list.csv"
            match = ["id:exact"]
            list = ["id"]
            as_of = 2017-04-20
            max_age = "28 days"
            "#
        );
    }
    let agreement = r#"
        schema = 1
        id = "T-1"
        supplier = "Acorn Club"
        purpose = "marketing/direct"
        channels = ["postal"]
        delivery = 2017-05-05
        data = "all"
        [[client]]
        name = "Toy Shop"
        sector = "retail/toys"
    "#;
    fs::write(at("policy.toml"), policy).unwrap();
    fs::write(at("agreement.toml"), agreement).unwrap();
    fs::write(at("list.csv"), "id\n1\n").unwrap();
    let rules =
        Rules::load(&at("policy.toml"), &at("agreement.toml")).expect("the rules are sound");
    let mut header = b"id,captured,ok,channels\n".as_slice();
    let preamble = Preamble::read(&mut header, Delimiter::COMMA, 1 << 20).expect("a header");
    Program::compile(Arc::new(rules), &preamble.header, Path::new("supply.csv"))
        .expect("the rules fit the header")
}

fn withheld(reasons: Reasons) -> Verdict {
    Verdict {
        reasons,
        ..Verdict::default()
    }
}

/// The bits of a number as reasons, all but the first of the fixed ones.
fn reasons_of(number: usize) -> Reasons {
    let all = Reason::FIXED.iter().skip(1).enumerate();
    all.filter(|(bit, _)| number & 1 << bit != 0)
        .map(|(_, &reason)| reason)
        .collect()
}

fn text(tally: &Tally, set: u32) -> String {
    let Suffix { padded, length } = tally.suffix(set);
    assert!(padded.len() >= length + PADDING);
    String::from_utf8(padded[..*length].to_vec()).unwrap()
}

/// Counts a record alone or as one of a case; its outcome.
fn count(tally: &mut Tally, case: Option<usize>, verdict: &Verdict, program: &Program) -> u32 {
    let Some(case) = case else {
        return tally.count_alone(verdict, program);
    };
    let record = RecordSpan {
        end: 7,
        next: 8,
        ..RecordSpan::default()
    };
    let mut outcomes = [UNSET];
    let decisions = [Decision::of_case(case as u32, None)];
    let verdict_of_case = |asked| {
        assert_eq!(asked, case);
        verdict.clone()
    };
    let cpu = Cpu::detect();
    let sums = tally.count_all(
        cpu,
        &[record],
        &mut outcomes,
        &decisions,
        verdict_of_case,
        program,
    );
    assert_eq!(
        (sums.permitted, sums.permitted_bytes, sums.bytes),
        (0, 0, 8)
    );
    outcomes[0]
}

#[test]
fn sets_keep_their_counts_and_texts_when_they_are_forgotten() {
    let program = program();
    let lists = [0, 46, 47, LISTS - 1].map(Reason::Suppressed);
    let mut sets: Vec<Reasons> = (1..600).map(reasons_of).collect();
    sets.extend(lists.map(|list| [list].into_iter().collect()));
    sets.extend(lists.map(|list| [Reason::ConsentRefused, list].into_iter().collect()));
    let mut merged = Tally::new(&program, b';');
    let mut expected: HashMap<Reason, (u64, u64)> = HashMap::new();
    let (mut bytes, mut moved) = (0, 0);
    for worker in 0..2 {
        let mut tally = Tally::new(&program, b';');
        for round in 0..4 {
            // Each round in another order, so that numbers of sets are others too.
            sets.rotate_left(7 + 100 * round);
            moved += 7 + 100 * round;
            for (index, reasons) in sets.iter().enumerate() {
                let number = (index + moved) % sets.len();
                for _ in 0..=worker {
                    // Every third set's records are a case.
                    let case = number.is_multiple_of(3).then_some(number / 3);
                    let set = count(&mut tally, case, &withheld(reasons.clone()), &program);
                    let codes: Vec<String> =
                        reasons.iter().map(|reason| program.code(reason)).collect();
                    assert_eq!(text(&tally, set), format!(";{}", codes.join(" ")));
                    bytes += tally.suffix(set).length as u64;
                    for reason in reasons.iter() {
                        let (records, only) = expected.entry(reason).or_default();
                        *records += 1;
                        *only += u64::from(codes.len() == 1);
                    }
                }
            }
            if round % 2 == 0 {
                tally.fold();
            }
        }
        merged.merge(tally);
    }
    assert_eq!(merged.reasons_bytes(), bytes);
    let counts = merged.into_counts(3, Vec::new());
    let found: HashMap<Reason, (u64, u64)> = counts
        .reasons
        .iter()
        .map(|count| (count.reason, (count.records, count.only)))
        .collect();
    assert_eq!(found, expected);
    assert!(counts.reasons.is_sorted_by_key(|count| count.reason));
    let records = sets.len() as u64 * 4 * 3;
    assert_eq!((counts.records, counts.withheld), (records, records));
    assert_eq!(counts.terminators_inserted, 3);
}

#[test]
fn a_bounded_number_of_sets_is_remembered() {
    let program = program();
    let mut tally = Tally::new(&program, b';');
    let numbers = SETS_MAX + 100;
    for number in 1..=numbers {
        tally.expect(1);
        let set = tally.count_alone(&withheld(reasons_of(number)), &program);
        assert!(tally.sets.len() <= SETS_MAX && (set as usize) < tally.sets.len());
    }
    // A window with more records than that is never cut.
    tally.expect(SETS_MAX + 1);
    assert!(tally.sets.is_empty());
    let counts = tally.into_counts(0, Vec::new());
    let of_first = counts
        .reasons
        .iter()
        .find(|count| count.reason == Reason::FIXED[1]);
    assert_eq!(
        of_first.map(|count| count.records),
        Some(numbers.div_ceil(2) as u64)
    );
}
