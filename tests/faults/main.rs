//! Faults that a run must survive, each injected: failing system calls, short reads and writes, signals, kills, limits, full disks.
//! After each, the output is absent or whole and right, the exit code and the message say what happened, and nothing else is left.
//! `cargo test --test faults` tries a sample; with `WITHHOLD_FAULTS=all` every one, and `WITHHOLD_FAULTS_SEED=N` draws another sample.

#[path = "../cli/stage.rs"]
#[allow(dead_code, reason = "the tests of the commands use more of it")]
mod stage;

mod feed;
mod folder;
mod inject;
mod refusals;
mod scene;
mod scenes;

mod calls;
mod inputs;
mod kills;
mod limits;
mod packed;
mod promises;
mod short_io;
mod together;
