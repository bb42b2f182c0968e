//! Residents log in to services: every way in, and everything that leads nowhere.

use axum::http::StatusCode;
use jiff::SignedDuration;
use platform::{idp::policy::Policy, wording};
use region::Named;
use saml::{NameFormat, Second, Top, service::NoLogin};
use web::Lang;

use crate::{
    browser::{Browser, Page},
    harness::{World, worlds},
    service::{Asking, Publishing, SentForm, Sp, knock, knock_with, onward, refreshed, register},
};

const CARD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard";
const CARD_AND_PIN: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI";

/// A world with one service of this policy.
fn joined(world: &World, policy: Policy) -> Sp {
    let sp = Sp::new("kmix");
    register(world, [sp.registered(world, policy, &Publishing::default())]);
    sp
}

/// The path of a form of the page, such as `/saml/release/`.
fn path_of(page: &Page, prefix: &str) -> String {
    let (_, rest) = page.text.split_once(prefix).unwrap_or_else(|| panic!("no {prefix} in {}", page.text));
    format!("{prefix}{}", rest.split('"').next().unwrap())
}

/// Agrees to everything that the release page offers.
async fn agree(browser: &mut Browser, page: &Page) -> Page {
    let path = path_of(page, "/saml/release/");
    let hidden = |name: &str| {
        let (_, rest) = page.text.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let (version, offered) = (hidden("version"), hidden("offered"));
    let mut fields = vec![("version", version.as_str()), ("offered", offered.as_str())];
    fields.extend(offered.split(' ').filter(|name| !name.is_empty()).map(|name| ("attribute", name)));
    let page = browser.form(&path, &fields).await;
    onward(browser, page).await
}

/// The status of the failure in the page's form.
fn failure(sp: &Sp, world: &World, page: &Page, asked: &saml::MessageId) -> (Top, Second) {
    match sp.opens(world, page, Some(asked)) {
        Err(saml::Refused::NoLogin(NoLogin::Failed(status))) => (status.top, status.second.unwrap()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resident_logs_in_to_a_service_by_a_redirect_and_by_a_form() {
    for world in worlds().await {
        let sp = joined(&world, Policy::default());
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser();
        let asking = Asking { relay_state: Some("/records?id=7&x=<y>"), ..Asking::default() };
        let (page, id) = sp.ask(&world, &mut browser, &asking).await;
        assert!(page.shows("サービス kmix"), "the login says who asks: {}", page.text);

        let then = path_of(&page, "/login/card/ke3?then=").replace("/login/card/ke3?then=", "");
        let answer = browser.log_in_then(&holder, Named::Householder.pin(), &then).await;
        let next = answer.body()["location"].as_str().unwrap().to_owned();
        assert_eq!(next, format!("/saml/continue/{then}"));
        let page = browser.get(&next).await;
        assert!(page.shows(wording::text(Lang::Ja).services.release_nothing), "{}", page.text);
        let page = agree(&mut browser, &page).await;
        let first = sp.opens(&world, &page, Some(&id)).unwrap();
        assert_eq!(first.class, CARD_AND_PIN);
        assert_eq!(first.name.format, NameFormat::Persistent.uri());
        assert!(first.attributes.is_empty());
        let form = SentForm::of(&page).unwrap();
        assert_eq!(form.field("RelayState"), asking.relay_state, "it comes back as it went");
        assert!(form.by_itself);

        world.wait(SignedDuration::from_mins(1));
        let (fields, id) = sp.posted(&world, &Asking::default());
        let page = knock_with(&mut browser, "/saml/sso", &fields).await;
        let page = onward(&mut browser, page).await;
        let second = sp.opens(&world, &page, Some(&id)).unwrap();
        assert_eq!(second.name.value, first.name.value, "the same person, without another question");
        assert_ne!(second.session, first.session);
        assert_eq!(SentForm::of(&page).unwrap().field("RelayState"), None);
        assert!(world.outcomes().await.is_empty(), "and no insurer was asked");
    }
}
