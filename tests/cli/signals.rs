//! Interrupted and killed runs: the output is absent or whole, and only SIGKILL leaves anything behind.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::stage::{HEADER, PERMITTED, Stage, long_start, many_records};

/// Signals that end a run in an orderly way.
const ORDERLY: [Signal; 14] = [
    Signal::ABORT,
    Signal::INT,
    Signal::TERM,
    Signal::HUP,
    Signal::QUIT,
    Signal::USR1,
    Signal::USR2,
    Signal::XCPU,
    Signal::ALARM,
    Signal::VTALARM,
    Signal::PROF,
    Signal::IO,
    Signal::STKFLT,
    Signal::POWER,
];

/// Real-time signals, of which a program may send any.
const REAL_TIME: [i32; 3] = [35, 50, 64];

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// The same command as a person at a terminal runs it, who ignores no signal: what starts the tests (`nohup`, a job in the
/// background) may ignore some, and a run ignores those too.
fn heeding(command: &Command) -> Command {
    let mut heeding = Command::new("env");
    heeding
        .arg("--default-signal")
        .arg(command.get_program())
        .args(command.get_args())
        .env_remove("NO_COLOR")
        .stdin(Stdio::null());
    if let Some(folder) = command.get_current_dir() {
        heeding.current_dir(folder);
    }
    heeding
}

/// Waits until a run has made its private directory; its name.
pub(crate) fn wait_for_staging(stage: &Stage) -> String {
    for _ in 0..3_000 {
        if let Some(name) = stage
            .names(".")
            .into_iter()
            .find(|name| name.starts_with(".withhold-"))
        {
            return name;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("the run made no private directory");
}

/// A run that waits for the rest of a FIFO, whose other end is held open.
fn waiting_run(stage: &Stage, command: &mut Command) -> (Child, std::fs::File) {
    let path = stage.make_fifo("endless.csv");
    let child = command
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut writer = OpenOptions::new().write(true).open(path).unwrap();
    writer.write_all(long_start().as_bytes()).unwrap();
    (child, writer)
}

#[test]
fn a_run_that_waits_for_its_input_ends_with_128_and_the_signal() {
    let mut said = String::new();
    for signal in ORDERLY.map(Signal::as_raw).into_iter().chain(REAL_TIME) {
        let stage = Stage::new();
        let (child, _writer) = waiting_run(&stage, &mut heeding(&stage.split(&["endless.csv"])));
        wait_for_staging(&stage);
        // The shell's own `kill` knows every number.
        let sent = Command::new("sh")
            .args(["-c", &format!("kill -{signal} {}", child.id())])
            .status()
            .unwrap();
        assert!(sent.success(), "{signal}");
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(128 + signal), "{signal}");
        said.push_str(&stage.told(&output));
        assert_eq!(
            stage.names("."),
            ["agreement.toml", "endless.csv", "policy.toml"],
            "{signal}"
        );
    }
    insta::assert_snapshot!(said);
}

#[test]
fn a_signal_that_the_run_was_started_to_ignore_is_ignored() {
    let stage = Stage::new();
    let mut command = stage.shell("trap '' HUP INT; exec $SPLIT -q endless.csv");
    let (child, writer) = waiting_run(&stage, &mut command);
    wait_for_staging(&stage);
    send(&child, Signal::HUP);
    send(&child, Signal::INT);
    drop(writer);
    let output = child.wait_with_output().unwrap();
    assert_eq!(stage.told(&output), "exit 0\n");
    assert_eq!(stage.read("out/permitted.csv"), long_start().as_bytes());
}

#[test]
fn a_run_is_interrupted_at_any_moment_without_a_trace() {
    let stage = Stage::new();
    stage.write("supply.csv", many_records(20_000));
    let whole = |stage: &Stage| {
        assert_eq!(
            stage.names("out"),
            ["manifest.json", "permitted.csv", "withheld.csv"]
        );
        assert!(stage.read("out/manifest.json").ends_with(b"}\n"));
    };
    let (mut ended, mut interrupted) = (0, 0);
    for moment in 0..60_u64 {
        let mut child = heeding(&stage.split(&["-q", "--block-bytes", "4096", "supply.csv"]))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Spread over the start, the run and the commit, wherever the machine puts them.
        std::thread::sleep(Duration::from_micros(moment * moment * 60));
        let signal = [Signal::INT, Signal::TERM, Signal::HUP][moment as usize % 3];
        send(&child, signal);
        let status = child.wait().unwrap();
        let left = stage.names(".");
        assert!(
            !left.iter().any(|name| name.starts_with(".withhold")),
            "{left:?} at {moment}"
        );
        if status.code() == Some(0) {
            whole(&stage);
            ended += 1;
        } else {
            // Before it has anything to remove, a run is ended by the signal itself.
            let by_signal = status.signal() == Some(signal.as_raw());
            assert!(
                by_signal || status.code() == Some(128 + signal.as_raw()),
                "{status}"
            );
            interrupted += 1;
        }
        if stage.path("out").exists() {
            whole(&stage);
            std::fs::remove_dir_all(stage.path("out")).unwrap();
        }
    }
    assert_eq!(ended + interrupted, 60);
    assert!(interrupted > 0);
}

#[test]
fn a_signal_after_the_commit_is_told_and_a_second_one_ends_the_run() {
    let stage = Stage::new();
    stage.write("supply.csv", [HEADER, PERMITTED].concat());
    let mut said = String::new();
    for is_read_at_last in [true, false] {
        // The summary goes to a pipe that is full.
        let (mut reader, mut writer) = std::io::pipe().unwrap();
        writer.write_all(&[0; 64 << 10]).unwrap();
        let mut child = stage
            .split(&["supply.csv"])
            .stdout(writer)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        while !stage.path("out").exists() {
            std::thread::sleep(Duration::from_millis(5));
        }
        send(&child, Signal::TERM);
        let mut told = BufReader::new(child.stderr.take().unwrap());
        told.read_line(&mut said).unwrap();
        if is_read_at_last {
            reader.read_to_end(&mut Vec::new()).unwrap();
        } else {
            send(&child, Signal::TERM);
        }
        told.read_to_string(&mut said).unwrap();
        let code = child.wait().unwrap().code();
        said.push_str(&format!("exit {code:?}\n"));
        assert_eq!(
            stage.names("out"),
            ["manifest.json", "permitted.csv", "withheld.csv"]
        );
        std::fs::remove_dir_all(stage.path("out")).unwrap();
    }
    insta::assert_snapshot!(said);
}

#[test]
fn an_interrupted_replacement_leaves_the_earlier_output() {
    let stage = Stage::new();
    stage.write("supply.csv", [HEADER, PERMITTED].concat());
    assert!(
        stage
            .split(&["-q", "supply.csv"])
            .status()
            .unwrap()
            .success()
    );
    let manifest = stage.read("out/manifest.json");
    let (child, _writer) = waiting_run(&stage, &mut stage.split(&["--force", "endless.csv"]));
    wait_for_staging(&stage);
    send(&child, Signal::TERM);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(143));
    assert_eq!(stage.read("out/manifest.json"), manifest);
    assert!(
        !stage
            .names(".")
            .iter()
            .any(|name| name.starts_with(".withhold"))
    );
}

#[test]
fn what_a_killed_run_leaves_is_private_and_cleared_by_the_next() {
    let stage = Stage::new();
    let (mut child, _writer) = waiting_run(&stage, &mut stage.split(&["endless.csv"]));
    let staging = wait_for_staging(&stage);
    send(&child, Signal::KILL);
    assert_eq!(child.wait().unwrap().signal(), Some(9));
    assert!(stage.path(&staging).exists());
    assert!(!stage.path("out").exists());

    stage.write("supply.csv", [HEADER, PERMITTED].concat());
    assert!(
        stage
            .split(&["-q", "supply.csv"])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(
        stage.names("."),
        [
            "agreement.toml",
            "endless.csv",
            "out",
            "policy.toml",
            "supply.csv"
        ]
    );
}

#[test]
fn an_interrupted_generation_leaves_no_file() {
    let stage = Stage::new();
    let arguments = ["generate", "--records", "1000000000", "-o", "supply.csv"];
    let child = heeding(&stage.command(&arguments))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for_staging(&stage);
    send(&child, Signal::INT);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(stage.names("."), ["agreement.toml", "policy.toml"]);
}
