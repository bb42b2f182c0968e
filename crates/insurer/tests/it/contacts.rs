//! What residents have said of how they are reached, as the insurer's clerks see it.

use db::params;
use health::Coverage;
use health::contact_xml::Field;
use insurer::import::{coverage, links};
use jiff::SignedDuration;

use crate::answers::fill;
use crate::console::{Browser, consoles};
use crate::contact::say;
use crate::people::{file, link_file, takahashi, yoshida};
use crate::region::Region;

async fn looked(region: &Region) -> Vec<String> {
    let sql =
        "SELECT requester, category, purpose, outcome FROM access_log WHERE requester LIKE 'clerk:%' ORDER BY seq";
    let rows = region.database.db.fetch_all(sql, params![]).await.unwrap();
    let columns = ["requester", "category", "purpose", "outcome"];
    rows.iter().map(|row| columns.map(|column| row.get::<String>(column).unwrap()).join(" ")).collect()
}

#[tokio::test]
async fn a_clerk_sees_who_said_what_newest_first_and_the_log_has_the_clerk() {
    for region in consoles().await {
        fill(&region).await;
        let browser = Browser::of(&region, "sato").await;
        assert!(browser.get("/home").await.shows("href=\"/contacts\""));
        assert!(browser.get("/contacts").await.shows("届けられた連絡先はまだありません"));
        let said = [(Field::Phone, Some("0878390000")), (Field::Email, Some("ichiro@mail.example.jp"))];
        say(&region, "p-yoshida", &said).await;
        region.clock.set(region.clock.now() + SignedDuration::from_mins(2));
        say(&region, "p-hanako", &[(Field::Phone, Some("0878391111"))]).await;
        assert!(!browser.get("/contacts").await.shows("太郎"), "who has said nothing is not there");
        say(&region, "p-taro", &[(Field::NoticeWish, Some("portal"))]).await;

        let page = browser.get("/contacts").await;

        let yoshida = yoshida();
        let number = [yoshida.symbol.unwrap(), yoshida.number, yoshida.branch.unwrap()].join("・");
        for said in [
            &yoshida.person.name,
            &number,
            "0878390000",
            "ichiro@mail.example.jp",
            "髙橋 花子",
            "0878391111",
            "太郎",
            "ポータル（郵送は不要）",
        ] {
            assert!(page.shows(said), "{said}: {}", page.text);
        }
        let place = |text: &str| page.text.find(text).unwrap();
        assert!(place("0878391111") < place("0878390000"), "newest first");
        assert_eq!(looked(&region).await, ["clerk:sato contact own-work contacts-looked"; 3]);
        let looks = browser.get("/looks").await;
        assert!(looks.shows("担当者が連絡先の一覧を開いた") && looks.shows("保険者の事務"), "{}", looks.text);
        region.app().await.verify_access_log().await.unwrap();

        region.clock.set(region.clock.now() + SignedDuration::from_secs(2));
        say(&region, "p-hanako", &[(Field::Phone, None)]).await;
        let page = browser.get("/contacts").await;
        assert!(page.shows("髙橋 花子") && !page.shows("0878391111"), "{}", page.text);
        coverage(&region.app().await, &file(&[takahashi("髙橋 花子", "1980-01-02")])).await.unwrap();
        let page = browser.get("/contacts").await;
        assert!(page.shows("いまの資格情報にない人") && page.shows("0878390000"), "{}", page.text);
    }
}

#[tokio::test]
async fn contacts_come_by_fifty_a_page() {
    for region in consoles().await {
        let app = region.app().await;
        let people: Vec<(String, Coverage)> =
            (0..51).map(|n| (format!("p-{n}"), Coverage { number: format!("{n:07}"), ..yoshida() })).collect();
        coverage(&app, &file(&people.iter().map(|(_, person)| person.clone()).collect::<Vec<_>>())).await.unwrap();
        let pairs: Vec<(&str, Coverage)> =
            people.iter().map(|(name, person)| (name.as_str(), person.clone())).collect();
        links(&app, &link_file(&pairs)).await.unwrap();
        for (name, _) in &people {
            say(&region, name.clone().leak(), &[(Field::Phone, Some("0878390000"))]).await;
            region.clock.set(region.clock.now() + SignedDuration::from_secs(2));
        }
        let browser = Browser::of(&region, "sato").await;

        let first = browser.get("/contacts").await;

        assert_eq!(first.text.matches("0878390000").count(), 50);
        assert!(first.shows("・0000050・") && !first.shows("・0000000・"), "{}", first.text);
        let last = browser.get("/contacts?after=50").await;
        assert!(first.shows("href=\"/contacts?after=50\"") && last.shows("・0000000・"), "{}", last.text);
        assert_eq!((last.text.matches("0878390000").count(), last.shows("?after=")), (1, false));
        assert_eq!(looked(&region).await.len(), 2, "every opening is in the log");
    }
}
