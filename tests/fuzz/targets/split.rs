//! Owns whole splits of drawn rules and hostile supplies, compared with the oracle's. The fuzzer's bytes are the choices by
//! which a scenario is drawn, so that every input is a valid one and reaches the decision.

use std::path::PathBuf;

use super::runs::{self, Manner};
use crate::oracle::{
    decide::Rules,
    dice::Dice,
    drawn_lists::{gzip, zstandard},
    scenario::{self, Scenario},
    small, split,
};

/// A fuzzer's bytes: how it is run (three bytes), whether the supply is drawn or is the rest of them, then the choices.
pub(crate) fn check(data: &[u8]) {
    let Some((&[threads, block, packing, kind], rest)) = data.split_first_chunk() else {
        return;
    };
    let drawn = if kind % 4 == 0 {
        with_small_rules(rest)
    } else {
        scenario::scenario(&mut Dice::choosing(rest))
    };
    let manner = Manner {
        threads: 1 + usize::from(threads % 4),
        block_bytes: [1, 2, 3, 5, 7, 13, 16, 31, 64, 100, 257, 4096][usize::from(block) % 12],
        delimiter: drawn.delimiter,
        with_reasons: packing & 0x80 == 0,
    };
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in &drawn.files {
        runs::write(folder.path(), &[(name, bytes)]);
    }
    let paths: Vec<PathBuf> = drawn
        .inputs
        .iter()
        .enumerate()
        .map(|(place, input)| {
            let cut = input.len() / 2;
            let stored = match (packing >> (2 * (place % 3))) & 3 {
                1 => gzip(&[&input[..cut], &input[cut..]]),
                2 => zstandard(&[&input[..cut], &input[cut..]]),
                _ => input.clone(),
            };
            let name = format!("input-{place}");
            runs::write(folder.path(), &[(&name, &stored)]);
            folder.path().join(name)
        })
        .collect();
    let ran = runs::run(
        folder.path(),
        &runs::sound_rules(folder.path()),
        &paths,
        manner,
    );
    let at = |name: &str| folder.path().join(name);
    let oracle = Rules::load(&at("policy.toml"), &at("agreement.toml"));
    let wanted = split::split(&oracle, &drawn.inputs, drawn.delimiter, manner.with_reasons);
    ran.unwrap_or_else(|error| panic!("a valid scenario does not run: {error:?}"))
        .assert_like(&wanted);
}

/// Fixed rules, and bytes as they are after the header; a 0 byte starts another input.
fn with_small_rules(bytes: &[u8]) -> Scenario {
    let inputs = bytes
        .splitn(3, |&byte| byte == 0)
        .map(|body| [small::HEADER, b"\n", body].concat())
        .collect();
    Scenario {
        files: vec![
            ("policy.toml".to_owned(), small::POLICY.into()),
            ("agreement.toml".to_owned(), small::AGREEMENT.into()),
        ],
        delimiter: b',',
        inputs,
    }
}
