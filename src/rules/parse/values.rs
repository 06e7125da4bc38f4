//! Values that policy and agreement share: columns, terms, party names and plain values, each
//! with the faults that it may have.

use std::collections::BTreeSet;
use std::ops::Range;

use super::keys::{NEAREST_SOUGHT_MAX, nearest};
use super::table::{Entry, Table};
use crate::rules::white_space::{is_blank, trim};
use crate::rules::{Located, PartyName, REASONS_COLUMN, Term, TermError};

/// Tells `schema` if it is missing or not 1.
pub(super) fn check_schema(table: &Table<'_>) {
    let Some(entry) = table.required("schema", "schema = 1") else {
        return;
    };
    if entry.is_one() == Some(false) {
        entry.log().report(
            entry.span(),
            "this schema is not known to this version",
            "write `schema = 1`, the only schema there is, or use a version that knows this one",
        );
    }
}

/// The name of a column of a record.
pub(super) fn column(entry: &Entry<'_>) -> Option<Located<String>> {
    let text = entry.text()?;
    check_column(&text, entry).then(|| text.into_owned())
}

/// Names of columns of a record.
pub(super) fn columns(entry: &Entry<'_>) -> Option<Vec<Located<String>>> {
    entry
        .items()?
        .map(|item| column(&item))
        .collect::<Vec<_>>()
        .into_iter()
        .collect()
}

/// Tells a name that no column of a record can have.
pub(super) fn check_column(name: &Located<&str>, entry: &Entry<'_>) -> bool {
    if name.value == REASONS_COLUMN {
        entry.log().report(
            &name.span,
            format!("no column of a supply may be named `{REASONS_COLUMN}`"),
            "rename the column in the supply and here: this name is kept for the column that is added to withheld records",
        );
        return false;
    }
    check_not_blank(name, entry)
}

/// Names of columns of a list, where any name may stand that is not blank.
pub(super) fn list_columns(entry: &Entry<'_>) -> Option<Vec<Located<String>>> {
    entry
        .items()?
        .map(|item| {
            let name = item.text()?;
            check_not_blank(&name, &item).then(|| name.into_owned())
        })
        .collect::<Vec<_>>()
        .into_iter()
        .collect()
}

fn check_not_blank(name: &Located<&str>, entry: &Entry<'_>) -> bool {
    let blank = is_blank(name.value);
    if blank {
        entry.log().report(
            &name.span,
            format!("the column named in `{}` is blank", entry.key),
            "write the column's name as it stands in the header",
        );
    }
    !blank
}

/// A value that is neither blank nor has white space around it; `what` names it: "a channel".
pub(super) fn plain(text: Located<&str>, what: &str, entry: &Entry<'_>) -> Option<Located<String>> {
    check_plain(&text, what, entry).then(|| text.into_owned())
}

/// Tells a value that is blank or has white space around it.
pub(super) fn check_plain(text: &Located<&str>, what: &str, entry: &Entry<'_>) -> bool {
    if is_blank(text.value) {
        let help = if entry.is_in_list() {
            "write the value, or remove it from the list"
        } else {
            "write the value"
        };
        entry
            .log()
            .report(&text.span, format!("{what} is blank"), help);
        return false;
    }
    let trimmed = trim(text.value);
    if trimmed != text.value {
        entry.log().report(
            &text.span,
            format!("{what} has white space around it"),
            format!("write \"{trimmed}\": values are compared without the spaces around them"),
        );
        return false;
    }
    true
}

/// Plain values.
pub(super) fn plains(entry: &Entry<'_>, what: &str) -> Option<Vec<Located<String>>> {
    entry
        .items()?
        .map(|item| plain(item.text()?, what, &item))
        .collect::<Vec<_>>()
        .into_iter()
        .collect()
}

/// Plain values, of which there must be one; `why` is the help if there is none.
pub(super) fn some_plains(
    entry: &Entry<'_>,
    what: &str,
    why: &str,
) -> Option<Vec<Located<String>>> {
    let values = plains(entry, what)?;
    if values.is_empty() {
        entry
            .log()
            .report(entry.span(), format!("`{}` is empty", entry.key), why);
        return None;
    }
    Some(values)
}

/// A party's name; `whose` says whose: "the controller".
pub(super) fn party(entry: &Entry<'_>, whose: &str) -> Option<Located<PartyName>> {
    let text = entry.text()?;
    let Some(value) = PartyName::new(text.value) else {
        entry.log().report(
            &text.span,
            format!("the name of {whose} is blank"),
            "write the party's full name",
        );
        return None;
    };
    Some(Located {
        value,
        span: text.span,
    })
}

/// A term, which must stand in the vocabulary if there is one.
pub(super) fn term(entry: &Entry<'_>, allowed: AllowedTerms<'_>) -> Option<Located<Term>> {
    let text = entry.text()?;
    let value = parse_term(&text, entry)?;
    allowed.check(&value, &text.span, entry);
    Some(Located {
        value,
        span: text.span,
    })
}

/// Terms.
pub(super) fn terms(entry: &Entry<'_>, allowed: AllowedTerms<'_>) -> Option<Vec<Term>> {
    entry
        .items()?
        .map(|item| term(&item, allowed).map(|term| term.value))
        .collect::<Vec<_>>()
        .into_iter()
        .collect()
}

fn parse_term(text: &Located<&str>, entry: &Entry<'_>) -> Option<Term> {
    match Term::parse(text.value) {
        Ok(term) => Some(term),
        Err(error) => {
            let label = match error {
                TermError::EmptyWord => "a word is empty",
                TermError::BadCharacter => {
                    "only `a` to `z`, `0` to `9`, `-` and `/` may stand here"
                }
            };
            entry.log().report_labelled(
                &text.span,
                format!("`{}` is no term", text.value),
                label,
                "write lower-case words of letters, digits and hyphens, joined by `/`, as in `retail/baby-products`",
            );
            None
        }
    }
}

/// The terms that may stand in a place: those of one key of the policy's vocabulary, or any.
#[derive(Debug, Clone, Copy)]
pub(super) struct AllowedTerms<'a> {
    /// The key of `[vocabulary]`.
    pub(super) key: &'static str,
    /// Its terms; `None` where any term will do.
    pub(super) terms: Option<&'a BTreeSet<Term>>,
}

impl AllowedTerms<'_> {
    /// Every term will do.
    pub(super) const ANY: Self = AllowedTerms {
        key: "",
        terms: None,
    };

    fn check(self, term: &Term, span: &Range<usize>, entry: &Entry<'_>) {
        let Some(terms) = self.terms else { return };
        if terms.contains(term) {
            return;
        }
        let near = (entry.log().count() < NEAREST_SOUGHT_MAX)
            .then(|| nearest(term.as_str(), terms.iter().map(Term::as_str)))
            .flatten();
        let help = match near {
            Some(known) => format!(
                "write `{known}`, if that is what is meant; if `{term}` is right, add it to `{}` of `[vocabulary]` in the policy",
                self.key
            ),
            // No other term is offered: the true one must be stated, not one that would pass.
            None => format!(
                "if `{term}` is right, add it to `{}` of `[vocabulary]` in the policy",
                self.key
            ),
        };
        entry.log().report(
            span,
            format!("`{term}` is not in the policy's vocabulary"),
            help,
        );
    }
}

impl Located<&str> {
    /// The same, owned.
    pub(super) fn into_owned(self) -> Located<String> {
        Located {
            value: self.value.to_owned(),
            span: self.span,
        }
    }
}

/// The values without their places.
pub(super) fn values<T>(located: Vec<Located<T>>) -> Vec<T> {
    located.into_iter().map(|item| item.value).collect()
}
