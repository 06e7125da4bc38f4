//! Which keys may stand in which table of a policy or an agreement, and the hint for one that stands in the wrong place.

/// A table of a rules file: how messages call it, and the keys that may stand in it.
#[derive(Debug)]
pub(super) struct Keys {
    /// How a message calls the place: "the policy", "`[columns]`".
    pub(super) place: &'static str,
    /// How a message calls the file: "a policy".
    pub(super) file: &'static str,
    /// The keys, in the order in which help lists them.
    pub(super) names: &'static [&'static str],
}

pub(super) static POLICY: Keys = Keys {
    place: "the policy",
    file: "a policy",
    names: &[
        "schema",
        "controller",
        "timezone",
        "explicit_terms",
        "vocabulary",
        "columns",
        "consent",
        "data",
        "notice",
        "suppression",
    ],
};

pub(super) static VOCABULARY: Keys = Keys {
    place: "`[vocabulary]`",
    file: "a policy",
    names: &["recipients", "purposes"],
};

pub(super) static COLUMNS: Keys = Keys {
    place: "`[columns]`",
    file: "a policy",
    names: &[
        "id",
        "captured_at",
        "notice",
        "source",
        "withdrawn_at",
        "date_format",
    ],
};

pub(super) static CONSENT: Keys = Keys {
    place: "`[consent]`",
    file: "a policy",
    names: &["third_parties", "channels"],
};

pub(super) static THIRD_PARTIES: Keys = Keys {
    place: "`third_parties`",
    file: "a policy",
    names: &["column", "given", "refused"],
};

pub(super) static CHANNELS: Keys = Keys {
    place: "`channels` of `[consent]`",
    file: "a policy",
    names: &["column", "separator", "flags"],
};

pub(super) static FLAG: Keys = Keys {
    place: "a flag of `[consent.channels.flags]`",
    file: "a policy",
    names: &["column", "given", "refused"],
};

pub(super) static NOTICE: Keys = Keys {
    place: "`[[notice]]`",
    file: "a policy",
    names: &[
        "version",
        "sources",
        "from",
        "until",
        "recipients",
        "named_recipients",
        "recipient_test",
        "purposes",
        "channels",
        "data",
        "valid_for",
    ],
};

pub(super) static SUPPRESSION: Keys = Keys {
    place: "`[[suppression]]`",
    file: "a policy",
    names: &[
        "name",
        "file",
        "match",
        "list",
        "digest",
        "as_of",
        "max_age",
        "may_be_empty",
    ],
};

pub(super) static AGREEMENT: Keys = Keys {
    place: "the agreement",
    file: "an agreement",
    names: &[
        "schema",
        "id",
        "supplier",
        "purpose",
        "channels",
        "delivery",
        "data",
        "delete_by",
        "intermediary",
        "client",
        "territory",
    ],
};

pub(super) static INTERMEDIARY: Keys = Keys {
    place: "`[intermediary]`",
    file: "an agreement",
    names: &["name", "role", "sector"],
};

pub(super) static CLIENT: Keys = Keys {
    place: "`[[client]]`",
    file: "an agreement",
    names: &["name", "sector"],
};

pub(super) static TERRITORY: Keys = Keys {
    place: "`[territory]`",
    file: "an agreement",
    names: &["column", "include", "include_file"],
};

static POLICY_TABLES: [&Keys; 6] = [
    &POLICY,
    &VOCABULARY,
    &COLUMNS,
    &CONSENT,
    &NOTICE,
    &SUPPRESSION,
];
static AGREEMENT_TABLES: [&Keys; 4] = [&AGREEMENT, &INTERMEDIARY, &CLIENT, &TERRITORY];

impl Keys {
    /// What stands under the caret where a key is missing.
    pub(super) fn missing_label(&self) -> &'static str {
        if self.place.starts_with('`') || self.place.starts_with("a flag") {
            "missing in this table"
        } else {
            "missing in this file"
        }
    }

    /// How to mend a key that may not stand here.
    pub(super) fn help_for_unknown(&self, key: &str, suggestion: Option<&str>) -> String {
        if let Some(known) = suggestion {
            return format!("write `{known}`, if that is what is meant; otherwise remove `{key}`");
        }
        if let Some(other) = self.place_of(key) {
            return if other.place.starts_with('`') {
                format!("`{key}` belongs in {}; move it there", other.place)
            } else {
                format!(
                    "`{key}` belongs to {}, above its first `[table]`; move it there",
                    other.place
                )
            };
        }
        format!(
            "remove it; the keys of {} are {}",
            self.place,
            listed(self.names)
        )
    }

    /// The other kind of file, if these top keys are of that one and not of this one.
    pub(super) fn swapped_with<'k>(
        &self,
        keys: impl Iterator<Item = &'k str>,
    ) -> Option<&'static Keys> {
        let other = if std::ptr::eq(self, &POLICY) {
            &AGREEMENT
        } else {
            &POLICY
        };
        let keys: Vec<&str> = keys.collect();
        let own = keys
            .iter()
            .any(|key| self.names.contains(key) && !other.names.contains(key));
        let others = keys
            .iter()
            .any(|key| other.names.contains(key) && !self.names.contains(key));
        (others && !own).then_some(other)
    }

    /// The first place of the same file, or else of the other file, that has this key.
    fn place_of(&self, key: &str) -> Option<&'static Keys> {
        let (same, other): (&[&Keys], &[&Keys]) = if self.file == POLICY.file {
            (&POLICY_TABLES, &AGREEMENT_TABLES)
        } else {
            (&AGREEMENT_TABLES, &POLICY_TABLES)
        };
        [same, other].into_iter().find_map(|tables| {
            tables
                .iter()
                .copied()
                .find(|keys| keys.names.contains(&key))
        })
    }
}

/// Names that are wrong for which the nearest right one is looked for; more are not told one by one.
pub(super) const NEAREST_SOUGHT_MAX: usize = 100;

/// Pairs of characters that are compared to find the nearest name; where there are more, none is said to be the nearest.
const COMPARED_MAX: usize = 1 << 20;

/// Most names that are listed.
const LISTED_MAX: usize = 50;

/// The known name that an unknown one is most likely meant to be.
pub(super) fn nearest<'a>(
    unknown: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let unknown = unknown.to_lowercase();
    let length = unknown.chars().count();
    let mut to_compare = COMPARED_MAX;
    let mut nearest: Option<(usize, &str)> = None;
    for name in known {
        let folded = name.to_lowercase();
        let differing_max = 1.max(name.chars().count() / 3);
        let folded_length = folded.chars().count();
        // Names are at least as far apart as their lengths.
        if length.abs_diff(folded_length) > differing_max {
            continue;
        }
        to_compare = to_compare.checked_sub(length.saturating_mul(folded_length))?;
        let distance = strsim::damerau_levenshtein(&unknown, &folded);
        if distance <= differing_max && nearest.is_none_or(|(least, _)| distance < least) {
            nearest = Some((distance, name));
        }
    }
    nearest.map(|(_, name)| name)
}

/// Names in backticks, with commas between them; the first ones of very many.
pub(super) fn listed(names: &[&str]) -> String {
    let mut listed: Vec<String> = names
        .iter()
        .take(LISTED_MAX)
        .map(|name| format!("`{name}`"))
        .collect();
    if names.len() > LISTED_MAX {
        listed.push("...".to_owned());
    }
    listed.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_some_names_are_listed() {
        assert_eq!(listed(&["a", "b"]), "`a`, `b`");
        let all = listed(&["a"; LISTED_MAX]);
        assert_eq!(all.matches("`a`").count(), LISTED_MAX);
        assert_eq!(listed(&["a"; LISTED_MAX + 1]), format!("{all}, ..."));
    }

    #[test]
    fn the_nearest_name_is_suggested() {
        let nearest_key = |key| nearest(key, POLICY.names.iter().copied());
        assert_eq!(nearest_key("controler"), Some("controller"));
        assert_eq!(nearest_key("Controller"), Some("controller"));
        assert_eq!(nearest_key("time_zone"), Some("timezone"));
        assert_eq!(nearest_key("notices"), Some("notice"));
        assert_eq!(nearest_key("colour"), None);
        assert_eq!(nearest_key(""), None);
        let near = ["colours", "colour2", "colour"];
        assert_eq!(nearest("Colour", near), Some("colour"));
        assert_eq!(nearest("coulor", near), Some("colour"));
        assert_eq!(nearest("colour1", near), Some("colours"));
    }

    #[test]
    fn among_very_many_or_very_long_names_none_is_sought() {
        let many = |count: usize| std::iter::repeat_n("retail/toys", count).chain(["retail/tools"]);
        assert_eq!(nearest("retail/tooos", many(100)), Some("retail/tools"));
        assert_eq!(nearest("retail/tooos", many(COMPARED_MAX / 100)), None);
        let long = "retail/".repeat(1 << 12);
        assert_eq!(nearest(&long, [long.as_str()]), None);
        // What differs too much in length is not compared at all.
        let names = std::iter::repeat_n(long.as_str(), 20).chain(["retail/tools"]);
        assert_eq!(nearest("retail/tooos", names), Some("retail/tools"));
    }

    #[test]
    fn a_key_of_another_table_is_sent_there() {
        let help = COLUMNS.help_for_unknown("timezone", None);
        assert!(help.contains("the policy"), "{help}");
        let help = AGREEMENT.help_for_unknown("controller", None);
        assert!(help.contains("the policy"), "{help}");
        for keys in [&THIRD_PARTIES, &CHANNELS, &FLAG] {
            let help = keys.help_for_unknown("data", None);
            assert!(help.contains("the policy"), "{help}");
        }
        let help = TERRITORY.help_for_unknown("data", None);
        assert!(help.contains("the agreement"), "{help}");
    }
}
