//! A file that changes while its records are read stops the run, whenever that is.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::num::NonZeroUsize;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Once;
use std::time::Duration;

use withhold::pipeline::{Observer, RunError, RunOptions, Seen};
use withhold::supply::{InputError, Severity};

use super::small::{self, HEADER, PERMITTED};

/// What happens to a file.
type Change = fn(&PathBuf);

/// Changes a file once the first block was decided.
struct Changer {
    path: PathBuf,
    once: Once,
    change: Change,
}

impl Observer for Changer {
    fn seen(&self, _seen: Seen) {
        self.once.call_once(|| (self.change)(&self.path));
    }
}

#[test]
fn a_file_that_changes_under_its_readers_is_not_trusted() {
    let changes: [(&str, Change); 3] = [
        ("grown", |path| {
            let mut file = OpenOptions::new().append(true).open(path).unwrap();
            file.write_all(b"more\n").unwrap();
        }),
        ("cut", |path| {
            OpenOptions::new()
                .write(true)
                .open(path)
                .unwrap()
                .set_len(40)
                .unwrap();
        }),
        ("overwritten", |path| {
            // The system's clock for files moves in steps of a few milliseconds.
            std::thread::sleep(Duration::from_millis(15));
            let file = OpenOptions::new().write(true).open(path).unwrap();
            file.write_all_at(b"3", 4).unwrap();
        }),
    ];
    let record = [PERMITTED, b"\n"].concat();
    let content = [HEADER, b"\n", &record.repeat(20_000)].concat();
    for (what, change) in changes {
        for packed in [false, true] {
            for threads in [1, 2, 8] {
                let folder = tempfile::tempdir().unwrap();
                let rules = small::rules(folder.path());
                let path = folder.path().join("supply.csv");
                let stored = if packed {
                    small::gzip(&content)
                } else {
                    content.clone()
                };
                fs::write(&path, stored).unwrap();
                let changer = Changer {
                    path: path.clone(),
                    once: Once::new(),
                    change,
                };
                let options = RunOptions {
                    threads: NonZeroUsize::new(threads).unwrap(),
                    block_bytes: NonZeroUsize::new(256).unwrap(),
                    ..RunOptions::default()
                };
                let stopped = small::split(&rules, &[path], &options, &changer).map(|_| ());
                let error = stopped.expect_err(what);
                assert_eq!(error.severity(), Severity::Input, "{what}: {error}");
                let changed = matches!(error, RunError::Input(InputError::Changed { .. }));
                assert!(changed || packed, "{what}: {error}");
            }
        }
    }
}

/// A file that another one takes the place of: what was opened is what is read, from its first byte to its last.
#[test]
fn a_file_that_is_replaced_while_it_is_read_is_read_as_it_was() {
    let record = [PERMITTED, b"\n"].concat();
    let content = [HEADER, b"\n", &record.repeat(20_000)].concat();
    for packed in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let rules = small::rules(folder.path());
        let path = folder.path().join("supply.csv");
        let stored = if packed {
            small::gzip(&content)
        } else {
            content.clone()
        };
        fs::write(&path, stored).unwrap();
        let changer = Changer {
            path: path.clone(),
            once: Once::new(),
            change: |path| {
                let other = path.with_extension("other");
                fs::write(&other, [HEADER, b"\n"].concat()).unwrap();
                fs::rename(other, path).unwrap();
            },
        };
        let options = RunOptions {
            threads: NonZeroUsize::new(2).unwrap(),
            block_bytes: NonZeroUsize::new(256).unwrap(),
            ..RunOptions::default()
        };
        let (outcome, [permitted, _]) = small::split(&rules, &[path], &options, &changer).unwrap();
        assert_eq!(outcome.counts.records, 20_000);
        assert!(permitted == content, "byte for byte");
        assert!(changer.once.is_completed(), "it was replaced");
    }
}
