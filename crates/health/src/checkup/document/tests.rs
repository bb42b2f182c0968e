use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::checkup::Decimal;
use crate::my_number;

const SAMPLE: &str = include_str!("../../../tests/files/checkup/document.xml");

fn sample() -> Checkup {
    read(SAMPLE.as_bytes()).unwrap().0
}

fn number(text: &str) -> Value {
    Value::Number(Decimal::parse(text).unwrap())
}

/// Codes, lines and what was found.
fn problems(text: &str) -> Vec<(&'static str, u64, String)> {
    let report = read(text.as_bytes()).unwrap_err();
    let problem = |problem: &Problem| (problem.code.as_str(), problem.line, problem.found.clone().unwrap_or_default());
    report.problems().iter().map(problem).collect()
}

/// The line of the sample on which this stands.
fn line(part: &str) -> u64 {
    SAMPLE.lines().position(|line| line.contains(part)).unwrap() as u64 + 1
}

#[test]
fn a_document_tells_who_when_and_where() {
    let (checkup, warnings) = read(SAMPLE.as_bytes()).unwrap();
    assert!(warnings.is_empty());
    assert_eq!((checkup.kind, checkup.program.as_deref()), (Kind::Specific, Some("010")));
    assert_eq!((checkup.examined_on, checkup.made_on), (date(2026, 7, 1), Some(date(2026, 7, 15))));
    let person = &checkup.person;
    assert_eq!((person.insurer.to_string().as_str(), person.number.as_str()), ("370015", "7654321"));
    assert_eq!((person.symbol.as_deref(), person.branch.as_deref()), (Some("架空国"), Some("01")));
    assert_eq!((person.kana.as_str(), person.birth, person.sex), ("カクウイチロウ", date(1960, 3, 10), Sex::Male));
    assert_eq!(person.post_number.as_deref(), Some("760-0000"));
    assert_eq!(person.address.as_deref(), Some("香川県高松市架空町１番地"));
    assert_eq!(checkup.institution.code.map(|code| code.to_string()).as_deref(), Some("3710199997"));
    assert_eq!(checkup.institution.name.as_deref(), Some("架空内科クリニック"));
    let voucher = checkup.voucher.unwrap();
    assert_eq!((voucher.number.as_str(), voucher.valid_until), ("26000000011", Some(date(2027, 3, 31))));
}

#[test]
fn every_form_of_a_value_is_read() {
    let checkup = sample();
    assert_eq!(checkup.items.len(), 25);
    let value = |code| checkup.item(code).map(|item| item.value.clone());
    assert_eq!(value("9N001000000000001"), Some(number("171.5")));
    assert_eq!(value("1A020000000191111"), Some(Value::Choice(1)));
    assert_eq!(value("9N511000000000049"), Some(Value::Text("要経過観察".into())));
    assert_eq!(value("1A010000000191111"), Some(Value::NotDone));
    assert_eq!(value("3B035000002327201"), Some(Value::NotMeasurable));
    // Both of a group: the result and the reason for the examination.
    assert_eq!(value("2A030000001930101"), Some(number("14.6")));
    assert_eq!(value("2A020161001930149"), Some(Value::Text("既往歴のため".into())));
    let flags: Vec<_> = ["9N016160100000001", "3F070000002327101", "9N001000000000001"]
        .map(|code| checkup.item(code).unwrap().flag)
        .to_vec();
    assert_eq!(flags, [Some(Flag::High), Some(Flag::Low), None]);
}

#[test]
fn values_that_are_not_of_their_item_are_refused() {
    let height = r#"xsi:type="PQ" value="171.5" unit="cm""#;
    let (at, smoking) = (line(height), r#"code="1" codeSystem="1.2.392.200119.6.24060""#);
    for (from, to, code, line) in [
        (height, r#"xsi:type="PQ" value="abc" unit="cm""#, "KEN-03", at),
        (height, r#"xsi:type="PQ" value="1171.5" unit="cm""#, "KEN-03", at),
        (height, r#"xsi:type="PQ" value="171.5" unit="mm""#, "KEN-04", at),
        (height, r#"xsi:type="ST" value="171.5" unit="cm""#, "KEN-02", at),
        (height, r#"value="171.5" unit="cm""#, "KEN-02", at),
        (smoking, r#"code="1" codeSystem="1.2.392.200119.6.2003""#, "KEN-05", line(smoking)),
        (smoking, r#"code="x" codeSystem="1.2.392.200119.6.24060""#, "KEN-03", line(smoking)),
    ] {
        if line > 0 {
            let found = problems(&SAMPLE.replace(from, to));
            assert_eq!((found.len(), found[0].0, found[0].1), (1, code, line), "{to}");
        }
    }
    assert!(problems(&SAMPLE.replace(height, r#"xsi:type="PQ" value="x" unit="cm""#))[0].2.contains("身長"));
    let valued = SAMPLE.replace(r#" negationInd="true""#, "");
    assert_eq!(problems(&valued)[0].0, "KEN-03");
}

#[test]
fn an_item_twice_is_refused_and_an_unknown_one_is_a_warning() {
    let twice = SAMPLE.replace("9N006000000000001", "9N001000000000001");
    assert_eq!(problems(&twice)[0].0, "KEN-01");
    let (checkup, warnings) = read(SAMPLE.replace("9N006000000000001", "9N006000000000002").as_bytes()).unwrap();
    assert_eq!((checkup.items.len(), warnings[0].code), (24, Code::ItemUnknown));
    assert_eq!(warnings[0].line, line("9N006000000000001"));
}

#[test]
fn a_person_that_cannot_be_matched_is_refused_with_line_and_element() {
    for (from, to, code) in [
        (
            "00370015\" root=\"1.2.392.200119.6.101\"/>\n      <id extension=\"架",
            "00370016\" root=\"1.2.392.200119.6.101\"/>\n      <id extension=\"架",
            "CSV-10",
        ),
        ("extension=\"７６５４３２１\"", "extension=\"\"", "XML-03"),
        ("19600310", "19600230", "CSV-11"),
        ("19600310", "20260702", "CSV-14"),
        ("administrativeGenderCode code=\"1\"", "administrativeGenderCode code=\"9\"", "XML-05"),
        ("<name>カクウイチロウ</name>", "", "XML-03"),
        ("<effectiveTime value=\"20260701\"/>", "", "XML-03"),
        ("<code code=\"10\" ", "<code code=\"21\" ", "XML-02"),
        ("urn:hl7-org:v3", "urn:hl7-org:v2", "XML-02"),
        ("\"26000000011\"", "\"2600000001\"", "XML-05"),
    ] {
        let text = SAMPLE.replace(from, to);
        assert_ne!(text, SAMPLE, "{from}");
        assert_eq!(problems(&text)[0].0, code, "{to}");
    }
    let report = read(SAMPLE.replace("19600310", "x").as_bytes()).unwrap_err();
    assert_eq!(report.problems()[0].column.as_deref(), Some("recordTarget/patientRole/patient/birthTime"));
    assert_eq!(report.problems()[0].line, line("19600310"));
}

#[test]
fn a_number_in_free_text_that_can_be_an_individual_number_refuses_the_document() {
    let text = SAMPLE.replace("要経過観察", "１２３４５６７８９０１８");
    let report = read(text.as_bytes()).unwrap_err();
    assert_eq!((report.total(), report.problems()[0].code), (1, Code::MyNumber));
    assert!(!my_number::present(&report.problems()[0].wording().ja));
}

proptest! {
    #[test]
    fn a_damaged_document_gives_an_answer(at in any::<prop::sample::Index>(), damage in "[<>/a-z0-9\"=一]{0,8}") {
        let mut bytes = SAMPLE.as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes.splice(at..(at + 3).min(SAMPLE.len()), damage.bytes());
        if let Err(report) = read(&bytes) {
            prop_assert!(report.total() > 0);
        }
    }
}
