//! The fuzz targets as a library, so that each binary is one line. What they do stands in `targets`.

#[allow(dead_code, reason = "the targets use a part of the oracle")]
#[path = "../oracle/mod.rs"]
mod oracle;
#[allow(dead_code, reason = "ordinary tests use the rest")]
mod targets;

/// Bytes as records.
pub fn boundaries(data: &[u8]) {
    targets::boundaries::check(data);
}

/// Whole splits.
pub fn split(data: &[u8]) {
    targets::split::check(data);
}

/// Policies and agreements.
pub fn rules(data: &[u8]) {
    targets::rules::check(data);
}

/// Suppression lists.
pub fn lists(data: &[u8]) {
    targets::lists::check(data);
}

/// Compressed supplies.
pub fn decompress(data: &[u8]) {
    targets::decompress::check(data);
}
