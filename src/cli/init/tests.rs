//! Whatever the header and the records: the drafts load, name columns that are there, and withhold every record.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use proptest::prelude::*;

use super::*;
use crate::pipeline::{self, RunOptions};
use crate::program::Program;
use crate::rules::Rules;
use crate::supply::SupplyOptions;

/// Drafts for a supply, and the counts of a run with them.
fn counts(text: &[u8], named: &NamedColumns) -> Option<(Drafts, pipeline::Counts)> {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("supply.csv"), text).unwrap();
    let supply = Supply::open(&[at("supply.csv")], SupplyOptions::default()).unwrap();
    let drafts = Drafts::of(&supply, named).ok()?;
    fs::write(at("policy.toml"), &drafts.policy).unwrap();
    fs::write(at("agreement.toml"), &drafts.agreement).unwrap();
    let rules = Rules::load(&at("policy.toml"), &at("agreement.toml"))
        .unwrap_or_else(|faults| panic!("{faults:?}\n{}\n{}", drafts.policy, drafts.agreement));
    let program = Program::compile(Arc::new(rules), supply.header(), &at("supply.csv")).unwrap();
    let outcome = pipeline::run(
        &program,
        &supply,
        None,
        &RunOptions::default(),
        &(),
        &AtomicBool::new(false),
    )
    .unwrap();
    Some((drafts, outcome.counts))
}

fn field(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A column's name: known, hostile, or anything.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "id",
            "Captured At",
            "consent",
            "notice",
            "source",
            "channels",
            "postOK",
            "email_opt_in",
            "withdrawn_at",
            "",
            " ",
            "\u{1f}",
            "a\"b",
            "x # y",
            "[data]",
            "\\u0041",
            "line\nend",
            "\u{202e}",
            "\u{7f}",
            "REPLACE",
        ])
        .prop_map(str::to_owned),
        "(\\PC|[\\x00-\\x1f\"\\\\]){0,12}",
    ]
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "",
            "Y",
            "N",
            "2016-09-05",
            "05/09/2016",
            "postal|email",
            "A",
            "2016-09",
            " Y ",
            "REPLACE: the values that mean yes",
            "REPLACE: the notice's version",
            "a\"\\b",
            "\u{a0}",
            "9999-12-31",
        ])
        .prop_map(str::to_owned),
        "(\\PC|[\\x00-\\x1f\"]){0,6}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn drafts_of_any_supply_load_and_withhold_every_record(
        names in proptest::collection::vec(name(), 0..6),
        rows in proptest::collection::vec(proptest::collection::vec(value(), 3..10), 0..8),
        repeats in 1_usize..5,
    ) {
        let header = [&["the key".to_owned(), "when".to_owned(), "answer".to_owned()], names.as_slice()].concat();
        let mut text: String = header.iter().map(|name| field(name)).collect::<Vec<_>>().join(",") + "\n";
        for row in &rows {
            let row = row.iter().map(|value| field(value)).collect::<Vec<_>>().join(",") + "\n";
            text.push_str(&row.repeat(repeats));
        }
        let named = NamedColumns {
            id: Some("the key".to_owned()),
            captured_at: Some("when".to_owned()),
            consent: Some("answer".to_owned()),
        };
        if let Some((_, counts)) = counts(text.as_bytes(), &named) {
            prop_assert_eq!(counts.permitted, 0);
            prop_assert_eq!(counts.records, (rows.len() * repeats) as u64);
        } else {
            let known = header.iter().filter(|name| ["the key", "when", "answer", "withheld_reasons"].contains(&name.as_str()));
            prop_assert!(known.count() > 3);
        }
    }
}

/// Values of columns that hold people stand in no draft; nor do rare values of any column.
#[test]
fn no_value_of_a_person_stands_in_a_draft() {
    let mut text = "id,captured_at,name,email,consent,notice,source,channels\n".to_owned();
    for number in 0..40 {
        let source = if number == 7 { "canary-source" } else { "web" };
        let notice = ["A", "B"][number % 2];
        // One person's value, several times in one record, is not shared.
        let channels = match number {
            7 => "postal|canary-channel|canary-channel|canary-channel",
            _ => "postal|email|postal",
        };
        text.push_str(&format!(
            "canary-{number},2016-09-05,canary-name,canary@example.org,Y,{notice},{source},{channels}\n"
        ));
    }
    let (drafts, counts) = counts(text.as_bytes(), &NamedColumns::default()).unwrap();
    assert_eq!((counts.records, counts.permitted), (40, 0));
    for draft in [&drafts.policy, &drafts.agreement] {
        assert!(!draft.contains("canary"), "{draft}");
        assert!(!draft.contains("2016-09-05"), "{draft}");
    }
    assert!(
        drafts.policy.contains("version = \"A\"")
            && drafts.policy.contains("\"web\" in 39 records")
    );
    assert!(drafts.policy.contains("\"postal\" in 40 records"));
}

#[test]
fn a_column_with_many_values_tells_none() {
    let mut text = "id,captured_at,consent,source\n".to_owned();
    for number in 0..2_200 {
        text.push_str(&format!("{number},2016-09-05,Y,canary-{}\n", number % 21));
    }
    let (drafts, _) = counts(text.as_bytes(), &NamedColumns::default()).unwrap();
    assert!(!drafts.policy.contains("canary"), "{}", drafts.policy);
    assert!(
        drafts
            .policy
            .contains("more than 20 different values, which are not shown")
    );
}

#[test]
fn a_header_that_is_no_header_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("supply.csv");
    fs::write(&input, "canary-1,2016-09-05,canary-name,Y\n").unwrap();
    let supply = Supply::open(&[input], SupplyOptions::default()).unwrap();
    let failure = Drafts::of(&supply, &NamedColumns::default()).err().unwrap();
    let told = format!("{failure:?}");
    assert!(
        !told.contains("canary") && told.contains("--captured-at"),
        "{told}"
    );
}
