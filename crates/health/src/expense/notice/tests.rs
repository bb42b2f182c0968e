use proptest::prelude::*;

use super::*;
use crate::coverage_csv::to_cp932;

const SAMPLE: &str = include_str!("../../../tests/files/expense/notice.csv");

fn problems(text: &str) -> Vec<(&'static str, u64, String)> {
    let report = read(text.as_bytes()).unwrap_err();
    let problem = |problem: &Problem| (problem.code.as_str(), problem.line, problem.column.clone().unwrap_or_default());
    report.problems().iter().map(problem).collect()
}

#[test]
fn details_are_read_and_the_totals_before_them_are_not() {
    let (details, warnings) = read(SAMPLE.as_bytes()).unwrap();
    assert!(warnings.is_empty());
    let [first, second] = details.as_slice() else { panic!("two details") };
    assert_eq!((first.name.as_deref(), first.care_name.as_str()), (Some("架空　一郎"), "医科外来"));
    let expense = &first.expense;
    assert_eq!(
        (expense.month.to_string().as_str(), expense.care, expense.days),
        ("2026-06", Care::MedicalOutpatient, 2)
    );
    assert_eq!((expense.total_yen, expense.insurer_yen), (12_340, Some(8638)));
    assert_eq!((expense.public_yen, expense.window_yen), (Some(0), Some(3702)));
    assert_eq!(expense.institution_name.as_deref(), Some("架空内科クリニック"));
    assert_eq!((second.expense.month.to_string().as_str(), second.expense.care), ("2026-07", Care::Pharmacy));
}

#[test]
fn cp932_says_the_same() {
    let cp932 = to_cp932(SAMPLE.trim_start_matches('\u{feff}')).unwrap();
    assert!(read(cp932.as_slice()).unwrap().0 == read(SAMPLE.as_bytes()).unwrap().0);
}

#[test]
fn details_that_do_not_add_up_are_a_warning() {
    let (_, warnings) = read(SAMPLE.replace("17,340", "17,341").as_bytes()).unwrap();
    assert_eq!((warnings[0].code, warnings[0].line), (Code::DetailTotals, 9));
}

#[test]
fn a_detail_that_is_not_complete_is_refused() {
    let without_end = SAMPLE.replace("窓口相当負担額（円）,\"3,702\"\r\n", "");
    assert_eq!(problems(&without_end)[0], ("MED-01", 14, String::new()));
    let without_end = SAMPLE.replace("窓口相当負担額（円）,\"1,500\"\r\n", "");
    assert_eq!(problems(&without_end)[0], ("MED-01", 22, String::new()));
    let without_days = SAMPLE.replace("日数,2\r\n", "");
    assert_eq!(problems(&without_days)[0], ("MED-01", 14, String::new()));
    assert_eq!(problems(&SAMPLE.replace("日数,2\r\n", "日数,2\r\n日数,3\r\n")), [("CSV-07", 17, "日数".to_owned())]);
    assert_eq!(
        problems(&SAMPLE.replace("診療年月,2026年6月", "診療年月,6月")),
        [("CSV-11", 14, "診療年月".to_owned())]
    );
    assert_eq!(problems(&SAMPLE.replace("\"12,340\"", "12.340")), [("EXP-01", 18, "医療費の総額（円）".to_owned())]);
}

#[test]
fn a_file_without_details_is_named() {
    assert_eq!(problems(""), [("CSV-01", 1, String::new())]);
    let head = SAMPLE.split("診療年月").next().unwrap();
    assert_eq!(problems(head), [("MED-02", 1, String::new())]);
}

#[test]
fn an_individual_number_refuses_the_file() {
    for (from, to) in [("架空薬局", "123456789018"), ("資格情報", "1234-5678-9018")] {
        let report = read(SAMPLE.replace(from, to).as_bytes()).unwrap_err();
        assert_eq!((report.total(), report.problems()[0].code), (1, Code::MyNumber));
    }
}

proptest! {
    #[test]
    fn a_damaged_notice_gives_an_answer(at in any::<prop::sample::Index>(), damage in "[,\"\r\n0-9診一]{0,8}") {
        let mut characters: Vec<char> = SAMPLE.chars().collect();
        let at = at.index(characters.len());
        characters.splice(at..(at + 3).min(characters.len()), damage.chars());
        if let Err(report) = read(characters.into_iter().collect::<String>().as_bytes()) {
            prop_assert!(report.total() > 0);
        }
    }
}
