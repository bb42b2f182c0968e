use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::coverage_csv::to_cp932;

const SAMPLE: &[u8] = include_bytes!("../../../tests/files/expense/claims.uke");

fn text() -> String {
    encoding_rs::SHIFT_JIS.decode(SAMPLE).0.into_owned()
}

fn read(bytes: &[u8]) -> (Vec<Claim>, Result<Vec<Problem>, Report>) {
    let mut claims = Claims::new(bytes);
    (claims.by_ref().collect(), claims.finish())
}

/// Codes, lines and columns.
fn problems(text: &str) -> Vec<(&'static str, u64, String)> {
    let report = read(text.as_bytes()).1.unwrap_err();
    let problem = |problem: &Problem| (problem.code.as_str(), problem.line, problem.column.clone().unwrap_or_default());
    report.problems().iter().map(problem).collect()
}

#[test]
fn a_file_becomes_expenses_of_persons() {
    let (claims, result) = read(SAMPLE);
    let warnings = result.unwrap();
    let [first, second] = claims.as_slice() else { panic!("two claims") };
    let claimant = &first.claimant;
    assert_eq!((claimant.insurer.to_string().as_str(), claimant.number.as_str()), ("370015", "7654321"));
    assert_eq!((claimant.symbol.as_deref(), claimant.branch.as_deref()), (Some("架空国"), Some("01")));
    assert_eq!((claimant.name.as_str(), claimant.kana.as_deref()), ("架空　一郎", Some("カクウ イチロウ")));
    assert_eq!((claimant.birth, claimant.sex), (date(1960, 3, 10), Sex::Male));
    let expense = &first.expense;
    assert_eq!(
        (expense.month.to_string().as_str(), expense.care, expense.days),
        ("2026-06", Care::MedicalOutpatient, 2)
    );
    assert_eq!((first.points, expense.total_yen, expense.window_yen), (1234, 12_340, Some(3700)));
    assert_eq!(expense.institution.map(|code| code.to_string()).as_deref(), Some("3710199997"));
    assert_eq!(expense.institution_name.as_deref(), Some("架空内科クリニック"));
    assert_eq!((second.expense.month, second.expense.care), (expense.month, Care::MedicalInpatient));
    assert_eq!((second.claimant.birth, second.meals_yen), (date(1990, 8, 12), Some(6900)));
    assert_eq!((second.claimant.branch.as_ref(), second.expense.window_yen), (None, None));
    // The third is on public funds alone: it counts, but is no insurer's.
    assert_eq!(warnings.len(), 1);
    assert_eq!((warnings[0].code, warnings[0].line), (Code::ClaimUninsured, 11));
}

#[test]
fn utf8_and_line_feeds_say_the_same() {
    let plain = text().replace("\r\n", "\n");
    assert_eq!(to_cp932(&text()).unwrap(), SAMPLE);
    assert!(read(plain.trim_end_matches('\u{1a}').as_bytes()).0 == read(SAMPLE).0);
}

#[test]
fn totals_that_do_not_fit_refuse_the_file() {
    assert_eq!(problems(&text().replace("GO,3,", "GO,4,")), [("UKE-02", 13, "GO 総件数".to_owned())]);
    assert_eq!(problems(&text().replace("22034", "22035")), [("UKE-02", 13, "GO 総合計点数".to_owned())]);
    let cut = text().split("GO,").next().unwrap().to_owned();
    assert_eq!(problems(&cut)[0].0, "UKE-04");
}

#[test]
fn a_file_in_volumes_is_refused_clearly() {
    assert_eq!(
        problems(&text().replace(",202607,00,", ",202607,01,")),
        [("UKE-03", 1, "IR マルチボリューム識別情報".to_owned())]
    );
    assert_eq!(
        problems(&text().replace("22034,99", "22034,00")),
        [("UKE-03", 13, "GO マルチボリューム識別情報".to_owned())]
    );
}

#[test]
fn records_out_of_order_end_the_reading() {
    assert_eq!(problems("")[0].0, "CSV-01");
    assert_eq!(problems("RE,1\r\n"), [("UKE-01", 1, String::new())]);
    assert_eq!(problems(&text().replace("SY,", "架空,")), [("UKE-01", 5, String::new())]);
    let behind = text().replace('\u{1a}', "RE,4\r\n");
    assert_eq!(problems(&behind), [("UKE-01", 14, String::new())]);
    assert_eq!(problems(&text().replace("SY,8830417", "HO,  370015"))[0].0, "UKE-01");
}

#[test]
fn each_wrong_field_is_named_by_line_and_field() {
    for (from, to, code, line, column) in [
        ("  370015", "  370016", "CSV-10", 3, "HO 保険者番号"),
        ("19600310", "19600230", "CSV-11", 2, "RE 生年月日"),
        ("1112,202606", "1112,202613", "CSV-11", 2, "RE 診療年月"),
        ("1112,", "X112,", "CSV-13", 2, "RE レセプト種別"),
        ("７６５４３２１,2,1234", "７６５４３２１,32,1234", "EXP-01", 3, "HO 診療実日数"),
        (",3700,", ",37OO,", "EXP-01", 3, "HO 負担金額"),
    ] {
        let text = text().replacen(from, to, 1);
        assert_eq!(problems(&text), [(code, line, column.to_owned())], "{to}");
    }
}

#[test]
fn an_individual_number_in_a_comment_refuses_the_file() {
    let report = read(text().replace("架空症", "123456789018").as_bytes()).1.unwrap_err();
    assert_eq!((report.total(), report.problems()[0].code, report.problems()[0].line), (1, Code::MyNumber, 5));
}

#[test]
fn many_claims_are_read_one_at_a_time() {
    let text = text();
    let lines: Vec<&str> = text.lines().collect();
    let claim = format!("{}\r\n{}\r\n", lines[1], lines[2]);
    let many = format!("{}\r\n{}GO,20000,24680000,99\r\n", lines[0], claim.repeat(20_000));
    let mut claims = Claims::new(many.as_bytes());
    assert_eq!(claims.by_ref().count(), 20_000);
    assert_eq!(claims.finish(), Ok(Vec::new()));
}

proptest! {
    #[test]
    fn a_damaged_file_gives_an_answer(at in any::<prop::sample::Index>(), damage in "[,\r\n0-9A-Z一]{0,8}") {
        let mut characters: Vec<char> = text().chars().collect();
        let at = at.index(characters.len());
        characters.splice(at..(at + 3).min(characters.len()), damage.chars());
        let (_, result) = read(characters.into_iter().collect::<String>().as_bytes());
        prop_assert!(result.is_ok() || result.is_err_and(|report| report.total() > 0));
    }
}
