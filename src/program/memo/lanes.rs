//! Lanes: the unit in which the keys of a memo are made, hashed and compared. Knows no records.

/// Bytes of a lane.
pub(super) const LANE_BYTES: usize = 32;

/// Bytes as words, zeros after them.
pub(super) type Lane = [u64; LANE_BYTES / 8];

/// The longest text with lanes: its length has room in a byte.
pub(super) const LENGTH_MAX: usize = u8::MAX as usize;

/// The first lane of a text of so many bytes; `None` if it has no lanes.
#[inline(always)]
pub(super) fn first_lane(bytes: &[u8; LANE_BYTES], length: usize) -> Option<Lane> {
    let mask = MASKS.get(length)?;
    let (words, _) = bytes.as_chunks::<8>();
    Some(std::array::from_fn(|at| {
        u64::from_le_bytes(words[at]) & mask[at]
    }))
}

/// Whether the first of some lanes are these.
#[inline(always)]
pub(super) fn are_equal<const N: usize>(known: &[Lane; N], lanes: [&Lane; N]) -> bool {
    // PERF: an `==` of so many bytes is a call.
    let mut differ = Lane::default();
    for (known, lane) in known.iter().zip(lanes) {
        for (differ, (known, word)) in differ.iter_mut().zip(known.iter().zip(lane)) {
            *differ |= known ^ word;
        }
    }
    differ == [0; 4]
}

/// A lane's words, keyed, and the two halves of each multiplied, as NH does it in UMAC (section 5.2.2 of RFC 4418), but for a carry
/// between the halves: no two lanes are likely to share the sum, whatever they are.
///
/// PERF: vectors do all of it in eight instructions.
#[inline(always)]
pub(super) fn hash_of_lane(lane: &Lane, secrets: &Lane) -> u64 {
    let mut products: Lane = std::array::from_fn(|at| lane[at].wrapping_add(secrets[at]));
    for product in &mut products {
        *product = (*product & 0xFFFF_FFFF) * (*product >> 32);
    }
    let [a, b, c, d] = products;
    a.wrapping_add(c).wrapping_add(b.wrapping_add(d))
}

/// For each length, what keeps so many bytes of a lane.
static MASKS: [Lane; LENGTH_MAX + 1] = {
    let mut masks = [[0; LANE_BYTES / 8]; LENGTH_MAX + 1];
    let mut length = 0;
    while length <= LENGTH_MAX {
        let mut byte = 0;
        while byte < length && byte < LANE_BYTES {
            masks[length][byte / 8] |= 0xFF << (8 * (byte % 8));
            byte += 1;
        }
        length += 1;
    }
    masks
};

/// A product's halves together, as wyhash folds them.
#[inline(always)]
pub(super) fn folded(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}
