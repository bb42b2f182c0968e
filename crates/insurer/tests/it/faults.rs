//! What a node answers to what it does not follow: a row for each fault that the binding knows and this door can come to say.

#[path = "../../../idwsf/tests/shared/broken.rs"]
mod broken;

use crate::answers::nodes;
use crate::region::{COVERAGE, ask};

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
