//! The page of promises names tests that exist, and no fault is injected that it does not tell of.

use std::fs;
use std::path::Path;

#[test]
fn every_test_that_is_named_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("tests/PROMISES.md")).unwrap();
    let named: Vec<(&str, &str)> = page
        .split('`')
        .filter_map(|text| text.split_once(".rs::"))
        .collect();
    assert!(named.len() > 40, "{} tests are named", named.len());
    for (file, name) in &named {
        let source = fs::read_to_string(root.join(format!("{file}.rs")))
            .unwrap_or_else(|error| panic!("{file}.rs: {error}"));
        let test = format!("#[test]\nfn {name}() {{");
        let nested = format!("#[test]\n    fn {name}() {{");
        assert!(
            source.contains(&test) || source.contains(&nested),
            "there is no test {file}.rs::{name}"
        );
    }
    for entry in fs::read_dir(root.join("tests/faults")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let source = fs::read_to_string(&path).unwrap();
        for test in source.split("#[test]\nfn ").skip(1) {
            let name = test.split('(').next().unwrap();
            let file = format!("tests/faults/{stem}");
            assert!(
                named.contains(&(&file, name)),
                "no promise names {file}.rs::{name}"
            );
        }
    }
}
