//! The same comparison where only a few bytes vary, so that a failure shrinks.

use std::fs;

use proptest::prelude::*;

use crate::compared::compare;
use crate::oracle::decide::Rules;
use crate::oracle::small::{AGREEMENT, POLICY};
use crate::oracle::split;
use crate::runs::Run;

fn piece() -> impl Strategy<Value = &'static [u8]> {
    let sound: [&[u8]; 3] = [
        b"1,2016-05-05,Y,postal",
        b"\"2\",2016-05-05,Y,\"postal\"",
        b"\"\n\",2016-05-05,N,postal",
    ];
    let ends: [&[u8]; 3] = [b"\n", b"\r\n", b"\r"];
    let odd: [&[u8]; 8] = [
        b"\"",
        b"\"\"",
        b",",
        b"x",
        b" ",
        b",\"",
        b"\",",
        b"\xef\xbb\xbf",
    ];
    prop_oneof![
        3 => prop::sample::select(sound.to_vec()),
        4 => prop::sample::select(ends.to_vec()),
        2 => prop::sample::select(odd.to_vec()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 100,
        failure_persistence: None,
        max_shrink_time: 20_000,
        ..ProptestConfig::default()
    })]

    /// The same comparison where only the bytes vary, so that a failure shrinks to a few of them.
    #[test]
    fn hostile_bytes_are_split_as_the_oracle_splits_them(
        marks in prop::collection::vec(any::<bool>(), 2),
        header_end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        inputs in prop::collection::vec(prop::collection::vec(piece(), 0..24), 1..3),
        threads in 1..5_u8,
        block_bytes in 1..40_u8,
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        fs::write(at("policy.toml"), POLICY).expect("written");
        fs::write(at("agreement.toml"), AGREEMENT).expect("written");
        let mut arguments: Vec<String> =
            ["split", "--no-sync", "--quiet"].map(str::to_owned).to_vec();
        for (option, value) in [
            ("--policy", at("policy.toml").display().to_string()),
            ("--agreement", at("agreement.toml").display().to_string()),
            ("--out", at("out-0").display().to_string()),
            ("--threads", threads.to_string()),
            ("--block-bytes", block_bytes.to_string()),
        ] {
            arguments.extend([option.to_owned(), value]);
        }
        let mut supply = Vec::new();
        for (place, pieces) in inputs.iter().enumerate() {
            let mark = if marks[place] { "\u{feff}" } else { "" };
            let mut input = format!("{mark}id,day,opt,ch{header_end}").into_bytes();
            input.extend(pieces.concat());
            let name = at(&format!("input-{place}.csv"));
            fs::write(&name, &input).expect("written");
            arguments.push(name.display().to_string());
            supply.push(input);
        }
        let rules = Rules::load(&at("policy.toml"), &at("agreement.toml"));
        let wanted = split::split(&rules, &supply, b',', true);
        let run = Run { arguments, stdin: None, with_reasons: true };
        let compared = compare(folder.path(), 0, &run, &wanted);
        prop_assert!(compared.is_ok(), "{}", compared.unwrap_err());
    }
}
