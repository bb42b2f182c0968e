//! What every test needs: a resident's card, the site that issued it, and a running agent.

use std::path::PathBuf;

use agent::{Agent, Config, Origins, Port, ReaderChoice};
use card::{
    CardId, Idm,
    diversify::card_key,
    issuing::{Personalisation, issue},
    lite_s::session_key,
    protocol::{
        CardSecret, Ke1, Ke2, Nonce, Opening, Origin, Pin, Proof, START_SECONDS, Sid, Start,
        agent::enrol,
        challenge,
        server::{EnrolledCard, LoginState, Material, Possession, Registration, ServerKeys, verify},
    },
    reader::{InProcess, Readers},
    virtual_card::{LiteS, Tag},
};
use jiff::{SignedDuration, Timestamp};
use rand::rngs::OsRng;
use reqwest::{Client, Method, RequestBuilder, Response, redirect::Policy};
use serde_json::{Value, json};
use web::{Clock, Random};

pub(crate) const PORTAL: &str = "https://portal.example";
pub(crate) const CLINIC: &str = "https://clinic.example";
pub(crate) const PIN: &str = "482916";
pub(crate) const READER: &str = "Reader at home";
const MASTER: [u8; 32] = [0x42; 32];

/// A running agent, the reader it uses, and a browser's view of it.
pub(crate) struct World {
    pub(crate) readers: InProcess,
    pub(crate) clock: Clock,
    pub(crate) config: Config,
    pub(crate) base: String,
    pub(crate) client: Client,
    _scratch: Scratch,
}

impl World {
    /// An agent with one empty reader.
    pub(crate) async fn new() -> Self {
        Self::with_readers(InProcess::new(&[READER])).await
    }

    pub(crate) async fn with_readers(readers: InProcess) -> Self {
        let clock = Clock::fixed("2026-11-22T06:00:00Z".parse().unwrap());
        let scratch = Scratch::new();
        let config = Config {
            origins: Origins::parse([PORTAL, CLINIC]).unwrap(),
            reader: ReaderChoice::InProcess(readers.clone()),
            port: Port::Exactly(0),
            pairings: scratch.folder.join("pairings.json"),
            language: None,
            extensions: vec!["abcdefghijklmnopabcdefghijklmnop".to_owned()],
            clock: clock.clone(),
        };
        let base = start(config.clone()).await;
        // already installed by another test of this process: as good
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { readers, clock, config, base, client, _scratch: scratch }
    }

    /// An agent with this card on its reader.
    pub(crate) async fn with_card(card: Tag) -> Self {
        let readers = InProcess::new(&[READER]);
        readers.insert(READER, card);
        Self::with_readers(readers).await
    }

    /// A second agent with the same files, as after a restart.
    pub(crate) async fn restarted(self) -> Self {
        let base = start(self.config.clone()).await;
        Self { base, ..self }
    }

    pub(crate) fn advance(&self, seconds: i64) {
        let later = self.clock.now() + SignedDuration::from_secs(seconds);
        self.clock.set(later);
    }

    /// A request as a page of `origin` makes it.
    pub(crate) fn from(&self, origin: &str, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base)).header("origin", origin)
    }

    /// A call of the portal's page: status and JSON.
    pub(crate) async fn call(&self, op: &str, body: Value) -> (u16, Value) {
        self.call_from(PORTAL, op, body).await
    }

    pub(crate) async fn call_from(&self, origin: &str, op: &str, body: Value) -> (u16, Value) {
        parts(self.from(origin, Method::POST, &format!("/v1/{op}")).json(&body).send().await.unwrap()).await
    }

    /// Begins a login and returns its ticket.
    pub(crate) async fn begin(&self, start: &Start) -> String {
        let (status, opened) = self.call("login", json!({ "start": start })).await;
        assert_eq!(status, 200, "{opened}");
        let ticket = opened["ticket"].as_str().unwrap().to_owned();
        assert_eq!(opened["window"], format!("{}/window/{ticket}", self.base));
        ticket
    }

    /// What the person does in the window.
    pub(crate) async fn answer(&self, ticket: &str, form: &[(&str, &str)]) -> Response {
        let own = self.base.clone();
        self.from(&own, Method::POST, &format!("/window/{ticket}")).form(form).send().await.unwrap()
    }

    pub(crate) async fn enter(&self, ticket: &str, pin: &str) {
        let response = self.answer(ticket, &[("pin", pin), ("answer", "yes")]).await;
        assert_eq!(response.status(), 303);
    }

    /// What the window shows.
    pub(crate) async fn window(&self, ticket: &str) -> String {
        let url = format!("{}/window/{ticket}?lang=ja", self.base);
        self.client.get(url).send().await.unwrap().text().await.unwrap()
    }
}

pub(crate) async fn parts(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    (status, response.json().await.unwrap_or_default())
}

/// The code of a failure.
pub(crate) fn code(failure: &Value) -> &str {
    failure["error"]["code"].as_str().unwrap_or_default()
}

async fn start(config: Config) -> String {
    let agent = Agent::start(config).await.unwrap();
    let base = format!("http://{}", agent.address());
    tokio::spawn(agent.serve(std::future::pending()));
    base
}

/// A folder that goes with its world.
struct Scratch {
    folder: PathBuf,
}

impl Scratch {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("ssc-agent-{}", hex::encode(Random::new().bytes::<8>())));
        std::fs::create_dir_all(&folder).unwrap();
        Self { folder }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A site that has issued one card.
pub(crate) struct Site {
    origin: Origin,
    keys: ServerKeys,
    material: Material,
    registration: Registration,
}

impl Site {
    /// Issues a card with [`PIN`] for logins at `origin`.
    pub(crate) fn issue(origin: &str) -> (Self, Tag) {
        let idm = Idm::from_bytes([1, 0x2e, 0x3c, 1, 2, 3, 4, 5]);
        let id = CardId::new(idm, [0, 0], [0, 0, 0, 0, 0, 7]);
        let secret = CardSecret::from_bytes([0xa5; 32]);
        let mut room = InProcess::new(&["issuing room"]);
        room.insert("issuing room", LiteS::factory(idm).into());
        let mut session = room.connect("issuing room").unwrap();
        let plan = Personalisation { id, ckv: 1, key: &card_key(&MASTER, &id, 1), secret: &secret };
        issue(&mut session, &plan, &mut |bytes| Random::new().fill(bytes)).unwrap();
        drop(session);

        let origin: Origin = origin.parse().unwrap();
        let (keys, material) = (ServerKeys::from_secret(&[7; 32]).unwrap(), Material::new([9; 64]));
        let pin: Pin = PIN.parse().unwrap();
        let (enrolment, request) = enrol(&pin, &secret, &mut OsRng).unwrap();
        let response = keys.register(&material, &request, &mut OsRng).unwrap();
        let upload = enrolment.finish(&response, &id, &origin, &mut OsRng).unwrap();
        let registration = Registration::from_upload(&upload).unwrap();
        (Self { origin, keys, material, registration }, room.remove("issuing room").unwrap())
    }

    /// Message 0.
    pub(crate) fn start(&self, now: Timestamp) -> Start {
        let random = Random::new();
        let exp = now + SignedDuration::from_secs(START_SECONDS);
        Start { sid: Sid::from_random(random.bytes()), c: Nonce::from_bytes(random.bytes()), exp }
    }

    /// Checks message 2 and makes message 3.
    pub(crate) fn check(&self, start: &Start, proof: &Value) -> (Possession, Opening) {
        let proof: Proof = serde_json::from_value(proof.clone()).unwrap();
        let key = session_key(&card_key(&MASTER, &proof.id, 1), &challenge(&self.origin, start));
        let possession = verify(&key, &self.origin, start, &proof).unwrap();
        let opening = possession.opening(&key);
        (possession, opening)
    }

    /// Answers message 5.
    pub(crate) fn answer(&self, possession: &Possession, ke1: &Value) -> (LoginState, Ke2) {
        let ke1: Ke1 = serde_json::from_value(ke1.clone()).unwrap();
        let card = EnrolledCard { material: &self.material, registration: &self.registration };
        self.keys.login_start(&card, possession, &ke1, &mut OsRng).unwrap()
    }
}
