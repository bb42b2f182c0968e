//! The question of the reception desk: is this person covered on this date?

use jiff::{ToSpan as _, civil::Date};

use crate::{Coverage, LossReason, Wording};

/// The answer for one person on one date.
///
/// It is information with a source and a time. The binding check is オンライン資格確認 or the 資格確認書.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eligibility<'a> {
    /// The verdict.
    pub state: State,
    /// The record to show: the valid one, else the one that ended last, else the one that starts first.
    pub shown: Option<&'a Coverage>,
    /// Other records that are valid on the same date: not empty only for [`State::Several`].
    pub others: Vec<&'a Coverage>,
    /// A record that starts after the date, when the one shown is not it.
    pub next: Option<&'a Coverage>,
}

/// The verdicts, which map on the validity code of the online eligibility check (OQSCD006).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// 1 有効: exactly one enrolment is valid.
    Valid,
    /// 2 無効: the last enrolment has ended.
    Lapsed {
        /// The last day that was covered.
        last_day: Date,
    },
    /// 2 無効: the only enrolments begin later.
    NotYet {
        /// The first day that will be covered.
        from: Date,
    },
    /// 3 無効（新しい資格あり）: this enrolment ended because another insurer took over, and the newer one is not here.
    Replaced {
        /// The last day that was covered.
        last_day: Date,
    },
    /// 4 該当資格なし: no record at all. It does not mean that the person has no insurance.
    None,
    /// 5 複数該当: two different enrolments are valid at once, usually because a loss was reported late.
    Several,
}

/// The eligibility of the one person whose records `coverages` are, on `date`.
///
/// Records of the same numbers that overlap are a correction of each other: the one issued last counts.
pub fn on(coverages: &[Coverage], date: Date) -> Eligibility<'_> {
    let mut valid: Vec<&Coverage> = Vec::new();
    for coverage in coverages.iter().filter(|coverage| coverage.covers(date)) {
        match valid.iter_mut().find(|other| other.enrolment() == coverage.enrolment()) {
            Some(other) if recency(other) < recency(coverage) => *other = coverage,
            Some(_) => {}
            None => valid.push(coverage),
        }
    }
    valid.sort_by_key(|coverage| std::cmp::Reverse(recency(coverage)));
    let next =
        coverages.iter().filter(|coverage| coverage.valid_from > date).min_by_key(|coverage| coverage.valid_from);
    let mut valid = valid.into_iter();
    match (valid.next(), valid.collect::<Vec<_>>()) {
        (Some(shown), others) if others.is_empty() => {
            Eligibility { state: State::Valid, shown: Some(shown), others, next }
        }
        (Some(shown), others) => Eligibility { state: State::Several, shown: Some(shown), others, next },
        (None, others) => match (last_ended(coverages, date), next) {
            (Some((shown, last_day)), next) => {
                Eligibility { state: ended(shown, last_day), shown: Some(shown), others, next }
            }
            (None, Some(shown)) => {
                let state = State::NotYet { from: shown.valid_from };
                Eligibility { state, shown: Some(shown), others, next: None }
            }
            (None, None) => Eligibility { state: State::None, shown: None, others, next: None },
        },
    }
}

/// The dates that can be asked about on `today`: two years back, for as long as claims are put right (the claim itself lapses
/// after that, 国民健康保険法 110条), and on to the end of the month, to which claims belong.
#[must_use]
pub fn dates(today: Date) -> std::ops::RangeInclusive<Date> {
    today.saturating_sub(2.years())..=today.last_of_month()
}

/// The standing of one record among all records of its person on `date`: the line beside it in a history.
///
/// [`State::Replaced`] here also means that another of the records is valid instead.
pub fn of(record: &Coverage, coverages: &[Coverage], date: Date) -> State {
    if record.covers(date) {
        return State::Valid;
    }
    match record.last_day().filter(|last_day| *last_day < date) {
        None => State::NotYet { from: record.valid_from },
        Some(last_day) => {
            let newer = coverages.iter().any(|other| other.covers(date) && other.valid_from >= record.valid_from);
            if newer { State::Replaced { last_day } } else { ended(record, last_day) }
        }
    }
}

fn ended(coverage: &Coverage, last_day: Date) -> State {
    match coverage.loss_reason {
        Some(LossReason::OtherInsurance) => State::Replaced { last_day },
        _ => State::Lapsed { last_day },
    }
}

fn last_ended(coverages: &[Coverage], date: Date) -> Option<(&Coverage, Date)> {
    coverages
        .iter()
        .filter_map(|coverage| coverage.last_day().map(|last_day| (coverage, last_day)))
        .filter(|(coverage, last_day)| *last_day < date && coverage.valid_from <= date)
        .max_by_key(|(coverage, last_day)| (*last_day, recency(coverage)))
}

fn recency(coverage: &Coverage) -> (Date, Option<Date>) {
    (coverage.valid_from, coverage.issued_on)
}

impl State {
    /// The code of OQSCD006 (QualificationValidity): 1 to 5.
    pub fn oqs_code(self) -> u8 {
        match self {
            Self::Valid => 1,
            Self::Lapsed { .. } | Self::NotYet { .. } => 2,
            Self::Replaced { .. } => 3,
            Self::None => 4,
            Self::Several => 5,
        }
    }

    /// What it means for the person at the desk and what to do, in one or two sentences.
    pub fn explained(self) -> Wording {
        match self {
            Self::Valid => Wording::new("この日に有効な資格があります。", "Covered on this date."),
            Self::Lapsed { last_day } => Wording::new(
                format!("資格は{}まででした。新しい資格がないか、ご本人に確認してください。", ja(last_day)),
                format!("Coverage ended on {last_day}. Ask the person whether there is a newer one."),
            ),
            Self::NotYet { from } => Wording::new(
                format!("資格は{}からです。それまでの資格を、ご本人に確認してください。", ja(from)),
                format!("Coverage begins on {from}. Ask the person about the coverage until then."),
            ),
            Self::Replaced { last_day } => Wording::new(
                format!("資格は{}まででした。新しい資格があります。新しい資格で確認してください。", ja(last_day)),
                format!("Coverage ended on {last_day} and was replaced by a newer one. Check the newer one."),
            ),
            Self::None => Wording::new(
                "確認できる記録がありません。無保険という意味ではありません。窓口で再確認してください。",
                "No record could be found. This does not mean that the person is not insured: check again at the desk.",
            ),
            Self::Several => Wording::new(
                "有効な資格が複数あります。どれを使うか、保険者とご本人に確認してください。",
                "Several coverages are valid at once. Ask the insurers and the person which one applies.",
            ),
        }
    }
}

fn ja(date: Date) -> String {
    format!("{}年{}月{}日", date.year(), date.month(), date.day())
}

#[cfg(test)]
mod tests;
