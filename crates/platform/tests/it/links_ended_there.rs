//! A clerk at an insurer's node ends a link: the portal learns of it, at once or later, and the resident reads who has ended it.

use db::params;
use insurer::config::{Console, Discovery};
use jiff::SignedDuration;
use platform::wording;
use reqwest::header::ORIGIN;
use tokio::{net::TcpListener, sync::oneshot};
use web::Lang;

use crate::{
    browser::Browser,
    dump_attack::node_keys,
    harness::{World, worlds},
    holder::Holder,
    links::{confirm_page, say, steps},
    links_node::{parted, wish},
    node::{Insurer, PLATFORM},
};

/// The node with a console for its clerks, which knows where the portal listens.
pub(crate) struct Desk {
    node: insurer::Config,
    clerk: reqwest::Client,
    origin: String,
    _stop: oneshot::Sender<()>,
}

impl Desk {
    /// Opens the desk of the national insurer. The portal is at this address.
    pub(crate) async fn open(world: &World, portal: &str) -> Self {
        let listen = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let origin = format!("http://localhost:{}", listen.port());
        let node = insurer::Config {
            console: Some(Console { listen, origin: origin.clone(), certificate: None, key: None, demo_login: true }),
            discovery: Some(Discovery {
                entity: PLATFORM.to_owned(),
                address: format!("{portal}/wsf/discovery"),
                authority: None,
            }),
            ..world.node(Insurer::National).config.clone()
        };
        let app = insurer::App::open(&node, world.clock.clone()).await.unwrap();
        insurer::console::invite(&app, "sato", "佐藤 花子").await.unwrap();
        app.database().close().await;
        let (ready, address) = oneshot::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let (served, clock) = (node.clone(), world.clock.clone());
        tokio::spawn(async move {
            let stopped = async { stopped.await.unwrap_or_default() };
            insurer::serve(&served, clock, |address| ready.send(address).unwrap(), stopped).await.unwrap();
        });
        address.await.unwrap();
        let client = reqwest::Client::builder().cookie_store(true).no_proxy();
        let clerk = client.redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let desk = Self { node, clerk, origin, _stop: stop };
        assert_eq!(desk.post("/login/demo", &[("login_name", "sato")]).await.0, "/home");
        desk
    }

    /// Where a form leads to, and what the page says.
    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> (String, String) {
        let request = self.clerk.post(format!("{}{path}", self.origin)).header(ORIGIN, &self.origin).form(fields);
        let response = request.send().await.unwrap();
        let location = response.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
        (location.unwrap_or_default(), response.text().await.unwrap())
    }

    /// Looks for a resident and ends their link; gives what is said then, or nothing where they are not linked.
    pub(crate) async fn end(&self, holder: &Holder) -> Option<String> {
        let period = &holder.coverage(Insurer::National)[0];
        let symbol = period.symbol.as_deref().unwrap_or_default();
        let (_, page) = self.post("/links/find", &[("symbol", symbol), ("number", &period.number)]).await;
        let found = page.split("<section ").find(|one| one.contains(&holder.person.person.name))?;
        let member = found.split("name=\"member\" value=\"").nth(1)?.split('"').next()?;
        let (location, _) = self.post("/links/end", &[("member", member), ("why", "not-insured")]).await;
        Some(location)
    }

    /// What is told again by now.
    async fn tell(&self, world: &World) {
        let app = insurer::App::open(&self.node, world.clock.clone()).await.unwrap();
        let app = std::sync::Arc::new(app);
        insurer::tell_ends(&app).await.unwrap();
        app.database().close().await;
    }
}

/// A door of the portal at this address; the same world behind it.
async fn portal(world: &World, listener: TcpListener) {
    let origin = origin(&listener);
    let app = world.reopened(|config| config.portal_origin = origin).await;
    tokio::spawn(async move { axum::serve(listener, platform::router(&app)).await.unwrap() });
}

fn origin(listener: &TcpListener) -> String {
    format!("http://localhost:{}", listener.local_addr().unwrap().port())
}

/// Ends that the insurer still has to tell of.
async fn untold(world: &World) -> usize {
    let db = &world.node(Insurer::National).database.db;
    db.fetch_all("SELECT tries FROM untold_end", vec![]).await.unwrap().len()
}

/// A resident who has asked the insurer for the link, and confirmed it.
async fn linked(world: &World) -> (Holder, Browser) {
    let (holder, mut browser) = parted(world).await;
    wish(&mut browser, &holder, &[]).await;
    say(&mut browser, "2", "true").await;
    assert!(browser.get("/coverage").await.shows(Insurer::National.name()));
    (holder, browser)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_clerk_ends_the_portal_knows_at_once_and_the_resident_reads_who_it_was() {
    for world in worlds().await {
        let (holder, mut browser) = linked(&world).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let desk = Desk::open(&world, &origin(&listener)).await;
        portal(&world, listener).await;

        assert_eq!(desk.end(&holder).await.as_deref(), Some("/links?said=ended"));

        assert_eq!(untold(&world).await, 0);
        let t = &wording::text(Lang::Ja).links;
        let page = browser.get("/links").await;
        assert!(page.shows(t.states.ended_there.0), "{}", page.text);
        assert!(browser.get("/coverage").await.shows(wording::text(Lang::Ja).coverage.nobody));
        assert_eq!(steps(&world).await.last().unwrap(), "ended-there");
        wish(&mut browser, &holder, &[]).await;
        say(&mut browser, "3", "true").await;
        assert!(browser.get("/coverage").await.shows(Insurer::National.name()), "a new wish begins anew");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_is_down_is_told_of_an_end_until_it_knows() {
    for world in worlds().await {
        let (holder, _) = linked(&world).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = listener.local_addr().unwrap();
        let desk = Desk::open(&world, &origin(&listener)).await;
        drop(listener);

        assert_eq!(desk.end(&holder).await.as_deref(), Some("/links?said=untold"));

        desk.tell(&world).await;
        assert_eq!(untold(&world).await, 1, "not before its time");
        world.wait(SignedDuration::from_mins(2));
        desk.tell(&world).await;
        assert_eq!(untold(&world).await, 1, "still down");
        portal(&world, TcpListener::bind(place).await.unwrap()).await;
        world.wait(SignedDuration::from_mins(10));
        desk.tell(&world).await;
        assert_eq!(untold(&world).await, 0);
        // Ten minutes later the session is over.
        let mut browser = world.browser().logged_in(&holder).await;
        assert!(browser.get("/links").await.shows(wording::text(Lang::Ja).links.states.ended_there.0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_clerk_ends_before_the_resident_has_said_yes_stays_ended() {
    for world in worlds().await {
        let (holder, mut browser) = parted(&world).await;
        wish(&mut browser, &holder, &[]).await;
        assert!(browser.get(&confirm_page()).await.shows("***"), "the resident reads it");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let desk = Desk::open(&world, &origin(&listener)).await;
        portal(&world, listener).await;
        assert_eq!(desk.end(&holder).await.as_deref(), Some("/links?said=ended"));
        assert_eq!(untold(&world).await, 0);

        let page = say(&mut browser, "2", "true").await;

        let t = &wording::text(Lang::Ja).links;
        assert!(page.shows(t.confirm.gone.0), "{}", page.text);
        assert!(browser.get("/coverage").await.shows(wording::text(Lang::Ja).coverage.nobody));
        assert!(browser.get("/links").await.shows(t.states.refused.1));
        assert_eq!(steps(&world).await.last().unwrap(), "ended-there");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_the_resident_was_faster_with_needs_no_more_telling() {
    for world in worlds().await {
        let (holder, mut browser) = linked(&world).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = listener.local_addr().unwrap();
        let desk = Desk::open(&world, &origin(&listener)).await;
        drop(listener);
        assert_eq!(desk.end(&holder).await.as_deref(), Some("/links?said=untold"));
        let fields = [("provider", Insurer::National.entity()), ("generation", "2")];
        browser.form("/links/end", &fields).await;
        portal(&world, TcpListener::bind(place).await.unwrap()).await;
        world.wait(SignedDuration::from_mins(2));
        desk.tell(&world).await;
        assert_eq!(untold(&world).await, 0, "the portal has no such link any more, and says so");
    }
}

/// The node is to tell of an end by a handle that the portal has not made for it, or not with the keys that it has now.
async fn owe(world: &World) {
    let node = world.node(Insurer::National);
    let id = [7_u8; 16];
    let handle = node_keys(node).seal("data", &[b"untold_end\0".as_slice(), &id].concat(), &[b'A'; 80]).unwrap();
    let sql = "INSERT INTO untold_end (end_id, handle, tries, next_at) VALUES ($1, $2, $3, $4)";
    let (now, row) = (world.now(), handle.as_slice());
    let owed = db::transaction!(node.database.db, |tx| { tx.execute(sql, params![id, row, 0_i64, now]).await? });
    owed.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_whose_handle_the_portal_does_not_know_is_told_for_a_month() {
    for world in worlds().await {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let desk = Desk::open(&world, &origin(&listener)).await;
        portal(&world, listener).await;
        owe(&world).await;
        for _ in 0..3 {
            desk.tell(&world).await;
            assert_eq!(untold(&world).await, 1, "whose keys have changed may put them back");
            world.wait(SignedDuration::from_hours(1));
        }
        let db = &world.node(Insurer::National).database.db;
        let month = "UPDATE untold_end SET tries = 720";
        db::transaction!(db, |tx| { tx.execute(month, vec![]).await? }).unwrap();
        desk.tell(&world).await;
        assert_eq!(untold(&world).await, 0);
    }
}
