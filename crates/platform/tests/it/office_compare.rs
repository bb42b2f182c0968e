//! Newer metadata and other policies of a registered service: shown beside what is there, and never over what somebody else
//! has changed meanwhile.

use axum::http::StatusCode;
use platform::{
    office::registry::{self, Refused, Source},
    store::{self, service::Kept},
    wording,
};
use web::Lang;

use crate::{
    browser::{Browser, Page},
    harness::{World, worlds},
    office::{hidden, one, register},
    service::{Publishing, Sp},
};

async fn kept(world: &World, sp: &Sp) -> Kept {
    store::service::find(&world.app.db, sp.entity.as_str()).await.unwrap().unwrap()
}

/// Says yes to what a page shows, with these fields beside.
async fn confirm(operator: &mut Browser, page: &Page, more: &[(&str, &str)]) -> Page {
    let shown = ["metadata", "address", "certificate", "revision"].map(|name| (name, hidden(page, name)));
    let fields: Vec<_> =
        shown.iter().map(|(name, value)| (*name, value.as_str())).chain(more.iter().copied()).collect();
    operator.form("/services/register", &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn newer_metadata_is_shown_beside_the_old_and_replaces_it_only_when_confirmed() {
    for world in worlds().await {
        let (sp, mut operator) = (Sp::new("k-mix"), world.operator().await);
        let former = sp.metadata(&Publishing::default());
        register(&mut operator, &former).await;
        let newer = sp.clone().with_other_key().metadata(&Publishing { artifact: true, ..Publishing::default() });
        let before = kept(&world, &sp).await;

        let page = operator.upload("/services/check", "metadata", newer.as_bytes()).await;

        let compare = &wording::text(Lang::Ja).office.compare;
        assert!(page.shows(compare.title.0) && page.shows(&sp.artifact_consumer()), "{}", page.text);
        let row = |standing: usize| page.text.matches(&format!("</svg>{}</span>", compare.standings[standing])).count();
        // The consumer, the default one, two logouts, two words on signatures and the file stay; the artifact consumer and a
        // certificate come, one goes.
        assert_eq!([0, 1, 2].map(row), [7, 2, 1], "{}", page.text);
        assert_eq!(kept(&world, &sp).await, before, "nothing is changed by a look");

        let done = confirm(&mut operator, &page, &[]).await;
        assert!(done.location().is_some(), "{}", done.text);
        let after = kept(&world, &sp).await;
        assert_eq!(after.metadata, newer.as_bytes());
        assert!(after.revision > before.revision);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_compared_with_something_older_replaces_nothing() {
    for world in worlds().await {
        let (sp, mut operator, mut other) = (Sp::new("k-mix"), world.operator().await, world.operator().await);
        let first = sp.metadata(&Publishing::default());
        let [second, third] = [true, false]
            .map(|artifact| sp.metadata(&Publishing { artifact, encryption: true, ..Publishing::default() }));
        let unseen = operator.upload("/services/check", "metadata", first.as_bytes()).await;
        register(&mut other, &second).await;
        let late = confirm(&mut operator, &unseen, &[]).await;
        assert_eq!(late.status, StatusCode::CONFLICT, "it was new when it was looked at");
        assert_eq!(kept(&world, &sp).await.metadata, second.as_bytes());

        let page = operator.upload("/services/check", "metadata", first.as_bytes()).await;
        register(&mut other, &third).await;
        let late = confirm(&mut operator, &page, &[]).await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        let compare = &wording::text(Lang::Ja).office.compare;
        assert!(late.shows(compare.meanwhile.0) && late.shows(compare.meanwhile.1), "{}", late.text);
        assert_eq!(kept(&world, &sp).await.metadata, third.as_bytes());

        // The page has brought everything along: a second look, and a second yes.
        assert!(confirm(&mut operator, &late, &[]).await.location().is_some());
        assert_eq!(kept(&world, &sp).await.metadata, first.as_bytes());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_changes_at_once_one_is_refused() {
    for world in worlds().await {
        let sp = Sp::new("k-mix");
        let propose = |artifact| {
            let metadata = sp.metadata(&Publishing { artifact, ..Publishing::default() });
            registry::propose(&world.app, metadata.into_bytes(), Source::File, None)
        };
        let (one, other) = (propose(true).await.unwrap(), propose(false).await.unwrap());
        registry::register(&world.app, one, "one").await.unwrap();
        let before = kept(&world, &sp).await;
        assert!(matches!(registry::register(&world.app, other, "other").await, Err(Refused::Changed)));
        assert_eq!(kept(&world, &sp).await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_leaves_the_address_of_a_service_unless_the_operator_says_otherwise() {
    for world in worlds().await {
        let (sp, mut operator) = (Sp::new("k-mix"), world.operator().await);
        register(&mut operator, &sp.metadata(&Publishing::default())).await;
        let (address, key) = ("https://k-mix.example/metadata", sp.signing(|signer| signer.certificate.to_vec()));
        let pinned = (address.to_owned(), key.clone());
        world.tamper("UPDATE service SET source = $1, source_key = $2", db::params![address, key.as_slice()]).await;

        for (choice, artifact, expected) in
            [("keep", true, pinned.clone()), ("keep", false, pinned), ("file", true, (String::new(), Vec::new()))]
        {
            let newer = sp.metadata(&Publishing { artifact, ..Publishing::default() });
            let page = operator.upload("/services/check", "metadata", newer.as_bytes()).await;
            assert!(page.shows("value=\"keep\" checked") && page.shows(address), "{}", page.text);
            assert!(confirm(&mut operator, &page, &[("source", choice)]).await.location().is_some());
            let after = kept(&world, &sp).await;
            assert_eq!((after.metadata, (after.source, after.source_key)), (newer.into_bytes(), expected), "{choice}");
        }
        let new = Sp::new("phr").metadata(&Publishing::default());
        let page = operator.upload("/services/check", "metadata", new.as_bytes()).await;
        assert!(page.shows("action=\"/services/register\""), "{}", page.text);
        assert!(!page.shows("value=\"keep\""), "{}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_was_opened_before_another_change_is_not_saved_and_not_lost() {
    for world in worlds().await {
        let (sp, mut operator, mut other) = (Sp::new("k-mix"), world.operator().await, world.operator().await);
        register(&mut operator, &sp.metadata(&Publishing::default())).await;
        let (mine, theirs) = (operator.get(&one(&sp)).await, other.get(&one(&sp)).await);
        let revisions = [&mine, &theirs].map(|page| hidden(page, "revision"));
        let form = |revision, name, release| {
            let fixed = [("entity", sp.entity.as_str()), ("sign_response", "on"), ("encrypt", "if-possible")];
            [("revision", revision), ("name", name), ("release", release)].into_iter().chain(fixed).collect::<Vec<_>>()
        };
        let saved = other.form("/services/policy", &form(&revisions[1], "相手の名前", "sex")).await;
        assert!(saved.location().is_some(), "{}", saved.text);
        let before = kept(&world, &sp).await;

        for stale in [revisions[0].as_str(), "", "none"] {
            let late = operator.form("/services/policy", &form(stale, "自分の名前", "name")).await;
            assert_eq!((late.status, kept(&world, &sp).await), (StatusCode::CONFLICT, before.clone()), "{stale}");
            let words = &wording::text(Lang::Ja).office.policy;
            // What the other has set, beside what this form had, which is still in it.
            for text in
                [words.meanwhile.0, ">相手の名前<", ">自分の名前<", "value=\"自分の名前\"", "value=\"name\" checked"]
            {
                assert!(late.shows(text), "{text}: {}", late.text);
            }
            assert!(!late.shows("value=\"sex\" checked") && !late.shows(words.unsaved.0));
        }
        let late = operator.form("/services/policy", &form(&revisions[0], "自分の名前", "name")).await;
        let again = operator.form("/services/policy", &form(&hidden(&late, "revision"), "自分の名前", "name")).await;
        assert!(again.location().is_some());
        assert!(kept(&world, &sp).await.policy.contains("自分の名前"));
    }
}
