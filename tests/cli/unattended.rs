//! What nobody is there to see: a supply on standard input that changes, a reader that hangs, originals that are gone,
//! limits, and places that are no files.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::process::{Output, Stdio};
use std::time::Duration;

use rustix::fs::OFlags;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::signals::wait_for_staging;
use super::stage::{HEADER, PERMITTED, REFUSED, Stage, long_start, many_records};

fn split(stage: &Stage, arguments: &[&str]) {
    let output = stage.split(&["-q"]).args(arguments).output().unwrap();
    assert_eq!(stage.told(&output), "exit 0\n");
}

/// A file there is watched like one that is named: who was cut off may have withdrawn.
#[test]
fn a_file_on_standard_input_that_changes_is_not_trusted() {
    type Change = fn(&Stage);
    let changes: [Change; 3] = [
        |_| {},
        |stage| {
            let file = OpenOptions::new().append(true).open(stage.path("a.csv"));
            file.unwrap().write_all(PERMITTED.as_bytes()).unwrap();
        },
        |stage| {
            let file = OpenOptions::new().write(true).open(stage.path("a.csv"));
            file.unwrap().set_len(HEADER.len() as u64).unwrap();
        },
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let stage = Stage::new();
        stage.write("a.csv", [HEADER, PERMITTED, REFUSED].concat());
        stage.make_fifo("slow.csv");
        let child = stage
            .split(&["-q", "-", "slow.csv"])
            .stdin(fs::File::open(stage.path("a.csv")).unwrap())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Opening a FIFO waits for its reader, which by then has read the first input's header.
        let mut slow = OpenOptions::new()
            .write(true)
            .open(stage.path("slow.csv"))
            .unwrap();
        change(&stage);
        slow.write_all(HEADER.as_bytes()).unwrap();
        drop(slow);
        let output = child.wait_with_output().unwrap();
        let expected = if index == 0 { 0 } else { 3 };
        assert_eq!(
            output.status.code(),
            Some(expected),
            "{}",
            stage.told(&output)
        );
    }
}

/// What is left of it is whole gzip, so it is only remarked.
#[test]
fn an_input_that_lacks_the_end_which_its_format_marks_is_remarked() {
    let stage = Stage::new();
    stage.write("a.csv", [HEADER, PERMITTED].concat());
    split(&stage, &["--compress", "gz", "a.csv"]);
    let whole = stage.read("out/permitted.csv.gz");
    let cut = &whole[..whole.len() - 28];
    for (bytes, lacks_end) in [(&whole[..], false), (cut, true)] {
        stage.write("b.csv.gz", bytes);
        let named = stage.split(&["--force", "--format", "json", "b.csv.gz"]);
        let piped = stage.shell("cat b.csv.gz | $SPLIT --force --format json -");
        for mut command in [named, piped] {
            let output = command.output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{}", stage.told(&output));
            let summary = String::from_utf8(output.stdout).unwrap();
            assert_eq!(summary.contains("lacks the end"), lacks_end, "{summary}");
            let manifest: Value = serde_json::from_slice(&stage.read("out/manifest.json")).unwrap();
            assert_eq!(manifest["predicate"]["inputs"][0]["lacks_end"], lacks_end);
        }
    }
}

#[test]
fn what_is_read_from_standard_input_is_not_replaced() {
    let stage = Stage::new();
    stage.write("a.csv", [HEADER, PERMITTED].concat());
    split(&stage, &["a.csv"]);
    let before = stage.read("out/permitted.csv");
    for arguments in [
        &[
            "split",
            "-p",
            "policy.toml",
            "-a",
            "agreement.toml",
            "-o",
            "out",
            "-",
        ][..],
        &["init", "-p", "a.csv", "-a", "draft.toml", "-"],
        &["init", "-p", "draft.toml", "-a", "a.csv", "-"],
    ] {
        let read = if arguments.contains(&"a.csv") {
            "a.csv"
        } else {
            "out/permitted.csv"
        };
        let output = stage
            .command(arguments)
            .arg("--force")
            .stdin(fs::File::open(stage.path(read)).unwrap())
            .output()
            .unwrap();
        let told = stage.told(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        let is_it = ["is what this command reads", "lies in the output directory"];
        assert!(is_it.iter().any(|text| told.contains(text)), "{told}");
        assert_eq!(stage.read("out/permitted.csv"), before);
        assert_eq!(stage.read("a.csv"), before);
    }
}

/// Whoever was to read what it says has stopped reading.
#[test]
fn a_signal_ends_a_run_whose_messages_nobody_reads() {
    let stage = Stage::new();
    let path = stage.make_fifo("endless.csv");
    let (_reader, mut full) = std::io::pipe().unwrap();
    let flags = rustix::fs::fcntl_getfl(&full).unwrap();
    rustix::fs::fcntl_setfl(&full, flags | OFlags::NONBLOCK).unwrap();
    while full.write(&[b'x'; 4096]).is_ok() {}
    while full.write(b"x").is_ok() {}
    rustix::fs::fcntl_setfl(&full, flags).unwrap();
    let mut child = stage
        .split(&["-q", "endless.csv"])
        .stderr(full)
        .spawn()
        .unwrap();
    let mut writer = OpenOptions::new().write(true).open(path).unwrap();
    writer.write_all(long_start().as_bytes()).unwrap();
    wait_for_staging(&stage);
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    for _ in 0..3_000 {
        if let Some(status) = child.try_wait().unwrap() {
            assert_eq!(status.code(), Some(143));
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    panic!("the run waits for ever");
}

/// Whatever a killed run was making, the next one beside it clears it away, whatever that makes.
#[test]
fn left_overs_of_every_kind_are_cleared_by_every_kind_of_run() {
    let stage = Stage::new();
    stage.write("a.csv", [HEADER, PERMITTED].concat());
    let left =
        [".withhold-split-", ".withhold-file-"].map(|prefix| prefix.to_owned() + &"0".repeat(32));
    for arguments in [
        &[
            "split",
            "-p",
            "policy.toml",
            "-a",
            "agreement.toml",
            "-o",
            "out",
            "a.csv",
        ][..],
        &["generate", "--records", "1", "-o", "g.csv"],
        &["report", "out", "-o", "r.html"],
    ] {
        for (folder, file) in left.iter().zip(["withheld.csv", "file"]) {
            fs::create_dir(stage.path(folder)).unwrap();
            stage.write(&format!("{folder}/{file}"), "left");
        }
        let output = stage.command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stage.told(&output));
        for folder in &left {
            assert!(
                !stage.path(folder).exists(),
                "{arguments:?} leaves {folder}"
            );
        }
    }
}

/// Of a directory that its owner made unwritable, too, nothing stays behind. (The superuser may write there anyway.)
#[test]
fn an_output_that_may_not_be_written_to_is_replaced_without_a_trace() {
    let stage = Stage::new();
    stage.write("a.csv", [HEADER, PERMITTED].concat());
    split(&stage, &["a.csv"]);
    fs::set_permissions(stage.path("out"), fs::Permissions::from_mode(0o500)).unwrap();
    split(&stage, &["--force", "a.csv"]);
    assert_eq!(
        stage.names("."),
        ["a.csv", "agreement.toml", "out", "policy.toml"]
    );
}

#[test]
fn nothing_but_a_file_is_replaced() {
    let stage = Stage::new();
    stage.make_fifo("fifo.csv");
    stage.write("kept.csv", "kept");
    std::os::unix::fs::symlink("kept.csv", stage.path("link.csv")).unwrap();
    for place in ["fifo.csv", "link.csv"] {
        let arguments = ["generate", "--records", "1", "--force", "-o", place];
        let output = stage.command(&arguments).output().unwrap();
        let told = stage.told(&output);
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains("is no regular file"), "{told}");
    }
    assert!(
        fs::metadata(stage.path("fifo.csv"))
            .unwrap()
            .file_type()
            .is_fifo()
    );
    assert_eq!(stage.read("kept.csv"), b"kept");
}

fn replay(stage: &Stage) -> (Output, Value) {
    let arguments = [
        "verify",
        "--format",
        "json",
        "--replay",
        "out/manifest.json",
    ];
    let output = stage.command(&arguments).output().unwrap();
    let found = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output, found)
}

/// What was found before counts, and is told.
#[test]
fn a_changed_output_is_told_whatever_became_of_the_originals() {
    for (original, broken) in [
        ("a.csv", None),
        ("a.csv", Some("id,captured\n1,2\n")),
        ("policy.toml", Some("schema = ")),
    ] {
        let stage = Stage::new();
        stage.write("a.csv", [HEADER, PERMITTED].concat());
        split(&stage, &["a.csv"]);
        match broken {
            Some(text) => stage.write(original, text),
            None => fs::remove_file(stage.path(original)).unwrap(),
        }
        // What is not there keeps the decision from being made again; what is another is wrong.
        let (output, found) = replay(&stage);
        let (code, is_wrong) = match broken {
            Some(_) => (3, true),
            None => (2, false),
        };
        assert_eq!(output.status.code(), Some(code), "{}", stage.told(&output));
        assert_eq!(found["wrong"].as_u64() > Some(0), is_wrong, "{found}");
        assert_eq!(found["verified"], false, "{found}");
        stage.write("out/permitted.csv", HEADER);
        let (output, found) = replay(&stage);
        assert_eq!(output.status.code(), Some(3), "{}", stage.told(&output));
        assert!(found["wrong"].as_u64() > Some(0), "{found}");
    }
}

#[test]
fn a_supply_that_came_through_a_fifo_is_not_waited_for() {
    let stage = Stage::new();
    let path = stage.make_fifo("fifo.csv");
    let child = stage.split(&["-q", "fifo.csv"]).spawn().unwrap();
    fs::write(path, [HEADER, PERMITTED].concat()).unwrap();
    assert!(child.wait_with_output().unwrap().status.success());
    let (output, _) = replay(&stage);
    let told = stage.told(&output);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("fifo.csv is no regular file"), "{told}");
}

#[test]
fn a_limit_on_the_size_of_files_is_told_by_a_replay_and_on_standard_output() {
    let stage = Stage::new();
    stage.write("a.csv", many_records(20_000));
    split(&stage, &["a.csv"]);
    for script in [
        "ulimit -f 10; exec $W verify --replay out/manifest.json",
        "ulimit -f 10; exec $W generate --records 10000 > g.csv",
    ] {
        let output = stage.shell(script).output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(1),
            "{script}: {}",
            stage.told(&output)
        );
        assert!(!output.stderr.is_empty(), "{script}");
    }
}

#[test]
fn a_signature_that_ties_no_output_is_refused() {
    let stage = Stage::new();
    stage.write("a.csv", [HEADER, PERMITTED].concat());
    let key = stage.command(&["keygen", "-o", "k.key"]).status().unwrap();
    assert!(key.success());
    let output = stage
        .split(&["-q", "--sign", "k.key", "--digest", "none", "a.csv"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", stage.told(&output));
    assert!(!stage.path("out").exists());
}
