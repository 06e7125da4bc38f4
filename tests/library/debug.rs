//! `Debug` shows nothing of records and lists, for it ends up in logs and in the messages of panics.

use std::fmt::Debug;
use std::fs;
use std::sync::Arc;

use withhold::program::{Decider, Program, RecordFields};
use withhold::recall::Recalled;
use withhold::records::{Delimiter, Preamble, Walk};
use withhold::rules::Rules;
use withhold::supply::{Supply, SupplyOptions};

use super::small;

/// Asserts that a canary is in no form of a value.
#[track_caller]
fn assert_silent(value: &impl Debug) {
    for shown in [format!("{value:?}"), format!("{value:#?}")] {
        let hidden = !shown.contains("canary") && !shown.contains("99, 97, 110, 97, 114, 121");
        assert!(hidden, "{shown}");
    }
}

#[test]
fn debug_shows_nothing_of_records_and_lists() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    drop(small::rules(folder.path()));
    let policy = fs::read_to_string(at("policy.toml")).unwrap();
    let list = "[[suppression]]\nname = \"house\"\nfile = \"house.csv\"\nmatch = [\"k:exact\"]\nlist = [\"id\"]\n\
                as_of = 2017-04-20\nmax_age = \"28 days\"\n";
    fs::write(at("policy.toml"), format!("{policy}\n{list}")).unwrap();
    fs::write(at("house.csv"), "id\ncanary\n").unwrap();
    let text = "c,k\n2016-09-05,canary\ncanary,\"canary\"\"canary\"\n";
    fs::write(at("supply.csv"), text).unwrap();

    let rules = Rules::load(&at("policy.toml"), &at("agreement.toml"));
    let rules = Arc::new(rules.unwrap_or_else(|faults| panic!("{faults}")));
    assert_silent(&rules);
    let inputs = [at("supply.csv")];
    let supply = Supply::open(&inputs, SupplyOptions::default()).unwrap();
    assert_silent(&supply);
    let program = Program::compile(rules, supply.header(), &inputs[0]).unwrap();
    assert_silent(&program);

    let preamble = Preamble::read(&mut &b"canary,canary\n"[..], Delimiter::COMMA, 1 << 20).unwrap();
    assert_silent(&preamble);
    let body = &text.as_bytes()[4..];
    let mut walk = Walk::new(body, 0, Delimiter::COMMA, 1 << 20);
    let mut decider = Decider::new(&program);
    let mut count = 0;
    while let Some(record) = walk.next_record().unwrap() {
        count += 1;
        assert_silent(&record);
        assert_silent(&RecordFields::of_walked(&record));
        assert_silent(decider.decide(&record));
        assert_silent(&program.explain(&record));
        assert_silent(&decider);
        assert_silent(&walk);
    }
    assert_eq!(count, 2);
    let recalled = Recalled {
        id: b"canary",
        reasons: &[1],
        gone: false,
    };
    assert_silent(&recalled);
}
