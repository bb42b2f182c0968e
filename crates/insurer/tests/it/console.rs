//! The node's own pages, through HTTP.

use std::net::TcpListener;

use health::{Copayment, Coverage};
use insurer::config::Console;
use insurer::console::invite;
use insurer::import::{Kind, coverage, in_force, links};
use reqwest::header::{CONTENT_SECURITY_POLICY, HOST, LOCATION, ORIGIN};
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, StatusCode};

use crate::people::{file, link_file, yoshida, yoshida_before};
use crate::region::{COVERAGE, Region, ask, regions};

/// A browser at the console.
pub(crate) struct Browser {
    client: reqwest::Client,
    origin: String,
}

/// What a page was.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) location: String,
    pub(crate) text: String,
}

impl Page {
    pub(crate) fn shows(&self, text: &str) -> bool {
        self.text.contains(text)
    }
}

impl Browser {
    fn new(region: &Region) -> Browser {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = reqwest::Client::builder()
            .cookie_store(true)
            .no_proxy()
            .redirect(Policy::none())
            .resolve("insurer.localhost", ([127, 0, 0, 1], 0).into());
        let origin = region.config.console.as_ref().unwrap().origin.clone();
        Browser { client: client.build().unwrap(), origin }
    }

    /// A browser in which a clerk has logged in.
    pub(crate) async fn of(region: &Region, clerk: &str) -> Browser {
        let browser = Browser::new(region);
        let page = browser.post("/login/demo", &[("login_name", clerk)]).await;
        assert_eq!((page.status, page.location.as_str()), (StatusCode::SEE_OTHER, "/home"), "{}", page.text);
        browser
    }

    pub(crate) async fn get(&self, path: &str) -> Page {
        page(self.client.get(format!("{}{path}", self.origin)).header("accept-language", "ja")).await
    }

    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        page(self.to(path).form(fields)).await
    }

    /// Chooses a file and sends the form.
    pub(crate) async fn bring(&self, kind: &str, bytes: &[u8]) -> Page {
        let head = "--x1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n";
        let body = [head.as_bytes(), bytes, b"\r\n--x1--\r\n"].concat();
        let form = self.to(&format!("/files/{kind}")).header("content-type", "multipart/form-data; boundary=x1");
        page(form.body(body)).await
    }

    fn to(&self, path: &str) -> RequestBuilder {
        let request = self.client.post(format!("{}{path}", self.origin)).header("accept-language", "ja");
        request.header(ORIGIN, &self.origin)
    }
}

async fn page(request: RequestBuilder) -> Page {
    let response = request.send().await.unwrap();
    let location = response.headers().get(LOCATION).map(|value| value.to_str().unwrap().to_owned());
    Page { status: response.status(), location: location.unwrap_or_default(), text: response.text().await.unwrap() }
}

/// Nodes with a console and two clerks.
pub(crate) async fn consoles() -> Vec<Region> {
    let mut all = regions().await;
    for region in &mut all {
        let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let origin = format!("http://insurer.localhost:{}", listen.port());
        region.config.console = Some(Console { listen, origin, certificate: None, key: None, demo_login: true });
        let app = region.app().await;
        for (login_name, name) in [("sato", "佐藤 花子"), ("suzuki", "鈴木 一郎")] {
            invite(&app, login_name, name).await.unwrap();
        }
        region.start().await;
    }
    all
}

#[tokio::test]
async fn whoever_has_not_logged_in_sees_nothing() {
    for region in consoles().await {
        let browser = Browser::new(&region);
        for path in ["/home", "/imports", "/imports/1", "/imports/1/undo", "/links", "/contacts", "/looks", "/passkeys"]
        {
            assert_eq!(browser.get(path).await.location, "/?ended", "{path}");
        }
        for path in ["/imports/1/apply", "/imports/1/discard", "/imports/1/undo", "/files/coverage", "/links/end"] {
            assert_eq!(browser.post(path, &[]).await.location, "/?ended", "{path}");
        }
        assert!(browser.get("/").await.shows("担当者ログイン"));
        assert_eq!(browser.post("/login/demo", &[("login_name", "nobody")]).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_wrong_file_is_explained_and_a_mended_one_is_taken_and_taken_back() {
    for region in consoles().await {
        let (app, browser) = (region.app().await, Browser::of(&region, "sato").await);
        let good = String::from_utf8(file(&[yoshida(), yoshida_before()])).unwrap();

        let refused = browser.bring("coverage", good.replace("2020-04-01", "きのう").as_bytes()).await;

        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            refused.shows("3行目「資格取得日」: 日付として読めません") && refused.shows("CSV-11"),
            "{}",
            refused.text
        );
        assert_eq!(in_force(&app, Kind::Coverage).await.unwrap(), None);

        let looked = browser.bring("coverage", good.as_bytes()).await;
        assert_eq!(looked.location, "/imports/1");
        let preview = browser.get("/imports/1").await;
        assert!(preview.shows("判断待ち") && preview.shows("取り込む") && preview.shows("sato"), "{}", preview.text);
        assert_eq!(in_force(&app, Kind::Coverage).await.unwrap(), None);

        assert_eq!(browser.post("/imports/1/apply", &[]).await.location, "/imports/1?said=applied");
        assert!(browser.get("/imports/1?said=applied").await.shows("取り込みました。"));
        assert_eq!(in_force(&app, Kind::Coverage).await.unwrap().unwrap().figures.rows, 2);
        assert_eq!(browser.bring("coverage", good.as_bytes()).await.location, "/imports/1?said=same");

        assert!(browser.get("/imports/1/undo").await.shows("戻しますか"));
        assert_eq!(browser.post("/imports/1/undo", &[]).await.location, "/imports/1?said=undone");
        assert_eq!(browser.post("/imports/1/undo", &[]).await.location, "/imports/1?said=gone");
        assert_eq!(in_force(&app, Kind::Coverage).await.unwrap(), None);
        assert!(browser.get("/imports").await.shows("元に戻した"));
    }
}

#[tokio::test]
async fn two_clerks_take_a_file_that_differs_too_much() {
    for region in consoles().await {
        let app = region.app().await;
        let many = |rows: usize| -> Vec<Coverage> {
            let copayment = Copayment::parse("3").unwrap();
            (0..rows).map(|n| Coverage { number: format!("{n:07}"), copayment, ..yoshida() }).collect()
        };
        coverage(&app, &file(&many(60))).await.unwrap();
        let (first, second) = (Browser::of(&region, "sato").await, Browser::of(&region, "suzuki").await);

        assert_eq!(first.bring("coverage", &file(&many(30))).await.location, "/imports/2");
        let told = first.get("/imports/2").await;
        assert!(told.shows("もう一人の担当者がログインして承認") && !told.shows("承認して取り込む"), "{}", told.text);
        assert!(told.shows("大きく違う") && told.shows(">60<") && told.shows(">30<"), "{}", told.text);
        assert_eq!(first.post("/imports/2/apply", &[]).await.location, "/imports/2?said=second");

        assert!(second.get("/home").await.shows("判断を待っている"));
        assert!(second.get("/imports/2").await.shows("承認して取り込む"));
        assert_eq!(second.post("/imports/2/apply", &[]).await.location, "/imports/2?said=applied");
        assert_eq!(in_force(&app, Kind::Coverage).await.unwrap().unwrap().applied.unwrap().by, "suzuki");
    }
}

#[tokio::test]
async fn who_asked_is_shown_with_what_it_was_for() {
    for region in consoles().await {
        let app = region.app().await;
        coverage(&app, &file(&[yoshida()])).await.unwrap();
        links(&app, &link_file(&[("p1", yoshida())])).await.unwrap();
        region.ask(&ask("p1", COVERAGE)).await.unwrap();
        let browser = Browser::of(&region, "sato").await;

        let looks = browser.get("/looks").await;
        for said in ["portal.example.jp", "資格のすべての期間", "本人が自分の記録を見る", "答えた"]
        {
            assert!(looks.shows(said), "{said}: {}", looks.text);
        }
        assert!(browser.get("/looks?verify=1").await.shows("1 件すべて、書かれたときのままです"));
        let home = browser.get("/home").await;
        assert!(home.shows("node.pem") && home.shows("0 日前"), "{}", home.text);

        db::transaction!(region.database.db, |tx| {
            tx.execute("UPDATE access_log SET purpose = 'eligibility-check'", db::params![]).await?
        })
        .unwrap();
        assert!(browser.get("/looks?verify=1").await.shows("1 件目が、書かれたときのままではありません"));
    }
}

#[tokio::test]
async fn other_sites_and_other_names_are_refused() {
    for region in consoles().await {
        let browser = Browser::of(&region, "sato").await;
        let address = format!("{}/files/coverage", browser.origin);

        let foreign = browser.client.post(&address).header(ORIGIN, "https://evil.example").body("x");
        assert_eq!(page(foreign).await.status, StatusCode::BAD_REQUEST);
        let other = browser.client.get(format!("{}/home", browser.origin)).header(HOST, "evil.example");
        assert_eq!(page(other).await.status, StatusCode::MISDIRECTED_REQUEST);
        let home = browser.client.get(format!("{}/home", browser.origin)).send().await.unwrap();
        assert!(home.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().contains("default-src 'none'"));
        assert_eq!(browser.post("/logout", &[]).await.location, "/");
        assert_eq!(browser.get("/home").await.location, "/?ended");
    }
}

#[tokio::test]
async fn a_console_without_tls_is_on_this_machine_alone() {
    for mut region in regions().await {
        for (origin, demo_login, good) in [
            ("http://insurer.localhost:8403", true, true),
            ("https://node.nhi.example.jp", false, true),
            ("https://node.nhi.example.jp", true, false),
            ("http://node.nhi.example.jp", false, false),
            ("https://node.nhi.example.jp/", false, false),
            ("nonsense", false, false),
        ] {
            let (origin, listen) = (origin.to_owned(), ([127, 0, 0, 1], 0).into());
            let console = Console { listen, origin, certificate: None, key: None, demo_login };
            region.config.console = Some(console);
            let opened = insurer::App::open(&region.config, region.clock.clone()).await;
            assert_eq!(opened.is_ok(), good, "{:?}", region.config.console);
        }
    }
}

#[tokio::test]
async fn an_invitation_shows_whom_it_is_for_and_ends_after_a_week() {
    for region in consoles().await {
        let address = invite(&region.app().await, "tanaka", "田中 三郎").await.unwrap();
        let browser = Browser::new(&region);
        let path = address.strip_prefix(&browser.origin).unwrap();

        assert!(browser.get(path).await.shows("田中 三郎"));
        region.clock.set(region.clock.now() + insurer::console::INVITATION);
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND);
    }
}
