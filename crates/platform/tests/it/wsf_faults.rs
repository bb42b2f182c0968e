//! What the discovery service answers to what it does not follow: a row for each fault that the binding knows and this door can
//! come to say. Those that it cannot are listed in the developers' guide.

#[path = "../../../idwsf/tests/shared/broken.rs"]
mod broken;

use axum::http::StatusCode;
use idwsf::{
    disco::exchange::Question,
    epr::{Target, Uri},
    mapping,
    message::{Headers, Purpose},
};
use region::Named;

use crate::{
    harness::{PORTAL, worlds},
    node::Insurer,
    wsf_asking::{everything, joined, log_in, post, post_to, sealed, sealed_with},
};

#[tokio::test(flavor = "multi_thread")]
async fn each_broken_message_meets_the_fault_that_says_what_is_wrong() {
    for world in worlds().await {
        let sp = joined(&world, "kmix");
        let mut browser = world.browser().logged_in(&world.holder(Named::Householder).await).await;
        let target = log_in(&world, &sp, &mut browser, true).await;
        let valid = || String::from_utf8(sealed(&world, &sp, &target, &everything()).1).unwrap();
        let sign = |bytes: &[u8]| sp.signing(|signer| (signer.sign)(bytes).unwrap());
        for row in broken::table(valid, sign) {
            let (status, answer) = post(&world, row.message.into_bytes()).await;
            let (code, detail) = broken::said(&String::from_utf8(answer).unwrap());
            assert_eq!((code.as_str(), detail.as_deref()), row.fault, "{}", row.what);
            let expected = if row.fault == ("Client", None) { 400 } else { 500 };
            assert_eq!(status.as_u16(), expected, "{}", row.what);
        }
        let message = valid().into_bytes();
        assert_eq!(post(&world, message.clone()).await.0, StatusCode::OK, "left alone it is answered");
        let (_, answer) = post(&world, message).await;
        let twice = broken::said(&String::from_utf8(answer).unwrap());
        assert_eq!(twice, ("Client".to_owned(), Some("DuplicateMsg".to_owned())));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_found_for_treatment_and_for_nothing_else() {
    for world in worlds().await {
        let sp = joined(&world, "kmix");
        let mut browser = world.browser().logged_in(&world.holder(Named::Householder).await).await;
        let target = log_in(&world, &sp, &mut browser, true).await;
        let tokens = Question::Mapping(mapping::Request::one(Insurer::National.entity().parse().unwrap()));
        for purpose in Purpose::ALL {
            let headers = Headers { purpose: Some(purpose), ..Headers::default() };
            for (path, question) in [("/wsf/discovery", everything()), ("/wsf/mapping", tokens.clone())] {
                let target = Target { address: Uri::parse(&format!("{PORTAL}{path}")).unwrap(), ..target.clone() };
                let (_, message) = sealed_with(&world, &sp, (&target, &question), &headers);
                let (status, answer) = post_to(&world, path, message).await;
                if purpose == Purpose::Treatment {
                    assert_eq!(status, StatusCode::OK, "{path}");
                    continue;
                }
                let (_, detail) = broken::said(&String::from_utf8(answer).unwrap());
                assert_eq!(detail.as_deref(), Some("CannotHonourUsageDirective"), "{path} {purpose:?}");
            }
        }
    }
}
