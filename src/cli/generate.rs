//! `withhold generate`: a synthetic supply, as a file that appears whole or not at all, or as a stream.

use std::io::{self, BufWriter, Write};
use std::num::NonZeroUsize;

use super::args::GenerateArguments;
use super::failure::Failure;
use super::new_file::{NewFile, Readers};
use crate::synthetic::Synthetic;

pub(super) fn run(arguments: &GenerateArguments) -> Result<(), Failure> {
    let synthetic = Synthetic {
        records: arguments.records,
        seed: arguments.seed,
    };
    let threads = arguments
        .threads
        .or_else(|| std::thread::available_parallelism().ok())
        .map_or(1, NonZeroUsize::get);
    if arguments.out.as_os_str() == "-" {
        let mut out = BufWriter::new(io::stdout().lock());
        return match synthetic
            .write_to(&mut out, threads)
            .and_then(|_| out.flush())
        {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                Err(Failure::Silent { code: 128 + 13 })
            }
            Err(error) => Err(Failure::machine(
                format!("cannot write: {error}"),
                "check where standard output goes",
            )),
        };
    }
    // Invented people need no secrecy: the file is as readable as any new file.
    let file = NewFile {
        path: &arguments.out,
        force: arguments.force,
        prefix: ".withhold-generate-",
        readers: Readers::Anyone,
    };
    file.write(|file| synthetic.write_to(file, threads).map(drop))
}
