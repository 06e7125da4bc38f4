//! Commands that are refused, with what has to be there before them.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::feed::Feed;
use crate::folder::KEY;
use crate::scene::Scene;
use crate::scenes::{INPUTS, RULES, STEADY, done, split_into, stage, words};
use crate::stage::{Stage, gzip, many_records};

/// Commands that are refused, each for another reason, with the exit code.
pub(crate) fn refusals() -> Vec<(&'static str, Scene)> {
    let split = |stage: &Stage| split_into(stage, "out", &INPUTS);
    let [again, forced] = [["split", "-o", "out"], ["split", "--force", "-o"]];
    type Prepare<'p> = &'p dyn Fn(&Stage);
    let refusals: [(&str, i32, Prepare<'_>, Vec<&'static str>); 10] = [
        (
            "an output that exists",
            2,
            &split,
            words(&[&again, &RULES, &STEADY, &INPUTS]),
        ),
        (
            "a directory that is no output",
            2,
            &|stage| {
                fs::create_dir(stage.path("other"))
                    .and_then(|()| fs::write(stage.path("other/mine"), ""))
                    .unwrap()
            },
            words(&[&forced, &["other"], &RULES, &STEADY, &INPUTS]),
        ),
        (
            "an input that would be replaced",
            2,
            &split,
            words(&[&forced, &["out"], &RULES, &STEADY, &["out/permitted.csv"]]),
        ),
        (
            "a record that is malformed",
            3,
            &|stage| stage.write("a.csv", many_records(300) + "short\n"),
            words(&[&again, &["--strict"], &RULES, &STEADY, &["a.csv"]]),
        ),
        (
            "an input that is cut short",
            3,
            &|stage| {
                let mut packed = gzip(many_records(3_000).as_bytes());
                packed.truncate(packed.len() - 3);
                stage.write("b.csv.gz", packed);
            },
            words(&[&again, &RULES, &STEADY, &INPUTS]),
        ),
        (
            "a key that others can read",
            2,
            &|stage| {
                done(stage, &[&["keygen", "-o", KEY]]);
                let path = stage.path(KEY);
                fs::rename(&path, stage.path("open.pem")).unwrap();
                let mode = PermissionsExt::from_mode(0o640);
                fs::set_permissions(stage.path("open.pem"), mode).unwrap();
            },
            words(&[&again, &["--sign", "open.pem"], &RULES, &STEADY, &INPUTS]),
        ),
        (
            "a key that exists",
            2,
            &|stage| done(stage, &[&["keygen", "-o", KEY]]),
            words(&[&["keygen", "-o", KEY]]),
        ),
        (
            "a policy that exists",
            2,
            &|_| {},
            words(&[&[
                "init",
                "--captured-at",
                "captured",
                "--consent",
                "ok",
                "a.csv",
            ]]),
        ),
        (
            "a report over its manifest",
            2,
            &split,
            words(&[&[
                "report",
                "--force",
                "out/manifest.json",
                "-o",
                "./out/manifest.json",
            ]]),
        ),
        (
            "an output that was changed",
            3,
            &|stage| {
                split(stage);
                stage.write("out/permitted.csv", many_records(3));
            },
            words(&[&["diff", "out", "out"]]),
        ),
    ];
    let refusals = refusals.into_iter();
    refusals
        .map(|(what, code, prepare, arguments)| {
            let stage = stage();
            prepare(&stage);
            (
                what,
                Scene::ending(code, stage, &arguments, Feed::default()),
            )
        })
        .collect()
}
