use std::io::{Cursor, Write};

use proptest::prelude::*;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

const DOCUMENT: &str = include_str!("../../../tests/files/checkup/document.xml");
const INDEX: &str = r#"<index xmlns="urn:x"><totalRecordCount value="2"/></index>"#;

fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn other() -> String {
    DOCUMENT.replace("<name>カクウイチロウ", "<name>カクウジロウ").replace("７６５４３２１", "7654322")
}

fn sound() -> Vec<(&'static str, String)> {
    vec![
        ("3710199997_00370015_202607150_1/ix08_V08.xml", INDEX.to_owned()),
        ("3710199997_00370015_202607150_1/su08_V08.xml", "<summary/>".to_owned()),
        ("3710199997_00370015_202607150_1/DATA/h371019999720260701000001.xml", DOCUMENT.to_owned()),
        ("3710199997_00370015_202607150_1/DATA/h371019999720260701000002.xml", other()),
        ("3710199997_00370015_202607150_1/XSD/hc08_V08.xsd", "not read".to_owned()),
        ("3710199997_00370015_202607150_1/CLAIMS/c371019999720260701000001.xml", "not read".to_owned()),
    ]
}

fn read(files: &[(&'static str, String)]) -> (usize, Result<Vec<Problem>, Report>) {
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    match Archive::open(Cursor::new(archive(&files))) {
        Ok(mut archive) => (archive.by_ref().count(), archive.finish()),
        Err(report) => (0, Err(report)),
    }
}

fn codes(result: Result<Vec<Problem>, Report>) -> Vec<&'static str> {
    result.unwrap_err().problems().iter().map(|problem| problem.code.as_str()).collect()
}

#[test]
fn every_document_of_an_archive_is_read() {
    let (count, result) = read(&sound());
    assert_eq!((count, result.unwrap().len()), (2, 0));
    let bare: Vec<_> = sound().into_iter().map(|(name, text)| (name.split_once('/').unwrap().1, text)).collect();
    assert_eq!(read(&bare).0, 2, "packed without the folder");
}

#[test]
fn a_problem_names_its_file_line_and_element() {
    let mut files = sound();
    files[3].1 = files[3].1.replace("19600310", "19600230");
    let (count, result) = read(&files);
    let report = result.unwrap_err();
    let problem = &report.problems()[0];
    assert_eq!((count, report.total(), problem.code), (1, 1, Code::Date));
    assert_eq!(problem.file.as_deref(), Some(files[3].0));
    assert!(
        problem
            .wording()
            .ja
            .contains("h371019999720260701000002.xml 18行目「recordTarget/patientRole/patient/birthTime」")
    );
}

#[test]
fn the_same_person_on_the_same_day_is_refused() {
    let mut files = sound();
    files[3].1 = DOCUMENT.to_owned();
    assert_eq!(codes(read(&files).1), ["KEN-06"]);
}

#[test]
fn another_count_than_announced_is_a_warning() {
    let mut files = sound();
    files.remove(3);
    let (count, result) = read(&files);
    let warnings = result.unwrap();
    assert_eq!((count, warnings[0].code, warnings[0].found.as_deref()), (1, Code::ArchiveCount, Some("2/1")));
}

#[test]
fn what_is_missing_is_named() {
    assert_eq!(codes(read(&sound()[2..3]).1), ["ZIP-04", "ZIP-04"]);
    assert_eq!(codes(read(&sound()[..2]).1), ["ZIP-04"]);
    assert_eq!(Archive::open(Cursor::new(b"no archive")).err().unwrap().problems()[0].code, Code::NotArchive);
}

#[test]
fn what_is_not_read_is_told_and_searched_for_individual_numbers() {
    let mut files = sound();
    files.push(("3710199997_00370015_202607150_1/DATA/g371019999720260701000003.xml", "<guidance/>".to_owned()));
    files.push(("3710199997_00370015_202607150_1/readme.txt", "よろしく".to_owned()));
    let (count, result) = read(&files);
    let codes_of = |problems: &[Problem]| problems.iter().map(|problem| problem.code.as_str()).collect::<Vec<_>>();
    assert_eq!((count, codes_of(&result.unwrap())), (2, vec!["ZIP-W2", "ZIP-W2"]));
    for (place, text) in [
        (5, "<claim note='123456789018'/>"),
        (7, "マイナンバーは1234-5678-9018です"),
        (1, "<summary>123456789018</summary>"),
    ] {
        let mut files = files.clone();
        files[place].1 = text.to_owned();
        let report = read(&files).1.unwrap_err();
        assert_eq!(
            (codes_of(report.problems()), report.problems()[0].file.as_deref()),
            (vec!["CSV-03"], Some(files[place].0))
        );
    }
    files[7].0 = "3710199997_00370015_202607150_1/123456789018.txt";
    assert_eq!(codes(read(&files).1), ["CSV-03"]);
}

#[test]
fn a_name_that_leads_out_is_refused() {
    for name in ["../DATA/h1.xml", "/etc/DATA/h1.xml", "a\\..\\..\\h1.xml", "C:\\DATA\\h1.xml", "a/./../h.xml"] {
        let mut files = sound();
        files.push((name, DOCUMENT.to_owned()));
        assert_eq!(codes(read(&files).1), ["ZIP-03"], "{name}");
    }
}

#[test]
fn a_file_that_unpacks_to_more_than_a_document_is_refused() {
    let mut files = sound();
    files[3].1 = " ".repeat(document::BYTES_MAX + 1);
    assert_eq!(codes(read(&files).1), ["ZIP-02"]);
    files[3].1 = " ".repeat(document::BYTES_MAX / 2);
    assert_eq!(codes(read(&files).1), ["ZIP-02"], "packs a thousandfold");
}

#[test]
fn a_list_that_claims_more_files_than_there_can_be_is_refused_before_it_is_believed() {
    let mut bytes = archive(&[("a", "b")]);
    let end = bytes.len() - 22;
    bytes.splice(end..end, b"PK\x06\x07".iter().copied().chain([0; 16]));
    assert_eq!(Archive::open(Cursor::new(bytes)).err().unwrap().problems()[0].code, Code::ArchiveTooLarge);
}

#[test]
fn a_damaged_file_is_told() {
    let files: Vec<(&str, String)> = sound();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let mut bytes = archive(&files);
    let at =
        bytes.windows(13).position(|part| part == b"01000001.xml\xed" || part.starts_with(b"01000001.xml")).unwrap();
    for byte in &mut bytes[at + 300..at + 320] {
        *byte ^= 0xff;
    }
    let mut archive = Archive::open(Cursor::new(bytes)).unwrap();
    assert_eq!(archive.by_ref().count(), 1);
    assert!(archive.finish().is_err());
}

proptest! {
    #[test]
    fn a_damaged_archive_gives_an_answer(damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let files: Vec<(&str, String)> = sound();
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let mut bytes = archive(&files);
        for (at, byte) in damage {
            *at.get_mut(&mut bytes) = byte;
        }
        if let Ok(archive) = Archive::open(Cursor::new(bytes)) {
            let _ = archive.finish();
        }
    }
}
