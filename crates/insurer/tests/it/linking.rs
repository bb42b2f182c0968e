//! A resident is found in the ledger, or not, and is forgotten again.

use db::params;
use health::{Coverage, LinkRequest, Person, Sex, link_xml};
use idwsf::dst::{Code, Outcome, ServiceType, Status};
use idwsf::message::{ConsentUri, Purpose};
use insurer::import::{coverage, links};
use jiff::SignedDuration;

use crate::people::{file, link_file, yoshida, yoshida_before};
use crate::region::{Answered, Ask, COVERAGE, Change, LINK, Region, ask, regions};

/// What the person of a record says of themselves.
pub(crate) fn request(of: &Coverage) -> LinkRequest {
    LinkRequest {
        symbol: of.symbol.clone(),
        number: of.number.clone(),
        branch: of.branch.clone(),
        person: of.person.clone(),
    }
}

/// The same, in the way of a platform.
pub(crate) fn wish(pseudonym: &str, request: Option<&LinkRequest>) -> Change {
    Change {
        pseudonym: pseudonym.to_owned(),
        select: LINK,
        new_data: request.map(|request| link_xml::write(request, None, ServiceType::NHI.ns())),
        purpose: Purpose::Linking,
        consent: ConsentUri::CurrentExplicit,
        simulated: false,
    }
}

/// The one code of a refusal; nothing where all was done.
pub(crate) fn code(status: &Status) -> Option<&Code> {
    assert_eq!(status.outcome == Outcome::Ok, status.reasons.is_empty());
    status.reasons.first().map(|reason| &reason.code)
}

/// How things stand, as the resident is told.
pub(crate) async fn standing(region: &Region, pseudonym: &str) -> Option<String> {
    let asked = Ask { purpose: Purpose::Linking, ..ask(pseudonym, LINK) };
    let answered: Answered = region.ask(&asked).await.unwrap();
    answered.data.into_iter().next()
}

async fn outcomes(region: &Region) -> Vec<String> {
    let sql = "SELECT category, purpose, outcome FROM access_log ORDER BY seq";
    let rows = region.database.db.fetch_all(sql, params![]).await.unwrap();
    let linking = |row: &&db::Row| row.get::<String>("category").unwrap() == "link";
    rows.iter().filter(linking).map(|row| row.get("outcome").unwrap()).collect()
}

/// Nodes with a household and a neighbour of the same birth date.
async fn ledgers() -> Vec<Region> {
    let mut all = regions().await;
    for region in &mut all {
        let neighbour =
            Person { name: "田中 三郎".into(), kana: "タナカ サブロウ".into(), ..yoshida().person };
        let neighbour = Coverage { number: "0055555".into(), person: neighbour, ..yoshida() };
        let rows = [yoshida(), yoshida_before(), wife(), neighbour];
        coverage(&region.app().await, &file(&rows)).await.unwrap();
        region.start().await;
    }
    all
}

fn wife() -> Coverage {
    let person = Person {
        name: "𠮷田 花子".into(),
        kana: "ヨシダ ハナコ".into(),
        birth: "1972-07-08".parse().unwrap(),
        sex: Sex::Female,
        ..yoshida().person
    };
    Coverage { branch: Some("02".into()), person, ..yoshida() }
}

#[tokio::test]
async fn whoever_matches_alone_is_linked_at_once() {
    for region in ledgers().await {
        let done = region.change(&wish("p1", Some(&request(&yoshida())))).await.unwrap();

        assert_eq!(code(&done), None);
        assert_eq!(standing(&region, "p1").await.as_deref(), Some("linked ***345"));
        let seen = region.ask(&ask("p1", COVERAGE)).await.unwrap();
        assert!(seen.data[0].contains("𠮷田 一郎") && !seen.data[0].contains("花子"), "{seen:?}");
        assert_eq!(outcomes(&region).await, ["linked", "answered"]);
        let again = region.change(&wish("p1", Some(&request(&yoshida())))).await.unwrap();
        assert_eq!(code(&again), Some(&Code::EXISTS_ALREADY));
    }
}

#[tokio::test]
async fn another_writing_of_a_surname_is_linked_and_of_a_given_name_is_for_a_clerk() {
    for region in ledgers().await {
        let written = |name: &str| {
            let mut request = request(&yoshida());
            request.person.name = name.into();
            request.number = "００１２３４５".into();
            request.branch = Some("1".into());
            request
        };

        region.change(&wish("p1", Some(&written("吉田　一郎")))).await.unwrap();
        region.change(&wish("p2", Some(&written("吉田 一朗")))).await.unwrap();

        assert_eq!(standing(&region, "p1").await.as_deref(), Some("linked ***345"));
        assert_eq!(standing(&region, "p2").await.as_deref(), Some("review ***345"));
        assert_eq!(region.ask(&ask("p2", COVERAGE)).await.unwrap().status.outcome, Outcome::Failed);
    }
}

#[tokio::test]
async fn a_stranger_is_told_that_nobody_matches_and_nothing_is_kept() {
    for region in ledgers().await {
        let mut stranger = request(&yoshida());
        stranger.number = "7777777".into();
        stranger.person = Person {
            name: "山本 四郎".into(),
            kana: "ヤマモト シロウ".into(),
            birth: "1950-01-01".parse().unwrap(),
            ..stranger.person
        };

        let refused = region.change(&wish("p1", Some(&stranger))).await.unwrap();

        assert_eq!(code(&refused), Some(&Code::DOES_NOT_EXIST));
        assert_eq!(standing(&region, "p1").await, None);
        assert_eq!(outcomes(&region).await, ["unmatched", "nothing"]);
        for sql in ["SELECT * FROM link_case", "SELECT * FROM link"] {
            assert!(region.database.db.fetch_all(sql, params![]).await.unwrap().is_empty(), "{sql}");
        }
    }
}

#[tokio::test]
async fn twins_without_branch_numbers_are_never_linked_by_a_machine() {
    for mut region in regions().await {
        let twin = |name: &str, kana: &str| {
            let person = Person { name: name.into(), kana: kana.into(), ..yoshida().person };
            Coverage { branch: None, person, ..yoshida() }
        };
        let (first, second) = (twin("𠮷田 優", "ヨシダ ユウ"), twin("𠮷田 裕", "ヨシダ ユウ"));
        coverage(&region.app().await, &file(&[first.clone(), second.clone()])).await.unwrap();
        region.start().await;

        for (pseudonym, of) in [("p1", &first), ("p2", &second)] {
            region.change(&wish(pseudonym, Some(&request(of)))).await.unwrap();

            assert_eq!(standing(&region, pseudonym).await.as_deref(), Some("review ***345"));
        }
        assert!(region.database.db.fetch_all("SELECT * FROM link", params![]).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn somebody_who_is_linked_already_is_for_a_clerk() {
    for region in ledgers().await {
        region.change(&wish("p1", Some(&request(&yoshida())))).await.unwrap();

        region.change(&wish("p2", Some(&request(&yoshida())))).await.unwrap();

        assert_eq!(standing(&region, "p2").await.as_deref(), Some("review ***345"));
    }
}

#[tokio::test]
async fn an_ended_link_shows_nothing_and_its_pseudonym_is_never_linked_again() {
    for region in ledgers().await {
        let app = region.app().await;
        links(&app, &link_file(&[("p2", wife())])).await.unwrap();
        region.change(&wish("p1", Some(&request(&yoshida())))).await.unwrap();
        for pseudonym in ["p1", "p2"] {
            assert_eq!(code(&region.change(&wish(pseudonym, None)).await.unwrap()), None);

            assert_eq!(standing(&region, pseudonym).await, None);
            assert_eq!(region.ask(&ask(pseudonym, COVERAGE)).await.unwrap().status.outcome, Outcome::Failed);
            let gone = region.change(&wish(pseudonym, None)).await.unwrap();
            assert_eq!(code(&gone), Some(&Code::DOES_NOT_EXIST));
            let again = region.change(&wish(pseudonym, Some(&request(&yoshida())))).await.unwrap();
            assert_eq!(code(&again), Some(&Code::ACTION_NOT_AUTHORIZED));
        }
        // Nor by a file, whichever way it is applied or taken back.
        let imported = links(&app, &link_file(&[("p1", yoshida()), ("p2", wife()), ("p4", wife())])).await.unwrap();
        assert_eq!(imported.added, 1);
        assert_eq!(standing(&region, "p2").await, None);
        let newest = insurer::import::in_force(&app, insurer::import::Kind::Links).await.unwrap().unwrap();
        insurer::import::undo(&app, newest.id, "sato").await.unwrap();
        assert_eq!(standing(&region, "p2").await, None);

        region.change(&wish("p3", Some(&request(&yoshida())))).await.unwrap();
        assert_eq!(standing(&region, "p3").await.as_deref(), Some("linked ***345"));
    }
}

#[tokio::test]
async fn a_link_file_leaves_links_alone_that_residents_asked_for() {
    for region in ledgers().await {
        let app = region.app().await;
        region.change(&wish("p1", Some(&request(&yoshida())))).await.unwrap();

        let imported = links(&app, &link_file(&[("p2", wife())])).await.unwrap();
        assert_eq!((imported.added, imported.removed), (1, 0));
        assert_eq!(standing(&region, "p1").await.as_deref(), Some("linked ***345"));

        let imported = links(&app, &link_file(&[("p1", yoshida()), ("p2", wife())])).await.unwrap();
        assert_eq!((imported.added, imported.changed, imported.removed), (0, 0, 0));
        let newest = insurer::import::in_force(&app, insurer::import::Kind::Links).await.unwrap().unwrap();
        insurer::import::undo(&app, newest.id, "sato").await.unwrap();
        assert_eq!(standing(&region, "p1").await.as_deref(), Some("linked ***345"));
        assert_eq!(standing(&region, "p2").await.as_deref(), Some("linked ***345"));
    }
}

#[tokio::test]
async fn nobody_asks_for_more_than_five_names_a_day() {
    for region in ledgers().await {
        let mut wrong = request(&yoshida());
        wrong.number = "7777777".into();
        wrong.person = Person { name: "山本 四郎".into(), birth: "1950-01-01".parse().unwrap(), ..wrong.person };
        for _ in 0..5 {
            let refused = region.change(&wish("p1", Some(&wrong))).await.unwrap();
            assert_eq!(code(&refused), Some(&Code::DOES_NOT_EXIST));
        }

        let refused = region.change(&wish("p1", Some(&request(&yoshida())))).await.unwrap();
        assert_eq!(code(&refused), Some(&Code::ACTION_NOT_AUTHORIZED));
        assert_eq!(outcomes(&region).await.last().map(String::as_str), Some("LINK-03"));

        region.clock.set(region.clock.now() + SignedDuration::from_hours(24));
        region.change(&wish("p1", Some(&request(&yoshida())))).await.unwrap();
        assert_eq!(standing(&region, "p1").await.as_deref(), Some("linked ***345"));
    }
}

#[tokio::test]
async fn a_trial_run_changes_nothing() {
    for region in ledgers().await {
        let trial = Change { simulated: true, ..wish("p1", Some(&request(&yoshida()))) };
        assert_eq!(code(&region.change(&trial).await.unwrap()), None);
        assert_eq!(standing(&region, "p1").await, None);

        region.change(&wish("p1", Some(&request(&yoshida())))).await.unwrap();
        let trial = Change { simulated: true, ..wish("p1", None) };
        assert_eq!(code(&region.change(&trial).await.unwrap()), None);
        assert_eq!(standing(&region, "p1").await.as_deref(), Some("linked ***345"));
    }
}

#[tokio::test]
async fn without_the_resident_s_own_word_or_in_another_form_nobody_is_looked_for() {
    for region in ledgers().await {
        let good = wish("p1", Some(&request(&yoshida())));
        let other = xml::Writer::new();
        let mut other = other;
        other.leaf(ServiceType::NHI.ns(), "Link", &[], "x");
        for (change, refused) in [
            (Change { consent: ConsentUri::Prior, ..good.clone() }, Code::ACTION_NOT_AUTHORIZED),
            (Change { purpose: Purpose::CitizenSelfView, ..good.clone() }, Code::ACTION_NOT_AUTHORIZED),
            (Change { select: COVERAGE, ..good.clone() }, Code::ACTION_NOT_AUTHORIZED),
            (Change { select: "/nhi:Insured/nhi:Everything", ..good.clone() }, Code::INVALID_SELECT),
            (Change { new_data: Some(other.finish()), ..good.clone() }, Code::INVALID_DATA),
        ] {
            let status = region.change(&change).await.unwrap();
            assert_eq!(code(&status), Some(&refused));
        }
        assert_eq!(standing(&region, "p1").await, None);
    }
}
