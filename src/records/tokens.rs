//! The scanner proper: finds every record of a region that starts and ends at record boundaries, and keeps
//! where separators stand as bits. Works through the region in windows, so that what it finds is still in
//! the first cache.

use super::PADDING;
use super::collect::{Collect, Collected};
use super::dialect::Delimiter;
use super::edges::Edges;
use super::masks::{Cpu, Kernel, Masker, Masks, STEP, Wide};
use super::quoting::{QuoteState, read_quotes};
use super::separators::{SeekEnds, Separators, Word};

/// Steps in one window: 16 KiB.
const WINDOW_STEPS: usize = 256;

/// Where a record lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RecordSpan {
    /// First byte of the record, in the region's buffer.
    pub start: u32,
    /// Byte after the record, terminator not included.
    pub end: u32,
    /// Byte after the record's terminator: `end`, one or two more.
    pub next: u32,
    /// Number of its fields.
    pub fields: u32,
    /// A quote is where it may not be, or not where it must: see the `malformed` reason.
    pub quote_fault: bool,
}

/// A scanner and what it found in its current window.
#[derive(Debug)]
pub struct Tokens {
    cpu: Cpu,
    delimiter: u8,
    separators: Separators,
    /// Positions of line ends outside quotes; `line_ends_count` of them count.
    line_ends: Vec<u32>,
    line_ends_count: usize,
    faults: Vec<u32>,
    /// `records_count` of them count.
    records: Vec<RecordSpan>,
    records_count: usize,
    blank_lines: u64,
    blank_bytes: u64,
    /// Next byte to scan.
    at: usize,
    region_end: usize,
    record_start: usize,
    /// Separators before `record_start`.
    record_rank: u32,
    state: QuoteState,
    after_cr: u64,
}

impl Tokens {
    /// A scanner for records with this delimiter.
    pub fn new(cpu: Cpu, delimiter: Delimiter) -> Self {
        Self {
            cpu,
            delimiter: delimiter.byte(),
            separators: Separators::default(),
            line_ends: vec![0; WINDOW_STEPS * STEP + 1],
            line_ends_count: 0,
            faults: Vec::new(),
            records: Vec::new(),
            records_count: 0,
            blank_lines: 0,
            blank_bytes: 0,
            at: 0,
            region_end: 0,
            record_start: 0,
            record_rank: 0,
            state: QuoteState::FIELD_START,
            after_cr: 0,
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
        self.line_ends_count = 0;
        self.faults.clear();
        self.records_count = 0;
        self.blank_lines = 0;
        self.blank_bytes = 0;
        self.at = start;
        self.region_end = end;
        self.record_start = start;
        self.record_rank = 0;
        self.state = QuoteState::FIELD_START;
        self.after_cr = 0;
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
        let start = self.record_start;
        self.faults.retain(|&fault| fault as usize >= start);
        let cpu = self.cpu;
        cpu.run(Window {
            tokens: self,
            buffer,
        });
        true
    }

    /// Records found in the current window, in order.
    pub fn records(&self) -> &[RecordSpan] {
        &self.records[..self.records_count]
    }

    /// Where each field of a record of the current window ends (at its delimiter, or at the record's end), in the region's buffer.
    pub fn field_ends(&self, record: RecordSpan) -> Vec<u32> {
        self.separators.all_ends(record.start, record.end)
    }

    /// Puts where some fields end into `ends`, which has as many places as the record has fields; the other places stay as they are.
    /// The record, of the current window, must have as many fields as `seek` was made for.
    #[inline(always)]
    pub(crate) fn seek(&self, record: RecordSpan, seek: &SeekEnds, ends: &mut [u32]) {
        debug_assert_eq!(record.fields as usize, ends.len(), "a place a field");
        self.separators.seek(record.start, record.end, seek, ends);
    }

    /// Looks for the edges of the first of some records of the current window, up to one that is malformed, or to as many as there is
    /// room for: how many these are.
    pub(crate) fn seek_all(&self, cpu: Cpu, records: &[RecordSpan], edges: &mut Edges) -> usize {
        cpu.widest(SeekAll {
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

    /// Turns the line ends of a window into records; at the region's end, the last record may lack its terminator.
    fn collect_records(&mut self, buffer: &[u8]) {
        let most = self.line_ends_count + 1;
        if self.records.len() < most {
            self.records.resize(most, RecordSpan::default());
        }
        let mut collected = self.cpu.widest(Collect {
            buffer: &buffer[..self.region_end],
            line_ends: &self.line_ends[..self.line_ends_count],
            separators: &self.separators,
            faults: &self.faults,
            records: &mut self.records,
            collected: Collected {
                start: self.record_start as u32,
                rank: self.record_rank,
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
                fields: self.separators.rank(end) - collected.rank + 1,
                quote_fault: self.state.quoted != 0 || self.faults.iter().any(is_fault),
            };
            collected.count += 1;
            collected.start = end;
        }
        self.record_start = collected.start as usize;
        self.record_rank = collected.rank;
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

impl Wide for SeekAll<'_> {
    type Output = usize;
    #[inline(always)]
    fn run(self) -> usize {
        self.separators.seek_all(self.records, self.edges)
    }
}

struct Window<'a> {
    tokens: &'a mut Tokens,
    buffer: &'a [u8],
}

impl Kernel for Window<'_> {
    type Output = ();

    #[inline(always)]
    fn run<M: Masker>(self, masker: M) {
        let Self { tokens, buffer } = self;
        let delimiter = tokens.delimiter;
        let from = tokens.at;
        let left = tokens.region_end - from;
        let whole = (left / STEP).min(WINDOW_STEPS);
        let mut scan = Scan {
            state: tokens.state,
            after_cr: tokens.after_cr,
            faults: &mut tokens.faults,
            line_ends: &mut tokens.line_ends,
            line_ends_count: 0,
        };
        let rest = if whole < WINDOW_STEPS { left % STEP } else { 0 };
        let all = whole + usize::from(rest > 0);
        let (words, mut rank) = tokens.separators.next_words(all);
        let (steps, _) = buffer[from..from + whole * STEP].as_chunks::<STEP>();
        for ((index, step), word) in steps.iter().enumerate().zip(words.iter_mut()) {
            let base = from + index * STEP;
            let plain = masker.plain(step, delimiter);
            // PERF: a step with neither quotes nor CR, outside quotes, is most of all steps.
            let (separators, line_ends) = if !plain.special && scan.is_calm() {
                scan.state.can_open = (plain.delimiter | plain.lf) >> 63;
                (plain.delimiter, plain.lf)
            } else {
                scan.step(masker.masks(step, delimiter), base, STEP)
            };
            scan.push_line_ends(line_ends, base);
            *word = Word::new(separators, rank);
            rank += separators.count_ones();
        }
        if rest > 0 {
            let base = from + whole * STEP;
            let step: &[u8; STEP] = buffer[base..].first_chunk().expect("padding follows");
            let masks = masker.masks(step, delimiter).first(rest);
            let (separators, line_ends) = scan.step(masks, base, rest);
            scan.push_line_ends(line_ends, base);
            words[whole] = Word::new(separators, rank);
            rank += separators.count_ones();
        }
        let Scan {
            state,
            after_cr,
            line_ends_count,
            ..
        } = scan;
        tokens.state = state;
        tokens.after_cr = after_cr;
        tokens.line_ends_count = line_ends_count;
        tokens.separators.scanned(all, rank);
        tokens.at = from + whole * STEP + rest;
        tokens.collect_records(buffer);
    }
}

/// What passes from step to step, and the line ends and faults found.
struct Scan<'a> {
    state: QuoteState,
    after_cr: u64,
    faults: &'a mut Vec<u32>,
    line_ends: &'a mut [u32],
    line_ends_count: usize,
}

impl Scan<'_> {
    /// Whether a step with neither quotes nor CR holds separators alone.
    #[inline(always)]
    fn is_calm(&self) -> bool {
        self.state.quoted | self.state.closed | self.after_cr == 0
    }

    /// The delimiters that end fields and the line ends among the first `valid` bytes of any step.
    #[inline(always)]
    fn step(&mut self, masks: Masks, base: usize, valid: usize) -> (u64, u64) {
        let inside = if masks.quote | self.state.closed == 0 {
            let separators = masks.delimiter | masks.lf | masks.cr;
            self.state.can_open = (separators >> 63) & !self.state.quoted;
            self.state.quoted
        } else {
            let quoting = read_quotes(masks, self.state);
            let mut faults = quoting.faults;
            if valid < STEP {
                faults &= (1 << valid) - 1;
                self.state = QuoteState {
                    quoted: (quoting.inside >> (valid - 1) & 1).wrapping_neg(),
                    ..quoting.after
                };
            } else {
                self.state = quoting.after;
            }
            while faults != 0 {
                self.faults
                    .push((base + faults.trailing_zeros() as usize) as u32);
                faults &= faults - 1;
            }
            quoting.inside
        };
        let cr = masks.cr & !inside;
        let lf = masks.lf & !inside & !(cr << 1 | self.after_cr);
        self.after_cr = cr >> 63;
        (masks.delimiter & !inside, lf | cr)
    }

    /// Most steps hold one line end or none, in no order that a branch could learn: one is written in any case.
    #[inline(always)]
    fn push_line_ends(&mut self, mut line_ends: u64, base: usize) {
        loop {
            self.line_ends[self.line_ends_count] = base as u32 + line_ends.trailing_zeros();
            self.line_ends_count += usize::from(line_ends != 0);
            line_ends &= line_ends.wrapping_sub(1);
            if line_ends == 0 {
                break;
            }
        }
    }
}

impl Masks {
    /// The masks of the first `count` bytes, of which there are fewer than a whole step.
    #[inline(always)]
    fn first(self, count: usize) -> Self {
        let valid = (1 << count) - 1;
        Self {
            delimiter: self.delimiter & valid,
            quote: self.quote & valid,
            lf: self.lf & valid,
            cr: self.cr & valid,
        }
    }
}

#[cfg(test)]
mod tests;
