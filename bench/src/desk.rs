//! A clinic's desk: a clerk is logged in, and puts one card after the other on the reader.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use card::protocol::{Origin, Start};
use reqwest::{Client, Response, StatusCode, header, redirect};

use crate::{cards::Card, demo::Ready};

/// How long an answer may take before the check counts as failed.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A desk with its own connection and its own clerk's session.
pub(crate) struct Desk {
    http: Client,
    origin: Origin,
    address: String,
    cookie: String,
}

impl Desk {
    /// Logs the clerk in.
    pub(crate) async fn open(ready: &Ready) -> anyhow::Result<Self> {
        let origin: Origin = ready.clinic.parse()?;
        let (host, port) =
            ready.clinic.trim_start_matches("http://").split_once(':').context("the clinic's address")?;
        let loopback = SocketAddr::from(([127, 0, 0, 1], port.parse()?));
        let http = Client::builder()
            .resolve(host, loopback)
            .no_proxy()
            .redirect(redirect::Policy::none())
            .timeout(TIMEOUT)
            .user_agent("ssc-bench")
            .build()?;
        let mut desk = Self { http, origin, address: ready.clinic.clone(), cookie: String::new() };
        let answer = desk.post("/login/demo", &[("login_name", ready.clerk.as_str())]).await?;
        let cookie = answer.headers().get(header::SET_COOKIE).context("the clerk was not logged in")?;
        desk.cookie = cookie.to_str()?.split(';').next().unwrap_or_default().to_owned();
        Ok(desk)
    }

    /// Puts a card on the reader and reads the eligibility screen. Gives the time that the two requests took, and fails
    /// unless the screen has a verdict and a name.
    pub(crate) async fn check(&self, card: &Card) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        let answer = self.post("/reception/start", &[]).await?;
        ensure!(answer.status() == StatusCode::OK, "the reception was not started: {}", answer.status());
        let start: Start = serde_json::from_slice(&answer.bytes().await?)?;
        let started = begun.elapsed();

        let proof = serde_json::to_string(&card.prove(&self.origin, &start))?;
        let begun = Instant::now();
        let answer = self.post("/reception/check", &[("sid", start.sid.as_str()), ("proof", &proof)]).await?;
        let status = answer.status();
        let page = answer.text().await?;
        let checked = begun.elapsed();
        ensure!(status == StatusCode::OK, "the card was not checked: {status}");
        ensure!(VERDICTS.iter().any(|verdict| page.contains(verdict)), "the screen has no verdict");
        let name = page.split_once(NAME).and_then(|(_, rest)| rest.split_once('<')).map(|(name, _)| name);
        ensure!(name.is_some_and(|name| !name.trim().is_empty()), "the screen has no name");
        Ok(started + checked)
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> anyhow::Result<Response> {
        let request = self
            .http
            .post(format!("{}{path}", self.address))
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, &self.cookie)
            .form(form);
        Ok(request.send().await?)
    }
}

/// Opens so many desks.
pub(crate) async fn open_all(ready: &Ready, count: usize) -> anyhow::Result<Vec<Arc<Desk>>> {
    let mut desks = Vec::with_capacity(count);
    for _ in 0..count {
        desks.push(Arc::new(Desk::open(ready).await?));
    }
    Ok(desks)
}

/// The verdicts that an insurer's answer can lead to: not the one that says that nobody answered.
const VERDICTS: [&str; 3] = ["class=\"banner ok\"", "class=\"banner warn\"", "class=\"banner bad\""];
/// What stands before the name.
const NAME: &str = "<h2 id=\"person\" lang=\"ja\">";
