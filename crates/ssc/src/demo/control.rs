//! The demonstration's own page: put cards on readers, stop and start insurers. It is not part of the product's pages.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Form, Router,
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::{
    drawer::Drawer,
    layout::{INSURERS, Layout, READERS},
    people::{Papers, People},
    processes::{self, Process},
};

/// What the page moves.
pub(crate) struct Control {
    pub(crate) layout: Layout,
    pub(crate) people: People,
    pub(crate) drawer: Drawer,
    pub(crate) insurers: Mutex<BTreeMap<&'static str, Process>>,
}

/// The page and its buttons.
pub(crate) fn router(control: Arc<Control>) -> Router {
    let port = control.layout.control_port();
    Router::new()
        .route("/", get(page))
        .route("/readers/{reader}/card", post(put).delete(take))
        .route("/readers/{reader}/empty", post(take))
        .route("/insurers/{number}/stop", post(stop))
        .route("/insurers/{number}/start", post(start))
        .merge(web::assets::router(&[web::assets::STYLE]))
        .layer(axum::middleware::from_fn(web::guard::guard))
        .layer(axum::middleware::from_fn(move |request: Request, next: Next| async move {
            if is_ours(request.headers(), port) {
                next.run(request).await
            } else {
                (StatusCode::MISDIRECTED_REQUEST, "this page is at 127.0.0.1\n").into_response()
            }
        }))
        .with_state(control)
}

/// Whether the browser means this machine. The name of another site may lead here, too (DNS rebinding), and its pages
/// would then count as ours.
fn is_ours(headers: &HeaderMap, port: u16) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    host.and_then(|host| host.rsplit_once(':'))
        .is_some_and(|(name, asked)| matches!(name, "127.0.0.1" | "localhost") && asked.parse() == Ok(port))
}

/// Which card.
#[derive(Deserialize)]
struct Card {
    name: String,
}

async fn put(
    State(control): State<Arc<Control>>,
    Path(reader): Path<String>,
    headers: HeaderMap,
    Form(card): Form<Card>,
) -> Response {
    let drawer = control.drawer.clone();
    done(&headers, tokio::task::spawn_blocking(move || drawer.put(&reader, &card.name)).await)
}

async fn take(State(control): State<Arc<Control>>, Path(reader): Path<String>, headers: HeaderMap) -> Response {
    let drawer = control.drawer.clone();
    done(&headers, tokio::task::spawn_blocking(move || drawer.take(&reader)).await)
}

async fn stop(State(control): State<Arc<Control>>, Path(number): Path<String>, headers: HeaderMap) -> Response {
    let running = control.insurers.lock().await.remove(number.as_str());
    if let Some(process) = running {
        process.stop().await;
    }
    done(&headers, Ok(Ok(())))
}

async fn start(State(control): State<Arc<Control>>, Path(number): Path<String>, headers: HeaderMap) -> Response {
    let Some(insurer) = INSURERS.into_iter().find(|insurer| insurer.number == number) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut running = control.insurers.lock().await;
    if !running.contains_key(insurer.number) {
        match processes::insurer(&control.layout, insurer).await {
            Ok(process) => drop(running.insert(insurer.number, process)),
            Err(error) => return done(&headers, Ok(Err(error))),
        }
    }
    done(&headers, Ok(Ok(())))
}

/// Back to the page for a person, a status for a script.
fn done(headers: &HeaderMap, outcome: Result<anyhow::Result<()>, tokio::task::JoinError>) -> Response {
    let outcome = outcome.map_err(anyhow::Error::from).and_then(|outcome| outcome);
    let person = headers.get(header::ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"text/html"));
    match outcome {
        Ok(()) if person => Redirect::to("/").into_response(),
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => (StatusCode::CONFLICT, format!("{error:#}\n")).into_response(),
    }
}

async fn page(State(control): State<Arc<Control>>) -> Html<String> {
    let running: Vec<&str> = control.insurers.lock().await.keys().copied().collect();
    let mut cards = String::new();
    for holder in &control.people.residents {
        cards.push_str(&format!(
            "<section class=\"record\"><header class=\"record-head\"><h2>{name}</h2></header><dl class=\"facts\">\
             <div><dt>PIN</dt><dd class=\"number\">{pin}</dd></div>{papers}</dl><div class=\"buttons\">",
            name = escape(&holder.name),
            pin = holder.pin,
            papers = holder.papers.as_ref().map(papers).unwrap_or_default(),
        ));
        for reader in READERS {
            cards.push_str(&format!(
                "<form method=\"post\" action=\"/readers/{reader}/card\"><input type=\"hidden\" name=\"name\" \
                 value=\"{card}\"><button class=\"button secondary\">{place}</button></form>",
                card = holder.card,
                place = if reader == READERS[0] {
                    "自宅のリーダーに置く"
                } else {
                    "受付のリーダーに置く"
                },
            ));
        }
        cards.push_str("</div></section>");
    }
    let mut insurers = String::new();
    for insurer in &INSURERS {
        let (act, word) =
            if running.contains(&insurer.number) { ("stop", "止める") } else { ("start", "動かす") };
        insurers.push_str(&format!(
            "<form method=\"post\" action=\"/insurers/{number}/{act}\"><p>{name} <button class=\"button \
             secondary\">{word}</button></p></form>",
            number = insurer.number,
            name = insurer.name,
        ));
    }
    Html(format!(
        "<!doctype html><html lang=\"ja\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><title>体験の道具</title><link rel=\"stylesheet\" \
         href=\"/assets/style.css\"></head><body><main class=\"page\"><h1>体験の道具</h1><p class=\"lead\">カードを置く、\
         外す、保険者を止める。画面は<a href=\"{portal}\">利用者のポータル</a>と<a href=\"{clinic}\">医療機関の\
         ポータル</a>です。</p><h2>カード</h2>{cards}<div class=\"buttons\"><form method=\"post\" \
         action=\"/readers/home/empty\"><button class=\"button quiet\">自宅のリーダーから外す</button></form><form \
         method=\"post\" action=\"/readers/desk/empty\"><button class=\"button quiet\">受付のリーダーから外す</button>\
         </form></div><h2>保険者</h2>{insurers}</main></body></html>",
        portal = control.layout.portal_origin(),
        clinic = control.layout.clinic_origin(),
    ))
}

/// What somebody writes who has no insurer here yet.
fn papers(papers: &Papers) -> String {
    let insurer = INSURERS.iter().find(|insurer| insurer.number == papers.insurer).map_or("", |insurer| insurer.name);
    let Papers { symbol, number, branch, kana, birth, sex, address, .. } = papers;
    let sex = if sex == "1" { "男" } else { "女" };
    let lines = [
        ("まだつながっていない保険者", insurer),
        ("記号", symbol),
        ("番号", number),
        ("枝番", branch),
        ("フリガナ", kana),
        ("生年月日", birth),
        ("性別", sex),
        ("住所", address),
    ];
    let line = |(label, text): (&str, &str)| format!("<div><dt>{label}</dt><dd>{}</dd></div>", escape(text));
    lines.into_iter().map(line).collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_answers_under_this_machines_own_address_only() {
        let ours = |host: &'static str| {
            let host = axum::http::HeaderValue::from_static(host);
            is_ours(&HeaderMap::from_iter([(header::HOST, host)]), 8410)
        };
        assert!(ours("127.0.0.1:8410") && ours("localhost:8410"));
        for host in ["evil.example:8410", "127.0.0.1", "127.0.0.1:8411", "localhost.evil.example:8410", ""] {
            assert!(!ours(host), "{host}");
        }
        assert!(!is_ours(&HeaderMap::new(), 8410));
    }
}
