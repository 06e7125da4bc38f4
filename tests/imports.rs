//! Imports point one way: a module of the library imports only from modules that `lib.rs` declares before it.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules in the order in which they are declared.
fn modules(source: &Path) -> Vec<String> {
    let text = fs::read_to_string(source.join("lib.rs")).unwrap();
    text.lines()
        .filter_map(|line| {
            let line = line.strip_prefix("pub ").unwrap_or(line);
            Some(line.strip_prefix("mod ")?.strip_suffix(';')?.to_owned())
        })
        .collect()
}

/// Every source file below a folder, or the one file.
fn files(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            files(&entry.unwrap().path(), found);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        found.push(path.to_owned());
    }
}

/// The modules that a text names after `crate::`.
fn imported(text: &str) -> impl Iterator<Item = &str> {
    text.split("crate::").skip(1).map(|rest| {
        let end = rest.find(|letter: char| !letter.is_ascii_lowercase() && letter != '_');
        &rest[..end.unwrap_or(rest.len())]
    })
}

#[test]
fn a_module_imports_only_from_those_before_it() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let modules = modules(&source);
    assert!(modules.len() > 10, "{modules:?}");
    let mut wrong = Vec::new();
    let mut imports = 0;
    for (place, module) in modules.iter().enumerate() {
        let mut found = Vec::new();
        files(&source.join(module), &mut found);
        files(&source.join(format!("{module}.rs")), &mut found);
        let found: Vec<PathBuf> = found.into_iter().filter(|file| file.exists()).collect();
        assert!(!found.is_empty(), "{module} has no file");
        for file in found {
            let text = fs::read_to_string(&file).unwrap();
            for import in imported(&text) {
                imports += 1;
                let from = modules.iter().position(|other| other == import);
                if from.is_none_or(|from| from > place) {
                    wrong.push(format!("{} imports `{import}`", file.display()));
                }
            }
        }
    }
    assert!(imports > 100, "{imports}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
