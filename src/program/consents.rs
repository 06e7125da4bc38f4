//! How a record says what its data subject consented to: which columns hold it, and which bytes of them mean what.

/// A column that says yes or no.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) column: usize,
    /// What means yes.
    pub(super) given: Vec<Vec<u8>>,
    /// What means no.
    pub(super) refused: Vec<Vec<u8>>,
}

/// How a record carries the agreement's channels.
#[derive(Debug)]
pub(super) enum Channels {
    List {
        column: usize,
        separator: Vec<u8>,
        wanted: Vec<Vec<u8>>,
    },
    /// One for each channel of the agreement; `None` where no column says it, so that it is never carried.
    Flags(Vec<Option<Answer>>),
}
