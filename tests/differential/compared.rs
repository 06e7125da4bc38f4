//! What a run of the binary wrote, against what the oracle says: outputs byte for byte, and every count.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::oracle::split::{Bytes, Counts, Outcome};
use crate::runs::{Run, run_binary};

/// Runs the binary and compares all that it wrote.
pub(super) fn compare(
    folder: &Path,
    number: usize,
    run: &Run,
    wanted: &Outcome,
) -> Result<(), String> {
    run_binary(folder, number, run)?;
    let out = folder.join(format!("out-{number}"));
    same_bytes(&out.join("permitted.csv"), &wanted.permitted)?;
    same_bytes(&out.join("withheld.csv"), &wanted.withheld)?;
    let counts = counts_of(&out.join("manifest.json"))?;
    if counts != wanted.counts {
        return Err(format!(
            "counts:\n  binary {counts:?}\n  oracle {:?}",
            wanted.counts
        ));
    }
    Ok(())
}

fn same_bytes(file: &PathBuf, wanted: &[u8]) -> Result<(), String> {
    let found = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    if found == wanted {
        return Ok(());
    }
    let place = found
        .iter()
        .zip(wanted)
        .take_while(|(one, other)| one == other)
        .count();
    let around = |bytes: &[u8]| {
        let start = place.saturating_sub(120).min(bytes.len());
        bytes[start..bytes.len().min(place + 120)]
            .escape_ascii()
            .to_string()
    };
    Err(format!(
        "{} differs at byte {place}:\n  binary {}\n  oracle {}",
        file.file_name().expect("a name").display(),
        around(&found),
        around(wanted)
    ))
}

fn counts_of(manifest: &Path) -> Result<Counts, String> {
    let text = fs::read(manifest).map_err(|error| format!("{}: {error}", manifest.display()))?;
    let manifest: serde_json::Value =
        serde_json::from_slice(&text).map_err(|error| format!("manifest: {error}"))?;
    let counts = &manifest["predicate"]["counts"];
    let number = |value: &serde_json::Value, key: &str| {
        value[key]
            .as_u64()
            .ok_or_else(|| format!("the manifest has no {key}"))
    };
    let mut reasons = BTreeMap::new();
    for count in counts["reasons"]
        .as_array()
        .ok_or("the manifest has no reasons")?
    {
        let reason = count["reason"].as_str().ok_or("a reason without a name")?;
        let both = (number(count, "records")?, number(count, "only")?);
        if both.0 > 0 && reasons.insert(reason.to_owned(), both).is_some() {
            return Err(format!("{reason} stands twice in the manifest"));
        }
    }
    Ok(Counts {
        records: number(counts, "records")?,
        permitted: number(counts, "permitted")?,
        withheld: number(counts, "withheld")?,
        blank_lines: number(counts, "blank_lines")?,
        bytes: Bytes {
            read: number(counts, "bytes")?,
            headers: number(&counts["bytes_of"], "headers")?,
            permitted: number(&counts["bytes_of"], "permitted")?,
            withheld: number(&counts["bytes_of"], "withheld")?,
            blank: number(&counts["bytes_of"], "blank")?,
        },
        terminators_inserted: number(counts, "terminators_inserted")?,
        withdrawals_before_capture: number(counts, "withdrawals_before_capture")?,
        reasons,
    })
}
