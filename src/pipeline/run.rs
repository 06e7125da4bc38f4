//! A whole run: starts the workers, waits for them, and checks that nothing was lost.

mod outputs;

use std::fs::File;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use super::ahead::Unpacking;
use super::balance::{check_balance, check_written};
use super::error::RunError;
use super::feeder::Feeder;
use super::flushing::Flushing;
use super::options::{BLOCK_BYTES_MAX, ReasonsColumn, RunOptions, WriteBack};
use super::ordered::{Edge, Places, Position};
use super::out_buffer::OutputTail;
use super::outcome::{InputResult, Outcome};
use super::placing::Placing;
use super::region::Manner;
use super::streams::Outputs;
use super::tally::Tally;
use super::turnstile::Turnstile;
use super::worker::{Observer, Shared};
use crate::compression::Compression;
use crate::output::split_names;
use crate::program::Program;
use crate::records::Cpu;
use crate::supply::Supply;
use outputs::finish_outputs;

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
    Run {
        program,
        supply,
        files: files.as_ref(),
        options,
        observer,
        interrupted,
    }
    .run()
}

/// What a run is given.
struct Run<'r> {
    program: &'r Program,
    supply: &'r Supply,
    files: Option<&'r SplitFiles>,
    options: &'r RunOptions,
    observer: &'r dyn Observer,
    interrupted: &'r AtomicBool,
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

/// What the workers of an attempt left behind.
struct Worked {
    tally: Tally,
    position: Position,
    places: Places,
}

impl Run<'_> {
    fn run(&self) -> Result<Outcome, RunError> {
        // INVARIANT: what is found in parts stands only if nothing in them was doubtful. Else what counts, content and error alike, is
        // what the decoder of streams finds, from the start.
        if self.supply.is_rereadable() {
            match self.attempt(Unpacking::Parts) {
                Ok(outcome) => return Ok(outcome),
                Err(Stopped::For(error)) => return Err(error),
                Err(Stopped::Doubtful(_)) => {}
            }
            self.observer.started_over();
            if let Some(files) = self.files {
                files.empty(self.options.compression)?;
            }
        }
        self.attempt(Unpacking::Stream)
            .map_err(|stopped| match stopped {
                Stopped::For(error) | Stopped::Doubtful(error) => error,
            })
    }

    /// A run over inputs that are decompressed in one way.
    fn attempt(&self, unpacking: Unpacking) -> Result<Outcome, Stopped> {
        let options = self.options;
        let feeder = Feeder::new(
            self.supply,
            self.block_bytes(),
            options.threads,
            options.digest,
            unpacking,
        );
        let flushing =
            (options.write_back == WriteBack::Early).then(|| Flushing::new(self.block_bytes()));
        let mut position = Position::default();
        let outputs = self
            .files
            .map(|files| self.start_outputs(files, flushing.as_ref(), &mut position))
            .transpose()?;
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(options.threads.get())
            .thread_name(|index| format!("withhold-{index}"))
            .build()
            .map_err(|error| RunError::Threads(error.to_string()))?;
        let worked = self.work(
            &pool,
            &feeder,
            outputs.as_ref(),
            flushing.as_ref(),
            position,
        )?;
        Ok(self.conclude(&pool, feeder, outputs, worked)?)
    }

    /// Has all workers work until every block is done, or one of them stops the run.
    fn work(
        &self,
        pool: &rayon::ThreadPool,
        feeder: &Feeder<'_>,
        outputs: Option<&Outputs<'_>>,
        flushing: Option<&Flushing>,
        position: Position,
    ) -> Result<Worked, Stopped> {
        let (program, supply, options) = (self.program, self.supply, self.options);
        let block_bytes = self.block_bytes();
        let edges = Turnstile::new(Edge::start_of_input());
        let positions = Turnstile::new(position);
        let placing = Placing::new(options.threads);
        let first_error = Mutex::new(None);
        let shared = Shared {
            program,
            supply,
            feeder,
            outputs,
            manner: Manner {
                strict: options.strict,
                reasons: options.reasons,
                gathers: outputs.is_some(),
                room_bytes: outputs.map_or(0, |_| block_bytes),
                gathered_bytes_max: block_bytes.saturating_mul(GATHERED_BLOCKS_MAX),
            },
            block_bytes,
            cpu: Cpu::detect(),
            observer: self.observer,
            interrupted: self.interrupted,
            edges: &edges,
            positions: &positions,
            placing: &placing,
            first_error: &first_error,
        };
        let work = || pool.broadcast(|_| shared.work());
        let tallies = match (flushing, self.files) {
            (Some(flushing), Some(files)) => {
                let files = files.named(options.compression);
                flushing.flush_during(files, |error| shared.stop(error), work)
            }
            _ => work(),
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
        let mut tally = Tally::new(program, supply.delimiter().byte());
        tallies.into_iter().for_each(|other| tally.merge(other));
        Ok(Worked {
            tally,
            position: positions
                .into_value()
                .expect("every block passed its position on"),
            places: placing
                .into_value()
                .expect("every block passed its places on"),
        })
    }

    /// Adds up what was done, ends the outputs, and holds what came out against what went in.
    fn conclude(
        &self,
        pool: &rayon::ThreadPool,
        feeder: Feeder<'_>,
        outputs: Option<Outputs<'_>>,
        worked: Worked,
    ) -> Result<Outcome, RunError> {
        let Worked {
            mut tally,
            mut position,
            places,
        } = worked;
        let inputs: Vec<InputResult> = feeder
            .finish()
            .into_iter()
            .map(|(content_bytes, stored_bytes, digest)| InputResult {
                content_bytes,
                stored_bytes,
                digest,
            })
            .collect();
        let terminator_bytes = outputs
            .as_ref()
            .map_or(0, |outputs| outputs.terminator.len() as u64);
        let overhead =
            |tail: &OutputTail| tail.header_bytes + tail.terminators_inserted * terminator_bytes;
        let overheads = (overhead(&position.permitted), overhead(&position.withheld));
        let inserted =
            position.permitted.terminators_inserted + position.withheld.terminators_inserted;
        let reasons_bytes = match self.options.reasons {
            ReasonsColumn::Appended => tally.reasons_bytes(),
            ReasonsColumn::None => 0,
        };
        let gathered = tally.gathered;
        let malformed = std::mem::take(&mut position.malformed);
        let mut counts = tally.into_counts(inserted, malformed);
        for input in self.supply.inputs() {
            counts.blank_lines += input.blank_lines_before_header();
            counts.bytes.headers += input.header_bytes() as u64;
            counts.bytes.blank += (input.preamble().len() - input.header_bytes()) as u64;
        }
        check_balance(&counts, &inputs)?;
        let outputs = outputs
            .map(|outputs| finish_outputs(outputs, &position, places, pool))
            .transpose()?;
        if let Some(written) = &outputs {
            let projection = self.program.projection();
            check_written(
                written,
                &counts,
                (gathered, reasons_bytes),
                overheads,
                projection,
            )?;
        }
        Ok(Outcome {
            counts,
            inputs,
            outputs,
        })
    }

    fn block_bytes(&self) -> usize {
        self.options.block_bytes.get().min(BLOCK_BYTES_MAX)
    }
}

#[cfg(test)]
mod tests;
