use jiff::civil::date;

use super::*;

const SAMPLE: &str = include_str!("../../tests/files/pension/dummy.csv");

fn read(text: &str) -> (Vec<Pension>, Result<Vec<Problem>, Report>) {
    let mut rows = Rows::new(text.as_bytes());
    (rows.by_ref().collect(), rows.finish())
}

fn problems(text: &str) -> Vec<(&'static str, u64, String)> {
    let report = read(text).1.unwrap_err();
    let problem = |problem: &Problem| (problem.code.as_str(), problem.line, problem.column.clone().unwrap_or_default());
    report.problems().iter().map(problem).collect()
}

#[test]
fn dummy_records_are_read() {
    let (rows, result) = read(SAMPLE);
    assert_eq!((rows.len(), result), (2, Ok(Vec::new())));
    let first = &rows[0];
    assert_eq!((first.name.as_str(), first.kana.as_str()), ("𠮷田　架空", "ヨシダ カクウ"));
    assert_eq!((first.birth, first.made_on), (date(1960, 3, 10), date(2026, 4, 1)));
    assert_eq!(first.months, Months { national: 60, employees: 240, seamen: 0, counted_only: 0 });
    assert_eq!((first.paid_yen.employees, first.yearly_yen.national), (5_400_000, 500_000));
    assert!(first.months.suffice() && !rows[1].months.suffice());
}

#[test]
fn a_row_that_does_not_say_it_is_dummy_is_refused() {
    assert_eq!(problems(&SAMPLE.replace("1,渚", "0,渚")), [("PEN-01", 3, "ダミーデータ".to_owned())]);
    assert_eq!(problems(&SAMPLE.replace("1,渚", ",渚")), [("CSV-09", 3, "ダミーデータ".to_owned())]);
    assert_eq!(problems(&SAMPLE.replace("ダミーデータ", "備考")), [("CSV-06", 1, "ダミーデータ".to_owned())]);
}

#[test]
fn there_is_no_column_for_a_basic_pension_number() {
    assert_eq!(problems(&SAMPLE.replace("国民年金納付額", "基礎年金番号"))[0].0, "CSV-03");
    assert_eq!(problems(&SAMPLE.replace("渚　花", "123456789018"))[0].0, "CSV-03");
}

#[test]
fn wrong_cells_and_a_person_twice_are_named() {
    assert_eq!(problems(&SAMPLE.replace(",12,96,", ",721,96,")), [("EXP-01", 3, "国民年金納付済月数".to_owned())]);
    assert_eq!(problems(&SAMPLE.replace("19900812", "20260402")), [("CSV-14", 3, "作成年月日".to_owned())]);
    let twice = format!("{SAMPLE}{}\r\n", SAMPLE.lines().nth(2).unwrap());
    assert_eq!(problems(&twice), [("CSV-15", 4, String::new())]);
    assert_eq!(problems(""), [("CSV-01", 1, String::new())]);
    assert_eq!(problems(SAMPLE.lines().next().unwrap()), [("CSV-16", 1, String::new())]);
}
