use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::checkup::Decimal;
use crate::coverage_csv::to_cp932;

const SAMPLE: &str = include_str!("../../../tests/files/checkup/table.csv");

fn read(bytes: &[u8]) -> (Vec<Checkup>, Result<Vec<Problem>, Report>) {
    let mut rows = Rows::new(bytes);
    (rows.by_ref().collect(), rows.finish())
}

/// Codes, lines and columns.
fn problems(text: &str) -> Vec<(&'static str, u64, String)> {
    let report = read(text.as_bytes()).1.unwrap_err();
    let problem = |problem: &Problem| (problem.code.as_str(), problem.line, problem.column.clone().unwrap_or_default());
    report.problems().iter().map(problem).collect()
}

#[test]
fn a_table_is_read_beneath_its_rows_of_numbers_and_names() {
    let (rows, result) = read(SAMPLE.as_bytes());
    assert_eq!((rows.len(), result), (3, Ok(Vec::new())));
    let person = &rows[0].person;
    assert_eq!((person.insurer.to_string().as_str(), person.number.as_str()), ("370015", "7654321"));
    assert_eq!(
        (person.kana.as_str(), person.birth, person.branch.as_deref()),
        ("カクウイチロウ", date(1960, 3, 10), Some("01"))
    );
    assert_eq!((rows[0].examined_on, rows[1].person.sex), (date(2026, 7, 1), Sex::Female));
    assert_eq!(rows[0].voucher.as_ref().map(|voucher| voucher.number.as_str()), Some("26000000011"));
    let value = |row: usize, code| rows[row].item(code).map(|item| (item.value.clone(), item.flag));
    let number = |text| Some((Value::Number(Decimal::parse(text).unwrap()), None));
    assert_eq!(value(0, "9N001000000000001"), number("171.5"));
    assert_eq!(value(0, "9N736000000000011"), Some((Value::Choice(1), None)));
    assert_eq!(value(1, "9N001000000000001"), Some((Value::NotDone, None)));
    assert_eq!(value(1, "3F015000002327101"), Some((Value::NotMeasurable, Some(Flag::High))));
    assert_eq!(value(2, "3F015000002327101"), None);
}

#[test]
fn the_same_table_in_cp932_and_with_other_headings_is_the_same() {
    let plain = read(SAMPLE.as_bytes()).0;
    assert!(read(&to_cp932(SAMPLE).unwrap()).0 == plain);
    let short = SAMPLE
        .replace("受診者被保険者番号枝番", "枝番")
        .replace("受診者", "")
        .replace("健診実施", "実施")
        .replace('#', "");
    // Without the mark, the row of Japanese names has to go.
    let short: String =
        short.split_inclusive('\n').enumerate().filter(|(row, _)| *row != 2).map(|(_, row)| row).collect();
    assert!(read(short.as_bytes()).0 == plain);
    let short = SAMPLE.replace("被保険者番号", "被保険者証等番号").replace("被保険者記号", "被保険者証等記号");
    assert!(read(short.as_bytes()).0 == plain);
}

#[test]
fn each_wrong_cell_is_named_by_line_and_column() {
    for (from, to, code, column) in [
        ("00370015,架空国,7654321", "00370016,架空国,7654321", "CSV-10", "受診者保険者番号"),
        ("19600310", "19600230", "CSV-11", "受診者生年月日"),
        ("19600310", "20260702", "CSV-14", "健診実施年月日"),
        ("171.5", "1715.5", "KEN-03", "9N001000000000001"),
        ("カクウイチロウ", "", "CSV-09", "受診者氏名"),
        ("7654321,01", "7654321,0A", "CSV-13", "受診者被保険者番号枝番"),
        (",171.5", "", "CSV-08", ""),
    ] {
        let text = SAMPLE.replacen(from, to, 1);
        assert_ne!(text, SAMPLE);
        assert_eq!(problems(&text), [(code, 4, column.to_owned())], "{to}");
    }
}

#[test]
fn a_table_without_what_names_a_person_is_refused() {
    assert_eq!(problems("")[0].0, "CSV-01");
    assert_eq!(problems("1,2\na,b\n"), [("CSV-06", 1, "受診者保険者番号".to_owned())]);
    assert_eq!(problems(&SAMPLE.replace("健診実施年月日", "備考")), [("CSV-06", 2, "健診実施年月日".to_owned())]);
    let twice = SAMPLE.replacen("9N006000000000001", "9N001000000000001", 1);
    assert_eq!(problems(&twice), [("CSV-07", 2, "9N001000000000001".to_owned())]);
    let header: String = SAMPLE.split_inclusive('\n').take(3).collect();
    assert_eq!(problems(&header), [("CSV-16", 1, String::new())]);
}

#[test]
fn the_same_person_on_the_same_day_is_refused_with_both_lines() {
    let row = SAMPLE.lines().nth(3).unwrap();
    let report = read(format!("{SAMPLE}{row}\r\n").as_bytes()).1.unwrap_err();
    let problem = &report.problems()[0];
    assert_eq!((problem.code, problem.line, problem.first_line), (Code::CheckupTwice, 7, Some(4)));
}

#[test]
fn an_individual_number_refuses_the_table() {
    let report = read(SAMPLE.replace("架空町１番地", "1234 5678 9018").as_bytes()).1.unwrap_err();
    assert!(report.problems().iter().all(|problem| problem.code == Code::MyNumber));
    assert_eq!(problems(&SAMPLE.replace("受診者住所", "個人番号"))[0].0, "CSV-03");
}

proptest! {
    #[test]
    fn a_damaged_table_gives_an_answer(at in any::<prop::sample::Index>(), damage in "[,\"\r\n#0-9H未一]{0,8}") {
        let mut characters: Vec<char> = SAMPLE.chars().collect();
        let at = at.index(characters.len());
        characters.splice(at..(at + 3).min(characters.len()), damage.chars());
        let (_, result) = read(characters.into_iter().collect::<String>().as_bytes());
        prop_assert!(result.is_ok() || result.is_err_and(|report| report.total() > 0));
    }
}
