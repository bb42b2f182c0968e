//! What a node answers to what it does not follow: a row for each fault that the binding knows and this door can come to say.

#[path = "../../../idwsf/tests/shared/broken.rs"]
mod broken;

use idwsf::dst::{Query, ServiceType};
use idwsf::message::{Body, Headers, Purpose, Timeout};
use idwsf::token::AuthnClass;
use jiff::SignedDuration;

use crate::answers::nodes;
use crate::grants::{Given, headers, sealed};
use crate::region::{COVERAGE, PLATFORM, Region, ask};

#[tokio::test]
async fn each_broken_message_meets_the_fault_that_says_what_is_wrong() {
    for region in nodes().await {
        let valid = || String::from_utf8(region.seal(&ask("p-yoshida", COVERAGE)).1).unwrap();
        for row in broken::table(valid, |bytes| region.sign(bytes)) {
            let (status, answer) = region.post(row.message.into_bytes()).await;
            let (code, detail) = broken::said(&String::from_utf8(answer).unwrap());
            assert_eq!((code.as_str(), detail.as_deref()), row.fault, "{}", row.what);
            assert_eq!(status, if row.fault == ("Client", None) { 400 } else { 500 }, "{}", row.what);
        }
        assert_eq!(region.post(valid().into_bytes()).await.0, 200, "left alone it is answered");
    }
}

/// A question of somebody who waits so many seconds.
fn waiting(region: &Region, seconds: u16) -> Vec<u8> {
    let at = region.clock.now();
    let class = AuthnClass::SmartcardPki;
    let given = Given { pseudonym: "p-yoshida", holder: PLATFORM, class, permits: Vec::new(), at };
    let headers = Headers { timeout: Timeout::from_secs(seconds), ..headers(Purpose::CitizenSelfView) };
    let query = Query::one(ServiceType::NHI, COVERAGE);
    sealed(region, PLATFORM, &given.token(region), &headers, Body::Query(&query)).1
}

#[tokio::test]
async fn whoever_has_stopped_waiting_is_told_so_and_nothing_else() {
    for region in nodes().await {
        let message = waiting(&region, 1);
        region.clock.step_by(SignedDuration::from_secs(1));
        let (status, answer) = region.post(message).await;
        region.clock.step_by(SignedDuration::ZERO);
        let (code, detail) = broken::said(&String::from_utf8(answer).unwrap());
        assert_eq!((status, code.as_str(), detail.as_deref()), (500, "Server", Some("ProcessingTimeout")));
        let rows = region.database.db.fetch_all("SELECT outcome FROM access_log", vec![]).await.unwrap();
        let outcomes: Vec<String> = rows.iter().map(|row| row.get("outcome").unwrap()).collect();
        assert_eq!(outcomes, ["WSF-13"], "nothing was told");
        assert_eq!(region.post(waiting(&region, 60)).await.0, 200);
    }
}
