//! BLAKE3 of one stream, digested piece by piece by whoever has the piece at hand (section 5.1.2 of the
//! BLAKE3 paper: chunks of 1,024 bytes in a binary tree whose left parts are whole powers of two).

use std::collections::BTreeMap;

use blake3::Hasher;
use blake3::hazmat::{
    ChainingValue, HasherExt, Mode, merge_subtrees_non_root, merge_subtrees_root,
};

use super::Digest;

/// Bytes of a chunk, the tree's leaf.
pub const CHUNK_BYTES: usize = 1024;

/// A whole subtree: a power of two of chunks, at an offset that is a multiple of its size.
#[derive(Debug, Clone, Copy)]
pub struct Subtree {
    chunks: u64,
    value: ChainingValue,
}

/// Digests a piece of a stream: a run of whole chunks at a chunk's offset, the stream's last chunk excepted, which may be short.
pub fn subtrees(offset: u64, bytes: &[u8]) -> Vec<Subtree> {
    assert!(
        offset.is_multiple_of(CHUNK_BYTES as u64),
        "a piece starts at a chunk's start"
    );
    let mut found = Vec::new();
    let mut chunk = offset / CHUNK_BYTES as u64;
    let mut rest = bytes;
    while !rest.is_empty() {
        let whole = rest.len() / CHUNK_BYTES;
        let largest = if whole == 0 {
            1
        } else {
            1_u64 << whole.ilog2()
        };
        // The stream's first piece is halved: were it the whole stream, it would have to be digested as the root.
        let chunks = if chunk == 0 {
            (largest / 2).max(1)
        } else {
            largest.min(1 << chunk.trailing_zeros())
        };
        let (subtree, after) = rest.split_at((chunks as usize * CHUNK_BYTES).min(rest.len()));
        let mut hasher = Hasher::new();
        hasher.set_input_offset(chunk * CHUNK_BYTES as u64);
        hasher.update(subtree);
        found.push(Subtree {
            chunks,
            value: hasher.finalize_non_root(),
        });
        chunk += chunks;
        rest = after;
    }
    found
}

/// A stream's digest, put together from pieces that may come in any order.
#[derive(Debug, Default)]
pub struct TreeDigest {
    next: u64,
    early: BTreeMap<u64, (u64, Vec<Subtree>)>,
    /// Merged subtrees, each larger than the next.
    stack: Vec<Subtree>,
    /// The last subtree: it may be the root's right half, so it is merged only when another follows.
    last: Option<Subtree>,
    /// The first bytes, kept as long as they may be the whole stream.
    first_chunk: Vec<u8>,
}

impl TreeDigest {
    /// Adds a piece of `bytes` at `offset`, with its [`subtrees`].
    pub fn add(&mut self, offset: u64, bytes: &[u8], subtrees: Vec<Subtree>) {
        if offset == 0 {
            self.first_chunk = bytes[..bytes.len().min(CHUNK_BYTES)].to_vec();
        }
        if bytes.is_empty() {
            return;
        }
        self.early.insert(offset, (bytes.len() as u64, subtrees));
        while let Some((length, subtrees)) = self.early.remove(&self.next) {
            self.next += length;
            subtrees.into_iter().for_each(|subtree| self.push(subtree));
        }
    }

    fn push(&mut self, subtree: Subtree) {
        if let Some(mut merged) = self.last.replace(subtree) {
            while let Some(left) = self.stack.pop_if(|left| left.chunks == merged.chunks) {
                let value = merge_subtrees_non_root(&left.value, &merged.value, Mode::Hash);
                merged = Subtree {
                    chunks: 2 * merged.chunks,
                    value,
                };
            }
            self.stack.push(merged);
        }
    }

    /// The digest of the whole stream of `length` bytes.
    ///
    /// # Panics
    /// If a piece is missing.
    pub fn finish(mut self, length: u64) -> Digest {
        assert!(
            self.next == length && self.early.is_empty(),
            "every piece of the stream was digested"
        );
        let Some(Subtree {
            value: mut right, ..
        }) = self.last.filter(|_| length > CHUNK_BYTES as u64)
        else {
            return Digest::blake3(*blake3::hash(&self.first_chunk).as_bytes());
        };
        loop {
            let left = self
                .stack
                .pop()
                .expect("a stream of more than a chunk has a left part")
                .value;
            if self.stack.is_empty() {
                return Digest::blake3(*merge_subtrees_root(&left, &right, Mode::Hash).as_bytes());
            }
            right = merge_subtrees_non_root(&left, &right, Mode::Hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn digest_in_pieces(bytes: &[u8], piece_chunks: &[usize], reversed: bool) -> Digest {
        let mut pieces = Vec::new();
        let mut at = 0;
        let mut sizes = piece_chunks.iter().cycle();
        while at < bytes.len() {
            let end = (at + sizes.next().unwrap() * CHUNK_BYTES).min(bytes.len());
            pieces.push((at as u64, &bytes[at..end]));
            at = end;
        }
        if reversed {
            pieces.reverse();
        }
        let mut digest = TreeDigest::default();
        for (offset, piece) in pieces {
            digest.add(offset, piece, subtrees(offset, piece));
        }
        // A stream may end with a piece of nothing.
        digest.add(bytes.len() as u64, &[], Vec::new());
        digest.finish(bytes.len() as u64)
    }

    #[test]
    fn every_length_around_a_power_of_two_of_chunks_is_digested_as_a_whole() {
        let bytes: Vec<u8> = (0..40 * CHUNK_BYTES)
            .map(|index| (index % 251) as u8)
            .collect();
        for chunks in 0..=33 {
            for length in (chunks * CHUNK_BYTES).saturating_sub(1)..=chunks * CHUNK_BYTES + 1 {
                let expected = *blake3::hash(&bytes[..length]).as_bytes();
                for pieces in [&[1][..], &[2], &[64], &[4, 1], &[3, 5]] {
                    assert_eq!(
                        digest_in_pieces(&bytes[..length], pieces, false).bytes,
                        expected,
                        "{length} {pieces:?}"
                    );
                }
            }
        }
    }

    proptest! {
        #[test]
        fn pieces_in_any_order_give_the_digest_of_the_whole(
            length in 0_usize..200_000,
            pieces in proptest::collection::vec(1_usize..70, 1..5),
            reversed: bool,
        ) {
            let bytes: Vec<u8> = (0..length).map(|index| (index * 7 % 253) as u8).collect();
            prop_assert_eq!(digest_in_pieces(&bytes, &pieces, reversed).bytes, *blake3::hash(&bytes).as_bytes());
        }
    }
}
