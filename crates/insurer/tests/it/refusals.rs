//! What the node does not answer, and how it says so.

use db::Migration;
use idwsf::dst::{Code, Outcome};
use idwsf::message::Purpose;
use idwsf::token::AuthnClass;

use crate::answers::nodes;
use crate::linking::{code, request, wish};
use crate::people::yoshida;
use crate::region::{Ask, COVERAGE, Change, ELIGIBILITY, LINK, ask};

#[tokio::test]
async fn what_no_rule_allows_is_denied() {
    for mut region in crate::region::regions().await {
        region.config.policy.clear();
        region.start().await;

        let answered = region.ask(&ask("p-yoshida", COVERAGE)).await.unwrap();

        assert_eq!(answered.status.outcome, Outcome::Failed);
        assert_eq!(answered.status.reasons_of("q0").collect::<Vec<_>>(), [&Code::ACTION_NOT_AUTHORIZED]);
        assert!(answered.data.is_empty());
    }
}

#[tokio::test]
async fn nothing_is_answered_or_changed_for_statistics() {
    for region in nodes().await {
        for select in [COVERAGE, ELIGIBILITY, LINK, "/nhi:Insured/nhi:CheckUp", "/nhi:Insured/nhi:NoticeWish"] {
            let counting = Ask { purpose: Purpose::Statistics, ..ask("p-yoshida", select) };
            let answered = region.ask(&counting).await.unwrap();
            assert_eq!(
                answered.status.reasons_of("q0").collect::<Vec<_>>(),
                [&Code::ACTION_NOT_AUTHORIZED],
                "{select}"
            );
            assert!(answered.data.is_empty());
        }
        for request in [Some(request(&yoshida())), None] {
            let counting = Change { purpose: Purpose::Statistics, ..wish("p-yoshida", request.as_ref()) };
            assert_eq!(code(&region.change(&counting).await.unwrap()), Some(&Code::ACTION_NOT_AUTHORIZED));
        }
        assert!(region.ask(&ask("p-yoshida", COVERAGE)).await.is_ok_and(|answered| !answered.data.is_empty()));
    }
}

#[tokio::test]
async fn the_card_alone_does_not_open_what_needs_the_pin() {
    for region in nodes().await {
        let weak = Ask { class: AuthnClass::Smartcard, ..ask("p-yoshida", COVERAGE) };

        let fault = region.ask(&weak).await.unwrap_err();

        assert_eq!(fault.status.as_deref(), Some("InappropriateCredentials"));
    }
}

#[tokio::test]
async fn a_message_is_answered_once() {
    for region in nodes().await {
        let (id, envelope) = region.seal(&ask("p-yoshida", ELIGIBILITY));
        assert_eq!(region.post(envelope.clone()).await.0, 200);

        let (status, body) = region.post(envelope.clone()).await;

        assert_eq!(status, 500);
        assert_eq!(region.open(&id, &body).unwrap_err().status.as_deref(), Some("DuplicateMsg"));
    }
}

#[tokio::test]
async fn of_one_message_sent_many_times_at_once_one_is_answered() {
    for region in nodes().await {
        let (_, envelope) = region.seal(&ask("p-yoshida", ELIGIBILITY));

        let mut answered = 0;
        let posts: Vec<_> = (0..10)
            .map(|_| {
                let request = region.client().post(region.url("/idwsf/dst"));
                tokio::spawn(request.header("content-type", idwsf::CONTENT_TYPE).body(envelope.clone()).send())
            })
            .collect();
        for post in posts {
            answered += usize::from(post.await.unwrap().unwrap().status().as_u16() == 200);
        }

        assert_eq!(answered, 1);
    }
}

#[tokio::test]
async fn a_message_for_another_address_is_refused() {
    for region in nodes().await {
        let elsewhere = Ask { to: "https://other.example.jp/idwsf/dst", ..ask("p-yoshida", COVERAGE) };

        assert_eq!(region.ask(&elsewhere).await.unwrap_err().code, "DestinationUnreachable");
    }
}

#[tokio::test]
async fn a_sender_who_is_no_partner_is_refused() {
    for region in nodes().await {
        let (id, envelope) = region.seal_as("https://stranger.example.jp/", &ask("p-yoshida", COVERAGE));

        let (_, body) = region.post(envelope).await;

        assert_eq!(region.open_claimed(&id, &body).status.as_deref(), Some("ProviderIDNotValid"));
    }
}

#[tokio::test]
async fn an_old_message_is_refused() {
    for region in nodes().await {
        let (id, envelope) = region.seal(&ask("p-yoshida", COVERAGE));
        region.clock.set("2026-11-22T03:05:01Z".parse().unwrap());

        let (_, body) = region.post(envelope).await;

        assert_eq!(region.open_claimed(&id, &body).status.as_deref(), Some("StaleMsg"));
    }
}

#[tokio::test]
async fn nothing_is_answered_that_cannot_be_logged() {
    for region in nodes().await {
        let without_log = Migration { name: "test", sql: "ALTER TABLE access_log RENAME TO access_log_lost" };
        region.database.db.migrate(&[without_log]).await.unwrap();
        let (id, envelope) = region.seal(&ask("p-yoshida", COVERAGE));

        let (status, body) = region.post(envelope).await;

        assert_eq!(status, 500);
        assert!(!String::from_utf8(body.clone()).unwrap().contains("一郎"));
        assert_eq!(region.open(&id, &body).unwrap_err().code, "Server");
    }
}

#[tokio::test]
async fn what_is_no_message_is_refused_with_a_signed_fault() {
    for region in nodes().await {
        for junk in [b"".to_vec(), b"<a/>".to_vec(), b"<!DOCTYPE a><a/>".to_vec(), vec![b' '; 200 * 1024]] {
            let (status, body) = region.post(junk).await;

            assert!(status == 400 || status == 500, "{status}");
            let text = String::from_utf8(body).unwrap();
            assert!(text.contains("Fault>") && text.contains("SignatureValue>"), "{text}");
        }
    }
}

#[tokio::test]
async fn another_media_type_is_refused() {
    for region in nodes().await {
        let (_, envelope) = region.seal(&ask("p-yoshida", COVERAGE));
        let request = region.client().post(region.url("/idwsf/dst")).header("content-type", "application/json");

        assert_eq!(request.body(envelope).send().await.unwrap().status().as_u16(), 415);
    }
}

#[tokio::test]
async fn who_shows_no_certificate_of_the_region_does_not_reach_the_node() {
    for region in nodes().await {
        assert!(region.client_with(None).get(region.url("/health")).send().await.is_err());

        let other = crate::client_keys::stranger();
        assert!(region.client_with(Some(&other)).get(region.url("/health")).send().await.is_err());
    }
}
