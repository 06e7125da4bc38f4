//! Owns the check of the oracle against the outputs that were derived by hand, in `testdata/cases`.
//! It never runs the crate under test; cases that end in another exit code than 0 are not the oracle's.

#[allow(dead_code, reason = "each test uses its part of the oracle")]
mod oracle;

use oracle::{decide::Rules, lists, split};
use std::{fs, path::Path};

#[test]
fn the_oracle_gives_the_outputs_derived_by_hand() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cases");
    let mut tried = 0;
    let mut faults = String::new();
    for entry in fs::read_dir(&root).expect("the cases") {
        let case = entry.expect("a case").path();
        if case.join("expected/exit").exists() {
            continue;
        }
        tried += 1;
        for (file, wanted, found) in try_case(&case) {
            if wanted != found {
                faults += &format!(
                    "{} {file}\n  hand   {}\n  oracle {}\n",
                    case.file_name().expect("a name").display(),
                    wanted.escape_ascii(),
                    found.escape_ascii()
                );
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
    assert!(tried >= 80, "only {tried} cases");
}

/// Each output's name, with its bytes as derived by hand and as the oracle has them.
fn try_case(case: &Path) -> [(&'static str, Vec<u8>, Vec<u8>); 2] {
    let text = fs::read_to_string(case.join("args")).unwrap_or("supply.csv\n".to_owned());
    let spaced: Vec<String> = text
        .lines()
        .map(|line| {
            if line.starts_with("--") {
                line.replacen('=', "\n", 1)
            } else {
                line.to_owned()
            }
        })
        .collect();
    let spaced = spaced.join("\n");
    let mut arguments = spaced.lines();
    let mut inputs = Vec::new();
    let mut delimiter = None;
    let mut with_reasons = true;
    while let Some(argument) = arguments.next() {
        match argument {
            "--delimiter" => match arguments.next().expect("a delimiter") {
                "tab" => delimiter = Some(b'\t'),
                one => delimiter = Some(one.as_bytes()[0]),
            },
            "--reasons" => with_reasons = arguments.next() != Some("none"),
            "--strict" => {}
            "--max-record-bytes" | "--threads" | "--block-bytes" => drop(arguments.next()),
            "-" => inputs.push("stdin"),
            option if option.starts_with("--") => panic!("{}: {option}", case.display()),
            input => inputs.push(input),
        }
    }
    let delimiter = delimiter.unwrap_or_else(|| {
        inputs
            .iter()
            .map(|name| lists::delimiter_of(name))
            .find(|one| *one != b',')
            .unwrap_or(b',')
    });
    let bytes: Vec<Vec<u8>> = inputs
        .iter()
        .map(|name| lists::open(&case.join(name)))
        .collect();
    let rules = Rules::load(&case.join("policy.toml"), &case.join("agreement.toml"));
    let outcome = split::split(&rules, &bytes, delimiter, with_reasons);
    let expected = |name: &str| fs::read(case.join("expected").join(name)).expect("an output");
    [
        (
            "permitted.csv",
            expected("permitted.csv"),
            outcome.permitted,
        ),
        ("withheld.csv", expected("withheld.csv"), outcome.withheld),
    ]
}
