//! Owns what stands in files beside policy and agreement: suppression lists, territories, and their decompression.

use super::{
    normalise::{component, digest, trim},
    policy::{Suppression, Territory},
    reader,
};
use std::{collections::BTreeSet, fs, io::Read, path::Path};

/// The bytes of a file, decompressed if its content says so.
pub(crate) fn open(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).expect("a readable file");
    if bytes.starts_with(b"\x1f\x8b") {
        let mut plain = Vec::new();
        flate2::read::MultiGzDecoder::new(&bytes[..])
            .read_to_end(&mut plain)
            .expect("gzip");
        plain
    } else if bytes.starts_with(b"\x28\xb5\x2f\xfd") {
        zstd::decode_all(&bytes[..]).expect("zstd")
    } else {
        bytes
    }
}

/// The delimiter that a file's name implies.
pub(crate) fn delimiter_of(name: &str) -> u8 {
    let name = name
        .strip_suffix(".gz")
        .or_else(|| name.strip_suffix(".zst"))
        .unwrap_or(name);
    if name.ends_with(".tsv") {
        b'\t'
    } else if name.ends_with(".psv") {
        b'|'
    } else {
        b','
    }
}

/// One suppression list, ready to be asked.
#[derive(Debug)]
pub(crate) struct List {
    pub(crate) name: String,
    /// Record column and normaliser.
    pub(crate) matches: Vec<(String, String)>,
    pub(crate) digest: String,
    pub(crate) keys: BTreeSet<String>,
}

pub(crate) fn load(folder: &Path, suppression: &Suppression) -> List {
    let matches: Vec<(String, String)> = suppression
        .matches
        .iter()
        .map(|text| text.rsplit_once(':').expect("column:normaliser"))
        .map(|(column, normaliser)| (column.to_owned(), normaliser.to_owned()))
        .collect();
    let bytes = open(&folder.join(&suppression.file));
    let sheet = reader::read(&bytes, delimiter_of(&suppression.file));
    let (header, rows) = sheet.records.split_first().expect("a header");
    let places: Vec<usize> = suppression
        .list
        .iter()
        .map(|name| {
            header
                .fields
                .iter()
                .position(|field| field.value == name.as_bytes())
        })
        .map(|place| place.expect("the list has the column"))
        .collect();

    let mut keys = BTreeSet::new();
    for row in rows {
        assert!(
            !row.broken && row.fields.len() == header.fields.len(),
            "a sound row"
        );
        if suppression.digest == "none" {
            let parts: Vec<String> = places
                .iter()
                .zip(&matches)
                .map(|(place, (_, normaliser))| component(normaliser, &row.fields[*place].value))
                .map(|part| part.expect("a row that can match"))
                .collect();
            keys.insert(parts.join("|"));
            continue;
        }
        let written = trim(&row.fields[places[0]].value);
        let written = std::str::from_utf8(written).expect("a digest");
        if suppression.digest == "sha256-hex" {
            keys.insert(written.to_ascii_lowercase());
        } else {
            keys.insert(written.to_owned());
        }
    }
    List {
        name: suppression.name.clone(),
        matches,
        digest: suppression.digest.clone(),
        keys,
    }
}

impl List {
    /// Whether the key made of these values is on the list; `None` where it cannot be known.
    pub(crate) fn holds(&self, values: &[&[u8]]) -> Option<bool> {
        let mut parts = Vec::new();
        for (value, (_, normaliser)) in values.iter().zip(&self.matches) {
            parts.push(component(normaliser, value)?);
        }
        Some(self.keys.contains(&digest(&self.digest, &parts.join("|"))))
    }
}

pub(crate) fn territory(folder: &Path, territory: &Territory) -> BTreeSet<Vec<u8>> {
    let mut values: BTreeSet<Vec<u8>> = territory
        .include
        .iter()
        .map(|value| value.as_bytes().to_vec())
        .collect();
    if let Some(file) = &territory.include_file {
        let text = fs::read(folder.join(file)).expect("a readable file");
        for line in text.split(|byte| *byte == b'\n' || *byte == b'\r') {
            let line = trim(line);
            if !line.is_empty() {
                values.insert(line.to_vec());
            }
        }
    }
    values
}
