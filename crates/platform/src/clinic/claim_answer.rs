//! What a clinic's own software is told: what the desk's page shows, as JSON.

use health::{
    Coverage, InsurerNumber,
    continuity::{self, Continuity},
    eligibility::{self, State},
};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use web::Lang;

use crate::{
    app::App,
    exchange::{self, Disclosed, Failed},
    resident::insurer_name,
    wording,
};

/// What was asked, when, and in what language.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    pub(super) date: Date,
    pub(super) at: Timestamp,
    pub(super) lang: Lang,
}

/// The answer for one person on one date.
#[derive(Serialize)]
pub(super) struct Answer {
    date: Date,
    asked_at: Timestamp,
    /// `valid`, `several`, `lapsed`, `not-yet`, `replaced`, `none`, or `unknown` where a source is missing.
    verdict: &'static str,
    explained: String,
    /// Whether the check that the reference is of showed something else; `None` where it was about another date, or where a source
    /// was missing at either of the two.
    changed: Option<bool>,
    /// On which coverage the verdict rests.
    coverage: Option<Shown>,
    sources: Vec<Source>,
    overlaps: Vec<Overlap>,
    gaps: Vec<Gap>,
    missing: Vec<Missing>,
    /// Where the binding check is.
    notice: &'static str,
}

/// A coverage, and whose it is: no more than the desk's page shows.
#[derive(Serialize)]
struct Shown {
    name: String,
    kana: String,
    birth: Date,
    insurer: InsurerNumber,
    insurer_name: String,
    symbol: Option<String>,
    number: String,
    branch: Option<String>,
    /// What the person pays themselves, in tenths.
    copayment_tenths: u8,
    valid_from: Date,
    last_day: Option<Date>,
    as_of: Option<Timestamp>,
}

/// What one insurer says of the date.
#[derive(Serialize)]
struct Source {
    insurer: InsurerNumber,
    insurer_name: String,
    verdict: &'static str,
    valid_from: Option<Date>,
    last_day: Option<Date>,
    as_of: Timestamp,
    /// Whether the insurer has not renewed its records for long.
    old: bool,
}

/// Days that two insurers claim, the date among them.
#[derive(Serialize)]
struct Overlap {
    earlier: InsurerNumber,
    later: InsurerNumber,
    from: Date,
    last: Option<Date>,
}

/// Days that no insurer claims, the date among them.
#[derive(Serialize)]
struct Gap {
    after: InsurerNumber,
    before: InsurerNumber,
    from: Date,
    last: Date,
}

/// A source that gave nothing.
#[derive(Serialize)]
struct Missing {
    insurer: Option<InsurerNumber>,
    insurer_name: String,
    code: &'static str,
    text: &'static str,
}

impl Answer {
    /// Everything that was disclosed, and what it means.
    pub(super) fn of(app: &App, disclosed: &Disclosed, asked: Asked, changed: Option<bool>) -> Self {
        let t = wording::text(asked.lang);
        let periods = disclosed.periods();
        let found = eligibility::on(&periods, asked.date);
        let said = said(found.state, disclosed);
        let explained = found.state.explained();
        let explained = match asked.lang {
            Lang::Ja => explained.ja,
            Lang::En => explained.en,
        };
        let together = together(disclosed, asked.date);
        Self {
            date: asked.date,
            asked_at: asked.at,
            verdict: if said { verdict(found.state) } else { "unknown" },
            explained: if said { explained } else { t.eligibility.down_text.to_owned() },
            changed,
            coverage: found.shown.map(|coverage| shown(coverage, disclosed, asked.lang)),
            sources: disclosed.answers.iter().map(|answer| source(app, answer, asked)).collect(),
            overlaps: overlaps(&together, asked.date),
            gaps: if said { gaps(&together, asked.date) } else { Vec::new() },
            missing: disclosed.failures.iter().map(|failed| missing(failed, asked.lang)).collect(),
            notice: t.common.binding,
        }
    }
}

/// Whether the verdict holds although a source may be missing: coverage that is there is there.
fn said(state: State, disclosed: &Disclosed) -> bool {
    matches!(state, State::Valid | State::Several) || disclosed.failures.is_empty()
}

fn verdict(state: State) -> &'static str {
    match state {
        State::Valid => "valid",
        State::Several => "several",
        State::Lapsed { .. } => "lapsed",
        State::NotYet { .. } => "not-yet",
        State::Replaced { .. } => "replaced",
        State::None => "none",
    }
}

fn shown(coverage: &Coverage, disclosed: &Disclosed, lang: Lang) -> Shown {
    let answer = disclosed.answers.iter().find(|answer| answer.source.number == coverage.insurer);
    Shown {
        name: coverage.person.name.clone(),
        kana: coverage.person.kana.clone(),
        birth: coverage.person.birth,
        insurer: coverage.insurer,
        insurer_name: answer.map(|answer| insurer_name(&answer.source, lang).to_owned()).unwrap_or_default(),
        symbol: coverage.symbol.clone(),
        number: coverage.number.clone(),
        branch: coverage.branch.clone(),
        copayment_tenths: coverage.copayment.tenths(),
        valid_from: coverage.valid_from,
        last_day: coverage.last_day(),
        as_of: answer.map(|answer| answer.as_of),
    }
}

fn source(app: &App, answer: &exchange::Answer, asked: Asked) -> Source {
    let found = eligibility::on(&answer.records, asked.date);
    Source {
        insurer: answer.source.number,
        insurer_name: insurer_name(&answer.source, asked.lang).to_owned(),
        verdict: verdict(found.state),
        valid_from: found.shown.map(|shown| shown.valid_from),
        last_day: found.shown.and_then(Coverage::last_day),
        as_of: answer.as_of,
        old: asked.at.duration_since(answer.as_of) > app.insurers.old_after,
    }
}

/// How all periods fit together; nothing where they cannot be about one person.
fn together(disclosed: &Disclosed, date: Date) -> Continuity {
    continuity::of(&disclosed.periods(), date).unwrap_or_default()
}

fn overlaps(found: &Continuity, date: Date) -> Vec<Overlap> {
    let claimed = |one: &&continuity::Overlap| one.from <= date && one.last.is_none_or(|last| date <= last);
    let told =
        |one: &continuity::Overlap| Overlap { earlier: one.earlier, later: one.later, from: one.from, last: one.last };
    found.overlaps.iter().filter(claimed).map(told).collect()
}

fn gaps(found: &Continuity, date: Date) -> Vec<Gap> {
    let open = |gap: &&continuity::Gap| gap.from <= date && date <= gap.last && !gap.explained();
    let told = |gap: &continuity::Gap| Gap { after: gap.after, before: gap.before, from: gap.from, last: gap.last };
    found.gaps.iter().filter(open).map(told).collect()
}

fn missing(failed: &Failed, lang: Lang) -> Missing {
    let source = failed.source.as_deref();
    Missing {
        insurer: source.map(|source| source.number),
        insurer_name: source.map_or(failed.entity.as_str(), |source| insurer_name(source, lang)).to_owned(),
        code: failed.reason.code(),
        text: wording::text(lang).reason(failed.reason),
    }
}
