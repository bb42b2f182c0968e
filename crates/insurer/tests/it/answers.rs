use idwsf::dst::{Code, Outcome};
use idwsf::message::Purpose;
use idwsf::token::AuthnClass;

use crate::people::{file, link_file, takahashi, yoshida, yoshida_before};
use crate::region::{Ask, COVERAGE, ELIGIBILITY, Region, ask, regions};

/// A node that knows one person with two periods, and two who share a number.
pub(crate) async fn nodes() -> Vec<Region> {
    let mut regions = regions().await;
    for region in &mut regions {
        fill(region).await;
        region.start().await;
    }
    regions
}

/// Brings what such a node knows.
pub(crate) async fn fill(region: &Region) {
    let hanako = takahashi("髙橋 花子", "1980-01-02");
    let taro = takahashi("髙橋 太郎", "1979-12-31");
    let app = region.app().await;
    let rows = [yoshida(), yoshida_before(), hanako.clone(), taro.clone()];
    insurer::import::coverage(&app, &file(&rows)).await.unwrap();
    let links = [("p-yoshida", yoshida()), ("p-hanako", hanako), ("p-taro", taro)];
    insurer::import::links(&app, &link_file(&links)).await.unwrap();
    app.database().close().await;
}

#[tokio::test]
async fn all_periods_of_a_linked_person_are_answered_newest_first() {
    for region in nodes().await {
        let answered = region.ask(&ask("p-yoshida", COVERAGE)).await.unwrap();

        assert_eq!(answered.status.outcome, Outcome::Ok);
        let [data] = answered.data.as_slice() else { panic!("one item was asked for") };
        assert!(data.contains("𠮷田 一郎") && data.contains("架空１２") && data.contains("0012345"), "{data}");
        assert!(data.find("2024-04-01").unwrap() < data.find("2020-04-01").unwrap(), "{data}");
    }
}

#[tokio::test]
async fn a_desk_learns_today_s_eligibility_with_the_card_alone() {
    for region in nodes().await {
        let at_the_desk =
            Ask { purpose: Purpose::EligibilityCheck, class: AuthnClass::Smartcard, ..ask("p-yoshida", ELIGIBILITY) };

        let answered = region.ask(&at_the_desk).await.unwrap();

        assert!(answered.data[0].contains("validity 1") && answered.data[0].contains("2024-04-01"));
        assert!(!answered.data[0].contains("2020-04-01"));
    }
}

#[tokio::test]
async fn today_is_the_day_in_japan() {
    for region in nodes().await {
        region.clock.set("2027-07-31T14:59:00Z".parse().unwrap());
        assert!(region.ask(&ask("p-yoshida", ELIGIBILITY)).await.unwrap().data[0].contains("validity 1"));

        region.clock.set("2027-07-31T15:00:00Z".parse().unwrap());
        assert!(region.ask(&ask("p-yoshida", ELIGIBILITY)).await.unwrap().data[0].contains("validity 2"));
    }
}

#[tokio::test]
async fn two_who_share_a_number_without_branch_are_told_apart() {
    for region in nodes().await {
        let hanako = region.ask(&ask("p-hanako", COVERAGE)).await.unwrap();
        let taro = region.ask(&ask("p-taro", COVERAGE)).await.unwrap();

        assert!(hanako.data[0].contains("花子") && !hanako.data[0].contains("太郎"));
        assert!(taro.data[0].contains("太郎") && !taro.data[0].contains("花子"));
    }
}

#[tokio::test]
async fn each_item_is_decided_by_itself() {
    for region in nodes().await {
        let both = Ask {
            purpose: Purpose::EligibilityCheck,
            selects: vec![COVERAGE, ELIGIBILITY, "/nhi:Insured/nhi:Everything"],
            ..ask("p-yoshida", COVERAGE)
        };

        let answered = region.ask(&both).await.unwrap();

        assert_eq!(answered.status.outcome, Outcome::Partial);
        assert_eq!(answered.status.reasons_of("q0").collect::<Vec<_>>(), [&Code::ACTION_NOT_AUTHORIZED]);
        assert_eq!(answered.status.reasons_of("q2").collect::<Vec<_>>(), [&Code::INVALID_SELECT]);
        assert_eq!(answered.data.len(), 1);
        assert!(answered.data[0].contains("validity 1"));
    }
}

#[tokio::test]
async fn the_log_says_the_date_that_was_asked_about_and_a_refused_one_was_not_answered() {
    for region in nodes().await {
        let on = |select| {
            let class = AuthnClass::Smartcard;
            Ask { purpose: Purpose::EligibilityCheck, class, ..ask("p-yoshida", select) }
        };
        let within = region.ask(&on("/nhi:Insured/nhi:Eligibility[@date=\"2026-03-31\"]")).await.unwrap();
        let before = region.ask(&on("/nhi:Insured/nhi:Eligibility[@date=\"2024-11-21\"]")).await.unwrap();

        assert!(within.data[0].contains("2024-04-01"), "{within:?}");
        assert_eq!(before.status.reasons_of("q0").collect::<Vec<_>>(), [&Code::INVALID_DATA]);
        let sql = "SELECT category, outcome FROM access_log ORDER BY seq";
        let rows = region.database.db.fetch_all(sql, vec![]).await.unwrap();
        let line = |row: &db::Row| (row.get::<String>("category").unwrap(), row.get::<String>("outcome").unwrap());
        let lines = [("eligibility:2026-03-31", "answered"), ("eligibility:2024-11-21", "InvalidData")];
        assert_eq!(rows.iter().map(line).collect::<Vec<_>>(), lines.map(|(on, how)| (on.to_owned(), how.to_owned())));
    }
}

#[tokio::test]
async fn a_person_without_a_link_does_not_exist_here() {
    for region in nodes().await {
        let answered = region.ask(&ask("p-nobody", COVERAGE)).await.unwrap();

        assert_eq!(answered.status.outcome, Outcome::Failed);
        assert_eq!(answered.status.reasons_of("q0").collect::<Vec<_>>(), [&Code::DOES_NOT_EXIST]);
        assert!(answered.data.is_empty());
    }
}

#[tokio::test]
async fn questions_at_once_are_all_answered_and_all_logged() {
    for region in nodes().await {
        let client = region.client();
        let sealed: Vec<_> = (0..50).map(|_| region.seal(&ask("p-yoshida", ELIGIBILITY)).1).collect();

        let posted = sealed.into_iter().map(|envelope| {
            let request = client.post(region.url("/idwsf/dst")).header("content-type", idwsf::CONTENT_TYPE);
            tokio::spawn(request.body(envelope).send())
        });
        for posted in posted.collect::<Vec<_>>() {
            assert_eq!(posted.await.unwrap().unwrap().status().as_u16(), 200);
        }

        assert_eq!(region.app().await.verify_access_log().await.unwrap().seq, 50);
    }
}

#[tokio::test]
async fn the_node_says_that_it_is_up() {
    for region in nodes().await {
        let up = region.client().get(region.url("/health")).send().await.unwrap();

        assert_eq!(up.status().as_u16(), 200);
    }
}
