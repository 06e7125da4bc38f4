//! The tool that injects a fault: built once from `inject.c`, run around a command. Owns its plans and its report.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// What is done to a run.
#[derive(Debug, Clone)]
pub(crate) enum Plan {
    /// Nothing: its calls are counted.
    Record,
    /// A call fails; all later ones too, if it says so.
    Error {
        site: Site,
        error: &'static str,
        times: Times,
    },
    /// The process is sent a signal.
    Signal {
        site: Site,
        number: i32,
        moment: &'static str,
    },
    /// Reads and writes transfer less than was asked for.
    Short { seed: u64 },
}

/// How often a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Times {
    Once,
    FromThenOn,
}

/// A system call of a run: its name, and which of that name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Site {
    pub(crate) name: String,
    pub(crate) number: u64,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    Exit(i32),
    Signal(i32),
}

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Injected {
    /// Calls made, by name.
    pub(crate) calls: BTreeMap<String, u64>,
    /// How often the fault was injected.
    pub(crate) fired: u64,
    pub(crate) ended: Ended,
    pub(crate) output: Output,
}

impl Plan {
    fn words(&self) -> Vec<String> {
        let words: Vec<&dyn ToString> = match self {
            Self::Record => vec![&"record"],
            Self::Error { site, error, times } => {
                let times = match times {
                    Times::Once => &"once",
                    Times::FromThenOn => &"on",
                };
                vec![&"error", &site.name, &site.number, error, times]
            }
            Self::Signal {
                site,
                number,
                moment,
            } => vec![&"signal", &site.name, &site.number, number, moment],
            Self::Short { seed } => vec![&"short", seed],
        };
        words.into_iter().map(ToString::to_string).collect()
    }
}

/// A command around which the tool carries out a plan; `report` is a path for its own use.
pub(crate) fn around(plan: &Plan, command: &Command, report: &Path) -> Command {
    let mut traced = Command::new(tool());
    traced
        .arg(report)
        .args(plan.words())
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(std::process::Stdio::null());
    if let Some(folder) = command.get_current_dir() {
        traced.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => traced.env(name, value),
            None => traced.env_remove(name),
        };
    }
    traced
}

/// What came of a run that the tool was around.
pub(crate) fn outcome(plan: &Plan, report: &Path, output: Output) -> Injected {
    assert_eq!(
        output.status.code(),
        Some(0),
        "{plan:?}: faults are injected with ptrace(2), which has to be permitted here: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    parse(plan, &std::fs::read_to_string(report).unwrap(), output)
}

fn parse(plan: &Plan, report: &str, output: Output) -> Injected {
    let mut injected = Injected {
        calls: BTreeMap::new(),
        fired: 0,
        ended: Ended::Exit(-1),
        output,
    };
    for line in report.lines() {
        let number = |text: &str| text.parse::<u64>().unwrap();
        match *line.split(' ').collect::<Vec<_>>() {
            ["call", name, count] => {
                injected.calls.insert(name.to_owned(), number(count));
            }
            ["fired", count] => injected.fired = number(count),
            ["ended", "exit", code] => injected.ended = Ended::Exit(number(code) as i32),
            ["ended", "signal", signal] => injected.ended = Ended::Signal(number(signal) as i32),
            _ => panic!("{plan:?}: the run did not end: {line}"),
        }
    }
    injected
}

/// Builds a C file of this folder with the C compiler that the crate needs anyway; where it is.
pub(crate) fn build(source: &str, arguments: &[&str]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let built = folder.join(source.strip_suffix(".c").unwrap());
    let compiler = std::env::var_os("CC").unwrap_or_else(|| OsString::from("cc"));
    // Another process may be running the one that is there: it is replaced in one step.
    let new = tempfile::NamedTempFile::new_in(folder)
        .unwrap()
        .into_temp_path();
    let output = Command::new(compiler)
        .args(["-O1", "-Wall", "-Wextra", "-Werror"])
        .arg(
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("tests/faults")
                .join(source),
        )
        .args(arguments)
        .arg("-o")
        .arg(&new)
        .output()
        .expect("a C compiler is needed: apt-get install build-essential");
    assert!(
        output.status.success(),
        "{source}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    new.persist(&built).unwrap();
    built
}

fn tool() -> &'static Path {
    static TOOL: OnceLock<PathBuf> = OnceLock::new();
    TOOL.get_or_init(|| build("inject.c", &[]))
}

/// Whether every fault is tried, and not a sample.
pub(crate) fn all() -> bool {
    std::env::var("WITHHOLD_FAULTS").is_ok_and(|wanted| wanted == "all")
}

/// What draws a sample.
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new() -> Self {
        let seed = std::env::var("WITHHOLD_FAULTS_SEED")
            .map_or(2017, |seed| seed.parse().expect("the seed is a number"));
        Self(seed)
    }

    /// A number below `end` (SplitMix64).
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((word ^ (word >> 31)) % end as u64) as usize
    }

    /// All of them, or so many in their order.
    pub(crate) fn sample<T>(&mut self, mut things: Vec<T>, count: usize) -> Vec<T> {
        if all() {
            return things;
        }
        while things.len() > count {
            let unlucky = self.below(things.len());
            things.remove(unlucky);
        }
        things
    }
}
