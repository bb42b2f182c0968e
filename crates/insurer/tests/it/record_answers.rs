//! Who gets check-ups, expenses and pensions, and in which form.

use axum::body::Bytes;
use health::{checkup_xml, expense_xml, pension_xml};
use idwsf::dst::{Code, Outcome, Page, ServiceType, SetRequest};
use idwsf::message::Purpose;
use idwsf::token::AuthnClass;
use insurer::import::{Kind, coverage, in_force, links, take, undo};
use jiff::SignedDuration;

use crate::people::{file, link_file, yoshida};
use crate::records::{hanako, notice, pensions, table, taro};
use crate::region::{Ask, COVERAGE, Region, ask, regions};

const CHECKUP: &str = "/nhi:Insured/nhi:CheckUp";
const EXPENSE: &str = "/nhi:Insured/nhi:Expense";
const PENSION: &str = "/nhi:Insured/nhi:Pension";

/// Nodes that hold records of two persons; a third has none.
async fn nodes() -> Vec<Region> {
    let mut all = regions().await;
    for region in &mut all {
        let app = region.app().await;
        coverage(&app, &file(&[yoshida(), hanako(), taro()])).await.unwrap();
        let pairs = [("p-yoshida", yoshida()), ("p-hanako", hanako()), ("p-taro", taro())];
        links(&app, &link_file(&pairs)).await.unwrap();
        let checkups = [
            (&yoshida(), "2025-06-30", "171.4"),
            (&yoshida(), "2026-06-30", "171.9"),
            (&hanako(), "2026-06-01", "158.0"),
        ];
        let months: Vec<String> = (1..=9).map(|month| format!("2026年{month}月")).collect();
        let details: Vec<_> = months.iter().map(|month| (month.as_str(), "架空内科クリニック", 10_000)).collect();
        for (kind, bytes) in [
            (Kind::Checkups, table(&checkups)),
            (Kind::Expenses, notice(&yoshida(), &details).into_bytes()),
            (Kind::Pension, pensions(&[(&yoshida(), 100)])),
        ] {
            take(&app, kind, Bytes::from(bytes), "sato").await.unwrap();
        }
        app.database().close().await;
        region.start().await;
    }
    all
}

/// Reads an element as the platform would.
fn with<T>(element: &str, read: impl FnOnce(xml::Node) -> T) -> T {
    let scanned = xml::scan(element.as_bytes(), &xml::Limits::default()).unwrap();
    let document = xml::Document::parse(scanned).unwrap();
    read(document.root())
}

#[tokio::test]
async fn a_person_sees_their_own_check_ups_newest_first_and_nobody_else_s() {
    for region in nodes().await {
        let ns = ServiceType::NHI.ns();
        let answered = region.ask(&ask("p-yoshida", CHECKUP)).await.unwrap();

        let found: Vec<_> =
            answered.elements.iter().map(|one| with(one, |node| checkup_xml::read(node, ns).unwrap())).collect();
        let days: Vec<String> = found.iter().map(|one| one.examined_on.to_string()).collect();
        assert_eq!(days, ["2026-06-30", "2025-06-30"]);
        assert_eq!((found[0].items[0].name.as_str(), found[0].items[0].unit.as_deref()), ("身長", Some("cm")));
        assert!(answered.data[0].contains("171.9") && !answered.data[0].contains("158"));
        for personal in ["ヨシダ", "一郎", "0012345", "1970-05-06"] {
            assert!(!answered.elements.concat().contains(personal), "{personal}");
        }
        let other = region.ask(&ask("p-hanako", CHECKUP)).await.unwrap();
        assert!(other.elements.len() == 1 && other.data[0].contains("158"));
    }
}

#[tokio::test]
async fn expenses_and_pensions_are_answered_in_their_own_form() {
    for region in nodes().await {
        let ns = ServiceType::NHI.ns();
        let both = Ask { selects: vec![EXPENSE, PENSION], ..ask("p-yoshida", EXPENSE) };
        let answered = region.ask(&both).await.unwrap();

        assert_eq!((answered.status.outcome, answered.elements.len()), (Outcome::Ok, 10));
        let first = with(&answered.elements[0], |node| expense_xml::read(node, ns).unwrap());
        assert_eq!(
            (first.month.to_string().as_str(), first.total_yen, first.window_yen),
            ("2026-09", 10_000, Some(3_000))
        );
        let pension = with(&answered.elements[9], |node| pension_xml::read(node, ns).unwrap());
        assert_eq!(pension.months.national, 100);
    }
}

#[tokio::test]
async fn only_a_rule_opens_a_category() {
    for region in nodes().await {
        for select in [CHECKUP, EXPENSE, PENSION] {
            for purpose in [Purpose::EligibilityCheck, Purpose::ServiceQuery] {
                let answered = region.ask(&Ask { purpose, ..ask("p-yoshida", select) }).await.unwrap();
                assert_eq!(answered.status.reasons_of("q0").collect::<Vec<_>>(), [&Code::ACTION_NOT_AUTHORIZED]);
                assert!(answered.elements.is_empty(), "{select}");
            }
            let weak = Ask { class: AuthnClass::Smartcard, ..ask("p-yoshida", select) };
            let fault = region.ask(&weak).await.unwrap_err();
            assert_eq!(fault.status.as_deref(), Some("InappropriateCredentials"));
            let nobody = region.ask(&ask("p-nobody", select)).await.unwrap();
            assert_eq!(nobody.status.reasons_of("q0").collect::<Vec<_>>(), [&Code::DOES_NOT_EXIST]);
        }
        let without = region.ask(&ask("p-taro", CHECKUP)).await.unwrap();
        assert_eq!((without.status.outcome, without.elements.len()), (Outcome::Ok, 0), "known, with nothing to show");
    }
}

#[tokio::test]
async fn an_answer_is_as_old_as_the_file_it_rests_on() {
    for region in nodes().await {
        let taken = region.clock.now();
        region.clock.set(taken.saturating_add(SignedDuration::from_hours(24 * 40)).unwrap());
        for select in [COVERAGE, CHECKUP, EXPENSE, PENSION, "/nhi:Insured/nhi:Eligibility"] {
            let answered = region.ask(&ask("p-yoshida", select)).await.unwrap();
            for element in &answered.elements {
                assert_eq!(with(element, |node| health::as_of(node).unwrap()), Some(taken), "{select}");
            }
            assert!(!answered.elements.is_empty());
        }
    }
}

#[tokio::test]
async fn parts_of_one_state_fit_together_and_a_new_file_ends_them() {
    for region in nodes().await {
        let page = |offset, set| Page { count: Some(4), offset, set, request: Some(SetRequest::Static) };
        let part = |page| Ask { page: Some(page), ..ask("p-yoshida", EXPENSE) };
        let first = region.ask(&part(page(0, None))).await.unwrap();
        let rest = first.rest[0].clone();
        assert_eq!((first.elements.len(), rest.remaining, rest.next_offset), (4, Some(5), Some(4)));

        let second = region.ask(&part(page(4, rest.set.clone()))).await.unwrap();
        let third = region.ask(&part(page(8, rest.set.clone()))).await.unwrap();
        assert_eq!((second.elements.len(), third.elements.len(), third.rest[0].next_offset), (4, 1, None));
        let all = [first.elements, second.elements, third.elements].concat();
        assert_eq!(all, region.ask(&ask("p-yoshida", EXPENSE)).await.unwrap().elements);

        let app = region.app().await;
        let more = notice(&yoshida(), &[("2026年10月", "架空薬局", 500)]);
        take(&app, Kind::Expenses, Bytes::from(more), "sato").await.unwrap();
        let stale = region.ask(&part(page(4, rest.set))).await.unwrap();
        assert_eq!(stale.status.reasons_of("q0").collect::<Vec<_>>(), [&Code::INVALID_SET_ID]);
    }
}

#[tokio::test]
async fn what_cannot_have_changed_is_not_sent_again() {
    for region in nodes().await {
        let hours = |hours| region.clock.now().saturating_add(SignedDuration::from_hours(hours)).unwrap();
        let (before, after) = (hours(-1), hours(1));
        let since = |since| Ask { since: Some(since), ..ask("p-yoshida", CHECKUP) };

        let all = region.ask(&since(before)).await.unwrap();
        assert_eq!(
            (all.elements.len(), all.status.reasons_of("q0").collect::<Vec<_>>()),
            (2, vec![&Code::ALL_RETURNED])
        );
        let none = region.ask(&since(after)).await.unwrap();
        assert_eq!((none.status.outcome, none.elements.len(), none.data.len()), (Outcome::Ok, 0, 1));

        region.clock.set(hours(2));
        let app = region.app().await;
        let newest = in_force(&app, Kind::Checkups).await.unwrap().unwrap();
        undo(&app, newest.id, "suzuki").await.unwrap();
        let undone = region.ask(&since(after)).await.unwrap();
        assert_eq!(undone.status.reasons_of("q0").collect::<Vec<_>>(), [&Code::ALL_RETURNED], "taken back is changed");
        assert!(undone.elements.is_empty());
    }
}
