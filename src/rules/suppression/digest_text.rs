//! SHA-256 digests as lists hold them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// 64 hexadecimal digits of either case.
pub(super) fn decode_hex(value: &[u8]) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = value.try_into().ok()?;
    let mut digest = [0; 32];
    for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    Some(digest)
}

/// Padded standard Base64; bits left over must be zero, so that a digest has one spelling.
pub(super) fn decode_base64(value: &[u8]) -> Option<[u8; 32]> {
    if value.len() != 44 {
        return None;
    }
    let mut digest = [0; 33];
    match STANDARD.decode_slice(value, &mut digest) {
        Ok(32) => digest[..32].try_into().ok(),
        _ => None,
    }
}
