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
        if asked.whose != Whose::Invoker {
            // The service speaks for the resident who has logged in there and for nobody else.
            return Err(Code::EXTENSION_NOT_SUPPORTED);
        }
        if !self.places.knows(asked.issue_to) {
            return Err(Code::NOT_FOUND);
        }
        self.places.token(app, asked.issue_to, (self.person.authn, asked.valid_until)).map_err(|error| {
            tracing::error!(code = "WSF-14", %error, "a mapping cannot be made");
            Code::UNEXPECTED_ERROR
        })
    }
}

/// The institutions that a request names, which the office allows and the resident is known at, each once.
pub(super) fn told<'a>(request: &'a Request, places: &Places, towards: &[String]) -> Vec<&'a str> {
    let named_to = request.inputs.iter().filter_map(|input| input.policy.as_ref()?.issue_to.as_ref());
    let mut told: Vec<_> = named_to
        .filter(|provider| named(towards, provider.as_str()) && places.knows(provider))
        .map(|provider| provider.as_str())
        .collect();
    told.sort_unstable();
    told.dedup();
    told
}

fn named(towards: &[String], provider: &str) -> bool {
    towards.iter().any(|entity| entity == provider)
}
