//! A whole run: starts the workers, waits for them, and checks that nothing was lost.

use std::fs::File;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use super::ahead::Unpacking;
use super::counts::Counts;
use super::error::RunError;
use super::feeder::Feeder;
use super::gather::push_columns;
use super::ordered::{Edge, Places, Position};
use super::out_buffer::{OutBuffer, OutputTail};
use super::packing::Packing;
use super::placing::Placing;
use super::region::Manner;
use super::streams::{OutputStream, Outputs};
use super::tally::Tally;
use super::turnstile::Turnstile;
use super::worker::{Observer, Shared};
use crate::compression::Compression;
use crate::digest::{Digest, DigestKind};
use crate::output::split_names;
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
    /// How the outputs are compressed.
    pub compression: Compression,
    /// When the outputs' bytes go on to the disk.
    pub write_back: WriteBack,
}

/// When the bytes of an output go on to the disk. What is on the disk for certain, only a flush tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WriteBack {
    /// When the system sees fit.
    #[default]
    Later,
    /// While more are written, so that a flush at the end has less to wait for.
    Early,
}

/// Bytes of a block that suit so many threads.
///
/// PERF: each block costs some 20 µs of itself (calls, small folios and subtrees at its pieces' ends): 512 KiB instead of 256 take 0.965
/// of the CPU time of a `split` and 0.95 of its wall time on 2 cores, 1 MiB no less. With many threads it is memory that counts: each has
/// a block and what it gathers, some 1.5 MiB.
pub fn suitable_block_bytes(threads: NonZeroUsize) -> NonZeroUsize {
    const LARGE: NonZeroUsize = NonZeroUsize::new(512 << 10).expect("not zero");
    const SMALL: NonZeroUsize = NonZeroUsize::new(256 << 10).expect("not zero");
    if threads.get() <= THREADS_WITH_LARGE_BLOCKS {
        LARGE
    } else {
        SMALL
    }
}

/// Threads that may have large blocks.
const THREADS_WITH_LARGE_BLOCKS: usize = 16;

/// Blocks' worth of bytes that a block may gather for one output before they are written.
const GATHERED_BLOCKS_MAX: usize = 8;

/// Largest block.
pub const BLOCK_BYTES_MAX: usize = 256 << 20;

impl Default for RunOptions {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self {
            threads,
            block_bytes: suitable_block_bytes(threads),
            digest: DigestKind::default(),
            reasons: ReasonsColumn::default(),
            strict: false,
            compression: Compression::None,
            write_back: WriteBack::default(),
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

impl SplitFiles {
    /// Takes away what was written.
    fn empty(&self, names: [&'static str; 2]) -> Result<(), RunError> {
        for (file, name) in [&self.permitted, &self.withheld].into_iter().zip(names) {
            file.set_len(0)
                .map_err(|error| RunError::Write { file: name, error })?;
        }
        Ok(())
    }
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

/// What was written of one output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputResult {
    /// Bytes before compression.
    pub content_bytes: u64,
    /// Bytes as they are stored.
    pub stored_bytes: u64,
    /// Digest of the stored bytes.
    pub digest: Option<Digest>,
}

/// Both outputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputResults {
    /// The permitted records.
    pub permitted: OutputResult,
    /// The withheld records.
    pub withheld: OutputResult,
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Everything counted.
    pub counts: Counts,
    /// The inputs, in order.
    pub inputs: Vec<InputResult>,
    /// The outputs, if any were written.
    pub outputs: Option<OutputResults>,
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
            files.empty(split_names(options.compression))?;
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
    let outputs = files
        .map(|files| start_outputs(files, program, supply, options, &mut position))
        .transpose()?;
    let terminator_bytes = outputs
        .as_ref()
        .map_or(0, |outputs| outputs.terminator.len() as u64);
    let edges = Turnstile::new(Edge::start_of_input());
    let positions = Turnstile::new(position);
    let placing = Placing::new(options.threads);
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
            placing: &placing,
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
    let malformed = std::mem::take(&mut position.malformed);
    let mut counts = tally.into_counts(inserted, malformed);
    for input in supply.inputs() {
        counts.blank_lines += input.blank_lines_before_header();
        counts.bytes.headers += input.header_bytes() as u64;
        counts.bytes.blank += (input.preamble().len() - input.header_bytes()) as u64;
    }
    check_balance(&counts, &inputs)?;
    let outputs = outputs
        .map(|outputs| finish_outputs(outputs, &mut position, places))
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
fn start_outputs<'f>(
    files: &'f SplitFiles,
    program: &Program,
    supply: &Supply,
    options: &RunOptions,
    position: &mut Position,
) -> Result<Outputs<'f>, RunError> {
    let header = supply.header();
    let delimiter = supply.delimiter().byte();
    let [permitted_name, withheld_name] = split_names(options.compression);
    let outputs = Outputs {
        permitted: OutputStream::new(permitted_name, &files.permitted, options),
        withheld: OutputStream::new(withheld_name, &files.withheld, options),
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
    let piece = buffer.settle(tail, b"", is_unterminated);
    stream.digest().add_in_order(piece.1);
    stream.put(piece)
}

fn finish_outputs(
    outputs: Outputs<'_>,
    position: &mut Position,
    mut places: Places,
) -> Result<OutputResults, RunError> {
    let packing = Packing::new(outputs.compression)?;
    let (permitted, withheld) = (&mut position.permitted, &mut position.withheld);
    Ok(match packing {
        None => OutputResults {
            permitted: outputs.permitted.finish(permitted, None)?,
            withheld: outputs.withheld.finish(withheld, None)?,
        },
        Some(mut packing) => OutputResults {
            permitted: packing.finish(outputs.permitted, permitted, &mut places.permitted)?,
            withheld: packing.finish(outputs.withheld, withheld, &mut places.withheld)?,
        },
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
    written: &OutputResults,
    counts: &Counts,
    reasons_bytes: u64,
    overheads: (u64, u64),
    program: &Program,
) -> Result<(), RunError> {
    let (permitted, withheld) = overheads;
    let whole = *program.projection() == Projection::Whole;
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
