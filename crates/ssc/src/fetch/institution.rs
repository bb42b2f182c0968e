//! One institution: what the resident lets be asked there, and what it told.

use anyhow::{Context as _, bail};
use health::{checkup::ItemCode, coverage_xml};
use idwsf::{
    dst::{Code, Got, Query, QueryItem, Reply, ServiceType},
    epr::{Client, EndpointReference, Target, Transport, Unusable},
    message::{
        Answer, Body, Call, Consent, ConsentUri, Expect, Headers, Mechanism, PeerDemand, PeerFault, Purpose,
        open_response, seal_call,
    },
    token::Permit,
};
use web::Clock;

use super::{Told, config::Party, wire};

/// Asks an institution for everything that the reference names. What goes wrong is part of what is told.
pub(super) async fn ask(party: &Party, reference: &EndpointReference) -> Told {
    let mut told = Told {
        institution: reference.provider.as_str().to_owned(),
        name: reference.name.clone(),
        as_of: None,
        coverage: Vec::new(),
        check_ups: Vec::new(),
        problem: None,
    };
    match asked(party, reference).await {
        Ok(Some(answered)) => {
            told.as_of = answered.as_of;
            told.coverage = answered.coverage;
            told.check_ups = answered.check_ups;
        }
        Ok(None) => told.problem = Some("no records".to_owned()),
        Err(error) => told.problem = Some(format!("{error:#}")),
    }
    told
}

/// What an institution answered.
#[derive(Default)]
struct Answered {
    as_of: Option<String>,
    coverage: Vec<serde_json::Value>,
    check_ups: Vec<serde_json::Value>,
}

async fn asked(party: &Party, reference: &EndpointReference) -> anyhow::Result<Option<Answered>> {
    let peer = party.institutions.iter().find(|peer| peer.entity == reference.provider);
    let peer = peer.context("the configuration does not name this institution")?;
    let service = reference.service_types.iter().find_map(|kind| ServiceType::by_uri(kind.as_str()));
    let service = service.context("it offers no service that is known here")?;
    let client = Client { mechanisms: party.mechanisms, transport: Transport::Tls };
    let target = match reference.target(&client, Clock::System.now()) {
        Err(Unusable::Mechanism) if by_key(reference) => bail!(BY_KEY),
        target => target?,
    };
    let Some(query) = query(reference, service) else { return Ok(None) };
    let id = wire::message_id();
    let message = sealed(party, &target, &query, &id)?;
    let answer = wire::post(&party.mutual, target.address.as_str(), &service.query_action(), message).await?;
    let expect = Expect { in_reply_to: &id, from: &peer.entity, keys: &peer.keys, service };
    let read = |reply: &Reply<'_, '_>| read(reply, &query);
    match open_response(&answer, &expect, Clock::System.now(), read).context("the answer cannot be believed")? {
        Answer::Reply(answered) => answered,
        Answer::Fault(fault) if wants_key(&fault) && !party.connects_by_key() => bail!(BY_KEY),
        Answer::Fault(fault) => bail!("it refuses: {} {}", fault.code, fault.status.unwrap_or_default()),
    }
}

/// Whether a reference names the mechanism that shows the key in TLS.
fn by_key(reference: &EndpointReference) -> bool {
    reference.contexts.iter().flat_map(|context| &context.mechanisms).any(|uri| is_by_key(uri.as_str()))
}

/// Whether a fault sends us to that mechanism, whatever discovery said.
fn wants_key(fault: &PeerFault) -> bool {
    let Some(PeerDemand::Credentials { mechanisms, .. }) = fault.demand.as_deref() else { return false };
    mechanisms.iter().any(|uri| is_by_key(uri))
}

fn is_by_key(uri: &str) -> bool {
    Mechanism::by_uri(uri) == Some(Mechanism::ClientTlsSamlV2)
}

/// One item for each kind of records that the resident lets this service see there.
fn query(reference: &EndpointReference, service: ServiceType) -> Option<Query> {
    let options = reference.options.iter().flat_map(|options| &options.0);
    let permitted: Vec<&str> = options.filter_map(|option| Permit::category_of(option.as_str())).collect();
    let prefix = service.ns().prefix;
    let item = |(category, element): (&str, &str)| QueryItem {
        item_id: Some(category.to_owned()),
        select: format!("/{prefix}:Insured/{prefix}:{element}"),
        changed_since: None,
        page: None,
    };
    let items: Vec<_> = KINDS.into_iter().filter(|(category, _)| permitted.contains(category)).map(item).collect();
    (!items.is_empty()).then_some(Query { service, items })
}

fn sealed(
    party: &Party,
    target: &Target,
    query: &Query,
    message_id: &idwsf::MessageId,
) -> Result<Vec<u8>, idwsf::SignFailed> {
    let headers = Headers {
        consent: Some(Consent { uri: ConsentUri::Prior, given_at: None }),
        purpose: Some(Purpose::Treatment),
        ..Headers::default()
    };
    party.as_sender(|sender| {
        let call = Call {
            sender: *sender,
            to: target.address.as_str(),
            token: &target.token,
            headers: &headers,
            body: Body::Query(query),
            message_id,
        };
        seal_call(&call, Clock::System.now())
    })
}

/// Reads what was answered; nothing where the institution has nothing of it all, or does not tell this service.
fn read(reply: &Reply<'_, '_>, query: &Query) -> anyhow::Result<Option<Answered>> {
    let ns = query.service.ns();
    let mut answered = Answered::default();
    // When the institution's files last said so: an answer of this minute may be of old records. A check-up says it of itself.
    let mut as_of = reply.time_stamp;
    let mut any = false;
    for (category, _) in KINDS {
        match reply.item(category) {
            Got::Data(data) => {
                any = true;
                for record in data.node.children().filter(xml::Node::is_element) {
                    if category == COVERAGE {
                        let unreadable = "a period of coverage is not readable";
                        let coverage = coverage_xml::read(record, ns).context(unreadable)?;
                        let said_at = coverage_xml::as_of(record).context(unreadable)?;
                        as_of = as_of.map(|as_of| said_at.map_or(as_of, |said_at| as_of.min(said_at)));
                        answered.coverage.push(serde_json::to_value(coverage)?);
                    } else {
                        answered.check_ups.push(plain(record));
                    }
                }
            }
            Got::Refused(codes) if codes.iter().all(|code| **code == Code::DOES_NOT_EXIST) => {}
            Got::Refused(codes) if query.items.iter().any(|item| item.item_id.as_deref() == Some(category)) => {
                let codes: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
                bail!("it does not answer for {category}: {}", codes.join(", "));
            }
            Got::Refused(_) | Got::Nothing => {}
        }
    }
    answered.as_of = as_of.map(|at| at.to_string());
    Ok(any.then_some(answered))
}

/// An element as JSON: its name, its attributes, and what is in it, text or elements; for a code out of an item's list the list's
/// words, too.
pub(super) fn plain(node: xml::Node) -> serde_json::Value {
    let attributes = node.attributes().map(|attribute| (attribute.name().to_owned(), attribute.value().into()));
    let mut object: serde_json::Map<String, serde_json::Value> = attributes.collect();
    object.extend(choice(node).map(|words| ("choice".to_owned(), words.into())));
    object.insert("element".to_owned(), node.tag_name().name().into());
    let children: Vec<_> = node.children().filter(xml::Node::is_element).map(plain).collect();
    if children.is_empty() {
        object.insert("text".to_owned(), xml::text(node).unwrap_or_default().into());
    } else {
        object.insert("content".to_owned(), children.into());
    }
    object.into()
}

/// What a code stands for in the item table, where the element is a code of that table.
fn choice(node: xml::Node) -> Option<&'static str> {
    let code = xml::unqualified(node, "kind").filter(|kind| *kind == "choice").and(xml::unqualified(node, "code"))?;
    let definition = ItemCode::find(code)?.definition();
    definition.choice(xml::text(node).ok()?.parse().ok()?)
}

/// What an operator has to do for an institution that takes no other connection.
const BY_KEY: &str = "it takes only connections with the signing key: name that as tls.key, with a certificate of it";

const COVERAGE: &str = "coverage";
/// The kinds of records, and the elements of their paths.
const KINDS: [(&str, &str); 2] = [(COVERAGE, "Coverage"), ("check-up", "CheckUp")];
