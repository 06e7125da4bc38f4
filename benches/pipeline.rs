//! Whole runs within one process: from a file in the page cache to new files, or to counts alone. Making the new
//! files and taking them away is not measured.

mod supplies;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use withhold::digest::DigestKind;
use withhold::pipeline::{RunOptions, SplitFiles, run};
use withhold::program::Program;
use withhold::supply::{Supply, SupplyOptions};

/// About 30 MB: dozens of blocks.
const RECORDS: u64 = 200_000;

/// A run's files, and their twins that keep them from being taken away within the run.
struct Files {
    split: SplitFiles,
    twins: SplitFiles,
}

impl Files {
    fn new(folder: &Path) -> Self {
        let file = || tempfile::tempfile_in(folder).expect("the target folder takes files");
        let (permitted, withheld) = (file(), file());
        let twin = |file: &std::fs::File| file.try_clone().expect("a file has a twin");
        Self {
            twins: SplitFiles {
                permitted: twin(&permitted),
                withheld: twin(&withheld),
            },
            split: SplitFiles {
                permitted,
                withheld,
            },
        }
    }
}

fn split(
    program: &Program,
    supply: &Supply,
    files: Option<SplitFiles>,
    options: &RunOptions,
) -> u64 {
    run(
        program,
        supply,
        files,
        options,
        &(),
        &AtomicBool::new(false),
    )
    .expect("the supply is sound")
    .counts
    .permitted
}

fn pipeline(criterion: &mut Criterion) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let bytes = supplies::generated(RECORDS);
    let path: PathBuf = folder.join("bench-pipeline.csv");
    std::fs::write(&path, &bytes).expect("the target folder takes files");
    let supply = Supply::open(std::slice::from_ref(&path), SupplyOptions::default())
        .expect("the supply has a header");
    let program = supplies::program("benches/peers", "agreement.toml", &bytes);

    let mut group = criterion.benchmark_group("pipeline");
    group.throughput(Throughput::ElementsAndBytes {
        elements: RECORDS,
        bytes: bytes.len() as u64,
    });
    let all = RunOptions::default().threads;
    let mut threads = vec![NonZeroUsize::MIN, all];
    threads.dedup();
    for threads in threads {
        for digest in [DigestKind::Blake3, DigestKind::None] {
            let options = RunOptions {
                threads,
                digest,
                ..RunOptions::default()
            };
            let kind = format!("{digest:?}, {threads} threads");
            group.bench_function(BenchmarkId::new("count", &kind), |bencher| {
                bencher.iter(|| split(&program, &supply, None, &options));
            });
            group.bench_function(BenchmarkId::new("split", &kind), |bencher| {
                bencher.iter_batched(
                    || Files::new(folder),
                    |files| {
                        let permitted = split(&program, &supply, Some(files.split), &options);
                        (permitted, files.twins)
                    },
                    BatchSize::PerIteration,
                );
            });
        }
    }
    group.finish();
    std::fs::remove_file(&path).expect("it was made above");
}

criterion_group! {
    name = benches;
    config = supplies::criterion();
    targets = pipeline
}
criterion_main!(benches);
