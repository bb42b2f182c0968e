//! What services are answered: how it is protected, where it goes, and where it never goes.

use axum::http::StatusCode;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::SignedDuration;
use platform::{
    idp::policy::{Encrypt, Policy},
    store::{
        self,
        service::{Kept, State},
    },
    wording,
};
use region::Named;
use saml::{Refused, Top, service::NoLogin};
use web::Lang;

use crate::{
    browser::{Browser, Page},
    crossing::{SentForm, agree, knock, knock_with, onward, refreshed},
    harness::{World, worlds},
    service::{Asking, Publishing, Sp, register},
};

/// The response in a page's form, as it goes.
fn response(page: &Page) -> String {
    let form = SentForm::of(page).unwrap_or_else(|| panic!("{}", page.text));
    String::from_utf8(STANDARD.decode(form.field("SAMLResponse").unwrap()).unwrap()).unwrap()
}

/// A resident who has a session at the portal.
async fn resident(world: &World) -> Browser {
    let holder = world.holder(Named::Householder).await;
    world.browser().logged_in(&holder).await
}

/// Logs in, and agrees where it is asked.
async fn login(world: &World, sp: &Sp, browser: &mut Browser, asking: &Asking) -> (Page, saml::MessageId) {
    let (page, id) = sp.ask(world, browser, asking).await;
    if page.shows("/saml/release/") { (agree(browser, &page).await, id) } else { (page, id) }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_signed_and_encrypted_as_was_agreed() {
    const CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes128-cbc";
    for world in worlds().await {
        let sp = Sp::new("kmix");
        let mut browser = resident(&world).await;
        let signed = |assertion, response| Policy {
            sign_assertion: assertion,
            sign_response: response,
            encrypt: Encrypt::Never,
            ..Policy::default()
        };
        let sealed = |encrypt, allow_cbc| Policy { encrypt, allow_cbc, ..Policy::default() };
        let (none, key) = (Publishing::default(), Publishing { encryption: true, ..Publishing::default() });
        let cbc = Publishing { ciphers: vec![CBC], ..key.clone() };
        for (case, policy, publishing, signatures, encrypted) in [
            ("the assertion", signed(true, false), &key, 1, false),
            ("the response", signed(false, true), &key, 1, false),
            ("both", signed(true, true), &key, 2, false),
            ("never neither", signed(false, false), &key, 1, false),
            ("encrypted if possible", sealed(Encrypt::IfPossible, false), &key, 1, true),
            ("not possible", sealed(Encrypt::IfPossible, false), &none, 2, false),
            ("encrypted always", sealed(Encrypt::Always, false), &key, 1, true),
            ("CBC was not agreed", sealed(Encrypt::IfPossible, false), &cbc, 2, false),
        ] {
            register(&world, [sp.registered(&world, policy, publishing)]);
            let (page, id) = login(&world, &sp, &mut browser, &Asking::default()).await;
            let text = response(&page);
            assert_eq!(text.matches("<ds:Signature ").count(), signatures, "{case}");
            assert_eq!(text.contains("EncryptedAssertion"), encrypted, "{case}");
            sp.opens(&world, &page, Some(&id)).unwrap_or_else(|refused| panic!("{case}: {refused}"));
        }
        register(&world, [sp.registered(&world, sealed(Encrypt::Always, true), &cbc)]);
        let (page, _) = login(&world, &sp, &mut browser, &Asking::default()).await;
        assert!(response(&page).contains(CBC), "CBC where it was agreed");
        for publishing in [&none, &cbc] {
            register(&world, [sp.registered(&world, sealed(Encrypt::Always, false), publishing)]);
            let (page, id) = login(&world, &sp, &mut browser, &Asking::default()).await;
            assert!(page.shows("SSO-01") && page.shows("サービス kmix"), "{}", page.text);
            match sp.opens(&world, &page, Some(&id)) {
                Err(Refused::NoLogin(NoLogin::Failed(status))) => assert_eq!(status.top, Top::Responder),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_artifact_stands_for_the_answer_where_the_service_asks_for_one() {
    for world in worlds().await {
        let sp = Sp::new("kmix");
        let publishing = Publishing { artifact: true, ..Publishing::default() };
        register(&world, [sp.registered(&world, Policy::default(), &publishing)]);
        let mut browser = resident(&world).await;
        let by_artifact = ("ProtocolBinding", "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact".to_owned());
        let asking = Asking { attributes: vec![by_artifact], relay_state: Some("a&b=c"), ..Asking::default() };
        let (page, _) = login(&world, &sp, &mut browser, &asking).await;
        let to = refreshed(&page).unwrap();
        let url = url::Url::parse(&to).unwrap();
        assert!(to.starts_with(&format!("{}?SAMLart=", sp.artifact_consumer())), "{to}");
        let state: Vec<_> = url.query_pairs().filter(|(name, _)| name == "RelayState").collect();
        assert_eq!(state.len(), 1);
        assert_eq!(state[0].1, "a&b=c");
        assert!(!page.shows("SAMLResponse"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_with_the_answer_sends_it_to_the_service_and_nowhere_else() {
    for world in worlds().await {
        let sp = Sp::new("kmix");
        register(&world, [sp.registered(&world, Policy::default(), &Publishing::default())]);
        let mut browser = resident(&world).await;
        let asking = Asking { relay_state: Some("\"><script>alert(1)</script>"), ..Asking::default() };
        let (page, _) = login(&world, &sp, &mut browser, &asking).await;
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("form-action 'self' https://kmix.example;"), "{policy}");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(page.shows("<button") && page.shows("/assets/post.js"), "it works without the script too");
        assert!(!page.shows("<script>alert") && !page.shows("http-equiv"), "{}", page.text);
        assert_eq!(SentForm::of(&page).unwrap().field("RelayState"), asking.relay_state);
        assert_eq!(page.headers["cache-control"], "no-store");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_refused_is_answered_at_a_registered_address_or_not_at_all() {
    for world in worlds().await {
        let sp = Sp::new("kmix");
        let must_sign = Policy { require_signed_requests: true, ..Policy::default() };
        register(&world, [sp.registered(&world, must_sign, &Publishing::default())]);
        let mut browser = resident(&world).await;
        let at = |url: &str| Asking {
            attributes: vec![("AssertionConsumerServiceURL", url.to_owned())],
            ..Asking::default()
        };
        let unsigned = Asking { unsigned: true, ..Asking::default() };
        let (path, id) = sp.redirect(&world, &unsigned);
        let page = knock(&mut browser, &path).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        assert!(page.shows("SAML-24") && page.shows("サービス kmix") && page.shows(id.as_str()), "{}", page.text);
        let form = SentForm::of(&page).unwrap();
        assert_eq!((form.action.as_str(), form.by_itself), (sp.consumer().as_str(), false));
        match sp.opens(&world, &page, Some(&id)) {
            Err(Refused::NoLogin(NoLogin::Failed(status))) => assert_eq!(status.top, Top::Requester),
            other => panic!("{other:?}"),
        }
        let stranger = Sp::new("stranger");
        let wrong_key = Sp::new("kmix").with_other_key();
        for (case, sp, asking, code) in [
            ("an unregistered consumer", &sp, at("https://evil.example/acs"), "SAML-33"),
            ("almost the consumer", &sp, at("https://kmix.example/acs/"), "SAML-33"),
            (
                "unsigned, to an unregistered consumer",
                &sp,
                Asking { unsigned: true, ..at("https://evil.example/") },
                "SAML-",
            ),
            ("a stranger", &stranger, Asking::default(), "SAML-17"),
            ("another's key", &wrong_key, Asking::default(), "SAML-29"),
        ] {
            let (path, _) = sp.redirect(&world, &asking);
            let page = knock(&mut browser, &path).await;
            assert_eq!(page.status, StatusCode::BAD_REQUEST, "{case}");
            assert!(page.shows(code), "{case}: {}", page.text);
            assert!(!page.shows("evil.example"), "{case}");
            let form = SentForm::of(&page);
            assert!(form.is_none_or(|form| form.action == "https://kmix.example/acs"), "{case}");
        }
        for (path, fields) in [("/saml/sso", vec![]), ("/saml/sso", vec![("SAMLRequest", "%%%".to_owned())])] {
            let page = knock_with(&mut browser, path, &fields).await;
            assert!(page.status == StatusCode::BAD_REQUEST && page.shows("SAML-"), "{}", page.text);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_can_begin_at_the_portal() {
    for world in worlds().await {
        let (kmix, phr) = (Sp::new("kmix"), Sp::new("phr"));
        let start = Policy { start: "https://phr.example/login".to_owned(), ..Policy::default() };
        let plain = Publishing::default();
        register(&world, [kmix.registered(&world, Policy::default(), &plain), phr.registered(&world, start, &plain)]);
        let mut browser = resident(&world).await;
        assert!(browser.get("/menu").await.shows("href=\"/services\""), "two taps: the tile, the service");
        let page = browser.get("/services").await;
        assert!(page.shows("href=\"https://phr.example/login\""), "the service begins: {}", page.text);
        let page = browser.form("/services/open", &[("entity", kmix.entity.as_str())]).await;
        let page = onward(&mut browser, page).await;
        let page = agree(&mut browser, &page).await;
        let login = kmix.opens(&world, &page, None).unwrap();
        assert!(login.session.is_some());
        let page = browser.form("/services/open", &[("entity", kmix.entity.as_str())]).await;
        let page = onward(&mut browser, page).await;
        assert_eq!(kmix.opens(&world, &page, None).unwrap().name.value, login.name.value, "without another question");

        let page = browser.get("/services").await;
        assert!(page.shows("サービス kmixとのつながりを切る"), "{}", page.text);
        assert!(!page.shows(&login.name.value), "the name there is never shown");
        browser.form("/services/unlink", &[("entity", kmix.entity.as_str())]).await;
        assert!(!browser.get("/services").await.shows("つながりを切る"));
        let page = browser.form("/services/open", &[("entity", "https://stranger.example/saml")]).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        let page = world.browser().form("/services/open", &[("entity", kmix.entity.as_str())]).await;
        assert_eq!(page.location(), Some("/?ended"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_to_an_address_of_metadata_that_has_ended() {
    for world in worlds().await {
        let sp = Sp::new("kmix");
        let mut service = sp.registered(&world, Policy::default(), &Publishing::default());
        service.provider.valid_until = Some(world.now() + SignedDuration::from_mins(5));
        register(&world, [service]);
        let mut browser = resident(&world).await;
        let (page, _) = login(&world, &sp, &mut browser, &Asking::default()).await;
        assert!(SentForm::of(&page).is_some());
        let opened = browser.form("/services/open", &[("entity", sp.entity.as_str())]).await;
        world.wait(SignedDuration::from_mins(5));
        let page = onward(&mut browser, opened).await;
        assert!(page.shows("SSO-11") && SentForm::of(&page).is_none(), "{}", page.text);
        let (path, _) = sp.redirect(&world, &Asking::default());
        let page = knock(&mut browser, &path).await;
        assert!(page.shows("SAML-18") && SentForm::of(&page).is_none(), "{}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_at_the_door_leaves_nothing_behind() {
    for world in worlds().await {
        let sp = Sp::new("kmix");
        let publishing = Publishing { artifact: true, ..Publishing::default() };
        register(&world, [sp.registered(&world, Policy::default(), &publishing)]);
        let artifact = ("ProtocolBinding", "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact".to_owned());
        let passive = Asking { passive: true, attributes: vec![artifact], ..Asking::default() };
        let unsigned = Asking { unsigned: true, ..passive.clone() };
        for asking in [Asking::default(), Asking { unsigned: true, ..Asking::default() }, passive, unsigned] {
            let (path, _) = sp.redirect(&world, &asking);
            let mut browser = world.browser();
            let page = knock(&mut browser, &path).await;
            let page = browser.get(&refreshed(&page).unwrap()).await;
            onward(&mut browser, page).await;
        }
        for sql in ["SELECT entity FROM message_seen", "SELECT entity FROM artifact", "SELECT kind FROM session"] {
            assert!(world.app.db.fetch_all(sql, vec![]).await.unwrap().is_empty(), "{sql}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_cannot_be_used_now_is_marked_and_says_why() {
    for world in worlds().await {
        let (kmix, phr) = (Sp::new("kmix"), Sp::new("phr"));
        let plain = Publishing::default();
        let registered = |sp: &Sp| sp.registered(&world, Policy::default(), &plain);
        register(&world, [registered(&kmix), registered(&phr)]);
        let mut browser = resident(&world).await;
        for sp in [&kmix, &phr] {
            login(&world, sp, &mut browser, &Asking::default()).await;
        }
        keep(&world, &phr, State::Suspended, phr.metadata(&plain)).await;
        let mut ended = registered(&kmix);
        ended.provider.valid_until = Some(world.now());
        register(&world, [ended]);

        let t = &wording::text(Lang::Ja).services;
        let page = browser.get("/services").await;
        assert_eq!(page.text.matches(t.unavailable).count(), 2, "{}", page.text);
        assert!(!page.shows("/services/open"), "no way that leads nowhere: {}", page.text);
        for (sp, text, code) in [(&kmix, t.ended, "SSO-11"), (&phr, t.suspended, "SSO-12")] {
            let text = text.replace("{}", &format!("サービス {}", sp.name));
            assert!(page.shows(&text), "{}", page.text);
            let opened = browser.form("/services/open", &[("entity", sp.entity.as_str())]).await;
            assert!(opened.shows(&text) && opened.shows(code), "{}", opened.text);
        }
        let entity = phr.entity.as_str();
        db::transaction!(world.app.db, |tx| { store::service::delete(tx, entity).await? }).unwrap();
        let page = browser.get("/services").await;
        assert!(page.shows(&t.removed.replace("{}", &format!("サービス {}", phr.entity))), "{}", page.text);
        browser.form("/services/unlink", &[("entity", phr.entity.as_str())]).await;
        assert!(!browser.get("/services").await.shows(phr.entity.as_str()), "it can still be unlinked");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_we_cannot_read_costs_no_resident_their_link() {
    for world in worlds().await {
        let sp = Sp::new("phr");
        let metadata = sp.metadata(&Publishing::default());
        register(&world, [sp.registered(&world, Policy::default(), &Publishing::default())]);
        let mut browser = resident(&world).await;
        login(&world, &sp, &mut browser, &Asking::default()).await;
        register(&world, []);
        let entity = sp.entity.as_str();
        // Unreadable since an upgrade; registered by another machine a moment ago.
        for (metadata, name) in [("<x/>".to_owned(), "サービス"), (metadata, "サービス phr")] {
            keep(&world, &sp, State::Active, metadata).await;
            let t = &wording::text(Lang::Ja).services;
            let page = browser.get("/services").await;
            let listed = if name == "サービス" { format!("{name} {entity}") } else { name.to_owned() };
            assert!(page.shows(&t.unreadable.replace("{}", &listed)), "{}", page.text);
            let opened = browser.form("/services/open", &[("entity", entity)]).await;
            assert!(opened.shows(&t.unreadable.replace("{}", name)) && opened.shows("SVC-01"), "{}", opened.text);
            db::transaction!(world.app.db, |tx| { store::service::delete(tx, entity).await? }).unwrap();
        }
    }
}

/// The office has registered the service, and nobody has looked since.
async fn keep(world: &World, sp: &Sp, state: State, metadata: String) {
    let policy = Policy { name: format!("サービス {}", sp.name), ..Policy::default() };
    let kept = Kept {
        entity: sp.entity.to_string(),
        state,
        metadata: metadata.into_bytes(),
        policy: serde_json::to_string(&policy).unwrap(),
        source: String::new(),
        source_key: Vec::new(),
        revision: 1,
        added_at: world.now(),
        refreshed_at: world.now(),
        refresh_at: world.now(),
        problem: String::new(),
    };
    db::transaction!(world.app.db, |tx| { store::service::insert(tx, &kept).await? }).unwrap();
}
