//! What a record says beside its words: its days, its territory, its keys on the lists. Decides nothing.

use super::compile::{CompiledTerritory, Component, Program};
use super::fields::{RecordFields, value};
use crate::rules::{CivilDay, DateForm, MonthMemo, Normaliser, SuppressionList, append_component};

/// What a record says of a withdrawal.
#[derive(Debug, Clone, Copy)]
pub(super) enum Withdrawal {
    None,
    On(CivilDay),
    Unreadable,
}

impl CompiledTerritory {
    /// Whether the column's field puts the record outside the territory.
    #[inline(always)]
    pub(super) fn excludes(&self, raw: &[u8], room: &mut Vec<u8>) -> bool {
        !self.values.contains(value(raw, room))
    }
}

impl Program {
    /// Whether the agreement has a territory and the record lies outside it.
    pub(super) fn is_outside_territory(
        &self,
        record: &RecordFields<'_>,
        room: &mut Vec<u8>,
    ) -> bool {
        self.territory
            .as_ref()
            .is_some_and(|territory| territory.excludes(record.raw(territory.column), room))
    }

    /// The civil day that a field says.
    #[inline(always)]
    pub(super) fn day_of(
        &self,
        raw: &[u8],
        months: &mut MonthMemo,
        room: &mut Vec<u8>,
    ) -> Option<CivilDay> {
        // PERF: a plain day in no quotes is most of all dates; whatever else it is, the general way reads it.
        if let (DateForm::Iso, Ok(plain)) = (&self.date_form, raw.try_into())
            && let Some(day) = months.plain_day(plain)
        {
            return Some(day);
        }
        self.date_form.civil_day(value(raw, room), &self.timezone)
    }

    pub(super) fn withdrawal(
        &self,
        record: &RecordFields<'_>,
        months: &mut MonthMemo,
        room: &mut Vec<u8>,
    ) -> Withdrawal {
        let Some(column) = self.withdrawn_at else {
            return Withdrawal::None;
        };
        if record.value(column, room).is_empty() {
            return Withdrawal::None;
        }
        self.day_of(record.raw(column), months, room)
            .map_or(Withdrawal::Unreadable, Withdrawal::On)
    }

    /// The one column whose values are the keys of a list as they are, if it is like that.
    pub(super) fn exact_column(&self, list: usize) -> Option<usize> {
        match self.suppressions[list].as_slice() {
            &[
                Component {
                    column,
                    normaliser: Normaliser::Exact,
                },
            ] => Some(column),
            _ => None,
        }
    }

    /// As [`Self::suppressed`], for a list with [such](Self::exact_column) a column, of what that column holds.
    #[inline(always)]
    pub(super) fn suppressed_exactly(
        &self,
        list: usize,
        raw: &[u8],
        room: &mut Vec<u8>,
    ) -> Option<bool> {
        let keys = self.list(list);
        // PERF: the value is the key already, and most are on no list.
        if Normaliser::is_plain_exact_key(raw) && keys.surely_lacks(raw) {
            return Some(false);
        }
        let value = value(raw, room);
        Normaliser::is_exact_key(value).then(|| keys.contains(value))
    }

    /// Whether the record's key is on a list; `None` if no key can be made of it.
    pub(super) fn suppressed(
        &self,
        list: usize,
        record: &RecordFields<'_>,
        room: &mut Vec<u8>,
        key: &mut Vec<u8>,
    ) -> Option<bool> {
        if let Some(column) = self.exact_column(list) {
            return self.suppressed_exactly(list, record.raw(column), room);
        }
        let parts = self.suppressions[list].iter();
        let parts = parts.map(|part| (record.raw(part.column), part.normaliser));
        key.clear();
        append_key(parts, room, key).then(|| self.list(list).contains(key))
    }

    pub(super) fn list(&self, list: usize) -> &SuppressionList {
        &self.rules.lists[list]
    }
}

/// Appends the joined key of fields that came as these bytes, and how each is normalised; `false`, and nothing to rely on, if none can
/// be made of them.
#[inline(always)]
pub(super) fn append_key<'r>(
    parts: impl Iterator<Item = (&'r [u8], Normaliser)>,
    room: &mut Vec<u8>,
    key: &mut Vec<u8>,
) -> bool {
    for (index, (raw, normaliser)) in parts.enumerate() {
        if !append_component(key, index, normaliser, value(raw, room)) {
            return false;
        }
    }
    true
}
