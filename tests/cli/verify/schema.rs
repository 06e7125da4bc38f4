//! The manifest's JSON Schema and its reader refuse the same.

use serde_json::{Value, json};

use super::{HEADER, MANIFEST, split, stage};

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let stage = stage();
    split(&stage, &["a.csv"]);
    stage.write("bad.csv", [HEADER, "1,2\n"].concat());
    split(&stage, &["a.csv", "bad.csv", "--previous", MANIFEST]);
    let output = stage.command(&["verify", "--schema"]).output().unwrap();
    let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let manifest: Value = serde_json::from_slice(&stage.read(MANIFEST)).unwrap();
    // Every key, at every depth: one less, one more, another type.
    let mut places = Vec::new();
    objects(&manifest, String::new(), &mut places);
    assert!(places.len() >= 20);
    for place in places {
        let keys: Vec<String> = manifest
            .pointer(&place)
            .unwrap()
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        let change = |what: &str, change: &dyn Fn(&mut serde_json::Map<String, Value>)| {
            let mut changed = manifest.clone();
            change(
                changed
                    .pointer_mut(&place)
                    .unwrap()
                    .as_object_mut()
                    .unwrap(),
            );
            let read = serde_json::from_value::<withhold::output::Manifest>(changed.clone());
            let mut free = ["delete_by", "territory", "file", "previous", "blake3"].contains(&what);
            if place == "/predicate/consulted" {
                free = ["notice", "source", "withdrawn_at", "date_format"].contains(&what);
            }
            assert_eq!(schema.is_valid(&changed), free, "{place} {what}");
            // Whose sector must be known, and what tells of consent, only the schema says.
            let schema_alone = ["sector", "dpv:hasConsentStatus"].contains(&what);
            assert!(read.is_err() != free || schema_alone, "{place} {what}");
        };
        for key in &keys {
            change(key, &|object| drop(object.remove(key)));
            change("another type", &|object| {
                object.insert(key.clone(), json!([true]));
            });
        }
        change("a key more", &|object| {
            object.insert("more".to_owned(), json!(1));
        });
    }
}

/// The places of all objects.
fn objects(value: &Value, place: String, places: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                objects(value, format!("{place}/{key}"), places);
            }
            places.push(place);
        }
        Value::Array(array) => {
            for (index, value) in array.iter().enumerate() {
                objects(value, format!("{place}/{index}"), places);
            }
        }
        _ => {}
    }
}
