//! The least that any split must do, and nothing else: reads a file, digests it, copies each byte once into one of two
//! buffers, digests these, and writes both. Finds no record and decides nothing, so a split cannot be faster than this with
//! the same threads, block size, calls and digests. `benches/peers/run --floor` holds it beside `cp` and a split.
//!
//! `floor FILE DIRECTORY [--no-digests]`: writes two new files to a directory that is there.

use std::fs::File;
use std::io::{self, Error};
use std::num::NonZero;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use memmap2::MmapMut;
use rustix::fs::{FallocateFlags, fallocate};
use withhold::digest::{TreeDigest, subtrees};

/// Bytes of a block, as those of a `split` with few threads.
const BLOCK_BYTES: usize = 512 << 10;

/// Bytes of a block that go to each output: about what comes of the generated supply.
const SHARES: [usize; 2] = [320 << 10, 192 << 10];

/// Space is reserved in steps of so many bytes, as a `split` does it.
const RESERVED_BYTES: u64 = 8 << 20;

/// What all threads share.
struct Work {
    input: File,
    bytes: u64,
    outputs: [File; 2],
    next_block: AtomicU64,
    reserved: [AtomicU64; 2],
    written: AtomicU64,
    /// Of the input and both outputs.
    digests: Option<[Mutex<TreeDigest>; 3]>,
}

impl Work {
    /// Does blocks until none is left.
    fn run(&self) -> io::Result<()> {
        let mut block = MmapMut::map_anon(BLOCK_BYTES)?;
        let mut shares = [vec![0; SHARES[0]], vec![0; SHARES[1]]];
        loop {
            let number = self.next_block.fetch_add(1, Ordering::Relaxed);
            let offset = number * BLOCK_BYTES as u64;
            if offset >= self.bytes {
                return Ok(());
            }
            let length = (self.bytes - offset).min(BLOCK_BYTES as u64) as usize;
            let block = &mut block[..length];
            self.input.read_exact_at(block, offset)?;
            self.digest(0, offset, block);
            let (first, second) = block.split_at(length.min(SHARES[0]));
            // Every other block begins with the other file, as one file takes one writer at a time.
            let mut order = [(0, first), (1, second)];
            order.rotate_left((number % 2) as usize);
            for (output, share) in order {
                let copy = &mut shares[output][..share.len()];
                copy.copy_from_slice(share);
                self.put(output, number * SHARES[output] as u64, copy)?;
            }
        }
    }

    fn put(&self, output: usize, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.digest(1 + output, offset, bytes);
        let end = offset + bytes.len() as u64;
        let reserved = &self.reserved[output];
        while let so_far = reserved.load(Ordering::Relaxed)
            && end > so_far
        {
            let next = so_far + RESERVED_BYTES;
            let taken =
                reserved.compare_exchange(so_far, next, Ordering::Relaxed, Ordering::Relaxed);
            if taken.is_ok() {
                // Where space cannot be reserved, a `split` writes without.
                let file = &self.outputs[output];
                let _ = fallocate(file, FallocateFlags::KEEP_SIZE, so_far, RESERVED_BYTES);
            }
        }
        self.outputs[output].write_all_at(bytes, offset)?;
        self.written
            .fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(())
    }

    fn digest(&self, stream: usize, offset: u64, bytes: &[u8]) {
        if let Some(digests) = &self.digests {
            let subtrees = subtrees(offset, bytes);
            let mut digest = digests[stream].lock().expect("no thread panics");
            digest.add(offset, bytes, subtrees);
        }
    }

    /// Gives back what was reserved past the ends, finishes the digests, and holds what was written against what was read.
    fn finish(self) -> io::Result<()> {
        let lengths = [0, 1].map(|output| {
            let (whole, rest) = (
                self.bytes / BLOCK_BYTES as u64,
                self.bytes % BLOCK_BYTES as u64,
            );
            let of_rest = rest.min(SHARES[0] as u64);
            whole * SHARES[output] as u64 + [of_rest, rest - of_rest][output]
        });
        for (file, length) in self.outputs.iter().zip(lengths) {
            file.set_len(length)?;
        }
        if let Some(digests) = self.digests {
            let [input, first, second] =
                digests.map(|digest| digest.into_inner().expect("no thread panics"));
            println!("{}", input.finish(self.bytes).hex());
            println!("{}", first.finish(lengths[0]).hex());
            println!("{}", second.finish(lengths[1]).hex());
        }
        if self.written.into_inner() != self.bytes {
            return Err(Error::other("not all that was read was written"));
        }
        Ok(())
    }
}

fn run(input: &Path, directory: &Path, with_digests: bool) -> io::Result<()> {
    let input = File::open(input)?;
    let work = Work {
        bytes: input.metadata()?.len(),
        input,
        outputs: [
            File::create_new(directory.join("first"))?,
            File::create_new(directory.join("second"))?,
        ],
        next_block: AtomicU64::new(0),
        reserved: [const { AtomicU64::new(0) }; 2],
        written: AtomicU64::new(0),
        digests: with_digests.then(Default::default),
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| work.run())).collect();
        let mut ended = workers.into_iter();
        ended.try_for_each(|worker| worker.join().expect("no thread panics"))
    })?;
    work.finish()
}

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let (input, directory, with_digests) = match arguments.as_slice() {
        [input, directory] => (input, directory, true),
        [input, directory, option] if option == "--no-digests" => (input, directory, false),
        _ => {
            eprintln!("usage: floor FILE DIRECTORY [--no-digests]");
            return ExitCode::from(2);
        }
    };
    match run(input.as_ref(), directory.as_ref(), with_digests) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("floor: {error}");
            ExitCode::FAILURE
        }
    }
}
