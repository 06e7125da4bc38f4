//! What came of blocks is placed in their order, in whatever order it comes.

use std::fs;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;

use super::*;
use crate::compression::Compression;
use crate::digest::DigestKind;
use crate::pipeline::streams::OutputStream;

/// What came of a block, of so many bytes for each output.
fn packed(sequence: u64, [permitted, withheld]: [usize; 2]) -> Packed {
    let mut packed = Packed::new();
    packed
        .permitted
        .push(&vec![b'p'.wrapping_add(sequence as u8); permitted]);
    packed
        .withheld
        .push(&vec![b'w'.wrapping_add(sequence as u8); withheld]);
    packed
}

/// Both files after `put` has put all the blocks.
fn placed(threads: usize, put: impl FnOnce(&Placing, &Outputs<'_>)) -> [Vec<u8>; 2] {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["permitted", "withheld"].map(|name| folder.path().join(name));
    let files = paths.each_ref().map(|path| fs::File::create(path).unwrap());
    let outputs = Outputs {
        permitted: OutputStream::new(("permitted", &files[0]), DigestKind::Blake3, 1, None),
        withheld: OutputStream::new(("withheld", &files[1]), DigestKind::Blake3, 1, None),
        terminator: Vec::new(),
        compression: Compression::Zstd,
    };
    let placing = Placing::new(NonZeroUsize::new(threads).unwrap());
    put(&placing, &outputs);
    let places = placing.into_value().expect("every turn was ended");
    outputs.permitted.finish(&places.permitted, None).unwrap();
    outputs.withheld.finish(&places.withheld, None).unwrap();
    paths.map(|path| fs::read(path).unwrap())
}

fn in_order(sizes: &[[usize; 2]]) -> [Vec<u8>; 2] {
    let mut all = [Vec::new(), Vec::new()];
    for (sequence, &sizes) in sizes.iter().enumerate() {
        let packed = packed(sequence as u64, sizes);
        all[0].extend_from_slice(packed.permitted.content());
        all[1].extend_from_slice(packed.withheld.content());
    }
    all
}

fn sizes() -> impl Strategy<Value = [usize; 2]> {
    let size = || prop_oneof![Just(0), 1_usize..9_000];
    [size(), size()]
}

proptest! {
    #[test]
    fn nobody_waits_for_those_before(
        sizes in proptest::collection::vec(sizes(), 1..=4),
        order in Just([0, 1, 2, 3]).prop_shuffle(),
    ) {
        let found = placed(2, |placing, outputs| {
            // One thread puts all, so it would wait for itself.
            for sequence in order.into_iter().filter(|&sequence| sequence < sizes.len()) {
                let mut packed = packed(sequence as u64, sizes[sequence]);
                assert!(placing.put(sequence as u64, &mut packed, outputs).unwrap());
                assert!(packed.permitted.content().is_empty());
            }
        });
        prop_assert_eq!(found, in_order(&sizes));
    }

    #[test]
    fn threads_place_blocks_in_order(
        sizes in proptest::collection::vec((sizes(), any::<bool>()), 1..60),
        threads in 1_usize..6,
    ) {
        let next = AtomicUsize::new(0);
        let start = Barrier::new(threads);
        let found = placed(1, |placing, outputs| {
            std::thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|| {
                        start.wait();
                        loop {
                            let sequence = next.fetch_add(1, Ordering::Relaxed);
                            let Some(&(sizes, takes_its_turn)) = sizes.get(sequence) else { break };
                            let mut packed = packed(sequence as u64, sizes);
                            if takes_its_turn {
                                let places = placing.take(sequence as u64).unwrap();
                                placing.put_in_turn(places, &mut packed, outputs).unwrap();
                            } else {
                                assert!(placing.put(sequence as u64, &mut packed, outputs).unwrap());
                            }
                        }
                    });
                }
            });
        });
        let sizes: Vec<_> = sizes.iter().map(|&(sizes, _)| sizes).collect();
        prop_assert_eq!(found, in_order(&sizes));
    }
}

#[test]
fn a_turn_that_is_waited_for_ends_with_the_run() {
    placed(1, |placing, outputs| {
        for sequence in 1..5 {
            assert!(
                placing
                    .put(sequence, &mut packed(sequence, [1, 1]), outputs)
                    .unwrap()
            );
        }
        std::thread::scope(|scope| {
            // There is no room for it, and its turn does not come.
            let waits = scope.spawn(|| placing.put(5, &mut packed(5, [1, 1]), outputs).unwrap());
            placing.close();
            assert!(!waits.join().unwrap());
        });
    });
}
