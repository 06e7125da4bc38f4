//! The progress bar: on a terminal, and nowhere else.

use std::fs::File;
use std::io::{self, Read};
use std::process::Stdio;

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};

use rustix::termios::{Winsize, tcsetwinsize};

use super::stage::{HEADER, PERMITTED, REFUSED, Stage, many_records, zstd};

/// What a command says on standard error, which is a terminal of this kind.
fn on_a_terminal(stage: &Stage, arguments: &[&str], environment: [(&str, &str); 2]) -> String {
    on_a_terminal_of(80, stage, arguments, environment)
}

/// The same, on a terminal of so many columns.
fn on_a_terminal_of(
    columns: u16,
    stage: &Stage,
    arguments: &[&str],
    environment: [(&str, &str); 2],
) -> String {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let side = ioctl_tiocgptpeer(
        &terminal,
        OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC,
    )
    .unwrap();
    let size = Winsize {
        ws_col: columns,
        ws_row: 24,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&side, size).unwrap();
    let mut command = stage.command(arguments);
    command.envs(environment).stdout(Stdio::null()).stderr(side);
    let mut child = command.spawn().unwrap();
    // The command holds the other side: it is closed when the run ends.
    drop(command);
    let mut said = Vec::new();
    let mut terminal = File::from(terminal);
    let mut buffer = [0; 4096];
    loop {
        match terminal.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => said.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // Nobody has the other side any more.
            Err(error) if error.raw_os_error() == Some(5) => break,
            Err(error) => panic!("{error}"),
        }
    }
    let said = String::from_utf8(said).expect("progress is UTF-8");
    assert!(child.wait().unwrap().success(), "{arguments:?}: {said}");
    said
}

#[test]
fn a_bar_moves_on_a_terminal_and_nowhere_else() {
    let stage = Stage::new();
    stage.write("a.csv", many_records(20_000));
    let split = [
        "split",
        "--force",
        "--no-sync",
        "-p",
        "policy.toml",
        "-a",
        "agreement.toml",
        "-o",
        "old",
        "a.csv",
    ];
    let mut again = split;
    again[8] = "new";
    let terminal = [("TERM", "xterm"), ("NO_COLOR", "")];
    for (arguments, shown) in [
        (&split[..], &["permitted ", "withheld "][..]),
        (&again, &["permitted ", "withheld "]),
        (
            &[
                "check",
                "-p",
                "policy.toml",
                "-a",
                "agreement.toml",
                "a.csv",
            ],
            &["permitted ", "withheld "],
        ),
        (
            &["verify", "--replay", "old/manifest.json"],
            &["permitted ", "withheld "],
        ),
        (&["diff", "old", "new"], &["reading OLD", "reading NEW"]),
        (
            &[
                "diff",
                "old",
                "new",
                "--old-input",
                "a.csv",
                "--new-input",
                "a.csv",
            ],
            &["reading OLD", "reading NEW"],
        ),
    ] {
        let said = on_a_terminal(&stage, arguments, terminal);
        for shown in shown {
            assert!(said.contains(shown), "{arguments:?}: {said:?}");
        }
        // Nothing is left of it.
        let (_, left) = said.rsplit_once("\r\x1b[2K").expect("the line was cleared");
        assert_eq!(left, "", "{arguments:?}: {said:?}");

        let quiet = [arguments, &["-q"]].concat();
        assert_eq!(on_a_terminal(&stage, &quiet, terminal), "");
        for environment in [
            [("TERM", "xterm"), ("NO_COLOR", "1")],
            [("TERM", "dumb"), ("NO_COLOR", "")],
        ] {
            assert_eq!(on_a_terminal(&stage, arguments, environment), "");
        }
        let output = stage
            .command(arguments)
            .env("TERM", "xterm")
            .output()
            .unwrap();
        assert!(!stage.told(&output).contains("-- stderr"));
    }
}

/// A line that is longer than the terminal is wide would become two.
#[test]
fn a_bar_is_one_line_on_a_terminal_of_any_width() {
    let stage = Stage::new();
    let records = [REFUSED, PERMITTED].concat().repeat(10_000);
    stage.write("a.csv", [HEADER, &records].concat());
    stage.write("b.csv.zst", zstd([HEADER, &records].concat().as_bytes()));
    let rules = ["-p", "policy.toml", "-a", "agreement.toml"];
    let terminal = [("TERM", "xterm"), ("NO_COLOR", "")];
    for (input, parts) in [
        (
            "a.csv",
            [(140, "B/s"), (80, " left "), (60, " %  permitted ")],
        ),
        (
            "b.csv.zst",
            [(140, "B/s"), (80, "B  permitted "), (60, "permitted ")],
        ),
    ] {
        let arguments = [&["check", "--block-bytes", "8192"][..], &rules, &[input]].concat();
        for (columns, part) in [&parts[..], &[(20, "p"), (1, ""), (0, "permitted ")]].concat() {
            let said = on_a_terminal_of(columns, &stage, &arguments, terminal);
            let what = format!("{input}, {columns} columns: {said:?}");
            assert!(said.contains(part), "{what}");
            assert!(!said.contains("\x1b[1A") && !said.contains('\n'), "{what}");
            let shown = said.replace("\x1b[2K", "");
            let columns = if columns == 0 {
                80
            } else {
                usize::from(columns)
            };
            for line in shown.split('\r') {
                assert!(line.chars().count() <= columns, "{line:?} in {what}");
            }
        }
    }
}
