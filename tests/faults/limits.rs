//! What the machine runs out of: space and inodes, files, bytes of a file, memory; and places that take nothing.

use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use crate::scene::Scene;
use crate::scenes;
use crate::stage::{AGREEMENT, HEADER, PERMITTED, POLICY, Stage, long_start, many_records};

/// How file systems can be mounted for one command alone, on this machine and by this user.
fn mounter() -> &'static [&'static str] {
    static MOUNTER: OnceLock<&[&str]> = OnceLock::new();
    MOUNTER.get_or_init(|| {
        let ways: [&[&str]; 3] = [
            &["unshare", "-m"],
            &["unshare", "-r", "-m"],
            &["sudo", "-n", "-E", "unshare", "-m"],
        ];
        let folder = tempfile::tempdir().unwrap();
        let works = |way: &&&[&str]| {
            Command::new(way[0])
                .args(&way[1..])
                .args(["mount", "-t", "tmpfs", "tmpfs"])
                .arg(folder.path())
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success())
        };
        ways.iter().find(works).copied().expect(
            "a full disk is tried on a file system of its own: run as root, or allow user namespaces or sudo",
        )
    })
}

/// A folder `disk` to mount file systems on, and a supply whose split takes some 80 kB.
fn stage() -> Stage {
    let stage = Stage::new();
    stage.write("a.csv", many_records(1_500));
    fs::create_dir(stage.path("disk")).unwrap();
    stage
}

/// Runs a shell script with file systems of its own; `$SPLIT_TO` is a split but for its output.
fn mounted(stage: &Stage, script: &str) -> Output {
    let binary = env!("CARGO_BIN_EXE_withhold");
    let split = format!(
        "{binary} split -q -p policy.toml -a agreement.toml --threads 2 --block-bytes 4096 a.csv -o"
    );
    let mounter = mounter();
    Command::new(mounter[0])
        .args(&mounter[1..])
        .args(["sh", "-c", script])
        .current_dir(stage.path("."))
        .env("SPLIT_TO", split)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Runs on a disk with these mount options; the exit code, the names left there and what was said.
fn on_a_disk(stage: &Stage, options: &str) -> (i32, String, String) {
    let output = mounted(
        stage,
        &format!(
            "mount -t tmpfs -o {options} tmpfs disk || exit 99; $SPLIT_TO disk/out; code=$?; ls -A disk; ls -A disk/out 2>/dev/null; exit $code"
        ),
    );
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

const WHOLE: &str = "out\nmanifest.json\npermitted.csv\nwithheld.csv\n";

#[test]
fn a_full_disk_stops_the_run_wherever_it_is_full() {
    let stage = stage();
    let (mut full, mut done) = (0, 0);
    for pages in 1..45 {
        let (code, left, said) = on_a_disk(&stage, &format!("size={}k", pages * 4));
        let what = format!("{pages} pages: exit {code}, left {left:?}: {said}");
        if code == 0 {
            assert_eq!(left, WHOLE, "{what}");
            done += 1;
        } else {
            assert_eq!(code, 1, "{what}");
            assert_eq!(left, "", "{what}");
            assert!(said.contains("No space left on device"), "{what}");
            full += 1;
        }
    }
    assert!(
        full > 5 && done > 5,
        "{full} disks were full, {done} were not"
    );
}

#[test]
fn a_disk_with_room_for_the_outputs_is_not_full() {
    let stage = stage();
    stage.write("a.csv", many_records(700_000));
    let binary = env!("CARGO_BIN_EXE_withhold");
    let split = format!("{binary} split -q -p policy.toml -a agreement.toml a.csv -o");
    let sizes = mounted(
        &stage,
        &format!("{split} out && du -b out | cut -f 1; rm -r out"),
    );
    let bytes: u64 = String::from_utf8(sizes.stdout)
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    assert!(bytes > 16 << 20, "more than is reserved at a time: {bytes}");
    for more in 1..8 {
        let size = (bytes >> 20) + more;
        let script =
            format!("mount -t tmpfs -o size={size}m tmpfs disk || exit 99; {split} disk/out");
        let output = mounted(&stage, &script);
        assert_eq!(output.status.code(), Some(0), "{size} MiB: {output:?}");
    }
}

#[test]
fn a_disk_without_inodes_stops_the_run() {
    let stage = stage();
    let mut codes = Vec::new();
    for inodes in 1..8 {
        let (code, left, said) = on_a_disk(&stage, &format!("size=1m,nr_inodes={inodes}"));
        let what = format!("{inodes} inodes: exit {code}, left {left:?}: {said}");
        assert!(code == 0 || code == 1, "{what}");
        assert_eq!(left, if code == 0 { WHOLE } else { "" }, "{what}");
        assert!(
            code == 0 || said.contains("No space left on device"),
            "{what}"
        );
        codes.push(code);
    }
    codes.dedup();
    assert_eq!(codes, [1, 0], "with enough of them it is done");
}

#[test]
fn a_place_that_takes_nothing_is_told() {
    let stage = stage();
    for (script, code, said) in [
        (
            "mount -t tmpfs -o ro tmpfs disk && $SPLIT_TO disk/out; code=$?; ls -A disk; exit $code",
            1,
            "Read-only file system",
        ),
        // The place itself is another file system: nothing can be renamed to it.
        (
            "mount -t tmpfs tmpfs disk && $SPLIT_TO disk --force; code=$?; ls -A disk; exit $code",
            1,
            "cannot put in place disk",
        ),
        // Its parent is: the directory is made there, and not where temporary files go.
        (
            "mount -t tmpfs tmpfs disk && TMPDIR=/nowhere $SPLIT_TO disk/out && rm -r disk/out",
            0,
            "",
        ),
    ] {
        let output = mounted(&stage, script);
        let told = stage.told(&output);
        assert_eq!(output.status.code(), Some(code), "{script}: {told}");
        assert!(told.contains(said), "{script}: {told}");
        assert_eq!(output.stdout, b"", "{script} left something");
        assert_eq!(
            stage.names("."),
            ["a.csv", "agreement.toml", "disk", "policy.toml"],
            "{script}"
        );
    }
}

#[test]
fn a_place_that_vanishes_is_told() {
    let stage = Stage::new();
    stage.write("policy.toml", POLICY);
    stage.write("agreement.toml", AGREEMENT);
    let fifo = stage.make_fifo("slow.csv");
    fs::create_dir(stage.path("place")).unwrap();
    let child = stage
        .command(&[
            "split",
            "-p",
            "policy.toml",
            "-a",
            "agreement.toml",
            "-o",
            "place/out",
            "slow.csv",
        ])
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut writer = fs::OpenOptions::new().write(true).open(fifo).unwrap();
    writer.write_all(long_start().as_bytes()).unwrap();
    while stage.names("place").is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    // The run may make a file there while the directory is removed.
    while let Err(error) = fs::remove_dir_all(stage.path("place")) {
        assert_eq!(error.kind(), ErrorKind::DirectoryNotEmpty);
    }
    drop(writer);
    let output = child.wait_with_output().unwrap();
    let told = stage.told(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("No such file or directory"), "{told}");
    assert!(!stage.path("place").exists());
}

/// The scene's command under a shell's limits.
fn limited(scene: &Scene, limits: &str) -> Command {
    let plain = scene.command();
    let mut command = scene
        .stage
        .shell(&format!("{limits} && exec \"$0\" \"$@\""));
    command.arg(plain.get_program()).args(plain.get_args());
    for (name, value) in plain.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    command
}

/// Runs a split and a replacement under each limit; whether each was done.
fn under_limits(limits: impl Fn(usize) -> String, values: &[usize], said: &str) -> Vec<bool> {
    let scenes = [scenes::split(), scenes::replacing()];
    let mut done = Vec::new();
    for &value in values {
        let limits = limits(value);
        for scene in &scenes {
            let output = limited(scene, &limits).output().unwrap();
            let what = format!("{limits}: {}", scene.stage.told(&output));
            let code = output.status.code();
            assert!(code == Some(0) || code == Some(1), "{what}");
            assert!(code == Some(0) || what.contains(said), "{what}");
            scene.assert_state(code == Some(0), &what);
            assert_eq!(scene.strays(), [""; 0], "{what}");
            scene.reset();
            done.push(code == Some(0));
        }
    }
    done
}

#[test]
fn a_limit_on_open_files_is_told() {
    // Fewer than the shell and the loader need would try those.
    let values: Vec<usize> = (5..24).collect();
    let done = under_limits(
        |files| format!("ulimit -n {files}"),
        &values,
        "Too many open files",
    );
    assert!(!done[0] && done[done.len() - 1], "{done:?}");
}

#[test]
fn a_limit_on_the_size_of_files_is_told() {
    let values: Vec<usize> = (0..60).step_by(3).collect();
    let done = under_limits(
        |blocks| format!("ulimit -f {blocks}"),
        &values,
        "File too large",
    );
    assert!(!done[0] && done[done.len() - 1], "{done:?}");
}

/// Where memory ends, the standard library can only abort, as if it were killed.
#[test]
fn a_limit_on_memory_leaves_nothing_that_the_next_run_does_not_clear() {
    let scene = scenes::split();
    let mut ends = [0; 3];
    // Close to each other where starting succeeds and the run does not.
    for kilobytes in (8_000..40_000)
        .step_by(1_000)
        .chain((40_000..400_000).step_by(40_000))
    {
        let limits = format!("ulimit -v {kilobytes}");
        let starts = scene
            .stage
            .shell(&format!("{limits} && exec $W --version"))
            .output()
            .unwrap();
        if !starts.status.success() {
            continue;
        }
        let output = limited(&scene, &limits).output().unwrap();
        let what = format!("{limits}: {}", scene.stage.told(&output));
        let done = output.status.success();
        scene.assert_state(done, &what);
        match (output.status.code(), output.status.signal()) {
            (Some(0), _) => ends[0] += 1,
            (Some(1), _) => {
                assert!(!output.stderr.is_empty(), "{what}");
                assert_eq!(scene.strays(), [""; 0], "{what}");
                ends[1] += 1;
            }
            (None, Some(6)) => {
                assert!(!output.stderr.is_empty(), "{what}");
                scene.assert_next_run_clears(&what);
                ends[2] += 1;
            }
            // The run heard of it in time.
            (Some(134), _) => {
                assert!(!output.stderr.is_empty(), "{what}");
                assert_eq!(scene.strays(), [""; 0], "{what}");
                ends[2] += 1;
            }
            _ => panic!("{what}"),
        }
        scene.reset();
    }
    assert!(ends[0] > 0 && ends[1] + ends[2] > 0, "{ends:?}");
}

#[test]
fn nothing_of_a_run_can_be_dumped() {
    let stage = Stage::new();
    let fifo = stage.make_fifo("slow.csv");
    let mut child = stage
        .shell("ulimit -c unlimited 2>/dev/null; exec $SPLIT slow.csv")
        .spawn()
        .unwrap();
    let mut writer = fs::OpenOptions::new().write(true).open(fifo).unwrap();
    writer
        .write_all([HEADER, PERMITTED].concat().as_bytes())
        .unwrap();
    let limits = fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    let words: Vec<&str> = core.unwrap().split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"], "neither now nor later");
    let killed = Command::new("kill")
        .args(["-ABRT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    let status = child.wait().unwrap();
    // It may have come before signals are heeded.
    assert!(
        status.code() == Some(134) || status.signal() == Some(6),
        "{status}"
    );
    assert!(!status.core_dumped());
}
