//! A policy over two columns, so that random bytes often make a record that is permitted.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use withhold::pipeline::{self, Observer, Outcome, RunError, RunOptions, SplitFiles};
use withhold::program::{Decider, Program};
use withhold::records::{Cpu, Delimiter, PADDING, Tokens};
use withhold::rules::Rules;
use withhold::supply::{Supply, SupplyOptions};

pub(crate) const HEADER: &[u8] = b"c,k";

/// A record that is permitted.
pub(crate) const PERMITTED: &[u8] = b"2016-09-05,Y";

const POLICY: &str = r#"schema = 1
controller = "Acorn Club"

[columns]
id = "c"
captured_at = "c"

[consent]
third_parties = { column = "k", given = ["Y"], refused = ["N"] }
channels = { column = "k", separator = "|" }

[data]
record = ["c", "k"]

[[notice]]
version = "A"
from = 2015-01-01
recipients = ["retail"]
purposes = ["marketing"]
channels = ["Y"]
data = ["record"]
valid_for = "unlimited"
"#;

const AGREEMENT: &str = r#"schema = 1
id = "T-1"
supplier = "Acorn Club"
purpose = "marketing/direct"
channels = ["Y"]
delivery = 2017-05-05
data = "all"

[[client]]
name = "Toy Shop"
sector = "retail/toys"
"#;

/// The rules, loaded from files in `folder`.
pub(crate) fn rules(folder: &Path) -> Arc<Rules> {
    let (policy, agreement) = (folder.join("policy.toml"), folder.join("agreement.toml"));
    fs::write(&policy, POLICY).unwrap();
    fs::write(&agreement, AGREEMENT).unwrap();
    Arc::new(Rules::load(&policy, &agreement).expect("the rules are sound"))
}

/// A supply and the program for it.
pub(crate) fn open(rules: &Arc<Rules>, inputs: &[PathBuf]) -> (Supply, Program) {
    let supply = Supply::open(inputs, SupplyOptions::default()).expect("the inputs can be read");
    let program = Program::compile(Arc::clone(rules), supply.header(), &inputs[0]);
    (supply, program.expect("the rules fit the header"))
}

/// Permitted and withheld records of a whole run.
pub(crate) fn split(
    rules: &Arc<Rules>,
    inputs: &[PathBuf],
    options: &RunOptions,
    observer: &dyn Observer,
) -> Result<(Outcome, [Vec<u8>; 2]), RunError> {
    let (supply, program) = open(rules, inputs);
    split_supply(&supply, &program, options, observer)
}

/// The same of a supply that is open.
pub(crate) fn split_supply(
    supply: &Supply,
    program: &Program,
    options: &RunOptions,
    observer: &dyn Observer,
) -> Result<(Outcome, [Vec<u8>; 2]), RunError> {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["permitted.csv", "withheld.csv"].map(|name| folder.path().join(name));
    let files = SplitFiles {
        permitted: File::create(&paths[0]).unwrap(),
        withheld: File::create(&paths[1]).unwrap(),
    };
    let interrupted = AtomicBool::new(false);
    let files = Some(files);
    let outcome = pipeline::run(program, supply, files, options, observer, &interrupted)?;
    Ok((outcome, paths.map(|path| fs::read(path).unwrap())))
}

/// Whether one record, without its terminator, is permitted; decided with nothing but itself at hand.
pub(crate) fn permits(decider: &mut Decider<'_>, record: &[u8]) -> bool {
    let mut buffer = record.to_vec();
    buffer.resize(record.len() + PADDING, 0);
    let mut tokens = Tokens::new(Cpu::detect(), Delimiter::COMMA);
    tokens.start(0, record.len());
    let mut verdicts = Vec::new();
    while tokens.advance(&buffer) {
        for &span in tokens.records() {
            let verdict = decider.decide_scanned(&buffer, &tokens, span);
            verdicts.push(verdict.reasons.is_empty());
        }
    }
    assert_eq!(verdicts.len(), 1, "one record: {}", record.escape_ascii());
    verdicts[0]
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The empty member that ends a file of BGZF.
pub(crate) const BGZF_END: [u8; 28] =
    *b"\x1F\x8B\x08\x04\0\0\0\0\0\xFF\x06\0BC\x02\0\x1B\0\x03\0\0\0\0\0\0\0\0\0";

/// A member of BGZF.
pub(crate) fn bgzf(content: &[u8]) -> Vec<u8> {
    let mut member = b"\x1F\x8B\x08\x04\0\0\0\0\0\xFF\x06\0BC\x02\0\0\0".to_vec();
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    member.extend(encoder.finish().unwrap());
    let mut checksum = flate2::Crc::new();
    checksum.update(content);
    member.extend(checksum.sum().to_le_bytes());
    member.extend((content.len() as u32).to_le_bytes());
    let stated = u16::try_from(member.len() - 1).unwrap().to_le_bytes();
    member[16..18].copy_from_slice(&stated);
    member
}

/// A FIFO that `bytes` are written to by a thread of its own.
pub(crate) fn feed_fifo(path: &Path, bytes: Vec<u8>) -> std::thread::JoinHandle<()> {
    let made = std::process::Command::new("mkfifo")
        .arg(path)
        .status()
        .unwrap();
    assert!(made.success());
    let path = path.to_path_buf();
    std::thread::spawn(move || {
        let mut fifo = fs::OpenOptions::new().write(true).open(path).unwrap();
        match fifo.write_all(&bytes) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            written => written.unwrap(),
        }
    })
}
