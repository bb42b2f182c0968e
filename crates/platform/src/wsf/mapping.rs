//! Identity mapping (Liberty Identity Mapping Service 2.0): a service that treats a resident gets a token about them for one
//! institution that the office lets it name. It says no more than discovery would, to nobody else, and is in the log before it
//! is made. Nobody becomes known to an institution by it.
//!
//! The resident is the one who the message's own token is about, or, input by input, one whose token stands in the request: the
//! service has it from their login, as it has its own. Each has let it see records, or not, for themselves.

use std::sync::Arc;

use idwsf::{
    EntityId, Fault,
    disco::exchange::Reply,
    dst::Code,
    mapping::{Asked, Request, Whose},
    token::Token,
};
use jiff::Timestamp;
use xml::Fragment;

use super::{
    directory::persons,
    discovery::{Known, is_strong, known},
    places::Places,
};
use crate::{app::App, audit::Receipt};

/// Where services ask for it.
pub(super) const PATH: &str = "/wsf/mapping";

/// A mapping that may be made; the log has it.
pub(super) struct Mapping {
    pub request: Request,
    /// Who lets the service ask, and which institutions the office lets it name.
    pub invoker: Known,
    /// Whom tokens in the request are about.
    pub bearers: Vec<Bearer>,
    /// One for each of them: without it there is none.
    pub _receipts: Vec<Receipt>,
}

/// A token of ours in a request, in the place of the message's own.
pub(super) struct Bearer {
    pub token: Fragment,
    /// Whom it is about; nobody where it is none of this service's, is over, or is of a login that is too weak or too long ago.
    pub known: Option<Known>,
}

/// Opens the tokens that a request brings, each once, and looks up what the service may know of each resident: they have let it see
/// something, or not, each for themselves.
///
/// # Errors
/// The fault to answer with.
pub(super) async fn bearers(
    app: &Arc<App>,
    by: (&EntityId, &[u8]),
    request: &Request,
    now: Timestamp,
) -> Result<Vec<Bearer>, Fault> {
    let mut tokens: Vec<Fragment> = Vec::new();
    for asked in request.inputs.iter().filter_map(|input| input.asked().ok()) {
        if let Whose::Bearer(token) = asked.whose
            && !tokens.contains(token)
        {
            tokens.push(token.clone());
        }
    }
    if tokens.is_empty() {
        return Ok(Vec::new());
    }
    let (here, opened) = (Arc::clone(app), tokens.clone());
    let persons = app.processors.run(move || persons(&here, PATH, &opened, now)).await.ok_or(Fault::Own)?;
    let mut bearers = Vec::with_capacity(tokens.len());
    for (token, person) in tokens.into_iter().zip(persons) {
        let known = match person.filter(|person| is_strong(person, now)) {
            Some(person) => known(app, by, person).await?,
            None => None,
        };
        bearers.push(Bearer { token, known });
    }
    Ok(bearers)
}

impl Mapping {
    /// The answer, with a token for each person who is known there.
    pub(super) fn reply(&self, app: &App) -> Reply {
        let may = |asked: &Asked<'_>| named(&self.invoker.towards, asked.issue_to.as_str());
        Reply::Mapping(self.request.answer(may, |asked| self.token(app, asked)))
    }

    fn token(&self, app: &App, asked: &Asked<'_>) -> Result<Token, Code> {
        let Known { places, person, .. } = self.whom(asked.whose).ok_or(Code::NOT_FOUND)?;
        possible(asked, places)?;
        places.token(app, asked.issue_to, (person.authn, asked.valid_until)).map_err(|error| {
            tracing::error!(code = "WSF-14", %error, "a mapping cannot be made");
            Code::UNEXPECTED_ERROR
        })
    }

    fn whom(&self, whose: Whose<'_>) -> Option<&Known> {
        match whose {
            Whose::Invoker => Some(&self.invoker),
            Whose::Bearer(token) => self.bearers.iter().find(|one| one.token == *token)?.known.as_ref(),
        }
    }
}

/// Whether a token can be made: what is said to be told, and what is told, is decided here.
fn possible(asked: &Asked<'_>, places: &Places) -> Result<(), Code> {
    if !places.knows(asked.issue_to) {
        return Err(Code::NOT_FOUND);
    }
    if asked.valid_until.is_some_and(|until| !places.lasts(until)) {
        // It would be over before it is made.
        return Err(Code::INVALID_DATA);
    }
    Ok(())
}

/// The institutions that a request gets a token for about one person, each once.
pub(super) fn told<'a>(
    request: &'a Request,
    whose: Whose<'_>,
    (places, towards): (&Places, &[String]),
) -> Vec<&'a str> {
    let asked = request.inputs.iter().filter_map(|input| input.asked().ok()).filter(|asked| asked.whose == whose);
    let mut told: Vec<_> = asked
        .filter(|asked| named(towards, asked.issue_to.as_str()) && possible(asked, places).is_ok())
        .map(|asked| asked.issue_to.as_str())
        .collect();
    told.sort_unstable();
    told.dedup();
    told
}

fn named(towards: &[String], provider: &str) -> bool {
    towards.iter().any(|entity| entity == provider)
}
