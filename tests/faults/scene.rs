//! A command in a folder, and what may be found there after it, whatever happened: what was there before, or what the command makes.
//! Owns the judgement of a run.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::feed::Feed;
use crate::folder::{self, Folder};
use crate::inject::{Ended, Injected, Plan, Site, around, outcome};
use crate::stage::Stage;

/// Calls of the allocator and of the threads' start, where the standard library and the C library have no way out but to abort.
/// Then, as after SIGKILL, a directory may be left that the next run clears.
const OF_THE_RUNTIME: [&str; 14] = [
    "brk",
    "clone",
    "clone3",
    "getrandom",
    "madvise",
    "mmap",
    "mprotect",
    "mremap",
    "munmap",
    "rseq",
    "rt_sigprocmask",
    "sched_getaffinity",
    "set_robust_list",
    "sigaltstack",
];

/// Whether a call is of the allocator or of the threads' start.
pub(crate) fn is_of_the_runtime(site: &Site) -> bool {
    OF_THE_RUNTIME.contains(&site.name.as_str())
}

/// Calls that claim a name, which somebody else may have taken a moment before.
pub(crate) const CLAIMING: [&str; 2] = ["mkdirat", "renameat2"];

/// Commands that make several files, each in a step of its own.
const MAKING_SEVERAL: [&str; 3] = ["init", "keygen", "man"];

/// Values of records and of keys, which nothing may say.
const VALUES: [&str; 3] = ["postal|email", "2016-09-05", "PRIVATE KEY"];

pub(crate) struct Scene {
    pub(crate) stage: Stage,
    arguments: Vec<&'static str>,
    feed: Feed,
    /// How it ends where nothing happens to it.
    code: i32,
    before: Folder,
    /// What is there when the command is done.
    after: Folder,
    /// What it says on standard output.
    said: Vec<u8>,
}

impl Scene {
    /// A command in the folder of a stage, and what is fed to it.
    pub(crate) fn new(stage: Stage, arguments: &[&'static str], feed: Feed) -> Self {
        Self::ending(0, stage, arguments, feed)
    }

    /// A command that ends with this exit code.
    pub(crate) fn ending(code: i32, stage: Stage, arguments: &[&'static str], feed: Feed) -> Self {
        fs::create_dir(stage.path("tmp")).unwrap();
        let mut scene = Self {
            before: folder::read(&stage.path(".")),
            stage,
            arguments: arguments.to_vec(),
            feed,
            code,
            after: Folder::new(),
            said: Vec::new(),
        };
        let output = scene.feed.output(scene.command());
        let told = scene.stage.told(&output);
        assert_eq!(output.status.code(), Some(code), "{told}");
        scene.said = output.stdout;
        scene.after = scene.state();
        assert!(code == 0 || scene.after == scene.before, "{told}");
        assert_eq!(scene.strays(), [""; 0]);
        scene.reset();
        scene
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = self.stage.command(&self.arguments);
        command.env("TMPDIR", self.stage.path("tmp"));
        command
    }

    /// The calls of a run to which nothing happens.
    pub(crate) fn sites(&self) -> Vec<Site> {
        let injected = self.inject(&Plan::Record);
        assert_eq!(injected.ended, Ended::Exit(self.code));
        let calls = injected.calls.iter();
        let sites = calls.flat_map(|(name, &count)| {
            (1..=count).map(|number| Site {
                name: name.clone(),
                number,
            })
        });
        let sites = sites.collect();
        self.reset();
        sites
    }

    /// Runs the command with a fault; what it left is not yet cleared away.
    pub(crate) fn inject(&self, plan: &Plan) -> Injected {
        let report = tempfile::NamedTempFile::new().unwrap();
        let traced = around(plan, &self.command(), report.path());
        outcome(plan, report.path(), self.feed.output(traced))
    }

    /// Asserts that a run in which a call failed did what may be expected of it, and puts everything back.
    pub(crate) fn judge(&self, injected: &Injected, plan: &Plan, what: &str) {
        let Plan::Error { site, .. } = plan else {
            panic!("{what}: no call fails in {plan:?}");
        };
        let runtime = is_of_the_runtime(site);
        let said = String::from_utf8(injected.output.stderr.clone()).unwrap();
        let what = format!("{what}: {:?}: {said}", injected.ended);
        match injected.ended {
            Ended::Exit(code) if code == self.code => {}
            Ended::Exit(_) if self.is_refused_as_taken(injected, plan) => {}
            // The machine failed, and neither the request nor the input.
            Ended::Exit(1) => {
                // Where nothing can be written, nothing can be said.
                assert!(
                    !said.is_empty() || site.name == "write",
                    "{what}: nothing was said"
                );
                assert!(
                    runtime || !said.contains("internal fault"),
                    "{what}: not the cause"
                );
            }
            // The runtime aborts; the run may hear of that in time to take away what it made.
            Ended::Signal(6) | Ended::Exit(134) if runtime => {
                assert!(!said.is_empty(), "{what}: nothing was said");
            }
            ended => panic!("{what}: {ended:?}"),
        }
        self.assert_discreet(&said, &what);
        if said.contains("cannot be taken back") {
            self.assert_each_whole(&what);
        } else if injected.ended == Ended::Signal(6) {
            // A thread that cannot start ends the process, wherever the others are.
            self.assert_state_of_killed(false, &what);
        } else {
            self.assert_state(injected.ended == Ended::Exit(self.code), &what);
        }
        // What cannot be removed is left as well.
        if injected.ended == Ended::Signal(6) || site.name == "unlinkat" {
            self.assert_next_run_clears(&what);
        } else {
            assert_eq!(self.strays(), [""; 0], "{what}");
        }
        self.reset();
    }

    /// Whether a run is refused since somebody else took its place, and nobody said that it may be replaced.
    pub(crate) fn is_refused_as_taken(&self, injected: &Injected, plan: &Plan) -> bool {
        let taken = |site: &Site, error: &str| site.name == "renameat2" && error == "EEXIST";
        injected.ended == Ended::Exit(2)
            && matches!(plan, Plan::Error { site, error, .. } if taken(site, error))
            && !self.arguments.contains(&"--force")
    }

    fn assert_discreet(&self, said: &str, what: &str) {
        for value in VALUES {
            assert!(!said.contains(value), "{what}: a value was said");
        }
        assert!(!said.contains("panicked"), "{what}: a panic was said");
        let folder = self.stage.path("").to_string_lossy().into_owned();
        assert!(
            !said.contains(folder.trim_end_matches('/')),
            "{what}: nobody typed this path"
        );
    }

    /// What is there is what was there before, or what the command makes; the latter, if it is done.
    pub(crate) fn assert_state(&self, done: bool, what: &str) {
        let state = self.state();
        if done {
            assert!(
                state == self.after,
                "{what}: the output is not right: {:?}",
                state.keys()
            );
        } else {
            let allowed = state == self.before || state == self.after;
            assert!(
                allowed,
                "{what}: the output is half there: {:?}",
                state.keys()
            );
        }
    }

    /// After SIGKILL: the same; but of several files each is as it was before, or as the command makes it.
    pub(crate) fn assert_state_of_killed(&self, done: bool, what: &str) {
        if done || !MAKING_SEVERAL.contains(&self.arguments[0]) {
            self.assert_state(done, what);
        } else {
            self.assert_each_whole(what);
        }
    }

    fn assert_each_whole(&self, what: &str) {
        let state = self.state();
        let paths = state.keys().chain(self.before.keys());
        for path in paths.collect::<std::collections::BTreeSet<_>>() {
            let there = state.get(path);
            assert!(
                there == self.before.get(path) || there == self.after.get(path),
                "{what}: {path} is half there"
            );
        }
    }

    /// The same words on standard output.
    pub(crate) fn assert_said(&self, injected: &Injected, what: &str) {
        assert_eq!(
            lasting(&injected.output.stdout),
            lasting(&self.said),
            "{what}"
        );
    }

    /// What a killed run left is for nobody else to read, and is gone after the next run, which is right.
    pub(crate) fn assert_next_run_clears(&self, what: &str) {
        for stray in self.strays() {
            let metadata = fs::symlink_metadata(self.stage.path(&stray)).unwrap();
            let mode = metadata.permissions().mode();
            assert_eq!(mode & 0o077, 0, "{what}: {stray} is open to others");
        }
        let mut command = self.command();
        if self.after != self.before && !self.arguments.contains(&"--force") {
            command.arg("--force");
        }
        let output = self.feed.output(command);
        assert_eq!(
            output.status.code(),
            Some(self.code),
            "{what}, the next run: {}",
            self.stage.told(&output)
        );
        self.assert_state(true, what);
        assert_eq!(self.strays(), [""; 0], "{what}, after the next run");
    }

    /// What a run has left beside its output.
    pub(crate) fn strays(&self) -> Vec<String> {
        let hidden = |name: &String| name.starts_with(".withhold");
        let mut strays: Vec<String> = self.stage.names(".").into_iter().filter(hidden).collect();
        let temporary = self.stage.names("tmp").into_iter();
        strays.extend(temporary.map(|name| format!("tmp/{name}")));
        strays
    }

    /// Puts everything back as it was before the run.
    pub(crate) fn reset(&self) {
        for stray in self.strays() {
            let path = self.stage.path(&stray);
            let removed = if path.is_dir() {
                fs::remove_dir_all(path)
            } else {
                fs::remove_file(path)
            };
            removed.unwrap();
        }
        folder::restore(&self.stage.path("."), &self.before);
    }

    fn state(&self) -> Folder {
        folder::comparable(&folder::read(&self.stage.path(".")), &self.before)
    }
}

/// What is said by every run: without the seconds that it took, and the name of a new key.
fn lasting(bytes: &[u8]) -> String {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with("keyid "));
    let timeless = |line: &str| match line.rfind(" (") {
        Some(end) if line.ends_with(" s)") => line[..end].to_owned(),
        _ => line.to_owned(),
    };
    lines.map(timeless).collect::<Vec<_>>().join("\n")
}
