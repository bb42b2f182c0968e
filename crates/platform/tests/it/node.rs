//! The insurers: real nodes behind mutual TLS, and the line to each, which a test can cut, hold or lead elsewhere.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
};

use db::testing::TestDatabase;
use insurer::{
    config::{Allowed, KeyStore, Partner, Service, Tls},
    import::Kind,
};
use tokio::{net, sync::oneshot, task::AbortHandle};
use web::Clock;

use crate::region_keys;

pub(crate) const PLATFORM: &str = "https://portal.kagawa.example/idwsf";

/// The one service that insurers answer.
const SERVICE: &str = "https://kmix.example/saml";

/// The two insurers of the region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Insurer {
    National,
    Company,
}

impl Insurer {
    pub(crate) const ALL: [Self; 2] = [Self::National, Self::Company];

    pub(crate) fn number(self) -> &'static str {
        match self {
            Self::National => region::NATIONAL,
            Self::Company => region::COMPANY,
        }
    }

    pub(crate) fn entity(self) -> &'static str {
        match self {
            Self::National => "https://nhi.takamatsu.example/idwsf",
            Self::Company => "https://kenpo.kakuu-denki.example/idwsf",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::National => region::NATIONAL_NAME_JA,
            Self::Company => region::COMPANY_NAME_JA,
        }
    }

    /// `nhi` or `khi`.
    pub(crate) fn service(self) -> &'static str {
        match self {
            Self::National => "nhi",
            Self::Company => "khi",
        }
    }

    /// The configuration of its node, with keys in `keys` and imported files in `files`.
    pub(crate) fn config(self, keys: &Path, files: &Path, database: &str, address: &str) -> insurer::Config {
        let number = self.number();
        let partner = |file: &str| vec![Partner { entity: PLATFORM.to_owned(), certificate: keys.join(file) }];
        let to = |requester: &str, purpose: &str, category, card_alone| Allowed {
            requester: requester.to_owned(),
            purpose: purpose.to_owned(),
            category,
            card_alone,
        };
        let allowed = |purpose, category, card_alone| to(PLATFORM, purpose, category, card_alone);
        insurer::Config {
            entity: self.entity().to_owned(),
            insurer: number.parse().unwrap(),
            service: match self {
                Self::National => Service::Nhi,
                Self::Company => Service::Khi,
            },
            listen: ([127, 0, 0, 1], 0).into(),
            address: address.to_owned(),
            database: database.to_owned(),
            raw_files: files.join(format!("files-{number}")),
            keys: KeyStore {
                path: keys.join(format!("{number}.keys")),
                passphrase_file: None,
                credential: Some(keys.join("credential")),
                signature: keys::Signature::default(),
            },
            tls: Tls {
                certificate: keys.join(format!("{number}-tls.pem")),
                key: keys.join(format!("{number}-tls.key")),
                client_ca: keys.join("authority.pem"),
                services_by_key: false,
            },
            providers: partner("platform-sign.pem"),
            issuers: partner("platform-token.pem"),
            policy: vec![
                allowed("citizen-self-view", insurer::Category::Coverage, false),
                allowed("citizen-self-view", insurer::Category::CheckUp, false),
                allowed("citizen-self-view", insurer::Category::Expenses, false),
                allowed("citizen-self-view", insurer::Category::Pension, false),
                allowed("service-query", insurer::Category::Coverage, false),
                allowed("eligibility-check", insurer::Category::Eligibility, true),
                to(SERVICE, "treatment", insurer::Category::Coverage, false),
                allowed("linking", insurer::Category::Link, false),
                allowed("citizen-self-view", insurer::Category::Contact, false),
            ],
            console: None,
            discovery: None,
            drift: insurer::import::Limits::default(),
        }
    }
}

/// A running node and the line to it.
pub(crate) struct Node {
    pub(crate) insurer: Insurer,
    pub(crate) database: TestDatabase,
    pub(crate) line: Line,
    pub(crate) config: insurer::Config,
    served_at: SocketAddr,
    _stop: oneshot::Sender<()>,
}

impl Node {
    /// Takes the insurer's files and begins to answer.
    pub(crate) async fn start(insurer: Insurer, folder: &Path, clock: &Clock, [coverage, links]: [&str; 2]) -> Self {
        let database = db::testing::sqlite().await.unwrap();
        let line = Line::new().await;
        let config = insurer.config(region_keys::folder(), folder, &database.url, &line.address());
        let app = insurer::App::open(&config, clock.clone()).await.unwrap();
        insurer::import::coverage(&app, coverage.as_bytes()).await.unwrap();
        insurer::import::links(&app, links.as_bytes()).await.unwrap();
        app.database().close().await;

        let (ready, address) = oneshot::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let (served, clock) = (config.clone(), clock.clone());
        tokio::spawn(async move {
            let stopped = async { stopped.await.unwrap_or_default() };
            insurer::serve(&served, clock, |address| ready.send(address).unwrap(), stopped).await.unwrap();
        });
        let served_at = address.await.unwrap();
        line.lead(To::Address(served_at));
        Self { insurer, database, line, config, served_at, _stop: stop }
    }

    /// Takes the check-ups, expenses and dummy pensions of the residents whom one meets by name.
    pub(crate) async fn take_records(&self, clock: &Clock) {
        let region = region::Config { seed: 1, residents: 0, today: web::clock::japan_date(clock.now()) };
        let files = region::Region::new(region).unwrap().records(self.insurer.number().parse().unwrap());
        for (kind, file) in
            [(Kind::Checkups, files.checkups), (Kind::Expenses, files.expenses), (Kind::Pension, files.pensions)]
        {
            if let Some(text) = file {
                self.take(clock, kind, text).await;
            }
        }
    }

    /// Takes a file while it runs.
    pub(crate) async fn take(&self, clock: &Clock, kind: Kind, text: String) {
        let app = insurer::App::open(&self.config, clock.clone()).await.unwrap();
        insurer::import::take(&app, kind, text.into(), "test").await.unwrap();
        app.database().close().await;
    }

    /// The line leads to the real node again.
    pub(crate) fn mend(&self) {
        self.line.lead(To::Address(self.served_at));
    }

    /// How the node's own access log says that each question ended.
    pub(crate) async fn access_log(&self) -> Vec<String> {
        let rows = self.database.db.fetch_all("SELECT outcome FROM access_log ORDER BY seq", vec![]).await.unwrap();
        rows.iter().map(|row| row.get("outcome").unwrap()).collect()
    }
}

/// A line whose near end stays where it is.
#[derive(Clone)]
pub(crate) struct Line {
    near: SocketAddr,
    state: Arc<Mutex<(To, Vec<AbortHandle>)>>,
}

/// Where a line leads.
#[derive(Clone, Copy)]
pub(crate) enum To {
    Address(SocketAddr),
    /// Every call is cut off.
    Nowhere,
    /// Every call is taken, and nobody ever speaks.
    Silence,
}

impl Line {
    async fn new() -> Self {
        let listener = net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let near = listener.local_addr().unwrap();
        let line = Self { near, state: Arc::new(Mutex::new((To::Nowhere, Vec::new()))) };
        let state = Arc::clone(&line.state);
        tokio::spawn(async move {
            while let Ok((call, _)) = listener.accept().await {
                let mut state = state.lock().unwrap();
                let to = state.0;
                state.1.push(tokio::spawn(connect(call, to)).abort_handle());
            }
        });
        line
    }

    fn address(&self) -> String {
        format!("https://{}/idwsf/dst", self.near)
    }

    /// Leads elsewhere; calls that run are cut off.
    pub(crate) fn lead(&self, to: To) {
        let mut state = self.state.lock().unwrap();
        state.0 = to;
        state.1.drain(..).for_each(|call| call.abort());
    }
}

async fn connect(mut call: net::TcpStream, to: To) {
    match to {
        To::Nowhere => {}
        To::Silence => std::future::pending().await,
        To::Address(address) => {
            if let Ok(mut far) = net::TcpStream::connect(address).await {
                let _ = tokio::io::copy_bidirectional(&mut call, &mut far).await;
            }
        }
    }
}
