//! Ways of running the binary on a scenario: forms of its inputs, blocks, threads, and where an input comes from.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::oracle::dice::Dice;
use crate::oracle::drawn_lists::{gzip, zstandard};
use crate::oracle::scenario::Scenario;

const PATIENCE: Duration = Duration::from_secs(60);

/// One way of running the binary on a scenario.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) arguments: Vec<String>,
    /// The input that comes through standard input, and whether through a pipe (or as a file).
    pub(super) stdin: Option<(Vec<u8>, bool)>,
    pub(super) with_reasons: bool,
}

/// Writes the inputs in one of their forms, and says how to run the binary on them.
pub(super) fn plan(dice: &mut Dice, folder: &Path, scenario: &Scenario, number: usize) -> Run {
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

/// Runs the binary, with the input for it if one comes through standard input.
pub(super) fn run_binary(folder: &Path, number: usize, run: &Run) -> Result<(), String> {
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
