//! Who is attacked: a service that receives our responses, we as identity provider, and an insurer's node.

use idwsf::token::Covered;
use saml::{
    EntityId, Refused,
    metadata::ServiceProvider,
    receive::{self, Received},
    service::{self, Service},
    wire::{Direction, soap_envelope},
};
use xml::Fragment;

use crate::{
    Case, Outcome, case,
    login::{self, Pair, message_id},
    provider,
    world::{self, P256, RSA},
};

pub(crate) struct Stage {
    /// Our identity provider, and a service that receives.
    pub(crate) login: Pair,
    /// A relay and an insurer.
    pub(crate) framework: provider::World,
    /// The same, the insurer with a key on P-256 for its tokens.
    pub(crate) agreeing: provider::World,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self { login: Pair::new(&RSA), framework: provider::World::new(), agreeing: provider::World::agreeing() }
    }

    /// A response whose assertion is signed.
    pub(crate) fn signed_assertion(&self) -> String {
        self.login.login(|_| {})
    }

    /// A response that is signed as a whole, its assertion not by itself.
    pub(crate) fn signed_response(&self) -> String {
        self.login.login(|login| login.protection = login::SIGNED_RESPONSE)
    }

    /// What the service makes of a response.
    pub(crate) fn response(&self, text: &str) -> Outcome {
        self.response_as(|_| {}, text.as_bytes())
    }

    pub(crate) fn response_as(&self, change: impl FnOnce(&mut Service<'_>), bytes: &[u8]) -> Outcome {
        let opened = self.login.open(change, |service| service::response(bytes, service, login::now()));
        told(opened)
    }

    /// The SOAP answer to the artifact, signed, around a signed response.
    pub(crate) fn artifact_answer(&self) -> String {
        self.artifact_answer_with(&self.login.write(|_| {}))
    }

    pub(crate) fn artifact_answer_with(&self, response: &Fragment) -> String {
        soap_envelope(&self.login.artifact_response(&message_id(RESOLVE), response))
    }

    /// What the service makes of an answer to its artifact.
    pub(crate) fn artifact(&self, soap: &str) -> Outcome {
        let asked = message_id(RESOLVE);
        told(
            self.login
                .open(|_| {}, |service| service::artifact_response(soap.as_bytes(), &asked, service, login::now())),
        )
    }

    /// A question whose signature covers the token by transform.
    pub(crate) fn transformed(&self) -> String {
        self.framework.request_with(&self.framework.token().covered(Covered::ByTransform))
    }

    /// What the insurer's node makes of a question.
    pub(crate) fn question(&self, text: &str) -> Outcome {
        self.framework.receive(text).map(|_| ()).map_err(|fault| fault.code().to_owned())
    }

    /// What it makes of one whose token is encrypted to a key on P-256.
    pub(crate) fn agreed(&self, text: &str) -> Outcome {
        self.agreeing.receive(text).map(|_| ()).map_err(|fault| fault.code().to_owned())
    }
}

/// The kinds of message that we receive.
#[derive(Clone, Copy)]
pub(crate) enum Asked {
    Authn,
    Logout,
    LoggedOut,
    Resolve,
    Attributes,
}

impl Asked {
    /// An honest message, not yet signed.
    pub(crate) fn message(self) -> String {
        match self {
            Self::Authn => world::authn("ForceAuthn=\"true\"", ""),
            Self::Logout => world::message(
                "LogoutRequest",
                "",
                "<saml:NameID>anna</saml:NameID><samlp:SessionIndex>s</samlp:SessionIndex>",
            ),
            Self::LoggedOut => world::message(
                "LogoutResponse",
                "InResponseTo=\"_ours\"",
                "<samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Requester\"/></samlp:Status>",
            ),
            Self::Resolve => world::message("ArtifactResolve", "", "<samlp:Artifact>AAQAAA==</samlp:Artifact>"),
            Self::Attributes => {
                world::message("AttributeQuery", "", "<saml:Subject><saml:NameID>anna</saml:NameID></saml:Subject>")
            }
        }
    }

    pub(crate) fn signed(self) -> String {
        P256.envelop(&self.message())
    }

    /// The message says something else.
    pub(crate) fn forge(self, text: &str) -> String {
        let (from, to) = match self {
            Self::Authn => ("ForceAuthn=\"true\"", "ForceAuthn=\"false\""),
            Self::Logout | Self::Attributes => (">anna<", ">berta<"),
            Self::LoggedOut => ("status:Requester", "status:Success"),
            Self::Resolve => ("AAQAAA==", "AAQAAB=="),
        };
        text.replace(from, to)
    }

    /// What we make of the message as it comes by form, or behind the browser where it must.
    pub(crate) fn receive(self, text: &str) -> Outcome {
        self.receive_where(&world::provider(), text)
    }

    pub(crate) fn receive_where(self, provider: &ServiceProvider, text: &str) -> Outcome {
        let received = match self {
            Self::Authn | Self::Logout => receive::post(&world::form(Direction::Request, text)),
            Self::LoggedOut => receive::post(&world::form(Direction::Response, text)),
            Self::Resolve | Self::Attributes => receive::soap(&world::envelope(text)),
        };
        self.open(provider, received)
    }

    /// What we make of what came by `received`.
    pub(crate) fn open(self, provider: &ServiceProvider, received: Result<Received, Refused>) -> Outcome {
        let received = received.map_err(|refused| reason(&refused))?;
        let outcome = world::open(provider, &received, |received, receiver, now| match self {
            Self::Authn => receive::authn_request(received, receiver, now).map(|_| ()),
            Self::Logout => receive::logout_request(received, receiver, now).map(|_| ()),
            Self::LoggedOut => receive::logout_response(received, receiver, now).map(|_| ()),
            Self::Resolve => receive::artifact_resolve(received, receiver, now).map(|_| ()),
            Self::Attributes => receive::attribute_query(received, receiver, now).map(|_| ()),
        });
        outcome.map_err(|rejected| reason(&rejected.reason))
    }
}

/// The messages left alone, which must be taken: else a refusal would say nothing.
pub(crate) fn controls() -> Vec<Case> {
    let mut controls = vec![
        case("", "response with a signed assertion", |stage| stage.response(&stage.signed_assertion())),
        case("", "signed response", |stage| stage.response(&stage.signed_response())),
        case("", "both signed", |stage| {
            stage.response(&stage.login.login(|login| login.protection = login::BOTH_SIGNED))
        }),
        case("", "answer to an artifact", |stage| stage.artifact(&stage.artifact_answer())),
        case("", "question of the web service framework", |stage| stage.question(&stage.framework.request())),
        case("", "question with its token covered by transform", |stage| stage.question(&stage.transformed())),
        case("", "question with a token by key agreement", |stage| stage.agreed(&stage.agreeing.request())),
        case("", "signed redirect", |_| {
            let query = P256.query(Direction::Request, &Asked::Authn.message(), Some("s"));
            Asked::Authn.open(&world::provider(), receive::redirect(&query))
        }),
        case("", "unsigned request for login", |_| Asked::Authn.receive(&Asked::Authn.message())),
    ];
    for asked in [Asked::Authn, Asked::Logout, Asked::LoggedOut, Asked::Resolve, Asked::Attributes] {
        controls.push(case("", "signed message", move |_| asked.receive(&asked.signed())));
    }
    controls
}

pub(crate) fn told<T>(opened: Result<T, Refused>) -> Outcome {
    opened.map(|_| ()).map_err(|refused| reason(&refused))
}

/// Our request to resolve the artifact.
const RESOLVE: &str = "_resolve";

/// Another service that is registered, so that its name can be misused.
pub(crate) fn other_service() -> ServiceProvider {
    let mut other = world::provider();
    other.entity = EntityId::parse("https://other.example/metadata").unwrap();
    other
}

/// The code, and what the door said of the document if it was the door.
fn reason(refused: &Refused) -> String {
    match refused {
        Refused::Xml(document) => format!("{} {}", refused.code(), document.code()),
        other => other.code().to_owned(),
    }
}
