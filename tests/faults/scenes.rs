//! The commands that faults are injected into, each with what has to be there before it.

use std::path::PathBuf;

use crate::feed::Feed;
use crate::folder::KEY;
use crate::scene::Scene;
use crate::stage::{AGREEMENT, HEADER, POLICY, Stage, gzip, many_records, zstd};

/// The rules of every split.
pub(crate) const RULES: [&str; 4] = ["-p", "policy.toml", "-a", "agreement.toml"];

/// One thread with small blocks: calls in the same order every time, and many of them.
pub(crate) const STEADY: [&str; 4] = ["--threads", "1", "--block-bytes", "4096"];

/// The usual supply: a plain input and a compressed one.
pub(crate) const INPUTS: [&str; 2] = ["a.csv", "b.csv.gz"];

/// Content of a BGZF member and of a frame.
const PART_BYTES: usize = 4 << 10;

/// The policy of the other tests with a list.
fn policy_with_list() -> String {
    [
        POLICY,
        "\n[[suppression]]\nname = \"house\"\nfile = \"house.csv.gz\"\nmatch = [\"id:digits\"]\nlist = [\"number\"]\n\
         as_of = 2017-04-20\nmax_age = \"28 days\"\n",
    ]
    .concat()
}

/// Rules with a compressed list, and the usual supply; whole records are asked for.
pub(crate) fn stage() -> Stage {
    let stage = Stage::new();
    stage.write("policy.toml", policy_with_list());
    stage.write("agreement.toml", AGREEMENT);
    stage.write("house.csv.gz", gzip(b"number\n17\n30\n271\n"));
    stage.write("a.csv", many_records(350));
    stage.write("b.csv.gz", gzip(many_records(200).as_bytes()));
    stage
}

pub(crate) fn words(parts: &[&[&'static str]]) -> Vec<&'static str> {
    parts.concat()
}

/// Runs a command to which nothing happens.
pub(crate) fn done(stage: &Stage, parts: &[&[&'static str]]) {
    let output = stage.command(&words(parts)).output().unwrap();
    assert!(output.status.success(), "{}", stage.told(&output));
}

pub(crate) fn split_into(stage: &Stage, out: &'static str, inputs: &[&'static str]) {
    done(stage, &[&["split", "-q", "-o", out], &RULES, inputs]);
}

fn scene(stage: Stage, parts: &[&[&'static str]]) -> Scene {
    Scene::new(stage, &words(parts), Feed::default())
}

/// A split into a new directory.
pub(crate) fn split() -> Scene {
    scene(
        stage(),
        &[&["split", "-o", "out"], &RULES, &STEADY, &INPUTS],
    )
}

/// A split whose outputs are flushed while they grow.
pub(crate) fn growing() -> Scene {
    let stage = stage();
    stage.write("large.csv", many_records(40_000));
    scene(
        stage,
        &[&["split", "-o", "out"], &RULES, &STEADY, &["large.csv"]],
    )
}

/// A split that replaces the output of an earlier one.
pub(crate) fn replacing() -> Scene {
    let stage = stage();
    stage.write("earlier.csv", many_records(3));
    split_into(&stage, "out", &["earlier.csv"]);
    scene(
        stage,
        &[&["split", "--force", "-o", "out"], &RULES, &STEADY, &INPUTS],
    )
}

/// A split that may replace an earlier one, where there is none.
pub(crate) fn replacing_nothing() -> Scene {
    scene(
        stage(),
        &[&["split", "--force", "-o", "out"], &RULES, &STEADY, &INPUTS],
    )
}

/// An earlier run and a key, for a run that follows and signs.
fn stage_of_a_chain() -> Stage {
    let stage = stage();
    split_into(&stage, "earlier", &["a.csv"]);
    done(&stage, &[&["keygen", "-o", KEY]]);
    stage
}

const SIGNED: [&str; 7] = [
    "split",
    "-o",
    "out",
    "--sign",
    KEY,
    "--previous",
    "earlier/manifest.json",
];

/// A split that follows another, signs its manifest and compresses its outputs as Zstandard.
pub(crate) fn sealing() -> Scene {
    scene(
        stage_of_a_chain(),
        &[&SIGNED, &["--compress", "zst"], &RULES, &STEADY, &INPUTS],
    )
}

/// A split of inputs that are compressed in parts, by several threads, with outputs as gzip, which replaces an earlier one.
pub(crate) fn packing() -> Scene {
    let stage = stage();
    split_into(&stage, "out", &["a.csv"]);
    let content = many_records(1_200);
    let parts = || content.as_bytes().chunks(PART_BYTES);
    stage.write("c.csv.zst", parts().flat_map(frame).collect::<Vec<u8>>());
    stage.write("d.csv.gz", parts().flat_map(bgzf).collect::<Vec<u8>>());
    scene(
        stage,
        &[
            &["split", "--force", "-o", "out", "--compress", "gz"],
            &["--threads", "2", "--block-bytes", "4096"],
            &RULES,
            &["c.csv.zst", "d.csv.gz"],
        ],
    )
}

/// A split of what comes through standard input, compressed, and through a FIFO.
pub(crate) fn streaming() -> Scene {
    let stage = stage();
    let fifo: PathBuf = stage.make_fifo("fifo.csv");
    let feed = Feed {
        standard_input: Some(zstd(many_records(1_500).as_bytes())),
        fifo: Some((fifo, many_records(1_500).into_bytes())),
    };
    let arguments = words(&[&["split", "-o", "out"], &RULES, &STEADY, &["-", "fifo.csv"]]);
    Scene::new(stage, &arguments, feed)
}

pub(crate) fn checking() -> Scene {
    scene(stage(), &[&["check"], &RULES, &["--threads", "1"], &INPUTS])
}

pub(crate) fn explaining() -> Scene {
    scene(stage(), &[&["explain"], &RULES, &["--id", "17"], &INPUTS])
}

/// A manifest, its outputs and the decision made again.
pub(crate) fn replaying() -> Scene {
    let stage = stage();
    split_into(&stage, "out", &INPUTS);
    scene(stage, &[&["verify", "out/manifest.json", "--replay"]])
}

/// A signature, compressed outputs and a chain.
pub(crate) fn authenticating() -> Scene {
    let stage = stage_of_a_chain();
    done(&stage, &[&SIGNED, &["--compress", "gz"], &RULES, &INPUTS]);
    scene(
        stage,
        &[&["verify", "out/manifest.json", "--key", "supplies.key.pub"]],
    )
}

pub(crate) fn generating() -> Scene {
    scene(
        stage(),
        &[&[
            "generate",
            "--records",
            "1000",
            "--threads",
            "1",
            "-o",
            "new.csv",
        ]],
    )
}

/// So large that it is written in several steps, in place of another.
pub(crate) fn generating_again() -> Scene {
    let stage = stage();
    stage.write("new.csv", "what was there\n");
    scene(
        stage,
        &[&[
            "generate",
            "--records",
            "30000",
            "--threads",
            "1",
            "--force",
            "-o",
            "new.csv",
        ]],
    )
}

pub(crate) fn making_keys() -> Scene {
    scene(stage(), &[&["keygen", "-o", "new.key"]])
}

pub(crate) fn replacing_keys() -> Scene {
    let stage = stage();
    done(&stage, &[&["keygen", "-o", KEY]]);
    scene(stage, &[&["keygen", "--force", "-o", KEY]])
}

/// Keys that may replace others, where there are none.
pub(crate) fn replacing_no_keys() -> Scene {
    scene(stage(), &[&["keygen", "--force", "-o", "new.key"]])
}

pub(crate) fn drafting() -> Scene {
    scene(
        stage(),
        &[&[
            "init",
            "-p",
            "draft.toml",
            "-a",
            "draft-agreement.toml",
            "--captured-at",
            "captured",
            "--consent",
            "ok",
            "b.csv.gz",
        ]],
    )
}

/// Drafts in place of others.
pub(crate) fn drafting_again() -> Scene {
    scene(
        stage(),
        &[&[
            "init",
            "--force",
            "--captured-at",
            "captured",
            "--consent",
            "ok",
            "a.csv",
        ]],
    )
}

pub(crate) fn reporting() -> Scene {
    let stage = stage();
    split_into(&stage, "out", &INPUTS);
    scene(
        stage,
        &[&["report", "out/manifest.json", "-o", "report.html"]],
    )
}

pub(crate) fn writing_manual_pages() -> Scene {
    scene(stage(), &[&["man", "-o", "."]])
}

/// Two runs between which some records are withheld and some are gone; identifiers are so long that a MiB of memory holds a part.
fn stage_of_two_runs(records: usize, id_bytes: usize) -> Stage {
    let stage = stage();
    let content = |answers: [&str; 3], records: usize| {
        let mut text = String::from(HEADER);
        for number in 0..records {
            let answer = answers[number % 3];
            text.push_str(&format!(
                "{number:0id_bytes$},2016-09-05,A,{answer},postal|email\n"
            ));
        }
        text
    };
    stage.write("old.csv", content(["Y", "Y", "N"], records));
    stage.write("new.csv", content(["Y", "N", "N"], records * 9 / 10));
    split_into(&stage, "old", &["old.csv"]);
    split_into(&stage, "new", &["new.csv"]);
    stage
}

/// A comparison in numbers alone, of the inputs with what was withheld of them.
pub(crate) fn comparing() -> Scene {
    let stage = stage_of_two_runs(300, 5);
    std::fs::remove_file(stage.path("old/permitted.csv")).unwrap();
    scene(stage, &[&["diff", "old", "new"]])
}

/// A comparison of the outputs that needs more memory than it may have, and writes what is to be recalled.
pub(crate) fn recalling() -> Scene {
    scene(
        stage_of_two_runs(3_000, 400),
        &[&[
            "diff",
            "old",
            "new",
            "--recall",
            "recall.csv",
            "--memory-max",
            "1",
        ]],
    )
}

/// A Zstandard frame that states its length, as `pzstd` makes them.
fn frame(content: &[u8]) -> Vec<u8> {
    let mut compressor = zstd::bulk::Compressor::new(1).unwrap();
    compressor.include_checksum(true).unwrap();
    compressor.compress(content).unwrap()
}

/// A member of BGZF.
fn bgzf(content: &[u8]) -> Vec<u8> {
    let member = gzip(content);
    let (head, rest) = member.split_at(10);
    let bytes = u16::try_from(member.len() + 8 - 1).unwrap();
    let mut framed = head.to_vec();
    framed[3] |= 4; // FEXTRA
    framed.extend(b"\x06\0BC\x02\0");
    framed.extend(bytes.to_le_bytes());
    framed.extend(rest);
    framed
}
