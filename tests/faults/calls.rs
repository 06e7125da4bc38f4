//! An error at every single system call of a run, one at a time and from then on.

use crate::inject::{Dice, Plan, Site, Times};
use crate::scene::Scene;

/// Errors of devices, disks and quotas, and the interruption by a signal.
const ERRORS: [&str; 4] = ["EIO", "ENOSPC", "EDQUOT", "EINTR"];

/// Every call with every error, or a sample in which every kind of call fails at least once.
fn plans(sites: &[Site], count: usize) -> Vec<(Site, &'static str, Times)> {
    let mut dice = Dice::new();
    let mut plans = Vec::new();
    let mut others = Vec::new();
    for (index, site) in sites.iter().enumerate() {
        let last = sites
            .get(index + 1)
            .is_none_or(|next| next.name != site.name);
        let chosen = dice.below(ERRORS.len());
        for (which, error) in ERRORS.into_iter().enumerate() {
            for times in [Times::Once, Times::FromThenOn] {
                let plan = (site.clone(), error, times);
                if last && times == Times::Once && which == chosen {
                    plans.push(plan);
                } else {
                    others.push(plan);
                }
            }
        }
    }
    plans.extend(dice.sample(others, count));
    plans
}

fn assert_survives_errors(scene: &Scene, count: usize) {
    let sites = scene.sites();
    let plans = plans(&sites, count);
    let mut fired = 0;
    for (site, error, times) in &plans {
        let plan = Plan::Error {
            site: site.clone(),
            error,
            times: *times,
        };
        let injected = scene.inject(&plan);
        fired += u64::from(injected.fired > 0);
        scene.judge(
            &injected,
            site,
            &format!("{} {} {error} {times:?}", site.name, site.number),
        );
    }
    // What a thread has not yet done when the process ends differs from run to run, but little.
    let enough = plans.len() as u64 * 3 / 4;
    assert!(
        fired >= enough,
        "{fired} of {} faults were injected",
        plans.len()
    );
}

#[test]
fn a_split_survives_an_error_at_any_call() {
    assert_survives_errors(&Scene::split(), 150);
}

#[test]
fn a_replacement_survives_an_error_at_any_call() {
    assert_survives_errors(&Scene::replacing(), 60);
}

#[test]
fn checking_survives_an_error_at_any_call() {
    let check = [
        "check",
        "-p",
        "policy.toml",
        "-a",
        "agreement.toml",
        "--threads",
        "1",
        "a.csv",
        "b.csv.gz",
    ];
    assert_survives_errors(&Scene::other(&check), 10);
}

#[test]
fn explaining_survives_an_error_at_any_call() {
    let explain = [
        "explain",
        "-p",
        "policy.toml",
        "-a",
        "agreement.toml",
        "--id",
        "17",
        "a.csv",
        "b.csv.gz",
    ];
    assert_survives_errors(&Scene::other(&explain), 10);
}

#[test]
fn verifying_survives_an_error_at_any_call() {
    assert_survives_errors(
        &Scene::other(&["verify", "out/manifest.json", "--replay"]),
        20,
    );
}

#[test]
fn generating_survives_an_error_at_any_call() {
    let generate = [
        "generate",
        "--records",
        "1000",
        "--threads",
        "1",
        "-o",
        "new.csv",
    ];
    assert_survives_errors(&Scene::other(&generate), 20);
}
