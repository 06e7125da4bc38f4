//! The scanner proper: finds every record and every field of a region that starts and ends at record
//! boundaries. Works through the region in windows, so that what it finds is still in the first cache.

use super::PADDING;
use super::dialect::Delimiter;
use super::masks::{Cpu, Kernel, Masker, Masks, STEP};
use super::quoting::{QuoteState, read_quotes};

/// Steps in one window: 16 KiB.
const WINDOW_STEPS: usize = 256;

/// Where a record lies, and where in [`Tokens::field_ends`] its fields do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordSpan {
    /// First byte of the record, in the region's buffer.
    pub start: u32,
    /// Byte after the record, terminator not included.
    pub end: u32,
    /// Byte after the record's terminator: `end`, one or two more.
    pub next: u32,
    /// First of its field ends.
    pub first_field: u32,
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
    /// Positions of delimiters and line ends; `ends_count` of them count.
    ends: Vec<u32>,
    ends_count: usize,
    /// Of each line end, its place among the field ends; `line_ends_count` of them count.
    line_ends: Vec<u32>,
    line_ends_count: usize,
    faults: Vec<u32>,
    records: Vec<RecordSpan>,
    blank_lines: u64,
    blank_bytes: u64,
    /// Next byte to scan.
    at: usize,
    region_end: usize,
    record_start: usize,
    state: QuoteState,
    after_cr: u64,
}

impl Tokens {
    /// A scanner for records with this delimiter.
    pub fn new(cpu: Cpu, delimiter: Delimiter) -> Self {
        Self {
            cpu,
            delimiter: delimiter.byte(),
            ends: Vec::new(),
            ends_count: 0,
            line_ends: Vec::new(),
            line_ends_count: 0,
            faults: Vec::new(),
            records: Vec::new(),
            blank_lines: 0,
            blank_bytes: 0,
            at: 0,
            region_end: 0,
            record_start: 0,
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
        self.ends_count = 0;
        self.line_ends_count = 0;
        self.faults.clear();
        self.records.clear();
        self.blank_lines = 0;
        self.blank_bytes = 0;
        self.at = start;
        self.region_end = end;
        self.record_start = start;
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
        self.keep_unfinished();
        let cpu = self.cpu;
        cpu.run(Window {
            tokens: self,
            buffer,
        });
        self.collect_records(buffer);
        true
    }

    /// Records found in the current window, in order.
    pub fn records(&self) -> &[RecordSpan] {
        &self.records
    }

    /// Where each field of a record ends (at its delimiter, or at the record's end), in the region's buffer.
    pub fn field_ends(&self, record: RecordSpan) -> &[u32] {
        &self.ends[record.first_field as usize..][..record.fields as usize]
    }

    /// Blank lines passed over since [`Self::start`].
    pub fn blank_lines(&self) -> u64 {
        self.blank_lines
    }

    /// Bytes of these blank lines.
    pub fn blank_bytes(&self) -> u64 {
        self.blank_bytes
    }

    /// Moves the field ends of a record that the last window did not finish to the front.
    fn keep_unfinished(&mut self) {
        let done = self.line_ends[..self.line_ends_count]
            .last()
            .map_or(0, |&index| index as usize + 1);
        self.ends.copy_within(done..self.ends_count, 0);
        self.ends_count -= done;
        self.line_ends_count = 0;
        self.records.clear();
        let start = self.record_start;
        self.faults.retain(|&fault| fault as usize >= start);
    }

    /// Turns the line ends of a window into records; at the region's end, the last record may lack its terminator.
    fn collect_records(&mut self, buffer: &[u8]) {
        let mut first_field = 0;
        let mut faults = self.faults.iter().copied().peekable();
        for &line_end in &self.line_ends[..self.line_ends_count] {
            let end = self.ends[line_end as usize];
            let crlf = buffer[end as usize] == b'\r'
                && (end as usize + 1) < self.region_end
                && buffer[end as usize + 1] == b'\n';
            let next = end + 1 + u32::from(crlf);
            let start = self.record_start as u32;
            if end == start {
                self.blank_lines += 1;
                self.blank_bytes += u64::from(next - start);
            } else {
                let mut quote_fault = false;
                while faults.peek().is_some_and(|&fault| fault < end) {
                    faults.next();
                    quote_fault = true;
                }
                self.records.push(RecordSpan {
                    start,
                    end,
                    next,
                    first_field,
                    fields: line_end + 1 - first_field,
                    quote_fault,
                });
            }
            first_field = line_end + 1;
            self.record_start = next as usize;
        }
        if self.at >= self.region_end && self.record_start < self.region_end {
            let end = self.region_end as u32;
            let start = self.record_start as u32;
            let quote_fault = self.state.quoted != 0 || faults.peek().is_some();
            self.push_end(end);
            let fields = self.ends_count as u32 - first_field;
            self.records.push(RecordSpan {
                start,
                end,
                next: end,
                first_field,
                fields,
                quote_fault,
            });
            self.record_start = self.region_end;
        }
    }

    fn push_end(&mut self, end: u32) {
        if self.ends.len() == self.ends_count {
            self.ends.push(end);
        } else {
            self.ends[self.ends_count] = end;
        }
        self.ends_count += 1;
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
        let left = tokens.region_end - tokens.at;
        let steps = left.div_ceil(STEP).min(WINDOW_STEPS);
        tokens.ends.resize(
            tokens
                .ends
                .len()
                .max(tokens.ends_count + steps * STEP + STEP),
            0,
        );
        let line_ends_needed = steps * STEP + 1;
        tokens
            .line_ends
            .resize(tokens.line_ends.len().max(line_ends_needed), 0);
        let line_end_fields = tokens.line_ends.as_mut_slice();
        let mut line_end_count = 0;
        let ends = tokens.ends.as_mut_slice();
        let mut count = tokens.ends_count;
        let mut state = tokens.state;
        let mut after_cr = tokens.after_cr;
        let from = tokens.at;
        let (chunks, _) = buffer[from..from + steps * STEP].as_chunks::<STEP>();
        for (index, step) in chunks.iter().enumerate() {
            let base = from + index * STEP;
            let mut masks = masker.masks(step, tokens.delimiter);
            let valid = tokens.region_end - base;
            if valid < STEP {
                masks = masks.first(valid);
            }
            let inside = if masks.quote | state.closed == 0 {
                let separators = masks.delimiter | masks.lf | masks.cr;
                state.can_open = (separators >> 63) & !state.quoted;
                state.quoted
            } else {
                let quoting = read_quotes(masks, state);
                let mut faults = quoting.faults;
                if valid < STEP {
                    faults &= (1 << valid) - 1;
                    state = QuoteState {
                        quoted: (quoting.inside >> (valid - 1) & 1).wrapping_neg(),
                        ..quoting.after
                    };
                } else {
                    state = quoting.after;
                }
                while faults != 0 {
                    tokens
                        .faults
                        .push((base + faults.trailing_zeros() as usize) as u32);
                    faults &= faults - 1;
                }
                quoting.inside
            };
            let (line_ends, structure) = if masks.cr | after_cr == 0 {
                (masks.lf & !inside, (masks.delimiter | masks.lf) & !inside)
            } else {
                let cr = masks.cr & !inside;
                let lf = masks.lf & !inside & !(cr << 1 | after_cr);
                after_cr = cr >> 63;
                (lf | cr, masks.delimiter & !inside | lf | cr)
            };
            // Most steps hold one line end or none, in no order that a branch could learn: one is written in any case.
            let mut lines = line_ends;
            loop {
                let before = (lines & lines.wrapping_neg()).wrapping_sub(1);
                line_end_fields[line_end_count] = count as u32 + (structure & before).count_ones();
                line_end_count += usize::from(lines != 0);
                lines &= lines.wrapping_sub(1);
                if lines == 0 {
                    break;
                }
            }
            count = write_positions(ends, count, base as u32, structure);
        }
        tokens.ends_count = count;
        tokens.line_ends_count = line_end_count;
        tokens.state = state;
        tokens.after_cr = after_cr;
        tokens.at = from + steps * STEP;
    }
}

/// Writes `base` plus the position of each set bit, eight at a time: what is written past the last is overwritten by the next call.
#[inline(always)]
fn write_positions(ends: &mut [u32], at: usize, base: u32, mut bits: u64) -> usize {
    let count = bits.count_ones() as usize;
    let out = &mut ends[at..at + STEP];
    let mut written = 0;
    while written < count {
        let eight = &mut out[written..written + 8];
        for end in eight {
            *end = base.wrapping_add(bits.trailing_zeros());
            bits &= bits.wrapping_sub(1);
        }
        written += 8;
    }
    at + count
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
