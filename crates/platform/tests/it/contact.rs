//! How insurers reach a resident: what each has, and what the resident changes there, at real nodes.

use axum::http::StatusCode;
use platform::{consent::TEXT_VERSION, wording};
use region::Named;
use web::Lang;

use crate::{
    browser::{Browser, Page},
    crossing::hidden,
    harness::{World, worlds},
    node::{Insurer, To},
};

/// The form on the page, with other values for some fields, sent back.
pub(crate) async fn send(browser: &mut Browser, page: &Page, other: &[(&str, &str)]) -> Page {
    let kept = ["provider", "seen", "was_phone", "was_email", "was_notices"].map(|name| (name, hidden(page, name)));
    let mut fields: Vec<(&str, &str)> = kept.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for name in ["phone", "email", "notices"] {
        let was = kept.iter().find(|(kept, _)| *kept == format!("was_{name}")).unwrap();
        let changed = other.iter().find(|(other, _)| *other == name);
        fields.push((name, changed.map_or(was.1.as_str(), |(_, value)| value)));
    }
    browser.form("/contact", &fields).await
}

async fn outcomes(world: &World) -> Vec<String> {
    let sql = "SELECT outcome FROM audit_entry WHERE category = 'contact' ORDER BY number";
    let rows = world.app.db.fetch_all(sql, vec![]).await.unwrap();
    rows.iter().map(|row| row.get("outcome").unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resident_sees_what_an_insurer_has_and_changes_it_there() {
    for world in worlds().await {
        let mut browser = world.browser().logged_in(&world.holder(Named::Householder).await).await;
        let t = &wording::text(Lang::Ja).contact;
        assert!(browser.get("/menu").await.shows("href=\"/contact\""));
        let page = browser.get("/contact").await;
        assert!(page.shows(Insurer::National.name()) && page.shows(t.lead), "{}", page.text);
        let looked = world.node(Insurer::National).access_log().await;
        let same = send(&mut browser, &page, &[]).await;
        assert_eq!(same.location(), Some("/contact?done=same"), "{}", same.text);
        assert_eq!(world.node(Insurer::National).access_log().await, looked, "nothing was sent");

        let written = [("phone", "０８７-839-0000"), ("email", "hanako@example.jp")];
        let sent = send(&mut browser, &page, &written).await;
        assert_eq!(sent.location(), Some("/contact?done=changed"), "{}", sent.text);
        let page = browser.get("/contact?done=changed").await;
        for text in [t.changed, "value=\"0878390000\"", "value=\"hanako@example.jp\""] {
            assert!(page.shows(text), "{text}: {}", page.text);
        }
        assert!(page.shows(t.since) && page.shows("2026-11-22T12:00+09:00"), "{}", page.text);
        assert_eq!(send(&mut browser, &page, &[("phone", " ")]).await.location(), Some("/contact?done=changed"));
        let page = browser.get("/contact").await;
        assert!(!page.shows("0878390000") && page.shows("value=\"hanako@example.jp\""), "{}", page.text);
        // Whoever has taken a number out writes another one, within the second.
        let again = send(&mut browser, &page, &[("phone", "+12 3456-7890-18")]).await;
        assert_eq!(again.location(), Some("/contact?done=changed"), "{}", again.text);
        let page = browser.get("/contact").await;
        assert!(page.shows("value=\"+123456789018\"") || page.shows("value=\"&#43;123456789018\""), "{}", page.text);
        let change = ["sent", "changed", "shown"];
        assert_eq!(outcomes(&world).await, [&["shown"][..], &change, &change, &change].concat());
        let looks = browser.get("/looks").await;
        assert!(looks.shows(t.looks.what) && looks.shows(t.looks.changed), "{}", looks.text);
        platform::audit::verify(&world.app.db, &world.app.keys).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_on_top_of_another_is_shown_and_not_made() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let mut one = world.browser().logged_in(&holder).await;
        let mut other = world.browser().logged_in(&holder).await;
        let (read_by_one, read_by_other) = (one.get("/contact").await, other.get("/contact").await);
        let first = send(&mut one, &read_by_one, &[("phone", "0878390000")]).await;
        assert_eq!(first.location(), Some("/contact?done=changed"), "{}", first.text);
        let late = send(&mut other, &read_by_other, &[("phone", "0878391111")]).await;
        let t = &wording::text(Lang::Ja).contact;
        assert_eq!(late.status, StatusCode::OK);
        assert!(late.shows(&t.meanwhile.0.replace("{}", Insurer::National.name())), "{}", late.text);
        assert!(late.shows("value=\"0878391111\"") && late.shows("<strong>0878390000</strong>"), "{}", late.text);
        assert!(one.get("/contact").await.shows("value=\"0878390000\""), "nothing was written over");
        let again = send(&mut other, &late, &[("phone", "0878391111")]).await;
        assert_eq!(again.location(), Some("/contact?done=changed"), "now they have seen it: {}", again.text);
        assert!(one.get("/contact").await.shows("value=\"0878391111\""));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resident_says_how_notices_are_to_come_and_no_late_word_writes_over_it() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let mut one = world.browser().logged_in(&holder).await;
        let mut other = world.browser().logged_in(&holder).await;
        let t = &wording::text(Lang::Ja).contact;
        let chosen = |value: &str| format!("<option value=\"{value}\" selected>");
        let page = one.get("/contact").await;
        assert!(page.shows(t.notices.0) && page.shows(&chosen("")), "{}", page.text);
        let read_by_other = other.get("/contact").await;

        let said = send(&mut one, &page, &[("notices", "portal")]).await;

        assert_eq!(said.location(), Some("/contact?done=changed"), "{}", said.text);
        assert!(one.get("/contact").await.shows(&chosen("portal")));
        let late = send(&mut other, &read_by_other, &[("notices", "post")]).await;
        assert!(late.shows(&t.meanwhile.0.replace("{}", Insurer::National.name())), "{}", late.text);
        let [_, _, (_, portal)] = t.notice_choices;
        assert!(late.shows(&chosen("post")) && late.shows(&format!("<strong>{portal}</strong>")), "{}", late.text);
        let taken_back = send(&mut other, &late, &[("notices", "")]).await;
        assert_eq!(taken_back.location(), Some("/contact?done=changed"), "{}", taken_back.text);
        let page = one.get("/contact").await;
        assert!(page.shows(&chosen("")), "{}", page.text);
        let wrong = send(&mut one, &page, &[("notices", "pigeon")]).await;
        for text in [t.no_choice, "href=\"#notices-0\"", "id=\"notices-0-error\""] {
            assert!(wrong.shows(text), "{text}: {}", wrong.text);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_resident_has_left_alone_stays_as_another_change_has_made_it() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let mut one = world.browser().logged_in(&holder).await;
        let mut other = world.browser().logged_in(&holder).await;
        let page = one.get("/contact").await;
        let first = [("phone", "0878390000"), ("email", "hanako@example.jp")];
        assert_eq!(send(&mut one, &page, &first).await.location(), Some("/contact?done=changed"));
        let (read_by_one, read_by_other) = (one.get("/contact").await, other.get("/contact").await);
        let both = [("phone", "0878391111"), ("email", "hana@example.jp")];
        assert_eq!(send(&mut one, &read_by_one, &both).await.location(), Some("/contact?done=changed"));

        let late = send(&mut other, &read_by_other, &[("email", "h@example.jp")]).await;

        assert!(
            late.shows("value=\"h@example.jp\"") && late.shows("<strong>hana@example.jp</strong>"),
            "{}",
            late.text
        );
        assert!(!late.shows("0878390000"), "nobody wants that number back: {}", late.text);
        assert_eq!(
            send(&mut other, &late, &[("email", "h@example.jp")]).await.location(),
            Some("/contact?done=changed")
        );
        let page = one.get("/contact").await;
        assert!(page.shows("value=\"0878391111\"") && page.shows("value=\"h@example.jp\""), "{}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_insurer_that_has_left_the_configuration_is_named_and_not_forgotten() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let leave = "UPDATE link SET provider = 'https://left.example' WHERE provider = $1";
        world.tamper(leave, db::params![Insurer::National.entity()]).await;

        let page = browser.get("/contact").await;

        let t = wording::text(Lang::Ja);
        assert!(page.shows(&t.common.source_failed.replace("{}", "https://left.example")), "{}", page.text);
        assert!(!page.shows(t.contact.none), "{}", page.text);
        assert_eq!(outcomes(&world).await, ["EXCHANGE-06"]);
    }
}

#[test]
fn the_consent_to_look_names_contact_details() {
    let text = |lang| wording::text(lang).consents.self_view.1;
    for (ja, en) in [("電話番号", "telephone"), ("メール", "e-mail"), ("お知らせ", "notices")] {
        assert!(text(Lang::Ja).contains(ja) && text(Lang::En).contains(en), "{en}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_number_or_address_is_explained_and_not_sent() {
    for world in worlds().await {
        let mut browser = world.browser().logged_in(&world.holder(Named::Householder).await).await;
        let page = browser.get("/contact").await;
        let t = &wording::text(Lang::Ja).contact;
        let written = [("phone", "119"), ("email", "<hanako>")];
        let wrong = send(&mut browser, &page, &written).await;
        for text in [t.no_phone, t.no_email, "href=\"#phone-0\"", "id=\"phone-0-error\"", "value=\"119\""] {
            assert!(wrong.shows(text), "{text}: {}", wrong.text);
        }
        assert!(!wrong.shows("<hanako>"), "{}", wrong.text);
        let wrong = send(&mut browser, &page, &[("phone", "123456789018")]).await;
        assert!(wrong.shows(t.my_number) && !wrong.shows("123456789018"), "{}", wrong.text);
        assert_eq!(outcomes(&world).await, ["shown"], "nothing was sent");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_insurer_that_gives_no_answer_is_named_and_what_was_written_stays_on_the_page() {
    for world in worlds().await {
        let mut browser = world.browser().logged_in(&world.holder(Named::Householder).await).await;
        let page = browser.get("/contact").await;
        world.node(Insurer::National).line.lead(To::Nowhere);
        let t = &wording::text(Lang::Ja).contact;
        let sent = send(&mut browser, &page, &[("email", "hanako@example.jp")]).await;
        let unsent = t.unsent.0.replace("{}", Insurer::National.name());
        for text in [unsent.as_str(), t.unsent.1, "EXCHANGE-01", "value=\"hanako@example.jp\""] {
            assert!(sent.shows(text), "{text}: {}", sent.text);
        }
        let shown = browser.get("/contact").await;
        assert!(shown.shows(Insurer::National.name()) && !shown.shows("name=\"email\""), "{}", shown.text);
        assert_eq!(outcomes(&world).await, ["shown", "sent", "EXCHANGE-01", "EXCHANGE-01"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_consent_or_link_nobody_is_asked_and_nothing_changed() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let page = browser.get("/contact").await;
        let foreign =
            [("provider", Insurer::Company.entity()), ("seen", "2026-11-22T03:00:00Z"), ("phone", "0878390000")];
        assert_eq!(browser.form("/contact", &foreign).await.status, StatusCode::NOT_FOUND);
        let fields = [("purpose", "citizen-self-view"), ("version", TEXT_VERSION), ("give", "false")];
        browser.form("/consents", &fields).await;
        let before = world.node(Insurer::National).access_log().await;
        for refused in [browser.get("/contact").await, send(&mut browser, &page, &[("phone", "0878390000")]).await] {
            assert!(refused.shows(wording::text(Lang::Ja).coverage.no_consent), "{}", refused.text);
        }
        assert_eq!(world.node(Insurer::National).access_log().await, before);
    }
}
