//! The supplies that the benches work on: the generated one, and others made of it. Each bench uses its share.
#![allow(
    dead_code,
    reason = "every bench is a crate of its own, and uses some of this"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use criterion::Criterion;
use csv::{QuoteStyle, ReaderBuilder, StringRecord, WriterBuilder};
use withhold::program::Program;
use withhold::records::{Delimiter, PADDING, Preamble};
use withhold::rules::Rules;
use withhold::synthetic::Synthetic;

/// Records that make about as many bytes as one block of a run.
pub(crate) const BLOCK_RECORDS: u64 = 3_500;

/// Settings for all benches: a few seconds for each, since what is compared differs by more than their noise.
pub(crate) fn criterion() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args()
}

/// A generated supply, its header with it.
pub(crate) fn generated(records: u64) -> Vec<u8> {
    let mut supply = Vec::new();
    Synthetic {
        records,
        ..Synthetic::default()
    }
    .write_to(&mut supply, 1)
    .expect("memory takes every byte");
    supply
}

/// The generated supply without any quote: what needs them is left out of the fields.
pub(crate) fn plain(records: u64) -> Vec<u8> {
    rewritten(records, QuoteStyle::Never, |field| {
        field.replace([',', '"', '\n'], " ")
    })
}

/// The generated supply with every field in quotes.
pub(crate) fn all_quoted(records: u64) -> Vec<u8> {
    rewritten(records, QuoteStyle::Always, str::to_owned)
}

/// The supply without quotes, but for an illegal one in the first field of every record.
pub(crate) fn illegal(records: u64) -> Vec<u8> {
    let plain = plain(records);
    let text = std::str::from_utf8(&plain).expect("the generated supply is UTF-8");
    text.replace("\nLMB-", "\nLMB\"").into_bytes()
}

fn rewritten(records: u64, style: QuoteStyle, field: impl Fn(&str) -> String) -> Vec<u8> {
    let supply = generated(records);
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .from_reader(supply.as_slice());
    let mut writer = WriterBuilder::new()
        .quote_style(style)
        .from_writer(Vec::new());
    for record in reader.records() {
        let record: StringRecord = record
            .expect("the generated supply is well-formed")
            .iter()
            .map(&field)
            .collect();
        writer.write_record(&record).expect("memory takes it");
    }
    writer.into_inner().expect("memory takes it")
}

/// A supply in memory as the scanner wants it: where its records start and end, and padding after them.
pub(crate) struct Padded {
    pub(crate) bytes: Vec<u8>,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Padded {
    pub(crate) fn new(mut bytes: Vec<u8>) -> Self {
        let start = preamble(&bytes).body;
        let end = bytes.len();
        bytes.resize(end + PADDING, 0);
        Self { bytes, start, end }
    }

    /// The records alone.
    pub(crate) fn records(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }
}

fn preamble(mut supply: &[u8]) -> Preamble {
    Preamble::read(&mut supply, Delimiter::COMMA, 1 << 20).expect("the supply has a header")
}

/// Rules in a folder, compiled for a supply.
pub(crate) fn program(folder: &str, agreement: &str, supply: &[u8]) -> Program {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let rules = Rules::load(&folder.join("policy.toml"), &folder.join(agreement));
    let rules = rules.unwrap_or_else(|faults| panic!("{}: {faults:?}", folder.display()));
    Program::compile(
        Arc::new(rules),
        &preamble(supply).header,
        Path::new("supply.csv"),
    )
    .expect("the rules fit the supply")
}
