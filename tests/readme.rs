//! The README says what is so: its commands give the output that it shows, its rules load, its job runs, and no
//! reason, exit code, option, normaliser or explicit term is missing from it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;
use withhold::program::Reason;
use withhold::rules::{ExplicitTerms, Normaliser, Rules, Term};

const BINARY: &str = env!("CARGO_BIN_EXE_withhold");

/// How the README runs the binary from a fresh clone.
const FROM_SOURCE: &str = "cargo run --release --locked -- ";

/// Commands of the README that build something; they are run where the README is written.
const BUILDS: [&str; 2] = ["cargo test --locked", "cargo run --locked --example decide"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

/// The contents of all fenced blocks in this language.
fn blocks(readme: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = readme.lines();
    while let Some(line) = lines.next() {
        let Some(its_language) = line.strip_prefix("```") else {
            continue;
        };
        let content: String = lines
            .by_ref()
            .take_while(|line| *line != "```")
            .map(|line| format!("{line}\n"))
            .collect();
        if its_language == language {
            blocks.push(content);
        }
    }
    blocks
}

/// The commands of a console block, each with the output that it shows.
fn commands(block: &str) -> Vec<(String, String)> {
    let mut commands: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            commands.push((command.to_owned(), String::new()));
        } else {
            let (_, output) = commands.last_mut().expect("output follows a command");
            output.push_str(line);
            output.push('\n');
        }
    }
    commands
}

/// Runs a command line where the README says, with the binary under test on the path.
fn shell(command: &str) -> Output {
    let folder = Path::new(BINARY).parent().unwrap();
    let path = format!(
        "{}:{}",
        folder.display(),
        std::env::var("PATH").unwrap_or_default()
    );
    Command::new("bash")
        .args(["-c", command])
        .current_dir(root())
        .env("PATH", path)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The text without what differs from run to run: how long it took.
fn without_times(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let took = line
            .strip_suffix(" s)")
            .and_then(|start| start.rsplit_once('('));
        match took {
            Some((start, _)) => format!("{start}(time)\n"),
            None => format!("{line}\n"),
        }
    });
    lines.collect()
}

/// The `--long` options that a help text explains.
fn options(help: &str) -> Vec<String> {
    let lines = help.lines().map(str::trim_start);
    lines
        .filter(|line| line.starts_with('-'))
        .filter_map(|line| line.split([' ', ',']).find(|word| word.starts_with("--")))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_command_gives_the_output_shown() {
    let readme = readme();
    let scratch = TempDir::new().unwrap();
    let scratch = format!("{}/", scratch.path().display());
    let mut shown = 0;
    for (command, expected) in blocks(&readme, "console")
        .iter()
        .flat_map(|block| commands(block))
    {
        if BUILDS.contains(&command.as_str()) {
            continue;
        }
        let runnable = command
            .replace(FROM_SOURCE, "withhold ")
            .replace("/tmp/", &scratch);
        for _ in 0..2 {
            let output = shell(&runnable);
            assert!(
                output.status.success(),
                "{command}\n{}",
                text(&output.stderr)
            );
            let output = text(&output.stdout).replace(&scratch, "/tmp/");
            assert_eq!(
                without_times(&output),
                without_times(&expected),
                "the output of\n{command}"
            );
        }
        shown += 1;
    }
    assert!(shown >= 10, "only {shown} commands found");
}

#[test]
fn the_first_section_builds_runs_and_tests() {
    let readme = readme();
    let start = readme
        .split("\n## ")
        .find(|section| section.starts_with("Start\n"))
        .unwrap();
    let commands: Vec<String> = blocks(start, "console")
        .iter()
        .flat_map(|block| commands(block))
        .map(|(command, _)| command)
        .collect();
    assert!(commands[0].starts_with(FROM_SOURCE), "{}", commands[0]);
    assert!(
        commands[0].contains("agreement-party.toml"),
        "{}",
        commands[0]
    );
    assert_eq!(commands[1], BUILDS[0]);
    let run = fs::read_to_string(root().join(".ci/run")).unwrap();
    assert!(
        run.contains(BUILDS[0]),
        "what a change must pass has the README's test command"
    );
}

/// The README's policy and agreement as files, with the list that the policy names.
fn rules_of_readme() -> (TempDir, PathBuf, PathBuf) {
    let readme = readme();
    let rules = blocks(&readme, "toml");
    let [policy, agreement] = rules.as_slice() else {
        panic!("a policy and an agreement stand in the README");
    };
    let folder = TempDir::new().unwrap();
    let files = ["policy.toml", "agreement.toml"].map(|name| folder.path().join(name));
    fs::write(&files[0], policy).unwrap();
    fs::write(&files[1], agreement).unwrap();
    fs::write(
        folder.path().join("house.csv"),
        "surname,postcode\nSmith,AB10 1AA\n",
    )
    .unwrap();
    let [policy, agreement] = files;
    (folder, policy, agreement)
}

#[test]
fn the_policy_and_the_agreement_load() {
    let (_folder, policy, agreement) = rules_of_readme();
    let rules = Rules::load(&policy, &agreement).unwrap_or_else(|faults| {
        panic!(
            "{}",
            withhold::cli::diagnostics::render(&faults, withhold::cli::diagnostics::Colour::Plain)
        )
    });
    assert_eq!(rules.policy.notices.len(), 2);
    // The digest that the README shows is that of a key on its list.
    assert!(rules.lists[0].contains(b"smith|AB101AA"));
}

#[test]
fn the_nightly_job_runs_and_handles_every_code() {
    let readme = readme();
    let jobs = blocks(&readme, "bash");
    let [job] = jobs.as_slice() else {
        panic!("one job stands in the README");
    };
    let (folder, policy, agreement) = rules_of_readme();
    let at = |name: &str| folder.path().join(name).display().to_string();
    fs::write(at("nightly-split"), job).unwrap();
    fs::create_dir(at("outbox")).unwrap();
    let header = "record_id,joined_on,notice_version,form,left_on,third_parties,post_ok,email_ok,first_name,last_name,street,postcode,email";
    let record =
        "1,03/04/2025,2025-02,web,,Y,1,0,Ann,=HYPERLINK(1),1 Mill Street,AB10 1AB,ann@example.org";
    fs::write(at("supply.csv"), format!("{header}\n{record}\n")).unwrap();
    fs::write(at("broken.csv.gz"), b"\x1f\x8b\x08\x00\x00\x00\x00\x00").unwrap();

    let run = |input: &str, agreement: &Path| {
        let command = format!(
            "bash '{}' '{}' '{}' '{}' '{}'",
            at("nightly-split"),
            policy.display(),
            agreement.display(),
            at("outbox"),
            at(input)
        );
        let output = shell(&command);
        (output.status.code(), text(&output.stdout))
    };
    let (code, said) = run("broken.csv.gz", &agreement);
    assert_eq!((code, said.as_str()), (Some(3), ""));
    let (code, said) = run("missing.csv", &agreement);
    assert_eq!((code, said.as_str()), (Some(2), ""));
    assert_eq!(
        fs::read_dir(at("outbox")).unwrap().count(),
        0,
        "nothing was written"
    );

    // An export without a record is no supply, and does not stand in the way of the whole one.
    fs::write(at("empty.csv"), format!("{header}\n")).unwrap();
    let (code, said) = run("empty.csv", &agreement);
    assert_eq!((code, said.as_str()), (Some(2), ""));
    let mut made = fs::read_dir(at("outbox")).unwrap();
    fs::remove_dir_all(made.next().unwrap().unwrap().path()).unwrap();
    assert!(made.next().is_none(), "it was not handed over");

    let (code, said) = run("supply.csv", &agreement);
    assert_eq!(code, Some(0));
    assert!(said.ends_with(": 1 records permitted\n"), "{said}");
    let mut made: Vec<_> = fs::read_dir(at("outbox"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    made.sort();
    let [out, done] = made.try_into().unwrap();
    assert_eq!(done.extension().unwrap(), "done");
    // A cell that a spreadsheet would take for a formula passes as it came.
    assert_eq!(
        fs::read_to_string(out.join("permitted.csv")).unwrap(),
        "first_name,last_name,street,postcode\nAnn,=HYPERLINK(1),1 Mill Street,AB10 1AB\n"
    );
    let (code, said) = run("supply.csv", &agreement);
    assert_eq!(code, Some(0));
    assert!(said.ends_with("nothing to do\n"), "{said}");
    // What was made of something else is not handed over under the same name.
    fs::remove_file(&done).unwrap();
    fs::create_dir(at("other")).unwrap();
    let other = folder.path().join("other/agreement.toml");
    let text = fs::read_to_string(&agreement).unwrap();
    let id = "id = \"";
    assert!(text.contains(id));
    fs::write(&other, text.replacen(id, "id = \"other-", 1)).unwrap();
    let (code, said) = run("supply.csv", &other);
    assert_eq!((code, said.as_str()), (Some(3), ""));
    assert!(!done.exists());
    // A night that was cut short before the supply was handed over goes on there.
    let (code, said) = run("supply.csv", &agreement);
    assert_eq!(code, Some(0));
    assert!(said.ends_with(": 1 records permitted\n"), "{said}");

    // Of the nights before, the last is the one that is followed.
    for night in ["2001-02-03", "2001-02-02"] {
        let place = out.with_file_name(format!("agreement-{night}"));
        fs::create_dir(&place).unwrap();
        fs::copy(out.join("manifest.json"), place.join("manifest.json")).unwrap();
    }
    fs::remove_dir_all(&out).unwrap();
    fs::remove_file(&done).unwrap();
    assert_eq!(run("supply.csv", &agreement).0, Some(0));
    let manifest = fs::read_to_string(out.join("manifest.json")).unwrap();
    assert!(manifest.contains("agreement-2001-02-03/manifest.json"));
}

#[test]
fn the_library_example_is_the_file() {
    let example = fs::read_to_string(root().join("tests/examples/decide.rs")).unwrap();
    assert_eq!(blocks(&readme(), "rust"), [example]);
}

#[test]
fn nothing_is_missing_from_the_tables() {
    let readme = readme();
    let row = |name: &str| assert!(readme.contains(&format!("\n| `{name}` |")), "{name}");
    for reason in Reason::FIXED {
        row(reason.code());
    }
    row("suppressed:NAME");
    for normaliser in Normaliser::ALL {
        row(normaliser.as_str());
    }
    for term in ExplicitTerms::BUILT_IN {
        assert!(readme.contains(&format!("`{term}`")), "{term}");
    }
}

#[test]
fn the_table_of_terms_is_right() {
    let readme = readme();
    let explicit = ExplicitTerms::with([]);
    let term = |cell: &str| Term::parse(cell.trim().trim_matches('`')).unwrap();
    let (_, table) = readme
        .split_once("| disclosed | requested | covered |\n")
        .unwrap();
    let rows = table.lines().skip(1).take_while(|line| !line.is_empty());
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        let covered = term(cells[0]).covers(&term(cells[1]), &explicit);
        assert_eq!(if covered { "yes" } else { "no" }, cells[2].trim(), "{row}");
    }
}

#[test]
fn every_exit_code_and_option_stands_in_the_readme() {
    let readme = readme();
    let help = text(&shell("withhold --help").stdout);
    let (_, codes) = help.split_once("Exit codes:\n").unwrap();
    let codes: Vec<&str> = codes
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(codes, ["0", "1", "2", "3", "128+N"]);
    for code in codes {
        let code = code.replace("128+N", "128 + the signal");
        assert!(
            readme.contains(&format!("\n| {code} |")),
            "exit code {code}"
        );
    }

    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let commands = commands.lines().take_while(|line| !line.is_empty());
    let mut found = 0;
    for command in commands.filter_map(|line| line.split_whitespace().next()) {
        assert!(
            readme.contains(&format!("`{command}`")) || command == "help",
            "{command}"
        );
        if command == "help" {
            continue;
        }
        let help = text(&shell(&format!("withhold {command} --help")).stdout);
        for option in options(&help) {
            let named = [" ", "`"].map(|after| format!("`{option}{after}"));
            let row = readme
                .lines()
                .filter(|line| line.starts_with("| `-"))
                .any(|line| {
                    let says = line.split('|').nth(2).unwrap_or_default();
                    named.iter().any(|name| line.contains(name))
                        && (says.contains(command) || says.contains("all"))
                });
            assert!(row, "{option} of {command}");
            found += 1;
        }
    }
    assert!(found >= 20, "only {found} options found");
}
