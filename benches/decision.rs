//! Records found and decided as in a run, for agreements that ask for more or less. What finding them takes of it, the bench `scanner`
//! tells.

mod supplies;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use supplies::{BLOCK_RECORDS, Padded};
use withhold::program::{Decider, Decision};
use withhold::records::{Cpu, Delimiter, Tokens};

/// The agreements, and what is looked at of each record beside its words and its day of capture.
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

/// Every record found and decided as a run does it: a window of the scanner at a time.
fn decide_all(decider: &mut Decider<'_>, tokens: &mut Tokens, supply: &Padded) -> usize {
    let (mut decisions, mut by_case) = (Vec::new(), 0);
    tokens.start(supply.start, supply.end);
    while tokens.advance(&supply.bytes) {
        let records = tokens.records();
        decisions.clear();
        decisions.resize(records.len(), Decision::ALONE);
        decider.decide_all(
            &supply.bytes,
            tokens,
            records,
            &mut decisions,
            |_, verdict| {
                black_box(verdict);
            },
        );
        by_case += decisions
            .iter()
            .filter(|decision| decision.case().is_some())
            .count();
    }
    by_case
}

fn decision(criterion: &mut Criterion) {
    let supply = supplies::generated(BLOCK_RECORDS);
    let padded = Padded::new(supply.clone());
    let mut group = criterion.benchmark_group("decision");
    group.throughput(Throughput::ElementsAndBytes {
        elements: BLOCK_RECORDS,
        bytes: padded.records().len() as u64,
    });
    for (name, folder, agreement) in AGREEMENTS {
        let program = supplies::program(folder, agreement, &supply);
        for (kind, cpu) in [("detected", Cpu::detect()), ("portable", Cpu::portable())] {
            group.bench_function(format!("{name}/{kind}"), |bencher| {
                let mut decider = Decider::with_cpu(&program, cpu);
                let mut tokens = Tokens::new(cpu, Delimiter::COMMA);
                bencher.iter(|| decide_all(&mut decider, &mut tokens, black_box(&padded)));
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
