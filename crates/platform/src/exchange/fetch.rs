//! One question to every institution that holds something: all at once, each with its deadline.

use std::sync::Arc;

use futures::future::join_all;
use idwsf::{
    MessageId, Pseudonym,
    dst::{Page, Query, SetRequest},
    message::{Consent, ConsentUri},
    token::Authn,
};
use keys::Keys;

use super::{
    Answer, Failed, Reason, SHOWN, Undisclosed,
    call::Call,
    held::{self, Held, Holding, Part},
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
        match app.insurers.linked(&link.provider) {
            Ok(insurer) => questions.push(Question { wish, link, insurer }),
            Err(reason) => {
                let entity = link.provider;
                sources.push(Asked { source: entity.clone(), outcome: reason.code(), message: String::new() });
                failures.push(Failed { source: None, entity, reason });
            }
        }
    }
    let asked = join_all(questions.into_iter().map(|question| ask(Arc::clone(app), question))).await;
    for (source, message, outcome) in asked {
        let code = outcome.as_ref().map_or_else(|reason| reason.code(), |_| SHOWN);
        sources.push(Asked { source: source.entity.as_str().to_owned(), outcome: code, message });
        match outcome {
            Ok(Holding { as_of, records }) => answers.push(Answer { source, as_of, records }),
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
    let pseudonym = match known_as(&app, consented.resident(), &link) {
        Ok(pseudonym) => pseudonym,
        Err(reason) => return (insurer, String::new(), Err(reason)),
    };
    let call = Call {
        insurer: Arc::clone(&insurer),
        pseudonym,
        authn,
        purpose: consented.purpose().stated(),
        consent: Some(Consent { uri: ConsentUri::Prior, given_at: Some(consented.given_at()) }),
    };
    let page = T::PART.map(|count| Page { count: Some(count), request: Some(SetRequest::Static), ..Page::default() });
    let mut query = Query::one(insurer.service, &category.select(insurer.service));
    query.items.iter_mut().for_each(|item| item.page.clone_from(&page));
    let (message, first) = part::<T>(&app, &call, &mut query, category).await;
    let whole = async {
        let mut known = first?;
        for _ in 1..PARTS_MAX {
            if query.items.is_empty() {
                return Ok(known);
            }
            known = known.with(part(&app, &call, &mut query, category).await.1?);
        }
        if query.items.is_empty() {
            return Ok(known);
        }
        tracing::warn!(code = Reason::Untrusted.code(), source = %insurer.entity, "more records than anybody has");
        Err(Reason::Untrusted)
    };
    // The first part has had a deadline of its own; all others have one together.
    let holding = tokio::time::timeout(app.insurers.deadline, whole).await.unwrap_or_else(|_| {
        tracing::warn!(code = Reason::Slow.code(), source = %insurer.entity, message.id = %message, "its other parts took too long");
        Err(Reason::Slow)
    });
    // One look, one name in the log: of several parts, the first one's.
    (insurer, message.as_str().to_owned(), holding)
}

/// Asks for a part of the records, and leaves in the query what asks for the next: nothing after the last.
async fn part<T: Held>(
    app: &Arc<App>,
    call: &Call,
    query: &mut Query,
    category: Category,
) -> (MessageId, Result<Holding<T>, Reason>) {
    let insurer = Arc::clone(&call.insurer);
    let later = query.items.iter().any(|item| item.page.as_ref().is_some_and(|page| page.offset > 0));
    let called = call.clone().query(app, query.clone(), |reply| held::part(&insurer, (category, later), reply)).await;
    let asked = std::mem::take(&mut query.items);
    let part = called.outcome.and_then(|part| {
        // What the call itself met is in the log already.
        part.inspect_err(|reason| {
            tracing::warn!(code = reason.code(), source = %insurer.entity, message.id = %called.message, "no usable answer");
        })
    });
    let holding = part.map(|Part { holding, rest }| {
        query.items = asked.iter().filter_map(|item| item.after(&rest)).collect();
        holding
    });
    (called.message, holding)
}

/// How many parts are asked for at most: more than anybody is known to have, and an end for whoever always has more.
const PARTS_MAX: usize = 40;

/// As [`pseudonym`], for a question; that it cannot be asked is in the log.
pub(super) fn known_as(app: &App, resident: ResidentId, link: &Link) -> Result<Pseudonym, Reason> {
    pseudonym(&app.keys, resident, link).map_err(|_| {
        tracing::error!(code = "EXCHANGE-05", "a question could not be signed");
        Reason::Untrusted
    })
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
