//! From line ends to records: where each starts and ends, how many fields it has, whether its quotes are right.

use super::masks::Wide;
use super::separators::Separators;
use super::tokens::RecordSpan;

/// Turns line ends into records.
///
/// PERF: a function of its own, so that what all records need stays in registers.
pub(super) struct Collect<'a> {
    /// Up to the region's end.
    pub(super) buffer: &'a [u8],
    pub(super) line_ends: &'a [u32],
    pub(super) separators: &'a Separators,
    pub(super) faults: &'a [u32],
    pub(super) records: &'a mut [RecordSpan],
    pub(super) collected: Collected,
}

/// What was collected so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Collected {
    /// Where the next record starts, and how many separators stand before it.
    pub(super) start: u32,
    pub(super) rank: u32,
    pub(super) count: usize,
    pub(super) blank_lines: u64,
    pub(super) blank_bytes: u64,
}

impl Wide for Collect<'_> {
    type Output = Collected;
    #[inline(always)]
    fn run(self) -> Collected {
        let Self {
            buffer,
            line_ends,
            separators,
            mut faults,
            records,
            collected,
        } = self;
        let Collected {
            mut start,
            mut rank,
            mut count,
            mut blank_lines,
            mut blank_bytes,
        } = collected;
        for &end in line_ends {
            let at = end as usize;
            let crlf = buffer[at] == b'\r' && buffer.get(at + 1) == Some(&b'\n');
            let next = end + 1 + u32::from(crlf);
            if end == start {
                blank_lines += 1;
                blank_bytes += u64::from(next - start);
            } else {
                let mut quote_fault = false;
                while let [fault, after @ ..] = faults
                    && *fault < end
                {
                    faults = after;
                    quote_fault = true;
                }
                let rank_at_end = separators.rank(end);
                records[count] = RecordSpan {
                    start,
                    end,
                    next,
                    fields: rank_at_end - rank + 1,
                    quote_fault,
                };
                count += 1;
                rank = rank_at_end;
            }
            start = next;
        }
        Collected {
            start,
            rank,
            count,
            blank_lines,
            blank_bytes,
        }
    }
}
