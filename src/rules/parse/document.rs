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
    if errors.is_empty() {
        return Some(root);
    }

    // A supply or a list given in place of a rules file must not be shown line by line.
    if !root
        .get_ref()
        .keys()
        .any(|key| keys.names.contains(&key.get_ref().as_ref()))
    {
        log.report_file(
            None,
            format!("this is not {}: none of its keys stands in it", keys.file),
            format!("give {} here, a TOML file", keys.file),
        );
        return None;
    }
    tell_syntax_faults(&errors, log);
    None
}

/// Tells each fault; those that only follow from a list left open once.
fn tell_syntax_faults(errors: &[toml::de::Error], log: &FaultLog) {
    let mut told = 0;
    let mut in_open_list = false;
    for error in errors {
        let message = error.message().lines().next().unwrap_or_default();
        let follows = in_open_list && message.contains("array");
        in_open_list = message.contains("array");
        if follows {
            continue;
        }
        told += 1;
        if told > SYNTAX_FAULTS_MAX {
            continue;
        }
        log.report(
            &error.span().unwrap_or(0..0),
            format!("this is not valid TOML: {message}"),
            help_for(message),
        );
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
        "begin the list with `[`, end it with `]`, and put a comma between its values"
    } else if message.contains("inline table") {
        "begin the table with `{`, end it with `}`, and put a comma between its keys"
    } else {
        "write `key = value`, one a line: text in double quotes, a date as 2017-05-05, a list in `[` and `]`"
    }
}
