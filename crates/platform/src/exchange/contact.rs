//! How institutions reach a resident: the resident looks at what each has, and changes it there. Nothing of it is kept here.

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

use super::{Reason, SHOWN, call::Call, fetch::known_as, insurers::Insurer};
use crate::{
    app::App,
    audit::{self, Actor, Asked, Visit},
    consent::Consented,
    purpose::Category,
    store::{self, link::Link},
};

/// What a resident sees and changes here.
pub const FIELDS: [Field; 3] = Field::ALL;

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
    /// Who, as far as the configuration knows.
    pub source: Option<Arc<Insurer>>,
    /// Its entity id.
    pub entity: String,
    /// What.
    pub contact: Result<Contact, Reason>,
}

/// Asks every linked institution, and shows what they have once the look is in the log.
///
/// # Errors
/// When the database or the log fails. An institution that fails is part of the answer.
pub async fn look(app: &Arc<App>, consented: Consented, authn: Authn) -> Result<Vec<Told>, Error> {
    let links = store::link::of(&app.db, consented.resident()).await.map_err(Error::ours)?;
    if links.is_empty() {
        return Ok(Vec::new());
    }
    let agreed = Consent { uri: ConsentUri::Prior, given_at: Some(consented.given_at()) };
    let asking = links.into_iter().map(|link| async move {
        let source = match app.insurers.linked(&link.provider) {
            Ok(source) => source,
            Err(reason) => {
                return (String::new(), Told { source: None, entity: link.provider, contact: Err(reason) });
            }
        };
        let (message, contact) = match call(app, (consented, authn, agreed), &link, &source) {
            Ok(call) => {
                let called = call.query(app, everything(&source), |reply| read(&source, reply)).await;
                (called.message.as_str().to_owned(), called.outcome.and_then(|read| read))
            }
            Err(reason) => (String::new(), Err(reason)),
        };
        (message, Told { source: Some(source), entity: link.provider, contact })
    });
    let answers = join_all(asking).await;
    let sources = answers.iter().map(|(message, told)| Asked {
        source: told.entity.clone(),
        outcome: told.contact.as_ref().map_or_else(|reason| reason.code(), |_| SHOWN),
        message: message.clone(),
    });
    audit::record(app, &visit(consented, sources.collect())).await?;
    Ok(answers.into_iter().map(|(_, told)| told).collect())
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
    /// It was not done, because it did not reach the institution.
    Unsent(Reason),
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
    let links = store::link::of(&app.db, consented.resident()).await.map_err(Error::ours)?;
    let link = links.into_iter().find(|link| link.provider == provider).ok_or(Error::NotYours)?;
    let insurer = app.insurers.find(provider).cloned().ok_or(Error::NotYours)?;
    // The resident has written it and sent it off a moment ago.
    let agreed = Consent { uri: ConsentUri::CurrentExplicit, given_at: Some(app.clock.now()) };
    let step = |outcome, message: &str| {
        let asked = Asked { source: provider.to_owned(), outcome, message: message.to_owned() };
        visit(consented, vec![asked])
    };
    audit::record(app, &step(outcome::SENT, "")).await?;
    let (came, message) = match call(app, (consented, authn, agreed), &link, &insurer) {
        Ok(call) => {
            let called = call.modify(app, change.modify(&insurer)).await;
            let unanswered = if called.sent { Came::Unanswered } else { Came::Unsent };
            let came = called.outcome.map_or_else(unanswered, |reply| Came::of(&reply.status));
            (came, called.message.as_str().to_owned())
        }
        Err(reason) => (Came::Unsent(reason), String::new()),
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
            Self::Unanswered(reason) | Self::Unsent(reason) => reason.code(),
        }
    }
}

fn call(
    app: &App,
    (consented, authn, agreed): (Consented, Authn, Consent),
    link: &Link,
    insurer: &Arc<Insurer>,
) -> Result<Call, Reason> {
    Ok(Call {
        insurer: Arc::clone(insurer),
        pseudonym: known_as(app, consented.resident(), link)?,
        authn,
        purpose: consented.purpose().stated(),
        consent: Some(agreed),
    })
}

fn everything(insurer: &Insurer) -> Query {
    let item = |field: Field| QueryItem {
        item_id: Some(field.element().to_owned()),
        select: field.select(insurer.service.ns()),
        changed_since: None,
        page: None,
    };
    Query { service: insurer.service, items: FIELDS.map(item).to_vec() }
}

/// Reads what was asked for out of a verified reply: each at most once, and with the time of its change.
fn read(insurer: &Insurer, reply: &Reply<'_, '_>) -> Result<Contact, Reason> {
    if reply.status.outcome != Outcome::Ok {
        return Err(Reason::Refused);
    }
    let mut seen = reply.time_stamp.ok_or(Reason::Untrusted)?;
    let mut said = BTreeMap::new();
    for data in reply.data() {
        let field = FIELDS.into_iter().find(|field| data.item_ref == Some(field.element()));
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
