//! The portal's discovery service: where the records are that the resident lets this service see.

use anyhow::{Context as _, bail};
use idwsf::{
    disco::{
        Query, Request, Response,
        exchange::{Call, Expect, Question, Reply, open_reply, seal_call},
    },
    dst::Outcome,
    epr::{EndpointReference, Target},
    message::Answer,
};
use web::Clock;

use super::{config::Party, wire};

/// Asks for everything. Nothing found and nothing permitted are the same answer: no reference.
pub(super) async fn discover(party: &Party, target: &Target) -> anyhow::Result<Vec<EndpointReference>> {
    let question = Question::Discovery(Request::Query(Query::default()));
    // What logs the resident in goes to the portal that this service knows, and to nobody else.
    if target.provider != party.portal.entity {
        bail!("the login is of another portal");
    }
    let id = wire::message_id();
    let message = party.as_sender(|sender| {
        let call = Call {
            sender: *sender,
            to: target.address.as_str(),
            token: Some(&target.token),
            message_id: &id,
            question: &question,
        };
        seal_call(&call, Clock::System.now())
    })?;
    let http = wire::portal(party.local, target.address.as_str())?;
    let answer = wire::post(&http, target.address.as_str(), &question.topic().action(), message).await;
    let answer = answer.context("the portal does not answer")?;
    let portal = &party.portal;
    let expect = Expect { in_reply_to: &id, from: &portal.entity, keys: &portal.keys, topic: question.topic() };
    match open_reply(&answer, &expect, Clock::System.now()).context("the portal's answer cannot be believed")? {
        Answer::Reply(Reply::Discovery(Response::Query { status, references })) => match status.outcome {
            Outcome::Ok | Outcome::Partial => Ok(references),
            Outcome::Failed => Ok(Vec::new()),
        },
        Answer::Reply(_) => bail!("the portal answers another question"),
        Answer::Fault(fault) => bail!("the portal refuses: {} {}", fault.code, fault.status.unwrap_or_default()),
    }
}
