//! One question to every institution that holds something: all at once, each with its deadline.

use std::sync::Arc;

use futures::future::join_all;
use idwsf::{
    Pseudonym,
    dst::Query,
    message::{Consent, ConsentUri},
    token::Authn,
};
use keys::Keys;

use super::{
    Answer, Failed, Reason, SHOWN, Undisclosed,
    call::Call,
    held::{self, Held, Holding},
    insurers::Insurer,
};
use crate::{
    app::{App, key},
    audit::{Actor, Asked, Visit},
    consent::Consented,
    ids::ResidentId,
    purpose::Category,
    store::{self, link::Link},
};

/// Asks every institution that is linked to the resident, who has shown themselves as `authn` says. What comes back stays
/// closed until it is in the log.
///
/// # Errors
/// When the database fails. An institution that fails is part of the answer, not an error.
pub async fn fetch(
    app: &Arc<App>,
    consented: Consented,
    actor: Actor,
    category: Category,
    authn: Authn,
) -> Result<Undisclosed, web::Error> {
    fetch_all(app, actor, Wish { consented, category, authn }).await
}

/// As [`fetch`], of records of one kind, for the resident alone.
///
/// # Errors
/// As [`fetch`].
pub async fn fetch_own<T: Held>(
    app: &Arc<App>,
    consented: Consented,
    authn: Authn,
) -> Result<Undisclosed<T>, web::Error> {
    fetch_all(app, Actor::Resident, Wish { consented, category: T::CATEGORY, authn }).await
}

/// What is wished for.
#[derive(Clone, Copy)]
struct Wish {
    consented: Consented,
    category: Category,
    authn: Authn,
}

async fn fetch_all<T: Held>(app: &Arc<App>, actor: Actor, wish: Wish) -> Result<Undisclosed<T>, web::Error> {
    let Wish { consented, category, .. } = wish;
    let links = store::link::of(&app.db, consented.resident()).await.map_err(web::Error::ours)?;
    let (mut sources, mut answers, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    let mut questions = Vec::new();
    for link in links {
        if let Some(insurer) = app.insurers.find(&link.provider).cloned() {
            questions.push(Question { wish, link, insurer });
        } else {
            let (reason, entity) = (Reason::Unknown, link.provider);
            tracing::error!(code = reason.code(), source = entity, "a linked institution is not in the configuration");
            sources.push(Asked { source: entity.clone(), outcome: reason.code(), message: String::new() });
            failures.push(Failed { source: None, entity, reason });
        }
    }
    let asked = join_all(questions.into_iter().map(|question| ask(Arc::clone(app), question))).await;
    for (source, message, outcome) in asked {
        let code = outcome.as_ref().map_or_else(|reason| reason.code(), |_| SHOWN);
        sources.push(Asked { source: source.entity.as_str().to_owned(), outcome: code, message });
        match outcome {
            Ok((as_of, records)) => answers.push(Answer { source, as_of, records }),
            Err(reason) => {
                let entity = source.entity.as_str().to_owned();
                failures.push(Failed { source: Some(source), entity, reason });
            }
        }
    }
    let (subject, purpose) = (consented.resident(), consented.purpose());
    Ok(Undisclosed { visit: Visit { subject, actor, category, purpose, sources }, answers, failures })
}

/// What one institution is asked.
struct Question {
    wish: Wish,
    link: Link,
    insurer: Arc<Insurer>,
}

async fn ask<T: Held>(app: Arc<App>, question: Question) -> (Arc<Insurer>, String, Result<Holding<T>, Reason>) {
    let Question { wish: Wish { consented, category, authn }, link, insurer } = question;
    let Ok(pseudonym) = pseudonym(&app.keys, consented.resident(), &link) else {
        tracing::error!(code = "EXCHANGE-05", "a question could not be signed");
        return (insurer, String::new(), Err(Reason::Untrusted));
    };
    let call = Call {
        insurer: Arc::clone(&insurer),
        pseudonym,
        authn,
        purpose: consented.purpose().stated(),
        consent: Some(Consent { uri: ConsentUri::Prior, given_at: Some(consented.given_at()) }),
    };
    let query = Query::one(insurer.service, &category.select(insurer.service));
    let called = call.query(&app, query, |reply| held::holding(&insurer, category, reply)).await;
    let holding = called.outcome.and_then(|holding| {
        // What the call itself met is in the log already.
        holding.inspect_err(|reason| {
            tracing::warn!(code = reason.code(), source = %insurer.entity, message.id = %called.message, "no usable answer");
        })
    });
    (insurer, called.message.as_str().to_owned(), holding)
}

/// The name under which one institution knows one resident. Derived, never stored: whoever takes the database can
/// join nothing with it.
///
/// # Errors
/// When the key store fails.
pub fn pseudonym(keys: &Keys, resident: ResidentId, link: &Link) -> Result<Pseudonym, keys::Error> {
    let parts: [&[u8]; 3] = [&resident.bytes(), link.provider.as_bytes(), &link.generation.to_be_bytes()];
    let derived = keys.hmac256(key::PAIRWISE, "SSC pairwise/1", &parts)?;
    // Sixty-four hexadecimal digits are a legal NameID of any profile.
    Pseudonym::parse(&hex::encode(derived)).map_err(|_| keys::Error::Failed { name: key::PAIRWISE.to_owned() })
}
