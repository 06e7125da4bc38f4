//! The decision alone, on records whose fields have been found already, for agreements that ask for more or less.

mod supplies;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use supplies::{BLOCK_RECORDS, Padded};
use withhold::program::{Decider, RecordFields};
use withhold::records::{Cpu, Delimiter, Tokens, Wide};

/// The agreements, and what a record costs in each but the words that the memo remembers and the date.
const AGREEMENTS: [(&str, &str, &str); 5] = [
    ("no list", "benches/peers", "agreement.toml"),
    ("a list", "testdata/2017", "agreement-retailer.toml"),
    (
        "a list, a territory",
        "testdata/2017",
        "agreement-territory.toml",
    ),
    (
        "a list, all withheld",
        "testdata/2017",
        "agreement-party.toml",
    ),
    (
        "a list, a conflict",
        "testdata/2017",
        "agreement-insight.toml",
    ),
];

/// A record's start, and its fields' ends in [`Scanned::ends`].
struct Record {
    start: u32,
    first_end: usize,
    fields: usize,
}

struct Scanned {
    supply: Padded,
    records: Vec<Record>,
    ends: Vec<u32>,
}

impl Scanned {
    fn new(supply: Vec<u8>) -> Self {
        let supply = Padded::new(supply);
        let mut tokens = Tokens::new(Cpu::detect(), Delimiter::COMMA);
        let (mut records, mut ends) = (Vec::new(), Vec::new());
        tokens.start(supply.start, supply.end);
        while tokens.advance(&supply.bytes) {
            for &record in tokens.records() {
                let of_record = tokens.field_ends(record);
                records.push(Record {
                    start: record.start,
                    first_end: ends.len(),
                    fields: of_record.len(),
                });
                ends.extend_from_slice(&of_record);
            }
        }
        Self {
            supply,
            records,
            ends,
        }
    }
}

/// Every record decided, with the instructions that a run uses.
struct DecideAll<'d, 'p> {
    decider: &'d mut Decider<'p>,
    scanned: &'d Scanned,
}

impl Wide for DecideAll<'_, '_> {
    type Output = usize;
    #[inline(always)]
    fn run(self) -> usize {
        let Scanned {
            supply,
            records,
            ends,
        } = self.scanned;
        let mut permitted = 0;
        for record in records {
            let ends = &ends[record.first_end..][..record.fields];
            let fields = RecordFields::new(&supply.bytes, record.start, ends);
            permitted += usize::from(self.decider.decide(&fields).reasons.is_empty());
        }
        permitted
    }
}

fn decision(criterion: &mut Criterion) {
    let supply = supplies::generated(BLOCK_RECORDS);
    let scanned = Scanned::new(supply.clone());
    let mut group = criterion.benchmark_group("decision");
    group.throughput(Throughput::ElementsAndBytes {
        elements: scanned.records.len() as u64,
        bytes: scanned.supply.records().len() as u64,
    });
    for (name, folder, agreement) in AGREEMENTS {
        let program = supplies::program(folder, agreement, &supply);
        for (kind, cpu) in [("detected", Cpu::detect()), ("portable", Cpu::portable())] {
            group.bench_function(format!("{name}/{kind}"), |bencher| {
                let mut decider = Decider::with_cpu(&program, cpu);
                bencher.iter(|| {
                    cpu.widest(DecideAll {
                        decider: &mut decider,
                        scanned: black_box(&scanned),
                    })
                });
            });
        }
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = supplies::criterion();
    targets = decision
}
criterion_main!(benches);
