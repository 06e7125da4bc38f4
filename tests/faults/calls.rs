//! An error at every single system call of a run, one at a time and from then on.

use crate::inject::{Dice, Ended, Plan, Site, Times};
use crate::refusals::refusals;
use crate::scene::{Scene, is_of_the_runtime};
use crate::scenes;

/// Errors of devices, disks and quotas, and the interruption by a signal.
const ERRORS: [&str; 4] = ["EIO", "ENOSPC", "EDQUOT", "EINTR"];

/// How the system words them.
fn wording(error: &str) -> &'static str {
    match error {
        "EIO" => "Input/output error",
        "ENOSPC" => "No space left on device",
        "EDQUOT" => "Disk quota exceeded",
        "EINTR" => "Interrupted system call",
        _ => panic!("{error} is injected"),
    }
}

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
    assert_survives(scene, &plans(&scene.sites(), count));
}

fn assert_survives(scene: &Scene, plans: &[(Site, &'static str, Times)]) {
    let mut fired = 0;
    for (site, error, times) in plans {
        let plan = Plan::Error {
            site: site.clone(),
            error,
            times: *times,
        };
        let injected = scene.inject(&plan);
        fired += u64::from(injected.fired > 0);
        let what = format!("{} {} {error} {times:?}", site.name, site.number);
        scene.judge(&injected, site, &what);
        let said = String::from_utf8_lossy(&injected.output.stderr);
        assert!(
            injected.ended != Ended::Exit(1)
                || said.contains(wording(error))
                || (said.is_empty() && site.name == "write")
                || is_of_the_runtime(site),
            "{what}: the cause was not told: {said}"
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
    assert_survives_errors(&scenes::split(), 100);
}

#[test]
fn a_replacement_survives_an_error_at_any_call() {
    assert_survives_errors(&scenes::replacing(), 40);
}

#[test]
fn a_signed_compressed_link_of_a_chain_survives_an_error_at_any_call() {
    assert_survives_errors(&scenes::sealing(), 20);
}

#[test]
fn packing_what_is_packed_in_parts_survives_an_error_at_any_call() {
    assert_survives_errors(&scenes::packing(), 20);
}

#[test]
fn reading_streams_survives_an_error_at_any_call() {
    assert_survives_errors(&scenes::streaming(), 20);
}

#[test]
fn checking_survives_an_error_at_any_call() {
    assert_survives_errors(&scenes::checking(), 10);
}

#[test]
fn explaining_survives_an_error_at_any_call() {
    assert_survives_errors(&scenes::explaining(), 10);
}

#[test]
fn verifying_survives_an_error_at_any_call() {
    assert_survives_errors(&scenes::replaying(), 20);
    assert_survives_errors(&scenes::authenticating(), 10);
}

#[test]
fn generating_survives_an_error_at_any_call() {
    assert_survives_errors(&scenes::generating(), 20);
}

#[test]
fn making_keys_survives_an_error_at_any_call() {
    assert_survives_errors(&scenes::making_keys(), 15);
    assert_survives_errors(&scenes::replacing_keys(), 20);
}

#[test]
fn drafting_rules_survives_an_error_at_any_call() {
    assert_survives_errors(&scenes::drafting(), 10);
    assert_survives_errors(&scenes::drafting_again(), 20);
}

#[test]
fn reporting_survives_an_error_at_any_call() {
    assert_survives_errors(&scenes::reporting(), 10);
    assert_survives_errors(&scenes::writing_manual_pages(), 10);
}

#[test]
fn comparing_runs_survives_an_error_at_any_call() {
    assert_survives_errors(&scenes::comparing(), 10);
    assert_survives_errors(&scenes::recalling(), 20);
}

/// What is refused is refused, or the machine is said to have failed: no error lets it pass.
#[test]
fn no_error_lifts_a_refusal() {
    let mut dice = Dice::new();
    for (what, scene) in refusals() {
        println!("{what}");
        let plans = plans(&scene.sites(), 100);
        assert_survives(&scene, &dice.sample(plans, 15));
    }
}
