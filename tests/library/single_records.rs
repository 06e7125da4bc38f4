//! Deciding single records, as an engine would that has its own reader: equal to the binary's split.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use withhold::program::{Decider, Program};
use withhold::records::Delimiter;
use withhold::records::naive::{Next, next_record};
use withhold::rules::Rules;
use withhold::supply::{Supply, SupplyOptions};

use super::small;

#[test]
fn single_records_get_the_verdicts_of_a_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/2017");
    for agreement in ["agreement-retailer-all.toml", "agreement-party.toml"] {
        let (policy, agreement) = (root.join("policy.toml"), root.join(agreement));
        let input = root.join("supply.csv");
        let rules = Arc::new(Rules::load(&policy, &agreement).expect("the rules are sound"));
        let inputs = [input.clone()];
        let supply = Supply::open(&inputs, SupplyOptions::default()).unwrap();
        let program = Program::compile(rules, supply.header(), &input).expect("they fit");
        let mut decider = Decider::new(&program);

        let content = fs::read(&input).unwrap();
        let mut at = supply.inputs()[0].preamble().len();
        let mut outputs = [content[..at].to_vec(), content[..at].to_vec()];
        while let Next::Record(record) = next_record(&content, at, Delimiter::COMMA) {
            let permitted = small::permits(&mut decider, &content[record.start..record.end]);
            outputs[usize::from(!permitted)].extend_from_slice(&content[record.start..record.next]);
            at = record.next;
        }

        let out = tempfile::tempdir().unwrap();
        let out: PathBuf = out.path().join("out");
        let status = Command::new(env!("CARGO_BIN_EXE_withhold"))
            .args(["split", "-q", "--no-sync", "--reasons", "none"])
            .arg("-p")
            .arg(&policy)
            .arg("-a")
            .arg(&agreement)
            .arg("-o")
            .arg(&out)
            .arg(&input)
            .status()
            .unwrap();
        assert!(status.success());
        for (name, expected) in ["permitted.csv", "withheld.csv"].into_iter().zip(outputs) {
            assert!(fs::read(out.join(name)).unwrap() == expected, "{name}");
        }
    }
}
