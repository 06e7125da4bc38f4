//! Holds every crate that is built in, or builds or tests this one, to the lists of `.ci/deny.toml`, as cargo-deny reads
//! them: licences, bans, doubles and sources. Works offline; advisories need a database and are not its business.

use std::collections::BTreeMap;
use std::process::Command;

use serde::Deserialize;
use spdx::{Expression, ParseMode};

#[derive(Deserialize)]
struct Deny {
    licenses: Licences,
    bans: Bans,
    sources: Sources,
}

#[derive(Deserialize)]
struct Licences {
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Denied>,
    skip: Vec<Skipped>,
}

#[derive(Deserialize)]
struct Denied {
    name: String,
}

#[derive(Deserialize)]
struct Skipped {
    /// `name@version`.
    #[serde(rename = "crate")]
    package: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_registry: Vec<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    /// `None` for this crate itself.
    source: Option<String>,
}

impl Package {
    fn id(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }
}

fn deny() -> Deny {
    toml::from_str(include_str!("../.ci/deny.toml")).expect("lists as cargo-deny has them")
}

/// The crates that Cargo.lock picks for this machine.
fn packages() -> Vec<Package> {
    let rustc = Command::new("rustc").arg("-vV").output().expect("rustc");
    let version = String::from_utf8(rustc.stdout).expect("text");
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .expect("a host");
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--locked", "--format-version=1"])
        .args(["--filter-platform", host])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo");
    let said = String::from_utf8_lossy(&metadata.stderr);
    assert!(metadata.status.success(), "{said}");
    let metadata: Metadata = serde_json::from_slice(&metadata.stdout).expect("metadata");
    assert!(metadata.packages.len() > 100, "all of them");
    metadata.packages
}

#[test]
fn every_licence_is_allowed() {
    let allowed = deny().licenses.allow;
    for package in packages() {
        let licence = package
            .license
            .as_deref()
            .unwrap_or_else(|| panic!("{} states no licence", package.id()));
        let expression = Expression::parse_mode(licence, ParseMode::LAX)
            .unwrap_or_else(|error| panic!("{}: {error}", package.id()));
        let enough = expression.evaluate(|wanted| allowed.contains(&wanted.to_string()));
        assert!(enough, "{} is under {licence}", package.id());
    }
}

#[test]
fn every_crate_comes_from_an_allowed_registry() {
    let allowed = deny().sources.allow_registry;
    for package in packages() {
        let Some(source) = &package.source else {
            assert_eq!(package.name, "withhold", "a path outside this crate");
            continue;
        };
        let registry = source.strip_prefix("registry+").unwrap_or(source);
        assert!(
            allowed.iter().any(|allowed| allowed == registry),
            "{} comes from {source}",
            package.id()
        );
    }
}

#[test]
fn no_crate_is_banned_and_none_is_there_twice() {
    let bans = deny().bans;
    let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut skips: Vec<&str> = bans.skip.iter().map(|skip| skip.package.as_str()).collect();
    for package in packages() {
        assert!(
            bans.deny.iter().all(|denied| denied.name != package.name),
            "{} is banned",
            package.name
        );
        let id = package.id();
        if skips.contains(&id.as_str()) {
            skips.retain(|skip| *skip != id);
        } else {
            versions
                .entry(package.name)
                .or_default()
                .push(package.version);
        }
    }
    for (name, versions) in versions {
        assert_eq!(versions.len(), 1, "{name} is there as {versions:?}");
    }
    assert!(skips.is_empty(), "no longer there: {skips:?}");
}
