//! The scanner alone, on as many bytes as a block has: the summary that passes from block to block, and the
//! records and fields. With the vectors of this CPU, and without any.

mod supplies;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use supplies::{BLOCK_RECORDS, Padded};
use withhold::records::{BlockSummary, Cpu, Delimiter, EdgeState, Tokens};

fn scanner(criterion: &mut Criterion) {
    let supplies = [
        ("plain", supplies::plain(BLOCK_RECORDS)),
        ("generated", supplies::generated(BLOCK_RECORDS)),
        ("all quoted", supplies::all_quoted(BLOCK_RECORDS)),
        ("illegal quotes", supplies::illegal(BLOCK_RECORDS)),
    ]
    .map(|(name, supply)| (name, Padded::new(supply)));
    let cpus = [("detected", Cpu::detect()), ("portable", Cpu::portable())];
    for (name, supply) in &supplies {
        let throughput = Throughput::Bytes(supply.records().len() as u64);
        for (kind, cpu) in cpus {
            let id = |what| BenchmarkId::new(what, kind);
            let mut group = criterion.benchmark_group(format!("scanner: {name}"));
            group.throughput(throughput.clone());
            group.bench_function(id("summary"), |bencher| {
                bencher
                    .iter(|| BlockSummary::of(cpu, black_box(supply.records()), Delimiter::COMMA));
            });
            group.bench_function(id("last record"), |bencher| {
                let summary = BlockSummary::of(cpu, supply.records(), Delimiter::COMMA);
                bencher.iter(|| {
                    summary.last_record_end(
                        cpu,
                        black_box(supply.records()),
                        Delimiter::COMMA,
                        EdgeState::FieldStart,
                    )
                });
            });
            group.bench_function(id("tokens"), |bencher| {
                let mut tokens = Tokens::new(cpu, Delimiter::COMMA);
                bencher.iter(|| {
                    tokens.start(supply.start, supply.end);
                    let mut fields = 0;
                    while tokens.advance(black_box(&supply.bytes)) {
                        fields += tokens
                            .records()
                            .iter()
                            .map(|record| record.fields)
                            .sum::<u32>();
                    }
                    fields
                });
            });
            group.finish();
        }
    }
}

criterion_group! {
    name = benches;
    config = supplies::criterion();
    targets = scanner
}
criterion_main!(benches);
