//! Who may call.

use reqwest::Method;
use serde_json::json;

use crate::world::{PORTAL, World, code, parts};

#[tokio::test]
async fn a_listed_site_learns_what_is_connected() {
    let world = World::new().await;
    let response = world.from(PORTAL, Method::GET, "/v1/hello").send().await.unwrap();
    assert_eq!(response.headers()["access-control-allow-origin"], PORTAL);
    assert_eq!(response.headers()["vary"], "Origin");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let (_, hello) = parts(response).await;
    assert_eq!(hello["paired"], false);
    assert_eq!(hello["readers"], json!([{ "name": "Reader at home", "card": "none" }]));
}

#[tokio::test]
async fn a_site_that_is_not_listed_is_refused_and_cannot_read_why() {
    let world = World::new().await;
    for origin in ["https://evil.example", "null", "http://portal.example", "https://portal.example.evil"] {
        let response = world.from(origin, Method::GET, "/v1/hello").send().await.unwrap();
        assert!(response.headers().get("access-control-allow-origin").is_none());
        let (status, failure) = parts(response).await;
        assert_eq!((status, code(&failure)), (403, "origin-refused"), "{origin}");
    }
    let nobody = world.client.get(format!("{}/v1/hello", world.base)).send().await.unwrap();
    assert_eq!(nobody.status(), 403, "a program that names no origin is no page");
}

#[tokio::test]
async fn another_name_for_this_machine_is_refused() {
    let world = World::new().await;
    let port = world.base.rsplit(':').next().unwrap().to_owned();
    for host in
        ["evil.example".to_owned(), format!("evil.example:{port}"), "127.0.0.1".to_owned(), "127.0.0.1:1".to_owned()]
    {
        for path in ["/v1/hello", "/window/00", "/window.js", "/nothing"] {
            let request = world.from(PORTAL, Method::GET, path).header("host", &host);
            let (status, failure) = parts(request.send().await.unwrap()).await;
            assert_eq!((status, code(&failure)), (421, "host-refused"), "{host} {path}");
        }
    }
    let local = world.from(PORTAL, Method::GET, "/v1/hello").header("host", format!("localhost:{port}"));
    assert_eq!(local.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_preflight_lets_a_listed_site_in_and_no_other() {
    let world = World::new().await;
    let ask = |origin: &str| {
        world
            .from(origin, Method::OPTIONS, "/v1/login")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type")
            .header("access-control-request-private-network", "true")
    };
    let allowed = ask(PORTAL).send().await.unwrap();
    assert_eq!(allowed.status(), 204);
    assert_eq!(allowed.headers()["access-control-allow-origin"], PORTAL);
    assert_eq!(allowed.headers()["access-control-allow-headers"], "content-type, x-ssc-pair");
    assert_eq!(allowed.headers()["access-control-allow-methods"], "GET, POST");
    assert_eq!(allowed.headers()["access-control-allow-private-network"], "true");
    let refused = ask("https://evil.example").send().await.unwrap();
    assert_eq!(refused.status(), 403);
    assert!(refused.headers().get("access-control-allow-private-network").is_none());
}

#[tokio::test]
async fn what_is_not_json_or_too_large_is_refused() {
    let world = World::new().await;
    let start = r#"{"start":{"sid":"x"}}"#;
    let form = world.from(PORTAL, Method::POST, "/v1/login").header("content-type", "text/plain").body(start);
    let (status, failure) = parts(form.send().await.unwrap()).await;
    assert_eq!((status, code(&failure)), (400, "bad-request"), "a form's media type would come without a preflight");

    let large = world.from(PORTAL, Method::POST, "/v1/login").json(&json!({ "start": "x".repeat(70_000) }));
    assert_eq!(large.send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn agents_share_the_range_of_ports() {
    let first = World::new().await;
    let taken: u16 = first.base.rsplit(':').next().unwrap().parse().unwrap();
    let config = agent::Config { port: agent::Port::Exactly(taken), ..first.config.clone() };
    assert!(agent::Agent::start(config).await.is_err(), "a chosen port that is taken is an error");
}
