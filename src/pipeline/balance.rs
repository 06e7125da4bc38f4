//! Whether all that went into a run came out of it: records, bytes, lengths.

use super::counts::{Counts, RowCount};
use super::error::RunError;
use super::outcome::{InputResult, OutputResults};
use crate::program::Projection;

/// INVARIANT: records in are records out, and every byte read is accounted for.
pub(super) fn check_balance(counts: &Counts, inputs: &[InputResult]) -> Result<(), RunError> {
    let read: u64 = inputs.iter().map(|input| input.content_bytes).sum();
    let bytes = counts.bytes;
    let parts = bytes.headers + bytes.permitted + bytes.withheld + bytes.blank;
    if bytes.read != read || parts != read {
        return Err(RunError::Unbalanced(format!(
            "{read} bytes were dealt out, {} decided on, {parts} accounted for",
            bytes.read
        )));
    }
    let in_rows = counts
        .rows
        .values()
        .fold(RowCount::default(), |mut sum, row| {
            sum.add(*row);
            sum
        });
    if counts.records != counts.permitted + counts.withheld
        || (in_rows.permitted, in_rows.withheld) != (counts.permitted, counts.withheld)
    {
        return Err(RunError::Unbalanced(
            "records in are not records out".to_owned(),
        ));
    }
    let captured = &counts.captured;
    let in_months = captured
        .months
        .iter()
        .fold(captured.unreadable, |mut sum, month| {
            sum.add(month.records);
            sum
        });
    if (in_months.permitted, in_months.withheld) != (counts.permitted, counts.withheld) {
        return Err(RunError::Unbalanced(
            "records in are not records by month of capture".to_owned(),
        ));
    }
    Ok(())
}

/// INVARIANT: every record that was decided was gathered once, and what was written is what was decided, as far as its length tells.
/// (Where columns are left out, the length of the permitted part follows from them alone, and is not told here.)
pub(super) fn check_written(
    written: &OutputResults,
    counts: &Counts,
    (gathered, reasons_bytes): (u64, u64),
    overheads: (u64, u64),
    projection: &Projection,
) -> Result<(), RunError> {
    let (permitted, withheld) = overheads;
    let whole = *projection == Projection::Whole;
    if gathered != counts.records {
        return Err(RunError::Unbalanced(format!(
            "{gathered} records were gathered, {} decided",
            counts.records
        )));
    }
    let right = written.withheld.content_bytes == withheld + counts.bytes.withheld + reasons_bytes
        && (!whole || written.permitted.content_bytes == permitted + counts.bytes.permitted);
    if right {
        Ok(())
    } else {
        Err(RunError::Unbalanced(
            "bytes written are not bytes decided".to_owned(),
        ))
    }
}

#[cfg(test)]
mod tests;
