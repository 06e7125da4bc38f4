//! The text that a set of reasons adds to a withheld record.

use crate::program::{Program, Reasons};
use crate::records::PADDING;

/// What is appended to a withheld record.
#[derive(Debug)]
pub(super) struct Suffix {
    /// The text, and some bytes after it; nothing where it is too long to be kept.
    pub(super) padded: Box<[u8]>,
    /// How many bytes are text.
    pub(super) length: usize,
}

impl Suffix {
    /// That of a permitted record.
    pub(super) fn nothing() -> Self {
        Self {
            padded: [0; PADDING].into(),
            length: 0,
        }
    }

    /// Whether the text is here.
    #[inline(always)]
    pub(super) fn is_kept(&self) -> bool {
        !self.padded.is_empty()
    }

    /// That of these reasons: the delimiter and their codes, a space between two.
    pub(super) fn of(reasons: &Reasons, program: &Program, delimiter: u8) -> Self {
        let codes: Vec<String> = reasons.iter().map(|reason| program.code(reason)).collect();
        let mut text = vec![delimiter];
        text.extend_from_slice(codes.join(" ").as_bytes());
        let length = text.len();
        text.resize(length + PADDING, 0);
        Self {
            padded: text.into(),
            length,
        }
    }
}
