//! A folder with a policy, an agreement and inputs, in which the binary is run.
//! Owns how a run is written down for a snapshot; knows no message.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};

use tempfile::TempDir;

/// The header that [`POLICY`] reads.
pub(crate) const HEADER: &str = "id,captured,notice,ok,channels\n";

/// A record that is permitted.
pub(crate) const PERMITTED: &str = "1,2016-09-05,A,Y,postal\n";

/// A record that is withheld: consent was refused.
pub(crate) const REFUSED: &str = "2,2016-09-05,A,N,postal\n";

/// A policy over five columns.
pub(crate) const POLICY: &str = r#"schema = 1
controller = "Acorn Club"

[columns]
id = "id"
captured_at = "captured"
notice = "notice"

[consent]
third_parties = { column = "ok", given = ["Y"], refused = ["N"] }
channels = { column = "channels", separator = "|" }

[data]
record = ["id", "captured", "notice", "ok", "channels"]

[[notice]]
version = "A"
from = 2015-01-01
recipients = ["retail"]
purposes = ["marketing"]
channels = ["postal", "email"]
data = ["record"]
valid_for = "24 months"
"#;

/// An agreement that takes whole records.
pub(crate) const AGREEMENT: &str = r#"schema = 1
id = "T-1"
supplier = "Acorn Club"
purpose = "marketing/direct"
channels = ["postal"]
delivery = 2017-05-05
data = "all"

[[client]]
name = "Toy Shop"
sector = "retail/toys"
"#;

/// A temporary folder, the working directory of every run in it.
pub(crate) struct Stage(TempDir);

impl Stage {
    /// With the policy and the agreement above.
    pub(crate) fn new() -> Self {
        let stage = Self(tempfile::tempdir().unwrap());
        stage.write("policy.toml", POLICY);
        stage.write("agreement.toml", AGREEMENT);
        stage
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// A FIFO with this name.
    pub(crate) fn make_fifo(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        let made = Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success(), "mkfifo failed");
        path
    }

    /// The binary, in this folder, with nothing on standard input.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_withhold"));
        command
            .args(arguments)
            .current_dir(self.0.path())
            .env_remove("NO_COLOR")
            .stdin(Stdio::null());
        command
    }

    /// `split` into `out`, with what comes after the fixed options.
    pub(crate) fn split(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(&["split", "-p", "policy.toml", "-a", "agreement.toml"]);
        command.args(["-o", "out", "--no-sync"]).args(arguments);
        command
    }

    /// A command typed to a shell in this folder; `$W` is the binary, `$SPLIT` a whole `split` but for its inputs.
    pub(crate) fn shell(&self, script: &str) -> Command {
        let binary = env!("CARGO_BIN_EXE_withhold");
        let split = format!("{binary} split -p policy.toml -a agreement.toml -o out --no-sync");
        let mut command = Command::new("sh");
        command
            .args(["-c", script])
            .current_dir(self.0.path())
            .env("W", binary)
            .env("SPLIT", split)
            .stdin(Stdio::null());
        command
    }

    /// Names in the folder, or a folder of it, sorted.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        names(&self.path(folder))
    }

    /// Nothing of a run is left: no output, and no directory of one that failed.
    pub(crate) fn assert_nothing_left(&self, what: &str) {
        let names = self.names(".");
        let left = |name: &&String| *name == "out" || name.starts_with(".withhold");
        assert_eq!(names.iter().find(left), None, "{what} left something");
    }

    /// What a run said, with everything taken out that differs from run to run.
    pub(crate) fn told(&self, output: &Output) -> String {
        let streams = [("stdout", &output.stdout), ("stderr", &output.stderr)];
        let mut told = format!("{}\n", ended(output.status));
        for (name, bytes) in streams {
            let text = String::from_utf8(bytes.clone()).expect("messages are UTF-8");
            if !text.is_empty() {
                let text = text.replace(&*self.0.path().to_string_lossy(), "[STAGE]");
                told.push_str(&format!("-- {name}\n{}\n", text.trim_end()));
            }
        }
        told
    }
}

/// How a process ended, as a shell would say it.
fn ended(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit {code}"),
        (None, Some(signal)) => format!("killed by signal {signal}"),
        (None, None) => unreachable!("a process that ended exited or was killed"),
    }
}

/// Names in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Runs one after the other, written down for a snapshot.
#[derive(Default)]
pub(crate) struct Log(String);

impl Log {
    pub(crate) fn add(&mut self, title: &str, told: &str) {
        self.0.push_str(&format!("## {title}\n{told}\n"));
    }

    pub(crate) fn shows(&self, text: &str) -> bool {
        self.0.contains(text)
    }

    pub(crate) fn text(self) -> String {
        self.0
    }
}

/// Records of which every third is permitted, numbered.
pub(crate) fn many_records(count: usize) -> String {
    let mut text = String::from(HEADER);
    for number in 0..count {
        let answer = ["Y", "N", ""][number % 3];
        text.push_str(&format!("{number},2016-09-05,A,{answer},postal|email\n"));
    }
    text
}

/// Permitted records that are more than is read at a time while a header is looked for.
pub(crate) fn long_start() -> String {
    [HEADER, &PERMITTED.repeat(4_000)].concat()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::stream::Encoder::new(Vec::new(), 1).unwrap();
    // As the zstd tool does.
    encoder.include_checksum(true).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
