//! A suppression list, loaded: the keys of people who must not be supplied. A fault names a row
//! by number and offset; nothing that stands in the list, not even its header, is ever shown.

mod digest_text;
mod filter;
mod key_set;
mod list_file;
mod list_header;
mod list_rows;
mod load;

use std::path::PathBuf;

use jiff::civil::Date;

use super::normalise::Normaliser;
use key_set::KeySet;

/// Stands between the components of a key.
const KEY_SEPARATOR: u8 = b'|';

/// Appends a key's component with this index, normalised, to those before it; `false`, and nothing to rely on, if none can be made of
/// the value.
#[inline(always)]
pub(crate) fn append_component(
    key: &mut Vec<u8>,
    index: usize,
    normaliser: Normaliser,
    value: &[u8],
) -> bool {
    if index > 0 {
        key.push(KEY_SEPARATOR);
    }
    normaliser.append(value, key)
}

/// Whether a list holds keys or their SHA-256 digests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyDigest {
    /// The keys themselves.
    None,
    /// SHA-256 in hexadecimal.
    Sha256Hex,
    /// SHA-256 in padded standard Base64.
    Sha256Base64,
}

/// A loaded suppression list: a set of keys.
#[derive(Debug)]
pub struct SuppressionList {
    /// The policy's name for it.
    pub name: String,
    /// Its path as it follows from the policy.
    pub path: PathBuf,
    /// Day of this copy.
    pub as_of: Date,
    /// Rows read (blank lines are no rows).
    pub rows: u64,
    /// BLAKE3 of the file's bytes as they lie on disk.
    pub file_blake3: [u8; 32],
    /// SHA-256 of the file's bytes as they lie on disk.
    pub file_sha256: [u8; 32],
    /// Its rule says that it holds no digests, and yet every row looks like one: then nobody is found on it.
    pub looks_digested: bool,
    keys: KeySet,
}

impl SuppressionList {
    /// Whether the joined key (normalised components with `|` between them) is on the list. Where
    /// the list holds digests the key is digested first. Exact: a hash alone never decides.
    #[inline]
    pub fn contains(&self, joined_key: &[u8]) -> bool {
        self.keys.contains(joined_key)
    }

    /// Whether a joined key is certain not to be on the list; `false` where that takes a closer look.
    #[inline(always)]
    pub(crate) fn surely_lacks(&self, joined_key: &[u8]) -> bool {
        self.keys.surely_lacks(joined_key)
    }

    /// Number of distinct keys.
    pub fn key_count(&self) -> usize {
        self.keys.len()
    }
}
