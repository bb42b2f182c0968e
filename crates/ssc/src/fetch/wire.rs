//! A signed message over HTTP, and its answer.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context as _, ensure};
use idwsf::{CONTENT_TYPE, MessageId};

/// How long one answer may take.
pub(super) const DEADLINE: Duration = Duration::from_secs(10);

/// Posts a message and reads the answer, no more of it than a message may have.
pub(super) async fn post(
    http: &reqwest::Client,
    address: &str,
    action: &str,
    message: Vec<u8>,
) -> anyhow::Result<Vec<u8>> {
    let request = http.post(address).header("content-type", CONTENT_TYPE).header("soapaction", format!("\"{action}\""));
    let mut response = request.body(message).send().await.context("no connection")?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.context("no whole answer")? {
        ensure!(body.len() + chunk.len() <= idwsf::message::LIMITS.bytes, "the answer is too long");
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Speaks to the portal. A demonstration's is on this machine, by a name that not every system knows.
pub(super) fn portal(local: bool, address: &str) -> anyhow::Result<reqwest::Client> {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(DEADLINE);
    let client = match reqwest::Url::parse(address) {
        Ok(url) if local => match (url.host_str(), url.port_or_known_default()) {
            (Some(host), Some(port)) => client.no_proxy().resolve(host, SocketAddr::from(([127, 0, 0, 1], port))),
            _ => client,
        },
        _ => client.https_only(true),
    };
    Ok(client.build()?)
}

/// The name of a new message.
pub(super) fn message_id() -> MessageId {
    MessageId::from_random(web::Random::new().bytes())
}
