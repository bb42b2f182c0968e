//! The door for a clinic's own software (レセコン): which insurer answers for a date, before a claim is sent.
//!
//! The software shows its institution's key, which the office has issued, and the reference of a check that was made at the desk. The
//! rest is as at the desk: consent, the question to every insurer, the log, and only then the answer.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State as Of,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use health::eligibility;
use jiff::{SignedDuration, civil::Date};
use serde::Deserialize;
use serde_json::json;
use web::{Error, Lang, clock::japan_date};

use super::{
    claim_answer::{Answer, Asked},
    eligibility::looked,
    reference::{self, Reference},
};
use crate::{
    app::App,
    audit::Actor,
    consent,
    exchange::Disclosed,
    idp::seen,
    ids::StaffId,
    session::sha256,
    store,
    wording::{self, Claims},
};

/// How often a clinic is answered about the same person within [`WITHIN`]: a desk needs the card each time.
const QUESTIONS_MAX: u8 = 10;

/// Any such stretch of time.
const WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// Largest question.
pub(super) const BODY_BYTES_MAX: usize = 4 * 1024;

/// What is asked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    /// As the desk's page showed it after the check.
    reference: String,
    /// `2026-10-05`; the date of that check, if there is none.
    date: Option<Date>,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No key, or one that was withdrawn.
    Key,
    /// Not a question.
    Question,
    /// No reference of this institution, or one that is over.
    Reference,
    /// Another month, or one that may not be asked about.
    Date,
    /// Too often.
    TooOften,
    /// The resident has not consented.
    Consent,
}

/// `POST /claims/check`.
pub(super) async fn check(
    Of(app): Of<Arc<App>>,
    lang: Lang,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Error> {
    match answered(&app, lang, &headers, &body).await? {
        Ok(answer) => Ok(Json(answer).into_response()),
        Err(refusal) => Ok(refusal.response(lang)),
    }
}

async fn answered(
    app: &Arc<App>,
    lang: Lang,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Result<Answer, Refusal>, Error> {
    let Some(institution) = institution(app, headers).await? else { return Ok(Err(Refusal::Key)) };
    let Ok(question) = serde_json::from_slice::<Question>(body) else { return Ok(Err(Refusal::Question)) };
    let checked = match again(app, (&institution, None), &question.reference, question.date).await? {
        Ok(checked) => checked,
        Err(refusal) => return Ok(Err(refusal)),
    };
    tracing::info!(code = "CLN-06", "a clinic's software has asked before a claim");
    let asked = Asked { date: checked.date, at: app.clock.now(), lang };
    Ok(Ok(Answer::of(app, &checked.disclosed, asked, checked.changed)))
}

/// What a check by reference has found.
pub(super) struct Again {
    /// The check that the reference is of.
    pub(super) checked: Reference,
    /// The date that was asked about.
    pub(super) date: Date,
    pub(super) disclosed: Disclosed,
    /// Whether that check has shown something else; none where it was about another date, or where either could not say.
    pub(super) changed: Option<bool>,
}

/// Checks once more by the reference that `institution` was given; for its own date, unless another is named. `by` asks; without
/// them, the institution's software by itself.
///
/// # Errors
/// When the database, the key store or the log fails.
pub(super) async fn again(
    app: &Arc<App>,
    (institution, by): (&str, Option<StaffId>),
    reference: &str,
    date: Option<Date>,
) -> Result<Result<Again, Refusal>, Error> {
    let Some(reference) = Reference::open(app, institution, reference) else { return Ok(Err(Refusal::Reference)) };
    let date = date.unwrap_or(reference.date);
    let dates = eligibility::dates(japan_date(app.clock.now()));
    if !reference.dates().contains(&date) || !dates.contains(&date) {
        return Ok(Err(Refusal::Date));
    }
    let about = format!("claims {institution} {}", hex::encode(reference.resident.bytes()));
    if !seen::spend(app, &app.idp_entity, &about, (QUESTIONS_MAX, WITHIN)).await? {
        return Ok(Err(Refusal::TooOften));
    }
    let consented = consent::check_before_claim(app, reference.resident).await.map_err(Error::ours)?;
    let Some(consented) = consented else { return Ok(Err(Refusal::Consent)) };
    let actor = Actor::Institution { code: institution.to_owned(), staff: by };
    let disclosed = looked(app, consented, actor, date, reference.authn()).await?;
    let then = reference.outcome.filter(|_| date == reference.date);
    let changed = then.zip(reference::outcome(app, &disclosed, date)?).map(|(then, now)| then != now);
    Ok(Ok(Again { checked: reference, date, disclosed, changed }))
}

/// Whose software it is.
async fn institution(app: &App, headers: &HeaderMap) -> Result<Option<String>, Error> {
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some(shown) = shown.and_then(|value| value.strip_prefix("Bearer ")) else { return Ok(None) };
    store::institution_key::holder(&app.db, sha256(shown.trim().as_bytes())).await.map_err(Error::ours)
}

impl Refusal {
    fn response(self, lang: Lang) -> Response {
        let status = match self {
            Self::Key => StatusCode::UNAUTHORIZED,
            Self::Question => StatusCode::BAD_REQUEST,
            Self::Reference => StatusCode::NOT_FOUND,
            Self::Date => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooOften => StatusCode::TOO_MANY_REQUESTS,
            Self::Consent => StatusCode::FORBIDDEN,
        };
        let code = self.code();
        tracing::info!(code, "a clinic's software was not answered");
        let text = self.text(wording::text(lang));
        (status, Json(json!({ "error": { "code": code, "text": text } }))).into_response()
    }

    /// The stable code, explained in the operator's guide.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Key => "CLN-01",
            Self::Question => "CLN-02",
            Self::Reference => "CLN-03",
            Self::Date => "CLN-04",
            Self::TooOften => "CLN-05",
            Self::Consent => "CONSENT-01",
        }
    }

    /// What it says to whoever asks.
    pub(super) fn text(self, t: &'static wording::Text) -> &'static str {
        let Claims { refused, .. } = &t.on_date.claims;
        match self {
            Self::Key => refused.key,
            Self::Question => refused.question,
            Self::Reference => refused.reference,
            Self::Date => refused.date,
            Self::TooOften => refused.too_often,
            Self::Consent => t.eligibility.no_consent,
        }
    }
}
