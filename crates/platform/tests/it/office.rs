//! The office: who gets in, and how a service is registered, changed, stopped and removed.

use axum::http::StatusCode;
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use jiff::SignedDuration;
use platform::{
    idp::policy::{Class, Encrypt},
    office::staff,
    store::{self, service_change},
};
use serde_json::json;

use crate::{
    authenticator::Authenticator,
    browser::{Browser, Page},
    harness::{CLERK, CLINIC, OFFICE, OPERATOR, World, worlds},
    service::{Publishing, Sp},
};

/// Brings a file, and confirms what is shown.
pub(crate) async fn register(operator: &mut Browser, metadata: &str) -> Page {
    let page = operator.upload("/services/check", "metadata", metadata.as_bytes()).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let file = hidden(&page, "metadata");
    let revision = hidden(&page, "revision");
    let fields = [("metadata", &*file), ("address", ""), ("certificate", ""), ("revision", &revision)];
    operator.form("/services/register", &fields).await
}

pub(crate) fn hidden(page: &Page, name: &str) -> String {
    let after = page.text.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or_else(|| panic!("{}", page.text));
    after.split('"').next().unwrap().to_owned()
}

pub(crate) fn one(sp: &Sp) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("entity", sp.entity.as_str()).finish();
    format!("/services/one?{query}")
}

async fn registered(world: &World) -> Vec<String> {
    store::service::all(&world.app.db).await.unwrap().into_iter().map(|kept| kept.entity).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn reception_staff_stay_out_of_the_office_and_operators_out_of_the_clinic() {
    for world in worlds().await {
        let (mut clerk, mut operator) = (world.clerk().await, world.operator().await);
        let mut office = Browser::new(world.router(), OFFICE);
        let mut clinic = Browser::new(world.router(), CLINIC);
        assert_eq!(office.form("/login/demo", &[("login_name", CLERK)]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(clinic.form("/login/demo", &[("login_name", OPERATOR)]).await.status, StatusCode::NOT_FOUND);
        // Whoever carries a cookie over by hand gets no further.
        office.cookies.clone_from(&clerk.cookies);
        clinic.cookies.clone_from(&operator.cookies);
        for path in ["/services", "/services/add", "/keys", "/passkeys"] {
            assert_eq!(office.get(path).await.location(), Some("/?ended"), "{path}");
        }
        assert_eq!(office.form("/keys/change", &[]).await.location(), Some("/?ended"));
        assert_eq!(clinic.get("/reception").await.location(), Some("/?ended"));
        assert_eq!(clerk.get("/services").await.status, StatusCode::NOT_FOUND);
        assert_eq!(operator.get("/reception").await.status, StatusCode::NOT_FOUND);
        assert_eq!(operator.get("/services").await.status, StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_logs_in_with_a_passkey_of_the_office() {
    for world in worlds().await {
        let name = "unyou".to_owned();
        let address = staff::invite_operator(&world.app, name.clone(), "運用 次郎".to_owned()).await.unwrap();
        let path = address.strip_prefix(OFFICE).unwrap();
        let (mut browser, mut passkey) = (Browser::new(world.router(), OFFICE), Authenticator::new(1).at(OFFICE));
        let started = browser.json(&format!("{path}/start"), &json!({})).await.body();
        let page = browser.json("/passkeys/finish", &passkey.register(&started)).await;
        assert_eq!(page.body()["location"], "/passkeys", "{}", page.text);

        let mut browser = Browser::new(world.router(), OFFICE);
        let started = browser.json("/login/passkey/start", &json!({ "login_name": name })).await.body();
        let page = browser.json("/login/passkey/finish", &passkey.log_in(&started)).await;
        assert_eq!(page.body()["location"], "/services", "{}", page.text);
        let mut clinic = Browser::new(world.router(), CLINIC);
        assert_eq!(clinic.json("/login/passkey/start", &json!({ "login_name": name })).await.code(), "STAFF-01");
        assert_eq!(clinic.get(path).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_shown_first_and_registered_only_when_confirmed() {
    for world in worlds().await {
        let (sp, mut operator) = (Sp::new("k-mix"), world.operator().await);
        let metadata = sp.metadata(&Publishing { encryption: true, ..Publishing::default() });
        let page = operator.upload("/services/check", "metadata", metadata.as_bytes()).await;
        assert!(page.shows(sp.entity.as_str()) && page.shows(&sp.consumer()), "{}", page.text);
        assert!(registered(&world).await.is_empty());

        assert!(register(&mut operator, &metadata).await.location().unwrap().starts_with("/services/one?"));
        assert_eq!(registered(&world).await, [sp.entity.as_str()]);
        assert!(world.app.services.current().get(&sp.entity).is_some(), "at once");
        assert_eq!(hidden_metadata(&world, &sp).await, metadata.as_bytes(), "as it came, to the byte");
        let page = operator.get(&one(&sp)).await;
        assert!(page.shows(OPERATOR) && page.shows(&sp.logout()), "{}", page.text);
    }
}

async fn hidden_metadata(world: &World, sp: &Sp) -> Vec<u8> {
    store::service::find(&world.app.db, sp.entity.as_str()).await.unwrap().unwrap().metadata
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_that_cannot_be_used_is_explained_and_not_registered() {
    for world in worlds().await {
        let mut operator = world.operator().await;
        let expired = Sp::new("k-mix").metadata(&Publishing::default());
        let expired = expired.replace(" entityID", " validUntil=\"2026-01-01T00:00:00Z\" entityID");
        for metadata in ["", "<a/>", "not xml", "<!DOCTYPE a><a/>", &expired] {
            let page = operator.upload("/services/check", "metadata", metadata.as_bytes()).await;
            assert!(page.shows("MD-") && !page.shows("/services/register"), "{metadata}: {}", page.text);
            let form = [("metadata", BASE64.encode(metadata)), ("address", String::new())];
            let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
            assert_eq!(operator.form("/services/register", &form).await.status, StatusCode::BAD_REQUEST);
        }
        let page = operator.form("/services/check", &[("address", "https://x.example"), ("certificate", "none")]).await;
        assert!(page.shows("SVC-33"));
        assert!(registered(&world).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_saved_as_it_was_sent_and_a_bad_one_is_refused() {
    for world in worlds().await {
        let (sp, mut operator) = (Sp::new("k-mix"), world.operator().await);
        register(&mut operator, &sp.metadata(&Publishing::default())).await;
        let entity = sp.entity.as_str();
        let revision = hidden(&operator.get(&one(&sp)).await, "revision");
        let form = [
            ("entity", entity),
            ("revision", &revision),
            ("name", "遠隔医療 <K-MIX>"),
            ("release", "name"),
            ("release", "birthDate"),
            ("sign_assertion", "on"),
            ("encrypt", "always"),
            ("at_least", "card"),
            ("name_format", "persistent"),
            ("allow_cbc", "on"),
            ("maps_to", " https://a.example/metadata\thttps://b.example/metadata "),
        ];
        assert!(operator.form("/services/policy", &form).await.location().is_some());
        let known = world.app.services.current();
        let policy = &known.get(&sp.entity).unwrap().policy;
        assert_eq!(policy.release, ["name", "birthDate"]);
        assert_eq!((policy.encrypt, policy.at_least), (Encrypt::Always, Class::Card));
        assert!(policy.sign_assertion && !policy.sign_response && policy.allow_cbc);
        assert_eq!(policy.maps_to, ["https://a.example/metadata", "https://b.example/metadata"]);
        let page = operator.get(&one(&sp)).await;
        assert!(page.shows("value=\"https://a.example/metadata https://b.example/metadata\""), "{}", page.text);
        for text in ["遠隔医療 &#60;K-MIX&#62;", "SVC-24", "SVC-25"] {
            assert!(page.shows(text), "{text}: {}", page.text);
        }
        let revision = hidden(&page, "revision");
        for (bad, code) in [
            (vec![("about", "画像を見る")], "SVC-21"),
            (vec![("about", "画像を見る"), ("sign_response", "on"), ("release", "shoeSize")], "SVC-22"),
            (vec![("about", "画像を見る"), ("sign_response", "on"), ("start", "javascript:alert(1)")], "SVC-23"),
            (vec![("about", "画像を見る"), ("sign_response", "on"), ("records", "shoes")], "SVC-28"),
        ] {
            let fields = [("entity", entity), ("revision", revision.as_str())].into_iter().chain(bad);
            let page = operator.form("/services/policy", &fields.collect::<Vec<_>>()).await;
            assert_eq!(page.status, StatusCode::BAD_REQUEST);
            assert!(page.shows(code) && page.shows("value=\"画像を見る\""), "{code}: {}", page.text);
        }
        assert_eq!(world.app.services.current().get(&sp.entity).unwrap().policy.release, ["name", "birthDate"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_suspended_resumed_and_removed_after_a_question() {
    for world in worlds().await {
        let (sp, mut operator) = (Sp::new("k-mix"), world.operator().await);
        register(&mut operator, &sp.metadata(&Publishing::default())).await;
        let known = || world.app.services.current().get(&sp.entity).is_some();
        for (act, after) in [("suspend", false), ("resume", true), ("remove", false)] {
            let before = known();
            let question = one(&sp).replace("/services/one", "/services/sure") + "&act=" + act;
            assert!(operator.get(&question).await.shows(sp.entity.as_str()));
            assert_eq!(known(), before, "a question changes nothing");
            let form = [("entity", sp.entity.as_str()), ("act", act)];
            assert!(operator.form("/services/act", &form).await.location().is_some());
            assert_eq!(known(), after, "{act}");
        }
        assert_eq!(operator.get(&one(&sp)).await.status, StatusCode::NOT_FOUND);
        let history = service_change::of(&world.app.db, sp.entity.as_str()).await.unwrap();
        let history: Vec<_> = history.iter().map(|change| (change.what.as_str(), change.staff.as_str())).collect();
        let by = |what| (what, OPERATOR);
        assert_eq!(history, ["removed", "resumed", "suspended", "added"].map(by));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_keys_says_what_happens_when() {
    for world in worlds().await {
        let mut operator = world.operator().await;
        let page = operator.get("/keys").await;
        for text in ["idp-sign-rsa-1", "idp-decrypt-1", "2026-11-22T12:00+09:00", "2028-11-21T12:00+09:00"] {
            assert!(page.shows(text), "{text}: {}", page.text);
        }
        assert!(!page.shows("SVC-05"));
        world.wait(SignedDuration::from_hours(24 * 731));
        assert!(world.operator().await.get("/keys").await.shows("SVC-05"), "nobody has made the next ones");
    }
}
