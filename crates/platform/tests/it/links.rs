//! A resident asks an insurer for a link, says whether the record is theirs, and sees it from then on.

use axum::http::StatusCode;
use db::params;
use idwsf::dst::Code;
use jiff::SignedDuration;
use platform::{consent::linking::TEXT_VERSION, exchange::fetch::pseudonym, store::link::Link, wording};
use region::Named;
use web::Lang;

use crate::{
    browser::{Browser, Page},
    desk::{Desk, Plan},
    harness::{World, worlds},
    holder::Holder,
    node::{Insurer, To},
};

/// What the resident writes: nothing of it is anywhere else in a test.
pub(crate) const WRITTEN: [(&str, &str); 8] = [
    ("symbol", "架空94"),
    ("number", "8087766"),
    ("branch", "07"),
    ("name", "架空　華子"),
    ("kana", "カクウ　ハナコ"),
    ("birth", "昭和43年5月14日"),
    ("sex", "2"),
    ("address", "香川県高松市架空町一丁目2番3号"),
];

/// The form as it is filled for an insurer, with other values for some fields.
pub(crate) fn filled<'a>(insurer: Insurer, other: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let given = [("provider", insurer.entity()), ("version", TEXT_VERSION), ("agree", "yes")];
    let mut fields: Vec<_> = WRITTEN.into_iter().chain(given).collect();
    for (name, value) in other {
        fields.retain(|(known, _)| known != name);
        fields.push((name, value));
    }
    fields
}

/// Asks the national insurer, which this resident has no link with.
pub(crate) async fn wish(browser: &mut Browser) -> Page {
    browser.form("/links/add", &filled(Insurer::National, &[])).await
}

/// What the resident says about the record.
pub(crate) async fn say(browser: &mut Browser, generation: &str, mine: &str) -> Page {
    let fields = [("provider", Insurer::National.entity()), ("generation", generation), ("mine", mine)];
    browser.form("/links/confirm", &fields).await
}

/// A resident whom the company insures, and a national insurer that knows them, too.
pub(crate) async fn met(world: &World, plan: Plan) -> (Holder, Browser, Desk) {
    let holder = world.holder(Named::Employee).await;
    let browser = world.browser().logged_in(&holder).await;
    let records = world.holder_without_pin(Named::Householder).coverage(Insurer::National);
    let desk = Desk::open(world, Insurer::National, plan, records);
    (holder, browser, desk)
}

pub(crate) fn confirm_page() -> String {
    let entity: String = url::form_urlencoded::byte_serialize(Insurer::National.entity().as_bytes()).collect();
    format!("/links/confirm?provider={entity}")
}

/// State, generation and tries of each wish, the oldest first.
pub(crate) async fn wishes(world: &World) -> Vec<(String, i64, i64)> {
    let sql = "SELECT state, generation, tries FROM linking ORDER BY provider, generation";
    let rows = world.app.db.fetch_all(sql, vec![]).await.unwrap();
    let read = |row: &db::Row| (row.get("state").unwrap(), row.get("generation").unwrap(), row.get("tries").unwrap());
    rows.iter().map(read).collect()
}

fn wished(state: &str, generation: i64, tries: i64) -> (String, i64, i64) {
    (state.to_owned(), generation, tries)
}

/// Every row of every table, as text.
async fn everything(world: &World) -> String {
    let lite = world.database.url.starts_with("sqlite");
    let tables = if lite {
        "SELECT name AS place FROM sqlite_master WHERE type = 'table'"
    } else {
        "SELECT CAST(table_name AS TEXT) AS place FROM information_schema.tables WHERE table_schema = current_schema()"
    };
    let mut text = String::new();
    for table in world.app.db.fetch_all(tables, vec![]).await.unwrap() {
        let table: String = table.get("place").unwrap();
        let columns = if lite {
            let sql = &*format!("SELECT name FROM pragma_table_info('{table}')").leak();
            let columns = world.app.db.fetch_all(sql, vec![]).await.unwrap();
            let columns: Vec<String> = columns.iter().map(|row| row.get("name").unwrap()).collect();
            let columns: Vec<_> = columns.iter().map(|name| format!("COALESCE(CAST({name} AS TEXT), '')")).collect();
            format!("CAST({} AS BLOB)", columns.join(" || ' ' || "))
        } else {
            format!("CAST({table} AS TEXT)")
        };
        let sql = &*format!("SELECT {columns} AS line FROM {table}").leak();
        for row in world.app.db.fetch_all(sql, vec![]).await.unwrap() {
            let line = row.get::<Vec<u8>>("line").or_else(|_| row.get::<String>("line").map(String::into_bytes));
            text.push_str(&String::from_utf8_lossy(&line.unwrap()));
            text.push('\n');
        }
    }
    text
}

/// Outcomes of the log about links, the oldest first.
pub(crate) async fn steps(world: &World) -> Vec<String> {
    let sql = "SELECT outcome FROM audit_entry WHERE category = 'link' AND purpose = 'linking' ORDER BY number";
    let rows = world.app.db.fetch_all(sql, vec![]).await.unwrap();
    rows.iter().map(|row| row.get("outcome").unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_was_found_is_shown_when_the_resident_has_said_that_it_is_theirs() {
    for world in worlds().await {
        let (_, mut browser, desk) = met(&world, Plan::LINKED).await;
        let t = wording::text(Lang::Ja);
        assert!(browser.get("/menu").await.shows("/links"));
        let page = browser.get("/links/add").await;
        assert!(page.shows(t.links.form.agree) && page.shows(Insurer::National.name()), "{}", page.text);
        assert!(!page.shows(&format!("value=\"{}\"", Insurer::Company.entity())), "the company is linked already");

        assert_eq!(wish(&mut browser).await.location(), Some(confirm_page().as_str()));
        let page = browser.get("/coverage").await;
        assert!(!page.shows(Insurer::National.name()), "nothing before the resident has said so");
        assert!(!desk.asked().iter().any(|text| text.contains(":Coverage<")), "nor is anything asked for");
        let page = browser.get("/links").await;
        assert!(page.shows(t.links.states.linked.0) && page.shows(t.links.states.in_force.0), "{}", page.text);

        let page = browser.get(&confirm_page()).await;
        assert!(page.shows("***2345") && page.shows(Insurer::National.name()), "{}", page.text);
        assert_eq!(say(&mut browser, "1", "true").await.location(), Some("/links?done=confirmed"));
        assert_eq!(say(&mut browser, "1", "true").await.location(), Some("/links?done=confirmed"), "twice is once");
        assert!(browser.get("/links?done=confirmed").await.shows(t.links.done.confirmed));
        assert!(browser.get("/coverage").await.shows(Insurer::National.name()), "from now on");
        assert_eq!(wishes(&world).await, [wished("confirmed", 1, 1)]);
        assert_eq!(steps(&world).await, ["sent", "linked", "shown", "confirmed"]);
        platform::audit::verify(&world.app.db, &world.app.keys).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_resident_wrote_goes_to_one_insurer_by_its_own_name_and_stays_nowhere() {
    for world in worlds().await {
        let (holder, mut browser, desk) = met(&world, Plan::LINKED).await;
        wish(&mut browser).await;
        let change = desk.changes().pop().unwrap();
        let fragment = "<nhi:Number>8087766</nhi:Number><nhi:Branch>07</nhi:Branch><nhi:Name>架空　華子</nhi:Name>\
             <nhi:Kana>カクウ　ハナコ</nhi:Kana><nhi:Birth>1968-05-14</nhi:Birth><nhi:Sex>2</nhi:Sex>";
        assert!(change.contains(fragment), "{change}");
        assert!(change.contains("/nhi:Insured/nhi:Link</nhi:Select>") && change.contains(">linking<"), "{change}");
        assert!(change.contains("urn:liberty:consent:obtained:current:explicit"), "{change}");
        let link = Link { provider: Insurer::National.entity().to_owned(), generation: 1 };
        let own = pseudonym(&world.app.keys, holder.resident, &link).unwrap();
        assert!(desk.wicked.last_asked().1.contains(&format!(">{}</saml:NameID>", own.as_str())));
        assert!(!change.contains(own.as_str()), "the name is sealed");
        assert!(world.node(Insurer::Company).access_log().await.is_empty(), "nobody else hears of it");

        say(&mut browser, "1", "true").await;
        let everything = everything(&world).await;
        assert!(everything.contains(Insurer::National.entity()), "all tables are looked at");
        for value in
            WRITTEN.iter().map(|(_, value)| *value).chain(["1968-05-14", "2345"]).filter(|value| value.len() > 2)
        {
            assert!(!everything.contains(value), "{value}");
        }
        let rows = world.app.db.fetch_all("SELECT text_version FROM linking", vec![]).await.unwrap();
        assert_eq!(rows[0].get::<String>("text_version").unwrap(), TEXT_VERSION, "the consent's text is kept");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_means_that_the_insurer_is_told_and_the_next_wish_has_another_name() {
    for world in worlds().await {
        let (_, mut browser, desk) = met(&world, Plan::LINKED).await;
        wish(&mut browser).await;
        let first = desk.wicked.last_asked().1;
        assert_eq!(say(&mut browser, "1", "false").await.location(), Some("/links?done=denied"));
        let change = desk.changes().pop().unwrap();
        assert!(change.contains("/nhi:Insured/nhi:Link") && !change.contains("NewData"), "{change}");
        assert_eq!(say(&mut browser, "1", "true").await.status, StatusCode::NOT_FOUND, "no is no");
        assert!(!browser.get("/coverage").await.shows(Insurer::National.name()));
        let t = &wording::text(Lang::Ja).links;
        assert!(browser.get("/links?done=denied").await.shows(t.states.denied.0));

        wish(&mut browser).await;
        let name = |token: &str| {
            let (_, rest) = token.split_once("saml:NameID").unwrap();
            rest.split_once('>').unwrap().1.split_once('<').unwrap().0.to_owned()
        };
        assert_ne!(name(&first), name(&desk.wicked.last_asked().1), "another wish, another name");
        assert_eq!(wishes(&world).await, [wished("denied", 1, 1), wished("linked", 2, 1)]);
        assert_eq!(steps(&world).await, ["sent", "linked", "denied", "sent", "linked"]);
        let rows = world.app.db.fetch_all("SELECT tries FROM link_end", vec![]).await.unwrap();
        assert!(rows.is_empty(), "the insurer knows");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_that_waits_for_a_clerk_is_asked_about_whenever_the_page_is_opened() {
    for world in worlds().await {
        let (_, mut browser, desk) = met(&world, Plan::REVIEW).await;
        let t = &wording::text(Lang::Ja).links;
        assert_eq!(wish(&mut browser).await.location(), Some("/links?done=review"));
        let page = browser.get("/links?done=review").await;
        assert!(page.shows(t.done.review) && page.shows(t.states.review.0), "{}", page.text);
        assert_eq!(browser.get(&confirm_page()).await.status, StatusCode::NOT_FOUND, "there is nothing to say yet");
        assert!(wish(&mut browser).await.shows(t.form.came.held.1), "and nothing to ask for");
        assert_eq!(desk.changes().len(), 1);

        world.node(Insurer::National).line.lead(To::Nowhere);
        let page = browser.get("/links").await;
        assert!(page.shows(&t.unanswered.replace("{}", Insurer::National.name())), "{}", page.text);
        assert!(page.shows(t.states.review.0), "what is known stays");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clerks_decision_shows_on_the_page() {
    for world in worlds().await {
        let (_, mut browser, desk) = met(&world, Plan::REVIEW).await;
        let t = &wording::text(Lang::Ja).links;
        wish(&mut browser).await;
        desk.will(Plan::LINKED);
        assert!(browser.get("/links").await.shows(t.buttons.confirm));
        assert!(browser.get(&confirm_page()).await.shows("***2345"));
        desk.will(Plan::UNMATCHED);
        let page = browser.get(&confirm_page()).await;
        assert!(page.shows(t.confirm.gone.0) && !page.shows("name=\"mine\""), "{}", page.text);
        assert!(say(&mut browser, "1", "true").await.shows(t.confirm.gone.0));
        assert!(browser.get("/links").await.shows(t.states.refused.0));
        assert_eq!(wishes(&world).await, [wished("refused", 1, 1)]);

        desk.will(Plan::REVIEW);
        wish(&mut browser).await;
        desk.will(Plan::UNMATCHED);
        assert!(browser.get("/links").await.shows(t.states.refused.0));
        assert_eq!(wishes(&world).await, [wished("refused", 1, 1), wished("refused", 2, 1)]);
        let steps = steps(&world).await;
        assert_eq!(steps, ["sent", "review", "linked", "shown", "refused", "sent", "review", "refused"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_tried_out_more_than_five_times_a_day() {
    for world in worlds().await {
        let (holder, mut browser, desk) = met(&world, Plan::UNMATCHED).await;
        let t = &wording::text(Lang::Ja).links.form.came;
        for left in (0..5).rev() {
            let page = wish(&mut browser).await;
            assert_eq!(page.status, StatusCode::OK);
            assert!(page.shows(&t.unmatched.0.replace("{}", Insurer::National.name())), "{}", page.text);
            let words = if left > 0 { t.left.replace("{}", &left.to_string()) } else { t.none_left.to_owned() };
            assert!(page.shows(&words) && page.shows("value=\"8087766\""), "{left}: {}", page.text);
        }
        assert!(wish(&mut browser).await.shows(t.spent.0));
        assert_eq!(desk.asked().len(), 5, "a sixth is not sent");
        world.wait(SignedDuration::from_hours(12));
        let mut browser = world.browser().logged_in(&holder).await;
        assert!(wish(&mut browser).await.shows(&t.left.replace("{}", "4")), "the next day begins at midnight");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_that_met_nobody_comes_back_filled_and_is_sent_again_under_the_same_name() {
    for world in worlds().await {
        let (_, mut browser, desk) = met(&world, Plan { change: Err(Code::EXISTS_ALREADY), ..Plan::LINKED }).await;
        let t = wording::text(Lang::Ja);
        let line = world.node(Insurer::National).line.clone();
        line.lead(To::Nowhere);
        let page = wish(&mut browser).await;
        assert!(page.shows(t.links.form.came.kept_here) && page.shows("EXCHANGE-01"), "{}", page.text);
        for (name, value) in WRITTEN.iter().filter(|(name, _)| *name != "sex") {
            assert!(page.shows(&format!("name=\"{name}\" value=\"{value}\"")), "{name}: {}", page.text);
        }
        assert_eq!(wishes(&world).await, [wished("asked", 1, 0)], "what nobody has read is no try");
        assert_eq!(steps(&world).await, ["sent", "EXCHANGE-01"]);

        line.lead(To::Address(desk.wicked.served_at));
        assert!(browser.get("/links").await.shows(t.links.states.linked.0), "the answer was lost, not the link");
        assert_eq!(wishes(&world).await, [wished("linked", 1, 0)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_cannot_be_written_lets_nothing_out() {
    for world in worlds().await {
        let (_, mut browser, desk) = met(&world, Plan::LINKED).await;
        world.tamper("ALTER TABLE audit_entry RENAME TO gone", vec![]).await;
        assert_eq!(wish(&mut browser).await.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(desk.asked().is_empty(), "nothing is sent");
        world.tamper("ALTER TABLE gone RENAME TO audit_entry", vec![]).await;
        world.wait(SignedDuration::from_mins(2));
        wish(&mut browser).await;
        world.tamper("ALTER TABLE audit_entry RENAME TO gone", vec![]).await;
        let page = browser.get(&confirm_page()).await;
        assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!page.shows("***2345"));
        assert_eq!(say(&mut browser, "1", "true").await.status, StatusCode::INTERNAL_SERVER_ERROR);
        world.tamper("ALTER TABLE gone RENAME TO audit_entry", vec![]).await;
        assert_eq!(wishes(&world).await, [wished("linked", 1, 1)], "nor is anything changed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_resident_says_whose_record_it_is() {
    for world in worlds().await {
        let (_, mut browser, _desk) = met(&world, Plan::LINKED).await;
        wish(&mut browser).await;
        let other = world.holder(Named::Lapsed).await;
        let mut stranger = world.browser().logged_in(&other).await;
        assert_eq!(stranger.get(&confirm_page()).await.status, StatusCode::NOT_FOUND);
        assert_eq!(say(&mut stranger, "1", "true").await.status, StatusCode::NOT_FOUND);
        let end = [("provider", Insurer::National.entity()), ("generation", "1")];
        assert_eq!(stranger.form("/links/end", &end).await.status, StatusCode::NOT_FOUND);
        assert_eq!(wishes(&world).await, [wished("linked", 1, 1)]);
        let sql = "SELECT generation FROM link WHERE provider = $1 AND resident_id = $2";
        let values = params![Insurer::National.entity(), other.resident.bytes()];
        assert!(world.app.db.fetch_all(sql, values).await.unwrap().is_empty());
    }
}
