//! TOML text to a table whose keys and values know their places; tells every syntax fault. Knows
//! no key's meaning.

use toml::Spanned;
use toml::de::DeTable;

use super::keys::Keys;
use super::log::FaultLog;

/// Most syntax faults that are told one by one.
const SYNTAX_FAULTS_MAX: usize = 20;

/// Parses a rules file; `None`, with the faults in the log, if it is not TOML.
pub(super) fn parse<'text>(
    text: &'text str,
    keys: &Keys,
    log: &FaultLog,
) -> Option<Spanned<DeTable<'text>>> {
    if text.starts_with('\u{feff}') {
        log.report_file(
            Some((1, 0)),
            "the file starts with a byte order mark, which TOML does not have".to_owned(),
            "save it as UTF-8 without a byte order mark",
        );
        return None;
    }
    let (root, errors) = DeTable::parse_recoverable(text);
    if let Some(other) = keys.swapped_with(root.get_ref().keys().map(|key| key.get_ref().as_ref()))
    {
        log.report_file(
            None,
            format!("this is {}, and {} is wanted", other.file, keys.file),
            "check whether policy and agreement are swapped",
        );
        return None;
    }
    // A supply, a list or whatever else is given in place of a rules file must not be shown line by line. A file without a key or a
    // fault, as an empty one, has nothing to show.
    let mut named = root.get_ref().keys().map(|key| key.get_ref().as_ref());
    let is_empty = errors.is_empty() && root.get_ref().is_empty();
    if !is_empty && !named.any(|key| keys.names.contains(&key)) {
        log.report_file(
            None,
            format!("this is not {}: none of its keys stands in it", keys.file),
            format!("give {} here, a TOML file", keys.file),
        );
        return None;
    }
    if errors.is_empty() {
        return Some(root);
    }
    tell_syntax_faults(&errors, log);
    None
}

/// Tells each fault, but for those that only follow from another: what comes after a list left open is read as a part of it, and
/// what comes after a table given twice as given twice.
fn tell_syntax_faults(errors: &[toml::de::Error], log: &FaultLog) {
    let mut told = 0;
    let mut in_second_table = false;
    for error in errors {
        let message = error.message().lines().next().unwrap_or_default();
        let span = error.span().unwrap_or(0..0);
        let is_duplicate = message.contains("duplicate key");
        if in_second_table && is_duplicate {
            continue;
        }
        let table = is_duplicate.then(|| table_at(&log.source().text, span.start));
        in_second_table = table.flatten().is_some();
        told += 1;
        if told > SYNTAX_FAULTS_MAX {
            continue;
        }
        let help = match table.flatten() {
            Some(table) if REPEATED_TABLES.contains(&table) => {
                format!("write `[[{table}]]`, in two brackets, above each of them")
            }
            _ => help_for(message).to_owned(),
        };
        log.report(&span, format!("this is not valid TOML: {message}"), help);
        if message.contains("array") || message.contains("inline table") {
            break;
        }
    }
    if told > SYNTAX_FAULTS_MAX {
        log.report_file(
            None,
            format!(
                "{} more places are not valid TOML",
                told - SYNTAX_FAULTS_MAX
            ),
            "mend the places above, and check again",
        );
    }
}

/// Tables of which there may be several.
const REPEATED_TABLES: [&str; 3] = ["notice", "suppression", "client"];

/// The table whose first line is at this place.
fn table_at(text: &str, at: usize) -> Option<&str> {
    let line_start = text.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
    let line = text[line_start..].lines().next()?.trim_start();
    let name = line.strip_prefix('[')?.trim_start_matches('[');
    Some(name.split(']').next()?.trim())
}

fn help_for(message: &str) -> &'static str {
    if message.contains("duplicate key") {
        "keep one of the two and remove the other"
    } else if message.contains("must be quoted") {
        "write text in double quotes, a date without them as 2017-05-05, and `true` or `false` in lower case"
    } else if message.contains("date") {
        "write a day that exists, as 2017-05-05"
    } else if message.contains("leading zero") {
        "write a number without a zero before it, and a date as 2017-05-05"
    } else if message.contains("string") {
        "begin and end the text with a double quote, on one line"
    } else if message.contains("array") {
        "begin the list with `[`, end it with `]`, and put a comma between its values; then check what follows"
    } else if message.contains("inline table") {
        "begin the table with `{`, end it with `}`, and put a comma between its keys; then check what follows"
    } else {
        "write `key = value`, one a line: text in double quotes, a date as 2017-05-05, a list in `[` and `]`"
    }
}
