use health::checkup::{Decimal, Institution};
use jiff::civil::{Date, date};

use super::*;

fn item(code: &str, name: &str, value: Value) -> Finding {
    let (code, name) = (code.to_owned(), name.to_owned());
    Finding { code, name, value, unit: None, flag: None, doctor: false }
}

fn number(name: &str, text: &str, unit: &str) -> Finding {
    Finding { unit: Some(unit.to_owned()), ..item("x", name, Value::Number(Decimal::parse(text).unwrap())) }
}

fn checkup(examined_on: Date, items: Vec<Finding>) -> Findings {
    let (program, institution) = (None, Institution { code: None, name: Some("架空".into()) });
    Findings { examined_on, program, institution, metabolic: Some(Metabolic::Near), guidance: None, items }
}

fn row<'a>(sheet: &'a Sheet, name: &str) -> &'a [Cell] {
    sheet.table.rows.iter().find(|row| row[0].text == name).unwrap()
}

fn texts(cells: &[Cell]) -> Vec<&str> {
    cells.iter().map(|cell| cell.text.as_str()).collect()
}

#[test]
fn an_item_stands_beside_the_same_item_of_other_years() {
    let records = vec![
        checkup(date(2024, 6, 1), vec![number("体重", "60.5", "kg")]),
        checkup(date(2026, 6, 1), vec![number("体重", "61.0", "kg"), number("腹囲", "80", "cm")]),
    ];
    let sheets = Findings::sheets(records, Lang::Ja);
    let [sheet] = &sheets[..] else { panic!("one table") };
    assert_eq!(sheet.table.heads[1..], ["2026年6月1日", "2024年6月1日"]);
    assert_eq!(texts(row(sheet, "体重")), ["体重", "61.0 kg", "60.5 kg"]);
    assert_eq!(texts(row(sheet, "腹囲")), ["腹囲", "80 cm", "—"], "not measured then");
    assert_eq!(texts(row(sheet, "メタボリックシンドローム判定（目安）"))[1], "予備群該当");
}

#[test]
fn four_check_ups_are_two_tables_and_none_is_lost() {
    let records = (2020..2024).map(|year| checkup(date(year, 6, 1), Vec::new())).collect();
    let sheets = Findings::sheets(records, Lang::En);
    let days: Vec<_> = sheets.iter().flat_map(|sheet| &sheet.table.heads[1..]).collect();
    assert_eq!(days, ["2023-06-01", "2022-06-01", "2021-06-01", "2020-06-01"]);
    assert!(Findings::sheets(Vec::new(), Lang::En).is_empty());
}

#[test]
fn a_value_is_told_in_words() {
    let t = &wording::text(Lang::Ja).records.checkup;
    let told = |value| text(&item("9N736000000000011", "喫煙", value), t, Lang::Ja);
    assert_eq!(told(Value::Choice(3)), "いいえ");
    assert_eq!(told(Value::Choice(9)), t.choice.replace("{}", "9"), "its list does not have that");
    assert_eq!(told(Value::NotDone), t.not_done);
    assert_eq!(told(Value::NotMeasurable), t.not_measurable);
    assert_eq!(text(&number("拡張期血圧", "88", "mm[Hg]"), t, Lang::Ja), "88 mmHg");
}

#[test]
fn a_mark_is_a_word_and_a_doctors_comes_first() {
    let t = &wording::text(Lang::Ja).records.checkup;
    let marked = |flag, doctor| mark(&Finding { flag, doctor, ..number("x", "1", "%") }, t).map(|mark| mark.word);
    assert_eq!(marked(Some(Flag::High), true), Some(t.see_a_doctor));
    assert_eq!(marked(Some(Flag::High), false), Some(t.high));
    assert_eq!(marked(Some(Flag::Low), false), Some(t.low));
    assert_eq!(marked(Some(Flag::Normal), false), Some(t.normal));
    assert_eq!(marked(None, false), None);
}

#[test]
fn two_methods_of_one_item_are_both_shown() {
    let both = vec![number("血圧", "120", "mm[Hg]"), number("血圧", "124", "mm[Hg]")];
    let sheets = Findings::sheets(vec![checkup(date(2026, 6, 1), both)], Lang::Ja);
    assert_eq!(texts(row(&sheets[0], "血圧"))[1], "120 mmHg / 124 mmHg");
}

#[test]
fn of_two_values_the_one_that_matters_more_gives_the_mark() {
    let t = &wording::text(Lang::Ja).records.checkup;
    let value = |flag, doctor| Finding { flag, doctor, ..number("HbA1c", "5.4", "%") };
    let (doctor, high) = (value(Some(Flag::Normal), true), value(Some(Flag::High), false));
    let (normal, none) = (value(Some(Flag::Normal), false), value(None, false));
    for (less, more, word) in [
        (&normal, &doctor, t.see_a_doctor),
        (&high, &doctor, t.see_a_doctor),
        (&normal, &high, t.high),
        (&none, &normal, t.normal),
    ] {
        for both in [[less, more], [more, less]] {
            let found = checkup(date(2026, 6, 1), both.map(Clone::clone).to_vec());
            let mark = cell(&found, "HbA1c", t, Lang::Ja).mark;
            assert_eq!(mark.map(|mark| mark.word), Some(word));
        }
    }
}
