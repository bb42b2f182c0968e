//! What a resident's browser fetches to show the first page.

use std::{collections::BTreeSet, net::SocketAddr};

use anyhow::{Context, ensure};
use reqwest::{Client, header};

use crate::{
    demo::Ready,
    figure::{Figure, Goal},
};

/// Fetches the portal's first page and everything it names, as a browser does, and counts the bytes of the bodies as
/// they come over the network.
pub(crate) async fn measure(ready: &Ready) -> anyhow::Result<Figure> {
    let (host, port) = ready.portal.trim_start_matches("http://").split_once(':').context("the portal's address")?;
    let loopback = SocketAddr::from(([127, 0, 0, 1], port.parse()?));
    let http = Client::builder().resolve(host, loopback).no_proxy().build()?;

    let page = body(&http, &format!("{}/", ready.portal), "identity").await?;
    let mut bytes = body(&http, &format!("{}/", ready.portal), "gzip").await?.len();
    let mut waiting: Vec<String> = assets(&String::from_utf8_lossy(&page)).into_iter().collect();
    let mut fetched = BTreeSet::new();
    while let Some(path) = waiting.pop() {
        if !fetched.insert(path.clone()) {
            continue;
        }
        let address = format!("{}{path}", ready.portal);
        bytes += body(&http, &address, "gzip").await?.len();
        // A style sheet and a script name others in turn.
        waiting.extend(assets(&String::from_utf8_lossy(&body(&http, &address, "identity").await?)));
    }
    Ok(Figure::new("first-page", bytes as f64 / 1024.0, "KB").goal(Goal::AtMost(30.0)))
}

async fn body(http: &Client, address: &str, encoding: &str) -> anyhow::Result<Vec<u8>> {
    let answer = http.get(address).header(header::ACCEPT_ENCODING, encoding).send().await?;
    ensure!(answer.status().is_success(), "{address}: {}", answer.status());
    Ok(answer.bytes().await?.to_vec())
}

/// The paths of assets that a text names, each once, without the fragment.
fn assets(text: &str) -> BTreeSet<String> {
    let named = text.split(['"', '\'', '(', ')']).filter(|part| part.starts_with("/assets/"));
    named.map(|part| part.split('#').next().unwrap_or(part).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_asset_counts_once() {
        let page =
            r#"<link href="/assets/style.css"><use href="/assets/icons.svg#lock"/><use href="/assets/icons.svg#key"/>"#;
        assert_eq!(assets(page).into_iter().collect::<Vec<_>>(), ["/assets/icons.svg", "/assets/style.css"]);
        assert_eq!(assets("import { a } from '/assets/agent.js'; // /assets/no").len(), 1);
    }
}
