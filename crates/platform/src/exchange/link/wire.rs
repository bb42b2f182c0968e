//! The three messages about a link: a wish, how it stands, and its end.

use std::sync::Arc;

use health::{
    LinkRequest,
    link_xml::{self, Standing},
};
use idwsf::{
    dst::{Code, Modify, ModifyItem, Outcome, Query, Reply, Status},
    message::{Consent, ConsentUri},
    token::Authn,
};
use jiff::Timestamp;

use super::handle;
use crate::{
    app::App,
    audit::Receipt,
    exchange::{
        Reason,
        call::{Call, Called},
        fetch::known_as,
        insurers::Insurer,
    },
    ids::ResidentId,
    purpose::{Category, Purpose},
    store::link::Link,
};

/// How many characters of a number are shown at most.
const SHOWN_MAX: usize = 4;

/// Whom a message is about and to whom it goes.
pub(super) struct About<'a> {
    pub(super) app: &'a Arc<App>,
    pub(super) insurer: &'a Arc<Insurer>,
    pub(super) resident: ResidentId,
    pub(super) link: &'a Link,
    pub(super) authn: Authn,
}

/// What an institution makes of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Changed {
    Done,
    /// There was nothing of that kind.
    Nothing,
    /// There is something already.
    Already,
    Refused,
}

/// How a link stands at its institution.
pub(super) enum Stands {
    Linked(Masked),
    Review,
    /// There is none: never was, not any more, or a clerk has decided against it.
    Nowhere,
    Refused,
}

/// The last digits of an insured person's number: closed until the look at them is in the log.
pub(crate) struct Masked(String);

impl Masked {
    pub(crate) fn open(self, _: &Receipt) -> String {
        self.0
    }
}

impl About<'_> {
    /// Asks the institution for a link, with what the resident wrote.
    pub(super) async fn wish(&self, request: &LinkRequest, given_at: Timestamp, _: &Receipt) -> Called<Changed> {
        let handle = match handle::seal(self.app, self.resident, self.link) {
            Ok(handle) => handle,
            Err(error) => {
                tracing::error!(code = "EXCHANGE-05", %error, "a question could not be signed");
                return nothing_sent(self.app, Reason::Untrusted);
            }
        };
        let data = vec![link_xml::write(request, Some(&handle), self.insurer.service.ns())];
        let consent = Consent { uri: ConsentUri::CurrentExplicit, given_at: Some(given_at) };
        self.change(Some(data), consent).await
    }

    /// Tells the institution that the link has ended, whatever had become of it.
    pub(super) async fn end(&self, _: &Receipt) -> Called<Changed> {
        self.change(None, Consent { uri: ConsentUri::CurrentExplicit, given_at: None }).await
    }

    /// The same, for an end that was in the log before and is told again.
    pub(super) async fn end_again(&self) -> Called<Changed> {
        self.change(None, Consent { uri: ConsentUri::Prior, given_at: None }).await
    }

    async fn change(&self, new_data: Option<Vec<xml::Fragment>>, consent: Consent) -> Called<Changed> {
        let call = match self.call(consent) {
            Ok(call) => call,
            Err(reason) => return nothing_sent(self.app, reason),
        };
        let ends = new_data.is_none();
        let item = ModifyItem {
            item_id: None,
            select: Category::Link.select(self.insurer.service),
            new_data,
            not_changed_since: None,
            override_allowed: false,
        };
        let modify = Modify::one(self.insurer.service, item);
        // A wish can come again later; what was ended is to be known there as soon as it can be.
        let called = if ends { call.tell(self.app, modify).await } else { call.modify(self.app, modify).await };
        let outcome = called.outcome.and_then(|reply| {
            // It cannot at the moment, and says so: no decision of anybody.
            if only(&reply.status, &Code::UNEXPECTED_ERROR) { Err(Reason::Slow) } else { Ok(changed(&reply.status)) }
        });
        Called { outcome, message: called.message, sent: called.sent }
    }

    /// Asks how the link stands.
    pub(super) async fn stands(&self, given_at: Timestamp) -> Called<Stands> {
        let call = match self.call(Consent { uri: ConsentUri::Prior, given_at: Some(given_at) }) {
            Ok(call) => call,
            Err(reason) => return nothing_sent(self.app, reason),
        };
        let query = Query::one(self.insurer.service, &Category::Link.select(self.insurer.service));
        let called = call.query(self.app, query, |reply| stands(self.insurer, reply)).await;
        let outcome = called.outcome.and_then(|stands| {
            stands.inspect_err(|reason: &Reason| {
                let (source, message) = (&self.insurer.entity, &called.message);
                tracing::warn!(code = reason.code(), %source, message.id = %message, "no usable answer about a link");
            })
        });
        Called { outcome, message: called.message, sent: called.sent }
    }

    fn call(&self, consent: Consent) -> Result<Call, Reason> {
        Ok(Call {
            insurer: Arc::clone(self.insurer),
            pseudonym: known_as(self.app, self.resident, self.link)?,
            authn: self.authn,
            purpose: Purpose::Linking.stated(),
            consent: Some(consent),
        })
    }
}

fn nothing_sent<T>(app: &App, reason: Reason) -> Called<T> {
    Called { message: idwsf::MessageId::from_random(app.random.bytes()), sent: false, outcome: Err(reason) }
}

fn changed(status: &Status) -> Changed {
    if status.outcome == Outcome::Ok {
        Changed::Done
    } else if only(status, &Code::DOES_NOT_EXIST) {
        Changed::Nothing
    } else if only(status, &Code::EXISTS_ALREADY) {
        Changed::Already
    } else {
        Changed::Refused
    }
}

/// Whether this is the only reason.
fn only(status: &Status, code: &Code) -> bool {
    !status.reasons.is_empty() && status.reasons.iter().all(|reason| reason.code == *code)
}

/// Reads the one `Link` of a verified reply.
fn stands(insurer: &Insurer, reply: &Reply<'_, '_>) -> Result<Stands, Reason> {
    if reply.status.outcome != Outcome::Ok {
        let nowhere = only(&reply.status, &Code::DOES_NOT_EXIST);
        return Ok(if nowhere { Stands::Nowhere } else { Stands::Refused });
    }
    let mut found = reply.data().iter().flat_map(|data| data.node.children().filter(xml::Node::is_element));
    let link = found.next().ok_or(Reason::Untrusted)?;
    let state = link_xml::read_state(link, insurer.service.ns()).map_err(|_| Reason::Untrusted)?;
    if found.next().is_some() || !is_masked(&state.number) {
        return Err(Reason::Untrusted);
    }
    Ok(match state.standing {
        Standing::Linked => Stands::Linked(Masked(state.number)),
        Standing::Review => Stands::Review,
    })
}

/// Whether this is a number of which no more than its end is shown.
fn is_masked(number: &str) -> bool {
    let shown = number.trim_start_matches('*');
    number.starts_with('*') && shown.chars().count() <= SHOWN_MAX
}

#[cfg(test)]
mod tests {
    use idwsf::dst::Reason;

    use super::*;

    #[test]
    fn a_number_is_shown_with_four_characters_at_most() {
        for masked in ["***1234", "*1", "*", "****-123"] {
            assert!(is_masked(masked), "{masked}");
        }
        for clear in ["1234", "", "**12345"] {
            assert!(!is_masked(clear), "{clear}");
        }
    }

    #[test]
    fn a_change_is_what_all_its_reasons_say() {
        let failed = |codes: &[Code]| Status {
            outcome: Outcome::Failed,
            reasons: codes.iter().map(|code| Reason { code: code.clone(), item: None }).collect(),
        };
        assert_eq!(changed(&Status::OK), Changed::Done);
        assert_eq!(changed(&failed(&[Code::DOES_NOT_EXIST])), Changed::Nothing);
        assert_eq!(changed(&failed(&[Code::EXISTS_ALREADY])), Changed::Already);
        for codes in [&[][..], &[Code::ACTION_NOT_AUTHORIZED], &[Code::DOES_NOT_EXIST, Code::ACTION_NOT_AUTHORIZED]] {
            assert_eq!(changed(&failed(codes)), Changed::Refused);
        }
    }
}
