//! The eligibility screen (資格確認): is the person whose card lies on the reader covered today, and on what terms?

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use card::protocol::{Proof, Sid};
use health::{Coverage, eligibility};
use jiff::civil::Date;
use saml::{Authn, AuthnClass};
use serde::Deserialize;
use web::{
    Error, Lang,
    clock::{Shown, japan_date},
};

use super::{
    date::Asked,
    reference::{self, Reference},
    sources::{self, Source},
};
use crate::{
    app::App,
    audit::{self, Actor},
    card::attempt::{self, Failure, Kind},
    consent::{self, Consented},
    exchange::{self, Disclosed},
    page::{Frame, render},
    purpose::{Category, Purpose},
    resident::{Notice, StateWord, failures, insurer_name},
    session::Clerk,
    wording::{self, Text},
};

#[derive(Template)]
#[template(path = "clinic/eligibility.html")]
pub(super) struct Page {
    frame: Frame,
    t: &'static Text,
    date: Shown,
    verdict: StateWord,
    explained: String,
    /// Where it was checked before: whether it is as it was then.
    pub(super) since: Option<Since>,
    facts: Option<Facts>,
    /// What the insurers say together.
    together: Vec<Notice>,
    sources: Vec<Source>,
    failures: Vec<Notice>,
    /// What the desk's software asks by before a claim.
    reference: String,
}

/// What has become of an answer since it was given.
pub(super) struct Since {
    /// Class and icon.
    pub(super) look: (&'static str, &'static str),
    pub(super) notice: Notice,
}

/// What a reception needs to know, and no more.
struct Facts {
    name: String,
    kana: String,
    birth: Shown,
    copayment: u8,
    insurer: String,
    insurer_number: String,
    symbol_number: String,
    branch: Option<String>,
    until: Option<Shown>,
    as_of: Option<Shown>,
}

#[derive(Template)]
#[template(path = "clinic/refused.html")]
struct RefusedPage {
    frame: Frame,
    t: &'static Text,
    text: String,
    code: &'static str,
}

/// What the page's script sends when a card has proved itself to the desk's reader.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Touch {
    sid: String,
    proof: String,
}

/// Answers a card on the reader with the eligibility screen.
pub(super) async fn check(
    State(app): State<Arc<App>>,
    lang: Lang,
    clerk: Clerk,
    Query(asked): Query<Asked>,
    Form(touch): Form<Touch>,
) -> Result<Response, Error> {
    let t = wording::text(lang);
    let today = japan_date(app.clock.now());
    let date = asked.on(today).map_err(|_| Error::Refused { code: "EXCHANGE-10" })?;
    let refuse = |title, text: String, code| {
        refused(Frame::clinic(&app, lang, title).of_user(&clerk.staff.display_name), text, code)
    };
    let malformed = || Error::Refused { code: "CARD-04" };
    let sid: Sid = touch.sid.parse().map_err(|_| malformed())?;
    let proof: Proof = serde_json::from_str(&touch.proof).map_err(|_| malformed())?;
    let proved = match attempt::prove(&app, Kind::Reception, &sid, clerk.desk, &proof).await {
        Ok(proved) => proved,
        Err(Failure::Refused(refusal)) => {
            tracing::info!(code = refusal.code(), "{refusal}");
            return refuse(t.eligibility.refused, t.refusal(refusal), refusal.code());
        }
        Err(failure) => return Err(Error::ours(failure)),
    };
    let purpose = Purpose::EligibilityCheck;
    let Some(consented) = consent::check(&app, proved.resident, purpose).await.map_err(Error::ours)? else {
        let text = t.eligibility.no_consent.to_owned();
        return refuse(t.eligibility.no_consent_title, text, "CONSENT-01");
    };
    let actor = Actor::Institution { code: clerk.staff.institution.clone(), staff: Some(clerk.staff.id) };
    // The card was on the reader a moment ago.
    let authn = Authn { instant: app.clock.now(), class: AuthnClass::Smartcard };
    let disclosed = looked(&app, consented, actor, date, authn).await?;
    let checked = Reference {
        resident: proved.resident,
        checked_at: authn.instant,
        date,
        outcome: reference::outcome(&app, &disclosed, date)?,
    };
    let reference = checked.seal(&app, &clerk.staff.institution)?;
    let frame = Frame::clinic(&app, lang, t.eligibility.title).of_user(&clerk.staff.display_name);
    render(&page(&app, &disclosed, (date, reference), frame))
}

/// The page that says why nothing is shown.
pub(super) fn refused(frame: Frame, text: String, code: &'static str) -> Result<Response, Error> {
    let t = wording::text(Lang::from_tag(frame.lang).unwrap_or_default());
    let page = render(&RefusedPage { frame, t, text, code })?;
    Ok((StatusCode::FORBIDDEN, page).into_response())
}

/// Asks every insurer about the date, and opens the answers once the look is in the log.
///
/// # Errors
/// When the database or the log fails. An insurer that fails is part of what is disclosed.
pub(super) async fn looked(
    app: &Arc<App>,
    consented: Consented,
    actor: Actor,
    date: Date,
    authn: Authn,
) -> Result<Disclosed, Error> {
    let today = japan_date(app.clock.now());
    let category = if date == today { Category::Eligibility } else { Category::EligibilityOn(date) };
    let found = exchange::fetch(app, consented, actor, category, authn).await?;
    audit::disclose(app, found).await
}

/// The screen for a date, with the reference by which it can be asked about once more.
pub(super) fn page(app: &App, disclosed: &Disclosed, (date, reference): (Date, String), frame: Frame) -> Page {
    let lang = Lang::from_tag(frame.lang).unwrap_or_default();
    let t = wording::text(lang);
    let periods = disclosed.periods();
    let found = eligibility::on(&periods, date);
    let (verdict, explained) = verdict(found.state, disclosed, lang);
    Page {
        frame,
        t,
        date: Shown::day(date, lang),
        verdict,
        explained,
        since: None,
        together: sources::together(disclosed, date, lang),
        sources: sources::all(app, disclosed, date, lang),
        facts: found.shown.map(|shown| facts(shown, disclosed, lang)),
        failures: failures(disclosed, lang),
        reference,
    }
}

/// The one answer of the page. Where a source is missing, nobody can say that there is no coverage.
fn verdict(state: eligibility::State, disclosed: &Disclosed, lang: Lang) -> (StateWord, String) {
    let t = &wording::text(lang).eligibility;
    let explained = state.explained();
    let explained = match lang {
        Lang::Ja => explained.ja,
        Lang::En => explained.en,
    };
    let word = |class, icon, word| StateWord { class, icon, word };
    match state {
        eligibility::State::Valid => (word("ok", "check", t.valid), explained),
        eligibility::State::Several => (word("warn", "alert", t.several), explained),
        _ if !disclosed.failures.is_empty() => (word("down", "down", t.down), t.down_text.to_owned()),
        eligibility::State::None => (word("warn", "alert", t.unknown), explained),
        eligibility::State::Lapsed { .. } | eligibility::State::NotYet { .. } | eligibility::State::Replaced { .. } => {
            (word("bad", "cross", t.not_valid), explained)
        }
    }
}

fn facts(shown: &Coverage, disclosed: &Disclosed, lang: Lang) -> Facts {
    let answer = disclosed.answers.iter().find(|answer| answer.source.number == shown.insurer);
    let symbol = shown.symbol.iter().cloned();
    Facts {
        name: shown.person.name.clone(),
        kana: shown.person.kana.clone(),
        birth: Shown::day(shown.person.birth, lang),
        copayment: shown.copayment.tenths(),
        insurer: answer.map(|answer| insurer_name(&answer.source, lang).to_owned()).unwrap_or_default(),
        insurer_number: shown.insurer.to_string(),
        symbol_number: symbol.chain([shown.number.clone()]).collect::<Vec<_>>().join(" ・ "),
        branch: shown.branch.clone(),
        until: shown.last_day().map(|day| Shown::day(day, lang)),
        as_of: answer.map(|answer| Shown::minute(answer.as_of, lang)),
    }
}
