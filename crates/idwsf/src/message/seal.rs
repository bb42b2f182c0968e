use jiff::{SignedDuration, Timestamp};
use xml::ns::{SOAP, WSU};
use xml::{Attr, Fragment, Ns, Part, Writer};

use super::context::{Consent, Purpose};
use super::demand::credentials;
use super::headers::Headers;
use crate::dst::{Modify, ModifyResponse, QUERY_ID, Query, QueryResponse};
use crate::fault::Fault;
use crate::names::{FAULT_ACTIONS, LU, SAML_ID, SB, SBF, TOKEN_TYPE, WSA, WSSE, WSSE11};
use crate::token::Token;
use crate::{MessageId, Sender, SignFailed};
use saml::instant;

/// A question to a data service.
pub struct Request<'a> {
    /// Who asks.
    pub sender: Sender<'a>,
    /// The service's address, from its endpoint reference.
    pub to: &'a str,
    /// Whom it is about: a token for that service.
    pub token: &'a Token,
    /// The consent the sender vouches for.
    pub consent: Option<Consent>,
    /// What the answer is for.
    pub purpose: Purpose,
    /// What is asked.
    pub query: &'a Query,
    /// The message's own name; the answer refers to it.
    pub message_id: &'a MessageId,
}

/// Writes and signs a question. Send it with [`crate::CONTENT_TYPE`] and `SOAPAction: "…"` of
/// [`crate::dst::ServiceType::query_action`].
///
/// # Errors
/// [`SignFailed`] if the key store does not sign.
pub fn seal_request(request: &Request<'_>, now: Timestamp) -> Result<Vec<u8>, SignFailed> {
    let headers = Headers { consent: request.consent, purpose: Some(request.purpose), ..Headers::default() };
    let call = Call {
        sender: request.sender,
        to: request.to,
        token: request.token,
        headers: &headers,
        body: Body::Query(request.query),
        message_id: request.message_id,
    };
    seal_call(&call, now)
}

/// A question or a change, with whatever it says about itself.
pub struct Call<'a> {
    /// Who asks.
    pub sender: Sender<'a>,
    /// The service's address, from its endpoint reference.
    pub to: &'a str,
    /// Whom it is about: a token for that service. For one that is bound to a key, `sender` signs with that key.
    pub token: &'a Token,
    /// What it says about itself.
    pub headers: &'a Headers,
    /// What is asked.
    pub body: Body<'a>,
    /// The message's own name; the answer refers to it.
    pub message_id: &'a MessageId,
}

/// What a data service is asked.
#[derive(Clone, Copy)]
pub enum Body<'a> {
    /// For data.
    Query(&'a Query),
    /// For a change.
    Modify(&'a Modify),
}

impl Body<'_> {
    /// `wsa:Action`, and `SOAPAction` in quotes.
    #[must_use]
    pub fn action(self) -> String {
        match self {
            Self::Query(query) => query.service.query_action(),
            Self::Modify(modify) => modify.service.modify_action(),
        }
    }
}

/// Writes and signs a question or a change. Send it with [`crate::CONTENT_TYPE`] and `SOAPAction: "…"` of [`Body::action`].
///
/// # Errors
/// [`SignFailed`] if the key store does not sign.
pub fn seal_call(call: &Call<'_>, now: Timestamp) -> Result<Vec<u8>, SignFailed> {
    let mut sealed = Sealed::new(&call.sender, call.message_id);
    sealed.text("to", WSA, "To", call.to);
    sealed.text("act", WSA, "Action", &call.body.action());
    call.headers.write(&mut sealed, QUERY_ID);
    let id = call.headers.purpose.map(|_| QUERY_ID);
    let body = |w: &mut Writer| match call.body {
        Body::Query(query) => query.write(id, w),
        Body::Modify(modify) => modify.write(id, w),
    };
    sealed.finish(&call.sender, Some(call.token), body, now)
}

/// Writes and signs the answer to the question `in_reply_to`; `id` is the answer's own name. HTTP status 200.
///
/// # Errors
/// [`SignFailed`] if the key store does not sign.
pub fn seal_response(
    sender: &Sender<'_>,
    in_reply_to: &MessageId,
    id: &MessageId,
    body: &QueryResponse,
    now: Timestamp,
) -> Result<Vec<u8>, SignFailed> {
    let mut sealed = Sealed::new(sender, id);
    sealed.text("rel", WSA, "RelatesTo", in_reply_to.as_str());
    sealed.text("act", WSA, "Action", &body.service.response_action());
    sealed.finish(sender, None, |w| body.write(w), now)
}

/// Writes and signs the answer to a change, as [`seal_response`] does to a question.
///
/// # Errors
/// [`SignFailed`] if the key store does not sign.
pub fn seal_modify_response(
    sender: &Sender<'_>,
    in_reply_to: &MessageId,
    id: &MessageId,
    body: &ModifyResponse,
    now: Timestamp,
) -> Result<Vec<u8>, SignFailed> {
    let mut sealed = Sealed::new(sender, id);
    sealed.text("rel", WSA, "RelatesTo", in_reply_to.as_str());
    sealed.text("act", WSA, "Action", &body.service.modify_response_action());
    sealed.finish(sender, None, |w| body.write(w), now)
}

/// Writes and signs a fault; without `in_reply_to` where the question could not be read. HTTP status [`Fault::http_status`].
///
/// # Errors
/// [`SignFailed`] if the key store does not sign.
pub fn seal_fault(
    sender: &Sender<'_>,
    in_reply_to: Option<&MessageId>,
    id: &MessageId,
    fault: &Fault,
    now: Timestamp,
) -> Result<Vec<u8>, SignFailed> {
    let mut sealed = Sealed::new(sender, id);
    if let Some(asked) = in_reply_to {
        sealed.text("rel", WSA, "RelatesTo", asked.as_str());
    }
    sealed.text("act", WSA, "Action", FAULT_ACTIONS[0]);
    credentials(&mut sealed, fault);
    sealed.finish(sender, None, |w| write_fault(w, fault), now)
}

/// The children of a SOAP 1.1 fault have no namespace (§4.4).
fn write_fault(w: &mut Writer, fault: &Fault) {
    w.start(SOAP, "Fault", &[]);
    w.leaf(xml::ns::NONE, "faultcode", &[], fault.faultcode());
    w.leaf(xml::ns::NONE, "faultstring", &[], fault.text());
    if let Some(code) = fault.status() {
        w.start(xml::ns::NONE, "detail", &[]).empty(LU, "Status", &[Attr::plain("code", code)]).end();
    }
    w.end();
}

/// The parts of a message as they are written, each already in the form its digest is taken of.
pub(crate) struct Sealed {
    headers: Vec<(&'static str, Fragment)>,
}

impl Sealed {
    pub(crate) fn new(sender: &Sender<'_>, id: &MessageId) -> Self {
        let mut sealed = Self { headers: Vec::with_capacity(8) };
        sealed.part("fwk", (SBF, "Framework"), &[Attr::plain("version", "2.0"), MUST_UNDERSTAND], |_| ());
        sealed.part("snd", (SB, "Sender"), &[Attr::plain("providerID", sender.entity.as_str())], |_| ());
        sealed.text("mid", WSA, "MessageID", id.as_str());
        sealed
    }

    pub(crate) fn text(&mut self, id: &'static str, ns: Ns, local: &str, text: &str) {
        self.part(id, (ns, local), &[], |w| {
            w.text(text);
        });
    }

    pub(crate) fn part(
        &mut self,
        id: &'static str,
        name: (Ns, &str),
        attrs: &[Attr<'_>],
        content: impl FnOnce(&mut Writer),
    ) {
        self.headers.push((id, signed_part(id, name, attrs, content)));
    }

    /// Adds timestamp, token and token reference, signs, and puts the envelope together.
    pub(crate) fn finish(
        self,
        sender: &Sender<'_>,
        token: Option<&Token>,
        body: impl FnOnce(&mut Writer),
        now: Timestamp,
    ) -> Result<Vec<u8>, SignFailed> {
        let timestamp = signed_part("ts", (WSU, "Timestamp"), &[], |w| {
            w.leaf(WSU, "Created", &[], &instant::write(now));
            w.leaf(WSU, "Expires", &[], &instant::write(now.saturating_add(LIFETIME).unwrap_or(now)));
        });
        let reference = token.map(token_reference);
        let body = signed_part(BODY_ID, (SOAP, "Body"), &[], body);
        let mut parts: Vec<Part<'_>> = self.headers.iter().map(|(id, header)| part(id, header)).collect();
        parts.push(part("ts", &timestamp));
        let dereferenced = token.and_then(Token::digest);
        if dereferenced.is_none() {
            parts.extend(reference.as_ref().map(|reference| part("str", reference)));
        }
        parts.push(part(BODY_ID, &body));
        let signature = match &dereferenced {
            Some(digest) => xml::signature_with_token(&parts, ("str", digest), &sender.signing(), sender.sign)?,
            None => xml::signature(&parts, &sender.signing(), sender.sign)?,
        };

        let mut w = Writer::new();
        // Declared here although nothing shows it: fault codes are names with these prefixes.
        w.start_declaring(SOAP, "Envelope", &[], &[SBF, SB, WSA, WSSE, WSU]).start(SOAP, "Header", &[]);
        for (_, header) in &self.headers {
            w.raw(header);
        }
        w.start(WSSE, "Security", &[MUST_UNDERSTAND]).raw(&timestamp);
        if let Some((token, reference)) = token.zip(reference.as_ref()) {
            w.raw(&token.encrypted).raw(reference);
        }
        w.raw(&signature).end().end().raw(&body).end();
        Ok(w.finish().into_string().into_bytes())
    }
}

/// Names the assertion by its ID (SAML Token Profile 1.1 §3.4). Where the signature covers this element rather than the
/// encrypted token, the receiver compares the ID with that of the assertion it decrypts.
fn token_reference(token: &Token) -> Fragment {
    let kind = [Attr::of(WSSE11, "TokenType", TOKEN_TYPE)];
    signed_part("str", (WSSE, "SecurityTokenReference"), &kind, |w| {
        w.leaf(WSSE, "KeyIdentifier", &[Attr::plain("ValueType", SAML_ID)], &token.assertion_id);
    })
}

fn signed_part(id: &str, name: (Ns, &str), attrs: &[Attr<'_>], content: impl FnOnce(&mut Writer)) -> Fragment {
    let mut all = attrs.to_vec();
    all.push(Attr::of(WSU, "Id", id));
    let mut w = Writer::new();
    w.start(name.0, name.1, &all);
    content(&mut w);
    w.end();
    w.finish()
}

fn part<'a>(id: &'a str, fragment: &'a Fragment) -> Part<'a> {
    Part { id, canonical: fragment.as_str(), enveloped: false }
}

/// The ID of the body.
pub(crate) const BODY_ID: &str = "body";
pub(super) const MUST_UNDERSTAND: Attr<'static> = Attr::of(SOAP, "mustUnderstand", "1");
/// `wsu:Expires` after `wsu:Created`.
const LIFETIME: SignedDuration = SignedDuration::from_mins(5);
