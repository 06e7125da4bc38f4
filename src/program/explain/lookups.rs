//! Tests that look the record up: in the territory and in suppression lists.

use super::account::{Account, Finding};
use super::words::joined;
use crate::rules::append_component;

impl Account<'_, '_> {
    pub(super) fn territory(&self) -> Finding {
        let Some(territory) = &self.program.territory else {
            return Finding::not_evaluated("the agreement sets no territory");
        };
        let inside = territory.values.contains(&self.value(territory.column));
        let found = format!(
            "it is {} of the {} values of the territory",
            if inside { "one" } else { "none" },
            territory.values.len()
        );
        Finding::new(!inside, found, vec![territory.column])
    }

    /// The record's key for a list; `None` if none can be made.
    fn key(&self, list: usize) -> Option<Vec<u8>> {
        let mut key = Vec::new();
        for (index, component) in self.program.suppressions[list].iter().enumerate() {
            let value = self.value(component.column);
            if !append_component(&mut key, index, component.normaliser, &value) {
                return None;
            }
        }
        Some(key)
    }

    fn columns_of(&self, list: usize) -> impl Iterator<Item = usize> {
        self.program.suppressions[list]
            .iter()
            .map(|component| component.column)
    }

    pub(super) fn lists_checkable(&self) -> Finding {
        let lists = 0..self.program.suppressions.len();
        if lists.is_empty() {
            return Finding::not_evaluated("the policy has no suppression list");
        }
        let columns = lists
            .clone()
            .flat_map(|list| self.columns_of(list))
            .collect();
        let names: Vec<&str> = lists
            .filter(|&list| self.key(list).is_none())
            .map(|list| self.program.rules.lists[list].name.as_str())
            .collect();
        let found = if names.is_empty() {
            "it can".to_owned()
        } else {
            format!(
                "not in {}: a value that it is looked up by is blank or not UTF-8",
                joined(names.iter())
            )
        };
        Finding::new(!names.is_empty(), found, columns)
    }

    pub(super) fn list(&self, list: usize) -> Finding {
        let columns = self.columns_of(list).collect();
        match self.key(list) {
            None => Finding {
                columns,
                ..Finding::not_evaluated("the record cannot be looked up in it")
            },
            Some(key) => {
                let listed = self.program.rules.lists[list].contains(&key);
                let components = &self.program.suppressions[list];
                let how = joined(components.iter().map(|part| part.normaliser.as_str()));
                let found = format!(
                    "it is {}on the list (values compared as {how})",
                    if listed { "" } else { "not " }
                );
                Finding::new(listed, found, columns)
            }
        }
    }
}
