//! The guard at the door: every request and every page passes here, so no handler can forget it.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::Error;

/// Largest body of any form or message that a browser sends.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// Ports of the reader agent on the person's own machine: the only other place that a page may talk to.
pub const AGENT_PORTS: std::ops::RangeInclusive<u16> = 41270..=41279;

/// Refuses a request that another site made the browser send, then adds the headers that every page needs.
///
/// A state-changing request must say that it comes from the same origin, by `Sec-Fetch-Site` or by `Origin`; browsers
/// set both and pages cannot. With `SameSite` cookies this replaces tokens in forms, which one can forget.
pub async fn guard(request: Request, next: Next) -> Response {
    if foreign(request.method(), request.headers()) {
        tracing::warn!(code = "WEB-02", path = request.uri().path(), "a request from another site was refused");
        return with_headers(Error::Refused { code: "WEB-02" }.into_response());
    }
    open(request, next).await
}

/// Adds the headers alone: for a door that other sites are meant to knock at, where a message proves itself.
pub async fn open(request: Request, next: Next) -> Response {
    with_headers(next.run(request).await)
}

fn with_headers(mut response: Response) -> Response {
    for (name, value) in security_headers() {
        response.headers_mut().entry(name).or_insert(value);
    }
    response
}

/// Whether another site is behind a request that could change something.
fn foreign(method: &Method, headers: &HeaderMap) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return false;
    }
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    match text(HeaderName::from_static("sec-fetch-site")) {
        Some(site) => site != "same-origin",
        None => match (text(header::ORIGIN), text(header::HOST)) {
            (Some(origin), Some(host)) => origin.split_once("://").is_none_or(|(_, authority)| authority != host),
            _ => true,
        },
    }
}

fn security_headers() -> [(HeaderName, HeaderValue); 6] {
    [
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        // Not `no-referrer`: a browser then hides the origin of our own forms from us.
        (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin-allow-popups")),
        (
            HeaderName::from_static("permissions-policy"),
            HeaderValue::from_static("camera=(), microphone=(), geolocation=()"),
        ),
    ]
}

/// No inline code, no other site, but the reader agent on the person's own machine.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
     connect-src 'self' http://127.0.0.1:41270 http://127.0.0.1:41271 http://127.0.0.1:41272 http://127.0.0.1:41273 \
     http://127.0.0.1:41274 http://127.0.0.1:41275 http://127.0.0.1:41276 http://127.0.0.1:41277 \
     http://127.0.0.1:41278 http://127.0.0.1:41279; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

#[cfg(test)]
mod tests {
    use super::*;

    fn is_foreign(method: Method, pairs: &[(&'static str, &'static str)]) -> bool {
        let headers = pairs.iter().map(|(k, v)| (HeaderName::from_static(k), HeaderValue::from_static(v))).collect();
        foreign(&method, &headers)
    }

    #[test]
    fn only_the_same_origin_may_change_something() {
        let host = ("host", "portal.example");
        assert!(!is_foreign(Method::GET, &[]));
        assert!(!is_foreign(Method::POST, &[("sec-fetch-site", "same-origin")]));
        assert!(is_foreign(Method::POST, &[("sec-fetch-site", "cross-site")]));
        assert!(is_foreign(Method::POST, &[("sec-fetch-site", "same-site")]));
        assert!(is_foreign(Method::POST, &[("sec-fetch-site", "none")]));
        assert!(!is_foreign(Method::POST, &[host, ("origin", "https://portal.example")]));
        assert!(is_foreign(Method::POST, &[host, ("origin", "https://evil.example")]));
        assert!(is_foreign(Method::POST, &[host]), "a browser always says where a form comes from");
    }

    #[test]
    fn the_policy_lists_every_port_of_the_agent() {
        for port in AGENT_PORTS {
            assert!(CONTENT_SECURITY_POLICY.contains(&format!("http://127.0.0.1:{port}")));
        }
    }
}
