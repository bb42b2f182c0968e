//! The gate before a file that differs too much from the one before: a truncated extract, or one of the wrong day, looks
//! sound row by row. A rule of its own, without a database.

use serde::{Deserialize, Serialize};

use super::Figures;

/// How much a file may differ from the one before without a second person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// More or fewer rows, in per cent of those before.
    pub rows: u32,
    /// More or fewer of the rows that have run out, in percentage points.
    pub lapsed: u32,
    /// More or fewer of the rows of a copayment, in percentage points.
    pub copayment: u32,
    /// Fewer rows, in per cent of those before, where each file brings some more.
    pub fewer: u32,
    /// Rows that take the place of others, in per cent of the file's, where each file brings some more.
    pub replaced: u32,
    /// A difference of fewer rows is none: in a small file a few rows are many per cent.
    pub few: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { rows: 10, lapsed: 5, copayment: 5, fewer: 50, replaced: 20, few: 20 }
    }
}

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// How many rows.
    Rows,
    /// How many of them have run out.
    Lapsed,
    /// How many of them are of one tenth.
    OneTenth,
    /// How many of them are of two tenths.
    TwoTenths,
    /// How many of them are of three tenths.
    ThreeTenths,
    /// How many take the place of others.
    Replaced,
}

impl Measure {
    /// The part in its English name.
    pub fn english(self) -> &'static str {
        match self {
            Measure::Rows => "rows",
            Measure::Lapsed => "rows that have run out",
            Measure::OneTenth => "rows of 10 %",
            Measure::TwoTenths => "rows of 20 %",
            Measure::ThreeTenths => "rows of 30 %",
            Measure::Replaced => "rows in the place of others",
        }
    }
}

/// A figure that differs too much: before and now, each of so many rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// Which figure.
    pub measure: Measure,
    /// In the import before.
    pub before: u64,
    /// Of so many rows.
    pub before_of: u64,
    /// In this one.
    pub now: u64,
    /// Of so many rows.
    pub now_of: u64,
}

/// Which figures differ too much.
pub(super) fn judge(limits: &Limits, before: &Figures, now: &Figures) -> Vec<Drift> {
    let drift = |measure, was, is| Drift { measure, before: was, before_of: before.rows, now: is, now_of: now.rows };
    let mut found = Vec::new();
    let difference = before.rows.abs_diff(now.rows);
    if difference >= u64::from(limits.few) && beyond(difference, before.rows, limits.rows) {
        found.push(drift(Measure::Rows, before.rows, now.rows));
    }
    let (Some(was), Some(is)) = (before.shares, now.shares) else { return found };
    let [was_one, was_two, was_three] = was.copayments;
    let [is_one, is_two, is_three] = is.copayments;
    for (measure, was, is, limit) in [
        (Measure::Lapsed, was.lapsed, is.lapsed, limits.lapsed),
        (Measure::OneTenth, was_one, is_one, limits.copayment),
        (Measure::TwoTenths, was_two, is_two, limits.copayment),
        (Measure::ThreeTenths, was_three, is_three, limits.copayment),
    ] {
        let drift = drift(measure, was, is);
        if moved(&drift, limit, limits.few) {
            found.push(drift);
        }
    }
    found
}

/// The same where each file brings some more: a file cut short, or one that rewrites what was known.
pub(super) fn judge_increment(limits: &Limits, before: Option<&Figures>, now: &Figures, changed: u64) -> Vec<Drift> {
    let mut found = Vec::new();
    if let Some(before) = before {
        let fewer = before.rows.saturating_sub(now.rows);
        if fewer >= u64::from(limits.few) && beyond(fewer, before.rows, limits.fewer) {
            found.push(Drift {
                measure: Measure::Rows,
                before: before.rows,
                before_of: before.rows,
                now: now.rows,
                now_of: now.rows,
            });
        }
    }
    if changed >= u64::from(limits.few) && beyond(changed, now.rows, limits.replaced) {
        found.push(Drift { measure: Measure::Replaced, before: 0, before_of: 0, now: changed, now_of: now.rows });
    }
    found
}

/// Whether a share has moved by more than `limit` percentage points, and by `few` rows of the new file at least.
fn moved(drift: &Drift, limit: u32, few: u32) -> bool {
    // As fractions of one denominator: nothing is rounded, and nothing is divided by the rows of an empty file.
    let wide = u128::from;
    let difference = (wide(drift.before) * wide(drift.now_of)).abs_diff(wide(drift.now) * wide(drift.before_of));
    let of = wide(drift.before_of) * wide(drift.now_of);
    difference * 100 > of * u128::from(limit) && difference >= wide(drift.before_of) * u128::from(few)
}

fn beyond(difference: u64, of: u64, percent: u32) -> bool {
    u128::from(difference) * 100 > u128::from(of) * u128::from(percent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::Shares;

    fn figures(rows: u64, lapsed: u64, copayments: [u64; 3]) -> Figures {
        Figures { rows, shares: Some(Shares { lapsed, copayments }) }
    }

    fn measures(before: &Figures, now: &Figures) -> Vec<Measure> {
        judge(&Limits::default(), before, now).iter().map(|drift| drift.measure).collect()
    }

    #[test]
    fn a_file_like_the_one_before_needs_nobody_else() {
        let before = figures(1000, 100, [100, 200, 700]);
        assert_eq!(measures(&before, &before), []);
        assert_eq!(measures(&before, &figures(1100, 150, [110, 220, 770])), []);
        assert_eq!(measures(&before, &figures(900, 130, [110, 150, 640])), []);
    }

    #[test]
    fn each_figure_has_a_limit_of_its_own() {
        let before = figures(1000, 100, [100, 200, 700]);
        assert_eq!(measures(&before, &figures(1101, 110, [110, 220, 771])), [Measure::Rows]);
        assert_eq!(measures(&before, &figures(500, 50, [50, 100, 350])), [Measure::Rows]);
        assert_eq!(measures(&before, &figures(1000, 151, [100, 200, 700])), [Measure::Lapsed]);
        assert_eq!(measures(&before, &figures(1000, 100, [160, 200, 640])), [Measure::OneTenth, Measure::ThreeTenths]);
    }

    #[test]
    fn a_few_rows_are_no_drift_however_small_the_file() {
        assert_eq!(measures(&figures(2, 0, [0, 0, 2]), &figures(20, 9, [9, 0, 11])), []);
        assert_eq!(measures(&figures(0, 0, [0; 3]), &figures(19, 0, [0, 0, 19])), []);
        assert_eq!(measures(&figures(2, 0, [0, 0, 2]), &figures(22, 0, [0, 0, 22])), [Measure::Rows]);
    }

    #[test]
    fn a_file_that_brings_some_more_may_not_shrink_or_rewrite_much() {
        let rows = |rows| Figures { rows, shares: None };
        let measures = |before: Option<u64>, now, changed| -> Vec<Measure> {
            let before = before.map(rows);
            let found = judge_increment(&Limits::default(), before.as_ref(), &rows(now), changed);
            found.iter().map(|drift| drift.measure).collect()
        };
        assert_eq!(measures(None, 1000, 0), []);
        assert_eq!(measures(Some(1000), 5000, 0), [], "more is no drift");
        assert_eq!(measures(Some(1000), 500, 100), []);
        assert_eq!(measures(Some(1000), 499, 0), [Measure::Rows]);
        assert_eq!(measures(Some(1000), 1000, 201), [Measure::Replaced]);
        assert_eq!(measures(Some(30), 20, 19), [], "few rows");
    }

    #[test]
    fn what_was_not_counted_is_not_compared() {
        let before = Figures { rows: 1000, shares: None };
        assert_eq!(measures(&before, &figures(1000, 1000, [1000, 0, 0])), []);
    }
}
