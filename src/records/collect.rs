//! From line ends to records: where each starts and ends, how many fields it has, whether its quotes are right.

use super::masks::Wide;
use super::span::RecordSpan;
use super::window::Window;

/// Turns a window's line ends into records.
///
/// PERF: a function of its own, so that what all records need stays in registers.
pub(super) struct Collect<'a> {
    /// Up to the region's end.
    pub(super) buffer: &'a [u8],
    pub(super) window: &'a Window,
    /// Its delimiters.
    pub(super) words: &'a [[u8; 8]],
    pub(super) records: &'a mut [RecordSpan],
    pub(super) collected: Collected,
}

/// What was collected so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Collected {
    /// Where the next record starts, and how many delimiters stand before it.
    pub(super) start: u32,
    pub(super) delimiters: u32,
    pub(super) count: usize,
    pub(super) blank_lines: u64,
    pub(super) blank_bytes: u64,
}

impl Wide for Collect<'_> {
    type Output = Collected;
    #[inline(always)]
    fn run(self) -> Collected {
        // PERF: most windows have neither.
        if self.window.has_cr() || !self.window.faults().is_empty() {
            self.collect::<true>()
        } else {
            self.collect::<false>()
        }
    }
}

impl Collect<'_> {
    /// Of a window that may have CR and faults, or has none.
    #[inline(always)]
    fn collect<const SPECIAL: bool>(self) -> Collected {
        let Self {
            buffer,
            window,
            words,
            records,
            collected,
        } = self;
        let Collected {
            mut start,
            mut delimiters,
            count,
            mut blank_lines,
            mut blank_bytes,
        } = collected;
        let mut faults = window.faults();
        let mut places = records[count..].iter_mut();
        let all = places.len();
        window.for_each_line_end(words, |end, delimiters_at_end| {
            let at = end as usize;
            let crlf = SPECIAL && buffer[at] == b'\r' && buffer.get(at + 1) == Some(&b'\n');
            let next = end + 1 + u32::from(crlf);
            if end == start {
                blank_lines += 1;
                blank_bytes += u64::from(next - start);
            } else {
                let mut quote_fault = false;
                while SPECIAL
                    && let [fault, after @ ..] = faults
                    && *fault < end
                {
                    faults = after;
                    quote_fault = true;
                }
                // INVARIANT: there is room for a record that ends at any byte of a window.
                let place = places.next().expect("room for a record");
                *place = RecordSpan {
                    start,
                    end,
                    next,
                    fields: delimiters_at_end - delimiters + 1,
                    quote_fault,
                };
                delimiters = delimiters_at_end;
            }
            start = next;
        });
        let count = count + all - places.len();
        Collected {
            start,
            delimiters,
            count,
            blank_lines,
            blank_bytes,
        }
    }
}
