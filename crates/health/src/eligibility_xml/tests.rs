use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::{Copayment, my_number};

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/files/eligibility/{name}.xml", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn text(name: &str) -> String {
    String::from_utf8(sample(name)).unwrap()
}

fn problems(text: &str) -> Vec<(&'static str, u64, String)> {
    let report = read(text.as_bytes()).unwrap_err();
    let named = |problem: &Problem| {
        let said = problem.wording();
        assert!(said.ja.starts_with(&format!("{}行目", problem.line)) && said.en.starts_with("line "));
        (problem.code.as_str(), problem.line, problem.column.clone().unwrap_or_default())
    };
    report.problems().iter().map(named).collect()
}

#[test]
fn an_elderly_person_is_read_with_share_limit_and_disease() {
    let answer = read(&sample("valid_70_utf8")).unwrap();
    assert_eq!((answer.verdict, answer.verdict.standing()), (Verdict::Valid, Standing::Confirmed));
    assert_eq!(answer.executed_at, Some(date(2026, 11, 22).at(10, 15, 0, 0)));
    assert_eq!((answer.date, answer.found_by), (Some(date(2026, 11, 22)), Some(FoundBy::Numbers)));
    assert_eq!(answer.institution.map(|code| code.to_string()).as_deref(), Some("3710199997"));
    assert!(answer.warnings.is_empty());
    let [certificate] = answer.certificates.as_slice() else { panic!("one certificate") };
    assert_eq!(certificate.kana.as_deref(), Some("カクウ イチロウ"));
    assert_eq!(certificate.number.as_deref(), Some("7654321"));
    assert_eq!(certificate.limit.as_ref().and_then(|limit| limit.band.as_deref()), Some("B05"));
    assert_eq!(certificate.diseases[0].self_pay_yen, Some(10_000));
    assert_eq!(certificate.others, [("LimitApplicationCertificateRelatedConsFlg".to_owned(), "1".to_owned())]);
    let coverage = certificate.coverage(date(2026, 11, 22)).unwrap();
    assert_eq!((coverage.insurer.to_string().as_str(), coverage.copayment), ("370015", Copayment::Two));
    assert_eq!((coverage.valid_from, coverage.valid_until), (date(2015, 4, 1), Some(date(2027, 7, 31))));
    // After the share's last day, nobody can say what the share is.
    assert_eq!(certificate.coverage(date(2027, 8, 1)), None);
}

#[test]
fn shift_jis_and_utf8_say_the_same() {
    let [utf8, shift_jis] = ["valid_70_utf8", "valid_70_shift_jis"].map(|name| read(&sample(name)).unwrap());
    assert!(utf8 == shift_jis);
    let misdeclared = sample("valid_70_shift_jis");
    let misdeclared =
        misdeclared.strip_prefix(b"<?xml version=\"1.0\" encoding=\"Shift_JIS\" standalone=\"no\"?>").unwrap();
    assert!(read(misdeclared).unwrap() == utf8);
    assert!(read(text("valid_70_utf8").replace("\"UTF-8\"", "\"Shift_JIS\"").as_bytes()).unwrap() == utf8);
}

#[test]
fn a_card_readers_answer_tells_consents_and_keeps_what_is_new() {
    let answer = read(&sample("face_family")).unwrap();
    let certificate = &answer.certificates[0];
    assert_eq!(answer.found_by, Some(FoundBy::Card));
    assert!(certificate.checkups.given && !certificate.medicines.given && !certificate.treatments.given);
    assert_eq!(certificate.checkups.until, Some(date(2026, 11, 23).at(10, 14, 0, 0)));
    assert_eq!(certificate.others, [("FutureElement/Inner".to_owned(), "先の版の値".to_owned())]);
    let coverage = certificate.coverage(date(2026, 11, 22)).unwrap();
    assert_eq!((coverage.copayment, coverage.relationship.code()), (Copayment::Three, "2"));
}

#[test]
fn an_insurer_that_cannot_be_matched_is_a_warning_and_no_coverage() {
    let answer = read(&sample("face_unusual_insurer")).unwrap();
    assert_eq!(answer.certificates[0].insurer, Insurer::Unusual("123456".into()));
    let warning = &answer.warnings[0];
    assert_eq!((warning.code, warning.line), (Code::InsurerUnusual, 16));
    assert_eq!(
        warning.column.as_deref(),
        Some("MessageBody/ResultList/ResultOfQualificationConfirmation/InsurerNumber")
    );
    assert_eq!(answer.certificates[0].coverage(date(2026, 11, 22)), None);
}

#[test]
fn the_late_elderly_have_no_symbol_and_their_share_is_on_the_certificate() {
    let answer = read(&sample("valid_late_elderly")).unwrap();
    let coverage = answer.certificates[0].coverage(date(2026, 11, 22)).unwrap();
    assert_eq!((coverage.symbol, coverage.number.as_str(), coverage.copayment), (None, "01234567", Copayment::One));
}

#[test]
fn an_ended_coverage_is_ended() {
    let answer = read(&sample("replaced")).unwrap();
    assert_eq!((answer.verdict, answer.verdict.standing()), (Verdict::Replaced, Standing::Ended));
    let coverage = answer.certificates[0].coverage(date(2026, 9, 1));
    // 73 years old, and the answer brings no share.
    assert!(coverage.is_none());
    assert_eq!(answer.certificates[0].lost_on, Some(date(2026, 10, 1)));
}

#[test]
fn what_could_not_be_found_out_is_never_no_insurance() {
    let none = [("no_record", Verdict::NoRecord), ("several", Verdict::Several)];
    for (name, verdict) in none.into_iter().chain([("failed", Verdict::Failed), ("pending", Verdict::Pending)]) {
        let answer = read(&sample(name)).unwrap();
        assert_eq!((answer.verdict, answer.verdict.standing()), (verdict, Standing::Unconfirmed), "{name}");
        assert!(answer.certificates.is_empty());
        let said = verdict.explained();
        assert!(!said.ja.is_empty() && !said.en.is_empty());
    }
    assert_eq!(read(&sample("failed")).unwrap().message.as_deref(), Some("架空のエラー"));
    let refused = text("no_record").replace("Status>1<", "Status>2<");
    assert_eq!(read(refused.as_bytes()).unwrap().verdict, Verdict::Failed);
}

#[test]
fn what_is_no_answer_is_told_with_line_and_element() {
    assert_eq!(problems(&text("request")), [("XML-02", 2, String::new())]);
    assert_eq!(problems("<a/>")[0].0, "XML-02");
    assert_eq!(problems("<XmlMsg>\n<MessageHeader/>\n</XmlMsg>"), [("XML-03", 1, "MessageBody".to_owned())]);
    assert_eq!(problems("")[0].0, "XML-01");
    assert_eq!(problems("<!DOCTYPE a><XmlMsg/>")[0].0, "XML-01");
    let place = |name: &str| format!("MessageBody/ResultList/ResultOfQualificationConfirmation/{name}");
    let wrong = text("valid_70_utf8").replace(">19530310<", ">19530230<").replace("<Sex1>1", "<Sex1>7");
    assert_eq!(problems(&wrong), [("XML-05", 26, place("Sex1")), ("XML-05", 27, place("Birthdate"))]);
    let twice = text("valid_70_utf8").replace("<Sex1>1</Sex1>", "<Sex1>1</Sex1><Sex1>2</Sex1>");
    assert_eq!(problems(&twice), [("XML-04", 26, place("Sex1"))]);
    let unknown = text("no_record").replace("Validity>4<", "Validity>8<");
    assert_eq!(problems(&unknown), [("XML-05", 14, "MessageBody/QualificationValidity".to_owned())]);
    assert_eq!(read(&vec![b' '; BYTES_MAX + 1]).unwrap_err().problems()[0].code, Code::TooLarge);
}

#[test]
fn an_individual_number_anywhere_refuses_the_file_and_is_never_repeated() {
    for (from, to) in [("架空町１番地", "123456789018"), ("<FutureElement>", "<FutureElement a='1234-5678-9018'>")]
    {
        let name = if from.contains('<') { "face_family" } else { "valid_70_utf8" };
        let report = read(text(name).replace(from, to).as_bytes()).unwrap_err();
        let problem = &report.problems()[0];
        assert_eq!((report.total(), problem.code), (1, Code::MyNumber));
        let said = problem.wording();
        assert!(!my_number::present(&format!("{report} {problem:?} {} {}", said.ja, said.en)));
    }
}

#[test]
fn debug_shows_no_person() {
    assert_eq!(format!("{:?}", read(&sample("no_record")).unwrap()), "Answer(NoRecord, …)");
}

proptest! {
    #[test]
    fn a_damaged_answer_gives_an_answer(at in 0_usize..3000, damage in "[<>/&a-z0-9\"=一]{0,6}", length in 0_usize..20) {
        let mut bytes = sample("valid_70_utf8");
        let at = at.min(bytes.len());
        bytes.splice(at..(at + length).min(bytes.len()), damage.bytes());
        if let Err(report) = read(&bytes) {
            prop_assert!(report.total() > 0);
        }
    }
}
