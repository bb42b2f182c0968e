//! A service as it is met at logout and behind the browser's back: what it signs by hand, and a small server of its own.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    http::{Method, Request, StatusCode, header},
    routing::post,
};
use jiff::{SignedDuration, Timestamp};
use platform::idp::policy::Policy;
use saml::{
    Binding, MessageId, Status, instant, metadata,
    receive::{self, Peer, Receiver, Verified},
    send::{self, Head},
    service::LoggedIn,
    wire::{self, Direction, RelayState},
};
use tower::ServiceExt as _;
use xml::{
    Attr, Fragment, VerifyingKey, Writer,
    ns::{SAML, SAMLP},
};

use crate::{
    browser::{Browser, Page},
    crossing::{SentForm, agree},
    harness::{PORTAL, World},
    service::{self, Asking, Publishing, Sp},
};

/// A service with logout endpoints of its own choosing.
#[derive(Clone)]
pub(crate) struct Provider {
    pub(crate) sp: Sp,
    /// Where it takes logout messages.
    pub(crate) logout: Vec<(Binding, String)>,
    /// What its metadata says beside.
    pub(crate) publishing: Publishing,
    /// Another consumer: binding and location.
    pub(crate) consumer: Option<(Binding, String)>,
    /// Until when its metadata holds.
    pub(crate) valid_until: Option<&'static str>,
    /// What was agreed with it.
    pub(crate) policy: Policy,
}

impl Provider {
    /// A service that takes logouts by redirect.
    pub(crate) fn new(name: &'static str) -> Self {
        let sp = Sp::new(name);
        let logout = vec![(Binding::Redirect, sp.logout())];
        Self {
            sp,
            logout,
            publishing: Publishing::default(),
            consumer: None,
            valid_until: None,
            policy: Policy::default(),
        }
    }

    /// The same, taking logouts like this and no other way.
    pub(crate) fn logging_out(mut self, by: Binding, at: &str) -> Self {
        self.logout = vec![(by, at.to_owned())];
        self
    }

    /// What residents call it.
    pub(crate) fn called(&self) -> String {
        format!("サービス {}", self.sp.name)
    }

    /// Its metadata.
    pub(crate) fn metadata(&self) -> String {
        let until = self.valid_until.map(|until| format!(" validUntil=\"{until}\"")).unwrap_or_default();
        let usual = self.sp.metadata(&self.publishing).replacen(" entityID=", &format!("{until} entityID="), 1);
        let (before, rest) = usual.split_once("<md:SingleLogoutService").unwrap();
        let (_, after) = rest.split_once("<md:AssertionConsumerService").unwrap();
        let endpoints = self.logout.iter().map(|(binding, location)| {
            format!("<md:SingleLogoutService Binding=\"{}\" Location=\"{location}\"/>", binding.uri())
        });
        let (after, end) = after.split_once("/>").unwrap();
        let consumer = self.consumer.iter().map(|(binding, location)| {
            let uri = binding.uri();
            format!("<md:AssertionConsumerService Binding=\"{uri}\" Location=\"{location}\" index=\"7\"/>")
        });
        let (endpoints, consumer): (String, String) = (endpoints.collect(), consumer.collect());
        format!("{before}{endpoints}<md:AssertionConsumerService{after}/>{consumer}{end}")
    }

    fn registered(&self, world: &World) -> platform::idp::services::Service {
        let mut service = self.sp.registered(world, self.policy.clone(), &self.publishing);
        let read = metadata::read(self.metadata().as_bytes(), None, world.now());
        service.provider = read.unwrap_or_else(|report| panic!("{report}")).0;
        service
    }

    /// A message of its own, signed inside if `signed`; `write` goes on after its issuer.
    pub(crate) fn message(
        &self,
        (local, to): (&str, &str),
        signed: bool,
        now: Timestamp,
        write: impl FnOnce(&mut Writer),
    ) -> (MessageId, Fragment) {
        let (id, issued, to) = (new_id(), instant::write(now), at(to));
        let head = [("Destination", to.as_str()), ("ID", id.as_str()), ("IssueInstant", &issued), ("Version", "2.0")];
        let mut w = Writer::new();
        w.start(SAMLP, local, &head.map(|(name, value)| Attr::plain(name, value)));
        w.leaf(SAML, "Issuer", &[], self.sp.entity.as_str()).signature_here();
        write(&mut w);
        w.end();
        let message = if signed {
            self.sp.signing(|signer| w.finish_unsigned().sign_as(id.as_str(), &xml::Signing::RSA, signer.sign).unwrap())
        } else {
            w.finish()
        };
        (id, message)
    }

    /// A request to log somebody out.
    pub(crate) fn logout_request(
        &self,
        (to, signed): (&str, bool),
        name: &str,
        sessions: &[&str],
        now: Timestamp,
    ) -> (MessageId, Fragment) {
        self.message(("LogoutRequest", to), signed, now, |w| {
            w.leaf(SAML, "NameID", &[], name);
            for session in sessions {
                w.leaf(SAMLP, "SessionIndex", &[], session);
            }
        })
    }

    /// An answer to a logout request, signed inside if `signed`.
    pub(crate) fn logout_response(
        &self,
        request: &MessageId,
        status: &Status,
        signed: bool,
        now: Timestamp,
    ) -> Fragment {
        self.sp.signing(|signer| {
            let (id, to) = (new_id(), at(LOGOUT));
            let head = Head { signer: *signer, id: &id, destination: Some(&to), sign: signed };
            send::logout_response(&head, request, status, now).unwrap()
        })
    }

    /// The path and query at the portal that carry a message by redirect, signed beside it.
    pub(crate) fn redirected(&self, direction: Direction, message: &Fragment, relay_state: Option<&str>) -> String {
        let relay_state = relay_state.map(|state| RelayState::parse(state).unwrap());
        let url = self.sp.signing(|signer| {
            wire::redirect_url(&at(LOGOUT), direction, message, relay_state.as_ref(), Some(signer)).unwrap()
        });
        url.strip_prefix(PORTAL).unwrap().to_owned()
    }

    /// Opens a message of the platform that came by redirect.
    pub(crate) fn opened<M>(
        &self,
        world: &World,
        url: &str,
        open: impl FnOnce(&receive::Received, &Receiver<'_>, Timestamp) -> Result<Verified<M>, Box<receive::Rejected>>,
    ) -> Verified<M> {
        let (address, query) = url.split_once('?').unwrap();
        let received = receive::redirect(query).unwrap();
        self.receiving(world, address, |receiver| open(&received, receiver, world.now())).unwrap()
    }

    /// Does something as a receiver that knows the platform and nobody else.
    pub(crate) fn receiving<T>(&self, world: &World, address: &str, act: impl FnOnce(&Receiver<'_>) -> T) -> T {
        let platform = platform_as_peer(world);
        act(&Receiver {
            entity: &self.sp.entity,
            address,
            peers: &|entity| (*entity == platform.entity).then_some(Peer { provider: &platform, must_sign: true }),
            unwrap: &|wrapped| self.sp.unwraps(wrapped),
            skew: SignedDuration::from_mins(1),
        })
    }

    /// The whole login of whoever is at the browser, consent included.
    pub(crate) async fn log_in(&self, world: &World, browser: &mut Browser) -> LoggedIn {
        let (page, id) = self.sp.ask(world, browser, &Asking::default()).await;
        let page = if page.shows("/saml/release/") { agree(browser, &page).await } else { page };
        self.sp.opens(world, &page, Some(&id)).unwrap_or_else(|refused| panic!("{refused}: {}", page.text))
    }
}

/// Registers services, and nobody else.
pub(crate) fn register(world: &World, providers: &[&Provider]) {
    service::register(world, providers.iter().map(|provider| provider.registered(world)));
}

/// The message in a page's form, as it is received.
pub(crate) fn received(page: &Page) -> (SentForm, receive::Received) {
    let form = SentForm::of(page).unwrap_or_else(|| panic!("no form: {}", page.text));
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&form.fields).finish();
    let received = receive::post(body.as_bytes()).unwrap();
    (form, received)
}

/// Posts a message to the portal, as a service's server does: no cookie, nothing that a browser says of itself.
pub(crate) async fn soap(world: &World, path: &str, message: &Fragment) -> (StatusCode, String) {
    let request = Request::builder().method(Method::POST).uri(path).header(header::HOST, "portal.localhost:8080");
    let request = request.header(header::CONTENT_TYPE, wire::SOAP_MEDIA_TYPE);
    let response =
        world.router().oneshot(request.body(Body::from(wire::soap_envelope(message))).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    assert_eq!(parts.headers[header::CONTENT_TYPE], wire::SOAP_MEDIA_TYPE);
    let body = to_bytes(body, 1024 * 1024).await.unwrap();
    (parts.status, String::from_utf8(body.to_vec()).unwrap())
}

/// A URL of the portal.
pub(crate) fn at(path: &str) -> String {
    format!("{PORTAL}{path}")
}

pub(crate) const LOGOUT: &str = "/saml/logout";

/// What a service knows of the platform, as far as receiving from it goes.
pub(crate) fn platform_as_peer(world: &World) -> metadata::ServiceProvider {
    let certificate = platform::idp::signing::ours(&world.app, world.now()).certificate;
    let key = VerifyingKey::from_certificate_der(&certificate).unwrap();
    let (mut peer, _) = metadata::read(Sp::new("peer").metadata(&Publishing::default()).as_bytes(), None, world.now())
        .unwrap_or_else(|report| panic!("{report}"));
    peer.entity = world.app.idp_entity.clone();
    peer.signing = vec![metadata::PublishedKey { key, certificate: Vec::new(), expires: None }];
    peer
}

pub(crate) fn new_id() -> MessageId {
    MessageId::from_random(web::Random::new().bytes())
}

/// What a service's own server says to a SOAP message.
pub(crate) type Say = Arc<dyn Fn(&[u8]) -> (StatusCode, String) + Send + Sync>;

/// A service's server for what comes behind the browser's back: keeps what it got.
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) address: String,
    /// What came.
    pub(crate) got: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Server {
    pub(crate) async fn start(say: Say) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/slo", listener.local_addr().unwrap());
        let got = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&got);
        let answer = move |body: Bytes| {
            kept.lock().unwrap().push(body.to_vec());
            let (status, text) = say(&body);
            async move { (status, [(header::CONTENT_TYPE, wire::SOAP_MEDIA_TYPE)], text) }
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/slo", post(answer))).await });
        Self { address, got }
    }
}
