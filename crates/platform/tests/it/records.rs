//! A resident's own check-ups, medical expenses and pensions: what each page shows, from whom, and when it shows nothing.

use axum::http::StatusCode;
use idwsf::dst::Code;
use insurer::import::Kind;
use jiff::{SignedDuration, ToSpan as _};
use platform::{
    consent::TEXT_VERSION,
    wording::{self, RecordKind, Text},
};
use region::Named;
use web::{Lang, clock::japan_date};

use crate::{
    harness::{World, worlds},
    node::{Insurer, To},
    wicked::Wicked,
};

/// Each page, the category that it asks for, and something that stands in its table.
pub(crate) const RECORDS: [(&str, &str, &str); 3] = [
    ("/records/checkups", "check-up", "LDLコレステロール"),
    ("/records/expenses", "expenses", "架空内科クリニック"),
    ("/records/pension", "pension", "厚生年金"),
];

fn kinds(t: &'static Text) -> [&'static RecordKind; 3] {
    [&t.records.checkups, &t.records.expenses, &t.records.pension]
}

/// Worlds whose insurers hold more than coverage.
async fn furnished() -> Vec<World> {
    let worlds = worlds().await;
    for world in &worlds {
        for node in &world.nodes {
            node.take_records(&world.clock).await;
        }
    }
    worlds
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_is_shown_with_its_source_and_stands_in_the_log() {
    for world in furnished().await {
        let holder = world.holder(Named::Changed).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let menu = browser.get("/menu").await;
        for ((path, _, item), kind) in RECORDS.into_iter().zip(kinds(wording::text(Lang::Ja))) {
            assert!(menu.shows(&format!("href=\"{path}\"")), "{path}: {}", menu.text);
            let page = browser.get(path).await;
            assert_eq!(page.status, StatusCode::OK);
            for text in [item, kind.title, Insurer::National.name(), Insurer::Company.name(), "現在", "<caption>"] {
                assert!(page.shows(text), "{path} {text}: {}", page.text);
            }
            assert!(kind.notes.iter().all(|note| page.shows(note)), "{path}");
        }
        assert_eq!(world.outcomes().await, ["shown"; 6]);
        let looks = browser.get("/looks").await;
        for kind in kinds(wording::text(Lang::Ja)) {
            assert!(looks.shows(kind.title), "{}: {}", kind.title, looks.text);
        }
        let categories = "SELECT DISTINCT category FROM access_log ORDER BY category";
        let rows = world.node(Insurer::Company).database.db.fetch_all(categories, vec![]).await.unwrap();
        let asked: Vec<String> = rows.iter().map(|row| row.get("category").unwrap()).collect();
        assert_eq!(asked, ["check-up", "expenses", "pension"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn check_ups_stand_side_by_side_the_newest_first_and_say_in_words_what_a_doctor_should_see() {
    for world in furnished().await {
        let holder = world.holder(Named::Householder).await;
        let page = world.browser().logged_in(&holder).await.get("/records/checkups").await;
        let today = japan_date(world.now());
        let heads = [5, 17, 29].map(|months| {
            let day = today.checked_sub(months.months()).unwrap();
            format!("<th scope=\"col\">{}年{}月{}日</th>", day.year(), day.month(), day.day())
        });
        assert!(page.shows(&heads.concat()), "{}", page.text);
        let t = &wording::text(Lang::Ja).records.checkup;
        for text in ["mmHg", "架空内科クリニック", t.metabolic, t.see_a_doctor, "data-label"] {
            assert!(page.shows(text), "{text}: {}", page.text);
        }
        assert!(!page.shows("mm[Hg]"), "nobody writes a unit so");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_consent_no_record_is_asked_for() {
    for world in furnished().await {
        let holder = world.holder(Named::Changed).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let withdrawn = [("purpose", "citizen-self-view"), ("version", TEXT_VERSION), ("give", "false")];
        browser.form("/consents", &withdrawn).await;
        for (path, _, item) in RECORDS {
            let page = browser.get(path).await;
            assert!(page.shows(wording::text(Lang::Ja).coverage.no_consent) && !page.shows(item), "{}", page.text);
        }
        assert!(!browser.get("/menu?login").await.shows("notice"));
        for node in &world.nodes {
            assert_eq!(node.access_log().await, Vec::<String>::new(), "{:?} was asked", node.insurer);
        }
        assert!(world.outcomes().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_down_is_named_and_the_others_records_are_shown() {
    for world in furnished().await {
        let holder = world.holder(Named::Changed).await;
        let mut browser = world.browser().logged_in(&holder).await;
        world.node(Insurer::National).line.lead(To::Nowhere);
        let t = wording::text(Lang::Ja);
        let down = t.common.source_failed.replace("{}", Insurer::National.name());
        let page = browser.get("/records/checkups").await;
        assert!(page.shows(&down) && page.shows(Insurer::Company.name()), "{}", page.text);
        assert!(page.shows("LDLコレステロール"), "the company paid for the check-ups");
        world.node(Insurer::National).mend();
        world.wait(SignedDuration::from_mins(10));
        assert!(!browser.get("/records/checkups").await.shows(&down));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_are_old_say_so() {
    for world in furnished().await {
        let holder = world.holder(Named::Householder).await;
        let (before, _) = wording::text(Lang::Ja).peers.old.split_once("{}").unwrap();
        let (_, after) = wording::text(Lang::Ja).peers.old.split_once("{}").unwrap();
        let fresh = world.browser().logged_in(&holder).await.get("/records/expenses").await;
        assert!(!fresh.shows(after));
        world.wait(SignedDuration::from_hours(36 * 24));
        let page = world.browser().logged_in(&holder).await.get("/records/expenses").await;
        assert!(page.shows(before) && page.shows(after), "{}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_opens_its_own_residents_records_and_no_session_opens_none() {
    for world in furnished().await {
        let owner = world.holder(Named::Householder).await;
        let other = world.holder(Named::Employee).await;
        let own = world.browser().logged_in(&owner).await.get("/records/checkups").await;
        assert!(own.shows("LDLコレステロール") && own.shows(Insurer::National.name()));
        let page = world.browser().logged_in(&other).await.get("/records/checkups").await;
        assert!(page.shows(wording::text(Lang::Ja).records.checkups.nothing), "too young for one: {}", page.text);
        assert!(!page.shows("LDLコレステロール") && !page.shows(Insurer::National.name()), "{}", page.text);
        for (path, _, item) in RECORDS {
            let page = world.browser().get(path).await;
            assert_eq!(page.location(), Some("/?ended"), "{path}");
            assert!(!page.shows(item));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_record_is_shown_that_the_log_does_not_take() {
    for world in furnished().await {
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser().logged_in(&holder).await;
        world.tamper("ALTER TABLE audit_entry RENAME TO gone", vec![]).await;
        for (path, _, item) in RECORDS {
            let page = browser.get(path).await;
            assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
            assert!(!page.shows(item) && page.shows("WEB-05"), "{}", page.text);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_another_kind_is_not_shown() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let wicked = Wicked::instead_of(world.node(Insurer::National), &world.clock);
        let own = holder.coverage(Insurer::National);
        wicked.will(move |wicked, question| wicked.honest(question, &own));
        for (path, ..) in RECORDS {
            let page = browser.get(path).await;
            assert!(page.shows(wording::text(Lang::Ja).common.reason_untrusted), "{path}: {}", page.text);
            assert!(!page.shows(&holder.person.person.name));
        }
        assert_eq!(world.outcomes().await, ["EXCHANGE-03"; 3]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_english_reader_gets_the_tables_in_english() {
    for world in furnished().await {
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser().saying("accept-language", "en").logged_in(&holder).await;
        let t = wording::text(Lang::En);
        for ((path, ..), kind) in RECORDS.into_iter().zip(kinds(t)) {
            let page = browser.get(path).await;
            assert!(page.shows(kind.title) && page.shows("English nhi"), "{path}: {}", page.text);
        }
        assert!(browser.get("/records/expenses").await.shows(" yen"));
        assert!(browser.get("/records/checkups").await.shows("lang=\"ja\">LDLコレステロール"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_login_the_menu_tells_of_a_gap_once_and_keeps_nothing_of_it() {
    for world in worlds().await {
        let holder = world.holder(Named::Lapsed).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let t = &wording::text(Lang::Ja).continuity;
        let before = world.relay().await;
        let page = browser.get("/menu?login").await;
        assert!(page.shows(t.ended) && page.shows("14日以内"), "{}", page.text);
        assert!(!browser.get("/menu").await.shows(t.ended), "the menu by itself asks nobody");
        assert_eq!(world.outcomes().await, ["shown"], "a look like any other");
        assert_eq!(world.relay().await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_menu_finds_nothing_where_nothing_is_and_judges_nothing_while_a_source_is_down() {
    for world in worlds().await {
        let holder = world.holder(Named::Changed).await;
        let mut browser = world.browser().logged_in(&holder).await;
        assert!(!browser.get("/menu?login").await.shows("notice"), "handed over on one day");
        world.node(Insurer::National).line.lead(To::Nowhere);
        let page = browser.get("/menu?login").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.shows("notice") && page.shows("/coverage"), "{}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_records_come_in_parts_and_none_of_them_is_lost() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let period = &holder.coverage(Insurer::National)[0];
        let mut file = format!(
            "資格情報\r\n氏名,{}\r\n保険者番号,{}\r\n記号,{}\r\n番号,{}\r\n枝番,{}\r\n生年月日,{}\r\n医療費情報明細\r\n",
            period.person.name,
            period.insurer,
            period.symbol.as_deref().unwrap_or_default(),
            period.number,
            period.branch.as_deref().unwrap_or_default(),
            period.person.birth,
        );
        let names: Vec<String> = (0..400).map(|number| format!("架空医院第{number:03}")).collect();
        for name in &names {
            file += &format!(
                "診療年月,2026年6月\r\n診療区分,医科外来\r\n日数,1\r\n医療機関等名称,{name}\r\n医療費の総額（円）,1000\r\n\
                 保険者の負担額（円）,700\r\nその他の公費の負担額（円）,0\r\n窓口相当負担額（円）,300\r\n"
            );
        }
        world.node(Insurer::National).take(&world.clock, Kind::Expenses, file).await;
        let page = world.browser().logged_in(&holder).await.get("/records/expenses").await;
        assert!(names.iter().all(|name| page.shows(name)), "{}", page.text);
        assert!(page.shows("120,000円"), "their sum");
        assert_eq!(world.outcomes().await, ["shown"], "one look");
        assert_eq!(world.node(Insurer::National).access_log().await, ["answered"; 3], "three questions");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_insurer_that_always_has_more_is_not_believed() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let wicked = Wicked::instead_of(world.node(Insurer::National), &world.clock);
        let own = holder.coverage(Insurer::National);
        wicked.will(move |wicked, question| wicked.has_more(question, &own[0], 0));
        let page = world.browser().logged_in(&holder).await.get("/records/pension").await;
        let failed = wording::text(Lang::Ja).common.source_failed.replace("{}", Insurer::National.name());
        assert!(page.shows(&failed) && !page.shows("<td"), "{}", page.text);
        // On a machine under load, the time that all parts have together ends first.
        assert!(["EXCHANGE-03", "EXCHANGE-02"].contains(&world.outcomes().await[0].as_str()));
        assert!((2..=40).contains(&wicked.asked.lock().unwrap().len()), "there is an end");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_whose_later_part_is_missing_is_not_shown_as_the_whole() {
    for world in worlds().await {
        let holder = world.holder(Named::Householder).await;
        let own = holder.coverage(Insurer::National);
        let wicked = Wicked::instead_of(world.node(Insurer::National), &world.clock);
        wicked.will(move |wicked, question| {
            let first = wicked.asked.lock().unwrap().len() == 1;
            if first {
                wicked.has_more(question, &own[0], 1)
            } else {
                wicked.answers(question, Err(Code::DOES_NOT_EXIST))
            }
        });
        let page = world.browser().logged_in(&holder).await.get("/coverage").await;
        let failed = wording::text(Lang::Ja).common.source_failed.replace("{}", Insurer::National.name());
        assert!(page.shows(&failed) && !page.shows(&holder.person.person.name), "{}", page.text);
        assert_eq!(world.outcomes().await, ["EXCHANGE-03"]);
        assert_eq!(wicked.asked.lock().unwrap().len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_log_cannot_be_written_the_menu_stands_without_findings() {
    for world in worlds().await {
        let holder = world.holder(Named::Lapsed).await;
        let mut browser = world.browser().logged_in(&holder).await;
        world.tamper("ALTER TABLE audit_entry RENAME TO gone", vec![]).await;
        let page = browser.get("/menu?login").await;
        assert_eq!(page.status, StatusCode::OK);
        let t = wording::text(Lang::Ja);
        assert!(page.shows("/coverage") && !page.shows(t.continuity.ended), "{}", page.text);
        world.tamper("ALTER TABLE gone RENAME TO audit_entry", vec![]).await;
        assert!(browser.get("/menu?login").await.shows(t.continuity.ended));
    }
}
