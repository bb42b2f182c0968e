//! A wicked insurer: it has the keys and the address of a real one, and answers as it likes.

use std::{
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use axum_server::tls_rustls::RustlsConfig;
use health::{Coverage, coverage_xml};
use idwsf::{
    EntityId, Fault, MessageId, Sender, SignFailed,
    dst::{Code, ModifyResponse, Page, Query, QueryResponse, ServiceType, Status},
    message::{Demand, LIMITS, Moved, Update, seal_demand, seal_fault, seal_modify_response, seal_response},
};
use jiff::{Timestamp, civil::Date};
use keys::{Keys, Seal};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs::default_provider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use web::Clock;

use crate::{
    node::{Insurer, Node, To},
    region_keys,
};

/// What it does with a question.
pub(crate) type Trick = Box<dyn Fn(&Wicked, &MessageId) -> Vec<u8> + Send + Sync>;

/// The wicked insurer.
pub(crate) struct Wicked {
    /// Where it listens.
    pub(crate) served_at: SocketAddr,
    insurer: Insurer,
    clock: Clock,
    trick: Mutex<Trick>,
    /// What it has answered so far.
    pub(crate) answered: Mutex<Vec<Vec<u8>>>,
    /// What it was asked so far.
    pub(crate) asked: Mutex<Vec<Bytes>>,
}

impl Wicked {
    /// Takes the place of a node.
    pub(crate) fn instead_of(node: &Node, clock: &Clock) -> Arc<Self> {
        let trick: Trick = Box::new(|_, _| Vec::new());
        let (trick, answered, asked) = (Mutex::new(trick), Mutex::new(Vec::new()), Mutex::new(Vec::new()));
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let served_at = listener.local_addr().unwrap();
        let wicked = Arc::new(Self { served_at, insurer: node.insurer, clock: clock.clone(), trick, answered, asked });
        let certificate = CertificateDer::from_pem_file(&node.config.tls.certificate).unwrap();
        let key = PrivateKeyDer::from_pem_file(&node.config.tls.key).unwrap();
        let tls = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        listener.set_nonblocking(true).unwrap();
        node.line.lead(To::Address(served_at));
        let router =
            Router::new().route("/health", get(|| async { "ok" })).fallback(answer).with_state(Arc::clone(&wicked));
        let server = axum_server::from_tcp_rustls(listener, RustlsConfig::from_config(Arc::new(tls))).unwrap();
        tokio::spawn(server.serve(router.into_make_service()));
        wicked
    }

    /// From now on it answers so.
    pub(crate) fn will(&self, trick: impl Fn(&Self, &MessageId) -> Vec<u8> + Send + Sync + 'static) {
        *self.trick.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(trick);
    }

    /// The answer that an honest node would give.
    pub(crate) fn honest(&self, question: &MessageId, coverage: &[Coverage]) -> Vec<u8> {
        self.signed((self.insurer, self.insurer), question, coverage, self.clock.now())
    }

    /// The answer that an insurer gives of a date whose records these are.
    pub(crate) fn eligible(&self, question: &MessageId, coverage: &[Coverage], date: Date) -> Vec<u8> {
        let service = self.service();
        let content = || vec![coverage_xml::write_eligibility(coverage, service.ns(), date)];
        let body: QueryResponse = Query::one(service, "/").answer(self.clock.now(), |_| Ok(content()));
        let (keys, entity) = (node_keys(self.insurer), EntityId::parse(self.insurer.entity()).unwrap());
        let sign = |bytes: &[u8]| keys.sign("sign", bytes).map_err(|_| SignFailed);
        let sender = Sender { entity: &entity, algorithm: keys.algorithm("sign").unwrap(), sign: &sign };
        seal_response(&sender, question, &MessageId::from_random([1; 16]), &body, self.clock.now()).unwrap()
    }

    /// A part of an answer, with so many records, after which there is always more.
    pub(crate) fn has_more(&self, question: &MessageId, coverage: &Coverage, count: u32) -> Vec<u8> {
        let service = self.service();
        let mut query = Query::one(service, "/");
        query.items.iter_mut().for_each(|item| item.page = Some(Page { count: Some(count), ..Page::default() }));
        let all = || (0..=count).map(|_| coverage_xml::write(coverage, service.ns())).collect::<Vec<_>>();
        let body = query.answer(self.clock.now(), |_| Ok(all()));
        let (keys, entity) = (node_keys(self.insurer), EntityId::parse(self.insurer.entity()).unwrap());
        let sign = |bytes: &[u8]| keys.sign("sign", bytes).map_err(|_| SignFailed);
        let sender = Sender { entity: &entity, algorithm: keys.algorithm("sign").unwrap(), sign: &sign };
        seal_response(&sender, question, &MessageId::from_random([1; 16]), &body, self.clock.now()).unwrap()
    }

    /// An answer in the name of `from`, with the keys of `by`, made at `now`.
    pub(crate) fn signed(
        &self,
        (from, by): (Insurer, Insurer),
        question: &MessageId,
        coverage: &[Coverage],
        now: Timestamp,
    ) -> Vec<u8> {
        let service = self.service();
        let content = coverage.iter().map(|period| coverage_xml::write(period, service.ns())).collect();
        self.answered((from, by), question, Ok(content), now)
    }

    /// The answer to a question, with these elements or this refusal.
    pub(crate) fn answers(&self, question: &MessageId, content: Result<Vec<xml::Fragment>, Code>) -> Vec<u8> {
        self.answered((self.insurer, self.insurer), question, content, self.clock.now())
    }

    fn answered(
        &self,
        (from, by): (Insurer, Insurer),
        question: &MessageId,
        content: Result<Vec<xml::Fragment>, Code>,
        now: Timestamp,
    ) -> Vec<u8> {
        let body: QueryResponse = Query::one(self.service(), "/").answer(now, |_| content.clone());
        let (keys, entity) = (node_keys(by), EntityId::parse(from.entity()).unwrap());
        let sign = |bytes: &[u8]| keys.sign("sign", bytes).map_err(|_| SignFailed);
        let sender = Sender { entity: &entity, algorithm: keys.algorithm("sign").unwrap(), sign: &sign };
        seal_response(&sender, question, &MessageId::from_random([1; 16]), &body, now).unwrap()
    }

    /// The answer to a change.
    pub(crate) fn changes(&self, question: &MessageId, done: Result<(), Code>) -> Vec<u8> {
        let now = self.clock.now();
        let body = match done {
            Ok(()) => ModifyResponse::done(self.service(), now),
            Err(code) => ModifyResponse::refused(self.service(), Status::failed(code, None), now),
        };
        let (keys, entity) = (node_keys(self.insurer), EntityId::parse(self.insurer.entity()).unwrap());
        let sign = |bytes: &[u8]| keys.sign("sign", bytes).map_err(|_| SignFailed);
        let sender = Sender { entity: &entity, algorithm: keys.algorithm("sign").unwrap(), sign: &sign };
        seal_modify_response(&sender, question, &MessageId::from_random([1; 16]), &body, now).unwrap()
    }

    /// The last question, and the token in it.
    pub(crate) fn last_asked(&self) -> (String, String) {
        let question = self.asked.lock().unwrap().last().unwrap().clone();
        let document = xml::Document::parse(xml::scan(&question, &LIMITS).unwrap()).unwrap();
        let sealed = document.root().descendants().find(|node| node.tag_name().name() == "EncryptedAssertion").unwrap();
        let keys = node_keys(self.insurer);
        let token = xml::decrypt_as(self.insurer.entity(), sealed, |key| keys.content_key("decrypt", key)).unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (text(&question), text(&token))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A signed refusal.
    pub(crate) fn fault(&self, question: &MessageId) -> Vec<u8> {
        let (keys, entity) = (node_keys(self.insurer), EntityId::parse(self.insurer.entity()).unwrap());
        let sign = |bytes: &[u8]| keys.sign("sign", bytes).map_err(|_| SignFailed);
        let sender = Sender { entity: &entity, algorithm: keys.algorithm("sign").unwrap(), sign: &sign };
        seal_fault(&sender, Some(question), &MessageId::from_random([1; 16]), &Fault::Purpose, self.clock.now())
            .unwrap()
    }

    /// A signed fault that names a new address.
    pub(crate) fn moved(&self, question: &MessageId, address: &str) -> Vec<u8> {
        let (keys, entity) = (node_keys(self.insurer), EntityId::parse(self.insurer.entity()).unwrap());
        let sign = |bytes: &[u8]| keys.sign("sign", bytes).map_err(|_| SignFailed);
        let sender = Sender { entity: &entity, algorithm: keys.algorithm("sign").unwrap(), sign: &sign };
        let moved = Moved { update: Update::Partial, address: address.to_owned() };
        let id = MessageId::from_random([1; 16]);
        seal_demand(&sender, question, &id, Demand::Moved(&moved), self.clock.now()).unwrap()
    }

    /// The names of the messages that came.
    pub(crate) fn names(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|question| message_id(question).as_str().to_owned()).collect()
    }

    pub(crate) fn service(&self) -> ServiceType {
        match self.insurer {
            Insurer::National => ServiceType::NHI,
            Insurer::Company => ServiceType::KHI,
        }
    }
}

async fn answer(State(wicked): State<Arc<Wicked>>, question: Bytes) -> Response {
    let id = message_id(&question);
    wicked.asked.lock().unwrap().push(question);
    // A trick may break the connection off, by a panic.
    let answer = (wicked.trick.lock().unwrap_or_else(PoisonError::into_inner))(&wicked, &id);
    wicked.answered.lock().unwrap().push(answer.clone());
    (StatusCode::OK, [(header::CONTENT_TYPE, idwsf::CONTENT_TYPE)], answer).into_response()
}

/// The message ID of a question, found without looking at anything else.
fn message_id(question: &[u8]) -> MessageId {
    let text = std::str::from_utf8(question).unwrap();
    let element = text.split_once("MessageID").unwrap().1;
    let inside = element.split_once('>').unwrap().1;
    MessageId::parse(inside.split_once('<').unwrap().0).unwrap()
}

pub(crate) fn node_keys(insurer: Insurer) -> Keys {
    let folder = region_keys::folder();
    let file = folder.join(format!("{}.keys", insurer.number()));
    Keys::open(&file, &Seal::credential(&folder.join("credential"))).unwrap()
}
