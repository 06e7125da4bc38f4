//! An error at every single system call of a run, one at a time and from then on.

use rayon::prelude::*;

use crate::inject::{Dice, Ended, Plan, Site, Times};
use crate::refusals::refusals;
use crate::scene::{CLAIMING, Scene, is_of_the_runtime};
use crate::scenes;

/// Errors of devices, disks and quotas, and the interruption by a signal.
const ERRORS: [&str; 4] = ["EIO", "ENOSPC", "EDQUOT", "EINTR"];

/// How the system words them, or the program what is meant.
fn wording(site: &Site, error: &str) -> &'static str {
    match error {
        "EIO" => "Input/output error",
        "ENOSPC" => "No space left on device",
        "EDQUOT" => "Disk quota exceeded",
        "EINTR" => "Interrupted system call",
        "EEXIST" if site.name == "mkdirat" => "is taken",
        "EEXIST" => "exists",
        _ => panic!("{error} is injected"),
    }
}

/// Every call with every error, or a sample in which every kind of call fails at least once, and every call for which somebody else
/// may have taken the name.
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
        if CLAIMING.contains(&site.name.as_str()) {
            let taken = [Times::Once, Times::FromThenOn];
            plans.extend(taken.map(|times| (site.clone(), "EEXIST", times)));
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
        scene.judge(&injected, &plan, &what);
        let said = String::from_utf8_lossy(&injected.output.stderr);
        let failed =
            injected.ended == Ended::Exit(1) || scene.is_refused_as_taken(&injected, &plan);
        assert!(
            !failed
                || said.contains(wording(site, error))
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
    assert_survives_errors(&scenes::growing(), 20);
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

/// The system may tell such an error once, and the flush at the end would find nothing wrong.
#[test]
fn a_flush_that_fails_while_outputs_grow_stops_the_run() {
    let scene = scenes::growing();
    for error in ERRORS {
        for times in [Times::Once, Times::FromThenOn] {
            let site = Site {
                name: "fdatasync".to_owned(),
                number: 1,
            };
            let plan = Plan::Error { site, error, times };
            let injected = scene.inject(&plan);
            let said = String::from_utf8_lossy(&injected.output.stderr).into_owned();
            assert!(injected.fired >= 1, "{plan:?}");
            if error == "EINTR" {
                assert_eq!(injected.ended, Ended::Exit(0), "{plan:?}: {said}");
            } else {
                assert_eq!(injected.ended, Ended::Exit(1), "{plan:?}: {said}");
                assert!(
                    said.contains("out/withheld.csv to disk"),
                    "{plan:?}: {said}"
                );
            }
            scene.judge(&injected, &plan, "a flush");
        }
    }
}

/// Whoever takes a name, and leaves it again before it can be exchanged, costs another attempt and nothing else.
#[test]
fn a_place_that_is_taken_for_a_moment_is_tried_for_again() {
    for scene in [scenes::replacing_nothing(), scenes::replacing_no_keys()] {
        let sites = scene.sites().into_iter();
        let claiming: Vec<_> = sites
            .filter(|site| CLAIMING.contains(&site.name.as_str()))
            .collect();
        let plans = |times| {
            claiming
                .iter()
                .map(move |site| (site.clone(), "EEXIST", times))
        };
        assert_survives(&scene, &plans(Times::FromThenOn).collect::<Vec<_>>());
        assert_survives(&scene, &plans(Times::Once).collect::<Vec<_>>());
        // The last of several files simply replaces, which is never refused so.
        for site in claiming.into_iter().filter(|site| site.number == 1) {
            let error = "EEXIST";
            let times = Times::Once;
            let plan = Plan::Error { site, error, times };
            let injected = scene.inject(&plan);
            assert_eq!(injected.fired, 1, "{plan:?}");
            assert_eq!(injected.ended, Ended::Exit(0), "{plan:?}");
            scene.judge(&injected, &plan, "taken once");
        }
    }
}

/// What is refused is refused, or the machine is said to have failed: no error lets it pass.
#[test]
fn no_error_lifts_a_refusal() {
    let mut dice = Dice::new();
    // Each refusal has a folder of its own: they are tried side by side.
    let refusals: Vec<_> = refusals()
        .into_iter()
        .map(|(what, scene)| {
            let plans = plans(&scene.sites(), 100);
            (what, scene, dice.sample(plans, 15))
        })
        .collect();
    refusals.par_iter().for_each(|(what, scene, plans)| {
        assert_survives(scene, plans);
        println!("{what}: {} runs", plans.len());
    });
}
