//! Whether what a person reads is coloured and may move.

use std::io::IsTerminal;

use super::diagnostics::Colour;

/// What standard error can show.
#[derive(Debug, Clone, Copy)]
pub(super) struct Colours {
    /// For diagnostics.
    pub(super) diagnostics: Colour,
    /// A progress bar may be drawn.
    pub(super) moving: bool,
}

impl Colours {
    /// Colour and movement only on a terminal, and only if `NO_COLOR` (no-color.org) is not set to something.
    pub(super) fn of_environment() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        let shown = wanted && !dumb && std::io::stderr().is_terminal();
        Self {
            diagnostics: if shown { Colour::Styled } else { Colour::Plain },
            moving: shown,
        }
    }
}
