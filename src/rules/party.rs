//! Names of parties, and when two of them are the same.

/// A party's name: as written, and in the form in which names compare (NFKC, lower case, white space collapsed).
#[derive(Debug, Clone)]
pub struct PartyName {
    written: String,
    folded: String,
}

impl PartyName {
    /// A name; `None` if it is blank.
    pub fn new(written: &str) -> Option<Self> {
        unimplemented!("{written}")
    }

    /// The name as it was written.
    pub fn as_written(&self) -> &str {
        &self.written
    }

    /// The form in which names compare.
    pub fn folded(&self) -> &str {
        &self.folded
    }
}

impl PartialEq for PartyName {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for PartyName {}
