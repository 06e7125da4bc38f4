//! What else goes on: other runs for the same place, a clock that is set back, readers of the summary that are gone.

use std::process::{Child, Stdio};

use crate::inject::{all, build};
use crate::scene::Scene;
use crate::scenes;

fn start(scene: &Scene, more: &[&str]) -> Child {
    scene
        .command()
        .args(more)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn of_runs_for_the_same_place_one_makes_it_and_the_others_say_so() {
    let scene = scenes::split();
    for round in 0..if all() { 200 } else { 20 } {
        let runs: Vec<Child> = (0..4).map(|_| start(&scene, &[])).collect();
        let mut done = 0;
        for run in runs {
            let output = run.wait_with_output().unwrap();
            let told = scene.stage.told(&output);
            match output.status.code() {
                Some(0) => done += 1,
                Some(2) => assert!(told.contains("out exists"), "round {round}: {told}"),
                _ => panic!("round {round}: {told}"),
            }
        }
        assert_eq!(done, 1, "round {round}");
        scene.assert_state(true, "one of four");
        assert_eq!(scene.strays(), [""; 0], "round {round}");
        scene.reset();
    }
}

#[test]
fn of_runs_that_replace_the_same_place_each_is_whole() {
    let scene = scenes::replacing();
    for round in 0..if all() { 200 } else { 20 } {
        let runs: Vec<Child> = (0..4).map(|_| start(&scene, &[])).collect();
        for run in runs {
            let output = run.wait_with_output().unwrap();
            assert!(
                output.status.success(),
                "round {round}: {}",
                scene.stage.told(&output)
            );
        }
        scene.assert_state(true, "the last of four");
        assert_eq!(scene.strays(), [""; 0], "round {round}");
        scene.reset();
    }
}

#[test]
fn a_clock_that_is_set_back_changes_nothing_but_the_times() {
    let clock = build("clock.c", &["-shared", "-fPIC"]);
    let scene = scenes::split();
    let output = scene.command().env("LD_PRELOAD", &clock).output().unwrap();
    assert!(output.status.success(), "{}", scene.stage.told(&output));
    scene.assert_state(true, "the clock set back");
    assert_eq!(scene.strays(), [""; 0]);
    let manifest: serde_json::Value =
        serde_json::from_slice(&scene.stage.read("out/manifest.json")).unwrap();
    let time = |key: &str| manifest["predicate"][key].as_str().unwrap().to_owned();
    assert!(
        time("started").starts_with("2030-01-01"),
        "{}",
        time("started")
    );
    assert!(
        time("finished") < time("started"),
        "both are told as they were read"
    );
    let verified = scene
        .stage
        .command(&["verify", "-q", "out/manifest.json", "--replay"])
        .output();
    assert_eq!(scene.stage.told(&verified.unwrap()), "exit 0\n");
}

#[test]
fn a_summary_that_nobody_reads_ends_the_run_with_its_output_in_place() {
    let scene = scenes::split();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = scene.command().stdout(writer).output().unwrap();
    let told = scene.stage.told(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("cannot print the summary: Broken pipe"),
        "{told}"
    );
    assert!(told.contains("the outputs are in place"), "{told}");
    scene.assert_state(true, "nobody reads");
    scene.reset();

    // Nor what is wrong.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = scene
        .stage
        .split(&["no-such.csv"])
        .stderr(writer)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(2));
    scene.assert_state(false, "nobody reads");
}
