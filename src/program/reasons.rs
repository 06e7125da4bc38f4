//! The reasons that can stand against a record, in the order in which they are always given, and sets of them.

use std::fmt;

/// A reason to withhold a record. `Ord` is the order in which reasons are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The record cannot be read as one; nothing else is evaluated.
    Malformed,
    /// The capture date is blank or unreadable, or a withdrawal date is there and unreadable.
    DateUnreadable,
    /// No notice has this version for this source.
    NoticeUnknown,
    /// The capture day lies outside the notice's days, or no notice was in force.
    NoticeNotInForce,
    /// Some party was neither named nor of a disclosed category.
    RecipientNotDisclosed,
    /// No disclosed purpose covers the agreement's.
    PurposeNotDisclosed,
    /// A party's sector is explicit in a way that the stated purpose is not.
    PurposeSectorConflict,
    /// Some channel of the agreement was not disclosed.
    ChannelNotDisclosed,
    /// Some data category of the agreement was not disclosed.
    DataNotDisclosed,
    /// The third-party answer is neither yes nor no.
    ConsentUnknown,
    /// The third-party answer is no.
    ConsentRefused,
    /// Consent was withdrawn.
    ConsentWithdrawn,
    /// Consent no longer holds on the day of delivery.
    ConsentExpired,
    /// The record was captured after delivery.
    CapturedAfterDelivery,
    /// The record does not carry every channel of the agreement.
    ChannelNotConsented,
    /// The record lies outside the agreement's territory.
    OutsideTerritory,
    /// A suppression key cannot be made of the record.
    SuppressionUncheckable,
    /// The record's key is on the suppression list with this index, in the policy's order.
    Suppressed(usize),
}

impl Reason {
    /// Every reason but those of the lists, in order.
    pub const FIXED: [Self; 17] = [
        Self::Malformed,
        Self::DateUnreadable,
        Self::NoticeUnknown,
        Self::NoticeNotInForce,
        Self::RecipientNotDisclosed,
        Self::PurposeNotDisclosed,
        Self::PurposeSectorConflict,
        Self::ChannelNotDisclosed,
        Self::DataNotDisclosed,
        Self::ConsentUnknown,
        Self::ConsentRefused,
        Self::ConsentWithdrawn,
        Self::ConsentExpired,
        Self::CapturedAfterDelivery,
        Self::ChannelNotConsented,
        Self::OutsideTerritory,
        Self::SuppressionUncheckable,
    ];

    /// The reason's code as it stands in outputs and manifests; for a list, what stands before its name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::DateUnreadable => "date-unreadable",
            Self::NoticeUnknown => "notice-unknown",
            Self::NoticeNotInForce => "notice-not-in-force",
            Self::RecipientNotDisclosed => "recipient-not-disclosed",
            Self::PurposeNotDisclosed => "purpose-not-disclosed",
            Self::PurposeSectorConflict => "purpose-sector-conflict",
            Self::ChannelNotDisclosed => "channel-not-disclosed",
            Self::DataNotDisclosed => "data-not-disclosed",
            Self::ConsentUnknown => "consent-unknown",
            Self::ConsentRefused => "consent-refused",
            Self::ConsentWithdrawn => "consent-withdrawn",
            Self::ConsentExpired => "consent-expired",
            Self::CapturedAfterDelivery => "captured-after-delivery",
            Self::ChannelNotConsented => "channel-not-consented",
            Self::OutsideTerritory => "outside-territory",
            Self::SuppressionUncheckable => "suppression-uncheckable",
            Self::Suppressed(_) => "suppressed:",
        }
    }

    /// Position in the order of reasons, from 0.
    pub const fn index(self) -> usize {
        match self {
            Self::Malformed => 0,
            Self::DateUnreadable => 1,
            Self::NoticeUnknown => 2,
            Self::NoticeNotInForce => 3,
            Self::RecipientNotDisclosed => 4,
            Self::PurposeNotDisclosed => 5,
            Self::PurposeSectorConflict => 6,
            Self::ChannelNotDisclosed => 7,
            Self::DataNotDisclosed => 8,
            Self::ConsentUnknown => 9,
            Self::ConsentRefused => 10,
            Self::ConsentWithdrawn => 11,
            Self::ConsentExpired => 12,
            Self::CapturedAfterDelivery => 13,
            Self::ChannelNotConsented => 14,
            Self::OutsideTerritory => 15,
            Self::SuppressionUncheckable => 16,
            Self::Suppressed(list) => Self::FIXED.len() + list,
        }
    }

    /// The reason with this index.
    pub(crate) fn at(index: usize) -> Self {
        Self::FIXED
            .get(index)
            .copied()
            .unwrap_or(Self::Suppressed(index.saturating_sub(Self::FIXED.len())))
    }
}

/// A set of the reasons of [`Reason::FIXED`], as it is put together.
///
/// PERF: a word that stays in a register, where [`Reasons`] would be stored for each reason.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct FixedReasons(u64);

impl FixedReasons {
    /// Adds a reason if it holds.
    #[inline(always)]
    pub(super) fn insert_if(&mut self, holds: bool, reason: Reason) {
        assert!(reason.index() < Reason::FIXED.len(), "a reason of no list");
        self.0 |= u64::from(holds) << reason.index();
    }
}

/// A set of reasons. The first 64 need no allocation; more come only with more than 47 lists.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Reasons {
    first: u64,
    more: Vec<u64>,
}

impl Reasons {
    /// Whether no reason stands: the record is permitted.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.first == 0 && self.more.iter().all(|&word| word == 0)
    }

    /// Adds a reason.
    #[inline]
    pub fn insert(&mut self, reason: Reason) {
        let index = reason.index();
        if index < 64 {
            self.first |= 1 << index;
        } else {
            let word = index / 64 - 1;
            if self.more.len() <= word {
                self.more.resize(word + 1, 0);
            }
            self.more[word] |= 1 << (index % 64);
        }
    }

    /// Adds a reason if it holds.
    #[inline]
    pub(super) fn insert_if(&mut self, holds: bool, reason: Reason) {
        if reason.index() < 64 {
            self.first |= u64::from(holds) << reason.index();
        } else if holds {
            self.insert(reason);
        }
    }

    /// Adds every reason of a set of fixed ones.
    #[inline(always)]
    pub(super) fn insert_fixed(&mut self, fixed: FixedReasons) {
        self.first |= fixed.0;
    }

    /// Adds every reason of another set.
    #[inline]
    pub(super) fn extend(&mut self, other: &Self) {
        self.first |= other.first;
        for reason in other.more_reasons() {
            self.insert(reason);
        }
    }

    /// Whether a reason is among them.
    pub fn contains(&self, reason: Reason) -> bool {
        self.iter().any(|other| other == reason)
    }

    /// Becomes another set.
    #[inline(always)]
    pub(super) fn become_like(&mut self, other: &Self) {
        self.first = other.first;
        if !self.more.is_empty() || !other.more.is_empty() {
            self.more.clone_from(&other.more);
        }
    }

    /// Empties the set.
    #[inline]
    pub(super) fn clear(&mut self) {
        self.first = 0;
        self.more.clear();
    }

    /// The reasons, in order.
    pub fn iter(&self) -> impl Iterator<Item = Reason> {
        bits(self.first).map(Reason::at).chain(self.more_reasons())
    }

    /// The set as one word, where it has no reason past the 64th.
    #[inline]
    pub fn as_word(&self) -> Option<u64> {
        self.more.is_empty().then_some(self.first)
    }

    fn more_reasons(&self) -> impl Iterator<Item = Reason> {
        self.more
            .iter()
            .enumerate()
            .flat_map(|(word, &bits_of_word)| {
                bits(bits_of_word).map(move |bit| Reason::at(64 * (word + 1) + bit))
            })
    }
}

impl fmt::Debug for Reasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl FromIterator<Reason> for Reasons {
    fn from_iter<I: IntoIterator<Item = Reason>>(reasons: I) -> Self {
        let mut set = Self::default();
        reasons.into_iter().for_each(|reason| set.insert(reason));
        set
    }
}

fn bits(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = word.trailing_zeros() as usize;
        (word != 0).then(|| {
            word &= word - 1;
            bit
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::Delimiter;

    #[test]
    fn the_order_is_that_of_the_table() {
        for (index, reason) in Reason::FIXED.into_iter().enumerate() {
            assert_eq!(reason.index(), index);
            assert_eq!(Reason::at(index), reason);
        }
        assert_eq!(Reason::at(17), Reason::Suppressed(0));
    }

    #[test]
    fn a_set_gives_its_reasons_in_order_with_any_number_of_lists() {
        let mut set = Reasons::default();
        assert!(set.is_empty());
        for list in [300, 0, 46, 47, 111, 112] {
            set.insert(Reason::Suppressed(list));
        }
        set.insert(Reason::ConsentRefused);
        assert!(!set.is_empty());
        let expected: Vec<Reason> = std::iter::once(Reason::ConsentRefused)
            .chain([0, 46, 47, 111, 112, 300].map(Reason::Suppressed))
            .collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), expected);
        assert!(set.contains(Reason::Suppressed(300)) && !set.contains(Reason::Suppressed(299)));
        assert_eq!(set.as_word(), None);
        assert_eq!(Reasons::from_iter([Reason::Malformed]).as_word(), Some(1));
        let few = Reasons::from_iter([Reason::Suppressed(200), Reason::Malformed]);
        assert_eq!(format!("{few:?}"), "{Malformed, Suppressed(200)}");
    }

    #[test]
    fn sets_past_the_first_word_become_like_others_and_take_theirs() {
        let listed = |lists: &[usize]| -> Vec<Reason> {
            lists.iter().map(|&list| Reason::Suppressed(list)).collect()
        };
        let mut set = Reasons::default();
        set.become_like(&listed(&[0, 100]).into_iter().collect());
        assert_eq!(set.iter().collect::<Vec<_>>(), listed(&[0, 100]));
        set.insert_if(true, Reason::Suppressed(47));
        set.insert_if(false, Reason::Suppressed(48));
        set.insert_if(false, Reason::Suppressed(1));
        let mut other = Reasons::from_iter([Reason::Suppressed(3)]);
        other.extend(&set);
        assert_eq!(other.iter().collect::<Vec<_>>(), listed(&[0, 3, 47, 100]));
        other.become_like(&listed(&[5]).into_iter().collect());
        assert_eq!(other.iter().collect::<Vec<_>>(), listed(&[5]));
        set.clear();
        assert!(set.is_empty() && set.iter().next().is_none());
    }

    #[test]
    fn a_set_beyond_the_first_word_alone_is_not_empty() {
        for list in [46, 47, 110, 111, 200] {
            let set = Reasons::from_iter([Reason::Suppressed(list)]);
            assert!(!set.is_empty(), "list {list}");
        }
    }

    #[test]
    fn a_reason_that_is_found_again_still_stands() {
        for reason in [
            Reason::ConsentRefused,
            Reason::Suppressed(0),
            Reason::Suppressed(60),
        ] {
            let once = Reasons::from_iter([reason]);
            let mut set = once.clone();
            set.insert(reason);
            assert_eq!(set, once);
            set.insert_if(true, reason);
            assert_eq!(set, once);
            set.extend(&once);
            assert_eq!(set, once);
        }
        let mut fixed = FixedReasons::default();
        fixed.insert_if(true, Reason::ConsentRefused);
        fixed.insert_if(true, Reason::ConsentRefused);
        fixed.insert_if(false, Reason::ConsentRefused);
        let mut set = Reasons::from_iter([Reason::ConsentRefused]);
        set.insert_fixed(fixed);
        set.insert_fixed(fixed);
        assert_eq!(set, Reasons::from_iter([Reason::ConsentRefused]));
    }

    /// A withheld record's reasons are what comes after its last delimiter.
    #[test]
    fn no_byte_of_a_code_can_be_a_delimiter() {
        let fixed = Reason::FIXED.map(Reason::code);
        // And what stands between codes, and what names of lists are made of.
        let others = [
            Reason::Suppressed(0).code(),
            " ",
            "abcdefghijklmnopqrstuvwxyz0123456789-",
        ];
        for byte in fixed.iter().chain(&others).flat_map(|code| code.bytes()) {
            assert!(Delimiter::new(byte).is_err(), "byte {byte}");
        }
    }
}
