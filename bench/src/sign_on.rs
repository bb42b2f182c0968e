//! Residents who are logged in here, and a service that asks for them again and again: from the session to the form that takes
//! the signed login to the service.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use aws_lc_rs::digest::{SHA256, digest};
use jiff::SignedDuration;
use platform::{
    App,
    idp::policy::{Encrypt, Policy},
    office::registry::{self, Source},
    store,
};
use reqwest::{Client, Response, StatusCode, header, redirect};
use saml::{MessageId, instant, wire};
use tokio::task::JoinSet;
use web::{Clock, Random};
use xml::{
    Attr, Writer,
    ns::{SAML, SAMLP},
};

use crate::{
    demo::{Demo, Ready},
    figure::{Figure, Goal},
    reference::{Signatures, Tally},
};

/// Browsers at work at the same time.
const BROWSERS: usize = 50;
/// Logins of each browser in a round.
const LOGINS: usize = 40;
/// Load and reference take turns.
const ROUNDS: usize = 4;
const REFERENCE: Duration = Duration::from_secs(1);
/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Sessions of residents, by the cookies that prove them.
pub(crate) struct Sessions(Vec<String>);

/// Registers the service, and gives residents sessions, in a region that does not run.
pub(crate) async fn prepare(config: &std::path::Path) -> anyhow::Result<Sessions> {
    let config = platform::Config::parse(&std::fs::read_to_string(config)?)?;
    let app = App::open(config, Clock::System).await?;
    let policy = Policy { encrypt: Encrypt::Never, sign_response: false, ..Policy::default() };
    let service = registry::propose(&app, METADATA.as_bytes().to_vec(), Source::File, Some(policy)).await?;
    registry::register(&app, service, "bench").await?;
    let residents = app.db.fetch_all("SELECT resident_id FROM resident ORDER BY resident_id", Vec::new()).await?;
    let mut cookies = Vec::new();
    for row in residents.iter().take(BROWSERS) {
        let (token, now) = (app.random.bytes::<32>(), app.clock.now());
        let session = store::session::Session {
            kind: "resident".to_owned(),
            class: "SmartcardPKI".to_owned(),
            subject: row.get("resident_id")?,
            browser: sha256(format!("{USER_AGENT}\n").as_bytes())?,
            started_at: now,
            seen_at: now,
            expires_at: now + SignedDuration::from_hours(1),
        };
        let stored = sha256(&token)?;
        db::transaction!(app.db, |tx| { store::session::insert(tx, stored, &session).await? })?;
        cookies.push(format!("ssc={}; ssc-visitor={}", hex::encode(token), hex::encode(app.random.bytes::<32>())));
    }
    app.db.close().await;
    Ok(Sessions(cookies))
}

/// Forms a second, on all cores, beside bare signatures on all cores.
pub(crate) async fn measure(demo: &Demo, sessions: Sessions) -> anyhow::Result<Vec<Figure>> {
    let mut browsers = Vec::new();
    for cookies in sessions.0 {
        let mut browser = Browser::open(&demo.ready, cookies)?;
        browser.agree().await?;
        browsers.push(browser);
    }
    let signatures = Signatures::new()?;
    let cores = std::thread::available_parallelism()?.get();
    let (mut forms, mut reference) = (Tally::default(), Tally::default());
    for _ in 0..ROUNDS {
        reference += signatures.run(cores, REFERENCE);
        browsers = each(browsers, |mut browser| async {
            for _ in 0..LOGINS {
                browser.ask().await?;
            }
            Ok(browser)
        })
        .await?;
        let (before, begun) = (demo.processor_time()?, Instant::now());
        browsers = each(browsers, |mut browser| async {
            while let Some(address) = browser.waiting.pop() {
                browser.form(&address).await?;
            }
            Ok(browser)
        })
        .await?;
        forms += Tally {
            count: (browsers.len() * LOGINS) as u64,
            seconds: begun.elapsed().as_secs_f64(),
            processor_seconds: (demo.processor_time()? - before).as_secs_f64(),
        };
    }
    reference += signatures.run(cores, REFERENCE);
    Ok(vec![
        Figure::new(NAME, forms.rate(), "forms/s")
            .beside("raw RSA-2048 signatures/s", reference.rate())
            .goal(Goal::RatioAtLeast(0.75)),
        Figure::new("saml-form-cpu", forms.processor_millis(), "ms")
            .beside("ms for one RSA-2048 signature", reference.processor_millis()),
    ])
}

/// All browsers do the same at the same time.
async fn each<F>(browsers: Vec<Browser>, work: impl Fn(Browser) -> F) -> anyhow::Result<Vec<Browser>>
where
    F: Future<Output = anyhow::Result<Browser>> + Send + 'static,
{
    let mut running: JoinSet<_> = browsers.into_iter().map(work).collect();
    let mut done = Vec::new();
    while let Some(browser) = running.join_next().await {
        done.push(browser??);
    }
    Ok(done)
}

/// A resident's browser, logged in at the portal.
struct Browser {
    http: Client,
    portal: Arc<str>,
    cookies: String,
    random: Random,
    /// Addresses where a login to the service goes on.
    waiting: Vec<String>,
}

impl Browser {
    fn open(ready: &Ready, cookies: String) -> anyhow::Result<Self> {
        let (host, port) =
            ready.portal.trim_start_matches("http://").split_once(':').context("the portal's address")?;
        let http = Client::builder()
            .resolve(host, SocketAddr::from(([127, 0, 0, 1], port.parse()?)))
            .no_proxy()
            .redirect(redirect::Policy::none())
            .timeout(TIMEOUT)
            .user_agent(USER_AGENT)
            .build()?;
        Ok(Self { http, portal: ready.portal.as_str().into(), cookies, random: Random::new(), waiting: Vec::new() })
    }

    /// The service asks for a login; it waits for this browser to go on.
    async fn ask(&mut self) -> anyhow::Result<()> {
        let location = format!("{}/saml/sso", self.portal);
        let (id, now) = (MessageId::from_random(self.random.bytes()), instant::write(Clock::System.now()));
        let mut request = Writer::new();
        let attributes = [
            Attr::plain("ID", id.as_str()),
            Attr::plain("Version", "2.0"),
            Attr::plain("IssueInstant", &now),
            Attr::plain("Destination", &location),
        ];
        request.start(SAMLP, "AuthnRequest", &attributes).leaf(SAML, "Issuer", &[], SERVICE);
        let address = wire::redirect_url(&location, wire::Direction::Request, &request.finish(), None, None)?;
        // As from the service's site: without a cookie.
        let answer = self.http.get(address).send().await?;
        ensure!(answer.status() == StatusCode::OK, "the request was not taken: {}", answer.status());
        let page = answer.text().await?;
        let from = page.find("/saml/continue/").context("the request leads nowhere")?;
        let address = page.get(from..).and_then(|rest| rest.split(['"', '<']).next()).unwrap_or_default();
        self.waiting.push(address.to_owned());
        Ok(())
    }

    /// The session is shown, and the form comes that takes the login to the service.
    async fn form(&self, address: &str) -> anyhow::Result<()> {
        let answer = self.get(address).await?;
        ensure!(answer.status() == StatusCode::OK, "the login was not gone on with: {}", answer.status());
        let page = answer.text().await?;
        ensure!(page.contains("name=\"SAMLResponse\"") && page.contains(CONSUMER), "there is no form: {page}");
        Ok(())
    }

    /// The first login: the resident agrees.
    async fn agree(&mut self) -> anyhow::Result<()> {
        self.ask().await?;
        let address = self.waiting.pop().context("nothing waits")?;
        let mut answer = self.get(&address).await?;
        let mut bound = address;
        if answer.status() == StatusCode::SEE_OTHER {
            answer.headers()[header::LOCATION].to_str()?.clone_into(&mut bound);
            answer = self.get(&bound).await?;
        }
        let page = answer.text().await?;
        let said = |name: &str| {
            let value = page.split_once(&format!("name=\"{name}\" value=\""))?.1;
            value.split('"').next().map(str::to_owned)
        };
        let fields =
            [("version", said("version").context("no version")?), ("offered", said("offered").context("no offer")?)];
        let agreed = self
            .http
            .post(format!("{}{}", self.portal, bound.replace("/continue/", "/release/")))
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, &self.cookies)
            .form(&fields)
            .send()
            .await?;
        ensure!(agreed.status() == StatusCode::SEE_OTHER, "the release was not agreed to: {}", agreed.status());
        self.form(&bound).await
    }

    async fn get(&self, path: &str) -> anyhow::Result<Response> {
        let request = self.http.get(format!("{}{path}", self.portal)).header("sec-fetch-site", "same-origin");
        Ok(request.header(header::COOKIE, &self.cookies).send().await?)
    }
}

fn sha256(bytes: &[u8]) -> anyhow::Result<[u8; 32]> {
    Ok(digest(&SHA256, bytes).as_ref().try_into()?)
}

/// The name of the figure.
pub(crate) const NAME: &str = "saml-form";
const USER_AGENT: &str = "ssc-bench";
const SERVICE: &str = "https://service.example/metadata";
const CONSUMER: &str = "https://service.example/acs";
const METADATA: &str = r#"<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://service.example/metadata"><SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><AssertionConsumerService index="0" isDefault="true" Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://service.example/acs"/></SPSSODescriptor></EntityDescriptor>"#;
