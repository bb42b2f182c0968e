//! Messages to services behind the browser's back: to the addresses that the office has registered, and nowhere else.

use std::{sync::Arc, time::Duration};

use super::reach::Reach;

/// The connection to services. TLS as the machine trusts it; no redirects, no proxy, a limit on time and size, and no way to
/// what stands behind our own firewall.
pub struct Outbound {
    client: reqwest::Client,
    reach: Reach,
}

/// No answer that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// An address where nothing is sent: without TLS, or on a private network.
    #[error("an address that is not for us")]
    Forbidden,
    /// No connection, or none in time.
    #[error("no answer in time")]
    Unreachable,
    /// Another HTTP status than 200.
    #[error("status {0}")]
    Status(u16),
    /// More than is read.
    #[error("the answer is too long")]
    TooLong,
}

impl Outbound {
    /// A connection for everybody.
    ///
    /// # Errors
    /// When the machine has no TLS.
    pub fn new(reach: Reach) -> Result<Self, reqwest::Error> {
        // The first to say so decides for the whole process; there is one provider only.
        let _already = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(reach.clone()))
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN);
        Ok(Self { client: client.build()?, reach })
    }

    /// Fetches metadata, no more of it than metadata may have.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub async fn get(&self, location: &str) -> Result<Vec<u8>, NoAnswer> {
        self.allowed(location)?;
        let response = self.client.get(location).send().await.map_err(|_| NoAnswer::Unreachable)?;
        read(response, METADATA_BYTES_MAX).await
    }

    /// Posts a SOAP message and reads the answer, no more of it than is allowed.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub async fn soap(&self, location: &str, envelope: String) -> Result<Vec<u8>, NoAnswer> {
        self.allowed(location)?;
        let request = self
            .client
            .post(location)
            .header("content-type", saml::wire::SOAP_MEDIA_TYPE)
            .header("soapaction", SOAP_ACTION)
            .body(envelope);
        let response = request.send().await.map_err(|_| NoAnswer::Unreachable)?;
        read(response, ANSWER_BYTES_MAX).await
    }

    fn allowed(&self, location: &str) -> Result<(), NoAnswer> {
        if self.reach.allows(location) { Ok(()) } else { Err(NoAnswer::Forbidden) }
    }
}

async fn read(mut response: reqwest::Response, bytes_max: usize) -> Result<Vec<u8>, NoAnswer> {
    if response.status() != reqwest::StatusCode::OK {
        return Err(NoAnswer::Status(response.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| NoAnswer::Unreachable)? {
        if body.len() + chunk.len() > bytes_max {
            return Err(NoAnswer::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// As much metadata as is read (`saml::metadata::read`).
const METADATA_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What the SOAP binding calls every message (SAML 2.0 Bindings §3.2.3.1).
const SOAP_ACTION: &str = "\"http://www.oasis-open.org/committees/security\"";

const CONNECT_WITHIN: Duration = Duration::from_secs(3);

/// Less than a request of the browser may take, since the person waits for it.
const ANSWER_WITHIN: Duration = Duration::from_secs(8);

const ANSWER_BYTES_MAX: usize = 128 * 1024;
