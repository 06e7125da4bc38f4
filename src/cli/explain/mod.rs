//! `withhold explain`: one record's verdict, test by test, for the person who asks why. The only command
//! that shows values of a record; none of them can move a cursor or hide text.

mod json;
mod telling;
mod text;

use std::io::{self, BufWriter, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::args::ExplainArguments;
use super::failure::Failure;
use super::input_records::Records;
use super::malformed::malformed_value;
use super::plan::{Plan, load_rules};
use super::printing::unprinted;
use crate::program::RecordFields;
use crate::supply::shown;
use telling::Telling;

pub(super) fn run(arguments: &ExplainArguments) -> Result<(), Failure> {
    let rules = load_rules(&arguments.rules, None)?;
    let Plan { supply, program } = Plan::make(rules, &arguments.shape, &arguments.inputs)?;
    let mut telling = Telling {
        out: BufWriter::new(io::stdout().lock()),
        format: arguments.format,
        program: &program,
        supply: &supply,
        told: 0,
    };
    match (&arguments.record, &arguments.id) {
        (Some(number), _) => by_number(&mut telling, *number, arguments.input.as_deref())?,
        (None, Some(id)) => by_id(&mut telling, id.as_bytes())?,
        (None, None) => unreachable!("one of the two is required"),
    }
    telling.out.flush().map_err(cannot_print)
}

/// Explains the record with this number, counted from 1 in its input.
fn by_number(telling: &mut Telling<'_>, number: u64, wanted: Option<&Path>) -> Result<(), Failure> {
    let inputs = telling.supply.inputs();
    let input = match (wanted, inputs) {
        (None, [only]) => only,
        (None, _) => {
            return Err(Failure::request(
                "there are several inputs, and records are numbered in each".to_owned(),
                "say which one is meant with `--input`",
            ));
        }
        (Some(path), _) => inputs
            .iter()
            .find(|input| input.path() == path)
            .ok_or_else(|| {
                Failure::request(
                    format!("{} is not among the inputs", shown(path)),
                    "give `--input` one of them, written in the same way",
                )
            })?,
    };
    let mut records = Records::open(input, telling.supply)?;
    while let Some(record) = records.next()? {
        if record.number == number {
            records.check_unchanged()?;
            return telling.tell(input, &record);
        }
    }
    records.check_unchanged()?;
    Err(Failure::request(
        format!(
            "there is no record {number}: {} has {}",
            shown(input.path()),
            records.walk.passed()
        ),
        "records are counted from 1, without the header and blank lines",
    ))
}

/// Explains every record with this identifier.
fn by_id(telling: &mut Telling<'_>, id: &[u8]) -> Result<(), Failure> {
    let (program, supply) = (telling.program, telling.supply);
    let name = &program.rules().policy.columns.id.value;
    let names = supply.header().names();
    let column = names
        .iter()
        .position(|column| column == name.as_bytes())
        .expect("the identifier's column is in the header: checked when the rules were compiled");
    let mut malformed = 0_u64;
    for input in supply.inputs() {
        let mut records = Records::open(input, supply)?;
        while let Some(record) = records.next()? {
            let found = if program.is_malformed(&record) {
                malformed += 1;
                malformed_value(&record, column, supply.delimiter())
                    .is_some_and(|value| value == id)
            } else {
                RecordFields::of_walked(&record).value(column, &mut Vec::new()) == id
            };
            if found {
                telling.tell(input, &record)?;
            }
        }
        records.check_unchanged()?;
    }
    if telling.told > 0 {
        return Ok(());
    }
    let help = match malformed {
        0 => "identifiers are compared byte for byte; check the inputs too".to_owned(),
        count => format!(
            "identifiers are compared byte for byte; {count} records are malformed, and theirs may not be where it should be: explain those with `--record`"
        ),
    };
    Err(Failure::request(
        format!("no record has this identifier in the column `{name}`"),
        &help,
    ))
}

fn cannot_print(error: io::Error) -> Failure {
    unprinted(&error, "the explanation", None)
}
