//! A whole run: starts the workers, waits for them, and checks that nothing was lost.

use std::fs::File;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use super::ahead::Unpacking;
use super::balance::{check_balance, check_written};
use super::error::RunError;
use super::feeder::Feeder;
use super::flushing::Flushing;
use super::gather::push_columns;
use super::options::{BLOCK_BYTES_MAX, ReasonsColumn, RunOptions, WriteBack};
use super::ordered::{Edge, Places, Position};
use super::out_buffer::{OutBuffer, OutputTail};
use super::outcome::{InputResult, Outcome, OutputResults};
use super::packing::Packing;
use super::placing::Placing;
use super::region::Manner;
use super::streams::{OutputStream, Outputs};
use super::tally::Tally;
use super::turnstile::Turnstile;
use super::worker::{Observer, Shared};
use crate::compression::Compression;
use crate::output::split_names;
use crate::program::{Program, Projection, RecordFields};
use crate::records::{Cpu, Header, PADDING};
use crate::rules::REASONS_COLUMN;
use crate::supply::Supply;

/// Blocks' worth of bytes that a block may gather for one output before they are written.
const GATHERED_BLOCKS_MAX: usize = 8;

/// The files that a split is written to: new, empty and open for writing.
#[derive(Debug)]
pub struct SplitFiles {
    /// For permitted records.
    pub permitted: File,
    /// For withheld records.
    pub withheld: File,
}

impl SplitFiles {
    /// Both with their names in the output directory.
    fn named(&self, compression: Compression) -> [(&'static str, &File); 2] {
        let [permitted, withheld] = split_names(compression);
        [(permitted, &self.permitted), (withheld, &self.withheld)]
    }

    /// Takes away what was written.
    fn empty(&self, compression: Compression) -> Result<(), RunError> {
        for (file, handle) in self.named(compression) {
            handle
                .set_len(0)
                .map_err(|error| RunError::Write { file, error })?;
        }
        Ok(())
    }
}

/// Reads a supply, decides every record, and writes the split to `files`; without files it only counts.
///
/// The files are written, but only a flush by the caller tells that all of them is on the disk. `interrupted` may be set by another thread
/// to stop the run.
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
    // INVARIANT: what is found in parts stands only if nothing in them was doubtful. Else what counts, content and error alike, is
    // what the decoder of streams finds, from the start.
    if supply.is_rereadable() {
        let files = files.as_ref();
        let unpacking = Unpacking::Parts;
        match attempt(
            program,
            supply,
            files,
            options,
            observer,
            interrupted,
            unpacking,
        ) {
            Ok(outcome) => return Ok(outcome),
            Err(Stopped::For(error)) => return Err(error),
            Err(Stopped::Doubtful(_)) => {}
        }
        observer.started_over();
        if let Some(files) = files {
            files.empty(options.compression)?;
        }
    }
    let files = files.as_ref();
    let unpacking = Unpacking::Stream;
    attempt(
        program,
        supply,
        files,
        options,
        observer,
        interrupted,
        unpacking,
    )
    .map_err(|stopped| match stopped {
        Stopped::For(error) | Stopped::Doubtful(error) => error,
    })
}

/// Why an attempt failed.
enum Stopped {
    For(RunError),
    /// For this, which another way of reading may not find.
    Doubtful(RunError),
}

impl From<RunError> for Stopped {
    fn from(error: RunError) -> Self {
        Self::For(error)
    }
}

/// A run over inputs that are decompressed in one way.
fn attempt(
    program: &Program,
    supply: &Supply,
    files: Option<&SplitFiles>,
    options: &RunOptions,
    observer: &dyn Observer,
    interrupted: &AtomicBool,
    unpacking: Unpacking,
) -> Result<Outcome, Stopped> {
    let block_bytes = options.block_bytes.get().min(BLOCK_BYTES_MAX);
    let feeder = Feeder::new(
        supply,
        block_bytes,
        options.threads,
        options.digest,
        unpacking,
    );
    let mut position = Position::default();
    let flushing = (options.write_back == WriteBack::Early).then(|| Flushing::new(block_bytes));
    let flushing = flushing.as_ref();
    let outputs = files
        .map(|files| start_outputs(files, program, supply, (options, flushing), &mut position))
        .transpose()?;
    let terminator_bytes = outputs
        .as_ref()
        .map_or(0, |outputs| outputs.terminator.len() as u64);
    let edges = Turnstile::new(Edge::start_of_input());
    let positions = Turnstile::new(position);
    let placing = Placing::new(options.threads);
    let first_error = Mutex::new(None);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads.get())
        .thread_name(|index| format!("withhold-{index}"))
        .build()
        .map_err(|error| RunError::Threads(error.to_string()))?;
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
                room_bytes: outputs.as_ref().map_or(0, |_| block_bytes),
                gathered_bytes_max: block_bytes.saturating_mul(GATHERED_BLOCKS_MAX),
            },
            block_bytes,
            cpu: Cpu::detect(),
            observer,
            interrupted,
            edges: &edges,
            positions: &positions,
            placing: &placing,
            first_error: &first_error,
        };
        let work = || pool.broadcast(|_| shared.work());
        let tallies = match (flushing, files) {
            (Some(flushing), Some(files)) => {
                let files = files.named(options.compression);
                flushing.flush_during(files, |error| shared.stop(error), work)
            }
            _ => work(),
        };
        let mut total = Tally::new(program, supply.delimiter().byte());
        tallies.into_iter().for_each(|tally| total.merge(tally));
        total
    };
    if let Some(error) = first_error
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
    {
        return Err(if feeder.is_doubtful(&error) {
            Stopped::Doubtful(error)
        } else {
            Stopped::For(error)
        });
    }
    let mut position = positions
        .into_value()
        .expect("every block passed its position on");
    let places = placing
        .into_value()
        .expect("every block passed its places on");
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
    let gathered = tally.gathered;
    let malformed = std::mem::take(&mut position.malformed);
    let mut counts = tally.into_counts(inserted, malformed);
    for input in supply.inputs() {
        counts.blank_lines += input.blank_lines_before_header();
        counts.bytes.headers += input.header_bytes() as u64;
        counts.bytes.blank += (input.preamble().len() - input.header_bytes()) as u64;
    }
    check_balance(&counts, &inputs)?;
    let outputs = outputs
        .map(|outputs| finish_outputs(outputs, &position, places, &pool))
        .transpose()?;
    if let Some(written) = &outputs {
        check_written(
            written,
            &counts,
            (gathered, reasons_bytes),
            overheads,
            program.projection(),
        )?;
    }
    Ok(Outcome {
        counts,
        inputs,
        outputs,
    })
}

/// Starts both outputs with their headers.
fn start_outputs<'f>(
    files: &'f SplitFiles,
    program: &Program,
    supply: &Supply,
    (options, flushing): (&RunOptions, Option<&'f Flushing>),
    position: &mut Position,
) -> Result<Outputs<'f>, RunError> {
    let header = supply.header();
    let delimiter = supply.delimiter().byte();
    let [permitted, withheld] = files.named(options.compression);
    let block_bytes = options.block_bytes.get().min(BLOCK_BYTES_MAX);
    let stream = |file, output| {
        let flushing = flushing.map(|flushing| (flushing, output));
        OutputStream::new(file, options.digest, block_bytes, flushing)
    };
    let outputs = Outputs {
        permitted: stream(permitted, 0),
        withheld: stream(withheld, 1),
        terminator: if header.terminator().is_empty() {
            b"\n".to_vec()
        } else {
            header.terminator().to_vec()
        },
        compression: options.compression,
    };
    // The header's bytes with room after them, as records have it.
    let raw = [header.raw(), &[0; PADDING]].concat();
    let columns = RecordFields::new(&raw, 0, header.field_ends());
    start_output(
        &outputs,
        &outputs.permitted,
        header,
        &mut position.permitted,
        |line| match program.projection() {
            Projection::Whole => line.push(header.raw()),
            Projection::Columns(runs) => push_columns(runs, &columns, delimiter, line),
        },
    )?;
    start_output(
        &outputs,
        &outputs.withheld,
        header,
        &mut position.withheld,
        |line| {
            line.push(header.raw());
            if options.reasons == ReasonsColumn::Appended {
                line.push(&[delimiter]);
                line.push(REASONS_COLUMN.as_bytes());
            }
        },
    )?;
    Ok(outputs)
}

fn start_output(
    outputs: &Outputs<'_>,
    stream: &OutputStream<'_>,
    header: &Header,
    tail: &mut OutputTail,
    write_line: impl FnOnce(&mut OutBuffer),
) -> Result<(), RunError> {
    let mut buffer = OutBuffer::new();
    buffer.push(header.byte_order_mark());
    write_line(&mut buffer);
    buffer.push(header.terminator());
    tail.header_bytes = buffer.len() as u64;
    let is_unterminated = header.terminator().is_empty();
    if outputs.compression != Compression::None {
        tail.left_over.extend_from_slice(buffer.content());
        tail.owes_terminator = is_unterminated;
        return Ok(());
    }
    let settled = stream.settle(&mut buffer, tail, b"", is_unterminated);
    stream.put(settled, &mut buffer)
}

fn finish_outputs(
    outputs: Outputs<'_>,
    position: &Position,
    mut places: Places,
    pool: &rayon::ThreadPool,
) -> Result<OutputResults, RunError> {
    let packing = Packing::new(outputs.compression)?;
    let (permitted, withheld) = (&position.permitted, &position.withheld);
    Ok(match packing {
        None => {
            let (permitted, withheld) = pool.join(
                || outputs.permitted.finish(permitted, None),
                || outputs.withheld.finish(withheld, None),
            );
            OutputResults {
                permitted: permitted?,
                withheld: withheld?,
            }
        }
        Some(mut packing) => OutputResults {
            permitted: packing.finish(outputs.permitted, permitted, &mut places.permitted)?,
            withheld: packing.finish(outputs.withheld, withheld, &mut places.withheld)?,
        },
    })
}

#[cfg(test)]
mod tests;
