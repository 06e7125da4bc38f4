//! A block of an input, and the memory that it is read into. Knows nothing of where its bytes come from.

use memmap2::MmapMut;

use crate::records::PADDING;

/// Room before a block's bytes, where the start of its first record is put if it fits. Whole pages.
const HEADROOM: usize = 32 << 10;

/// A block's bytes with room on both sides. Filled, decided, filled again: nothing is allocated a block.
///
/// PERF: a map of its own, so that a block starts with a page. A vector of this size starts 16 bytes into one, and the kernel
/// copies to such an address from its own pages at a third of the speed on AMD Zen 3 (`rep movsb` there takes the two for
/// overlapping): 75 instead of 22 ms of CPU for 158 MB.
#[derive(Debug)]
pub(super) struct BlockBuffer {
    bytes: MmapMut,
    /// Where the block's bytes start and end.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A block that was dealt out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    /// Its place among all blocks of the run, from 0.
    pub(super) sequence: u64,
    /// Its input's index.
    pub(super) input: usize,
    /// Its offset in its (decompressed) input.
    pub(super) offset: u64,
    /// It is its input's last.
    pub(super) last: bool,
}

impl BlockBuffer {
    /// Bytes of memory beside the block's.
    pub(super) const BESIDE_BYTES: usize = HEADROOM + PADDING;

    pub(super) fn new(block_bytes: usize) -> std::io::Result<Self> {
        Ok(Self {
            bytes: MmapMut::map_anon(block_bytes + Self::BESIDE_BYTES)?,
            start: HEADROOM,
            end: HEADROOM,
        })
    }

    /// The block's bytes.
    pub(super) fn block(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Most bytes of a block.
    pub(super) fn capacity(&self) -> usize {
        self.bytes.len() - Self::BESIDE_BYTES
    }

    /// All bytes, with the padding.
    pub(super) fn all(&self) -> &[u8] {
        &self.bytes
    }

    /// Puts bytes right before the block's byte at `skipped`, if they fit; where they start. What was there is overwritten only
    /// in front of the block: bytes are put where some are skipped only if there are none.
    pub(super) fn put_before(&mut self, skipped: usize, bytes: &[u8]) -> Option<usize> {
        assert!(
            skipped == 0 || bytes.is_empty(),
            "nothing comes before an input's first record"
        );
        let end = self.start + skipped;
        let start = end.checked_sub(bytes.len())?;
        self.bytes[start..end].copy_from_slice(bytes);
        Some(start)
    }

    /// Room for a block of so many bytes, which it then has.
    pub(super) fn room(&mut self, length: usize) -> &mut [u8] {
        self.start = HEADROOM;
        self.end = HEADROOM + length;
        &mut self.bytes[HEADROOM..HEADROOM + length]
    }
}
