//! Flushing beside some work ends with the work, whatever becomes of either.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;

const STEP: u64 = FLUSHED_BLOCKS;

fn flushing() -> Flushing {
    Flushing::new(1)
}

/// What is told of a run whose outputs are these files, of which so much is written.
fn told(files: [&File; 2], written: [u64; 2]) -> (Vec<String>, State) {
    let errors = Mutex::new(Vec::new());
    let flushing = flushing();
    let work = || {
        for (output, bytes) in written.into_iter().enumerate() {
            flushing.wrote(output, bytes / 2);
            flushing.wrote(output, bytes - bytes / 2);
        }
        // What is due when the work ends is left to the flush at the end.
        let is_due = || flushing.lock().written.iter().any(|&bytes| bytes >= STEP);
        while is_due() && errors.lock().unwrap().is_empty() {
            thread::yield_now();
        }
        "done"
    };
    let named = [("permitted", files[0]), ("withheld", files[1])];
    let failed = |error: RunError| errors.lock().unwrap().push(error.to_string());
    assert_eq!(flushing.flush_during(named, failed, work), "done");
    let left = flushing.state.into_inner().unwrap();
    (errors.into_inner().unwrap(), left)
}

#[test]
fn what_is_due_is_flushed_and_an_error_is_told_with_its_file() {
    let sound = tempfile::tempfile().unwrap();
    // A pipe cannot be flushed.
    let (_, pipe) = std::io::pipe().unwrap();
    let broken = File::from(std::os::fd::OwnedFd::from(pipe));
    let (errors, left) = told([&sound, &sound], [STEP, STEP - 1]);
    assert_eq!((errors.len(), left.written), (0, [0, STEP - 1]));
    let (errors, left) = told([&broken, &broken], [STEP - 1, 0]);
    assert_eq!((errors.len(), left.written), (0, [STEP - 1, 0]));
    for (files, file, written) in [
        ([&broken, &sound], "permitted", [STEP, 0]),
        ([&broken, &sound], "permitted", [STEP, 2 * STEP]),
        ([&sound, &broken], "withheld", [3 * STEP, STEP + 1]),
    ] {
        let (errors, _) = told(files, written);
        let [error] = errors.as_slice() else {
            panic!("{errors:?}");
        };
        assert!(error.contains(&format!("flush {file} to disk")), "{error}");
    }
}

#[test]
fn work_that_panics_is_not_waited_for() {
    let file = tempfile::tempfile().unwrap();
    let flushing = flushing();
    let run = AssertUnwindSafe(|| {
        let files = [("permitted", &file), ("withheld", &file)];
        flushing.flush_during(files, |_| {}, || panic!("as it is meant to"))
    });
    let result: Result<(), _> = catch_unwind(run);
    assert!(result.is_err());
}
