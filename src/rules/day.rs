//! Dates as records write them: parsed to civil days in the policy's time zone.

/// How a policy's dates are written.
#[derive(Debug, Clone)]
pub enum DateForm {
    /// `YYYY-MM-DD`, or a date and time with `T` or a space, with `Z`, an offset or nothing.
    Iso,
    /// A pattern of `%d`, `%m`, `%Y`, `%H`, `%M`, `%S` and literal characters.
    Pattern(Vec<DatePart>),
}

/// A piece of a date pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatePart {
    /// Two digits, 01 to 31.
    Day,
    /// Two digits, 01 to 12.
    Month,
    /// Four digits, 0001 to 9999.
    Year,
    /// Two digits, 00 to 23.
    Hour,
    /// Two digits, 00 to 59.
    Minute,
    /// Two digits, 00 to 59.
    Second,
    /// These bytes.
    Literal(Vec<u8>),
}

/// Why a `date_format` cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DateFormError {
    /// A `%` that starts no known directive.
    #[error("unknown directive")]
    UnknownDirective,
    /// `%d`, `%m` or `%Y` is not there.
    #[error("a day, a month and a year are needed")]
    Missing,
    /// A directive stands twice.
    #[error("a directive stands twice")]
    Repeated,
}
