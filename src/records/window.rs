//! One window's bits: where separators stand among its bytes. What needs no more than the bytes themselves is
//! found for all of it first; quotes and CR are then resolved in the few steps where they matter.

use super::masks::{Cpu, Kernel, Masker, Masks, STEP, Wide};
use super::quoting::{QuoteState, read_quotes};
use super::separators::Separators;

/// Steps in one window: 16 KiB.
pub(super) const WINDOW_STEPS: usize = 256;

/// Steps whose marks fit one word.
const MARKED_STEPS: usize = 64;

/// What a scanner knows between two steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ScanState {
    pub(super) quotes: QuoteState,
    /// Delimiters that ended fields.
    pub(super) delimiters: u32,
    /// 1 right after a CR outside quotes, else 0.
    after_cr: u64,
}

impl ScanState {
    /// At the start of a record.
    pub(super) const RECORD_START: Self = Self {
        quotes: QuoteState::FIELD_START,
        delimiters: 0,
        after_cr: 0,
    };

    /// Whether a step with neither quotes nor CR holds separators alone.
    #[inline(always)]
    fn is_calm(self) -> bool {
        self.quotes.quoted | self.quotes.closed | self.after_cr == 0
    }
}

/// A bit for each step of a window.
type Steps = [u64; WINDOW_STEPS / MARKED_STEPS];

/// The line ends and faults of one window.
#[derive(Debug)]
pub(super) struct Window {
    /// Position of the window's first byte.
    from: usize,
    /// For each step, a bit for each byte that is a line end outside quotes.
    line_ends: [u64; WINDOW_STEPS],
    /// Steps that have a line end.
    ending: Steps,
    /// Steps that have a quote or a CR.
    special: Steps,
    /// Delimiters that ended fields before each step, in the region.
    delimiters: [u32; WINDOW_STEPS],
    /// Positions of what makes its record malformed.
    faults: Vec<u32>,
    /// A line end is a CR.
    has_cr: bool,
}

impl Window {
    pub(super) fn new() -> Self {
        Self {
            from: 0,
            line_ends: [0; WINDOW_STEPS],
            ending: [0; _],
            special: [0; _],
            delimiters: [0; WINDOW_STEPS],
            faults: Vec::new(),
            has_cr: false,
        }
    }

    /// Forgets the faults before a position, where the record starts that is not at its end yet. Of its own one is enough.
    ///
    /// PERF: a record of 16 MiB in which all are faults: 0.07 s. Where they were kept and looked through in each window, 3.7 s.
    pub(super) fn forget_before(&mut self, position: usize) {
        let own = self.faults.last().copied();
        let own = own.filter(|&fault| fault as usize >= position);
        self.faults.clear();
        self.faults.extend(own);
    }

    /// Positions of faults, in order, of the window and one of the record that it continues.
    pub(super) fn faults(&self) -> &[u32] {
        &self.faults
    }

    /// Whether a line end is a CR.
    pub(super) fn has_cr(&self) -> bool {
        self.has_cr
    }

    /// The next step from one on that has a mark.
    #[inline(always)]
    fn next_special(&self, index: usize) -> Option<usize> {
        let mut part = index / MARKED_STEPS;
        let mut marks = self.special.get(part)? & (!0 << (index % MARKED_STEPS));
        while marks == 0 {
            part += 1;
            marks = *self.special.get(part)?;
        }
        Some(part * MARKED_STEPS + marks.trailing_zeros() as usize)
    }

    /// Scans so many bytes of the buffer, a window at most, from a position on; at least [`super::PADDING`] bytes follow them, and
    /// only the region's last window ends within a step. What is found is kept here and in `separators`.
    pub(super) fn scan(
        &mut self,
        cpu: Cpu,
        delimiter: u8,
        (buffer, from, length): (&[u8], usize, usize),
        separators: &mut Separators,
        state: ScanState,
    ) -> ScanState {
        let count = length.div_ceil(STEP);
        let (steps, _) = buffer[from..][..count * STEP].as_chunks::<STEP>();
        let words = separators.next(count);
        self.from = from;
        self.ending = [0; _];
        self.special = [0; _];
        self.has_cr = false;
        cpu.run(Mark {
            steps,
            delimiter,
            words,
            window: self,
        });
        let mut after = cpu.run(Resolve {
            steps,
            delimiter,
            length,
            words,
            window: self,
            state,
        });
        after.delimiters = cpu.widest(CountDelimiters {
            words,
            before: &mut self.delimiters,
            count: state.delimiters,
        });
        separators.scanned(count);
        after
    }

    /// Calls `each` for the line ends outside quotes, in order, with the position of each and how many delimiters that end fields
    /// stand before it in the region. `words` are those of the window.
    #[inline(always)]
    pub(super) fn for_each_line_end(&self, words: &[[u8; 8]], mut each: impl FnMut(u32, u32)) {
        for (part, &ending) in self.ending.iter().enumerate() {
            let mut steps = ending;
            while steps != 0 {
                let step = part * MARKED_STEPS + steps.trailing_zeros() as usize;
                steps &= steps - 1;
                let word = u64::from_le_bytes(words[step]);
                let base = (self.from + step * STEP) as u32;
                let delimiters = self.delimiters[step];
                let mut left = self.line_ends[step];
                loop {
                    let at = left.trailing_zeros();
                    let before = word & !(!0 << (at % 64));
                    each(base + at, delimiters + before.count_ones());
                    left &= left.wrapping_sub(1);
                    if left == 0 {
                        break;
                    }
                }
            }
        }
    }
}

/// Marks delimiters, LF, and the steps that have a quote or a CR.
///
/// PERF: all of a window before anything else is done: 32 instructions a step, and 45 with the two passes that follow (callgrind, a
/// `check` of generated records). One loop, which also wrote down line ends, took 70.
struct Mark<'a> {
    steps: &'a [[u8; STEP]],
    delimiter: u8,
    words: &'a mut [[u8; 8]],
    window: &'a mut Window,
}

impl Kernel for Mark<'_> {
    type Output = ();

    #[inline(always)]
    fn run<M: Masker>(self, masker: M) {
        let Window {
            line_ends,
            ending,
            special,
            ..
        } = self.window;
        let marks = ending.iter_mut().zip(special);
        let places = line_ends.chunks_mut(MARKED_STEPS).zip(marks);
        let parts = self.words.chunks_mut(MARKED_STEPS).zip(places);
        for (steps, (words, (line_ends, marks))) in self.steps.chunks(MARKED_STEPS).zip(parts) {
            // PERF: a byte a step first, as a bit a step takes three more instructions.
            let (mut ending, mut special) = ([0; MARKED_STEPS], [0; MARKED_STEPS]);
            let bytes = ending.iter_mut().zip(&mut special);
            let places = words.iter_mut().zip(line_ends).zip(bytes);
            for (step, ((word, line_ends), (ending, special))) in steps.iter().zip(places) {
                let plain = masker.plain(step, self.delimiter);
                *word = plain.delimiter.to_le_bytes();
                *line_ends = plain.lf;
                *ending = u8::from(plain.lf != 0);
                *special = u8::from(plain.special);
            }
            *marks.0 = masker.nonzero(&ending);
            *marks.1 = masker.nonzero(&special);
        }
    }
}

/// Puts right the steps that have a quote or a CR, and those whose meaning hangs on these.
struct Resolve<'a> {
    steps: &'a [[u8; STEP]],
    delimiter: u8,
    /// Bytes of the window.
    length: usize,
    words: &'a mut [[u8; 8]],
    window: &'a mut Window,
    state: ScanState,
}

impl Kernel for Resolve<'_> {
    type Output = ScanState;

    #[inline(always)]
    fn run<M: Masker>(mut self, masker: M) -> ScanState {
        let whole = self.length / STEP;
        if whole < self.steps.len() {
            // What follows the region's end is not the window's.
            self.window.special[whole / MARKED_STEPS] |= 1 << (whole % MARKED_STEPS);
        }
        let mut index = 0;
        loop {
            // PERF: a step with neither quotes nor CR, outside quotes, is most of all steps.
            if self.state.is_calm() {
                let next = self.window.next_special(index).unwrap_or(self.steps.len());
                if next > index {
                    let last =
                        self.words[next - 1][7] | self.window.line_ends[next - 1].to_le_bytes()[7];
                    self.state.quotes.can_open = u64::from(last >> 7);
                }
                index = next;
            }
            let Some(step) = self.steps.get(index) else {
                return self.state;
            };
            let valid = (self.length - index * STEP).min(STEP);
            let masks = masker.masks(step, self.delimiter).first(valid);
            let (separators, line_ends) = self.read(masks, index, valid);
            self.words[index] = separators.to_le_bytes();
            self.window.line_ends[index] = line_ends;
            let ending = &mut self.window.ending[index / MARKED_STEPS];
            *ending &= !(1 << (index % MARKED_STEPS));
            *ending |= u64::from(line_ends != 0) << (index % MARKED_STEPS);
            index += 1;
        }
    }
}

impl Resolve<'_> {
    /// The delimiters that end fields and the line ends among the first `valid` bytes of a step.
    #[inline(always)]
    fn read(&mut self, masks: Masks, index: usize, valid: usize) -> (u64, u64) {
        let quotes = &mut self.state.quotes;
        let inside = if masks.quote | quotes.closed == 0 {
            let separators = masks.delimiter | masks.lf | masks.cr;
            quotes.can_open = (separators >> 63) & !quotes.quoted;
            quotes.quoted
        } else {
            let quoting = read_quotes(masks, *quotes);
            let mut faults = quoting.faults;
            if valid < STEP {
                faults &= (1 << valid) - 1;
                *quotes = QuoteState {
                    quoted: (quoting.inside >> (valid - 1) & 1).wrapping_neg(),
                    ..quoting.after
                };
            } else {
                *quotes = quoting.after;
            }
            let base = self.window.from + index * STEP;
            while faults != 0 {
                let fault = base + faults.trailing_zeros() as usize;
                self.window.faults.push(fault as u32);
                faults &= faults - 1;
            }
            quoting.inside
        };
        let cr = masks.cr & !inside;
        let lf = masks.lf & !inside & !(cr << 1 | self.state.after_cr);
        self.state.after_cr = cr >> 63;
        self.window.has_cr |= cr != 0;
        (masks.delimiter & !inside, lf | cr)
    }
}

impl Masks {
    /// The masks of the first `count` bytes, one at least.
    #[inline(always)]
    fn first(self, count: usize) -> Self {
        let valid = !0 >> (STEP - count);
        Self {
            delimiter: self.delimiter & valid,
            quote: self.quote & valid,
            lf: self.lf & valid,
            cr: self.cr & valid,
        }
    }
}

/// Counts the delimiters before each step: how many there are after the last.
struct CountDelimiters<'a> {
    words: &'a [[u8; 8]],
    before: &'a mut [u32; WINDOW_STEPS],
    /// Those before the first step.
    count: u32,
}

impl Wide for CountDelimiters<'_> {
    type Output = u32;

    #[inline(always)]
    fn run(self) -> u32 {
        let mut count = self.count;
        for (word, before) in self.words.iter().zip(self.before) {
            *before = count;
            count += u64::from_le_bytes(*word).count_ones();
        }
        count
    }
}
