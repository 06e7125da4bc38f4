//! One record of a run as far as the comparison goes: its identifier, and what became of it. How entries are ordered,
//! and how they lie in a file.

use std::cmp::Ordering;
use std::io::{self, Read};

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Fate {
    PermittedThen,
    PermittedNow,
    WithheldNow,
}

/// Bytes of an entry before its identifier.
const HEAD_BYTES: usize = 7;

/// An entry, read back.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) id: Vec<u8>,
    pub(super) fate: Fate,
    /// Indices of the reasons of a record that is withheld now.
    pub(super) reasons: Vec<u16>,
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        (&self.id, self.fate).cmp(&(&other.id, other.fate))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Bytes that an entry takes.
pub(super) fn encoded_bytes(id: &[u8], reasons: &[u16]) -> usize {
    HEAD_BYTES + id.len() + 2 * reasons.len()
}

/// Appends an entry.
pub(super) fn encode(id: &[u8], fate: Fate, reasons: &[u16], to: &mut Vec<u8>) {
    // INVARIANT: an identifier is part of a record, whose length takes 32 bits; a reason stands once in a record's.
    let id_bytes = u32::try_from(id.len()).expect("a record's length takes 32 bits");
    let count = u16::try_from(reasons.len()).expect("there are no more reasons than indices");
    to.push(fate as u8);
    to.extend_from_slice(&id_bytes.to_le_bytes());
    to.extend_from_slice(&count.to_le_bytes());
    to.extend_from_slice(id);
    for reason in reasons {
        to.extend_from_slice(&reason.to_le_bytes());
    }
}

/// The identifier and the fate of the entry that starts these bytes, and all of its bytes.
pub(super) fn look(bytes: &[u8]) -> (&[u8], u8, &[u8]) {
    let id_bytes = u32::from_le_bytes([bytes[1], bytes[2], bytes[3], bytes[4]]) as usize;
    let count = u16::from_le_bytes([bytes[5], bytes[6]]) as usize;
    let end = HEAD_BYTES + id_bytes;
    (&bytes[HEAD_BYTES..end], bytes[0], &bytes[..end + 2 * count])
}

impl Entry {
    /// Room for an entry.
    pub(super) fn empty() -> Self {
        Self {
            id: Vec::new(),
            fate: Fate::PermittedThen,
            reasons: Vec::new(),
        }
    }

    /// Reads the next entry into this one; `false` at the end.
    pub(super) fn read(&mut self, from: &mut impl Read) -> io::Result<bool> {
        let mut head = [0; HEAD_BYTES];
        if from.read(&mut head[..1])? == 0 {
            return Ok(false);
        }
        from.read_exact(&mut head[1..])?;
        self.fate = match head[0] {
            0 => Fate::PermittedThen,
            1 => Fate::PermittedNow,
            2 => Fate::WithheldNow,
            _ => return Err(io::ErrorKind::InvalidData.into()),
        };
        let id_bytes = u32::from_le_bytes([head[1], head[2], head[3], head[4]]) as usize;
        self.id.resize(id_bytes, 0);
        from.read_exact(&mut self.id)?;
        self.reasons.clear();
        for _ in 0..u16::from_le_bytes([head[5], head[6]]) {
            let mut reason = [0; 2];
            from.read_exact(&mut reason)?;
            self.reasons.push(u16::from_le_bytes(reason));
        }
        Ok(true)
    }

    /// Appends this entry.
    pub(super) fn encode(&self, to: &mut Vec<u8>) {
        encode(&self.id, self.fate, &self.reasons, to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_entry_holds_is_an_error_and_no_end() {
        let mut whole = Vec::new();
        encode(b"id", Fate::WithheldNow, &[3, 260], &mut whole);
        let mut entry = Entry::empty();
        assert!(entry.read(&mut &whole[..]).unwrap());
        assert_eq!(
            (&entry.id[..], &entry.reasons[..]),
            (&b"id"[..], &[3, 260][..])
        );
        for length in 1..whole.len() {
            let error = entry.read(&mut &whole[..length]).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{length} bytes");
        }
        whole[0] = 3;
        let error = entry.read(&mut &whole[..]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
