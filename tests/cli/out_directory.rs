//! Where outputs may go, what `--force` replaces, and who may read them.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use super::stage::{HEADER, Log, PERMITTED, POLICY, REFUSED, Stage, long_start};

fn stage() -> Stage {
    let stage = Stage::new();
    stage.write("supply.csv", [HEADER, PERMITTED, REFUSED].concat());
    stage
}

fn split_to(stage: &Stage, out: &str, more: &[&str]) -> std::process::Output {
    let mut command = stage.command(&[
        "split",
        "-p",
        "policy.toml",
        "-a",
        "agreement.toml",
        "supply.csv",
    ]);
    command
        .args(["--quiet", "--no-sync", "-o", out])
        .args(more)
        .output()
        .unwrap()
}

#[test]
fn outputs_replace_nothing_that_a_run_did_not_make() {
    let mut log = Log::default();
    let long = "n".repeat(256);
    for force in [&[][..], &["--force"]] {
        for out in [
            "file",
            "file/",
            "foreign",
            "foreign/.",
            "names-alike",
            "link",
            "link/",
            "dangling",
            ".",
            "..",
            "/",
            "missing/out",
            "file/out",
            "foreign/..",
            "missing/..",
            "ring/out",
            &long,
        ] {
            let stage = stage();
            stage.write("file", "kept");
            fs::create_dir(stage.path("foreign")).unwrap();
            stage.write("foreign/notes.txt", "kept");
            fs::create_dir_all(stage.path("names-alike/permitted.csv")).unwrap();
            fs::create_dir(stage.path("empty")).unwrap();
            symlink("empty", stage.path("link")).unwrap();
            symlink("nowhere", stage.path("dangling")).unwrap();
            symlink("ring", stage.path("ring")).unwrap();
            let before = stage.names(".");

            let output = split_to(&stage, out, force);
            let title = format!("--out {out} {}", force.concat());
            log.add(title.trim_end(), &stage.told(&output));
            assert_eq!(output.status.code(), Some(2), "{title}");
            assert_eq!(stage.names("."), before, "{title}");
            assert_eq!(stage.read("file"), b"kept");
            assert_eq!(stage.read("foreign/notes.txt"), b"kept");
            assert_eq!(stage.names("empty"), [""; 0]);
        }
    }
    insta::assert_snapshot!(log.text());
}

#[test]
fn an_output_is_replaced_only_when_that_is_asked_for() {
    let stage = stage();
    assert_eq!(split_to(&stage, "out", &[]).status.code(), Some(0));
    let first = fs::metadata(stage.path("out")).unwrap().ino();

    let refused = split_to(&stage, "out", &[]);
    insta::assert_snapshot!(stage.told(&refused));
    assert_eq!(fs::metadata(stage.path("out")).unwrap().ino(), first);

    stage.write("supply.csv", [HEADER, REFUSED, REFUSED].concat());
    for out in ["out", "out/", "./out", "out/."] {
        let replaced = split_to(&stage, out, &["--force"]);
        assert_eq!(stage.told(&replaced), "exit 0\n", "{out}");
        assert_eq!(stage.read("out/permitted.csv"), HEADER.as_bytes());
        assert_eq!(
            stage.names("."),
            ["agreement.toml", "out", "policy.toml", "supply.csv"]
        );
    }

    // A run that fails leaves the earlier output as it was.
    let manifest = stage.read("out/manifest.json");
    stage.write("supply.csv", [HEADER, "x".repeat(200).as_str()].concat());
    let failed = split_to(&stage, "out", &["--force", "--max-record-bytes", "100"]);
    assert_eq!(failed.status.code(), Some(3));
    assert_eq!(stage.read("out/manifest.json"), manifest);
    assert_eq!(
        stage.names("."),
        ["agreement.toml", "out", "policy.toml", "supply.csv"]
    );
}

#[test]
fn an_empty_directory_and_part_of_an_output_are_replaced_with_force() {
    for left in [
        &[][..],
        &["permitted.csv"],
        &["manifest.json", "withheld.csv"],
    ] {
        let stage = stage();
        fs::create_dir(stage.path("out")).unwrap();
        for name in left {
            stage.write(&format!("out/{name}"), "old");
        }
        assert_eq!(split_to(&stage, "out", &[]).status.code(), Some(2));
        assert_eq!(stage.names("out").len(), left.len());
        assert_eq!(split_to(&stage, "out", &["--force"]).status.code(), Some(0));
        assert_eq!(
            stage.names("out"),
            ["manifest.json", "permitted.csv", "withheld.csv"]
        );
    }
}

#[test]
fn an_input_that_would_be_replaced_is_refused() {
    let stage = stage();
    assert_eq!(split_to(&stage, "out", &[]).status.code(), Some(0));
    fs::rename(stage.path("supply.csv"), stage.path("out/permitted.csv")).unwrap();
    symlink("out/permitted.csv", stage.path("supply.csv")).unwrap();
    let output = split_to(&stage, "out", &["--force"]);
    insta::assert_snapshot!(stage.told(&output));
    assert!(!stage.read("out/permitted.csv").is_empty());
}

#[test]
fn a_list_that_would_be_replaced_is_refused() {
    let stage = stage();
    assert_eq!(split_to(&stage, "out", &[]).status.code(), Some(0));
    let rule = "\n[[suppression]]\nname = \"before\"\nfile = \"out/withheld.csv\"\nmatch = [\"id:exact\"]\nlist = [\"id\"]\n\
        as_of = 2017-05-01\nmax_age = \"28 days\"\n";
    stage.write("policy.toml", [POLICY, rule].concat());
    let before = stage.read("out/withheld.csv");
    let output = split_to(&stage, "out", &["--force"]);
    insta::assert_snapshot!(stage.told(&output));
    assert_eq!(stage.read("out/withheld.csv"), before);
}

#[test]
fn rules_and_keys_that_would_be_replaced_are_refused() {
    let stage = stage();
    let agreement = stage.read("agreement.toml");
    let territory = b"\n[territory]\ncolumn = \"notice\"\ninclude_file = \"areas.txt\"\n";
    stage.write("agreement.toml", [&agreement[..], territory].concat());
    stage.write("areas.txt", "A\n");
    let key = stage.command(&["keygen", "-o", "k.key"]).status().unwrap();
    assert!(key.success());
    for (what, file) in [
        ("policy", "policy.toml"),
        ("agreement", "agreement.toml"),
        ("territory file", "areas.txt"),
        ("private key", "k.key"),
    ] {
        let output = split_to(&stage, "out", &["--force", "--sign", "k.key"]);
        assert_eq!(output.status.code(), Some(0), "{}", stage.told(&output));
        let before = stage.read(file);
        fs::rename(stage.path(file), stage.path("out/permitted.csv")).unwrap();
        symlink("out/permitted.csv", stage.path(file)).unwrap();
        let output = split_to(&stage, "out", &["--force", "--sign", "k.key"]);
        let told = stage.told(&output);
        assert_eq!(output.status.code(), Some(2), "{told}");
        let lies_there = format!("the {what} ");
        assert!(
            told.contains(&lies_there) && told.contains("lies in the output directory"),
            "{told}"
        );
        assert!(stage.read(file) == before, "{what}");
        fs::remove_file(stage.path(file)).unwrap();
        fs::rename(stage.path("out/permitted.csv"), stage.path(file)).unwrap();
    }
}

#[test]
fn outputs_are_for_their_owner_alone_whatever_the_umask() {
    for umask in ["000", "077", "777", "227"] {
        let stage = stage();
        let output = stage
            .shell(&format!("umask {umask}; $SPLIT -q supply.csv"))
            .output()
            .unwrap();
        assert_eq!(stage.told(&output), "exit 0\n", "umask {umask}");
        let mode =
            |name: &str| fs::metadata(stage.path(name)).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode("out"), 0o700, "umask {umask}");
        for name in ["permitted.csv", "withheld.csv", "manifest.json"] {
            assert_eq!(mode(&format!("out/{name}")), 0o600, "umask {umask}, {name}");
        }
    }
}

#[test]
fn what_killed_runs_left_is_cleared_and_nothing_else() {
    let stage = stage();
    // Only the binary knows how its directories are named: one that waits for its input shows it.
    stage.make_fifo("slow.csv");
    let mut alive = stage.split(&["-q", "supply.csv", "slow.csv"]);
    let mut alive = alive.stderr(std::process::Stdio::null()).spawn().unwrap();
    let mut slow = fs::OpenOptions::new()
        .write(true)
        .open(stage.path("slow.csv"))
        .unwrap();
    std::io::Write::write_all(&mut slow, long_start().as_bytes()).unwrap();
    let staging = super::signals::wait_for_staging(&stage);
    let prefix = &staging[..=staging.rfind('-').unwrap()];
    let named = |digit: &str| format!("{prefix}{}", digit.repeat(32));
    let [left, kept, file, link] = ["0", "1", "2", "f"].map(named);
    fs::create_dir(stage.path(&left)).unwrap();
    stage.write(&format!("{left}/permitted.csv"), "left");
    stage.write(&format!("{left}/manifest.json"), "left");
    // What no run makes there is somebody's.
    fs::create_dir(stage.path(&kept)).unwrap();
    for name in ["notes.txt", "permitted.csv", "manifest.json"] {
        stage.write(&format!("{kept}/{name}"), "kept");
    }
    stage.write(&file, "no directory");
    let others = ["short", &"g".repeat(32), &"0".repeat(33)].map(|rest| format!("{prefix}{rest}"));
    for other in &others {
        fs::create_dir(stage.path(other)).unwrap();
    }
    // A link that somebody planted there.
    fs::create_dir(stage.path("foreign")).unwrap();
    stage.write("foreign/permitted.csv", "kept");
    symlink("foreign", stage.path(&link)).unwrap();

    let failed = split_to(
        &stage,
        "out",
        &["--max-record-bytes", "31", "--delimiter", "tab"],
    );
    assert_eq!(failed.status.code(), Some(2));
    // The next run is for another place.
    assert_eq!(split_to(&stage, "other", &[]).status.code(), Some(0));
    let names = stage.names(".");
    assert!(!stage.path(&left).exists(), "{names:?}");
    assert!(
        stage.path(&staging).exists(),
        "the living run keeps its own: {names:?}"
    );
    for name in ["notes.txt", "permitted.csv", "manifest.json"] {
        assert_eq!(stage.read(&format!("{kept}/{name}")), b"kept", "{name}");
    }
    assert!(stage.path(&file).exists());
    assert!(stage.path(&link).is_symlink());
    assert_eq!(stage.read("foreign/permitted.csv"), b"kept");
    assert!(others.iter().all(|other| stage.path(other).exists()));
    assert_eq!(split_to(&stage, "out", &[]).status.code(), Some(0));

    // The place is taken meanwhile; the slower run does not replace what the faster one made.
    drop(slow);
    assert_eq!(alive.wait().unwrap().code(), Some(2));
    assert!(!stage.path(&staging).exists());
    assert_eq!(
        stage.read("out/permitted.csv"),
        [HEADER, PERMITTED].concat().as_bytes()
    );
}
