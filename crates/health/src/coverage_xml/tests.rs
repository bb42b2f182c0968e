use jiff::civil::date;
use proptest::prelude::*;
use xml::{Document, Limits, scan};

use super::*;
use crate::coverage_csv::tests::coverages;
use crate::my_number;

const NHI: Ns = Ns::new("nhi", "urn:x-kagawa:nhi:2009-03:dst-2.1");
const KHI: Ns = Ns::new("khi", "urn:x-kagawa:khi:2009-03:dst-2.1");

fn parsed<T>(text: &str, then: impl FnOnce(Node) -> T) -> T {
    let limits = Limits::default();
    let document = Document::parse(scan(text.as_bytes(), &limits).unwrap()).unwrap();
    then(document.root())
}

fn sample() -> Coverage {
    Coverage {
        insurer: InsurerNumber::parse("370015").unwrap(),
        insurer_name: Some("高松市".into()),
        symbol: Some("架空高".into()),
        number: "1234567".into(),
        branch: Some("01".into()),
        relationship: Relationship::Insured,
        insured_name: Some("𠮷田 一郎".into()),
        copayment: Copayment::Three,
        valid_from: date(2020, 4, 1),
        lost_on: None,
        loss_reason: None,
        valid_until: Some(date(2027, 7, 31)),
        issued_on: None,
        person: Person {
            name: "𠮷田 一郎".into(),
            kana: "ヨシダ イチロウ".into(),
            birth: date(1970, 1, 2),
            sex: Sex::Male,
            address: None,
        },
    }
}

#[test]
fn a_record_is_written_with_the_names_of_the_online_check() {
    assert_eq!(
        write(&sample(), NHI).as_str(),
        "<nhi:Coverage xmlns:nhi=\"urn:x-kagawa:nhi:2009-03:dst-2.1\"><nhi:InsurerNumber>00370015</nhi:InsurerNumber>\
         <nhi:InsurerName>高松市</nhi:InsurerName><nhi:InsuredCardSymbol>架空高</nhi:InsuredCardSymbol>\
         <nhi:InsuredIdentificationNumber>1234567</nhi:InsuredIdentificationNumber>\
         <nhi:InsuredBranchNumber>01</nhi:InsuredBranchNumber>\
         <nhi:PersonalFamilyClassification>1</nhi:PersonalFamilyClassification>\
         <nhi:InsuredName>𠮷田 一郎</nhi:InsuredName><nhi:Name>𠮷田 一郎</nhi:Name>\
         <nhi:NameKana>ヨシダ イチロウ</nhi:NameKana><nhi:Sex1>1</nhi:Sex1><nhi:Birthdate>1970-01-02</nhi:Birthdate>\
         <nhi:InsuredPartialContributionRatio>030</nhi:InsuredPartialContributionRatio>\
         <nhi:QualificationDate>2020-04-01</nhi:QualificationDate>\
         <nhi:InsuredCardExpirationDate>2027-07-31</nhi:InsuredCardExpirationDate></nhi:Coverage>"
    );
}

#[test]
fn an_answer_for_a_date_holds_only_the_records_that_decide_it() {
    let old = Coverage { number: "1".into(), lost_on: Some(date(2021, 4, 1)), ..sample() };
    let answer = write_eligibility(&[old, sample()], NHI, date(2026, 11, 22));
    assert!(answer.as_str().contains("date=\"2026-11-22\" validity=\"1\""));
    let read = parsed(answer.as_str(), |node| read_eligibility(node, NHI));
    assert_eq!(read, Ok((date(2026, 11, 22), vec![sample()])));
}

#[test]
fn an_answer_for_a_stranger_is_empty_but_dated() {
    let answer = write_eligibility(&[], KHI, date(2026, 11, 22));
    assert_eq!(parsed(answer.as_str(), |node| read_eligibility(node, KHI)), Ok((date(2026, 11, 22), vec![])));
}

#[test]
fn every_change_that_makes_a_record_unusable_is_named() {
    let good = write(&sample(), NHI).into_string();
    let twice = "<nhi:Sex1>1</nhi:Sex1>";
    for (from, to, why) in [
        ("00370015", "00370016", Unreadable::Value(INSURER)),
        ("1970-01-02", "1970-02-30", Unreadable::Value(BIRTH)),
        ("1970-01-02", "19700102", Unreadable::Value(BIRTH)),
        (">030<", ">040<", Unreadable::Value(RATIO)),
        ("1234567", "123456789018", Unreadable::MyNumber(NUMBER)),
        (">01<", "><", Unreadable::Value(BRANCH)),
        (twice, "", Unreadable::Shape(Refused::Missing("Sex1".into()))),
        (twice, "<nhi:Sex1>1</nhi:Sex1><nhi:Sex1>2</nhi:Sex1>", Unreadable::Shape(Refused::Repeated("Sex1".into()))),
        ("1</nhi:Sex1>", "<nhi:b/></nhi:Sex1>", Unreadable::Shape(Refused::NotText("Sex1".into()))),
    ] {
        assert!(good.contains(from), "{from}");
        assert_eq!(parsed(&good.replacen(from, to, 1), |node| read(node, NHI)), Err(why), "{to}");
    }
}

#[test]
fn a_record_of_another_service_is_not_read() {
    let other = write(&sample(), KHI).into_string();
    assert_eq!(parsed(&other, |node| read(node, NHI)), Err(Refused::Missing(COVERAGE.into()).into()));
}

proptest! {
    #[test]
    fn what_was_written_is_read_back(coverage in coverages()) {
        prop_assume!(my_number::find(&coverage.number).is_none());
        let text = write(&coverage, KHI).into_string();
        prop_assert!(parsed(&text, |node| read(node, KHI)) == Ok(coverage), "{}", text);
    }

    #[test]
    fn a_stored_record_is_read_back(coverage in coverages()) {
        let stored = serde_json::to_string(&coverage).unwrap();
        prop_assert!(serde_json::from_str::<Coverage>(&stored).unwrap() == coverage);
    }
}

#[test]
fn a_path_is_parted_from_the_date_that_it_asks_about() {
    let path = "/nhi:Insured/nhi:Eligibility";
    let date: Date = "2026-10-05".parse().unwrap();
    assert_eq!(dated(path, date), "/nhi:Insured/nhi:Eligibility[@date=\"2026-10-05\"]");
    assert_eq!(asked_on(&dated(path, date)), (path, Some(date)));
    for whole in
        [path, "", "[@date=\"\"]", "/a[@date=\"2026-13-01\"]", "/a[@date=\"2026-10-05T00:00\"]", "/a[@date=\"x\"]/b"]
    {
        assert_eq!(asked_on(whole), (whole, None), "{whole}");
    }
}
