//! What became of every identifier that was permitted then. When in doubt an identifier is recalled.

use crate::hidden::Hidden;
use std::fmt;
use std::io;

use super::entry::{Entry, Fate};
use super::sorter::{MEMORY_BYTES_LIMIT, Sorter};

/// The records of two runs, by identifier.
pub struct Comparison {
    sorter: Sorter,
    reasons: usize,
}

impl fmt::Debug for Comparison {
    /// The identifiers that it keeps are not shown.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Comparison")
            .field("reasons", &self.reasons)
            .finish_non_exhaustive()
    }
}

/// An identifier that was permitted then, and of which something is not permitted now.
#[derive(PartialEq, Eq)]
pub struct Recalled<'e> {
    /// The identifier; never blank.
    pub id: &'e [u8],
    /// Indices of all reasons that stand against its records now, rising.
    pub reasons: &'e [usize],
    /// It has fewer records now than were permitted then.
    pub gone: bool,
}

impl fmt::Debug for Recalled<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Recalled")
            .field("id", &Hidden(self.id))
            .field("reasons", &self.reasons)
            .field("gone", &self.gone)
            .finish()
    }
}

/// What was found, in numbers. An identifier counts once, however many records have it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Identifiers that were permitted then.
    pub then: u64,
    /// Those of them that are to be recalled.
    pub recalled: u64,
    /// Identifiers that are permitted now and were not then.
    pub only_now: u64,
    /// Records that were permitted then and have a blank identifier: nobody can tell what became of them.
    pub blank_then: u64,
    /// By the index of a reason: recalled identifiers against which it stands, and against which it stands alone.
    pub by_reason: Vec<(u64, u64)>,
    /// Recalled identifiers with fewer records now than were permitted then, and those with nothing else against them.
    pub gone: (u64, u64),
}

/// Why a comparison could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RecallError {
    /// What does not fit in memory could not be kept.
    #[error("cannot keep identifiers in a temporary file: {0}")]
    Spill(#[from] io::Error),
    /// What was found could not be written.
    #[error("{0}")]
    Write(io::Error),
}

impl Comparison {
    /// The largest limit of [`Self::new`], in bytes.
    pub const MEMORY_BYTES_LIMIT: usize = MEMORY_BYTES_LIMIT;

    /// A comparison of runs with this many different reasons, which keeps at most `memory_bytes_max` bytes in memory and the
    /// longest identifiers; the rest goes to files without a name in the directory for temporary files.
    ///
    /// # Panics
    /// If the limit is above [`Self::MEMORY_BYTES_LIMIT`].
    pub fn new(memory_bytes_max: usize, reasons: usize) -> Self {
        Self {
            sorter: Sorter::new(memory_bytes_max),
            reasons,
        }
    }

    /// Adds a record that was permitted then.
    ///
    /// # Errors
    /// If it cannot be kept.
    pub fn permitted_then(&mut self, id: &[u8]) -> Result<(), RecallError> {
        Ok(self.sorter.push(id, Fate::PermittedThen, &[])?)
    }

    /// Adds a record that is permitted now.
    ///
    /// # Errors
    /// If it cannot be kept.
    pub fn permitted_now(&mut self, id: &[u8]) -> Result<(), RecallError> {
        Ok(self.sorter.push(id, Fate::PermittedNow, &[])?)
    }

    /// Adds a record that is withheld now, with the indices of its reasons.
    ///
    /// # Errors
    /// If it cannot be kept.
    pub fn withheld_now(&mut self, id: &[u8], reasons: &[u16]) -> Result<(), RecallError> {
        Ok(self.sorter.push(id, Fate::WithheldNow, reasons)?)
    }

    /// Gives every identifier that is to be recalled, in the order of their bytes.
    ///
    /// INVARIANT: an identifier that was permitted then is passed over only if every record that has it now is permitted, and
    /// there are as many of them as then. Which of several records was permitted then is not known.
    ///
    /// # Errors
    /// If what was kept cannot be read again, or what `recall` returns.
    pub fn finish(
        self,
        mut recall: impl FnMut(&Recalled<'_>) -> Result<(), RecallError>,
    ) -> Result<Totals, RecallError> {
        let mut totals = Totals {
            by_reason: vec![(0, 0); self.reasons],
            ..Totals::default()
        };
        let mut group = Group::new(self.reasons);
        self.sorter.finish(|entry| {
            if group.id != entry.id {
                group.end(&mut totals, &mut recall)?;
                group.start(&entry.id);
            }
            group.add(entry);
            Ok::<(), RecallError>(())
        })?;
        group.end(&mut totals, &mut recall)?;
        Ok(totals)
    }
}

/// All records of one identifier.
struct Group {
    id: Vec<u8>,
    then: u64,
    permitted: u64,
    withheld: u64,
    standing: Vec<bool>,
    /// Room for the indices of the reasons that stand.
    indices: Vec<usize>,
}

impl Group {
    fn new(reasons: usize) -> Self {
        Self {
            id: Vec::new(),
            then: 0,
            permitted: 0,
            withheld: 0,
            standing: vec![false; reasons],
            indices: Vec::new(),
        }
    }

    fn start(&mut self, id: &[u8]) {
        self.id.clear();
        self.id.extend_from_slice(id);
        (self.then, self.permitted, self.withheld) = (0, 0, 0);
        self.standing.fill(false);
    }

    fn add(&mut self, entry: &Entry) {
        match entry.fate {
            Fate::PermittedThen => self.then += 1,
            Fate::PermittedNow => self.permitted += 1,
            Fate::WithheldNow => {
                self.withheld += 1;
                for &reason in &entry.reasons {
                    self.standing[usize::from(reason)] = true;
                }
            }
        }
    }

    fn end(
        &mut self,
        totals: &mut Totals,
        recall: &mut impl FnMut(&Recalled<'_>) -> Result<(), RecallError>,
    ) -> Result<(), RecallError> {
        if self.id.is_empty() {
            totals.blank_then += self.then;
            return Ok(());
        }
        if self.then == 0 {
            totals.only_now += u64::from(self.permitted > 0);
            return Ok(());
        }
        totals.then += 1;
        if self.withheld == 0 && self.permitted >= self.then {
            return Ok(());
        }
        totals.recalled += 1;
        let standing = self.standing.iter().enumerate();
        self.indices.clear();
        self.indices.extend(
            standing
                .filter(|(_, stands)| **stands)
                .map(|(index, _)| index),
        );
        let gone = self.permitted + self.withheld < self.then;
        let alone = self.indices.len() + usize::from(gone) == 1;
        for &index in &self.indices {
            totals.by_reason[index].0 += 1;
            totals.by_reason[index].1 += u64::from(alone);
        }
        totals.gone.0 += u64::from(gone);
        totals.gone.1 += u64::from(gone && alone);
        recall(&Recalled {
            id: &self.id,
            reasons: &self.indices,
            gone,
        })
    }
}

#[cfg(test)]
mod tests;
