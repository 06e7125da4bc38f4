//! A whole run: starts the workers, waits for them, and checks that nothing was lost.

use std::fs::File;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use super::counts::Counts;
use super::error::RunError;
use super::feeder::Feeder;
use super::gather::push_columns;
use super::ordered::{Edge, Position};
use super::out_buffer::{OutBuffer, OutputTail};
use super::region::Manner;
use super::streams::{OutputStream, Outputs};
use super::tally::Tally;
use super::turnstile::Turnstile;
use super::worker::{Observer, Shared};
use crate::digest::{Digest, DigestKind};
use crate::program::{Program, Projection, REASONS_COLUMN, RecordFields};
use crate::records::{Cpu, Header, PADDING};
use crate::supply::Supply;

/// Whether withheld records get a column with their reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReasonsColumn {
    /// They do.
    #[default]
    Appended,
    /// They are written as they came.
    None,
}

/// How a run is done; none of it changes a byte of the outputs but the reasons column.
#[derive(Debug, Clone, Copy)]
pub struct RunOptions {
    /// Worker threads.
    pub threads: NonZeroUsize,
    /// Bytes of a block.
    pub block_bytes: NonZeroUsize,
    /// Digest of inputs and outputs.
    pub digest: DigestKind,
    /// Whether withheld records say why.
    pub reasons: ReasonsColumn,
    /// Stop at the first malformed record.
    pub strict: bool,
}

/// Bytes of a block where nothing else is asked for.
pub const BLOCK_BYTES: NonZeroUsize = NonZeroUsize::new(256 << 10).expect("not zero");

/// Blocks' worth of bytes that a block may gather for one output before they are written.
const GATHERED_BLOCKS_MAX: usize = 8;

/// Largest block.
pub const BLOCK_BYTES_MAX: usize = 256 << 20;

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            block_bytes: BLOCK_BYTES,
            digest: DigestKind::default(),
            reasons: ReasonsColumn::default(),
            strict: false,
        }
    }
}

/// The files that a split is written to: new, empty and open for writing.
#[derive(Debug)]
pub struct SplitFiles {
    /// For permitted records.
    pub permitted: File,
    /// For withheld records.
    pub withheld: File,
}

/// What was read of one input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputResult {
    /// Bytes after decompression.
    pub content_bytes: u64,
    /// Bytes as they are stored.
    pub stored_bytes: u64,
    /// Digest of the stored bytes.
    pub digest: Option<Digest>,
}

/// Length and digest of both outputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digests {
    /// Of the permitted records.
    pub permitted: (u64, Option<Digest>),
    /// Of the withheld records.
    pub withheld: (u64, Option<Digest>),
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Everything counted.
    pub counts: Counts,
    /// The inputs, in order.
    pub inputs: Vec<InputResult>,
    /// The outputs, if any were written.
    pub outputs: Option<Digests>,
}

/// Reads a supply, decides every record, and writes the split to `files`; without files it only counts.
///
/// The files are written but not flushed to disk. `interrupted` may be set by another thread to stop the run.
///
/// # Errors
/// If reading or writing fails, if a record is too long, or, in a strict run, malformed. What was written is then worthless.
pub fn run(
    program: &Program,
    supply: &Supply,
    files: Option<SplitFiles>,
    options: &RunOptions,
    observer: &dyn Observer,
    interrupted: &AtomicBool,
) -> Result<Outcome, RunError> {
    let block_bytes = options.block_bytes.get().min(BLOCK_BYTES_MAX);
    let feeder = Feeder::new(supply, block_bytes, options.digest);
    let mut position = Position::default();
    let outputs = files
        .map(|files| start_outputs(files, program, supply, options, &mut position))
        .transpose()?;
    let terminator_bytes = outputs
        .as_ref()
        .map_or(0, |outputs| outputs.terminator.len() as u64);
    let edges = Turnstile::new(Edge::start_of_input());
    let positions = Turnstile::new(position);
    let first_error = Mutex::new(None);
    let mut tally = {
        let shared = Shared {
            program,
            supply,
            feeder: &feeder,
            outputs: outputs.as_ref(),
            manner: Manner {
                strict: options.strict,
                reasons: options.reasons,
                gathers: outputs.is_some(),
                gathered_bytes_max: block_bytes.saturating_mul(GATHERED_BLOCKS_MAX),
            },
            block_bytes,
            cpu: Cpu::detect(),
            observer,
            interrupted,
            edges: &edges,
            positions: &positions,
            first_error: &first_error,
        };
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(options.threads.get())
            .thread_name(|index| format!("withhold-{index}"))
            .build()
            .map_err(|error| RunError::Threads(error.to_string()))?;
        let tallies = pool.broadcast(|_| shared.work());
        let mut total = Tally::new(program);
        tallies.into_iter().for_each(|tally| total.merge(tally));
        total
    };
    if let Some(error) = first_error
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
    {
        return Err(error);
    }
    let mut position = positions
        .into_value()
        .expect("every block passed its position on");
    let inputs: Vec<InputResult> = feeder
        .finish()
        .into_iter()
        .map(|(content_bytes, stored_bytes, digest)| InputResult {
            content_bytes,
            stored_bytes,
            digest,
        })
        .collect();
    let overhead =
        |tail: &OutputTail| tail.header_bytes + tail.terminators_inserted * terminator_bytes;
    let overheads = (overhead(&position.permitted), overhead(&position.withheld));
    let inserted = position.permitted.terminators_inserted + position.withheld.terminators_inserted;
    let reasons_bytes = match options.reasons {
        ReasonsColumn::Appended => tally.reasons_bytes(),
        ReasonsColumn::None => 0,
    };
    let malformed = std::mem::take(&mut position.malformed);
    let mut counts = tally.into_counts(inserted, malformed);
    for input in supply.inputs() {
        counts.blank_lines += input.blank_lines_before_header();
        counts.bytes.headers += input.header_bytes() as u64;
        counts.bytes.blank += (input.preamble().len() - input.header_bytes()) as u64;
    }
    check_balance(&counts, &inputs)?;
    let outputs = outputs
        .map(|outputs| finish_outputs(outputs, position))
        .transpose()?;
    if let Some(written) = &outputs {
        check_written(written, &counts, reasons_bytes, overheads, program)?;
    }
    Ok(Outcome {
        counts,
        inputs,
        outputs,
    })
}

/// Starts both outputs with their headers.
fn start_outputs(
    files: SplitFiles,
    program: &Program,
    supply: &Supply,
    options: &RunOptions,
    position: &mut Position,
) -> Result<Outputs, RunError> {
    let header = supply.header();
    let delimiter = supply.delimiter().byte();
    let outputs = Outputs {
        permitted: OutputStream::new("permitted.csv", files.permitted, options.digest),
        withheld: OutputStream::new("withheld.csv", files.withheld, options.digest),
        terminator: if header.terminator().is_empty() {
            b"\n".to_vec()
        } else {
            header.terminator().to_vec()
        },
    };
    // The header's bytes with room after them, as records have it.
    let raw = [header.raw(), &[0; PADDING]].concat();
    let columns = RecordFields::new(&raw, 0, header.field_ends());
    start_output(
        &outputs.permitted,
        header,
        &mut position.permitted,
        |line| match program.projection() {
            Projection::Whole => line.push(header.raw()),
            Projection::Columns(runs) => push_columns(runs, &columns, delimiter, line),
        },
    )?;
    start_output(&outputs.withheld, header, &mut position.withheld, |line| {
        line.push(header.raw());
        if options.reasons == ReasonsColumn::Appended {
            line.push(&[delimiter]);
            line.push(REASONS_COLUMN.as_bytes());
        }
    })?;
    Ok(outputs)
}

fn start_output(
    stream: &OutputStream,
    header: &Header,
    tail: &mut OutputTail,
    write_line: impl FnOnce(&mut OutBuffer),
) -> Result<(), RunError> {
    let mut buffer = OutBuffer::new();
    buffer.push(header.byte_order_mark());
    write_line(&mut buffer);
    buffer.push(header.terminator());
    tail.header_bytes = buffer.len() as u64;
    let (offset, bytes) = buffer.settle(tail, b"", header.terminator().is_empty());
    stream.digest().add_in_order(bytes);
    stream.write(offset, bytes)?;
    stream.digest().add_any_time(offset, bytes);
    Ok(())
}

fn finish_outputs(outputs: Outputs, position: Position) -> Result<Digests, RunError> {
    Ok(Digests {
        permitted: outputs
            .permitted
            .finish(position.permitted.offset, &position.permitted.left_over)?,
        withheld: outputs
            .withheld
            .finish(position.withheld.offset, &position.withheld.left_over)?,
    })
}

/// INVARIANT: records in are records out, and every byte read is accounted for.
fn check_balance(counts: &Counts, inputs: &[InputResult]) -> Result<(), RunError> {
    let read: u64 = inputs.iter().map(|input| input.content_bytes).sum();
    let bytes = counts.bytes;
    let parts = bytes.headers + bytes.permitted + bytes.withheld + bytes.blank;
    if bytes.read != read || parts != read {
        return Err(RunError::Unbalanced(format!(
            "{read} bytes were dealt out, {} decided on, {parts} accounted for",
            bytes.read
        )));
    }
    let in_rows: u64 = counts
        .rows
        .iter()
        .map(|row| row.permitted + row.withheld)
        .sum();
    if counts.records != counts.permitted + counts.withheld || counts.records != in_rows {
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

/// INVARIANT: what was written is what was decided, as far as its length tells. (Where columns are left out, the length of the
/// permitted part follows from them alone, and is not told here.)
fn check_written(
    written: &Digests,
    counts: &Counts,
    reasons_bytes: u64,
    overheads: (u64, u64),
    program: &Program,
) -> Result<(), RunError> {
    let (permitted, withheld) = overheads;
    let whole = *program.projection() == Projection::Whole;
    let right = written.withheld.0 == withheld + counts.bytes.withheld + reasons_bytes
        && (!whole || written.permitted.0 == permitted + counts.bytes.permitted);
    if right {
        Ok(())
    } else {
        Err(RunError::Unbalanced(
            "bytes written are not bytes decided".to_owned(),
        ))
    }
}
