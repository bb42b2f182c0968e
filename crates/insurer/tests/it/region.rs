//! A small region: a platform with its keys, and one insurer's node behind mutual TLS.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use db::testing::TestDatabase;
use idwsf::dst::{DataNode, Modify, ModifyItem, Page, Query, QueryItem, Reply, Rest, ServiceType, Status};
use idwsf::message::{
    Answer, Body, Call, Consent, ConsentUri, Expect, Headers, PeerFault, ProcessingContext, Purpose, Request,
    open_modify_response, open_response, seal_call, seal_request,
};
use idwsf::token::{Authn, AuthnClass, Mint, Token, mint};
use idwsf::{CONTENT_TYPE, EntityId, MessageId, Pseudonym, Sender, SignFailed};
use insurer::config::{Allowed, KeyStore, Partner, Service, Tls};
use insurer::{App, Category, Config};
use jiff::{SignedDuration, Timestamp};
use keys::{Keys, Kind, Seal};
use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use tokio::sync::oneshot;
use web::{Clock, Random};
use xml::{EncryptionKey, Fragment, VerifyingKey};

use crate::client_keys::authority_params;

pub(crate) const ADDRESS: &str = "https://nhi.example.jp/idwsf/dst";
pub(crate) const PLATFORM: &str = "https://portal.example.jp/wsf";
pub(crate) const NODE: &str = "https://nhi.example.jp/";

/// The platform, and the node's files. Everything goes with it.
pub(crate) struct Region {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) database: TestDatabase,
    pub(crate) folder: PathBuf,
    keys: Keys,
    node_keys: Vec<VerifyingKey>,
    recipient: EncryptionKey,
    client: Option<String>,
    stop: Option<oneshot::Sender<()>>,
    running: Option<SocketAddr>,
}

/// A question, before it is sealed.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) pseudonym: String,
    pub(crate) purpose: Purpose,
    pub(crate) class: AuthnClass,
    pub(crate) selects: Vec<&'static str>,
    pub(crate) to: &'static str,
    pub(crate) since: Option<Timestamp>,
    pub(crate) page: Option<Page>,
}

/// What came back: the items' content, flattened to text, and the status.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: Status,
    pub(crate) data: Vec<String>,
    /// The elements as they came, and what is left of each item.
    pub(crate) elements: Vec<String>,
    pub(crate) rest: Vec<Rest>,
}

/// A change, before it is sealed.
#[derive(Clone)]
pub(crate) struct Change {
    pub(crate) pseudonym: String,
    pub(crate) select: &'static str,
    pub(crate) new_data: Option<Fragment>,
    pub(crate) purpose: Purpose,
    pub(crate) consent: ConsentUri,
    pub(crate) simulated: bool,
}

pub(crate) fn ask(pseudonym: &str, select: &'static str) -> Ask {
    Ask {
        pseudonym: pseudonym.to_owned(),
        purpose: Purpose::CitizenSelfView,
        class: AuthnClass::SmartcardPki,
        selects: vec![select],
        to: ADDRESS,
        since: None,
        page: None,
    }
}

pub(crate) const COVERAGE: &str = "/nhi:Insured/nhi:Coverage";
pub(crate) const LINK: &str = "/nhi:Insured/nhi:Link";
pub(crate) const ELIGIBILITY: &str = "/nhi:Insured/nhi:Eligibility";

/// One region for each engine.
pub(crate) async fn regions() -> Vec<Region> {
    let mut regions = Vec::new();
    for database in db::testing::databases().await.unwrap() {
        regions.push(Region::new(database));
    }
    regions
}

impl Region {
    pub(crate) fn new(database: TestDatabase) -> Region {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("ssc_insurer_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        let clock = Clock::fixed("2026-11-22T03:00:00Z".parse().unwrap());
        let keys = platform_keys(&folder, clock.now());
        keys.ensure("sign", Kind::Sign { subject: PLATFORM }, clock.now()).unwrap();
        write_pem(&folder.join("platform.pem"), &keys.certificate("sign").unwrap());
        let client = certificates(&folder);
        let config = config(&folder, &database.url);
        fs::write(folder.join("credential"), [9; 32]).unwrap();
        let node = insurer::set_up(&config, clock.now()).unwrap();
        Region {
            node_keys: vec![VerifyingKey::from_certificate_der(&node.sign).unwrap()],
            recipient: EncryptionKey::from_certificate_der(NODE, &node.decrypt).unwrap(),
            client: Some(client),
            stop: None,
            running: None,
            config,
            clock,
            database,
            folder,
            keys,
        }
    }

    /// The node without the network, to import and to look inside.
    pub(crate) async fn app(&self) -> App {
        App::open(&self.config, self.clock.clone()).await.unwrap()
    }

    pub(crate) async fn start(&mut self) {
        let (ready, address) = oneshot::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let (config, clock) = (self.config.clone(), self.clock.clone());
        tokio::spawn(async move {
            let ready = |address| ready.send(address).unwrap();
            let stopped = async { stopped.await.unwrap_or_default() };
            insurer::serve(&config, clock, ready, stopped).await.unwrap();
        });
        self.running = Some(address.await.unwrap());
        self.stop = Some(stop);
    }

    /// Keys of the platform, `sign`, and of whoever else a test makes one for.
    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// What tokens for the node are encrypted to.
    pub(crate) fn recipient(&self) -> &EncryptionKey {
        &self.recipient
    }

    /// What the node's answers are signed with.
    pub(crate) fn node_keys(&self) -> &[VerifyingKey] {
        &self.node_keys
    }

    /// Seals a question as the platform does.
    pub(crate) fn seal(&self, ask: &Ask) -> (MessageId, Vec<u8>) {
        self.seal_as(PLATFORM, ask)
    }

    pub(crate) fn seal_as(&self, entity: &str, ask: &Ask) -> (MessageId, Vec<u8>) {
        let (random, now) = (Random::new(), self.clock.now());
        let entity = EntityId::parse(entity).unwrap();
        let sign = |bytes: &[u8]| self.keys.sign("sign", bytes).map_err(|_| SignFailed);
        let sender = Sender { entity: &entity, algorithm: self.keys.algorithm("sign").unwrap(), sign: &sign };
        let message_id = MessageId::from_random(random.bytes());
        let items = ask.selects.iter().enumerate().map(|(place, select)| QueryItem {
            item_id: Some(format!("q{place}")),
            select: (*select).to_owned(),
            changed_since: ask.since,
            page: ask.page.clone(),
        });
        let request = Request {
            sender,
            to: ask.to,
            token: &self.token(sender, ask, now),
            consent: None,
            purpose: ask.purpose,
            query: &Query { service: ServiceType::NHI, items: items.collect() },
            message_id: &message_id,
        };
        let sealed = seal_request(&request, now).unwrap();
        (message_id, sealed)
    }

    /// Signs as the platform does.
    pub(crate) fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.keys.sign("sign", bytes).unwrap()
    }

    /// Asks for a change, and opens the signed answer.
    pub(crate) async fn change(&self, change: &Change) -> Result<Status, PeerFault> {
        let (random, now) = (Random::new(), self.clock.now());
        let entity = EntityId::parse(PLATFORM).unwrap();
        let sign = |bytes: &[u8]| self.keys.sign("sign", bytes).map_err(|_| SignFailed);
        let sender = Sender { entity: &entity, algorithm: self.keys.algorithm("sign").unwrap(), sign: &sign };
        let message_id = MessageId::from_random(random.bytes());
        let item = ModifyItem {
            item_id: Some("m0".to_owned()),
            select: change.select.to_owned(),
            new_data: change.new_data.clone().map(|data| vec![data]),
            not_changed_since: None,
            override_allowed: false,
        };
        let consent = Consent { uri: change.consent, given_at: Some(now) };
        let headers = Headers {
            consent: Some(consent),
            purpose: Some(change.purpose),
            context: change.simulated.then_some(ProcessingContext::Simulate),
            ..Headers::default()
        };
        let call = Call {
            sender,
            to: ADDRESS,
            token: &self.token(sender, &ask(&change.pseudonym, change.select), now),
            headers: &headers,
            body: Body::Modify(&Modify::one(ServiceType::NHI, item)),
            message_id: &message_id,
        };
        let (_, body) = self.post(seal_call(&call, now).unwrap()).await;
        let from = EntityId::parse(NODE).unwrap();
        let expect = Expect { in_reply_to: &message_id, from: &from, keys: &self.node_keys, service: ServiceType::NHI };
        match open_modify_response(&body, &expect, now).unwrap() {
            Answer::Reply(reply) => Ok(reply.status),
            Answer::Fault(fault) => Err(fault),
        }
    }

    fn token(&self, issuer: Sender<'_>, ask: &Ask, now: Timestamp) -> Token {
        let random = Random::new();
        let wanted = Mint {
            issuer,
            audience: &EntityId::parse(NODE).unwrap(),
            recipient: &self.recipient,
            pseudonym: &Pseudonym::parse(&ask.pseudonym).unwrap(),
            authn: Authn { instant: now, class: ask.class },
            lifetime: SignedDuration::from_mins(5),
        };
        mint(&wanted, &mut |bytes| random.fill(bytes), now).unwrap()
    }

    /// Sends an envelope and gives back status and body.
    pub(crate) async fn post(&self, envelope: Vec<u8>) -> (u16, Vec<u8>) {
        let request = self.client().post(self.url("/idwsf/dst")).header("content-type", CONTENT_TYPE);
        let response = request.body(envelope).send().await.unwrap();
        (response.status().as_u16(), response.bytes().await.unwrap().to_vec())
    }

    /// Asks, and opens the signed answer.
    pub(crate) async fn ask(&self, ask: &Ask) -> Result<Answered, PeerFault> {
        let (id, envelope) = self.seal(ask);
        let (_, body) = self.post(envelope).await;
        self.open(&id, &body)
    }

    pub(crate) fn open(&self, in_reply_to: &MessageId, body: &[u8]) -> Result<Answered, PeerFault> {
        let from = EntityId::parse(NODE).unwrap();
        let expect = Expect { in_reply_to, from: &from, keys: &self.node_keys, service: ServiceType::NHI };
        match open_response(body, &expect, self.clock.now(), flattened).unwrap() {
            Answer::Reply(answered) => Ok(answered),
            Answer::Fault(fault) => Err(fault),
        }
    }

    /// A fault that was written before the question was believed: it relates to it, and is signed.
    pub(crate) fn open_claimed(&self, in_reply_to: &MessageId, body: &[u8]) -> PeerFault {
        self.open(in_reply_to, body).unwrap_err()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.running.unwrap().port())
    }

    pub(crate) fn client(&self) -> reqwest::Client {
        self.client_with(self.client.as_deref())
    }

    /// A client that shows this certificate, or none.
    pub(crate) fn client_with(&self, identity: Option<&str>) -> reqwest::Client {
        // Another test of this process may have been first.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let authority = reqwest::Certificate::from_pem(&fs::read(self.folder.join("ca.pem")).unwrap()).unwrap();
        let mut builder = reqwest::Client::builder().tls_certs_only([authority]);
        if let Some(pem) = identity {
            builder = builder.identity(reqwest::Identity::from_pem(pem.as_bytes()).unwrap());
        }
        builder.build().unwrap()
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn flattened(reply: &Reply<'_, '_>) -> Answered {
    let text = |data: &DataNode<'_, '_>| {
        let texts = data.node.descendants().filter_map(|node| node.text().map(str::to_owned));
        let validity = data.node.descendants().filter_map(|node| xml::unqualified(node, "validity").map(str::to_owned));
        let link = data.node.descendants().filter_map(|node| {
            Some(format!("{} {}", xml::unqualified(node, "state")?, xml::unqualified(node, "number")?))
        });
        texts.chain(validity.map(|code| format!("validity {code}"))).chain(link).collect::<Vec<_>>().join("|")
    };
    let elements = reply.data().iter().flat_map(|data| data.node.children().filter(xml::Node::is_element));
    Answered {
        status: reply.status.clone(),
        data: reply.data().iter().map(text).collect(),
        elements: elements.map(|node| Fragment::of(node).into_string()).collect(),
        rest: reply.data().iter().map(|data| data.rest.clone()).collect(),
    }
}

fn platform_keys(folder: &Path, _now: Timestamp) -> Keys {
    let credential = folder.join("platform-credential");
    fs::write(&credential, [5; 32]).unwrap();
    Keys::create(&folder.join("platform-keys"), &Seal::credential(&credential)).unwrap()
}

/// An authority, the node's certificate, and the platform's as a client, which is given back.
fn certificates(folder: &Path) -> String {
    let params = authority_params();
    let key = KeyPair::generate().unwrap();
    fs::write(folder.join("ca.key"), key.serialize_pem()).unwrap();
    let authority = CertifiedIssuer::self_signed(params, key).unwrap();
    fs::write(folder.join("ca.pem"), authority.pem()).unwrap();
    let issue = |name: &str| {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &authority).unwrap().pem(), key.serialize_pem())
    };
    let (certificate, key) = issue("localhost");
    fs::write(folder.join("node.pem"), certificate).unwrap();
    fs::write(folder.join("node.key"), key).unwrap();
    let (certificate, key) = issue("platform");
    certificate + &key
}

fn write_pem(path: &Path, der: &[u8]) {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    fs::write(path, format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")).unwrap();
}

fn config(folder: &Path, database: &str) -> Config {
    let platform = || vec![Partner { entity: PLATFORM.to_owned(), certificate: folder.join("platform.pem") }];
    let allowed = |purpose: &str, category, card_alone| Allowed {
        requester: PLATFORM.to_owned(),
        purpose: purpose.to_owned(),
        category,
        card_alone,
    };
    Config {
        entity: NODE.to_owned(),
        insurer: "370015".parse().unwrap(),
        service: Service::Nhi,
        listen: ([127, 0, 0, 1], 0).into(),
        address: ADDRESS.to_owned(),
        database: database.to_owned(),
        raw_files: folder.join("raw"),
        keys: KeyStore {
            path: folder.join("keys"),
            passphrase_file: None,
            credential: Some(folder.join("credential")),
            signature: keys::Signature::default(),
        },
        tls: Tls {
            certificate: folder.join("node.pem"),
            key: folder.join("node.key"),
            client_ca: folder.join("ca.pem"),
            services_by_key: false,
        },
        providers: platform(),
        issuers: platform(),
        policy: vec![
            allowed("citizen-self-view", Category::Coverage, false),
            allowed("citizen-self-view", Category::Eligibility, false),
            allowed("eligibility-check", Category::Eligibility, true),
            allowed("citizen-self-view", Category::CheckUp, false),
            allowed("citizen-self-view", Category::Expenses, false),
            allowed("citizen-self-view", Category::Pension, false),
            allowed("linking", Category::Link, false),
            allowed("citizen-self-view", Category::Contact, false),
        ],
        console: None,
        discovery: None,
        drift: insurer::import::Limits::default(),
    }
}
