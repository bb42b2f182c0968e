//! A browser: cookies, a word about where a request comes from, and the script of the login page.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use card::protocol::{Ke2, Opening, Origin, Start};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::holder::{Holder, Touch, Typed};

/// Longest page that is read.
const PAGE_BYTES_MAX: usize = 1024 * 1024;

/// A browser with one portal open. Clones share nothing: a clone is another browser that has stolen the cookies.
#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    origin: Origin,
    pub(crate) cookies: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
}

/// What came back.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Browser {
    pub(crate) fn new(router: Router, origin: &str) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::USER_AGENT, "the resident's browser".parse().unwrap());
        headers.insert("sec-fetch-site", "same-origin".parse().unwrap());
        headers.insert(header::HOST, origin.split_once("://").unwrap().1.parse().unwrap());
        Self { router, origin: origin.parse().unwrap(), cookies: Vec::new(), headers }
    }

    /// The same browser, saying this in a header.
    pub(crate) fn saying(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    pub(crate) async fn get(&mut self, path: &str) -> Page {
        self.send(Request::builder().method(Method::GET).uri(path), Body::empty()).await
    }

    pub(crate) async fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::builder().method(Method::POST).uri(path);
        self.send(request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded"), body.into()).await
    }

    /// A form with a file.
    pub(crate) async fn upload(&mut self, path: &str, name: &str, file: &[u8]) -> Page {
        let head = format!(
            "--x-y-z\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"f.xml\"\r\n\
             Content-Type: text/xml\r\n\r\n"
        );
        let body = [head.as_bytes(), file, b"\r\n--x-y-z--\r\n"].concat();
        let request = Request::builder().method(Method::POST).uri(path);
        self.send(request.header(header::CONTENT_TYPE, "multipart/form-data; boundary=x-y-z"), body.into()).await
    }

    /// What a script of the page sends.
    pub(crate) async fn json(&mut self, path: &str, body: &Value) -> Page {
        let request = Request::builder().method(Method::POST).uri(path).header(header::ACCEPT, "application/json");
        self.send(request.header(header::CONTENT_TYPE, "application/json"), body.to_string().into()).await
    }

    async fn send(&mut self, mut request: axum::http::request::Builder, body: Body) -> Page {
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, pairs.join("; "));
        }
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        let text = String::from_utf8(to_bytes(body, PAGE_BYTES_MAX).await.unwrap().to_vec()).unwrap();
        Page { status: parts.status, headers: parts.headers, text }
    }

    /// Message 0 of a login.
    pub(crate) async fn start(&mut self) -> Start {
        self.json("/login/card/start", &json!({})).await.parsed()
    }

    /// Message 0, and the card answers it.
    pub(crate) async fn touch(&mut self, holder: &Holder) -> (Start, Touch) {
        let start = self.start().await;
        let touch = holder.touch(&self.origin, &start);
        (start, touch)
    }

    /// Message 2.
    pub(crate) async fn prove(&mut self, start: &Start, touch: &Touch) -> Page {
        self.json("/login/card/prove", &json!({ "sid": start.sid, "proof": touch.proof() })).await
    }

    /// Message 5.
    pub(crate) async fn ke1(&mut self, start: &Start, typed: &Typed) -> Page {
        self.json("/login/card/ke1", &json!({ "sid": start.sid, "ke1": typed.ke1 })).await
    }

    /// Message 7.
    pub(crate) async fn ke3(&mut self, start: &Start, typed: Typed, ke2: &Page) -> Page {
        self.ke3_at("/login/card/ke3", start, typed, ke2).await
    }

    async fn ke3_at(&mut self, path: &str, start: &Start, typed: Typed, ke2: &Page) -> Page {
        let body = match typed.ke3(&ke2.field::<Ke2>("ke2")) {
            Ok(ke3) => json!({ "sid": start.sid, "ke3": ke3 }),
            Err(_) => json!({ "sid": start.sid, "ke3": null, "wrong_pin": true }),
        };
        self.json(path, &body).await
    }

    /// The whole login, as far as it goes: the answer to the last message that was sent.
    pub(crate) async fn log_in(&mut self, holder: &Holder, pin: &str) -> Page {
        self.log_in_at("/login/card/ke3", holder, pin).await
    }

    /// The same for a service's request of this handle.
    pub(crate) async fn log_in_then(&mut self, holder: &Holder, pin: &str, handle: &str) -> Page {
        self.log_in_at(&format!("/login/card/ke3?then={handle}"), holder, pin).await
    }

    /// A login by the card alone, for a service's request of this handle.
    pub(crate) async fn possess(&mut self, holder: &Holder, handle: &str) -> Page {
        let start: Start = self.json("/login/possession/start", &json!({})).await.parsed();
        let touch = holder.touch(&self.origin, &start);
        let body = json!({ "sid": start.sid, "proof": touch.proof() });
        self.json(&format!("/login/possession/prove?then={handle}"), &body).await
    }

    /// The same, with the last message at another address.
    pub(crate) async fn log_in_at(&mut self, last: &str, holder: &Holder, pin: &str) -> Page {
        let (start, mut touch) = self.touch(holder).await;
        let page = self.prove(&start, &touch).await;
        if page.status != StatusCode::OK {
            return page;
        }
        let typed = touch.open(&page.field::<Opening>("opening"), pin);
        let page = self.ke1(&start, &typed).await;
        if page.status != StatusCode::OK {
            return page;
        }
        self.ke3_at(last, &start, typed, &page).await
    }

    /// A login that leads to the menu.
    pub(crate) async fn logged_in(mut self, holder: &Holder) -> Self {
        let page = self.log_in(holder, holder.person.named.unwrap().pin()).await;
        assert_eq!(page.body()["location"], "/menu?login", "{}", page.text);
        self
    }

    /// A card is put on the desk's reader: the eligibility screen.
    pub(crate) async fn check(&mut self, holder: &Holder) -> Page {
        let start: Start = self.json("/reception/start", &json!({})).await.parsed();
        let touch = holder.touch(&self.origin, &start);
        self.submit(&start, &touch).await
    }

    /// As [`Self::check`], for a date.
    pub(crate) async fn check_on(&mut self, holder: &Holder, date: &str) -> Page {
        let start: Start = self.json("/reception/start", &json!({})).await.parsed();
        let touch = holder.touch(&self.origin, &start);
        let proof = serde_json::to_string(touch.proof()).unwrap();
        let fields = [("sid", start.sid.as_str()), ("proof", proof.as_str())];
        self.form(&format!("/reception/check?date={date}"), &fields).await
    }

    /// What the reception's page sends when a card has answered.
    pub(crate) async fn submit(&mut self, start: &Start, touch: &Touch) -> Page {
        let proof = serde_json::to_string(touch.proof()).unwrap();
        self.form("/reception/check", &[("sid", start.sid.as_str()), ("proof", &proof)]).await
    }
}

impl Page {
    pub(crate) fn body(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{}: {}", self.status, self.text))
    }

    pub(crate) fn parsed<T: serde::de::DeserializeOwned>(&self) -> T {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{}: {}", self.status, self.text))
    }

    pub(crate) fn field<T: serde::de::DeserializeOwned>(&self, name: &str) -> T {
        serde_json::from_value(self.body()[name].clone()).unwrap_or_else(|_| panic!("{}: {}", self.status, self.text))
    }

    /// Where a redirect leads.
    pub(crate) fn location(&self) -> Option<&str> {
        self.headers.get(header::LOCATION).map(|location| location.to_str().unwrap())
    }

    /// The code of a refusal, from a script's answer.
    pub(crate) fn code(&self) -> String {
        self.body()["error"]["code"].as_str().unwrap_or_else(|| panic!("{}: {}", self.status, self.text)).to_owned()
    }

    pub(crate) fn shows(&self, text: &str) -> bool {
        self.text.contains(text)
    }
}
