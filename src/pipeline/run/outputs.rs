//! Both outputs of a run: started with their headers, and ended.

use super::{Run, SplitFiles};
use crate::compression::Compression;
use crate::pipeline::error::RunError;
use crate::pipeline::flushing::Flushing;
use crate::pipeline::gather::push_columns;
use crate::pipeline::options::ReasonsColumn;
use crate::pipeline::ordered::{Places, Position};
use crate::pipeline::out_buffer::{LastRecord, OutBuffer, OutputTail};
use crate::pipeline::outcome::OutputResults;
use crate::pipeline::packing::Packing;
use crate::pipeline::streams::{OutputStream, Outputs};
use crate::program::{Projection, RecordFields};
use crate::records::{Header, PADDING};
use crate::rules::REASONS_COLUMN;

impl Run<'_> {
    /// Starts both outputs with their headers.
    pub(super) fn start_outputs<'f>(
        &self,
        files: &'f SplitFiles,
        flushing: Option<&'f Flushing>,
        position: &mut Position,
    ) -> Result<Outputs<'f>, RunError> {
        let (program, options) = (self.program, self.options);
        let header = self.supply.header();
        let delimiter = self.supply.delimiter().byte();
        let [permitted, withheld] = files.named(options.compression);
        let block_bytes = self.block_bytes();
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
    let last = match header.terminator() {
        [] => LastRecord::Unterminated,
        _ => LastRecord::Terminated,
    };
    if outputs.compression != Compression::None {
        tail.left_over.extend_from_slice(buffer.content());
        tail.last = last;
        return Ok(());
    }
    let settled = stream.settle(&mut buffer, tail, b"", last);
    stream.put(settled, &mut buffer)
}

pub(super) fn finish_outputs(
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
