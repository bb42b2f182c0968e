//! Identity mapping (Liberty Identity Mapping Service 2.0): a service that treats a resident gets a token about them for one
//! institution that the office lets it name. It says no more than discovery would, to nobody else, and is in the log before it
//! is made. Nobody becomes known to an institution by it.

use idwsf::{
    disco::exchange::{Person, Reply},
    dst::Code,
    mapping::{Asked, Request, Whose},
    token::Token,
};

use super::places::Places;
use crate::{app::App, audit::Receipt};

/// Where services ask for it.
pub(super) const PATH: &str = "/wsf/mapping";

/// A mapping that may be made; the log has it.
pub(super) struct Mapping {
    pub request: Request,
    pub places: Places,
    pub person: Person,
    /// The institutions that the office lets the service name.
    pub towards: Vec<String>,
    /// Without it there is none.
    pub _receipt: Receipt,
}

impl Mapping {
    /// The answer, with a token for each person who is known there.
    pub(super) fn reply(&self, app: &App) -> Reply {
        let may = |asked: &Asked<'_>| named(&self.towards, asked.issue_to.as_str());
        Reply::Mapping(self.request.answer(may, |asked| self.token(app, asked)))
    }

    fn token(&self, app: &App, asked: &Asked<'_>) -> Result<Token, Code> {
        possible(asked, &self.places)?;
        self.places.token(app, asked.issue_to, (self.person.authn, asked.valid_until)).map_err(|error| {
            tracing::error!(code = "WSF-14", %error, "a mapping cannot be made");
            Code::UNEXPECTED_ERROR
        })
    }
}

/// Whether a token can be made: what is said to be told, and what is told, is decided here.
fn possible(asked: &Asked<'_>, places: &Places) -> Result<(), Code> {
    if asked.whose != Whose::Invoker {
        // The service speaks for the resident who has logged in there and for nobody else.
        return Err(Code::EXTENSION_NOT_SUPPORTED);
    }
    if !places.knows(asked.issue_to) {
        return Err(Code::NOT_FOUND);
    }
    if asked.valid_until.is_some_and(|until| !places.lasts(until)) {
        // It would be over before it is made.
        return Err(Code::INVALID_DATA);
    }
    Ok(())
}

/// The institutions that a request gets a token for, each once.
pub(super) fn told<'a>(request: &'a Request, places: &Places, towards: &[String]) -> Vec<&'a str> {
    let asked = request.inputs.iter().filter_map(|input| input.asked().ok());
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
