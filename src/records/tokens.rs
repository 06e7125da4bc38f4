//! The scanner proper: finds every record of a region that starts and ends at record boundaries, and keeps
//! where separators stand as bits. Works through the region in windows, so that what it finds is still in
//! the first cache.

use super::PADDING;
use super::collect::{Collect, Collected};
use super::dialect::Delimiter;
use super::edges::Edges;
use super::masks::{Cpu, Kernel, Masker, STEP};
use super::separators::Separators;
use super::span::RecordSpan;
use super::window::{ScanState, WINDOW_STEPS, Window};

/// A scanner and what it found in its current window.
#[derive(Debug)]
pub struct Tokens {
    cpu: Cpu,
    delimiter: u8,
    separators: Separators,
    window: Window,
    /// `records_count` of them count.
    records: Vec<RecordSpan>,
    records_count: usize,
    blank_lines: u64,
    blank_bytes: u64,
    /// Next byte to scan.
    at: usize,
    region_end: usize,
    record_start: usize,
    /// Delimiters before `record_start` that end fields.
    record_delimiters: u32,
    state: ScanState,
}

impl Tokens {
    /// A scanner for records with this delimiter.
    pub fn new(cpu: Cpu, delimiter: Delimiter) -> Self {
        Self {
            cpu,
            delimiter: delimiter.byte(),
            separators: Separators::default(),
            window: Window::new(),
            records: vec![RecordSpan::default(); WINDOW_STEPS * STEP + 1],
            records_count: 0,
            blank_lines: 0,
            blank_bytes: 0,
            at: 0,
            region_end: 0,
            record_start: 0,
            record_delimiters: 0,
            state: ScanState::RECORD_START,
        }
    }

    /// Starts on the region `buffer[start..end]`, which must start at the start of a record and end at the end of one (its
    /// terminator whole), or at the end of the input.
    pub fn start(&mut self, start: usize, end: usize) {
        assert!(
            start <= end && u32::try_from(end + PADDING).is_ok(),
            "a region's positions fit 32 bits"
        );
        self.separators.start(start, end);
        self.window.forget_before(usize::MAX);
        self.records_count = 0;
        self.blank_lines = 0;
        self.blank_bytes = 0;
        self.at = start;
        self.region_end = end;
        self.record_start = start;
        self.record_delimiters = 0;
        self.state = ScanState::RECORD_START;
    }

    /// Scans the next window; `false` once the region is done and nothing was found. The buffer is the same at every call and
    /// holds at least [`PADDING`] bytes after the region.
    pub fn advance(&mut self, buffer: &[u8]) -> bool {
        assert!(
            buffer.len() >= self.region_end + PADDING,
            "a region is followed by padding"
        );
        if self.at >= self.region_end {
            return false;
        }
        self.window.forget_before(self.record_start);
        let length = (self.region_end - self.at).min(WINDOW_STEPS * STEP);
        self.state = self.window.scan(
            self.cpu,
            self.delimiter,
            (buffer, self.at, length),
            &mut self.separators,
            self.state,
        );
        self.at += length;
        self.collect_records(buffer, length.div_ceil(STEP));
        true
    }

    /// Records found in the current window, in order.
    pub fn records(&self) -> &[RecordSpan] {
        &self.records[..self.records_count]
    }

    /// Where each field of a record of the current window ends (at its delimiter, or at the record's end), in the region's buffer.
    pub fn field_ends(&self, record: RecordSpan) -> Vec<u32> {
        self.separators.all_ends(record)
    }

    /// Looks for the edges of the first of some records of the current window, up to one that is malformed, or to as many as there is
    /// room for: how many these are.
    pub(crate) fn seek_all(&self, cpu: Cpu, records: &[RecordSpan], edges: &mut Edges) -> usize {
        cpu.run(SeekAll {
            separators: &self.separators,
            records,
            edges,
        })
    }

    /// Blank lines passed over since [`Self::start`].
    pub fn blank_lines(&self) -> u64 {
        self.blank_lines
    }

    /// Bytes of these blank lines.
    pub fn blank_bytes(&self) -> u64 {
        self.blank_bytes
    }

    /// Turns the line ends of a window of so many steps into records; at the region's end, the last record may lack its terminator.
    fn collect_records(&mut self, buffer: &[u8], steps: usize) {
        let mut collected = self.cpu.widest(Collect {
            buffer: &buffer[..self.region_end],
            window: &self.window,
            words: self.separators.last(steps),
            records: &mut self.records,
            collected: Collected {
                start: self.record_start as u32,
                delimiters: self.record_delimiters,
                ..Collected::default()
            },
        });
        if self.at >= self.region_end && (collected.start as usize) < self.region_end {
            let end = self.region_end as u32;
            let is_fault = |&fault: &u32| fault >= collected.start;
            self.records[collected.count] = RecordSpan {
                start: collected.start,
                end,
                next: end,
                fields: self.state.delimiters - collected.delimiters + 1,
                quote_fault: self.state.quotes.quoted != 0
                    || self.window.faults().iter().any(is_fault),
            };
            collected.count += 1;
            collected.start = end;
        }
        self.record_start = collected.start as usize;
        self.record_delimiters = collected.delimiters;
        self.records_count = collected.count;
        self.blank_lines += collected.blank_lines;
        self.blank_bytes += collected.blank_bytes;
    }
}

struct SeekAll<'a> {
    separators: &'a Separators,
    records: &'a [RecordSpan],
    edges: &'a mut Edges,
}

impl Kernel for SeekAll<'_> {
    type Output = usize;
    #[inline(always)]
    fn run<M: Masker>(self, masker: M) -> usize {
        self.separators.seek_all(masker, self.records, self.edges)
    }
}

#[cfg(test)]
mod tests;
