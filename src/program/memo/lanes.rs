//! Lanes: the unit in which the keys of a memo are made, hashed and compared. Knows no records.

/// Bytes of a lane.
pub(super) const LANE_BYTES: usize = 32;

/// Bytes as words, zeros after them.
pub(super) type Lane = [u64; LANE_BYTES / 8];

/// A lane's bytes, of which so many count, or all.
#[inline(always)]
pub(super) fn lane(bytes: &[u8; LANE_BYTES], length: usize) -> Lane {
    let mask = &MASKS[length.min(LANE_BYTES)];
    let (words, _) = bytes.as_chunks::<8>();
    std::array::from_fn(|at| u64::from_le_bytes(words[at]) & mask[at])
}

/// Whether the first of some lanes are these.
#[inline(always)]
pub(super) fn are_equal<const N: usize>(known: &[Lane], lanes: &[Lane; N]) -> bool {
    let Some(known) = known.first_chunk::<N>() else {
        return false;
    };
    // PERF: an `==` of so many bytes is a call.
    let mut differ = Lane::default();
    for (known, lane) in known.iter().zip(lanes) {
        for (differ, (known, word)) in differ.iter_mut().zip(known.iter().zip(lane)) {
            *differ |= known ^ word;
        }
    }
    differ == [0; 4]
}

/// A lane's words multiplied in pairs, as wyhash does.
#[inline(always)]
pub(super) fn folded_lane(lane: &Lane, secrets: &Lane) -> u64 {
    folded(lane[0] ^ secrets[0], lane[1] ^ secrets[1])
        ^ folded(lane[2] ^ secrets[2], lane[3] ^ secrets[3])
}

/// For each count of bytes up to a lane's, what keeps so many of a lane.
static MASKS: [Lane; LANE_BYTES + 1] = {
    let mut masks = [[0; LANE_BYTES / 8]; LANE_BYTES + 1];
    let mut count = 0;
    while count <= LANE_BYTES {
        let mut byte = 0;
        while byte < count {
            masks[count][byte / 8] |= 0xFF << (8 * (byte % 8));
            byte += 1;
        }
        count += 1;
    }
    masks
};

/// A product's halves together, as wyhash folds them.
#[inline(always)]
pub(super) fn folded(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}
