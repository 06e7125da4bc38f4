//! Signals at chosen system calls: SIGKILL at every one that changes a file, the others anywhere.

use crate::inject::{Dice, Ended, Plan, Site};
use crate::scene::Scene;
use crate::scenes;

const SIGHUP: i32 = 1;
const SIGINT: i32 = 2;
const SIGKILL: i32 = 9;
const SIGPIPE: i32 = 13;
const SIGTERM: i32 = 15;

/// Calls that may change a file or a directory, or that put a change on disk.
const CHANGING: [&str; 25] = [
    "chmod",
    "close",
    "copy_file_range",
    "fallocate",
    "fchmod",
    "fchmodat",
    "fdatasync",
    "flock",
    "fsync",
    "ftruncate",
    "link",
    "linkat",
    "mkdir",
    "mkdirat",
    "open",
    "openat",
    "pwrite64",
    "pwritev",
    "rename",
    "renameat",
    "renameat2",
    "rmdir",
    "unlink",
    "unlinkat",
    "write",
];

fn assert_survives_kills(scene: &Scene, count: usize) {
    let mut plans = Vec::new();
    for site in scene.sites() {
        if CHANGING.contains(&site.name.as_str()) {
            plans.extend(["before", "after"].map(|moment| (site.clone(), moment)));
        }
    }
    assert!(
        plans.len() > 20,
        "the calls that change files are known: {plans:?}"
    );
    let mut killed = 0;
    for (site, moment) in Dice::new().sample(plans, count) {
        let what = format!("SIGKILL {moment} {} {}", site.name, site.number);
        let injected = scene.inject(&Plan::Signal {
            site,
            number: SIGKILL,
            moment,
        });
        killed += u64::from(injected.ended == Ended::Signal(SIGKILL));
        scene.assert_state_of_killed(injected.ended == Ended::Exit(0), &what);
        scene.assert_next_run_clears(&what);
        scene.reset();
    }
    assert!(killed > 10, "{killed} runs were killed");
}

#[test]
fn a_split_is_killed_at_any_change() {
    assert_survives_kills(&scenes::split(), 60);
    assert_survives_kills(&scenes::growing(), 20);
}

#[test]
fn a_replacement_is_killed_at_any_change() {
    assert_survives_kills(&scenes::replacing(), 40);
}

#[test]
fn a_generation_is_killed_at_any_change() {
    assert_survives_kills(&scenes::generating_again(), 20);
}

#[test]
fn a_signed_compressed_link_of_a_chain_is_killed_at_any_change() {
    assert_survives_kills(&scenes::sealing(), 20);
}

#[test]
fn making_keys_is_killed_at_any_change() {
    assert_survives_kills(&scenes::making_keys(), 20);
    assert_survives_kills(&scenes::replacing_keys(), 20);
}

#[test]
fn drafting_reporting_and_recalling_are_killed_at_any_change() {
    assert_survives_kills(&scenes::drafting(), 20);
    assert_survives_kills(&scenes::drafting_again(), 20);
    assert_survives_kills(&scenes::reporting(), 20);
    assert_survives_kills(&scenes::recalling(), 20);
}

fn assert_survives_signals(scene: &Scene, count: usize) {
    let signals = [SIGHUP, SIGINT, SIGTERM, SIGPIPE];
    let sites: Vec<(Site, i32)> = scene
        .sites()
        .into_iter()
        .flat_map(|site| signals.map(|signal| (site.clone(), signal)))
        .collect();
    let mut interrupted = 0;
    for (site, number) in Dice::new().sample(sites, count) {
        let what = format!("signal {number} at {} {}", site.name, site.number);
        let injected = scene.inject(&Plan::Signal {
            site,
            number,
            moment: "before",
        });
        let done = injected.ended == Ended::Exit(0);
        if number == SIGPIPE {
            assert!(done, "{what}: {:?}", injected.ended);
        }
        if !done {
            // Before it has anything to remove, a run is ended by the signal itself.
            let orderly = injected.ended == Ended::Exit(128 + number);
            assert!(
                orderly || injected.ended == Ended::Signal(number),
                "{what}: {:?}",
                injected.ended
            );
            assert!(
                !orderly || !injected.output.stderr.is_empty(),
                "{what}: nothing was said"
            );
            interrupted += 1;
        }
        scene.assert_state(done, &what);
        assert_eq!(scene.strays(), [""; 0], "{what}");
        scene.reset();
    }
    assert!(interrupted > 5, "{interrupted} runs were interrupted");
}

#[test]
fn a_split_is_interrupted_at_any_call() {
    assert_survives_signals(&scenes::split(), 100);
}

#[test]
fn a_replacement_is_interrupted_at_any_call() {
    assert_survives_signals(&scenes::replacing(), 40);
}

#[test]
fn making_keys_and_recalling_are_interrupted_at_any_call() {
    assert_survives_signals(&scenes::replacing_keys(), 25);
    assert_survives_signals(&scenes::recalling(), 25);
}
