//! What the answers say together: gaps and overlaps. Made for the page and kept nowhere.

use health::{
    Coverage, InsurerNumber,
    continuity::{self, End, Gap, Need, Overlap, Remedy},
};
use jiff::{ToSpan, civil::Date};
use web::{Lang, clock::Shown};

use super::name;
use crate::{
    exchange::Disclosed,
    wording::{self, Continuity},
};

/// How many days before it comes an end is told: time for a notice, and not so early that every certificate is one.
const AHEAD_DAYS: i32 = 60;

/// For how many years what is over is told: so long can premiums and claims still be put right (国民健康保険法 110条).
const BACK_YEARS: i32 = 2;

/// A thing to know and to do about it.
pub(in crate::resident) struct Finding {
    pub(in crate::resident) title: &'static str,
    pub(in crate::resident) text: String,
    pub(in crate::resident) remedy: String,
}

/// What is said of the records together. A source that gave nothing could hold whatever seems to be missing.
pub(super) fn of(disclosed: &Disclosed, today: Date, lang: Lang) -> (Vec<Finding>, Option<&'static str>) {
    let t = &wording::text(lang).continuity;
    let records: Vec<Coverage> = disclosed.answers.iter().flat_map(|answer| answer.records.iter().cloned()).collect();
    let failed = disclosed.failures.iter();
    let failed =
        failed.map(|failed| failed.source.as_deref().map_or(failed.entity.as_str(), |known| name(known, lang)));
    let failed: Vec<&str> = failed.collect();
    if !failed.is_empty() {
        let text = t.unchecked_text.replace("{}", &failed.join(t.comma));
        return (vec![Finding { title: t.unchecked, text, remedy: String::new() }], None);
    }
    let until = today.saturating_add(AHEAD_DAYS.days());
    let Ok(found) = continuity::of(&records, until) else {
        return (vec![Finding { title: t.unchecked, text: t.unlike.to_owned(), remedy: String::new() }], None);
    };
    let back = today.saturating_sub(BACK_YEARS.years());
    let said = Said { disclosed, t, lang };
    let recent = |overlap: &&Overlap| overlap.last.is_none_or(|last| back <= last);
    let mut findings: Vec<Finding> =
        found.overlaps.iter().filter(recent).map(|overlap| said.overlap(overlap)).collect();
    let open = found.gaps.iter().filter(|gap| back <= gap.last && !gap.explained());
    findings.extend(open.map(|gap| said.gap(gap)));
    findings.extend(found.end.and_then(|end| said.end(&end, today)));
    findings.extend(found.late_elderly_from.map(|day| said.late_elderly(day)));
    let fine = (findings.is_empty() && records.iter().any(|record| record.covers(today))).then_some(t.fine);
    (findings, fine)
}

/// Finds the words.
struct Said<'a> {
    disclosed: &'a Disclosed,
    t: &'static Continuity,
    lang: Lang,
}

impl Said<'_> {
    fn overlap(&self, overlap: &Overlap) -> Finding {
        let remedy = match overlap.remedy {
            Remedy::LeaveNational => self.t.leave_national,
            Remedy::ReportLoss => self.t.report_loss,
            Remedy::ByLaw => self.t.by_law,
            Remedy::AskBoth => self.t.ask_both,
        };
        let text = if overlap.last.is_some() { self.t.overlap_days } else { self.t.overlap_open };
        let (old, new) = (overlap.earlier, Some(overlap.later));
        let fill = |text| self.filled(text, (old, new), (overlap.from, overlap.last));
        Finding { title: self.t.overlap, text: fill(text), remedy: fill(remedy) }
    }

    fn gap(&self, gap: &Gap) -> Finding {
        let text = self.filled(self.t.gap_text, (gap.after, Some(gap.before)), (gap.from, Some(gap.last)));
        Finding { title: self.t.gap, text, remedy: String::new() }
    }

    /// `None` where nothing is needed.
    fn end(&self, end: &End, today: Date) -> Option<Finding> {
        let remedy = match end.need {
            Need::Join => self.t.join,
            Need::JoinOrContinue => self.t.join_or_continue,
            Need::Renewal => self.t.renewal,
            Need::LinkNew => self.t.link_new,
            Need::LateElderly => self.t.late_elderly_text,
            Need::Nothing => return None,
        };
        let title = if end.from <= today { self.t.ended } else { self.t.ending };
        let fill = |text| self.filled(text, (end.after, None), (end.from, None));
        Some(Finding { title, text: fill(self.t.end_day), remedy: fill(remedy) })
    }

    fn late_elderly(&self, day: Date) -> Finding {
        let text = self.t.late_elderly_text.replace("{day}", &Shown::day(day, self.lang).text);
        Finding { title: self.t.late_elderly, text, remedy: String::new() }
    }

    fn filled(
        &self,
        text: &str,
        (old, new): (InsurerNumber, Option<InsurerNumber>),
        (from, last): (Date, Option<Date>),
    ) -> String {
        let day = |day| Shown::day(day, self.lang).text;
        text.replace("{day}", &day(from))
            .replace("{until}", &last.map(day).unwrap_or_default())
            .replace("{old}", &self.insurer(old))
            .replace("{new}", &new.map(|new| self.insurer(new)).unwrap_or_default())
    }

    fn insurer(&self, number: InsurerNumber) -> String {
        let answer = self.disclosed.answers.iter().find(|answer| answer.source.number == number);
        answer.map_or_else(|| number.to_string(), |answer| name(&answer.source, self.lang).to_owned())
    }
}
