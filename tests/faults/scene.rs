//! A command in a folder, and what may be found there after it, whatever happened: what was there before, or what the command makes.
//! Owns the judgement of a run.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use withhold::output::own_digest_of;

use crate::inject::{Ended, Injected, Plan, Site, run};
use crate::stage::{AGREEMENT, POLICY, Stage, gzip, many_records};

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

/// Every file of a folder with its content; of a manifest, all that does not differ from run to run.
type State = BTreeMap<String, Vec<u8>>;

pub(crate) struct Scene {
    pub(crate) stage: Stage,
    arguments: Vec<&'static str>,
    /// The output that is there before, kept outside the folder.
    earlier: Option<tempfile::TempDir>,
    before: State,
    after: State,
    /// What it says on standard output.
    said: Vec<u8>,
}

/// The usual supply: a plain input and a compressed one, a compressed suppression list, whole records.
const SPLIT: [&str; 13] = [
    "split",
    "-p",
    "policy.toml",
    "-a",
    "agreement.toml",
    "-o",
    "out",
    "--threads",
    "1",
    "--block-bytes",
    "4096",
    "a.csv",
    "b.csv.gz",
];

/// The policy of the other tests with a list.
pub(crate) fn policy_with_list() -> String {
    [
        POLICY,
        "\n[[suppression]]\nname = \"house\"\nfile = \"house.csv.gz\"\nmatch = [\"id:digits\"]\nlist = [\"number\"]\n\
         as_of = 2017-04-20\nmax_age = \"28 days\"\n",
    ]
    .concat()
}

impl Scene {
    /// A split into a new directory.
    pub(crate) fn split() -> Self {
        Self::of(&SPLIT, |_| {})
    }

    /// A split that replaces the output of an earlier one.
    pub(crate) fn replacing() -> Self {
        let arguments = [&SPLIT[..1], &["--force"], &SPLIT[1..]].concat();
        Self::of(&arguments, |scene| {
            scene.stage.write("earlier.csv", many_records(3));
            let made = scene.stage.split(&["-q", "earlier.csv"]).output().unwrap();
            assert!(made.status.success());
        })
    }

    /// A command that may print and writes nothing, or a file `new.csv`, where there is an output to look at.
    pub(crate) fn other(arguments: &[&'static str]) -> Self {
        Self::of(arguments, |scene| {
            let made = scene.stage.command(&SPLIT).output().unwrap();
            assert!(made.status.success());
        })
    }

    fn of(arguments: &[&'static str], prepare: impl FnOnce(&Self)) -> Self {
        let mut scene = Self {
            stage: Stage::new(),
            arguments: arguments.to_vec(),
            earlier: None,
            before: State::new(),
            after: State::new(),
            said: Vec::new(),
        };
        let stage = &scene.stage;
        stage.write("policy.toml", policy_with_list());
        stage.write("agreement.toml", AGREEMENT);
        stage.write("house.csv.gz", gzip(b"number\n17\n30\n271\n"));
        stage.write("a.csv", many_records(350));
        stage.write("b.csv.gz", gzip(many_records(200).as_bytes()));
        fs::create_dir(stage.path("tmp")).unwrap();
        prepare(&scene);
        if scene.stage.path("out").exists() {
            let kept = tempfile::tempdir().unwrap();
            copy(&scene.stage.path("out"), kept.path());
            scene.earlier = Some(kept);
        }
        scene.before = scene.state();
        let output = scene.command().output().unwrap();
        assert!(output.status.success(), "{}", scene.stage.told(&output));
        scene.said = output.stdout;
        scene.after = scene.state();
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
        assert_eq!(injected.ended, Ended::Exit(0));
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
        run(plan, &self.command(), report.path())
    }

    /// Asserts that a run with a fault in a call did what may be expected of it, and puts everything back.
    pub(crate) fn judge(&self, injected: &Injected, site: &Site, what: &str) {
        let runtime = OF_THE_RUNTIME.contains(&site.name.as_str());
        let said = String::from_utf8(injected.output.stderr.clone()).unwrap();
        let what = format!("{what}: {:?}: {said}", injected.ended);
        match injected.ended {
            Ended::Exit(0) => {}
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
            Ended::Signal(6) if runtime => assert!(!said.is_empty(), "{what}: nothing was said"),
            ended => panic!("{what}: {ended:?}"),
        }
        let folder = self.stage.path("").to_string_lossy().into_owned();
        assert!(
            !said.contains("postal|email") && !said.contains("panicked"),
            "{what}: a value was said"
        );
        assert!(
            !said.contains(folder.trim_end_matches('/')),
            "{what}: nobody typed this path"
        );
        self.assert_state(injected.ended == Ended::Exit(0), &what);
        // What cannot be removed is left as well.
        if injected.ended == Ended::Signal(6) || site.name == "unlinkat" {
            self.assert_next_run_clears(&what);
        } else {
            assert_eq!(self.strays(), [""; 0], "{what}");
        }
        self.reset();
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

    /// The same words on standard output.
    pub(crate) fn assert_said(&self, injected: &Injected, what: &str) {
        let timeless = |bytes: &[u8]| {
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            // But for the seconds that it took.
            let end = text.rfind(" (").unwrap_or(text.len());
            text[..end].to_owned()
        };
        assert_eq!(
            timeless(&injected.output.stdout),
            timeless(&self.said),
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
        if ["split", "generate"].contains(&self.arguments[0])
            && !self.arguments.contains(&"--force")
        {
            command.arg("--force");
        }
        let output = command.output().unwrap();
        assert!(
            output.status.success(),
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
        strays.extend(self.stage.names("tmp"));
        strays
    }

    /// Puts everything back as it was before the run.
    pub(crate) fn reset(&self) {
        for stray in self.strays() {
            fs::remove_dir_all(self.stage.path(&stray)).unwrap();
        }
        let _ = fs::remove_file(self.stage.path("new.csv"));
        let out = self.stage.path("out");
        if out.exists() && (self.earlier.is_none() || self.state() != self.before) {
            fs::remove_dir_all(&out).unwrap();
        }
        if let Some(earlier) = &self.earlier
            && !out.exists()
        {
            copy(earlier.path(), &out);
        }
    }

    fn state(&self) -> State {
        let mut state = State::new();
        gather(&self.stage.path("."), "", &mut state);
        state
    }
}

fn gather(folder: &Path, prefix: &str, state: &mut State) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = format!("{prefix}{name}");
        if name.starts_with(".withhold") {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            let mode = entry.metadata().unwrap().permissions().mode() & 0o7777;
            assert!(name != "out" || mode == 0o700, "{path} has mode {mode:o}");
            gather(&entry.path(), &format!("{path}/"), state);
            continue;
        }
        if prefix == "out/" {
            let mode = entry.metadata().unwrap().permissions().mode() & 0o7777;
            assert_eq!(mode, 0o600, "{path}");
        }
        let bytes = fs::read(entry.path()).unwrap();
        let bytes = if name == "manifest.json" {
            timeless(bytes)
        } else {
            bytes
        };
        state.insert(path, bytes);
    }
}

/// A manifest without times, whose digest of itself has been checked.
fn timeless(bytes: Vec<u8>) -> Vec<u8> {
    let text = String::from_utf8(bytes).unwrap();
    let mut manifest: Value = serde_json::from_str(&text).expect("a manifest is whole");
    let predicate = manifest["predicate"].as_object_mut().unwrap();
    assert_eq!(predicate["self"], own_digest_of(&text).unwrap().as_str());
    for key in ["started", "finished", "self"] {
        assert!(predicate.remove(key).is_some(), "a manifest has {key}");
    }
    serde_json::to_vec(&manifest).unwrap()
}

fn copy(from: &Path, to: &Path) {
    if !to.exists() {
        fs::create_dir(to).unwrap();
        fs::set_permissions(to, fs::Permissions::from_mode(0o700)).unwrap();
    }
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
