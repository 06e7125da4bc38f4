//! Entries sorted by identifier in bounded memory: sorted runs in a file without a name, merged when all are there.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::FileExt;

use super::entry::{Entry, Fate, encode, encoded_bytes, look};

/// Most bytes that a comparison may be told to keep in memory.
pub(super) const MEMORY_BYTES_LIMIT: usize = 2047 << 20;

/// Bytes that are gathered before they are written, and read at a time, at most.
const BUFFER_BYTES_MAX: usize = 1 << 20;

/// The same, at least.
const BUFFER_BYTES_MIN: usize = 4 << 10;

/// Most runs that are merged at a time.
const MERGED_RUNS_MAX: usize = 512;

/// Where an entry lies, with the start of its identifier.
#[derive(Clone, Copy)]
struct Slot {
    /// PERF: settles most comparisons without a look at the entry.
    prefix: u64,
    at: u32,
}

/// A sorted run in a file.
#[derive(Debug, Clone, Copy)]
struct Run {
    start: u64,
    end: u64,
}

/// Sorts entries.
pub(super) struct Sorter {
    bytes_max: usize,
    entries: Vec<u8>,
    slots: Vec<Slot>,
    spilled: Spill,
}

/// Sorted runs, one after the other in a file without a name that its owner alone can read.
struct Spill {
    file: Option<File>,
    bytes: u64,
    runs: Vec<Run>,
}

impl Sorter {
    /// Keeps no more than `bytes_max` bytes in memory (and the one entry that is longer).
    pub(super) fn new(bytes_max: usize) -> Self {
        assert!(
            bytes_max <= MEMORY_BYTES_LIMIT,
            "positions of entries take 32 bits"
        );
        Self {
            bytes_max,
            entries: Vec::new(),
            slots: Vec::new(),
            spilled: Spill::new(),
        }
    }

    /// Adds an entry.
    pub(super) fn push(&mut self, id: &[u8], fate: Fate, reasons: &[u16]) -> io::Result<()> {
        let slots_bytes = (self.slots.len() + 1) * size_of::<Slot>();
        let bytes = self.entries.len() + encoded_bytes(id, reasons) + slots_bytes;
        if bytes > self.bytes_max && !self.slots.is_empty() {
            self.spill()?;
        }
        let mut start = [0; 8];
        let shared = id.len().min(8);
        start[..shared].copy_from_slice(&id[..shared]);
        self.slots.push(Slot {
            prefix: u64::from_be_bytes(start),
            at: u32::try_from(self.entries.len()).expect("positions of entries take 32 bits"),
        });
        encode(id, fate, reasons, &mut self.entries);
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        let entries = &self.entries;
        let entry = |slot: &Slot| look(&entries[slot.at as usize..]);
        self.slots.sort_unstable_by(|one, other| {
            one.prefix.cmp(&other.prefix).then_with(|| {
                let ((one, fate, _), (other, other_fate, _)) = (entry(one), entry(other));
                (one, fate).cmp(&(other, other_fate))
            })
        });
        let mut writer = self.spilled.writer(self.bytes_max)?;
        for slot in &self.slots {
            writer.write(entry(slot).2)?;
        }
        writer.end()?;
        self.entries.clear();
        self.slots.clear();
        Ok(())
    }

    /// Bytes that the entries in memory take.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.entries.len() + self.slots.len() * size_of::<Slot>()
    }

    /// How many runs were written so far.
    #[cfg(test)]
    pub(super) fn runs(&self) -> usize {
        self.spilled.runs.len()
    }

    /// Gives every entry, by identifier and then by fate.
    pub(super) fn finish<E: From<io::Error>>(
        mut self,
        mut each: impl FnMut(&Entry) -> Result<(), E>,
    ) -> Result<(), E> {
        if !self.slots.is_empty() {
            self.spill()?;
        }
        // What the entries took is free for what the merge takes.
        (self.entries, self.slots) = (Vec::new(), Vec::new());
        let at_once = (self.bytes_max / (64 << 10)).clamp(2, MERGED_RUNS_MAX);
        while self.spilled.runs.len() > at_once {
            let mut fewer = Spill::new();
            for runs in self.spilled.runs.chunks(at_once) {
                let mut writer = fewer.writer(self.bytes_max)?;
                let mut bytes = Vec::new();
                self.spilled.merge(runs, self.bytes_max, |entry| {
                    bytes.clear();
                    entry.encode(&mut bytes);
                    writer.write(&bytes)
                })?;
                writer.end()?;
            }
            self.spilled = fewer;
        }
        self.spilled
            .merge(&self.spilled.runs, self.bytes_max, &mut each)
    }
}

impl Spill {
    fn new() -> Self {
        Self {
            file: None,
            bytes: 0,
            runs: Vec::new(),
        }
    }

    /// For one more run.
    fn writer(&mut self, bytes_max: usize) -> io::Result<RunWriter<'_>> {
        if self.file.is_none() {
            self.file = Some(tempfile::tempfile()?);
        }
        let start = self.bytes;
        Ok(RunWriter {
            spill: self,
            start,
            buffer: Vec::new(),
            buffer_bytes: (bytes_max / 16).clamp(BUFFER_BYTES_MIN, BUFFER_BYTES_MAX),
        })
    }

    /// Gives the entries of these runs in order.
    fn merge<E: From<io::Error>>(
        &self,
        runs: &[Run],
        bytes_max: usize,
        mut each: impl FnMut(&Entry) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        let buffer_bytes =
            (bytes_max / 2 / runs.len().max(1)).clamp(BUFFER_BYTES_MIN, BUFFER_BYTES_MAX);
        let mut heads = BinaryHeap::with_capacity(runs.len());
        for run in runs {
            let mut head = Head {
                entry: Entry::empty(),
                rest: BufReader::with_capacity(buffer_bytes, RunReader { file, run: *run }),
            };
            if head.entry.read(&mut head.rest)? {
                heads.push(Reverse(head));
            }
        }
        while let Some(mut first) = heads.peek_mut() {
            each(&first.0.entry)?;
            let Head { entry, rest } = &mut first.0;
            if !entry.read(rest)? {
                PeekMut::pop(first);
            }
        }
        Ok(())
    }
}

/// Writes one run.
struct RunWriter<'s> {
    spill: &'s mut Spill,
    start: u64,
    buffer: Vec<u8>,
    buffer_bytes: usize,
}

impl RunWriter<'_> {
    fn write(&mut self, entry: &[u8]) -> io::Result<()> {
        self.buffer.extend_from_slice(entry);
        if self.buffer.len() >= self.buffer_bytes {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        let file = self.spill.file.as_mut().expect("a writer has a file");
        file.write_all(&self.buffer)?;
        self.spill.bytes += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    fn end(mut self) -> io::Result<()> {
        self.flush()?;
        self.spill.runs.push(Run {
            start: self.start,
            end: self.spill.bytes,
        });
        Ok(())
    }
}

/// Reads one run.
struct RunReader<'f> {
    file: &'f File,
    run: Run,
}

impl Read for RunReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.run.end - self.run.start).unwrap_or(usize::MAX);
        let wanted = left.min(buffer.len());
        let count = self.file.read_at(&mut buffer[..wanted], self.run.start)?;
        if count == 0 && wanted > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.run.start += count as u64;
        Ok(count)
    }
}

/// A run's first entry that was not given yet.
struct Head<'f> {
    entry: Entry,
    rest: BufReader<RunReader<'f>>,
}

impl Ord for Head<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.entry.cmp(&other.entry)
    }
}

impl PartialOrd for Head<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Head<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_is_shorter_than_it_was_written_is_an_error_and_no_end() {
        let mut sorter = Sorter::new(1 << 10);
        sorter.push(b"id", Fate::PermittedThen, &[]).unwrap();
        sorter.spill().unwrap();
        let file = sorter.spilled.file.as_ref().unwrap();
        file.set_len(0).unwrap();
        let ended: io::Result<()> = sorter.finish(|_| Ok(()));
        assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
