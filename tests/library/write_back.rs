//! Outputs of many steps, flushed while they grow, have the bytes that they have otherwise.

use std::fs;

use withhold::pipeline::{RunOptions, WriteBack};

use crate::small::{self, HEADER, PERMITTED};

#[test]
fn outputs_flushed_early_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let rules = small::rules(folder.path());
    let filler = "x".repeat(20_000);
    let mut text = [HEADER, b"\n"].concat();
    for number in 0..900 {
        if number % 2 == 0 {
            // A value with much space around it is the value.
            text.extend_from_slice(PERMITTED);
            text.extend_from_slice(" ".repeat(filler.len()).as_bytes());
        } else {
            text.extend_from_slice(format!("{filler},{number}").as_bytes());
        }
        text.push(b'\n');
    }
    let input = folder.path().join("supply.csv");
    fs::write(&input, text).unwrap();
    let run = |write_back| {
        let options = RunOptions {
            write_back,
            ..RunOptions::default()
        };
        let (outcome, outputs) =
            small::split(&rules, std::slice::from_ref(&input), &options, &()).unwrap();
        (outcome.counts, outputs)
    };
    let (counts, [permitted, withheld]) = run(WriteBack::Early);
    assert_eq!((counts.permitted, counts.withheld), (450, 450));
    assert!(permitted.len() > 8 << 20 && withheld.len() > 8 << 20);
    let (_, later) = run(WriteBack::Later);
    assert!(later == [permitted, withheld]);
}
