use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::{Copayment, LossReason, Relationship, Sex};

const HEADER: &str = "保険者番号,記号,番号,枝番,氏名,カナ氏名,生年月日,性別,本人家族区分,負担割合,資格取得日";
const ROW: &str = "370015,架空高,1234567,01,𠮷田　一郎,ヨシダ　イチロウ,1970-01-02,1,1,3,2020-04-01";

fn file(rows: &[&str]) -> String {
    [&[HEADER], rows].concat().join("\r\n") + "\r\n"
}

fn read_text(text: &str) -> Result<File, Report> {
    parse(text.as_bytes(), &Limits::default())
}

/// Every problem as code, line and column.
fn problems(bytes: &[u8]) -> Vec<(&'static str, u64, String)> {
    let report = parse(bytes, &Limits::default()).unwrap_err();
    assert_eq!(report.total(), report.problems().len());
    report
        .problems()
        .iter()
        .map(|problem| (problem.code.as_str(), problem.line, problem.column.clone().unwrap_or_default()))
        .collect()
}

fn only(code: &'static str, line: u64, column: &str) -> Vec<(&'static str, u64, String)> {
    vec![(code, line, column.to_owned())]
}

#[test]
fn a_row_is_read_with_every_glyph_of_its_name() {
    let file = read_text(&file(&[ROW])).unwrap();
    assert_eq!(file.encoding, Encoding::Utf8);
    assert!(file.warnings.is_empty());
    let [row] = file.rows.as_slice() else { panic!("one row") };
    assert_eq!(row.person.name, "𠮷田　一郎");
    assert_eq!(row.person.kana, "ヨシダ イチロウ");
    assert_eq!((row.insurer.to_string().as_str(), row.person.birth), ("370015", date(1970, 1, 2)));
    assert_eq!((row.symbol.as_deref(), row.branch.as_deref(), row.lost_on), (Some("架空高"), Some("01"), None));
    assert_eq!((row.person.sex, row.copayment), (Sex::Male, Copayment::Three));
}

#[test]
fn columns_are_found_by_name_in_any_order_and_under_their_other_names() {
    let text = "資格取得年月日,ｶﾅ氏名,氏名（漢字）,被保険者証番号,一部負担金割合,本人・家族区分,性別,生年月日,保険者番号,世帯主氏名\n\
                R2.4.1,ﾖｼﾀﾞ ﾊﾅ,辻󠄀 花,１２３,2割,家族,女,昭和45年1月2日,00370015,辻󠄀 太郎\n";
    let file = read_text(text).unwrap();
    let row = &file.rows[0];
    assert_eq!((row.person.name.as_str(), row.person.kana.as_str()), ("辻\u{e0100} 花", "ヨシダ ハナ"));
    assert_eq!(
        (row.number.as_str(), row.copayment, row.relationship),
        ("123", Copayment::Two, Relationship::Dependent)
    );
    assert_eq!((row.valid_from, row.insured_name.as_deref()), (date(2020, 4, 1), Some("辻󠄀 太郎")));
    assert_eq!((row.symbol.as_ref(), row.branch.as_ref()), (None, None));
}

#[test]
fn cp932_is_recognised_with_its_extensions() {
    let text = file(&["06379994,架空,1,1,髙﨑　一郎,ﾀｶｻｷ ｲﾁﾛｳ,S45.1.2,男,本人,3割,H22.4.1"]);
    let bytes = to_cp932(&text).unwrap();
    let file = parse(&bytes, &Limits::default()).unwrap();
    assert_eq!(file.encoding, Encoding::Cp932);
    assert_eq!(file.rows[0].person.name, "髙﨑　一郎");
    assert_eq!((file.rows[0].branch.as_deref(), file.rows[0].insurer.to_string().as_str()), (Some("01"), "06379994"));
}

#[test]
fn line_ends_byte_order_mark_end_mark_and_empty_lines_do_not_matter() {
    let plain = read_text(&file(&[ROW])).unwrap();
    for text in [
        format!("\u{feff}{}", file(&[ROW])),
        file(&[ROW]).replace("\r\n", "\n"),
        format!("{}\u{1a}", file(&[ROW])),
        format!("{HEADER}\n{ROW}"),
        file(&[ROW, ",,,,,,,,,,", ""]),
    ] {
        assert_eq!(read_text(&text).unwrap(), plain);
    }
}

#[test]
fn a_zero_lost_in_a_spreadsheet_is_put_back() {
    let file = read_text(&file(&["6379994,,1,1,氏 名,シ メイ,19700102,1,1,3,20100401"])).unwrap();
    assert_eq!((file.rows[0].insurer.to_string().as_str(), file.rows[0].branch.as_deref()), ("06379994", Some("01")));
}

#[test]
fn an_end_written_as_never_is_open() {
    let header = format!("{HEADER},資格喪失日,有効期限\n");
    for never in ["", "99991231", "9999/12/31", "00000000", "９９９９１２３１"] {
        let file = read_text(&format!("{header}{ROW},{never},{never}\n")).unwrap();
        assert_eq!(file.rows[0].last_day(), None, "{never}");
    }
}

#[test]
fn what_is_no_coverage_file_is_named() {
    assert_eq!(problems(b""), only("CSV-01", 1, ""));
    assert_eq!(problems(b"\xef\xbb\xbf\r\n \x1a"), only("CSV-01", 1, ""));
    assert_eq!(problems(HEADER.as_bytes()), only("CSV-16", 1, ""));
    assert_eq!(problems(b"PK\x03\x04workbook"), only("CSV-18", 1, ""));
    assert_eq!(problems(b"a\0b"), only("CSV-18", 1, ""));
    assert_eq!(problems("a,".repeat(300).as_bytes()), only("CSV-17", 1, ""));
    assert_eq!(problems("あ".repeat(3000).as_bytes()), only("CSV-05", 1, ""));
    let limits = Limits { bytes: 10, ..Limits::default() };
    assert_eq!(parse(&[b'a'; 11], &limits).unwrap_err().problems()[0].code, Code::TooLarge);
}

#[test]
fn wrong_columns_are_all_named_at_once() {
    let missing = HEADER.replace("番号,枝番,氏名", "番号,番号,お名前");
    assert_eq!(
        problems(format!("{missing}\n{ROW}\n").as_bytes()),
        vec![("CSV-07", 1, "番号".to_owned()), ("CSV-06", 1, "氏名".to_owned())]
    );
}

#[test]
fn an_unknown_column_is_a_warning() {
    let file = read_text(&format!("{HEADER},電話\n{ROW},087-000-0000\n")).unwrap();
    assert_eq!((file.warnings[0].code.as_str(), file.warnings[0].found.as_deref()), ("CSV-W1", Some("電話")));
}

#[test]
fn broken_bytes_are_placed() {
    let mut utf8 = file(&[ROW, ROW]).into_bytes();
    let at = utf8.iter().rposition(|byte| *byte == 0xa0).unwrap();
    utf8[at] = b'x';
    assert_eq!(problems(&utf8), only("CSV-02", 3, ""));
    let mut cp932 = to_cp932(&file(&[&ROW.replace('𠮷', "吉")])).unwrap();
    cp932.extend(b"\x82\r\n");
    assert_eq!(problems(&cp932), only("CSV-02", 3, ""));
    let lost = ROW.replace('𠮷', "\u{fffd}");
    assert_eq!(problems(file(&[&lost]).as_bytes()), only("CSV-02", 2, "氏名"));
}

#[test]
fn each_wrong_cell_is_named_with_what_to_do() {
    for (right, wrong, code, column) in [
        ("370015", "370016", "CSV-10", "保険者番号"),
        ("1970-01-02", "1970-02-30", "CSV-11", "生年月日"),
        ("2020-04-01", "R0.4.1", "CSV-11", "資格取得日"),
        ("1970-01-02", "2021-01-01", "CSV-14", "資格取得日"),
        (",1,1,3,", ",9,1,3,", "CSV-12", "性別"),
        (",1,1,3,", ",1,9,3,", "CSV-12", "本人家族区分"),
        (",1,1,3,", ",1,1,4,", "CSV-12", "負担割合"),
        ("1234567", "", "CSV-09", "番号"),
        (",01,", ",1A,", "CSV-13", "枝番"),
        ("𠮷田　一郎", " ", "CSV-09", "氏名"),
        ("𠮷田　一郎", "𠮷田\u{7}", "CSV-13", "氏名"),
        (",1,1,3,", ",1,3,", "CSV-08", ""),
    ] {
        let text = file(&[ROW, &ROW.replace(right, wrong).replace("架空高", "架空")]);
        assert_eq!(problems(text.as_bytes()), only(code, 3, column), "{wrong}");
        let report = read_text(&text).unwrap_err();
        let said = report.problems()[0].wording();
        assert!(said.ja.starts_with("3行目") && said.en.starts_with("line 3"), "{} {}", said.ja, said.en);
    }
}

#[test]
fn one_row_tells_all_its_problems() {
    let row = ROW.replace("370015", "1").replace("1970-01-02", "x").replace(",1,1,3,", ",8,8,8,");
    let codes: Vec<_> = problems(file(&[&row]).as_bytes()).into_iter().map(|(code, ..)| code).collect();
    assert_eq!(codes, ["CSV-10", "CSV-11", "CSV-12", "CSV-12", "CSV-12"]);
}

#[test]
fn the_same_enrolment_twice_is_refused_with_both_lines() {
    let other_writing = ROW.replace("架空高", "架空　高").replace("1234567", "１２３４５６７");
    let report = read_text(&file(&[ROW, &other_writing])).unwrap_err();
    let problem = &report.problems()[0];
    assert_eq!((problem.code.as_str(), problem.line, problem.first_line), ("CSV-15", 3, Some(2)));
}

#[test]
fn an_unclosed_quotation_mark_does_not_swallow_the_file() {
    let open = ROW.replace("𠮷田", "\"𠮷田");
    let rows: Vec<&str> = std::iter::once(open.as_str()).chain(std::iter::repeat_n(ROW, 200)).collect();
    assert_eq!(problems(file(&rows).as_bytes())[0], ("CSV-05", 2, String::new()));
}

#[test]
fn problems_are_counted_beyond_those_that_are_kept() {
    let wrong = ROW.replace("370015", "370016");
    let report = read_text(&file(&vec![wrong.as_str(); 250])).unwrap_err();
    assert_eq!((report.total(), report.problems().len()), (250, 100));
    assert_eq!(report.to_string(), "coverage file refused with 250 problems, first CSV-10 in line 2");
}

#[test]
fn an_individual_number_in_any_cell_refuses_the_file_and_is_never_repeated() {
    // Fictional, with a right check digit.
    for number in ["123456789018", "1234-5678-9018", "１２３４５６７８９０１８"] {
        let in_cell = file(&[&ROW.replace("一郎", number)]);
        let in_unknown = format!("{HEADER},備考\n{ROW},{number}\n");
        let in_header = format!("{HEADER},{number}\n{ROW},\n");
        let surplus = file(&[&format!("{ROW},{number}")]);
        let in_wrong_cell = file(&[&ROW.replace("1970-01-02", number)]);
        for text in [in_cell, in_unknown, in_header, surplus, in_wrong_cell] {
            let report = read_text(&text).unwrap_err();
            assert!(report.problems().iter().any(|problem| problem.code == Code::MyNumber), "{text}");
            for problem in report.problems() {
                let said = problem.wording();
                let everything = format!("{report} {problem:?} {} {} {:?}", said.ja, said.en, problem.found);
                assert!(!crate::folded(&everything).replace('-', "").contains("123456789018"), "{everything}");
            }
        }
    }
}

#[test]
fn a_quotation_is_not_cut_into_an_individual_number() {
    for cell in ["1234\u{7}56789018", "xxxxxxxxxxxxxxxxxxxxxxxxxxxx1234567890180"] {
        let report = read_text(&file(&[&ROW.replace("1970-01-02", cell)])).unwrap_err();
        assert_eq!(report.problems()[0].found, None, "{report}");
    }
}

#[test]
fn a_column_for_the_individual_number_is_refused_even_if_empty() {
    for name in ["個人番号", "マイナンバー", "ﾏｲﾅﾝﾊﾞｰ"] {
        assert_eq!(problems(format!("{HEADER},{name}\n{ROW},\n").as_bytes())[0].0, "CSV-03");
    }
}

#[test]
fn a_missing_glyph_is_a_warning() {
    for placeholder in ["〓田　一郎", "\u{e000}田　一郎"] {
        let file = read_text(&file(&[&ROW.replace("𠮷田　一郎", placeholder)])).unwrap();
        assert_eq!((file.warnings[0].code.as_str(), file.warnings[0].line), ("CSV-W2", 2));
    }
}

#[test]
fn a_character_outside_cp932_is_told_and_not_replaced() {
    assert_eq!(to_cp932(&file(&[ROW])), Err(NotInCp932 { line: 2, character: '𠮷' }));
}

/// From a source that is never whole in memory: what is held is one row, the report, and sixteen bytes a row.
#[test]
fn rows_are_read_as_they_come() {
    const ROWS: usize = 20_000;
    struct Endless {
        header: &'static str,
        row: usize,
        rest: Vec<u8>,
    }
    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            if self.rest.is_empty() && self.row <= ROWS {
                self.rest = match self.row {
                    0 => self.header.as_bytes().to_vec(),
                    row => {
                        format!("370015,{row},架空　一郎,カクウ　イチロウ,1970-01-02,1,1,3,2020-04-01\n").into_bytes()
                    }
                };
                self.row += 1;
            }
            let length = self.rest.len().min(buffer.len());
            buffer[..length].copy_from_slice(&self.rest[..length]);
            self.rest.drain(..length);
            Ok(length)
        }
    }
    let header = "保険者番号,番号,氏名,カナ氏名,生年月日,性別,本人家族区分,負担割合,資格取得日\n";
    let source = Endless { header, row: 0, rest: Vec::new() };
    let mut rows = Rows::new(source, &Limits::default());
    assert_eq!(rows.by_ref().count(), ROWS);
    assert_eq!((rows.encoding(), rows.finish()), (Encoding::Utf8, Ok(Vec::new())));
}

pub(crate) fn coverages() -> impl Strategy<Value = Coverage> {
    let insurer = prop::sample::select(vec!["370015", "06379994", "39372016", "01370014"]);
    let name = prop::sample::select(vec!["𠮷田 一郎", "葛󠄀城　花", "髙橋, \"健\"", "O'Neil \n Ann", "渡邉"]);
    let day = (0_i32..60_000).prop_map(|days| date(1900, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap());
    let days = (day.clone(), 0_i32..9000, prop::option::of(0_i32..9000), prop::option::of(0_i32..9000));
    let codes = (0_usize..3, 1_u8..=3, 0_usize..2, prop::option::of(0_usize..4));
    let texts = (prop::option::of("[架空A-Z0-9]{1,9}"), "[0-9]{1,8}", prop::option::of("[0-9]{2}"));
    (insurer, name, days, codes, texts, prop::option::of("[ァ-ヶ一二三a-z,\"]{1,30}")).prop_map(
        |(
            insurer,
            name,
            (birth, from, lost, until),
            (sex, tenths, relationship, reason),
            (symbol, number, branch),
            text,
        )| {
            let after = |days: i32| birth.checked_add(jiff::Span::new().days(days)).unwrap();
            Coverage {
                insurer: insurer.parse().unwrap(),
                insurer_name: text.clone(),
                symbol,
                number,
                branch,
                relationship: [Relationship::Insured, Relationship::Dependent][relationship],
                insured_name: text.clone(),
                copayment: Copayment::from_tenths(tenths).unwrap(),
                valid_from: after(from),
                lost_on: lost.map(|days| after(from + days)),
                loss_reason: reason.map(|reason| {
                    [LossReason::Death, LossReason::PublicAssistance, LossReason::OtherInsurance, LossReason::Other]
                        [reason]
                }),
                valid_until: until.map(|days| after(from + days)),
                issued_on: None,
                person: crate::Person {
                    name: name.replace('\n', ""),
                    kana: "カナ シメイ".into(),
                    birth,
                    sex: [Sex::Male, Sex::Female, Sex::Unspecified][sex],
                    address: text,
                },
            }
        },
    )
}

proptest! {
    #[test]
    fn what_was_written_is_read_back(mut rows in prop::collection::vec(coverages(), 1..20)) {
        for (place, row) in rows.iter_mut().enumerate() {
            row.number = format!("{place:03}{}", row.number);
        }
        let text = write(&rows);
        prop_assume!(crate::my_number::find(&text).is_none());
        let file = read_text(&text);
        prop_assert!(file.as_ref().is_ok_and(|file| file.rows == rows), "{:?}\n{}", file, text);
    }

    #[test]
    fn a_damaged_file_is_refused_or_survives_writing_and_reading(
        rows in prop::collection::vec(coverages(), 1..4),
        damage in prop::collection::vec((any::<prop::sample::Index>(), "[ -9\u{3099}ァ①か ﷺ\u{3000},\"\r\n一-七]{0,3}"), 1..6),
    ) {
        let mut characters: Vec<String> = write(&rows).chars().map(String::from).collect();
        for (place, text) in damage {
            *place.get_mut(&mut characters) = text;
        }
        if let Ok(file) = read_text(&characters.concat()) {
            let again = read_text(&write(&file.rows));
            prop_assert!(again.is_ok_and(|again| again.rows == file.rows), "{}", characters.concat());
        }
    }

    #[test]
    fn any_bytes_give_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(&bytes, &Limits::default());
    }

    #[test]
    fn any_rows_give_an_answer(rows in "[0-9a一,\"\r\n-]{0,200}") {
        let _ = read_text(&format!("{HEADER}\n{rows}"));
    }
}
