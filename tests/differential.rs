//! Owns the comparison of the built binary with the naive oracle, on random policies, agreements and hostile supplies.
//! `WITHHOLD_SCENARIOS=N` runs more of them, `WITHHOLD_SEED=S` one again; a failure keeps its folder and says where.

#[allow(dead_code, reason = "each test uses its part of the oracle")]
mod oracle;

use oracle::{
    decide::Rules,
    dice::Dice,
    drawn_lists::{gzip, zstandard},
    scenario::{self, Scenario},
    split::{self, Bytes, Counts, Outcome},
};
use proptest::prelude::*;
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const SCENARIOS: u64 = 150;
const PATIENCE: Duration = Duration::from_secs(60);

/// One way of running the binary on a scenario.
#[derive(Debug)]
struct Run {
    arguments: Vec<String>,
    /// The input that comes through standard input, and whether through a pipe (or as a file).
    stdin: Option<(Vec<u8>, bool)>,
    with_reasons: bool,
}

#[test]
fn the_binary_agrees_with_the_oracle() {
    if let Some(seed) = number_from("WITHHOLD_SEED") {
        let seen = try_scenario(seed).unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
        println!("seed {seed}: {seen:?}");
        return;
    }
    let count = number_from("WITHHOLD_SCENARIOS").unwrap_or(SCENARIOS);
    let mut seen = Counts::default();
    let mut faults = Vec::new();
    for seed in 0..count {
        match try_scenario(seed) {
            Ok(counts) => add(&mut seen, counts),
            Err(fault) => faults.push(format!("WITHHOLD_SEED={seed}: {fault}")),
        }
        if faults.len() == 5 {
            break;
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    println!("{seen:#?}");
    if count >= SCENARIOS {
        assert_reached(&seen);
    }
}

fn number_from(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is a number")),
    )
}

fn add(sum: &mut Counts, one: Counts) {
    sum.records += one.records;
    sum.permitted += one.permitted;
    sum.withheld += one.withheld;
    sum.blank_lines += one.blank_lines;
    sum.bytes.read += one.bytes.read;
    sum.terminators_inserted += one.terminators_inserted;
    sum.withdrawals_before_capture += one.withdrawals_before_capture;
    for (reason, (records, only)) in one.reasons {
        let count = sum.reasons.entry(reason).or_default();
        count.0 += records;
        count.1 += only;
    }
}

/// A generator that no longer reaches a reason proves nothing about it.
fn assert_reached(seen: &Counts) {
    assert!(
        seen.permitted * 20 > seen.records,
        "hardly a record was permitted: {seen:?}"
    );
    assert!(
        seen.withheld * 20 > seen.records,
        "hardly a record was withheld: {seen:?}"
    );
    assert!(
        seen.blank_lines > 0 && seen.terminators_inserted > 0,
        "{seen:?}"
    );
    assert!(seen.withdrawals_before_capture > 0, "{seen:?}");
    for reason in [
        "malformed",
        "date-unreadable",
        "notice-unknown",
        "notice-not-in-force",
        "recipient-not-disclosed",
        "purpose-not-disclosed",
        "purpose-sector-conflict",
        "channel-not-disclosed",
        "data-not-disclosed",
        "consent-unknown",
        "consent-refused",
        "consent-withdrawn",
        "consent-expired",
        "captured-after-delivery",
        "channel-not-consented",
        "outside-territory",
        "suppression-uncheckable",
        "suppressed:house",
    ] {
        let only = seen.reasons.get(reason).map_or(0, |(_, only)| *only);
        assert!(
            only > 0,
            "no record was withheld for {reason} alone: {seen:?}"
        );
    }
}

/// Writes the scenario, runs it several ways, and compares each; the folder stays if they differ.
fn try_scenario(seed: u64) -> Result<Counts, String> {
    let mut dice = Dice::new(seed);
    let scenario = scenario::scenario(&mut dice);
    let folder = tempfile::Builder::new()
        .prefix("withhold-oracle-")
        .tempdir()
        .expect("a folder");
    for (name, bytes) in &scenario.files {
        fs::write(folder.path().join(name), bytes).expect("written");
    }
    let at = |name: &str| folder.path().join(name);
    let rules = Rules::load(&at("policy.toml"), &at("agreement.toml"));
    let expected = split::split(&rules, &scenario.inputs, scenario.delimiter, true);
    let bare = split::split(&rules, &scenario.inputs, scenario.delimiter, false);
    for number in 0..4 {
        let run = plan(&mut dice, folder.path(), &scenario, number);
        let wanted = if run.with_reasons { &expected } else { &bare };
        if let Err(fault) = compare(folder.path(), number, &run, wanted) {
            let kept = folder.keep();
            return Err(format!(
                "run {number} {fault}\n  kept in {}\n  withhold {}",
                kept.display(),
                run.arguments.join(" ")
            ));
        }
    }
    Ok(expected.counts)
}

/// Writes the inputs in one of their forms, and says how to run the binary on them.
fn plan(dice: &mut Dice, folder: &Path, scenario: &Scenario, number: usize) -> Run {
    let delimiter = scenario.delimiter;
    let text = |name: &str| folder.join(name).to_str().expect("UTF-8").to_owned();
    let mut arguments = vec![
        "split".to_owned(),
        "--no-sync".to_owned(),
        "--quiet".to_owned(),
    ];
    arguments.extend(["--policy".to_owned(), text("policy.toml")]);
    arguments.extend(["--agreement".to_owned(), text("agreement.toml")]);
    arguments.extend(["--out".to_owned(), text(&format!("out-{number}"))]);
    if number > 0 {
        // Many threads on tiny blocks mostly wait for each other: one run in twenty is enough of that.
        let crowd = dice.chance(5);
        let threads = if crowd {
            "64"
        } else {
            dice.pick(&["1", "2", "3", "4", "8"])
        };
        arguments.extend(["--threads".to_owned(), threads.to_owned()]);
        let long = scenario.inputs.iter().map(Vec::len).sum::<usize>() > 4_000;
        let tiny = ["1", "2", "3", "5", "7", "13"];
        let small = ["16", "31", "64", "100", "257", "4096"];
        let block = if long && !dice.chance(10) || dice.chance(50) {
            dice.pick(&small)
        } else {
            dice.pick(&tiny)
        };
        arguments.extend(["--block-bytes".to_owned(), block.to_owned()]);
    }
    let with_reasons = number < 3;
    if !with_reasons {
        arguments.extend(["--reasons".to_owned(), "none".to_owned()]);
    }

    let by_stdin = (number > 0 && dice.chance(40)).then(|| dice.below(scenario.inputs.len()));
    let implied = match delimiter {
        b',' => Some(".csv"),
        b'\t' => Some(".tsv"),
        b'|' => Some(".psv"),
        _ => None,
    };
    let by_name = implied.filter(|_| (by_stdin.is_none() || delimiter == b',') && dice.chance(75));
    if by_name.is_none() {
        let said = match delimiter {
            b'\t' if dice.chance(50) => "tab".to_owned(),
            other => char::from(other).to_string(),
        };
        arguments.extend(["--delimiter".to_owned(), said]);
    }

    let mut stdin = None;
    for (place, input) in scenario.inputs.iter().enumerate() {
        if by_stdin == Some(place) {
            stdin = Some((input.clone(), dice.chance(60)));
            arguments.push("-".to_owned());
            continue;
        }
        let cut = dice.below(input.len() + 1);
        let parts = [&input[..cut], &input[cut..]];
        let parts = if dice.chance(50) {
            &parts[..]
        } else {
            &[input.as_slice()]
        };
        let (bytes, suffix) = match if number == 0 { 0 } else { dice.below(4) } {
            1 => (gzip(parts), ".gz"),
            2 => (zstandard(parts), ".zst"),
            _ => (input.clone(), ""),
        };
        // The content says how a file is packed, whatever its name says.
        let suffix = if dice.chance(10) {
            dice.pick(&["", ".gz", ".zst"])
        } else {
            suffix
        };
        let name = format!(
            "input-{number}-{place}{}{suffix}",
            by_name.unwrap_or(".csv")
        );
        fs::write(folder.join(&name), bytes).expect("written");
        arguments.push(text(&name));
    }
    Run {
        arguments,
        stdin,
        with_reasons,
    }
}

/// Runs the binary and compares all that it wrote.
fn compare(folder: &Path, number: usize, run: &Run, wanted: &Outcome) -> Result<(), String> {
    run_binary(folder, number, run)?;
    let out = folder.join(format!("out-{number}"));
    same_bytes(&out.join("permitted.csv"), &wanted.permitted)?;
    same_bytes(&out.join("withheld.csv"), &wanted.withheld)?;
    let counts = counts_of(&out.join("manifest.json"))?;
    if counts != wanted.counts {
        return Err(format!(
            "counts:\n  binary {counts:?}\n  oracle {:?}",
            wanted.counts
        ));
    }
    Ok(())
}

fn run_binary(folder: &Path, number: usize, run: &Run) -> Result<(), String> {
    let errors = folder.join(format!("stderr-{number}"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_withhold"));
    command.args(&run.arguments).stdout(Stdio::null());
    command.stderr(File::create(&errors).expect("created"));
    match &run.stdin {
        Some((_, true)) => command.stdin(Stdio::piped()),
        Some((bytes, false)) => {
            let file = folder.join(format!("stdin-{number}"));
            fs::write(&file, bytes).expect("written");
            command.stdin(File::open(&file).expect("opened"))
        }
        None => command.stdin(Stdio::null()),
    };
    let mut child = command
        .spawn()
        .map_err(|error| format!("does not start: {error}"))?;
    let feeder = child.stdin.take().map(|mut pipe| {
        let bytes = run
            .stdin
            .as_ref()
            .map(|(bytes, _)| bytes.clone())
            .unwrap_or_default();
        thread::spawn(move || {
            for chunk in bytes.chunks(97) {
                // A binary that stops early closes the pipe; its exit status is what counts.
                if pipe.write_all(chunk).is_err() {
                    break;
                }
            }
        })
    });
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child") {
            break status;
        }
        if start.elapsed() > PATIENCE {
            child.kill().expect("killed");
            child.wait().expect("waited");
            return Err("hangs".to_owned());
        }
        thread::sleep(Duration::from_millis(1));
    };
    if let Some(feeder) = feeder {
        feeder.join().expect("fed");
    }
    if !status.success() {
        let said = fs::read_to_string(&errors).unwrap_or_default();
        return Err(format!("ends with {status}:\n{said}"));
    }
    Ok(())
}

fn same_bytes(file: &PathBuf, wanted: &[u8]) -> Result<(), String> {
    let found = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    if found == wanted {
        return Ok(());
    }
    let place = found
        .iter()
        .zip(wanted)
        .take_while(|(one, other)| one == other)
        .count();
    let around = |bytes: &[u8]| {
        let start = place.saturating_sub(120).min(bytes.len());
        bytes[start..bytes.len().min(place + 120)]
            .escape_ascii()
            .to_string()
    };
    Err(format!(
        "{} differs at byte {place}:\n  binary {}\n  oracle {}",
        file.file_name().expect("a name").display(),
        around(&found),
        around(wanted)
    ))
}

fn counts_of(manifest: &Path) -> Result<Counts, String> {
    let text = fs::read(manifest).map_err(|error| format!("{}: {error}", manifest.display()))?;
    let manifest: serde_json::Value =
        serde_json::from_slice(&text).map_err(|error| format!("manifest: {error}"))?;
    let counts = &manifest["predicate"]["counts"];
    let number = |value: &serde_json::Value, key: &str| {
        value[key]
            .as_u64()
            .ok_or_else(|| format!("the manifest has no {key}"))
    };
    let mut reasons = BTreeMap::new();
    for count in counts["reasons"]
        .as_array()
        .ok_or("the manifest has no reasons")?
    {
        let reason = count["reason"].as_str().ok_or("a reason without a name")?;
        let both = (number(count, "records")?, number(count, "only")?);
        if both.0 > 0 && reasons.insert(reason.to_owned(), both).is_some() {
            return Err(format!("{reason} stands twice in the manifest"));
        }
    }
    Ok(Counts {
        records: number(counts, "records")?,
        permitted: number(counts, "permitted")?,
        withheld: number(counts, "withheld")?,
        blank_lines: number(counts, "blank_lines")?,
        bytes: Bytes {
            read: number(counts, "bytes")?,
            headers: number(&counts["bytes_of"], "headers")?,
            permitted: number(&counts["bytes_of"], "permitted")?,
            withheld: number(&counts["bytes_of"], "withheld")?,
            blank: number(&counts["bytes_of"], "blank")?,
        },
        terminators_inserted: number(counts, "terminators_inserted")?,
        withdrawals_before_capture: number(counts, "withdrawals_before_capture")?,
        reasons,
    })
}

const SMALL_POLICY: &str = r#"
schema = 1
controller = "C"
[columns]
id = "id"
captured_at = "day"
[consent]
third_parties = { column = "opt", given = ["Y"], refused = ["N"] }
channels = { column = "ch", separator = "|" }
[data]
all = ["id", "day", "opt", "ch"]
[[notice]]
version = "1"
from = 2016-01-01
recipients = ["retail"]
purposes = ["marketing"]
channels = ["postal"]
data = ["all"]
valid_for = "unlimited"
"#;

const SMALL_AGREEMENT: &str = r#"
schema = 1
id = "A"
supplier = "C"
purpose = "marketing"
channels = ["postal"]
delivery = 2017-01-01
data = "all"
[[client]]
name = "Shop"
sector = "retail"
"#;

fn piece() -> impl Strategy<Value = &'static [u8]> {
    let sound: [&[u8]; 3] = [
        b"1,2016-05-05,Y,postal",
        b"\"2\",2016-05-05,Y,\"postal\"",
        b"\"\n\",2016-05-05,N,postal",
    ];
    let ends: [&[u8]; 3] = [b"\n", b"\r\n", b"\r"];
    let odd: [&[u8]; 8] = [
        b"\"",
        b"\"\"",
        b",",
        b"x",
        b" ",
        b",\"",
        b"\",",
        b"\xef\xbb\xbf",
    ];
    prop_oneof![
        3 => prop::sample::select(sound.to_vec()),
        4 => prop::sample::select(ends.to_vec()),
        2 => prop::sample::select(odd.to_vec()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 100,
        failure_persistence: None,
        max_shrink_time: 20_000,
        ..ProptestConfig::default()
    })]

    /// The same comparison where only the bytes vary, so that a failure shrinks to a few of them.
    #[test]
    fn hostile_bytes_are_split_as_the_oracle_splits_them(
        marks in prop::collection::vec(any::<bool>(), 2),
        header_end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        inputs in prop::collection::vec(prop::collection::vec(piece(), 0..24), 1..3),
        threads in 1..5_u8,
        block_bytes in 1..40_u8,
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        fs::write(at("policy.toml"), SMALL_POLICY).expect("written");
        fs::write(at("agreement.toml"), SMALL_AGREEMENT).expect("written");
        let mut arguments: Vec<String> =
            ["split", "--no-sync", "--quiet"].map(str::to_owned).to_vec();
        for (option, value) in [
            ("--policy", at("policy.toml").display().to_string()),
            ("--agreement", at("agreement.toml").display().to_string()),
            ("--out", at("out-0").display().to_string()),
            ("--threads", threads.to_string()),
            ("--block-bytes", block_bytes.to_string()),
        ] {
            arguments.extend([option.to_owned(), value]);
        }
        let mut supply = Vec::new();
        for (place, pieces) in inputs.iter().enumerate() {
            let mark = if marks[place] { "\u{feff}" } else { "" };
            let mut input = format!("{mark}id,day,opt,ch{header_end}").into_bytes();
            input.extend(pieces.concat());
            let name = at(&format!("input-{place}.csv"));
            fs::write(&name, &input).expect("written");
            arguments.push(name.display().to_string());
            supply.push(input);
        }
        let rules = Rules::load(&at("policy.toml"), &at("agreement.toml"));
        let wanted = split::split(&rules, &supply, b',', true);
        let run = Run { arguments, stdin: None, with_reasons: true };
        let compared = compare(folder.path(), 0, &run, &wanted);
        prop_assert!(compared.is_ok(), "{}", compared.unwrap_err());
    }
}

/// The generators' own test: every scenario is read by the oracle, and every reason is reached.
#[test]
fn the_generators_reach_every_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut seen = Counts::default();
    for seed in 0..SCENARIOS {
        let scenario = scenario::scenario(&mut Dice::new(seed));
        for (name, bytes) in &scenario.files {
            fs::write(folder.path().join(name), bytes).expect("written");
        }
        let at = |name: &str| folder.path().join(name);
        let rules = Rules::load(&at("policy.toml"), &at("agreement.toml"));
        add(
            &mut seen,
            split::split(&rules, &scenario.inputs, scenario.delimiter, true).counts,
        );
    }
    println!("{seen:#?}");
    assert_reached(&seen);
}
