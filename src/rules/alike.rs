//! Names that differ only in how they are written, for the hints in messages. Decides nothing.

/// A name without what is often written otherwise: case, hyphens, underscores and spaces.
pub(crate) fn folded(name: &str) -> String {
    name.trim().to_lowercase().replace(['-', '_', ' '], "")
}
