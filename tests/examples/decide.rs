//! Compiles rules once, and decides records that are in memory, one by one.

use std::path::Path;
use std::sync::Arc;

use withhold::program::{Decider, Program};
use withhold::records::{Cpu, Delimiter, PADDING, Preamble, Tokens};
use withhold::rules::Rules;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let case = Path::new("testdata/2017");
    let input = case.join("supply.csv");
    let rules = Rules::load(
        &case.join("policy.toml"),
        &case.join("agreement-retailer.toml"),
    )?;

    // The rules meet the header once; from then on every column is a number.
    let mut text = std::fs::read(&input)?;
    let preamble = Preamble::read(&mut text.as_slice(), Delimiter::COMMA, 1 << 20)?;
    let program = Program::compile(Arc::new(rules), &preamble.header, &input)?;

    let end = text.len();
    text.resize(end + PADDING, 0);
    let mut tokens = Tokens::new(Cpu::detect(), Delimiter::COMMA);
    tokens.start(preamble.body, end);

    let mut decider = Decider::new(&program); // each thread has its own
    let (mut records, mut permitted) = (0, 0);
    while tokens.advance(&text) {
        for &record in tokens.records() {
            let verdict = decider.decide_scanned(&text, &tokens, record);
            records += 1;
            permitted += u64::from(verdict.reasons.is_empty());
        }
    }
    println!("{permitted} of {records} records permitted");
    Ok(())
}
