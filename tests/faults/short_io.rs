//! Reads and writes that transfer fewer bytes than were asked for, everywhere in a run: nothing changes.

use crate::inject::{Ended, Plan, all};
use crate::scenes;

#[test]
fn short_reads_and_writes_change_nothing() {
    let commands = [
        ("split", scenes::split()),
        ("split of much", scenes::growing()),
        ("split --force", scenes::replacing()),
        ("split --sign --compress zst", scenes::sealing()),
        ("split --compress gz, of parts", scenes::packing()),
        ("split, of streams", scenes::streaming()),
        ("check", scenes::checking()),
        ("explain", scenes::explaining()),
        ("verify --replay", scenes::replaying()),
        ("verify --key", scenes::authenticating()),
        ("generate", scenes::generating()),
        ("keygen", scenes::making_keys()),
        ("init", scenes::drafting()),
        ("report", scenes::reporting()),
        ("man", scenes::writing_manual_pages()),
        ("diff", scenes::comparing()),
        ("diff --recall", scenes::recalling()),
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
