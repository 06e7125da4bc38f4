//! Normalisers: how a value becomes a component of a suppression key.

/// How a record's value (already trimmed of spaces and tabs) becomes a key component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Normaliser {
    /// As it is.
    Exact,
    /// Unicode lower case.
    Lower,
    /// White space and format characters (Cf) removed, lower case.
    Email,
    /// ASCII digits only.
    Digits,
    /// White space removed, ASCII upper case.
    UkPostcode,
    /// NFKD, nonspacing marks (Mn) removed, lower case, letters and numbers (L, N) only.
    Name,
}

impl Normaliser {
    /// Appends the normalised value to `out`; `false` (and nothing to rely on in `out`) if the result is blank,
    /// that is, empty or nothing but white space.
    pub fn append(self, value: &str, out: &mut String) -> bool {
        unimplemented!("{value} {out}")
    }
}
