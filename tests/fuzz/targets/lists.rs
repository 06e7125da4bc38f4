//! Owns suppression lists of any bytes: a list is accepted if and only if every row could match by the oracle's reading,
//! and then holds exactly its keys.

use std::collections::BTreeSet;

use withhold::cli::diagnostics::{Colour, render};
use withhold::rules::{Place, Rules};

use super::runs;
use crate::oracle::{
    drawn_lists::{gzip, zstandard},
    normalise::{component, digest, trim},
    reader, small,
};

const NORMALISERS: [&str; 6] = ["exact", "lower", "email", "digits", "uk-postcode", "name"];
const DIGESTS: [&str; 3] = ["none", "sha256-hex", "sha256-base64"];

/// Stands in lists of the corpus where a person's value would; it may never be told.
const SECRET: &str = "Zebedee";

/// A list as the policy declares it.
struct Declared {
    digest: &'static str,
    normalisers: Vec<&'static str>,
    delimiter: u8,
    may_be_empty: bool,
}

/// A fuzzer's bytes: how the list is declared (four bytes), then the list.
pub(crate) fn check(data: &[u8]) {
    let Some((&[digest_kind, normalisers, name, packing], content)) = data.split_first_chunk()
    else {
        return;
    };
    let declared = Declared {
        digest: DIGESTS[usize::from(digest_kind) % 3],
        normalisers: if digest_kind & 0x80 == 0 {
            vec![NORMALISERS[usize::from(normalisers) % 6]]
        } else {
            vec![
                NORMALISERS[usize::from(normalisers) % 6],
                NORMALISERS[usize::from(normalisers >> 4) % 6],
            ]
        },
        delimiter: b",\t|"[usize::from(name) % 3],
        may_be_empty: name & 0x80 != 0,
    };
    let file = ["list.csv", "list.tsv", "list.psv"][usize::from(name) % 3];
    let stored = match packing % 4 {
        1 => gzip(&[content]),
        2 => zstandard(&[content]),
        _ => content.to_vec(),
    };
    let packed_by_itself = packing % 4 != 1
        && packing % 4 != 2
        && matches!(
            content,
            [0x1F, 0x8B, ..] | [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..]
        );

    let folder = tempfile::tempdir().expect("a folder");
    let policy = [small::POLICY, &declared.as_toml(file)].concat();
    runs::write(
        folder.path(),
        &[
            ("policy.toml", policy.as_bytes()),
            ("agreement.toml", small::AGREEMENT.as_bytes()),
            (file, &stored),
        ],
    );
    let at = |name: &str| folder.path().join(name);
    let loaded = Rules::load(&at("policy.toml"), &at("agreement.toml"));
    if packed_by_itself {
        return;
    }
    let wanted = declared.read(content);
    match (loaded, wanted) {
        (Ok(rules), Some((rows, keys))) => {
            let list = &rules.lists[0];
            assert_eq!((list.rows, list.key_count()), (rows, keys.len()));
            let stands_in = |key: &str| keys.contains(&digest(declared.digest, key));
            for key in &keys {
                // A list of digests is asked with what they were made of, which is not known here but for a few words.
                assert!(declared.digest != "none" || list.contains(key.as_bytes()));
                for other in [format!("{key}|"), format!("{key}\0"), key.to_uppercase()] {
                    assert_eq!(list.contains(other.as_bytes()), stands_in(&other));
                }
            }
            for word in ["", "|", "a", "a|b", "id", "1", SECRET] {
                assert_eq!(list.contains(word.as_bytes()), stands_in(word));
            }
        }
        (Err(faults), None) => {
            for fault in &faults.0 {
                if let Place::File {
                    offset: Some(offset),
                    ..
                } = fault.place
                {
                    assert!(offset < content.len() as u64, "{fault}");
                }
            }
            let told = render(&faults, Colour::Plain);
            assert!(!told.contains(SECRET), "{told}");
            assert!(!format!("{faults:?}").contains(SECRET));
        }
        (Ok(_), None) => panic!("a row that can never match is accepted"),
        (Err(faults), Some(_)) => panic!("a sound list is refused: {faults}"),
    }
}

impl Declared {
    /// Columns of the list: one where it holds digests.
    fn columns(&self) -> &'static [&'static str] {
        if self.digest == "none" && self.normalisers.len() == 2 {
            &["k", "l"]
        } else {
            &["k"]
        }
    }

    fn as_toml(&self, file: &str) -> String {
        let matches: Vec<String> = self
            .normalisers
            .iter()
            .zip(["id", "opt"])
            .map(|(normaliser, column)| format!("\"{column}:{normaliser}\""))
            .collect();
        format!(
            "[[suppression]]\nname = \"house\"\nfile = \"{file}\"\nmatch = [{}]\nlist = {:?}\ndigest = \"{}\"\nas_of = 2017-01-01\nmax_age = \"1 days\"\nmay_be_empty = {}\n",
            matches.join(", "),
            self.columns(),
            self.digest,
            self.may_be_empty
        )
    }

    /// Rows and keys of a list; `None` where it is to be refused.
    fn read(&self, content: &[u8]) -> Option<(u64, BTreeSet<String>)> {
        let sheet = reader::read(content, self.delimiter);
        let (header, rows) = sheet.records.split_first()?;
        let first = &header.fields.first()?.value;
        let utf_16 = first.starts_with(b"\xff\xfe") || first.starts_with(b"\xfe\xff");
        if header.broken || utf_16 || (rows.is_empty() && !self.may_be_empty) {
            return None;
        }
        let mut places = Vec::new();
        for column in self.columns() {
            let mut found = (0..header.fields.len())
                .filter(|&place| header.fields[place].value == column.as_bytes());
            places.push(found.next()?);
            if found.next().is_some() {
                return None;
            }
        }
        let mut keys = BTreeSet::new();
        for row in rows {
            if row.broken || row.fields.len() != header.fields.len() {
                return None;
            }
            let value = |place: usize| row.fields[place].value.as_slice();
            let key = if self.digest == "none" {
                let parts: Option<Vec<String>> = places
                    .iter()
                    .zip(&self.normalisers)
                    .map(|(&place, normaliser)| component(normaliser, value(place)))
                    .collect();
                parts?.join("|")
            } else {
                self.canonical(trim(value(places[0])))?
            };
            keys.insert(key);
        }
        Some((rows.len() as u64, keys))
    }

    /// A digest in the one form in which it is compared; `None` if it is none.
    fn canonical(&self, written: &[u8]) -> Option<String> {
        let text = std::str::from_utf8(written).ok()?;
        if self.digest == "sha256-hex" {
            let digits = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            return digits.then(|| text.to_ascii_lowercase());
        }
        // 43 characters hold 258 bits: the last two, which no digest has, are zero in the canonical form.
        let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
        let body = text.strip_suffix('=')?;
        let last = *body.as_bytes().last()?;
        let canonical =
            body.len() == 43 && body.bytes().all(alphabet) && b"AEIMQUYcgkosw048".contains(&last);
        canonical.then(|| text.to_owned())
    }
}
