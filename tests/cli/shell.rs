//! What is made from the definitions of the command line: completions and manual pages.

use std::process::Command;

use super::stage::{Log, Stage};

/// The names of all commands, from the help.
fn commands(stage: &Stage) -> Vec<String> {
    let help = stage.command(&["--help"]).output().unwrap().stdout;
    let help = String::from_utf8(help).unwrap();
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let names: Vec<String> = commands
        .lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect();
    assert!(names.len() >= 8, "{names:?}");
    names
}

/// The long options that a command's help explains.
fn options(stage: &Stage, command: &str) -> Vec<String> {
    let help = stage.command(&[command, "--help"]).output().unwrap().stdout;
    let help = String::from_utf8(help).unwrap();
    help.lines()
        .map(str::trim_start)
        .filter(|line| line.starts_with('-'))
        .filter_map(|line| line.split([' ', ',']).find(|word| word.starts_with("--")))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_command_ends_its_help_with_examples() {
    let stage = Stage::new();
    let mut names = commands(&stage);
    names.push("--help".to_owned());
    for name in &names {
        let output = stage.command(&[name, "--help"]).output().unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        let (_, examples) = help
            .split_once("\nExamples:\n")
            .unwrap_or_else(|| panic!("{name}: {help}"));
        let mut examples = examples.lines().take_while(|line| !line.is_empty());
        let of_command =
            |line: &str| name == "--help" || line.contains(&format!("withhold {name} "));
        assert!(examples.any(of_command), "{name}: {help}");
    }
}

#[test]
fn every_shell_completes_every_command() {
    let stage = Stage::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = stage.command(&["completions", shell]).output().unwrap();
        assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
        let script = String::from_utf8(output.stdout).unwrap();
        for command in commands(&stage) {
            assert!(script.contains(&command), "{shell}: {command}");
            for option in options(&stage, &command) {
                assert!(script.contains(&option[2..]), "{shell}: {command} {option}");
            }
        }
    }
}

#[test]
fn bash_takes_its_script_and_completes() {
    let stage = Stage::new();
    let output = stage.command(&["completions", "bash"]).output().unwrap();
    stage.write("withhold.bash", &output.stdout);
    let bash = |script: &str| {
        let mut command = Command::new("bash");
        command
            .args(["--norc", "-c", script])
            .current_dir(stage.path("."));
        stage.told(&command.output().unwrap())
    };
    assert_eq!(bash("bash -n withhold.bash"), "exit 0\n");
    let complete = |words: &str| {
        let mut last = words.rsplit(' ');
        let (current, before) = (last.next().unwrap(), last.next().unwrap());
        bash(&format!(
            ". ./withhold.bash; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
             _withhold withhold '{current}' '{before}'; echo \"${{COMPREPLY[@]}}\""
        ))
    };
    let mut log = Log::default();
    for words in [
        "withhold ve",
        "withhold split --pre",
        "withhold split --digest s",
        "withhold verify --k",
        "withhold completions f",
    ] {
        log.add(words, &complete(words));
    }
    insta::assert_snapshot!(log.text());
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let stage = Stage::new();
    std::fs::create_dir(stage.path("man1")).unwrap();
    let output = stage.command(&["man", "-o", "man1"]).output().unwrap();
    assert_eq!(stage.told(&output), "exit 0\n");
    let mut expected: Vec<String> = commands(&stage)
        .iter()
        .map(|command| format!("withhold-{command}.1"))
        .collect();
    expected.push("withhold.1".to_owned());
    expected.sort();
    assert_eq!(stage.names("man1"), expected);
    let page = |name: &str| String::from_utf8(stage.read(&format!("man1/{name}"))).unwrap();
    for command in commands(&stage) {
        let page = page(&format!("withhold-{command}.1"));
        for section in [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "OPTIONS",
            "EXAMPLES",
            "\"SEE ALSO\"",
        ] {
            assert_eq!(
                page.matches(&format!(".SH {section}\n")).count(),
                1,
                "{command}: {section}"
            );
        }
        for option in options(&stage, &command) {
            let option = option.replace('-', "\\-");
            assert!(page.contains(&option), "{command}: {option}");
        }
    }
    // Every line that a formatter obeys is one that it knows.
    for name in &expected {
        for line in page(name)
            .lines()
            .filter(|line| line.starts_with(['.', '\'']))
        {
            let known = [
                ".SH", ".TH", ".TP", ".RS", ".RE", ".PP", ".br", ".nf", ".fi", ".ie", ".el", ".IP",
            ];
            let word = line.split(' ').next().unwrap();
            assert!(known.contains(&word), "{name}: {line}");
        }
    }
    let mut log = Log::default();
    for name in ["withhold.1", "withhold-keygen.1"] {
        let page = page(name).replace(env!("CARGO_PKG_VERSION"), "[VERSION]");
        log.add(name, &page);
    }
    insta::assert_snapshot!(log.text());
}

#[test]
fn pages_that_are_there_are_kept() {
    let stage = Stage::new();
    stage.write("withhold-split.1", "kept");
    let mut log = Log::default();
    for arguments in [
        &["-o", "."][..],
        &["-o", "missing"],
        &["-o", "policy.toml"],
        &[],
    ] {
        let output = stage.command(&["man"]).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        log.add(&arguments.join(" "), &stage.told(&output));
    }
    let output = stage.command(&["completions", "csh"]).output().unwrap();
    log.add("completions csh", &stage.told(&output));
    insta::assert_snapshot!(log.text());
    assert_eq!(
        stage.names("."),
        ["agreement.toml", "policy.toml", "withhold-split.1"]
    );
    assert_eq!(stage.read("withhold-split.1"), b"kept");
    let output = stage
        .command(&["man", "-o", ".", "--force"])
        .output()
        .unwrap();
    assert_eq!(stage.told(&output), "exit 0\n");
    assert_ne!(stage.read("withhold-split.1"), b"kept");
}
