//! Health insurance coverage (保険証加入情報), as the insurers answered it a moment ago.

mod continuity;

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};
use health::{Coverage, Relationship, eligibility};
use jiff::civil::Date;
use web::{
    Error, Lang,
    clock::{Shown, japan_date},
};

pub(super) use self::continuity::Finding;
use crate::{
    app::App,
    audit::{self, Actor},
    consent,
    exchange::{self, Answer, Disclosed, Failed, Reason, insurers::Insurer},
    page::{Frame, render},
    purpose::{Category, Purpose},
    session::CardHolder,
    wording::{self, Text},
};

#[derive(Template)]
#[template(path = "resident/coverage.html")]
struct Page {
    frame: Frame,
    t: &'static Text,
    consented: bool,
    several: bool,
    failures: Vec<Notice>,
    findings: Vec<Finding>,
    fine: Option<&'static str>,
    records: Vec<Record>,
    history: Vec<Period>,
}

/// What one insurer answered.
struct Record {
    id: String,
    /// National health insurance is laid out by household, company insurance by employee.
    of_household: bool,
    kind: &'static str,
    insurer: String,
    state: StateWord,
    as_of: Shown,
    /// That its records are old.
    old: Option<String>,
    facts: Option<Facts>,
}

/// The certificate, fact by fact, as written.
struct Facts {
    insurer_number: String,
    symbol_number: String,
    branch: Option<String>,
    name: String,
    kana: String,
    birth: Shown,
    insured: bool,
    insured_name: Option<String>,
    copayment: u8,
    from: Shown,
    until: Option<Shown>,
    address: Option<String>,
}

/// A period in the history.
struct Period {
    class: &'static str,
    from: Shown,
    until: Option<Shown>,
    insurer: String,
    copayment: u8,
    state: StateWord,
}

/// A state in one word, with the icon and class that say the same.
#[derive(Clone, Copy)]
pub(crate) struct StateWord {
    pub(crate) class: &'static str,
    pub(crate) icon: &'static str,
    pub(crate) word: &'static str,
}

/// The page. Without consent nothing is asked; without a log entry nothing is shown.
pub(super) async fn show(State(app): State<Arc<App>>, lang: Lang, holder: CardHolder) -> Result<Response, Error> {
    let t = wording::text(lang);
    let frame = Frame::resident(&app, lang, t.coverage.title).of_resident();
    let consented = consent::check(&app, holder.resident(), Purpose::SelfView).await.map_err(Error::ours)?;
    let Some(consented) = consented else {
        let (failures, records, history) = (Vec::new(), Vec::new(), Vec::new());
        let (findings, fine, several) = (Vec::new(), None, false);
        return render(&Page { frame, t, consented: false, several, failures, findings, fine, records, history });
    };
    let found = exchange::fetch(&app, consented, Actor::Resident, Category::Coverage, holder.authn()).await?;
    let disclosed = audit::disclose(&app, found).await?;
    let today = japan_date(app.clock.now());
    let (findings, fine) = continuity::of(&disclosed, today, lang);
    render(&Page {
        frame,
        t,
        consented: true,
        several: several(&disclosed, today),
        failures: failures(&disclosed, lang),
        findings,
        fine,
        records: disclosed
            .answers
            .iter()
            .enumerate()
            .map(|(place, answer)| Record { old: old(&app, answer, lang), ..record(answer, place, today, lang) })
            .collect(),
        history: history(&disclosed, today, lang),
    })
}

/// What the resident should know and do about overlaps and gaps, where every source has answered. A look like any other: it needs
/// the consent, and it is in the log.
pub(super) async fn findings(app: &Arc<App>, holder: &CardHolder, lang: Lang) -> Result<Vec<Finding>, Error> {
    let consented = consent::check(app, holder.resident(), Purpose::SelfView).await.map_err(Error::ours)?;
    let Some(consented) = consented else { return Ok(Vec::new()) };
    let found = exchange::fetch(app, consented, Actor::Resident, Category::Coverage, holder.authn()).await?;
    let disclosed = audit::disclose(app, found).await?;
    if !disclosed.failures.is_empty() {
        return Ok(Vec::new());
    }
    Ok(continuity::of(&disclosed, japan_date(app.clock.now()), lang).0)
}

/// That a source gave nothing, and why.
pub(crate) struct Notice {
    pub(crate) title: String,
    pub(crate) text: String,
}

/// One notice for every source that gave nothing.
pub(crate) fn failures<T>(disclosed: &Disclosed<T>, lang: Lang) -> Vec<Notice> {
    let t = wording::text(lang);
    let notice = |failed: &Failed| Notice {
        title: t
            .common
            .source_failed
            .replace("{}", failed.source.as_deref().map_or(&failed.entity, |known| name(known, lang))),
        text: [Some(t.reason(failed.reason).to_owned()), last_reached(failed, lang)]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(t.peers.between),
    };
    disclosed.failures.iter().map(notice).collect()
}

/// When a source that could not be reached was reached last, as far back as this process remembers.
fn last_reached(failed: &Failed, lang: Lang) -> Option<String> {
    let unreached = matches!(failed.reason, Reason::Down | Reason::Slow | Reason::Resting);
    let at = failed.source.as_ref().filter(|_| unreached)?.breaker.seen().reached_at?;
    Some(wording::text(lang).peers.last_reached.replace("{}", &Shown::minute(at, lang).text))
}

/// What is said of an answer whose source has not renewed its records for long.
pub(crate) fn old<T>(app: &App, answer: &Answer<T>, lang: Lang) -> Option<String> {
    let age = app.clock.now().duration_since(answer.as_of);
    let day = Shown::day(japan_date(answer.as_of), lang);
    (age > app.insurers.old_after).then(|| wording::text(lang).peers.old.replace("{}", &day.text))
}

/// The name of an insurer in the reader's language.
pub(crate) fn name(insurer: &Insurer, lang: Lang) -> &str {
    match lang {
        Lang::Ja => &insurer.name,
        Lang::En => &insurer.name_en,
    }
}

/// A state in one word.
pub(crate) fn state_word(state: eligibility::State, t: &'static Text) -> StateWord {
    let (class, icon, word) = match state {
        eligibility::State::Valid => ("ok", "check", t.common.valid),
        eligibility::State::Lapsed { .. } | eligibility::State::Replaced { .. } => ("bad", "cross", t.common.not_valid),
        eligibility::State::NotYet { .. } => ("soon", "clock", t.common.future),
        eligibility::State::None | eligibility::State::Several => ("warn", "alert", t.common.check),
    };
    StateWord { class, icon, word }
}

/// Whether two insurers both say that the person is covered today.
fn several(disclosed: &Disclosed, today: Date) -> bool {
    let all: Vec<Coverage> = disclosed.answers.iter().flat_map(|answer| answer.records.iter().cloned()).collect();
    eligibility::on(&all, today).state == eligibility::State::Several
}

fn record(answer: &Answer, place: usize, today: Date, lang: Lang) -> Record {
    let t = wording::text(lang);
    let found = eligibility::on(&answer.records, today);
    let scheme = answer.source.number.scheme();
    Record {
        id: format!("record-{place}"),
        of_household: scheme.names_householder(),
        kind: match lang {
            Lang::Ja => scheme.name_ja(),
            Lang::En => scheme.name_en(),
        },
        insurer: name(&answer.source, lang).to_owned(),
        state: state_word(found.state, t),
        as_of: Shown::minute(answer.as_of, lang),
        old: None,
        facts: found.shown.map(|shown| facts(shown, lang)),
    }
}

fn facts(coverage: &Coverage, lang: Lang) -> Facts {
    let symbol = coverage.symbol.iter().cloned();
    Facts {
        insurer_number: coverage.insurer.to_string(),
        symbol_number: symbol.chain([coverage.number.clone()]).collect::<Vec<_>>().join(" ・ "),
        branch: coverage.branch.clone(),
        name: coverage.person.name.clone(),
        kana: coverage.person.kana.clone(),
        birth: Shown::day(coverage.person.birth, lang),
        insured: coverage.relationship == Relationship::Insured,
        insured_name: coverage.insured_name.clone(),
        copayment: coverage.copayment.tenths(),
        from: Shown::day(coverage.valid_from, lang),
        until: coverage.last_day().map(|day| Shown::day(day, lang)),
        address: coverage.person.address.clone(),
    }
}

/// Every period of every insurer, the latest first.
fn history(disclosed: &Disclosed, today: Date, lang: Lang) -> Vec<Period> {
    let t = wording::text(lang);
    let periods = disclosed.answers.iter().flat_map(|answer| answer.records.iter().map(move |period| (answer, period)));
    let mut periods: Vec<_> = periods.collect();
    periods.sort_by_key(|(_, period)| std::cmp::Reverse((period.valid_from, period.issued_on)));
    let line = |(answer, period): (&Answer, &Coverage)| {
        let state = eligibility::of(period, &answer.records, today);
        Period {
            class: match state {
                eligibility::State::Valid => "now",
                eligibility::State::NotYet { .. } => "next",
                _ => "past",
            },
            from: Shown::day(period.valid_from, lang),
            until: period.last_day().map(|day| Shown::day(day, lang)),
            insurer: name(&answer.source, lang).to_owned(),
            copayment: period.copayment.tenths(),
            state: state_word(state, t),
        }
    };
    periods.into_iter().map(line).collect()
}
