//! Rules that name tens of thousands of columns meet a header as wide: each is found, or told, in its order and in time.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use withhold::program::{Program, Projection};
use withhold::records::{Delimiter, Preamble};
use withhold::rules::{Faults, Rules};

const COLUMNS: usize = 60_000;

/// A policy whose columns each have a flag of their own, or a category of their own.
fn rules(requested: &str) -> Arc<Rules> {
    let mut policy = String::from(
        "schema = 1\ncontroller = \"Acorn Club\"\n\n[columns]\nid = \"c0\"\ncaptured_at = \"c1\"\n\n\
         [consent]\nthird_parties = { column = \"c2\", given = [\"Y\"], refused = [] }\n\n[consent.channels.flags]\n",
    );
    let numbers = || (0..COLUMNS).filter(|number| number % 3 == 0);
    for number in numbers() {
        writeln!(
            policy,
            "f{number} = {{ column = \"c{number}\", given = [\"1\"], refused = [] }}"
        )
        .unwrap();
    }
    policy.push_str("\n[data]\n");
    for number in 0..COLUMNS {
        writeln!(policy, "d{number} = [\"c{number}\"]").unwrap();
    }
    policy.push_str(
        "\n[[notice]]\nversion = \"A\"\nfrom = 2015-01-01\nrecipients = [\"retail\"]\npurposes = [\"marketing\"]\n\
         channels = [\"f0\"]\ndata = [\"d0\"]\nvalid_for = \"unlimited\"\n",
    );
    let list = |letter: &str, numbers: &mut dyn Iterator<Item = usize>| {
        let items: Vec<String> = numbers
            .map(|number| format!("\"{letter}{number}\""))
            .collect();
        format!("[{}]", items.join(", "))
    };
    let requested = match requested {
        "all" => "\"all\"".to_owned(),
        _ => list("d", &mut (0..COLUMNS)),
    };
    let agreement = format!(
        "schema = 1\nid = \"T-1\"\nsupplier = \"Acorn Club\"\npurpose = \"marketing/direct\"\nchannels = {}\n\
         delivery = 2017-05-05\ndata = {requested}\n\n[[client]]\nname = \"Toy Shop\"\nsector = \"retail/toys\"\n",
        list("f", &mut numbers())
    );
    let folder = tempfile::tempdir().unwrap();
    let [policy_file, agreement_file] =
        ["policy.toml", "agreement.toml"].map(|name| folder.path().join(name));
    fs::write(&policy_file, policy).unwrap();
    fs::write(&agreement_file, agreement).unwrap();
    Arc::new(Rules::load(&policy_file, &agreement_file).expect("the rules are sound"))
}

/// The rules compiled against a header with these names.
fn compile(rules: &Arc<Rules>, names: impl Iterator<Item = String>) -> Result<Program, Faults> {
    let names: Vec<String> = names.collect();
    let text = names.join(",") + "\n";
    let preamble = Preamble::read(&mut text.as_bytes(), Delimiter::COMMA, 1 << 20).unwrap();
    Program::compile(Arc::clone(rules), &preamble.header, Path::new("a.csv"))
}

/// The columns that the faults are about, in their order.
fn named(faults: &Faults) -> Vec<&str> {
    let messages = faults.0.iter().map(|fault| fault.message.split('`').nth(1));
    messages.map(|name| name.expect("a name")).collect()
}

#[test]
fn tens_of_thousands_of_columns_are_found() {
    for (requested, projection) in [
        ("all", Projection::Whole),
        (
            "each",
            Projection::Columns(std::iter::once(0..COLUMNS).collect()),
        ),
    ] {
        let rules = rules(requested);
        let columns = || (0..COLUMNS).map(|number| format!("c{number}"));
        let program = compile(&rules, columns()).expect("every column is there");
        assert_eq!(program.columns(), COLUMNS);
        assert_eq!(*program.projection(), projection);

        let more = columns().chain(["more".to_owned()]);
        match (requested, compile(&rules, more)) {
            ("all", Err(faults)) => assert!(
                faults.0[0]
                    .message
                    .contains("column 60001 of the header is"),
                "{}",
                faults.0[0].message
            ),
            ("each", Ok(program)) => assert_eq!(*program.projection(), projection),
            (_, compiled) => panic!("{requested}: {:?}", compiled.err()),
        }
    }
}

#[test]
fn tens_of_thousands_of_columns_are_told_in_the_order_in_which_they_are_named() {
    let rules = rules("all");
    // First those that play a part, then the flags, then the data; each once.
    let flags = (3..COLUMNS).filter(|number| number % 3 == 0);
    let data = (3..COLUMNS).filter(|number| number % 3 != 0);
    let expected: Vec<String> = (0..3)
        .chain(flags)
        .chain(data)
        .map(|number| format!("c{number}"))
        .collect();

    // Nearly the same name, which a person is told of.
    let missing = (0..COLUMNS).map(|number| format!("C{number}"));
    let faults = compile(&rules, missing).expect_err("no column is there");
    assert_eq!(named(&faults), expected);
    assert!(faults.0[0].message.contains("has no column `c0`"));
    assert!(
        faults.0[0]
            .help
            .contains("column 1 of the header has nearly this name")
    );
    assert!(faults.0[99].help.contains("has nearly this name"));

    let twice = (0..2 * COLUMNS).map(|number| format!("c{}", number % COLUMNS));
    let faults = compile(&rules, twice).expect_err("every column is there twice");
    assert_eq!(named(&faults), expected);
    assert!(
        faults.0[0]
            .message
            .contains("`c0` twice (columns 1 and 60001)")
    );
}
