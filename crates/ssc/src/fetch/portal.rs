//! The portal's discovery service: where the records are that the resident lets this service see.

use anyhow::{Context as _, bail};
use idwsf::{
    disco::{
        Query, Request, Response,
        exchange::{Call, Expect, Question, Reply, open_reply, seal_call_with},
    },
    dst::Outcome,
    epr::{EndpointReference, Target},
    interaction::{RedirectUrl, Resend, ReturnUrl, UserInteraction},
    message::{Answer, Headers, PeerDemand, PeerFault},
};
use web::Clock;

use super::{config::Party, wire};

/// How the resident can be asked.
#[derive(Clone, Copy)]
pub(super) struct Asking<'a> {
    /// The service's page to which the browser comes back.
    pub(super) back: Option<&'a str>,
    /// What it brought from there.
    pub(super) returned: Option<&'a str>,
}

/// What the portal has said.
pub(super) enum Found {
    /// Where the records are.
    There(Vec<EndpointReference>),
    /// The resident has to be asked on this page first.
    Ask(String),
}

/// Asks for everything. Nothing found and nothing permitted are the same answer: no reference.
pub(super) async fn discover(party: &Party, target: &Target, asking: Asking<'_>) -> anyhow::Result<Found> {
    let question = Question::Discovery(Request::Query(Query::default()));
    // What logs the resident in goes to the portal that this service knows, and to nobody else.
    if target.provider != party.portal.entity {
        bail!("the login is of another portal");
    }
    let id = wire::message_id();
    let headers = Headers {
        interaction: asking.back.map(|_| UserInteraction::by_redirect(&[])),
        // The browser's word: the portal decides by what the resident has said there, and not by this.
        resent_after: asking.returned.and_then(Resend::read).and_then(|resend| resend.after),
        ..Headers::default()
    };
    let message = party.as_sender(|sender| {
        let call = Call {
            sender: *sender,
            to: target.address.as_str(),
            token: Some(&target.token),
            message_id: &id,
            question: &question,
        };
        seal_call_with(&call, &headers, Clock::System.now())
    })?;
    let http = wire::portal(party.local, target.address.as_str())?;
    let answer = wire::post(&http, target.address.as_str(), &question.topic().action(), message).await;
    let answer = answer.context("the portal does not answer")?;
    let portal = &party.portal;
    let expect = Expect { in_reply_to: &id, from: &portal.entity, keys: &portal.keys, topic: question.topic() };
    match open_reply(&answer, &expect, Clock::System.now()).context("the portal's answer cannot be believed")? {
        Answer::Reply(Reply::Discovery(Response::Query { status, references })) => match status.outcome {
            Outcome::Ok | Outcome::Partial => Ok(Found::There(references)),
            Outcome::Failed => Ok(Found::There(Vec::new())),
        },
        Answer::Reply(_) => bail!("the portal answers another question"),
        Answer::Fault(fault) => match asking.back.zip(page(&fault)) {
            Some((back, page)) => {
                let page = RedirectUrl::accept(page, target.address.as_str()).context("the portal asks elsewhere")?;
                let back = ReturnUrl::of(back, &id).context("--back is no address to come back to")?;
                Ok(Found::Ask(page.with_return(&back, None)))
            }
            None => bail!("the portal refuses: {} {}", fault.code, fault.status.unwrap_or_default()),
        },
    }
}

/// The page to which a fault sends the browser.
fn page(fault: &PeerFault) -> Option<&str> {
    match fault.demand.as_deref() {
        Some(PeerDemand::Redirect { url, .. }) => Some(url),
        _ => None,
    }
}
