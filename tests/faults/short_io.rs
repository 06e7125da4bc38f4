//! Reads and writes that transfer fewer bytes than were asked for, everywhere in a run: nothing changes.

use crate::inject::{Ended, Plan, all};
use crate::scene::Scene;

#[test]
fn short_reads_and_writes_change_nothing() {
    let rules = ["-p", "policy.toml", "-a", "agreement.toml"];
    let commands = [
        ("split", Scene::split()),
        ("split --force", Scene::replacing()),
        (
            "check",
            Scene::other(&[&["check"], &rules[..], &["a.csv", "b.csv.gz"]].concat()),
        ),
        (
            "explain",
            Scene::other(
                &[
                    &["explain"],
                    &rules[..],
                    &["--id", "17", "a.csv", "b.csv.gz"],
                ]
                .concat(),
            ),
        ),
        (
            "verify",
            Scene::other(&["verify", "out/manifest.json", "--replay"]),
        ),
        (
            "generate",
            Scene::other(&["generate", "--records", "300", "-o", "new.csv"]),
        ),
    ];
    for (name, scene) in commands {
        for seed in 0..if all() { 40 } else { 4 } {
            let what = format!("{name} with seed {seed}");
            let injected = scene.inject(&Plan::Short { seed });
            assert_eq!(injected.ended, Ended::Exit(0), "{what}");
            assert!(injected.fired > 10, "{what}: {} were short", injected.fired);
            scene.assert_state(true, &what);
            scene.assert_said(&injected, &what);
            assert_eq!(scene.strays(), [""; 0], "{what}");
            scene.reset();
        }
    }
}
