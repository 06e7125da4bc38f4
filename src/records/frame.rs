//! Exact record boundaries across blocks that are scanned in parallel. A block is summarised for every
//! state in which it may start; the summaries compose, so that the serial part is a few bits a block.

use memchr::{memchr, memrchr2};

use super::dialect::Delimiter;
use super::masks::{Cpu, GROUP, Kernel, Masker, STEP};
use super::quoting::{QuoteState, read_quotes};

/// The reader's state at a block's edge, as far as it decides boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EdgeState {
    /// A quote that comes next opens a field (or reopens one that just closed).
    FieldStart,
    /// Within an unquoted field: a quote that comes next is literal.
    Unquoted,
    /// Within a quoted field.
    Quoted,
}

impl EdgeState {
    fn quote_state(self) -> QuoteState {
        match self {
            Self::FieldStart => QuoteState::FIELD_START,
            Self::Unquoted => QuoteState::UNQUOTED,
            Self::Quoted => QuoteState::QUOTED,
        }
    }

    fn of(state: QuoteState) -> Self {
        match state {
            QuoteState {
                quoted: 0,
                can_open: 0,
                ..
            } => Self::Unquoted,
            QuoteState { quoted: 0, .. } => Self::FieldStart,
            _ => Self::Quoted,
        }
    }
}

/// What a block does to the reader's state: for each state before it, the state after it, and that where its last bytes begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockSummary {
    after: [EdgeState; 3],
    before_tail: [EdgeState; 3],
}

impl BlockSummary {
    /// Summarises a block, whose first state may still be unknown.
    pub fn of(cpu: Cpu, block: &[u8], delimiter: Delimiter) -> Self {
        cpu.run(Summarise {
            block,
            delimiter: delimiter.byte(),
        })
    }

    /// The state after the block, given the state before it.
    pub fn after(self, before: EdgeState) -> EdgeState {
        self.after[before as usize]
    }

    /// Where the last whole record of the block that was summarised ends: just past the last line end outside quotes, given the
    /// state before the block. A CR as the very last byte is left out, since an LF may follow. `None` if no record ends in the block.
    pub fn last_record_end(
        self,
        cpu: Cpu,
        block: &[u8],
        delimiter: Delimiter,
        before: EdgeState,
    ) -> Option<usize> {
        let scanned = if block.last() == Some(&b'\r') {
            &block[..block.len() - 1]
        } else {
            block
        };
        let last = memrchr2(b'\n', b'\r', scanned)?;
        // INVARIANT: without a quote from there on, that line end and the block's end are both in quotes or both not.
        let settled =
            self.after(before) != EdgeState::Quoted && memchr(b'"', &block[last..]).is_none();
        if settled {
            return Some(last + 1);
        }
        let last_in = |part: &[u8], state: EdgeState| {
            cpu.run(LastLineEnd {
                block: part,
                delimiter: delimiter.byte(),
                state: state.quote_state(),
            })
        };
        // PERF: the state there is known, so that few line ends are looked for. Without, a `check` of 50,000 records took 31 of 592
        // instructions a record more (callgrind).
        let (head, tail) = scanned.split_at(head_bytes(block));
        match last_in(tail, self.before_tail[before as usize]) {
            Some(at) => Some(head.len() + at + 1),
            None => last_in(head, before).map(|at| at + 1),
        }
    }
}

/// Bytes at a block's end in which its last line end is looked for first.
const TAIL_BYTES: usize = 16 << 10;

/// Bytes before these, a number of whole groups.
fn head_bytes(block: &[u8]) -> usize {
    let bytes = block.len().saturating_sub(TAIL_BYTES);
    bytes - bytes % (GROUP * STEP)
}

/// One byte's effect on the state: the plain twin of [`read_quotes`], used for what is left after the last whole step.
#[inline(always)]
fn after_byte(state: QuoteState, byte: u8, delimiter: u8) -> QuoteState {
    let separator = byte == delimiter || byte == b'\n' || byte == b'\r';
    match (state.quoted != 0, byte) {
        (true, b'"') => QuoteState {
            closed: 1,
            ..QuoteState::FIELD_START
        },
        (true, _) => QuoteState::QUOTED,
        (false, b'"') if state.can_open == 1 => QuoteState::QUOTED,
        (false, _) if separator => QuoteState::FIELD_START,
        (false, _) => QuoteState::UNQUOTED,
    }
}

struct Summarise<'a> {
    block: &'a [u8],
    delimiter: u8,
}

impl Summarise<'_> {
    /// Advances the paths over some steps, before which `last` is the last byte.
    #[inline(always)]
    fn pass_steps<'s, M: Masker>(
        &self,
        masker: M,
        steps: &'s [[u8; STEP]],
        mut last: Option<&'s u8>,
        paths: &mut Paths,
    ) {
        for step in steps {
            if masker.any_quote(std::slice::from_ref(step)) {
                paths.pass_unquoted(last, self.delimiter);
                let masks = masker.masks(step, self.delimiter);
                paths.advance(|state| read_quotes(masks, state).after);
                last = None;
            } else {
                last = Some(&step[STEP - 1]);
            }
        }
        paths.pass_unquoted(last, self.delimiter);
    }

    /// The same of groups, in most of which there is no quote.
    #[inline(always)]
    fn pass_groups<M: Masker>(&self, masker: M, groups: &[[[u8; STEP]; GROUP]], paths: &mut Paths) {
        let mut last = None;
        // PERF: quotes are rare in most supplies.
        for group in groups {
            if masker.any_quote(group) {
                self.pass_steps(masker, group, last, paths);
                last = None;
            } else {
                last = Some(&group[GROUP - 1][STEP - 1]);
            }
        }
        paths.pass_unquoted(last, self.delimiter);
    }
}

impl Kernel for Summarise<'_> {
    type Output = BlockSummary;

    #[inline(always)]
    fn run<M: Masker>(self, masker: M) -> BlockSummary {
        let (steps, rest) = self.block.as_chunks::<STEP>();
        let (groups, last_steps) = steps.as_chunks::<GROUP>();
        let (head, tail) = groups.split_at(head_bytes(self.block) / (GROUP * STEP));
        let mut paths = Paths::new();
        self.pass_groups(masker, head, &mut paths);
        let before_tail = paths.states().map(EdgeState::of);
        self.pass_groups(masker, tail, &mut paths);
        self.pass_steps(masker, last_steps, None, &mut paths);
        for &byte in rest {
            paths.advance(|state| after_byte(state, byte, self.delimiter));
        }
        BlockSummary {
            after: paths.states().map(EdgeState::of),
            before_tail,
        }
    }
}

/// The reader's possible states, one for each state before the block; equal ones are advanced once.
struct Paths {
    distinct: [QuoteState; 3],
    count: usize,
    of_start: [usize; 3],
}

impl Paths {
    fn new() -> Self {
        Self {
            distinct: [
                QuoteState::FIELD_START,
                QuoteState::UNQUOTED,
                QuoteState::QUOTED,
            ],
            count: 3,
            of_start: [0, 1, 2],
        }
    }

    #[inline(always)]
    fn advance(&mut self, next: impl Fn(QuoteState) -> QuoteState) {
        for state in &mut self.distinct[..self.count] {
            // Whether a quote just closed matters for faults alone, which are found once the state is known.
            *state = QuoteState {
                closed: 0,
                ..next(*state)
            };
        }
        if self.count > 1 {
            self.merge();
        }
    }

    /// Passes bytes without any quote, of which `last` is the last, if there are any.
    #[inline(always)]
    fn pass_unquoted(&mut self, last: Option<&u8>, delimiter: u8) {
        let Some(&last) = last else {
            return;
        };
        self.advance(|state| {
            if state.quoted != 0 {
                state
            } else {
                after_byte(QuoteState::UNQUOTED, last, delimiter)
            }
        });
    }

    fn merge(&mut self) {
        let states = self.states();
        self.count = 0;
        for (start, state) in states.into_iter().enumerate() {
            let known = self.distinct[..self.count]
                .iter()
                .position(|&other| other == state);
            self.of_start[start] = known.unwrap_or_else(|| {
                self.distinct[self.count] = state;
                self.count += 1;
                self.count - 1
            });
        }
    }

    fn states(&self) -> [QuoteState; 3] {
        self.of_start.map(|index| self.distinct[index])
    }
}

struct LastLineEnd<'a> {
    block: &'a [u8],
    delimiter: u8,
    state: QuoteState,
}

impl Kernel for LastLineEnd<'_> {
    type Output = Option<usize>;

    #[inline(always)]
    fn run<M: Masker>(self, masker: M) -> Option<usize> {
        let (steps, rest) = self.block.as_chunks::<STEP>();
        let mut state = self.state;
        let mut last = None;
        for (index, step) in steps.iter().enumerate() {
            let masks = masker.masks(step, self.delimiter);
            let quoting = read_quotes(masks, state);
            state = quoting.after;
            let line_ends = (masks.lf | masks.cr) & !quoting.inside;
            if line_ends != 0 {
                last = Some(index * STEP + 63 - line_ends.leading_zeros() as usize);
            }
        }
        for (index, &byte) in rest.iter().enumerate() {
            state = after_byte(state, byte, self.delimiter);
            if matches!(byte, b'\n' | b'\r') && state.quoted == 0 {
                last = Some(steps.len() * STEP + index);
            }
        }
        last
    }
}
