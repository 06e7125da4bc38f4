//! What a record says beside its words: its days, its territory, its keys on the lists. Decides nothing.

use super::compile::{Component, Program};
use super::fields::RecordFields;
use crate::rules::{CivilDay, DateForm, MonthMemo, Normaliser};

/// What a record says of a withdrawal.
#[derive(Debug, Clone, Copy)]
pub(super) enum Withdrawal {
    None,
    On(CivilDay),
    Unreadable,
}

impl Program {
    /// Whether the agreement has a territory and the record lies outside it.
    #[inline(always)]
    pub(super) fn is_outside_territory(
        &self,
        record: &RecordFields<'_>,
        room: &mut Vec<u8>,
    ) -> bool {
        self.territory.as_ref().is_some_and(|territory| {
            !territory
                .values
                .contains(record.value(territory.column, room))
        })
    }

    #[inline]
    fn read_day(&self, value: &[u8]) -> Option<CivilDay> {
        self.date_form.civil_day(value, &self.timezone)
    }

    /// The civil day that a column says.
    #[inline(always)]
    pub(super) fn day_of(
        &self,
        record: &RecordFields<'_>,
        column: usize,
        months: &mut MonthMemo,
        room: &mut Vec<u8>,
    ) -> Option<CivilDay> {
        // PERF: a plain day in no quotes is most of all dates; whatever else it is, the general way reads it.
        if let (DateForm::Iso, Ok(plain)) = (&self.date_form, record.raw(column).try_into())
            && let Some(day) = months.plain_day(plain)
        {
            return Some(day);
        }
        self.read_day(record.value(column, room))
    }

    #[inline(always)]
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
        self.day_of(record, column, months, room)
            .map_or(Withdrawal::Unreadable, Withdrawal::On)
    }

    /// Whether the record's key is on a list; `None` if no key can be made of it.
    #[inline(always)]
    pub(super) fn suppressed(
        &self,
        list: usize,
        record: &RecordFields<'_>,
        room: &mut Vec<u8>,
        key: &mut Vec<u8>,
    ) -> Option<bool> {
        let keys = &self.rules.lists[list];
        if let [
            Component {
                column,
                normaliser: Normaliser::Exact,
            },
        ] = self.suppressions[list].as_slice()
        {
            // PERF: the value is the key already, and most are on no list.
            let raw = record.raw(*column);
            if Normaliser::is_plain_exact_key(raw) && keys.surely_lacks(raw) {
                return Some(false);
            }
            let value = record.value(*column, room);
            return Normaliser::is_exact_key(value).then(|| keys.contains(value));
        }
        key.clear();
        for (index, component) in self.suppressions[list].iter().enumerate() {
            if index > 0 {
                key.push(b'|');
            }
            if !component
                .normaliser
                .append(record.value(component.column, room), key)
            {
                return None;
            }
        }
        Some(keys.contains(key))
    }
}
