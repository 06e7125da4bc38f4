//! What the machine refuses: space, permissions, closed streams. The exit code is 1, and nothing is left.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::stage::{HEADER, Log, PERMITTED, POLICY, Stage, gzip, many_records};

#[test]
fn an_output_that_cannot_grow_stops_the_run() {
    let stage = Stage::new();
    stage.write("supply.csv", many_records(60_000));
    // A limit on file size stands in for a full disk: it needs no privilege. Blocks of 512 bytes or 1,024, as the shell has it.
    let mut said = std::collections::BTreeSet::new();
    for threads in ["1", "7"] {
        for out in ["split", "check"] {
            let script = match out {
                "split" => format!("ulimit -f 64; $SPLIT --threads {threads} supply.csv"),
                _ => format!(
                    "ulimit -f 1; $W check -q -p policy.toml -a agreement.toml --threads {threads} supply.csv"
                ),
            };
            let output = stage.shell(&script).output().unwrap();
            if out == "check" {
                assert_eq!(stage.told(&output), "exit 0\n", "checking writes nothing");
                continue;
            }
            assert_eq!(output.status.code(), Some(1));
            said.insert(
                stage
                    .told(&output)
                    .replace("permitted.csv", "[OUTPUT]")
                    .replace("withheld.csv", "[OUTPUT]"),
            );
            stage.assert_nothing_left("a run without space");
        }
    }
    let output = stage
        .shell("ulimit -f 64; $W generate --records 100000 -o new.csv")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    said.insert(stage.told(&output));
    assert_eq!(
        stage.names("."),
        ["agreement.toml", "policy.toml", "supply.csv"]
    );
    insta::assert_snapshot!(said.into_iter().collect::<String>());
}

#[test]
fn more_inputs_than_files_may_be_open_are_one_supply() {
    let stage = Stage::new();
    for number in 0..300 {
        stage.write(
            &format!("part-{number:03}.csv"),
            [HEADER, PERMITTED].concat(),
        );
    }
    for threads in ["1", "7"] {
        let script = format!("ulimit -n 64; $SPLIT --quiet --force --threads {threads} part-*.csv");
        let output = stage.shell(&script).output().unwrap();
        assert_eq!(stage.told(&output), "exit 0\n");
        let permitted = fs::read(stage.path("out/permitted.csv")).unwrap();
        assert_eq!(
            permitted.split(|&byte| byte == b'\n').count(),
            302,
            "300 records, a header and an end"
        );
    }
}

#[test]
fn a_manifest_that_cannot_be_written_stops_the_run() {
    let stage = Stage::new();
    let input = "a".repeat(200);
    fs::create_dir(stage.path(&input)).unwrap();
    let input = format!("{input}/supply.csv");
    stage.write(&input, [HEADER, PERMITTED].concat());
    // The outputs fit in a block of 512 bytes, the manifest with its path does not.
    let output = stage
        .shell(&format!("ulimit -f 1; $SPLIT {input}"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(stage.told(&output));
    stage.assert_nothing_left("a run without space for its manifest");
}

#[test]
fn an_envelope_or_a_key_that_cannot_be_written_leaves_nothing() {
    let stage = Stage::new();
    stage.write("supply.csv", [HEADER, PERMITTED].concat());
    let made = stage.command(&["keygen", "-o", "k.key"]).status().unwrap();
    assert_eq!(made.code(), Some(0));
    let mut measured = stage.split(&["-q", "--sign", "k.key", "supply.csv"]);
    assert_eq!(measured.status().unwrap().code(), Some(0));
    let [manifest, envelope] = ["manifest.json", "manifest.dsse.json"]
        .map(|name| stage.read(&format!("out/{name}")).len());
    fs::remove_dir_all(stage.path("out")).unwrap();
    // In blocks of 512 bytes: the manifest fits, with a longer time in it too; the envelope, a third longer, does not.
    let blocks = (manifest + 16).div_ceil(512);
    assert!(blocks * 512 + 16 < envelope);
    let before = stage.names(".");
    let mut log = Log::default();
    for (title, script) in [
        (
            "split --sign",
            &*format!("ulimit -f {blocks}; $SPLIT -q --sign k.key supply.csv"),
        ),
        ("keygen", "ulimit -f 0; $W keygen -o new.key"),
        ("keygen --force", "ulimit -f 0; $W keygen -o k.key --force"),
        ("man", "ulimit -f 0; $W man -o ."),
    ] {
        let key = stage.read("k.key");
        let output = stage.shell(script).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{script}");
        assert_eq!(
            (stage.names("."), stage.read("k.key")),
            (before.clone(), key)
        );
        log.add(title, &stage.told(&output));
    }
    insta::assert_snapshot!(log.text());
}

/// Root may write anywhere, so that permissions are tried on a place where nobody may: the kernel's own.
#[test]
fn a_place_that_cannot_be_written_to_is_the_machines_fault() {
    let stage = Stage::new();
    stage.write("supply.csv", [HEADER, PERMITTED].concat());
    let output = stage
        .command(&[
            "split",
            "-p",
            "policy.toml",
            "-a",
            "agreement.toml",
            "supply.csv",
            "-o",
            "/proc/self/fdinfo/out",
        ])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let mut log = Log::default();
    log.add("a file system that takes nothing", &stage.told(&output));

    for (title, arguments) in [
        ("generate", "generate --records 1 -o /proc/self/fdinfo/out"),
        ("keygen", "keygen -o /proc/self/fdinfo/out"),
        ("man", "man -o /proc/self/fdinfo"),
    ] {
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let output = stage.command(&arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{title}");
        log.add(title, &stage.told(&output));
    }
    // What the system says depends on who asks.
    insta::with_settings!({filters => vec![(r"(No such file or directory|Permission denied) \(os error \d+\)", "[WHY]")]}, {
        insta::assert_snapshot!(log.text());
    });

    fs::create_dir(stage.path("closed")).unwrap();
    fs::set_permissions(stage.path("closed"), PermissionsExt::from_mode(0o500)).unwrap();
    let closed = tempfile::tempfile_in(stage.path("closed")).is_err();
    let output = stage
        .command(&[
            "split",
            "-q",
            "-p",
            "policy.toml",
            "-a",
            "agreement.toml",
            "supply.csv",
            "-o",
            "closed/out",
        ])
        .output()
        .unwrap();
    assert_eq!(
        output.status.code(),
        Some(i32::from(closed)),
        "only root may write there"
    );
    assert_eq!(stage.path("closed/out").exists(), !closed);
    fs::set_permissions(stage.path("closed"), PermissionsExt::from_mode(0o700)).unwrap();
}

#[test]
fn closed_and_full_streams_are_told_by_the_exit_code_and_never_by_a_panic() {
    let mut log = Log::default();
    for (script, code) in [
        // Nobody wants to be told: the run is done.
        ("$SPLIT supply.csv >&-", 0),
        ("$SPLIT supply.csv >&- 2>&- <&-", 0),
        ("$SPLIT --quiet supply.csv >/dev/full", 0),
        // Somebody does, and is not: the outputs are in place all the same.
        ("$SPLIT supply.csv >/dev/full", 1),
        ("$SPLIT --format json supply.csv >/dev/full", 1),
        ("$SPLIT supply.csv >/dev/full 2>/dev/full", 1),
        ("$W check -p policy.toml -a agreement.toml >/dev/full", 1),
        (
            "$W check -p policy.toml -a agreement.toml supply.csv >/dev/full",
            1,
        ),
        ("$W generate --records 9 >/dev/full", 1),
        ("$W --help >/dev/full", 1),
        ("$W completions bash >/dev/full", 1),
        ("$W keygen -o new.key >/dev/full", 1),
        ("$W keygen -o new.key >/dev/full 2>/dev/full", 1),
        (
            "$W init --captured-at captured --consent ok --force supply.csv >/dev/full",
            1,
        ),
        (
            "$W explain -p policy.toml -a agreement.toml --record 1 supply.csv >/dev/full",
            1,
        ),
        (
            "$SPLIT -q supply.csv && $W verify out/manifest.json >/dev/full",
            1,
        ),
        (
            "$SPLIT -q supply.csv && $W report out/manifest.json >/dev/full",
            1,
        ),
        ("$SPLIT -q supply.csv && $W diff out out >/dev/full", 1),
        (
            "$SPLIT -q supply.csv && $W diff out out --recall recall.csv >/dev/full 2>/dev/full; code=$?; ls recall.csv; exit $code",
            1,
        ),
        ("$W --version >&-", 0),
        ("$SPLIT no-such.csv 2>/dev/full", 2),
        ("$SPLIT no-such.csv 2>&-", 2),
        ("$W spilt 2>/dev/full", 2),
        ("$SPLIT - <&-", 2),
        ("$SPLIT - </dev/null", 2),
        ("$SPLIT - <.", 1),
    ] {
        let stage = Stage::new();
        stage.write("supply.csv", [HEADER, PERMITTED].concat());
        let output = stage.shell(script).output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(code),
            "{script}: {}",
            stage.told(&output)
        );
        let wrote = script.contains("$SPLIT") && code < 2 && !script.ends_with("<.");
        assert_eq!(stage.path("out").exists(), wrote, "{script}");
        log.add(script, &stage.told(&output));
    }
    let text = log.text();
    assert!(!text.contains("panicked"));
    insta::with_settings!({filters => vec![(r"\(\d+\.\d s\)", "([TIME])")]}, {
        insta::assert_snapshot!(text);
    });
}

#[test]
fn reasons_however_long_take_no_more_memory() {
    let stage = Stage::new();
    let lists = 3_000;
    let name = |list: usize| format!("{}-{list}", "n".repeat(60));
    let rules: String = (0..lists)
        .map(|list| {
            format!(
                "\n[[suppression]]\nname = \"{}\"\nfile = \"all.csv\"\nmatch = [\"id:digits\"]\nlist = [\"id\"]\nas_of = 2017-04-20\nmax_age = \"28 days\"\n",
                name(list)
            )
        })
        .collect();
    stage.write("policy.toml", [POLICY, &rules].concat());
    stage.write("all.csv", "id\n1\n");
    let records = 600;
    // Half of them are on every list; the last one has no terminator.
    let record = |number: usize| format!("{},2016-09-05,A,Y,postal", 1 + number % 2);
    let supply: Vec<String> = (0..records).map(record).collect();
    stage.write("supply.csv", HEADER.to_owned() + &supply.join("\n"));
    // What is withheld of one window is 65 MB. (An allocator that keeps room for each thread would be what is measured.)
    let split = |more: &str| {
        let command = format!(
            "export MALLOC_ARENA_MAX=1; ulimit -v 110000; exec $SPLIT -q --threads 1 {more} supply.csv"
        );
        let output = stage.shell(&command).output().unwrap();
        assert_eq!(stage.told(&output), "exit 0\n", "{more}");
    };
    split("--compress zst");
    split("--force --compress gz");
    split("--force");
    let reasons: Vec<String> = (0..lists)
        .map(|list| format!("suppressed:{}", name(list)))
        .collect();
    let reasons = reasons.join(" ");
    let withheld: Vec<String> = (0..records)
        .step_by(2)
        .map(|number| format!("{},{reasons}\n", record(number)))
        .collect();
    let expected = [
        &HEADER.replace('\n', ",withheld_reasons\n"),
        &*withheld.concat(),
    ]
    .concat();
    assert!(stage.read("out/withheld.csv") == expected.as_bytes());
    let permitted = stage.read("out/permitted.csv");
    assert_eq!(
        permitted.len(),
        HEADER.len() + records / 2 * record(1).len() + records / 2 - 1
    );
}

#[test]
fn names_however_long_are_told_and_verified() {
    let stage = Stage::new();
    // Together the reasons are longer than a record may be, and each is wider than a column can be printed.
    let name = |list: usize| format!("{}-{list}", "n".repeat(70_000));
    let rules: String = (0..20)
        .map(|list| {
            format!(
                "\n[[suppression]]\nname = \"{}\"\nfile = \"all.csv\"\nmatch = [\"id:exact\"]\nlist = [\"id\"]\nas_of = 2017-04-20\nmax_age = \"28 days\"\n",
                name(list)
            )
        })
        .collect();
    let version = "v".repeat(70_000);
    let policy = POLICY.replace("version = \"A\"", &format!("version = \"{version}\""));
    stage.write("policy.toml", [policy, rules].concat());
    stage.write("all.csv", "id\n1\n");
    let records = format!("1,2016-09-05,{version},Y,postal\n2,2016-09-05,{version},Y,postal\n");
    stage.write("supply.csv", [HEADER, &records].concat());
    for command in [
        "$W check -p policy.toml -a agreement.toml",
        "$SPLIT supply.csv",
        "$W verify out --replay",
        "$W diff out out",
    ] {
        let output = stage.shell(command).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), &*said), (Some(0), ""), "{command}");
    }
}

#[test]
fn notices_and_sources_by_the_thousand_take_little_memory() {
    let stage = Stage::new();
    let (head, notice) = POLICY.split_at(POLICY.find("[[notice]]").unwrap());
    let head = head.replace(
        "notice = \"notice\"\n",
        "notice = \"notice\"\nsource = \"source\"\n",
    );
    let head = head.replace("record = [", "record = [\"source\", ");
    let notices: String = (0..2_000)
        .map(|number| {
            let sources = format!("version = \"A\"\nsources = [\"s{number}\"]");
            notice.replace("version = \"A\"", &sources)
        })
        .collect();
    stage.write("policy.toml", [head, notices].concat());
    stage.write(
        "supply.csv",
        "id,captured,notice,ok,channels,source\n1,2016-09-05,A,Y,postal,s7\n2,2016-09-05,A,Y,postal,x\n",
    );
    // A count for each of the four million pairs would be 64 MB, twice.
    let command =
        "export MALLOC_ARENA_MAX=1; ulimit -v 110000; exec $SPLIT -q --threads 1 supply.csv";
    let output = stage.shell(command).output().unwrap();
    assert_eq!(stage.told(&output), "exit 0\n");
    let manifest: serde_json::Value =
        serde_json::from_slice(&stage.read("out/manifest.json")).unwrap();
    let counted = &manifest["predicate"]["notices"];
    assert_eq!(counted.as_array().unwrap().len(), 2, "{counted}");
}

#[test]
fn a_file_that_expands_without_end_is_not_compared_to_its_end() {
    let stage = Stage::new();
    stage.write("supply.csv", many_records(300));
    for out in ["old", "new"] {
        let split =
            "split -q -p policy.toml -a agreement.toml --no-sync --compress gz supply.csv -o";
        let split = stage.shell(&format!("$W {split} {out}")).status().unwrap();
        assert!(split.success());
    }
    let bomb = gzip(&[HEADER.as_bytes(), &vec![b'\n'; 50 << 20]].concat());
    stage.write("new/permitted.csv.gz", bomb);
    let output = stage.command(&["diff", "old", "new"]).output().unwrap();
    insta::assert_snapshot!(stage.told(&output));
}
