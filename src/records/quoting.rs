//! What quotes mean within 64 bytes: which bytes lie in quoted text, and which quotes are faults.
//! Exact for illegal quotes too; the state that passes from step to step is three bits.

use super::masks::Masks;

/// The reader's state between two bytes, as far as quotes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct QuoteState {
    /// All ones inside a quoted field, else zero.
    pub(super) quoted: u64,
    /// 1 where a quote that comes next would open a field or reopen a quoted one, else 0. Meaningless inside a quoted field.
    pub(super) can_open: u64,
    /// 1 right after a closing quote, else 0.
    pub(super) closed: u64,
}

impl QuoteState {
    /// At the start of a field.
    pub(super) const FIELD_START: Self = Self {
        quoted: 0,
        can_open: 1,
        closed: 0,
    };
    /// Within an unquoted field.
    pub(super) const UNQUOTED: Self = Self {
        quoted: 0,
        can_open: 0,
        closed: 0,
    };
    /// Within a quoted field.
    pub(super) const QUOTED: Self = Self {
        quoted: !0,
        can_open: 0,
        closed: 0,
    };
}

/// What one step's quotes mean.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quoting {
    /// Bytes in quoted text (an opening quote counts as inside, a closing one as outside).
    pub(super) inside: u64,
    /// Bytes that make their record malformed: quotes inside an unquoted field, and the first byte of text after a closing quote.
    pub(super) faults: u64,
    /// The state after the step's last byte.
    pub(super) after: QuoteState,
}

/// Reads the quotes of one step.
///
/// Every quote toggles, but one that would open a field elsewhere than at its start (or right after a closing quote,
/// where `""` stands for a quote) is literal text, and so is every other quote up to the next separator.
#[inline(always)]
pub(super) fn read_quotes(masks: Masks, before: QuoteState) -> Quoting {
    let separators = masks.delimiter | masks.lf | masks.cr;
    let mut quotes = masks.quote;
    let mut literal = 0;
    loop {
        let inside = prefix_xor(quotes) ^ before.quoted;
        let closes = quotes & !inside;
        let may_open = (separators | closes) << 1 | before.can_open;
        let illegal = quotes & inside & !may_open;
        if illegal == 0 {
            let after_close = closes << 1 | before.closed;
            let text_after_close = after_close & !(separators | masks.quote);
            return Quoting {
                inside,
                faults: literal | text_after_close,
                after: QuoteState {
                    quoted: ((inside.cast_signed()) >> 63).cast_unsigned(),
                    can_open: ((separators & !inside) | closes) >> 63,
                    closed: closes >> 63,
                },
            };
        }
        // INVARIANT: everything before the first illegal quote is right, so up to the next separator the text is unquoted.
        let first = illegal & illegal.wrapping_neg();
        let from_first = first.wrapping_neg();
        let next_separator = separators & from_first;
        let up_to_separator =
            from_first & (next_separator & next_separator.wrapping_neg()).wrapping_sub(1);
        literal |= quotes & up_to_separator;
        quotes &= !up_to_separator;
    }
}

/// Bit `i` of the result is the parity of bits `0..=i`.
#[inline(always)]
fn prefix_xor(mut bits: u64) -> u64 {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^= bits << 32;
    bits
}
