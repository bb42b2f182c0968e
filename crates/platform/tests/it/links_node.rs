//! Linking with a real insurer's node at the other end.

use db::params;
use platform::wording;
use region::Named;
use web::Lang;

use crate::{
    browser::{Browser, Page},
    harness::{World, worlds},
    holder::Holder,
    links::{confirm_page, filled, say, steps},
    node::Insurer,
};

/// What the resident's papers say, with other values for some fields.
pub(crate) async fn wish(browser: &mut Browser, holder: &Holder, other: &[(&str, &str)]) -> Page {
    let (who, period) = (&holder.person.person, &holder.coverage(Insurer::National)[0]);
    let birth = who.birth.to_string();
    let mut fields = vec![
        ("symbol", period.symbol.as_deref().unwrap_or_default()),
        ("number", &period.number),
        ("branch", period.branch.as_deref().unwrap_or_default()),
        ("name", &who.name),
        ("kana", &who.kana),
        ("birth", &birth),
        ("sex", who.sex.code()),
        ("address", who.address.as_deref().unwrap_or_default()),
    ];
    fields.extend(other);
    browser.form("/links/add", &filled(Insurer::National, &fields)).await
}

/// A resident whose link by the application form has ended at both ends.
pub(crate) async fn parted(world: &World) -> (Holder, Browser) {
    let holder = world.holder(Named::Householder).await;
    let mut browser = world.browser().logged_in(&holder).await;
    let fields = [("provider", Insurer::National.entity()), ("generation", "1")];
    let page = browser.form("/links/end", &fields).await;
    assert_eq!(page.location(), Some("/links?done=ended"), "the node knows: {}", page.text);
    (holder, browser)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resident_and_a_node_find_each_other_again_and_the_records_come() {
    for world in worlds().await {
        let (holder, mut browser) = parted(&world).await;
        assert!(!browser.get("/coverage").await.shows(&holder.person.person.kana));
        let page = wish(&mut browser, &holder, &[]).await;
        assert_eq!(page.location(), Some(confirm_page().as_str()), "{}", page.text);
        let number = &holder.coverage(Insurer::National)[0].number;
        let end: String = number.chars().skip(number.chars().count().saturating_sub(2)).collect();
        let page = browser.get(&confirm_page()).await;
        assert!(page.shows("***") && page.shows(&format!("{end}</dd>")), "{}", page.text);
        assert!(!page.shows(number), "its end alone");
        say(&mut browser, "2", "true").await;
        let page = browser.get("/coverage").await;
        assert!(page.shows(&holder.person.person.kana) && page.shows(Insurer::National.name()), "{}", page.text);
        assert_eq!(steps(&world).await, ["ended", "sent", "linked", "shown", "confirmed"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_machine_may_not_decide_waits_for_the_nodes_clerk() {
    for world in worlds().await {
        let (holder, mut browser) = parted(&world).await;
        let t = &wording::text(Lang::Ja).links;
        let page = wish(&mut browser, &holder, &[("address", "香川県高松市架空町九丁目9番9号")]).await;
        assert_eq!(page.location(), Some("/links?done=review"), "{}", page.text);
        assert!(browser.get("/links").await.shows(t.states.review.0));
        let fields = [("provider", Insurer::National.entity()), ("generation", "2")];
        assert_eq!(browser.form("/links/end", &fields).await.location(), Some("/links?done=ended"));
        let sql = "SELECT resident_id FROM link_end WHERE resident_id = $1";
        let owed = world.app.db.fetch_all(sql, params![holder.resident.bytes()]).await.unwrap();
        assert!(owed.is_empty(), "the node knows");
        assert!(browser.get("/links").await.shows(t.states.withdrawn.0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_knows_nobody_like_that_says_so() {
    for world in worlds().await {
        let (holder, mut browser) = parted(&world).await;
        let nobody = [("number", "99999"), ("name", "架空　太郎"), ("kana", ""), ("birth", "1901-01-01")];
        let page = wish(&mut browser, &holder, &nobody).await;
        let t = &wording::text(Lang::Ja).links.form.came;
        assert!(page.shows(&t.unmatched.0.replace("{}", Insurer::National.name())), "{}", page.text);
    }
}
