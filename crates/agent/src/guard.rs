//! Who may talk to the agent: the guards before every route.
//!
//! The agent listens on the machine's own address, where every page of every site can send requests. Three checks keep
//! them apart. The `Host` header must be the agent's own address, or a foreign name was pointed at this machine (DNS
//! rebinding). The site's calls must come from a listed `Origin`, which the browser writes and a page cannot. The window
//! takes only what its own pages send.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{Problem, app::App, wire::PAIR_HEADER};

/// Seconds for which a browser may remember a preflight's answer.
const PREFLIGHT_SECONDS: &str = "600";

/// The site that makes a call, as the browser says and the list of this machine confirms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Site(pub(crate) String);

/// Lets only requests pass that were sent to the agent's own address, and marks every answer as not to be kept.
pub(crate) async fn own_address(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let named = only(request.headers(), header::HOST);
    let target = request.uri().authority().map(|authority| authority.as_str());
    let own = named.is_some_and(|host| is_own(host, app.port)) && target.is_none_or(|target| is_own(target, app.port));
    let mut response = if own { next.run(request).await } else { Problem::HostRefused.into_response() };
    for (name, value) in PAGE_HEADERS {
        response.headers_mut().entry(name).or_insert(value);
    }
    response
}

/// Lets only listed sites pass, answers their preflights, and tells the browser that they may read the answer.
pub(crate) async fn listed_site(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let Some(origin) = only(request.headers(), header::ORIGIN).filter(|origin| app.config.origins.contains(origin))
    else {
        // without the header that would let it, the page cannot read this; it is for the network panel of a developer
        return Problem::OriginRefused.into_response();
    };
    let origin = origin.to_owned();
    let mut response = if request.method() == Method::OPTIONS {
        preflight(request.headers())
    } else {
        request.extensions_mut().insert(Site(origin.clone()));
        next.run(request).await
    };
    if let Ok(value) = HeaderValue::from_str(&origin) {
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, value);
    }
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Origin"));
    response
}

/// Lets a form pass only when one of the agent's own pages sent it: a site that opened the window must not fill it in.
pub(crate) async fn own_page(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let reading = matches!(*request.method(), Method::GET | Method::HEAD);
    let origin = only(headers, header::ORIGIN).and_then(|origin| origin.strip_prefix("http://"));
    let fetch_site = headers.get(HeaderName::from_static("sec-fetch-site"));
    let own = origin.is_some()
        && origin == only(headers, header::HOST)
        && fetch_site.is_none_or(|site| site == "same-origin");
    if reading || own { next.run(request).await } else { Problem::OriginRefused.into_response() }
}

/// Whether `host` is this machine's own address with the agent's port, exactly.
fn is_own(host: &str, port: u16) -> bool {
    host.rsplit_once(':').is_some_and(|(name, number)| {
        matches!(name, "127.0.0.1" | "localhost") && number.parse() == Ok(port) && !number.starts_with(['+', '0'])
    })
}

/// The value of a header that is there exactly once.
fn only(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

fn preflight(asked: &HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(PREFLIGHT_SECONDS));
    if let Ok(names) = HeaderValue::from_str(&format!("{}, {PAIR_HEADER}", header::CONTENT_TYPE)) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names);
    }
    // asked by Chromium's Private Network Access; its successor, Local Network Access, asks the person instead
    if asked.contains_key("access-control-request-private-network") {
        headers.insert("access-control-allow-private-network", HeaderValue::from_static("true"));
    }
    response
}

/// Headers of every answer. `Referrer-Policy` may not be `no-referrer`: a browser then hides the `Origin` of our own form.
const PAGE_HEADERS: [(HeaderName, HeaderValue); 6] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY)),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), microphone=(), geolocation=()"),
    ),
];

const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
     connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_own_address_is_own() {
        assert!(is_own("127.0.0.1:41270", 41270));
        assert!(is_own("localhost:41270", 41270));
        for other in [
            "127.0.0.1",
            "127.0.0.1:41271",
            "127.0.0.2:41270",
            "evil.example:41270",
            "localhost.evil:41270",
            "[::1]:41270",
            "127.0.0.1:041270",
            "127.0.0.1:+41270",
            "127.0.0.1:41270.evil:41270",
        ] {
            assert!(!is_own(other, 41270), "{other}");
        }
    }

    #[test]
    fn a_header_that_is_there_twice_counts_for_nothing() {
        let mut headers = HeaderMap::new();
        headers.append(header::HOST, HeaderValue::from_static("127.0.0.1:1"));
        assert_eq!(only(&headers, header::HOST), Some("127.0.0.1:1"));
        headers.append(header::HOST, HeaderValue::from_static("127.0.0.1:1"));
        assert_eq!(only(&headers, header::HOST), None);
    }
}
