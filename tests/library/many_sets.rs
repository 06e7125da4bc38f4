//! More different sets of reasons than a run remembers: every record's reasons are right all the same, and every count.

use std::fmt::Write;
use std::fs;
use std::num::NonZeroUsize;
use std::sync::Arc;

use withhold::pipeline::RunOptions;
use withhold::program::Reason;
use withhold::rules::Rules;

use super::small;

/// A record may be on any of so many lists, which makes as many sets as are remembered.
const LISTS: usize = 14;

/// Records after every set was there once.
const AGAIN: usize = 2_000;

#[test]
fn more_sets_than_are_remembered_are_written_and_counted_right() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    drop(small::rules(folder.path()));
    let mut policy = fs::read_to_string(at("policy.toml")).unwrap();
    let columns: Vec<String> = (0..LISTS).map(|list| format!("k{list}")).collect();
    for column in &columns {
        write!(
            policy,
            "\n[[suppression]]\nname = \"{column}\"\nfile = \"ones.csv\"\nmatch = [\"{column}:exact\"]\nlist = [\"id\"]\n\
             as_of = 2017-04-20\nmax_age = \"28 days\"\n"
        )
        .unwrap();
    }
    let all = format!("record = [\"c\", \"k\", \"{}\"]", columns.join("\", \""));
    let policy = policy.replace("record = [\"c\", \"k\"]", &all);
    fs::write(at("policy.toml"), policy).unwrap();
    fs::write(at("ones.csv"), "id\n1\n").unwrap();
    let rules = Rules::load(&at("policy.toml"), &at("agreement.toml"));
    let rules = Arc::new(rules.unwrap_or_else(|faults| panic!("{faults}")));

    let header = format!("c,k,{}", columns.join(","));
    let (mut supply, mut permitted) = (format!("{header}\n"), format!("{header}\n"));
    let mut withheld = format!("{header},withheld_reasons\n");
    let mut on_list = [(0, 0); LISTS];
    for number in (0..1 << LISTS).chain(0..AGAIN) {
        let on: Vec<usize> = (0..LISTS).filter(|list| number >> list & 1 == 1).collect();
        let values: String = (0..LISTS)
            .map(|list| if number >> list & 1 == 1 { ",1" } else { ",0" })
            .collect();
        let record = format!("2016-09-05,Y{values}");
        writeln!(supply, "{record}").unwrap();
        if on.is_empty() {
            writeln!(permitted, "{record}").unwrap();
            continue;
        }
        let codes: Vec<String> = on
            .iter()
            .map(|list| format!("suppressed:k{list}"))
            .collect();
        writeln!(withheld, "{record},{}", codes.join(" ")).unwrap();
        for &list in &on {
            on_list[list].0 += 1;
            on_list[list].1 += u64::from(on.len() == 1);
        }
    }
    fs::write(at("supply.csv"), supply).unwrap();

    let options = RunOptions {
        threads: NonZeroUsize::MIN,
        ..RunOptions::default()
    };
    let (outcome, outputs) = small::split(&rules, &[at("supply.csv")], &options, &()).unwrap();
    // Whole outputs would be megabytes of message.
    assert!(outputs[0] == permitted.as_bytes(), "the permitted records");
    assert!(outputs[1] == withheld.as_bytes(), "the withheld records");
    let counted: Vec<(Reason, (u64, u64))> = outcome
        .counts
        .reasons
        .iter()
        .map(|count| (count.reason, (count.records, count.only)))
        .collect();
    let expected: Vec<(Reason, (u64, u64))> = (0..LISTS)
        .map(|list| (Reason::Suppressed(list), on_list[list]))
        .collect();
    assert_eq!(counted, expected);
}
