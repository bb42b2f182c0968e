//! How institutions reach a resident, and how notices are to come: the resident looks at what each has, and changes it there. Nothing
//! of it is kept here.

use std::{collections::BTreeMap, sync::Arc};

use futures::future::join_all;
use health::contact_xml::{self, Field, Value};
use idwsf::{
    dst::{Code, Modify, ModifyItem, Outcome, Query, QueryItem, Reply, Status},
    message::{Consent, ConsentUri},
    token::Authn,
};
use jiff::Timestamp;
use web::Error;

use super::{Reason, SHOWN, call::Call, fetch::pseudonym, insurers::Insurer};
use crate::{
    app::App,
    audit::{self, Actor, Asked, Visit},
    consent::Consented,
    purpose::Category,
    store::{self, link::Link},
};

/// What one institution has.
#[derive(Clone, Debug)]
pub struct Contact {
    /// What stands there, and when it was changed last.
    pub said: BTreeMap<Field, (Value, Timestamp)>,
    /// What a change that rests on this says that it has seen: everything up to then.
    pub seen: Timestamp,
}

/// A linked institution, and what it has, or why that is not known.
pub struct Told {
    /// Who.
    pub source: Arc<Insurer>,
    /// What.
    pub contact: Result<Contact, Reason>,
}

/// Asks every linked institution, and shows what they have once the look is in the log.
///
/// # Errors
/// When the database or the log fails. An institution that fails is part of the answer.
pub async fn look(app: &Arc<App>, consented: Consented, authn: Authn) -> Result<Vec<Told>, Error> {
    let links = linked(app, consented).await?;
    if links.is_empty() {
        return Ok(Vec::new());
    }
    let asking = links.into_iter().map(|(link, source)| async move {
        let called = match call(app, (consented, authn), &link, &source) {
            Ok(call) => call.query(app, everything(&source), |reply| read(&source, reply)).await,
            Err(reason) => return (source, String::new(), Err(reason)),
        };
        let contact = called.outcome.and_then(|read| read);
        (source, called.message.as_str().to_owned(), contact)
    });
    let answers = join_all(asking).await;
    let sources = answers.iter().map(|(source, message, contact)| Asked {
        source: source.entity.as_str().to_owned(),
        outcome: contact.as_ref().map_or_else(|reason| reason.code(), |_| SHOWN),
        message: message.clone(),
    });
    audit::record(app, &visit(consented, sources.collect())).await?;
    Ok(answers.into_iter().map(|(source, _, contact)| Told { source, contact }).collect())
}

/// What a resident wants to stand at one institution.
pub struct Change {
    /// What, and nothing where it is to be taken out.
    pub wishes: Vec<(Field, Option<Value>)>,
    /// [`Contact::seen`] of what the resident has looked at.
    pub seen: Timestamp,
}

/// What came of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// It stands there now.
    Changed,
    /// Somebody has changed it meanwhile: nothing was done.
    Meanwhile,
    /// The institution would not.
    Refused,
    /// There was no answer that can be used: nobody knows whether it was done.
    Unanswered(Reason),
}

/// Has an institution change what it has. That it is sent is in the log before, and what came of it afterwards.
///
/// # Errors
/// [`Error::NotYours`] where the resident has no link with it; when the database or the log fails.
pub async fn change(
    app: &Arc<App>,
    (consented, authn): (Consented, Authn),
    provider: &str,
    change: Change,
) -> Result<Came, Error> {
    let links = linked(app, consented).await?;
    let found = links.into_iter().find(|(link, _)| link.provider == provider);
    let (link, insurer) = found.ok_or(Error::NotYours)?;
    let step = |outcome, message: &str| {
        let asked = Asked { source: provider.to_owned(), outcome, message: message.to_owned() };
        visit(consented, vec![asked])
    };
    audit::record(app, &step(outcome::SENT, "")).await?;
    let (came, message) = match call(app, (consented, authn), &link, &insurer) {
        Ok(call) => {
            let called = call.modify(app, change.modify(&insurer)).await;
            let came = called.outcome.map_or_else(Came::Unanswered, |reply| Came::of(&reply.status));
            (came, called.message.as_str().to_owned())
        }
        Err(reason) => (Came::Unanswered(reason), String::new()),
    };
    let said = came.outcome();
    tracing::info!(
        code = "WSF-58",
        source = provider,
        message.id = message,
        outcome = said,
        "a resident changes contact"
    );
    audit::record(app, &step(said, &message)).await?;
    Ok(came)
}

impl Change {
    fn modify(self, insurer: &Insurer) -> Modify {
        let ns = insurer.service.ns();
        let item = |(field, value): (Field, Option<Value>)| ModifyItem {
            item_id: Some(field.element().to_owned()),
            select: field.select(ns),
            new_data: value.map(|value| vec![contact_xml::write(&value, None, ns)]),
            not_changed_since: Some(self.seen),
            override_allowed: true,
        };
        Modify { service: insurer.service, items: self.wishes.into_iter().map(item).collect() }
    }
}

impl Came {
    fn of(status: &Status) -> Self {
        // What was to be taken out and is not there has been taken out by somebody else.
        let meanwhile = [Code::MODIFIED_SINCE, Code::DOES_NOT_EXIST];
        if status.outcome == Outcome::Ok {
            Self::Changed
        } else if status.reasons.iter().any(|reason| meanwhile.contains(&reason.code)) {
            Self::Meanwhile
        } else {
            Self::Refused
        }
    }

    fn outcome(self) -> &'static str {
        match self {
            Self::Changed => outcome::CHANGED,
            Self::Meanwhile => outcome::MEANWHILE,
            Self::Refused => outcome::REFUSED,
            Self::Unanswered(reason) => reason.code(),
        }
    }
}

/// The links in force, with the institutions that the configuration knows.
async fn linked(app: &App, consented: Consented) -> Result<Vec<(Link, Arc<Insurer>)>, Error> {
    let links = store::link::of(&app.db, consented.resident()).await.map_err(Error::ours)?;
    Ok(links.into_iter().filter_map(|link| Some((link.clone(), app.insurers.find(&link.provider)?.clone()))).collect())
}

fn call(
    app: &App,
    (consented, authn): (Consented, Authn),
    link: &Link,
    insurer: &Arc<Insurer>,
) -> Result<Call, Reason> {
    let pseudonym = pseudonym(&app.keys, consented.resident(), link).map_err(|_| {
        tracing::error!(code = "EXCHANGE-05", "a question could not be signed");
        Reason::Untrusted
    })?;
    Ok(Call {
        insurer: Arc::clone(insurer),
        pseudonym,
        authn,
        purpose: consented.purpose().stated(),
        consent: Some(Consent { uri: ConsentUri::CurrentExplicit, given_at: Some(consented.given_at()) }),
    })
}

fn everything(insurer: &Insurer) -> Query {
    let item = |field: Field| QueryItem {
        item_id: Some(field.element().to_owned()),
        select: field.select(insurer.service.ns()),
        changed_since: None,
        page: None,
    };
    Query { service: insurer.service, items: Field::ALL.map(item).to_vec() }
}

/// Reads the three things out of a verified reply: each at most once, and with the time of its change.
fn read(insurer: &Insurer, reply: &Reply<'_, '_>) -> Result<Contact, Reason> {
    if reply.status.outcome != Outcome::Ok {
        return Err(Reason::Refused);
    }
    let mut seen = reply.time_stamp.ok_or(Reason::Untrusted)?;
    let mut said = BTreeMap::new();
    for data in reply.data() {
        let field = Field::ALL.into_iter().find(|field| data.item_ref == Some(field.element()));
        let field = field.ok_or(Reason::Untrusted)?;
        for node in data.node.children().filter(xml::Node::is_element) {
            let (value, at) = contact_xml::read(field, node, insurer.service.ns()).map_err(|_| Reason::Untrusted)?;
            let at = at.ok_or(Reason::Untrusted)?;
            seen = seen.max(at);
            if said.insert(field, (value, at)).is_some() {
                return Err(Reason::Untrusted);
            }
        }
    }
    Ok(Contact { said, seen })
}

fn visit(consented: Consented, sources: Vec<Asked>) -> Visit {
    let (subject, purpose) = (consented.resident(), consented.purpose());
    Visit { subject, actor: Actor::Resident, category: Category::Contact, purpose, sources }
}

/// What the log says how a change ended, beside the code of a failure.
pub(crate) mod outcome {
    /// It is about to be sent.
    pub(crate) const SENT: &str = "sent";
    /// It was done.
    pub(crate) const CHANGED: &str = "changed";
    /// Somebody has changed it meanwhile, and it was not done.
    pub(crate) const MEANWHILE: &str = "meanwhile";
    /// The institution would not.
    pub(crate) const REFUSED: &str = "refused";
}
