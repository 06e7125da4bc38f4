//! Drafts of a policy and an agreement as text: guesses about columns, and nothing disclosed or agreed. What a person
//! has to say is marked `REPLACE`.

use std::fmt::Write as _;

use indicatif::HumanCount;

use super::dates::FoundDates;
use super::roles::{Channels, Column};
use super::sample::{Found, SHARED_BY_MIN, Sample, VALUES_MAX};
use crate::cli::harmless::is_harmful;

/// What is known of a supply.
pub(super) struct Knowledge<'a> {
    /// The input's name.
    pub(super) input: String,
    pub(super) sample: &'a Sample,
    /// All columns that rules can name.
    pub(super) columns: &'a [Column],
    /// Numbers, from 1, of those that they cannot name.
    pub(super) unnamed: Vec<usize>,
    pub(super) id: &'a Column,
    /// Whether some two records of the sample seem to share an identifier.
    pub(super) id_repeats: bool,
    pub(super) captured_at: &'a Column,
    pub(super) dates: FoundDates,
    pub(super) consent: (&'a Column, Found),
    pub(super) notice: Option<(&'a Column, Found)>,
    pub(super) source: Option<(&'a Column, Found)>,
    pub(super) withdrawn_at: Option<&'a Column>,
    pub(super) channels: &'a Channels,
    /// Of the columns of `channels`, in their order.
    pub(super) channels_found: Vec<Found>,
    pub(super) separator: char,
}

/// Marks what a person has to say.
pub(in crate::cli) const OPEN: &str = "REPLACE";

/// The party that both drafts name.
const CONTROLLER: &str = "REPLACE: who supplies the data";

/// Where a day has to be said: so late that nothing is in force, and everything has expired.
const NEVER: &str = "9999-12-31";

impl Knowledge<'_> {
    /// The policy's draft.
    pub(super) fn policy(&self) -> String {
        let mut text = String::new();
        let out = &mut text;
        self.head(out, "policy");
        out.push_str(
            "# It withholds every record: nothing counts as disclosed or agreed until a person has replaced what says REPLACE by\n\
             # what people WERE told, and has compared every guess with the form that they saw. Never widen it to fit a supply.\n\n",
        );
        line(out, "schema = 1");
        line(out, &format!("controller = {}", quoted(CONTROLLER)));
        line(
            out,
            "timezone = \"UTC\" # REPLACE: where the people live, as \"Europe/London\"",
        );
        self.columns_table(out);
        self.consent_table(out);
        self.data_table(out);
        self.notices(out);
        out.push_str(
            "\n# A list of people who asked to be left alone:\n\
             # [[suppression]]\n# name = \"house\"\n# file = \"house.csv\"\n",
        );
        line(
            out,
            &format!("# match = [{}]", quoted(&format!("{}:exact", self.id.name))),
        );
        out.push_str("# list = [\"id\"]\n# as_of = 2025-05-30\n# max_age = \"28 days\"\n");
        text
    }

    /// The agreement's draft.
    pub(super) fn agreement(&self) -> String {
        let mut text = String::new();
        let out = &mut text;
        self.head(out, "agreement");
        out.push_str("# It is for nobody yet. Replace what says REPLACE by what the client really asks for.\n\n");
        line(out, "schema = 1");
        line(out, "id = \"REPLACE: the agreement's identifier\"");
        line(
            out,
            &format!(
                "supplier = {} # the policy's controller",
                quoted(CONTROLLER)
            ),
        );
        line(
            out,
            "purpose = \"undecided\" # REPLACE: as \"marketing/direct\"",
        );
        line(
            out,
            "channels = [\"REPLACE: each channel that the client will use\"]",
        );
        line(
            out,
            &format!("delivery = {NEVER} # REPLACE: the day of delivery"),
        );
        line(
            out,
            "data = [\"unsorted\"] # REPLACE: the data categories that are supplied",
        );
        out.push_str(
            "# delete_by = 2025-12-02\n\n\
             # Who stands between, if anybody does, an agency or a printer; a controller needs a sector, too:\n\
             # [intermediary]\n# name = \"\"\n# role = \"processor\"\n\n\
             # Where the people must live, if that was agreed:\n\
             # [territory]\n# column = \"\"\n# include = []\n\n\
             # The END client: who will really use the data.\n[[client]]\n",
        );
        line(out, "name = \"REPLACE: the client's full name\"");
        line(
            out,
            "sector = \"undecided\" # REPLACE: as \"retail/baby-products\"",
        );
        text
    }

    fn head(&self, out: &mut String, what: &str) {
        let Sample {
            records,
            malformed,
            more,
        } = *self.sample;
        let of = if more { "the first" } else { "all" };
        line(
            out,
            &format!(
                "# A draft of {} by `withhold init`, from the header of {} and {of} {} of its records.",
                if what == "policy" {
                    "a policy"
                } else {
                    "an agreement"
                },
                quoted(&self.input),
                HumanCount(records + malformed)
            ),
        );
        if malformed > 0 && what == "policy" {
            line(
                out,
                &format!("# {} of them are malformed.", HumanCount(malformed)),
            );
        }
    }

    fn columns_table(&self, out: &mut String) {
        out.push_str("\n# Which column plays which part, guessed by their names or as it was typed.\n[columns]\n");
        let remark = if self.id_repeats {
            " # some records share one"
        } else {
            ""
        };
        line(out, &format!("id = {}{remark}", quoted(&self.id.name)));
        let dates = &self.dates;
        line(
            out,
            &format!(
                "captured_at = {} # {} of {} values are dates in this form",
                quoted(&self.captured_at.name),
                HumanCount(dates.read),
                HumanCount(dates.values)
            ),
        );
        let mut optional = |key: &str, column: Option<&Column>, what: &str| match column {
            Some(column) => line(out, &format!("{key} = {}", quoted(&column.name))),
            None => line(
                out,
                &format!("# {key} = \"\" # no name was known as that of {what}"),
            ),
        };
        optional(
            "notice",
            self.notice.as_ref().map(|(column, _)| *column),
            "the notice's version",
        );
        optional(
            "source",
            self.source.as_ref().map(|(column, _)| *column),
            "the form that captured the record",
        );
        optional("withdrawn_at", self.withdrawn_at, "the day of withdrawal");
        match &dates.pattern {
            Some(pattern) => line(out, &format!("date_format = {}", quoted(pattern))),
            None if dates.read > 0 => {}
            None => line(
                out,
                "# date_format = \"%d/%m/%Y\" # no form that is known reads the dates",
            ),
        }
        if !dates.rivals.is_empty() {
            let rivals: Vec<String> = dates.rivals.iter().map(|rival| quoted(rival)).collect();
            line(
                out,
                &format!(
                    "# REPLACE it, if that is wrong: {} would read as many, and only a person can say.",
                    rivals.join(" or ")
                ),
            );
        }
    }

    fn consent_table(&self, out: &mut String) {
        out.push_str("\n# What the person agreed to. No value counts as a yes until a person has said which does.\n[consent]\n");
        let (column, found) = &self.consent;
        told(out, column, found);
        line(
            out,
            &format!(
                "third_parties = {{ column = {}, given = [\"REPLACE: the values that mean yes\"], refused = [] }}",
                quoted(&column.name)
            ),
        );
        match self.channels {
            Channels::List(column) => {
                for found in &self.channels_found {
                    told(out, column, found);
                }
                line(
                    out,
                    &format!(
                        "channels = {{ column = {}, separator = {} }}",
                        quoted(&column.name),
                        quoted(&self.separator.to_string())
                    ),
                );
            }
            Channels::Flags(flags) if flags.is_empty() => {
                line(
                    out,
                    "# No name was known as that of a column with channels.",
                );
                line(
                    out,
                    "channels = { flags = {} } # REPLACE: as { column = \"channels\", separator = \"|\" }",
                );
            }
            Channels::Flags(flags) => {
                out.push_str("\n[consent.channels.flags]\n");
                for ((channel, column), found) in flags.iter().zip(&self.channels_found) {
                    told(out, column, found);
                    line(
                        out,
                        &format!(
                            "{channel} = {{ column = {}, given = [\"REPLACE: the values that mean yes\"], refused = [] }}",
                            quoted(&column.name)
                        ),
                    );
                }
            }
        }
    }

    fn data_table(&self, out: &mut String) {
        out.push_str("\n# Sort the columns into categories, as name, address or contact: agreements ask for categories.\n[data]\nunsorted = [\n");
        for column in self.columns {
            line(out, &format!("    {},", quoted(&column.name)));
        }
        line(out, "]");
        if !self.unnamed.is_empty() {
            let numbers: Vec<String> = self.unnamed.iter().map(usize::to_string).collect();
            line(
                out,
                &format!(
                    "# In no category can stand column {}: its name is blank, repeated or not UTF-8.",
                    numbers.join(", ")
                ),
            );
        }
    }

    fn notices(&self, out: &mut String) {
        out.push_str("\n# What people were told, one notice for each version. Fill it from the notice that was shown, and from nothing else.\n");
        let found = self.notice.as_ref();
        if let Some((column, found)) = found {
            told(out, column, found);
        }
        if let Some((column, found)) = &self.source {
            told(out, column, found);
        }
        let versions: Vec<String> = match found {
            Some((_, found)) if !found.values.is_empty() => found
                .values
                .iter()
                .map(|(version, _)| version.clone())
                .collect(),
            _ => vec!["REPLACE: the notice's version".to_owned()],
        };
        for (index, version) in versions.iter().enumerate() {
            if index > 0 {
                out.push('\n');
            }
            line(out, "[[notice]]");
            line(out, &format!("version = {}", quoted(version)));
            line(
                out,
                &format!("from = {NEVER} # REPLACE: the first day on which it was shown"),
            );
            if index > 0 {
                out.push_str("recipients = []\npurposes = []\nchannels = []\ndata = []\nvalid_for = \"1 days\"\n");
                continue;
            }
            line(
                out,
                "# until = 2025-02-01 # the first day on which it was no longer shown",
            );
            if self.source.is_some() {
                line(
                    out,
                    "# sources = [] # the forms that showed it, if others showed another of this version",
                );
            }
            line(
                out,
                "recipients = [] # REPLACE: the categories of recipients that it disclosed, as \"retail/baby-products\"",
            );
            line(
                out,
                "purposes = [] # REPLACE: the purposes, as \"marketing/direct\"",
            );
            line(out, "channels = [] # REPLACE: the channels, as \"postal\"");
            line(out, "data = [] # REPLACE: the data categories");
            line(
                out,
                "valid_for = \"1 days\" # REPLACE: how long consent lasts, as \"24 months\"",
            );
        }
    }
}

/// What may be told of a column's values, as comments.
fn told(out: &mut String, column: &Column, found: &Found) {
    let records = |count: u64| {
        let unit = if count == 1 { "record" } else { "records" };
        format!("{} {unit}", HumanCount(count))
    };
    let mut values: Vec<String> = found
        .values
        .iter()
        .map(|(value, count)| format!("{} in {}", quoted(value), records(*count)))
        .collect();
    if found.too_many {
        values.push(format!(
            "more than {VALUES_MAX} different values, which are not shown"
        ));
    } else if found.untold > 0 {
        values.push(format!(
            "values that are not shown, in {}: fewer than {SHARED_BY_MIN} share one, or it is no short text",
            records(found.untold)
        ));
    }
    if found.blank > 0 {
        values.push(format!("blank in {}", records(found.blank)));
    }
    if values.is_empty() {
        values.push("no value".to_owned());
    }
    line(out, &format!("# In the column {}:", quoted(&column.name)));
    for value in values {
        line(out, &format!("#   {value}"));
    }
}

fn line(out: &mut String, line: &str) {
    out.push_str(line);
    out.push('\n');
}

/// A TOML basic string: nothing in it ends it, ends a comment, moves a cursor or hides text.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(character);
            }
            _ if is_harmful(character) || character == '\t' => {
                let code = u32::from(character);
                write!(quoted, "\\U{code:08X}").expect("writing to a string does not fail");
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}
