//! Owns the comparison of the built binary with the naive oracle, on random policies, agreements and hostile supplies.
//! `WITHHOLD_SCENARIOS=N` runs more of them, `WITHHOLD_SEED=S` one again; a failure keeps its folder and says where.

#[allow(dead_code, reason = "each test uses its part of the oracle")]
#[path = "../oracle/mod.rs"]
mod oracle;

mod compared;
mod few_bytes;
mod runs;

use std::fs;

use compared::compare;
use oracle::decide::Rules;
use oracle::dice::Dice;
use oracle::scenario;
use oracle::split::{self, Counts};
use runs::plan;

const SCENARIOS: u64 = 150;

#[test]
fn the_binary_agrees_with_the_oracle() {
    if let Some(seed) = number_from("WITHHOLD_SEED") {
        let seen = try_scenario(seed).unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
        println!("seed {seed}: {seen:?}");
        return;
    }
    let count = number_from("WITHHOLD_SCENARIOS").unwrap_or(SCENARIOS);
    let mut seen = Counts::default();
    let mut faults = Vec::new();
    for seed in 0..count {
        match try_scenario(seed) {
            Ok(counts) => add(&mut seen, counts),
            Err(fault) => faults.push(format!("WITHHOLD_SEED={seed}: {fault}")),
        }
        if faults.len() == 5 {
            break;
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    println!("{seen:#?}");
    if count >= SCENARIOS {
        assert_reached(&seen);
    }
}

fn number_from(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is a number")),
    )
}

fn add(sum: &mut Counts, one: Counts) {
    sum.records += one.records;
    sum.permitted += one.permitted;
    sum.withheld += one.withheld;
    sum.blank_lines += one.blank_lines;
    sum.bytes.read += one.bytes.read;
    sum.terminators_inserted += one.terminators_inserted;
    sum.withdrawals_before_capture += one.withdrawals_before_capture;
    for (reason, (records, only)) in one.reasons {
        let count = sum.reasons.entry(reason).or_default();
        count.0 += records;
        count.1 += only;
    }
}

/// A generator that no longer reaches a reason proves nothing about it.
fn assert_reached(seen: &Counts) {
    assert!(
        seen.permitted * 20 > seen.records,
        "hardly a record was permitted: {seen:?}"
    );
    assert!(
        seen.withheld * 20 > seen.records,
        "hardly a record was withheld: {seen:?}"
    );
    assert!(
        seen.blank_lines > 0 && seen.terminators_inserted > 0,
        "{seen:?}"
    );
    assert!(seen.withdrawals_before_capture > 0, "{seen:?}");
    for reason in [
        "malformed",
        "date-unreadable",
        "notice-unknown",
        "notice-not-in-force",
        "recipient-not-disclosed",
        "purpose-not-disclosed",
        "purpose-sector-conflict",
        "channel-not-disclosed",
        "data-not-disclosed",
        "consent-unknown",
        "consent-refused",
        "consent-withdrawn",
        "consent-expired",
        "captured-after-delivery",
        "channel-not-consented",
        "outside-territory",
        "suppression-uncheckable",
        "suppressed:house",
    ] {
        let only = seen.reasons.get(reason).map_or(0, |(_, only)| *only);
        assert!(
            only > 0,
            "no record was withheld for {reason} alone: {seen:?}"
        );
    }
}

/// Writes the scenario, runs it several ways, and compares each; the folder stays if they differ.
fn try_scenario(seed: u64) -> Result<Counts, String> {
    let mut dice = Dice::new(seed);
    let scenario = scenario::scenario(&mut dice);
    let folder = tempfile::Builder::new()
        .prefix("withhold-oracle-")
        .tempdir()
        .expect("a folder");
    for (name, bytes) in &scenario.files {
        fs::write(folder.path().join(name), bytes).expect("written");
    }
    let at = |name: &str| folder.path().join(name);
    let rules = Rules::load(&at("policy.toml"), &at("agreement.toml"));
    let expected = split::split(&rules, &scenario.inputs, scenario.delimiter, true);
    let bare = split::split(&rules, &scenario.inputs, scenario.delimiter, false);
    for number in 0..4 {
        let run = plan(&mut dice, folder.path(), &scenario, number);
        let wanted = if run.with_reasons { &expected } else { &bare };
        if let Err(fault) = compare(folder.path(), number, &run, wanted) {
            let kept = folder.keep();
            return Err(format!(
                "run {number} {fault}\n  kept in {}\n  withhold {}",
                kept.display(),
                run.arguments.join(" ")
            ));
        }
    }
    Ok(expected.counts)
}

/// The generators' own test: every scenario is read by the oracle, and every reason is reached.
#[test]
fn the_generators_reach_every_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut seen = Counts::default();
    for seed in 0..SCENARIOS {
        let scenario = scenario::scenario(&mut Dice::new(seed));
        for (name, bytes) in &scenario.files {
            fs::write(folder.path().join(name), bytes).expect("written");
        }
        let at = |name: &str| folder.path().join(name);
        let rules = Rules::load(&at("policy.toml"), &at("agreement.toml"));
        add(
            &mut seen,
            split::split(&rules, &scenario.inputs, scenario.delimiter, true).counts,
        );
    }
    println!("{seen:#?}");
    assert_reached(&seen);
}
