//! A worker's own counts, and the text that each distinct set of reasons adds to a withheld record.

mod count_all;

use std::collections::{BTreeMap, HashMap};

use self::count_all::CountAll;
pub(super) use self::count_all::Sums;
use super::captures::Captures;
use super::counts::{ByteCounts, Counts, MalformedPlace, ReasonCount, RowCount};
use super::out_buffer::OutBuffer;
use super::suffix::Suffix;
use crate::program::{Decision, Program, Reason, Reasons, Verdict};
use crate::records::{Cpu, RecordSpan};

/// Distinct sets that are remembered at most; with more, the counts are folded and the texts made anew.
const SETS_MAX: usize = 1 << 14;

/// Places for sets seen lately; a power of two.
const RECENT: usize = 256;

/// Records of a case (see [`crate::program::Decision`]), which have all but the month of capture in common.
#[derive(Debug, Clone, Copy)]
struct CaseCount {
    records: u64,
    /// [`PERMITTED`], the number of a set of reasons, or [`UNSET`].
    outcome: u32,
}

/// The outcome of a permitted record; any other is the number of a set of reasons.
pub(super) const PERMITTED: u32 = u32::MAX;

/// The outcome of a case that has none yet.
const UNSET: u32 = u32::MAX - 1;

const NO_CASE: CaseCount = CaseCount {
    records: 0,
    outcome: UNSET,
};

/// What a worker counted.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) permitted: u64,
    pub(super) withheld: u64,
    /// Records that were put into an output's buffer.
    pub(super) gathered: u64,
    pub(super) blank_lines: u64,
    pub(super) withdrawals_before_capture: u64,
    pub(super) bytes: ByteCounts,
    /// Those that occurred: a policy may have notices and sources for millions.
    rows: BTreeMap<usize, RowCount>,
    malformed_row: usize,
    captures: Captures,
    cases: Vec<CaseCount>,
    /// The row of each case.
    case_rows: Vec<usize>,
    sets: Vec<ReasonSet>,
    /// Nothing, which is what a permitted record gets; and each set's.
    suffixes: Vec<Suffix>,
    by_word: HashMap<u64, usize>,
    by_reasons: HashMap<Reasons, usize>,
    /// The sets of words seen lately: a word and its set, at a place that follows from the word.
    recent: Box<[(u64, u32); RECENT]>,
    folded: Vec<(u64, u64)>,
    /// Bytes that the reasons of the folded sets added to their records.
    folded_bytes: u64,
    /// Bytes of the longest suffix of these sets.
    longest_suffix: usize,
    delimiter: u8,
}

#[derive(Debug)]
struct ReasonSet {
    reasons: Reasons,
    records: u64,
}

/// Longest suffix that is kept: a window's records may each have a set of their own.
const SUFFIX_BYTES_KEPT: usize = 4 << 10;

impl Tally {
    /// Counts nothing yet, of records with this delimiter.
    pub(super) fn new(program: &Program, delimiter: u8) -> Self {
        let reasons = Reason::FIXED.len() + program.rules().lists.len();
        Self {
            permitted: 0,
            withheld: 0,
            gathered: 0,
            blank_lines: 0,
            withdrawals_before_capture: 0,
            bytes: ByteCounts::default(),
            rows: BTreeMap::new(),
            malformed_row: program.rows(),
            captures: Captures::new(),
            cases: Vec::new(),
            case_rows: Vec::new(),
            sets: Vec::new(),
            suffixes: vec![Suffix::nothing()],
            by_word: HashMap::new(),
            by_reasons: HashMap::new(),
            recent: Box::new([(0, 0); RECENT]),
            folded: vec![(0, 0); reasons],
            folded_bytes: 0,
            longest_suffix: 0,
            delimiter,
        }
    }

    /// Counts records as they were decided, and puts the outcomes of those that are of cases into `outcomes`, where the others' are
    /// already.
    pub(super) fn count_all(
        &mut self,
        cpu: Cpu,
        records: &[RecordSpan],
        outcomes: &mut [u32],
        decisions: &[Decision],
        verdict_of_case: impl Fn(usize) -> Verdict,
        program: &Program,
    ) -> Sums {
        let mut sums = Sums::default();
        let mut at = 0;
        while at < records.len() {
            at += cpu.widest(CountAll {
                cases: &mut self.cases,
                captures: &mut self.captures,
                records: &records[at..],
                outcomes: &mut outcomes[at..],
                decisions: &decisions[at..],
                sums: &mut sums,
            });
            if let Some(case) = decisions.get(at).and_then(|decision| decision.case()) {
                self.set_case(case, &verdict_of_case(case), program);
            }
        }
        sums
    }

    #[cold]
    #[inline(never)]
    fn set_case(&mut self, case: usize, verdict: &Verdict, program: &Program) {
        if self.cases.len() <= case {
            self.cases.resize(case + 1, NO_CASE);
            self.case_rows.resize(case + 1, 0);
        }
        let outcome = self.outcome(&verdict.reasons, program);
        self.cases[case] = CaseCount {
            records: 0,
            outcome,
        };
        self.case_rows[case] = self.row(verdict);
    }

    /// Counts a record that is of no case, and gives its outcome.
    pub(super) fn count_alone(&mut self, verdict: &Verdict, program: &Program) -> u32 {
        let row = self.row(verdict);
        let outcome = self.outcome(&verdict.reasons, program);
        self.add(1, outcome, row);
        self.captures.count(verdict.captured, outcome == PERMITTED);
        self.withdrawals_before_capture += u64::from(verdict.withdrawn_before_capture);
        outcome
    }

    fn row(&self, verdict: &Verdict) -> usize {
        verdict.row.unwrap_or(self.malformed_row)
    }

    fn add(&mut self, records: u64, outcome: u32, row: usize) {
        let row = self.rows.entry(row).or_default();
        if outcome == PERMITTED {
            self.permitted += records;
            row.permitted += records;
        } else {
            self.withheld += records;
            row.withheld += records;
            self.sets[outcome as usize].records += records;
        }
    }

    /// Makes room for the sets of so many records: until the next call, the numbers of sets stay what they are.
    pub(super) fn expect(&mut self, records: usize) {
        if self.sets.len() + records > SETS_MAX.max(records) {
            self.fold();
        }
    }

    /// What is appended to a record with this outcome, as far as it is kept.
    #[inline(always)]
    pub(super) fn suffix(&self, outcome: u32) -> &Suffix {
        const { assert!(PERMITTED.wrapping_add(1) == 0, "the first is nothing") };
        &self.suffixes[outcome.wrapping_add(1) as usize]
    }

    /// Makes it anew, and appends it.
    #[cold]
    #[inline(never)]
    pub(super) fn push_long_suffix(&self, set: u32, program: &Program, out: &mut OutBuffer) {
        let Suffix { padded, length } =
            Suffix::of(&self.sets[set as usize].reasons, program, self.delimiter);
        out.push(&padded[..length]);
    }

    /// Bytes of the longest suffix that records of the window have.
    pub(super) fn longest_suffix(&self) -> usize {
        self.longest_suffix
    }

    /// [`PERMITTED`], or the number of this set of reasons.
    #[inline]
    fn outcome(&mut self, reasons: &Reasons, program: &Program) -> u32 {
        if reasons.is_empty() {
            return PERMITTED;
        }
        match reasons.as_word() {
            Some(word) => {
                // PERF: reasons vary from record to record, but few sets do most of it. Measured with copies in strides and a faster
                // hash of list keys, all against maps and `extend_from_slice`: 0.93 of the CPU time of a `split`, in pairs.
                let place = (word.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as usize % RECENT;
                // INVARIANT: a withheld record's word is not 0, so an empty place is never taken for it.
                if self.recent[place].0 != word {
                    let set = match self.by_word.get(&word) {
                        Some(&set) => set,
                        None => self.remember(reasons, program),
                    };
                    self.recent[place] = (word, set as u32);
                }
                self.recent[place].1
            }
            None => match self.by_reasons.get(reasons) {
                Some(&set) => set as u32,
                None => self.remember(reasons, program) as u32,
            },
        }
    }

    #[cold]
    fn remember(&mut self, reasons: &Reasons, program: &Program) -> usize {
        let index = self.sets.len();
        match reasons.as_word() {
            Some(word) => self.by_word.insert(word, index),
            None => self.by_reasons.insert(reasons.clone(), index),
        };
        let mut suffix = Suffix::of(reasons, program, self.delimiter);
        self.longest_suffix = self.longest_suffix.max(suffix.length);
        if suffix.length > SUFFIX_BYTES_KEPT {
            suffix.padded = Box::default();
        }
        self.sets.push(ReasonSet {
            reasons: reasons.clone(),
            records: 0,
        });
        self.suffixes.push(suffix);
        index
    }

    /// Adds the cases' counts to their rows and sets.
    fn add_cases(&mut self) {
        for index in 0..self.cases.len() {
            let case = std::mem::replace(&mut self.cases[index], NO_CASE);
            if case.records > 0 {
                self.add(case.records, case.outcome, self.case_rows[index]);
            }
        }
    }

    /// Adds the sets' counts to each reason's own, and forgets the sets.
    fn fold(&mut self) {
        self.add_cases();
        for (set, suffix) in self.sets.drain(..).zip(self.suffixes.drain(1..)) {
            self.folded_bytes += set.records * suffix.length as u64;
            let alone = u64::from(set.reasons.iter().count() == 1);
            for reason in set.reasons.iter() {
                let (records, only) = &mut self.folded[reason.index()];
                *records += set.records;
                *only += set.records * alone;
            }
        }
        self.longest_suffix = 0;
        self.by_word.clear();
        self.by_reasons.clear();
        *self.recent = [(0, 0); RECENT];
    }

    /// Bytes that reasons added to withheld records, where they were appended.
    pub(super) fn reasons_bytes(&mut self) -> u64 {
        self.fold();
        self.folded_bytes
    }

    /// Adds another worker's counts.
    pub(super) fn merge(&mut self, mut other: Self) {
        self.fold();
        other.fold();
        self.permitted += other.permitted;
        self.withheld += other.withheld;
        self.gathered += other.gathered;
        self.blank_lines += other.blank_lines;
        self.withdrawals_before_capture += other.withdrawals_before_capture;
        self.bytes.add(other.bytes);
        self.folded_bytes += other.folded_bytes;
        for (row, other) in other.rows {
            self.rows.entry(row).or_default().add(other);
        }
        self.captures.merge(other.captures);
        for ((records, only), (other_records, other_only)) in
            self.folded.iter_mut().zip(other.folded)
        {
            *records += other_records;
            *only += other_only;
        }
    }

    pub(super) fn into_counts(
        mut self,
        terminators_inserted: u64,
        malformed: Vec<MalformedPlace>,
    ) -> Counts {
        self.fold();
        let counted = self
            .folded
            .iter()
            .enumerate()
            .filter(|(_, (records, _))| *records > 0);
        Counts {
            records: self.permitted + self.withheld,
            permitted: self.permitted,
            withheld: self.withheld,
            blank_lines: self.blank_lines,
            terminators_inserted,
            withdrawals_before_capture: self.withdrawals_before_capture,
            bytes: self.bytes,
            reasons: counted
                .map(|(index, &(records, only))| ReasonCount {
                    reason: Reason::at(index),
                    records,
                    only,
                })
                .collect(),
            rows: self.rows,
            captured: self.captures.into_counts(),
            malformed,
        }
    }
}

impl ByteCounts {
    fn add(&mut self, other: Self) {
        self.read += other.read;
        self.headers += other.headers;
        self.permitted += other.permitted;
        self.withheld += other.withheld;
        self.blank += other.blank;
    }
}

#[cfg(test)]
mod tests;
