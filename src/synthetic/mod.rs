//! The generated supply: seeded, of any size, shaped like the mother-and-baby supply of May 2017.
//! Owns what the records look like and that the same seed gives the same bytes on every machine and thread count.
//! Never judges a record, and knows no policy.

mod calendar;
mod draws;
mod record;
#[rustfmt::skip] // Tables of words, a screenful instead of a thousand lines.
mod words;

use std::io::{self, Write};
use std::ops::Range;

/// Records that one thread makes at a time.
const CHUNK_RECORDS: u64 = 1_024;
/// A chunk's first allocation, which holds almost every chunk.
const CHUNK_BYTES: usize = CHUNK_RECORDS as usize * 160;
/// Chunks that one thread makes between two writes.
const CHUNKS_PER_THREAD: usize = 8;

/// A supply to be generated.
///
/// ```
/// let mut supply = Vec::new();
/// withhold::synthetic::Synthetic { records: 3, seed: 2017 }.write_to(&mut supply, 1)?;
/// assert!(supply.starts_with(b"record_id,title,first_name,"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Synthetic {
    /// How many records follow the header.
    pub records: u64,
    /// What decides their content: the same seed, the same bytes.
    pub seed: u64,
}

impl Default for Synthetic {
    /// The case of May 2017: 1,065,200 records.
    fn default() -> Self {
        Self {
            records: 1_065_200,
            seed: 2017,
        }
    }
}

impl Synthetic {
    /// Writes the header and the records, in order, and returns how many bytes that was.
    ///
    /// `threads` threads make records (0 counts as 1), while the calling one writes. A few megabytes a thread are
    /// held, whatever the number of records. The bytes do not depend on `threads`.
    ///
    /// # Errors
    ///
    /// Those of `out`, and threads that cannot be started.
    pub fn write_to(&self, out: &mut dyn Write, threads: usize) -> io::Result<u64> {
        out.write_all(record::HEADER)?;
        let header_bytes = record::HEADER.len() as u64;
        let record_bytes = if threads <= 1 || self.records <= CHUNK_RECORDS {
            self.write_alone(out)?
        } else {
            self.write_threaded(out, threads)?
        };
        out.flush()?;
        Ok(header_bytes + record_bytes)
    }

    /// All records, made by the thread that writes them.
    fn write_alone(&self, out: &mut dyn Write) -> io::Result<u64> {
        let mut bytes = 0;
        let mut chunk = Vec::with_capacity(CHUNK_BYTES);
        for index in 0..self.chunks() {
            self.fill(&mut chunk, index);
            out.write_all(&chunk)?;
            bytes += chunk.len() as u64;
        }
        Ok(bytes)
    }

    /// All records: one batch of chunks is written while `threads` others make the next.
    fn write_threaded(&self, out: &mut dyn Write, threads: usize) -> io::Result<u64> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .map_err(io::Error::other)?;
        // INVARIANT: two batches, and so a fixed number of chunks, are held.
        let batch_chunks = threads * CHUNKS_PER_THREAD;
        let mut made = vec![Vec::new(); batch_chunks];
        let mut making = vec![Vec::new(); batch_chunks];
        let mut bytes = 0;
        let mut next = 0;
        let mut made_chunks = 0;
        while next < self.chunks() || made_chunks > 0 {
            let making_chunks = (self.chunks() - next).min(batch_chunks as u64);
            pool.in_place_scope(|scope| {
                for (chunk, index) in making.iter_mut().zip(next..next + making_chunks) {
                    scope.spawn(move |_| self.fill(chunk, index));
                }
                for chunk in &made[..made_chunks] {
                    out.write_all(chunk)?;
                    bytes += chunk.len() as u64;
                }
                io::Result::Ok(())
            })?;
            std::mem::swap(&mut made, &mut making);
            made_chunks = making_chunks as usize;
            next += making_chunks;
        }
        Ok(bytes)
    }

    fn chunks(&self) -> u64 {
        self.records.div_ceil(CHUNK_RECORDS)
    }

    /// The record numbers of a chunk; they count from 1.
    fn numbers(&self, chunk_index: u64) -> Range<u64> {
        let before = chunk_index * CHUNK_RECORDS;
        before + 1..before + 1 + CHUNK_RECORDS.min(self.records - before)
    }

    fn fill(&self, chunk: &mut Vec<u8>, chunk_index: u64) {
        // PERF: made in a local, for neighbours' lengths share a cache line: two threads made 944 MB/s instead of 596.
        let mut bytes = std::mem::take(chunk);
        bytes.clear();
        bytes.reserve(CHUNK_BYTES);
        for number in self.numbers(chunk_index) {
            record::push_record(&mut bytes, self.seed, number);
        }
        *chunk = bytes;
    }
}

#[cfg(test)]
mod tests;
