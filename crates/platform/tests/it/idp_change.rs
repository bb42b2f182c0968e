//! What is handed over is changed from the launch page, and everything that was agreed to can be read there.

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use platform::{idp::policy::Policy, wording};
use region::Named;
use web::{Lang, clock::Shown};

use crate::{
    browser::{Browser, Page},
    crossing::{agree, hidden},
    harness::{World, worlds},
    service::{Asking, Publishing, Sp, register},
};

const NAME: &str = "urn:oid:2.16.840.1.113730.3.1.241";
const BIRTH: &str = "urn:oid:1.3.6.1.5.5.7.9.1";

fn policy() -> Policy {
    Policy { release: vec!["name".to_owned(), "birthDate".to_owned()], ..Policy::default() }
}

/// A service that cannot do without the date of birth.
fn publishing() -> Publishing {
    Publishing { requested: vec![(BIRTH, true), (NAME, false)], ..Publishing::default() }
}

/// A resident who has logged in there once and handed over all that was offered.
async fn linked(world: &World) -> (Sp, Browser) {
    let sp = Sp::new("kmix");
    register(world, [sp.registered(world, policy(), &publishing())]);
    let holder = world.holder(Named::Householder).await;
    let mut browser = world.browser().logged_in(&holder).await;
    let (page, id) = sp.ask(world, &mut browser, &Asking::default()).await;
    let page = agree(&mut browser, &page).await;
    assert_eq!(sp.opens(world, &page, Some(&id)).unwrap().attributes.len(), 2);
    (sp, browser)
}

/// Where the launch page leads to.
fn address(sp: &Sp) -> String {
    let entity: String = url::form_urlencoded::byte_serialize(sp.entity.as_str().as_bytes()).collect();
    format!("/services/release?entity={entity}")
}

/// Saves this choice on the sheet that `page` shows.
async fn save(browser: &mut Browser, sp: &Sp, page: &Page, names: &[&str]) -> Page {
    let (version, offered) = (hidden(page, "version"), hidden(page, "offered"));
    let mut fields = vec![("entity", sp.entity.as_str()), ("version", &version), ("offered", &offered)];
    fields.extend(names.iter().map(|name| ("attribute", *name)));
    browser.form("/services/release", &fields).await
}

/// The names of what the next login hands over, without a question.
async fn next_login(world: &World, sp: &Sp, browser: &mut Browser) -> Vec<String> {
    let (page, id) = sp.ask(world, browser, &Asking::default()).await;
    let login = sp.opens(world, &page, Some(&id)).unwrap();
    login.attributes.into_iter().map(|(name, _)| name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resident_changes_what_is_handed_over_without_a_login_there() {
    for world in worlds().await {
        let (sp, mut browser) = linked(&world).await;
        let t = &wording::text(Lang::Ja).services;
        let launch = browser.get("/services").await;
        assert!(launch.shows(&address(&sp)) && launch.shows("サービス kmixに渡す情報を変える"), "{}", launch.text);

        let page = browser.get(&address(&sp)).await;
        assert!(page.shows("value=\"name\" checked aria"), "released now: {}", page.text);
        assert!(page.shows("value=\"birthDate\" checked disabled"), "required: {}", page.text);
        assert!(page.shows(t.change_required) && page.shows(t.change_kept), "{}", page.text);

        let saved = save(&mut browser, &sp, &page, &[]).await;
        let launch = browser.get(saved.location().unwrap()).await;
        assert!(launch.shows(&t.changed.replace("{}", "サービス kmix")), "{}", launch.text);
        assert!(launch.shows(&format!("<dd>{}<br>", t.attributes[2])), "{}", launch.text);
        assert_eq!(next_login(&world, &sp, &mut browser).await, [BIRTH]);

        let page = browser.get(&address(&sp)).await;
        assert!(page.shows("value=\"name\" aria"), "kept back now: {}", page.text);
        save(&mut browser, &sp, &page, &["name"]).await;
        assert_eq!(next_login(&world, &sp, &mut browser).await.len(), 2, "and given again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_resident_changes_it_and_only_what_they_have_read() {
    for world in worlds().await {
        let (sp, mut browser) = linked(&world).await;
        let page = browser.get(&address(&sp)).await;
        let (version, entity) = (hidden(&page, "version"), sp.entity.as_str());
        for (version, offered) in [("2020-01-01", "name birthDate"), (version.as_str(), "name"), ("", "")] {
            let fields = [("entity", entity), ("version", version), ("offered", offered)];
            let page = browser.form("/services/release", &fields).await;
            assert_eq!(page.location(), Some(address(&sp).as_str()), "shown anew: {version} {offered}");
        }
        let mut foreign = browser.clone().saying("sec-fetch-site", "cross-site");
        let refused = save(&mut foreign, &sp, &page, &[]).await;
        assert!(refused.shows("WEB-02"), "{}", refused.text);
        let stranger = save(&mut world.browser(), &sp, &page, &[]).await;
        assert_eq!(stranger.location(), Some("/?ended"));
        assert_eq!(next_login(&world, &sp, &mut browser).await.len(), 2, "nothing has changed");

        browser.form("/services/unlink", &[("entity", entity)]).await;
        assert_eq!(save(&mut browser, &sp, &page, &["name"]).await.status, StatusCode::NOT_FOUND);
        for other in [address(&sp), "/services/release?entity=https%3A%2F%2Fstranger.example".to_owned()] {
            assert_eq!(browser.get(&other).await.status, StatusCode::NOT_FOUND, "{other}");
        }
        assert!(!browser.get("/services").await.shows(&address(&sp)), "no link comes of it");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_was_agreed_to_can_be_read_with_its_time_and_text() {
    for world in worlds().await {
        let (sp, mut browser) = linked(&world).await;
        let shown = |world: &World| Shown::minute(world.now(), Lang::Ja).text;
        let first = shown(&world);
        world.wait(SignedDuration::from_mins(2));
        for _ in 0..2 {
            let page = browser.get(&address(&sp)).await;
            save(&mut browser, &sp, &page, &[]).await;
        }
        let second = shown(&world);
        world.wait(SignedDuration::from_mins(2));
        browser.form("/services/unlink", &[("entity", sp.entity.as_str())]).await;
        let third = shown(&world);

        let t = &wording::text(Lang::Ja).services;
        let page = browser.get("/services").await;
        let (_, history) = page.text.split_once(t.history).unwrap_or_else(|| panic!("{}", page.text));
        let agreed = |names: &str| t.agreed.replace("{}", names);
        let expected =
            [(third, t.unlinked.to_owned()), (second, agreed("生年月日")), (first, agreed("氏名、生年月日"))];
        let mut rest = history;
        for (at, what) in &expected {
            for part in [at, what] {
                rest = rest.split_once(part.as_str()).unwrap_or_else(|| panic!("{part}: {history}")).1;
            }
        }
        assert_eq!(
            history.matches("2026-11-22-2</span>").count(),
            2,
            "the same saved twice is one agreement: {history}"
        );

        let sql = "SELECT agreed_at FROM service_release UNION ALL SELECT ended_at AS agreed_at FROM service_link";
        for row in world.app.db.fetch_all(sql, vec![]).await.unwrap() {
            let at: Timestamp = row.get("agreed_at").unwrap();
            assert_eq!(at.as_microsecond() % 60_000_000, 0, "to the minute, and no closer");
        }
    }
}
