//! Check-ups, expenses and pensions: whose they are, what a file adds and replaces, and how it is taken back.

use std::io::{Cursor, Write};

use axum::body::Bytes;
use db::params;
use health::Coverage;
use insurer::App;
use insurer::import::{
    Import, Imported, Kind, Looked, Measure, NotDone, Refused, apply, coverage, preview, take, undo,
};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::people::{file, takahashi, yoshida, yoshida_before};
use crate::region::{Region, regions};

/// A node that knows one person with a branch number, and two of one household without.
pub(crate) async fn known() -> Vec<(Region, App)> {
    let mut all = Vec::new();
    for region in regions().await {
        let app = region.app().await;
        coverage(&app, &file(&[yoshida(), yoshida_before(), hanako(), taro()])).await.unwrap();
        all.push((region, app));
    }
    all
}

pub(crate) fn hanako() -> Coverage {
    named(takahashi("髙橋 花子", "1980-01-02"), "タカハシ ハナコ")
}

pub(crate) fn taro() -> Coverage {
    named(takahashi("髙橋 太郎", "1979-12-31"), "タカハシ タロウ")
}

pub(crate) fn named(mut row: Coverage, kana: &str) -> Coverage {
    row.person.kana = kana.to_owned();
    row
}

/// A row of a check-up table: whose, which day, which height.
pub(crate) fn table(rows: &[(&Coverage, &str, &str)]) -> Vec<u8> {
    let mut text =
        "保険者番号,記号,番号,枝番,氏名,生年月日,性別,実施年月日,健診機関番号,9N001000000000001\r\n".to_owned();
    for (of, day, height) in rows {
        let (symbol, branch) = (of.symbol.as_deref().unwrap_or_default(), of.branch.as_deref().unwrap_or_default());
        let (person, sex) = (&of.person, of.person.sex.code());
        let numbers = format!("{},{symbol},{},{branch}", of.insurer.padded(), of.number);
        text += &format!("{numbers},{},{},{sex},{day},3710199997,{height}\r\n", person.kana, person.birth);
    }
    text.into_bytes()
}

/// One document about somebody.
fn document(of: &Coverage) -> String {
    const SAMPLE: &str = include_str!("../../../health/tests/files/checkup/document.xml");
    let birth = of.person.birth.strftime("%Y%m%d").to_string();
    SAMPLE
        .replace("\"架空国\"", &format!("\"{}\"", of.symbol.as_deref().unwrap()))
        .replace("７６５４３２１", &of.number)
        .replace("カクウイチロウ", &of.person.kana.replace(' ', ""))
        .replace("19600310", &birth)
}

fn archive(documents: &[String]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, text: &str| {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    };
    let count = documents.len();
    add("a/ix08_V08.xml", &format!(r#"<index xmlns="urn:x"><totalRecordCount value="{count}"/></index>"#));
    add("a/su08_V08.xml", "<summary/>");
    for (place, text) in documents.iter().enumerate() {
        add(&format!("a/DATA/h37101999972026070100000{place}.xml"), text);
    }
    zip.finish().unwrap().into_inner()
}

/// A notice of these treatments: month, institution, yen.
pub(crate) fn notice(of: &Coverage, details: &[(&str, &str, u32)]) -> String {
    let (symbol, branch) = (of.symbol.as_deref().unwrap_or_default(), of.branch.as_deref().unwrap_or_default());
    let mut text = format!(
        "資格情報\n氏名,{}\n保険者番号,{}\n記号,{symbol}\n番号,{}\n枝番,{branch}\n生年月日,{}\n医療費情報明細\n",
        of.person.name, of.insurer, of.number, of.person.birth
    );
    for (month, place, yen) in details {
        text += &format!("診療年月,{month}\n診療区分,医科外来\n日数,1\n医療機関等名称,{place}\n");
        text += &format!("医療費の総額（円）,{yen}\n窓口相当負担額（円）,{}\n", yen * 3 / 10);
    }
    text
}

/// One claim of 1,234 points.
fn claims(of: &Coverage, insurer: &str) -> Vec<u8> {
    let birth = of.person.birth.strftime("%Y%m%d");
    let mut claim = vec![String::new(); 38];
    for (place, cell) in [
        (1, "RE".to_owned()),
        (2, "1".to_owned()),
        (3, "1112".to_owned()),
        (4, "202606".to_owned()),
        (5, of.person.name.clone()),
        (6, of.person.sex.code().to_owned()),
        (7, birth.to_string()),
        (37, of.person.kana.clone()),
    ] {
        claim[place - 1] = cell;
    }
    let (symbol, branch) = (of.symbol.as_deref().unwrap(), of.branch.as_deref().unwrap_or_default());
    let text = format!(
        "IR,2,37,1,0199997,,架空内科クリニック,202607,00,087-000-0000\r\n{}\r\n\
         HO,{insurer},{symbol},{},2,1234,,,,,,3700,,,\r\nSN,1,01,,,,{branch}\r\nGO,1,1234,99\r\n",
        claim.join(","),
        of.number
    );
    text.into_bytes()
}

pub(crate) fn pensions(rows: &[(&Coverage, u32)]) -> Vec<u8> {
    let mut text = "ダミーデータ,氏名,カナ氏名,生年月日,作成年月日,国民年金納付済月数\r\n".to_owned();
    for (of, months) in rows {
        let person = &of.person;
        text += &format!("1,{},{},{},2026-04-01,{months}\r\n", person.name, person.kana, person.birth);
    }
    text.into_bytes()
}

pub(crate) async fn bring(app: &App, kind: Kind, bytes: impl Into<Bytes>) -> Result<Imported, Refused> {
    take(app, kind, bytes.into(), "sato").await
}

async fn look(app: &App, kind: Kind, bytes: impl Into<Bytes>) -> Import {
    match preview(app, kind, bytes.into(), "sato").await.unwrap() {
        Looked::Pending { import, .. } => import,
        Looked::Same(_) => panic!("the same file"),
    }
}

/// Code and line of each thing that is wrong.
pub(crate) fn wrong(refused: &Refused) -> Vec<(&'static str, u64)> {
    let Refused::File(report) = refused else { panic!("{refused}") };
    report.problems().iter().map(|problem| (problem.code.as_str(), problem.line)).collect()
}

/// Everything that a table holds.
pub(crate) async fn held(app: &App, table: &str) -> Vec<Vec<u8>> {
    let sql: &'static str = format!("SELECT * FROM {table} ORDER BY {table}_id").leak();
    let mut found = Vec::new();
    for row in app.database().fetch_all(sql, params![]).await.unwrap() {
        for column in [format!("{table}_id"), "member_id".to_owned(), "digest".to_owned(), "record".to_owned()] {
            found.push(row.get(column.leak()).unwrap());
        }
    }
    found
}

#[tokio::test]
async fn check_ups_are_taken_as_an_archive_as_a_document_and_as_a_table() {
    for (_region, app) in known().await {
        let zip = bring(&app, Kind::Checkups, archive(&[document(&yoshida())])).await.unwrap();
        assert_eq!((zip.rows, zip.added, zip.changed, zip.removed), (1, 1, 0, 0));

        let alone = bring(&app, Kind::Checkups, document(&yoshida())).await.unwrap();
        assert_eq!((alone.same_file, alone.rows, alone.added, alone.changed), (false, 1, 0, 0), "the same check-up");

        let table = table(&[(&yoshida(), "2025-06-30", "171.4"), (&hanako(), "2026-06-01", "158.0")]);
        let table = bring(&app, Kind::Checkups, table).await.unwrap();
        assert_eq!((table.rows, table.added, table.changed, table.removed), (2, 2, 0, 0), "others stay");
        assert_eq!(held(&app, "checkup").await.len(), 3 * 4);
    }
}

#[tokio::test]
async fn the_same_person_day_and_institution_is_replaced_and_comes_back() {
    for (_region, app) in known().await {
        let (first, second) = ("2025-06-30", "2026-06-30");
        let rows = [(&yoshida(), first, "171.4"), (&yoshida(), second, "171.5"), (&taro(), second, "180.0")];
        bring(&app, Kind::Checkups, table(&rows)).await.unwrap();
        let before = held(&app, "checkup").await;

        let again = bring(&app, Kind::Checkups, table(&[(&yoshida(), second, "171.9")])).await.unwrap();
        assert_eq!((again.added, again.changed, again.removed), (0, 1, 0));
        assert_ne!(held(&app, "checkup").await, before);
        let same = bring(&app, Kind::Checkups, table(&[(&yoshida(), second, "171.9")])).await.unwrap();
        assert!(same.same_file);

        let newest = insurer::import::in_force(&app, Kind::Checkups).await.unwrap().unwrap();
        undo(&app, newest.id, "suzuki").await.unwrap();
        assert_eq!(held(&app, "checkup").await, before);
        assert!(matches!(undo(&app, newest.id, "suzuki").await, Err(NotDone::NotThere(_))), "once");
    }
}

#[tokio::test]
async fn a_row_of_nobody_who_is_insured_here_refuses_the_file() {
    for (region, app) in known().await {
        let day = "2026-06-30";
        let kept = || std::fs::read_dir(&region.config.raw_files).unwrap().count();
        let before = kept();
        let stranger = Coverage { number: "7777777".to_owned(), ..yoshida() };
        let twin = Coverage { branch: Some("02".to_owned()), ..yoshida() };
        let mut other_birth = yoshida();
        other_birth.person.birth = "1970-05-07".parse().unwrap();
        let other_name = named(yoshida(), "ヨシダ ジロウ");
        let elsewhere = Coverage { insurer: "06379994".parse().unwrap(), ..yoshida() };
        let rows = [&yoshida(), &stranger, &twin, &other_birth, &other_name, &elsewhere, &hanako()];
        let rows: Vec<_> = rows.into_iter().map(|of| (of, day, "170.0")).collect();

        let refused = bring(&app, Kind::Checkups, table(&rows)).await.unwrap_err();

        let expected = [("MEM-01", 3), ("MEM-01", 4), ("MEM-02", 5), ("MEM-02", 6), ("CSV-19", 7)];
        assert_eq!(wrong(&refused), expected);
        assert_eq!((held(&app, "checkup").await.len(), kept()), (0, before));
    }
}

#[tokio::test]
async fn small_kana_and_spaces_do_not_make_another_person() {
    for region in regions().await {
        let app = region.app().await;
        let ryo = named(yoshida(), "ヨシダ　リョウ");
        coverage(&app, &file(&[ryo])).await.unwrap();
        for kana in ["ヨシダリヨウ", "ﾖｼﾀﾞ ﾘｮｳ", "よしだ・りょう"] {
            let of = named(yoshida(), kana);
            bring(&app, Kind::Checkups, table(&[(&of, "2026-06-30", "170.0")])).await.unwrap();
        }
        assert_eq!(held(&app, "checkup").await.len(), 4, "all three are one");
    }
}

#[tokio::test]
async fn two_of_one_household_who_cannot_be_told_apart_are_not_guessed() {
    for region in regions().await {
        let app = region.app().await;
        let first = Coverage { branch: Some("01".to_owned()), ..hanako() };
        let second = Coverage { branch: Some("02".to_owned()), ..hanako() };
        coverage(&app, &file(&[first.clone(), second])).await.unwrap();

        let refused = bring(&app, Kind::Checkups, table(&[(&hanako(), "2026-06-30", "170.0")])).await.unwrap_err();
        assert_eq!(wrong(&refused), [("MEM-03", 2)]);
        bring(&app, Kind::Checkups, table(&[(&first, "2026-06-30", "170.0")])).await.unwrap();
        let dummy = bring(&app, Kind::Pension, pensions(&[(&hanako(), 10)])).await.unwrap_err();
        assert_eq!(wrong(&dummy), [("MEM-03", 2)]);
    }
}

#[tokio::test]
async fn claims_and_a_notice_of_the_same_treatment_are_one() {
    for (_region, app) in known().await {
        let taken = bring(&app, Kind::Expenses, claims(&yoshida(), "370015")).await.unwrap();
        assert_eq!((taken.rows, taken.added), (1, 1));

        let place = "架空内科クリニック";
        let details = [("2026年6月", place, 12_340), ("2026年7月", place, 5_000), ("2026年7月", place, 6_000)];
        let taken = bring(&app, Kind::Expenses, notice(&yoshida(), &details)).await.unwrap();
        assert_eq!((taken.rows, taken.added, taken.changed), (3, 2, 1), "two of one month are two");

        let both = notice(&yoshida(), &details[..1]) + &notice(&hanako(), &[("2026年8月", place, 100)]);
        let taken = bring(&app, Kind::Expenses, both).await.unwrap();
        assert_eq!((taken.rows, taken.added, taken.changed), (2, 1, 0), "a file may have several persons");

        let refused = bring(&app, Kind::Expenses, claims(&yoshida(), "06379994")).await.unwrap_err();
        assert_eq!(wrong(&refused), [("CSV-19", 2)]);
        let nameless = include_bytes!("../../../health/tests/files/expense/notice.csv");
        let refused = bring(&app, Kind::Expenses, nameless.as_slice()).await.unwrap_err();
        assert_eq!(wrong(&refused), [("MED-03", 14), ("MED-03", 22)]);
        assert_eq!(held(&app, "expense").await.len(), 4 * 4);
    }
}

#[tokio::test]
async fn pensions_are_all_there_are() {
    for (_region, app) in known().await {
        bring(&app, Kind::Pension, pensions(&[(&yoshida(), 100), (&hanako(), 40)])).await.unwrap();
        let before = held(&app, "pension").await;

        let next = bring(&app, Kind::Pension, pensions(&[(&yoshida(), 101)])).await.unwrap();
        assert_eq!((next.added, next.changed, next.removed), (0, 1, 1));
        let newest = insurer::import::in_force(&app, Kind::Pension).await.unwrap().unwrap();
        undo(&app, newest.id, "suzuki").await.unwrap();
        assert_eq!(held(&app, "pension").await, before);

        let stranger = Coverage { person: named(yoshida(), "ベツ ジン").person, ..yoshida() };
        let refused = bring(&app, Kind::Pension, pensions(&[(&stranger, 1)])).await.unwrap_err();
        assert_eq!(wrong(&refused), [("MEM-01", 2)]);
    }
}

#[tokio::test]
async fn a_file_of_records_that_is_no_such_file_is_refused_by_name() {
    for (region, app) in known().await {
        let kept = || std::fs::read_dir(&region.config.raw_files).unwrap().count();
        let before = kept();
        let number = String::from_utf8(table(&[(&yoshida(), "2026-06-30", "170.0")])).unwrap() + "123456789018";
        let damaged = document(&yoshida()).replace("171.5", "tall");
        for (kind, bytes, code) in [
            (Kind::Checkups, Vec::new(), "CSV-01"),
            (Kind::Checkups, b"PK\x03\x04".to_vec(), "ZIP-01"),
            (Kind::Checkups, archive(&[]), "ZIP-04"),
            (Kind::Checkups, archive(std::slice::from_ref(&damaged)), "KEN-03"),
            (Kind::Checkups, b"<XmlMsg/>".to_vec(), "XML-02"),
            (Kind::Checkups, number.into_bytes(), "CSV-03"),
            (Kind::Checkups, file(&[yoshida()]), "CSV-07"),
            (Kind::Expenses, b"IR,2,37,1,0199997,,x,202607,00,\r\n".to_vec(), "UKE-04"),
            (Kind::Expenses, b"a,b\n1,2\n".to_vec(), "MED-02"),
            (Kind::Pension, pensions(&[]), "CSV-16"),
            (Kind::Pension, file(&[yoshida()]), "CSV-06"),
        ] {
            let refused = bring(&app, kind, bytes).await.unwrap_err();
            assert_eq!(wrong(&refused).first().map(|(code, _)| *code), Some(code), "{refused}");
            assert!(refused.remarks().0.iter().all(|remark| !remark.ja.is_empty() && !remark.en.is_empty()));
        }
        assert_eq!(kept(), before, "nothing is kept of them");
    }
}

#[tokio::test]
async fn a_file_that_rewrites_what_was_known_needs_a_second_person() {
    for region in regions().await {
        let app = region.app().await;
        let many: Vec<Coverage> = (0..60).map(|n| Coverage { number: format!("{n:07}"), ..yoshida() }).collect();
        coverage(&app, &file(&many)).await.unwrap();
        let with = |height: &'static str, count: usize| -> Vec<u8> {
            table(&many.iter().take(count).map(|of| (of, "2026-06-30", height)).collect::<Vec<_>>())
        };
        bring(&app, Kind::Checkups, with("170.0", 60)).await.unwrap();

        let rewritten = look(&app, Kind::Checkups, with("171.0", 60)).await;
        let measures: Vec<Measure> = rewritten.drift.iter().map(|drift| drift.measure).collect();
        assert_eq!((measures, rewritten.changed), (vec![Measure::Replaced], 60));
        assert!(matches!(apply(&app, rewritten.id, "sato").await, Err(NotDone::SecondPerson(_))));
        apply(&app, rewritten.id, "suzuki").await.unwrap();

        let short = look(&app, Kind::Checkups, with("171.0", 20)).await;
        assert_eq!((short.drift[0].measure, short.removed), (Measure::Rows, 0));
    }
}
