//! Each folder of `testdata/refusals` holds rules that are refused, and what the user is told.
//! `WITHHOLD_BLESS=1` writes the texts anew; read them before they are committed.

use std::fs;
use std::path::{Path, PathBuf};

use withhold::cli::diagnostics::{Colour, render};
use withhold::rules::Rules;

#[test]
fn every_refusal_says_what_is_wrong_and_how_to_mend_it() {
    let bless = std::env::var_os("WITHHOLD_BLESS").is_some_and(|value| value == "1");
    let cases = case_folders(Path::new("testdata/refusals"));
    assert!(!cases.is_empty(), "there are no cases");

    let mut failures = Vec::new();
    for case in &cases {
        if let Err(failure) = check(case, bless) {
            failures.push(format!("{}: {failure}", case.display()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

fn case_folders(folder: &Path) -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder of cases")
        .map(|entry| entry.expect("a case").path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    cases
}

fn check(case: &Path, bless: bool) -> Result<(), String> {
    let faults = match Rules::load(&case.join("policy.toml"), &case.join("agreement.toml")) {
        Ok(_) => return Err("the rules are accepted".to_owned()),
        Err(faults) => faults,
    };
    let shown = render(&faults, Colour::Plain);
    let expected_path = case.join("expected.txt");
    if bless {
        return fs::write(&expected_path, shown).map_err(|error| error.to_string());
    }
    let expected = fs::read_to_string(&expected_path)
        .map_err(|error| format!("expected.txt cannot be read: {error}"))?;
    if shown == expected {
        Ok(())
    } else {
        Err(format!("expected:\n{expected}\nshown:\n{shown}"))
    }
}
