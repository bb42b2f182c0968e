//! Services that ask for themselves: with a token of the platform's for their own key, for what the person lets them see, until the
//! platform says that the person no longer does.

use idwsf::dst::{Code, Modify, ModifyItem, Query, Reply, ServiceType, Status};
use idwsf::message::{
    Answer, Body, Call, Expect, Headers, PeerFault, ProcessingContext, Purpose, open_modify_response, open_response,
    seal_call,
};
use idwsf::token::{Authn, AuthnClass, Bound, Mint, Permit, Token, mint, mint_for};
use idwsf::{EntityId, MessageId, Pseudonym, Sender, SignFailed, Withdrawal};
use insurer::Category;
use insurer::config::Allowed;
use jiff::{SignedDuration, Timestamp};
use keys::Kind;
use web::Random;

use crate::answers::{fill, nodes};
use crate::region::{ADDRESS, COVERAGE, ELIGIBILITY, NODE, PLATFORM, Region, regions};

pub(crate) const SERVICE: &str = "https://k-mix.example.jp/saml";
pub(crate) const OTHER: &str = "https://other.example.jp/saml";
const GRANT: &str = "/nhi:Insured/nhi:Grant";

/// Nodes that know people, with a rule for the service.
pub(crate) async fn open_nodes() -> Vec<Region> {
    let mut regions = regions().await;
    for region in &mut regions {
        fill(region).await;
        let (requester, purpose) = (SERVICE.to_owned(), "treatment".to_owned());
        region.config.policy.push(Allowed { requester, purpose, category: Category::Coverage, card_alone: false });
        region.start().await;
    }
    regions
}

/// What came of a question: how many records, and the status.
type Told = (usize, Status);

fn nothing() -> Told {
    (0, Status::failed(Code::DOES_NOT_EXIST, Some("q1".to_owned())))
}

fn told(records: usize) -> Told {
    (records, Status::OK)
}

/// A token that the platform made for a person and a service.
pub(crate) struct Given {
    pub(crate) pseudonym: &'static str,
    pub(crate) holder: &'static str,
    pub(crate) class: AuthnClass,
    pub(crate) permits: Vec<Permit>,
    pub(crate) at: Timestamp,
}

impl Given {
    fn now(region: &Region) -> Given {
        Given {
            pseudonym: "p-yoshida",
            holder: SERVICE,
            class: AuthnClass::SmartcardPki,
            permits: vec![Permit::new("coverage", Purpose::Treatment).unwrap()],
            at: region.clock.now(),
        }
    }

    pub(crate) fn token(&self, region: &Region) -> Token {
        let (random, keys) = (Random::new(), region.keys());
        keys.ensure("service", Kind::Sign { subject: "a service" }, region.clock.now()).unwrap();
        let platform = EntityId::parse(PLATFORM).unwrap();
        let sign = |bytes: &[u8]| keys.sign("sign", bytes).map_err(|_| SignFailed);
        let wanted = Mint {
            issuer: Sender { entity: &platform, algorithm: keys.algorithm("sign").unwrap(), sign: &sign },
            audience: &EntityId::parse(NODE).unwrap(),
            recipient: region.recipient(),
            pseudonym: &Pseudonym::parse(self.pseudonym).unwrap(),
            authn: Authn { instant: self.at, class: self.class },
            lifetime: SignedDuration::from_mins(5),
        };
        if self.holder == PLATFORM {
            return mint(&wanted, &mut |bytes| random.fill(bytes), self.at).unwrap();
        }
        let bound = Bound {
            holder: &EntityId::parse(self.holder).unwrap(),
            certificate: &keys.certificate("service").unwrap(),
            permits: &self.permits,
        };
        mint_for(&wanted, &bound, &mut |bytes| random.fill(bytes), self.at).unwrap()
    }
}

/// A message, signed with its sender's key.
pub(crate) fn sealed(
    region: &Region,
    sender: &str,
    token: &Token,
    headers: &Headers,
    body: Body<'_>,
) -> (MessageId, Vec<u8>) {
    let key = if sender == PLATFORM { "sign" } else { "service" };
    let id = MessageId::from_random(Random::new().bytes());
    let entity = EntityId::parse(sender).unwrap();
    let sign = |bytes: &[u8]| region.keys().sign(key, bytes).map_err(|_| SignFailed);
    let call = Call {
        sender: Sender { entity: &entity, algorithm: region.keys().algorithm(key).unwrap(), sign: &sign },
        to: ADDRESS,
        token,
        headers,
        body,
        message_id: &id,
    };
    let message = seal_call(&call, region.clock.now()).unwrap();
    (id, message)
}

pub(crate) fn headers(purpose: Purpose) -> Headers {
    Headers { purpose: Some(purpose), ..Headers::default() }
}

/// A service asks for a path with a token.
async fn asked(region: &Region, given: &Given, (select, purpose): (&str, Purpose)) -> Result<Told, PeerFault> {
    let query = Query::one(ServiceType::NHI, select);
    let token = given.token(region);
    let sender = if given.holder == PLATFORM { SERVICE } else { given.holder };
    let (id, message) = sealed(region, sender, &token, &headers(purpose), Body::Query(&query));
    let (_, body) = region.post(message).await;
    let from = EntityId::parse(NODE).unwrap();
    let expect = Expect { in_reply_to: &id, from: &from, keys: region.node_keys(), service: ServiceType::NHI };
    let read = |reply: &Reply<'_, '_>| {
        let records = reply.data().iter().map(|data| data.node.children().filter(xml::Node::is_element).count()).sum();
        (records, reply.status.clone())
    };
    match open_response(&body, &expect, region.clock.now(), read).unwrap() {
        Answer::Reply(told) => Ok(told),
        Answer::Fault(fault) => Err(fault),
    }
}

async fn coverage(region: &Region, given: &Given) -> Told {
    asked(region, given, (COVERAGE, Purpose::Treatment)).await.unwrap()
}

/// The platform, or somebody else, asks for a change about a person.
pub(crate) async fn changed(
    region: &Region,
    by: &'static str,
    item: ModifyItem,
    context: Option<ProcessingContext>,
) -> Status {
    let given = Given { holder: by, ..Given::now(region) };
    let headers = Headers { context, ..headers(Purpose::Linking) };
    let modify = Modify::one(ServiceType::NHI, item);
    let (id, message) = sealed(region, by, &given.token(region), &headers, Body::Modify(&modify));
    let (_, body) = region.post(message).await;
    let from = EntityId::parse(NODE).unwrap();
    let expect = Expect { in_reply_to: &id, from: &from, keys: region.node_keys(), service: ServiceType::NHI };
    match open_modify_response(&body, &expect, region.clock.now()).unwrap() {
        Answer::Reply(reply) => reply.status,
        Answer::Fault(fault) => panic!("{fault:?}"),
    }
}

pub(crate) fn withdrawal(at: Timestamp) -> ModifyItem {
    Withdrawal { holder: EntityId::parse(SERVICE).unwrap(), at }.item(ServiceType::NHI)
}

async fn outcomes(region: &Region) -> Vec<String> {
    let rows = region.database.db.fetch_all("SELECT outcome FROM access_log ORDER BY seq", vec![]).await.unwrap();
    rows.iter().map(|row| row.get("outcome").unwrap()).collect()
}

async fn ended(region: &Region) -> usize {
    region.database.db.fetch_all("SELECT holder FROM grant_end", vec![]).await.unwrap().len()
}

#[tokio::test]
async fn a_service_gets_what_the_person_and_a_rule_let_it_have() {
    for region in open_nodes().await {
        assert_eq!(coverage(&region, &Given::now(&region)).await, told(2));
        let ungranted = Given { permits: Vec::new(), ..Given::now(&region) };
        assert_eq!(coverage(&region, &ungranted).await, nothing());
        let unknown = Given { pseudonym: "p-nobody", ..Given::now(&region) };
        assert_eq!(coverage(&region, &unknown).await, nothing());
        let permits = ["coverage", "eligibility"].map(|word| Permit::new(word, Purpose::Treatment).unwrap()).to_vec();
        let more = Given { permits, ..Given::now(&region) };
        assert_eq!(asked(&region, &more, (ELIGIBILITY, Purpose::Treatment)).await, Ok(nothing()), "no rule");
        assert_eq!(asked(&region, &more, (COVERAGE, Purpose::CitizenSelfView)).await, Ok(nothing()), "another purpose");
        assert_eq!(asked(&region, &more, (GRANT, Purpose::Treatment)).await, Ok(nothing()));
        let log = ["answered", "not-granted", "nothing", "ActionNotAuthorized", "not-granted", "not-granted"];
        assert_eq!(outcomes(&region).await, log);
    }
}

#[tokio::test]
async fn statistics_get_nothing_even_by_a_token_that_names_them() {
    for region in open_nodes().await {
        let permits = vec![Permit::new("coverage", Purpose::Statistics).unwrap()];
        let counting = Given { permits, ..Given::now(&region) };
        assert_eq!(asked(&region, &counting, (COVERAGE, Purpose::Statistics)).await, Ok(nothing()));
    }
}

#[tokio::test]
async fn a_service_without_any_rule_learns_nothing_of_anybody() {
    for region in nodes().await {
        for pseudonym in ["p-yoshida", "p-nobody"] {
            assert_eq!(coverage(&region, &Given { pseudonym, ..Given::now(&region) }).await, nothing());
        }
    }
}

#[tokio::test]
async fn only_what_is_given_needs_the_pin() {
    for region in open_nodes().await {
        let weak = Given { class: AuthnClass::Smartcard, ..Given::now(&region) };
        let fault = asked(&region, &weak, (COVERAGE, Purpose::Treatment)).await.unwrap_err();
        assert_eq!(fault.status.as_deref(), Some("InappropriateCredentials"));
        let ungranted = Given { permits: Vec::new(), ..weak };
        assert_eq!(coverage(&region, &ungranted).await, nothing());
    }
}

#[tokio::test]
async fn a_token_that_anybody_can_bear_is_not_for_services() {
    for region in open_nodes().await {
        let bearer = Given { holder: PLATFORM, ..Given::now(&region) };
        let fault = asked(&region, &bearer, (COVERAGE, Purpose::Treatment)).await.unwrap_err();
        assert_eq!(fault.status.as_deref(), Some("ProviderIDNotValid"));
    }
}

#[tokio::test]
async fn a_withdrawal_ends_the_tokens_of_before_and_no_others() {
    for region in open_nodes().await {
        let before = Given::now(&region);
        let another = Given { pseudonym: "p-hanako", ..Given::now(&region) };
        assert_eq!(changed(&region, PLATFORM, withdrawal(before.at), None).await, Status::OK);

        assert_eq!(coverage(&region, &before).await, nothing());
        assert_eq!(coverage(&region, &another).await, told(1), "another person");
        let earlier = before.at - SignedDuration::from_mins(1);
        assert_eq!(changed(&region, PLATFORM, withdrawal(earlier), None).await, Status::OK);
        assert_eq!(coverage(&region, &before).await, nothing(), "what was told before came late");
        region.clock.set(before.at + SignedDuration::from_secs(1));
        assert_eq!(coverage(&region, &Given::now(&region)).await, told(2), "given anew");
        assert_eq!(ended(&region).await, 1);
    }
}

#[tokio::test]
async fn what_is_no_withdrawal_ends_nothing() {
    for region in open_nodes().await {
        let at = region.clock.now();
        let simulated = Some(ProcessingContext::Simulate);
        assert_eq!(changed(&region, PLATFORM, withdrawal(at), simulated).await, Status::OK);
        let refused = |code| Status::failed(code, None);
        let future = withdrawal(at + SignedDuration::from_mins(6));
        assert_eq!(changed(&region, PLATFORM, future, None).await, refused(Code::INVALID_DATA));
        let empty = ModifyItem { new_data: None, ..withdrawal(at) };
        assert_eq!(changed(&region, PLATFORM, empty, None).await, refused(Code::INVALID_DATA));
        let other = changed(&region, OTHER, withdrawal(at), None).await;
        assert_eq!(other, refused(Code::ACTION_NOT_AUTHORIZED), "a service changes nothing");
        assert_eq!(ended(&region).await, 0);
        assert_eq!(coverage(&region, &Given::now(&region)).await, told(2));
    }
}

#[tokio::test]
async fn a_withdrawal_is_kept_without_a_name() {
    for region in open_nodes().await {
        changed(&region, PLATFORM, withdrawal(region.clock.now()), None).await;
        let sql = "SELECT holder AS name FROM grant_end UNION ALL SELECT pseudonym FROM link \
             UNION ALL SELECT pseudonym FROM access_log";
        let rows = region.database.db.fetch_all(sql, vec![]).await.unwrap();
        let names: Vec<Vec<u8>> = rows.iter().map(|row| row.get("name").unwrap()).collect();
        assert_eq!(names[0].len(), 32, "a digest");
        assert!(names.len() > 2 && !names[1..].contains(&names[0]), "that leads to nobody");
    }
}
