//! Runs every folder of `testdata/cases` through the built binary and compares both outputs byte for byte.
//!
//! A case is `policy.toml`, `agreement.toml`, its inputs and lists, and `expected/permitted.csv` and `withheld.csv`,
//! or `expected/exit` with another exit code, and then no outputs. `args` holds what comes after the fixed options,
//! an argument a line (`supply.csv` where there is none); `stdin` is what standard input holds.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[test]
fn every_case_gives_its_expected_outputs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cases");
    let mut cases: Vec<PathBuf> = fs::read_dir(&root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    assert!(
        cases.len() >= 100,
        "only {} cases found in {}",
        cases.len(),
        root.display()
    );
    let failures: Vec<String> = cases.iter().filter_map(|case| run(case).err()).collect();
    assert!(
        failures.is_empty(),
        "{} of {} cases failed:\n\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}

/// Runs one case; the error says what differs, and what the case is about.
fn run(case: &Path) -> Result<(), String> {
    let about = fs::read_to_string(case.join("about")).unwrap();
    let name = case.file_name().unwrap().display();
    let failed = |what: String| Err(format!("{name}: {about}{what}"));
    let scratch = tempfile::tempdir().unwrap();
    let out = scratch.path().join("out");
    let args = fs::read_to_string(case.join("args")).unwrap_or("supply.csv\n".to_owned());
    let stdin = File::open(case.join("stdin")).map_or(Stdio::null(), Stdio::from);

    let output = Command::new(env!("CARGO_BIN_EXE_withhold"))
        .current_dir(case)
        .args([
            "split",
            "--policy",
            "policy.toml",
            "--agreement",
            "agreement.toml",
            "--out",
        ])
        .arg(&out)
        .args(["--no-sync", "--quiet"])
        .args(args.lines())
        .stdin(stdin)
        .output()
        .unwrap();

    let exit = fs::read_to_string(case.join("expected/exit")).unwrap_or("0".to_owned());
    let exit: i32 = exit.trim().parse().unwrap();
    if output.status.code() != Some(exit) {
        let stderr = String::from_utf8_lossy(&output.stderr);
        return failed(format!(
            "  expected exit {exit}, got {}\n{stderr}",
            output.status
        ));
    }
    if exit != 0 {
        return if out.exists() {
            failed("  left an output behind\n".to_owned())
        } else {
            Ok(())
        };
    }
    for file in ["permitted.csv", "withheld.csv"] {
        let expected = fs::read(case.join("expected").join(file)).unwrap();
        let written = fs::read(out.join(file)).unwrap_or_else(|error| error.to_string().into());
        if written != expected {
            return failed(format!(
                "  {file}\n  expected {}\n  written  {}\n",
                expected.escape_ascii(),
                written.escape_ascii()
            ));
        }
    }
    Ok(())
}
