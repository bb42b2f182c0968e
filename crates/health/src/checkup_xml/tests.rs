use proptest::prelude::*;

use super::*;
use crate::checkup::document;

const NS: Ns = Ns::new("nhi", "urn:x-test:nhi");
const DOCUMENT: &str = include_str!("../../tests/files/checkup/document.xml");

fn text(findings: &Findings, at: Option<Timestamp>) -> String {
    write(findings, NS, at).into_string()
}

fn read_text(text: &str) -> Result<Findings, Unreadable> {
    let scanned = xml::scan(text.as_bytes(), &xml::Limits::default()).unwrap();
    let document = xml::Document::parse(scanned).unwrap();
    read(document.root(), NS)
}

fn findings() -> Findings {
    Findings::of(&document::read(DOCUMENT.as_bytes()).unwrap().0)
}

#[test]
fn a_real_document_goes_over_the_wire_without_its_person() {
    let findings = findings();
    let at = "2026-11-20T03:00:00Z".parse().unwrap();
    let text = text(&findings, Some(at));

    assert!(findings.items.len() > 10 && findings.items.iter().any(|item| item.unit.as_deref() == Some("cm")));
    assert_eq!(read_text(&text), Ok(findings));
    for personal in ["カクウ", "7654321", "７６５４３２１", "19600310", "1960-03-10", "760-0000", "26000000011"]
    {
        assert!(!text.contains(personal), "{personal}");
    }
    let scanned = xml::scan(text.as_bytes(), &xml::Limits::default()).unwrap();
    let document = xml::Document::parse(scanned).unwrap();
    assert_eq!(crate::coverage_xml::as_of(document.root()), Ok(Some(at)));
}

#[test]
fn values_that_are_none_are_refused_by_name() {
    let good = text(&findings(), None);
    for (from, to, name) in [
        ("date=\"2026-07-01\"", "date=\"20260701\"", "date"),
        ("kind=\"number\"", "kind=\"words\"", "kind"),
        (">171.5<", ">tall<", "kind"),
        ("metabolic=\"", "metabolic=\"9", "metabolic"),
    ] {
        assert!(good.contains(from), "{from}");
        assert_eq!(read_text(&good.replacen(from, to, 1)), Err(Unreadable::Value(name)), "{to}");
    }
    let number = good.replacen(">171.5<", ">123456789018<", 1);
    assert_eq!(read_text(&number), Err(Unreadable::MyNumber("Item")));
}

proptest! {
    #[test]
    fn what_was_written_is_read_back(
        date in (0_i32..40_000).prop_map(|days| jiff::civil::date(1950, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap()),
        name in prop::option::of("[架空医院a-z<&\"]{1,20}"),
        items in prop::collection::vec(("[0-9A-Z]{17}", "[一-龥<>&]{1,9}", 0_u8..5, 0_u32..99_999, any::<bool>()), 0..20),
    ) {
        let value = |kind: u8, number: u32| match kind {
            0 => Value::Number(Decimal::from(number)),
            1 => Value::Choice(u8::try_from(number % 100).unwrap()),
            2 => Value::Text(format!("所見 <{number}>\n&")),
            3 => Value::NotDone,
            _ => Value::NotMeasurable,
        };
        let item = |(code, name, kind, number, doctor): (String, String, u8, u32, bool)| Finding {
            code, name, value: value(kind, number), unit: None, flag: doctor.then_some(Flag::High), doctor,
        };
        let findings = Findings {
            examined_on: date,
            program: Some("010".to_owned()),
            institution: Institution { code: None, name },
            metabolic: Some(Metabolic::Near),
            guidance: None,
            items: items.into_iter().map(item).collect(),
        };
        prop_assume!(findings.items.iter().all(|item| !crate::my_number::present(&item.code)));
        prop_assert_eq!(read_text(&text(&findings, None)), Ok(findings));
    }
}
