use std::collections::HashSet;

use super::*;

#[test]
fn every_code_is_unique_and_explained_to_operators() {
    let page = include_str!("../../../../docs/operator/errors.md");
    let mut codes = HashSet::new();
    for code in Code::ALL {
        assert!(codes.insert(code.as_str()), "{} is there twice", code.as_str());
        assert!(page.contains(&format!("| {} |", code.as_str())), "{} is not explained", code.as_str());
    }
}

#[test]
fn a_part_keeps_its_count_and_gets_its_file() {
    let mut part = Report::new("part", 1);
    (1..=3).for_each(|line| part.push(Problem::at_line(Code::Date, line)));
    let mut whole = Report::new("whole", 10);
    whole.include(part, "DATA/h1\u{7}.xml");
    assert_eq!((whole.total(), whole.problems().len()), (3, 1));
    assert_eq!(whole.problems()[0].file.as_deref(), Some("DATA/h1.xml"));
    assert_eq!(whole.to_string(), "whole refused with 3 problems, first CSV-11 in line 1");
}

#[test]
fn the_sentence_begins_with_the_place_if_there_is_one() {
    let said = |problem: Problem| (problem.wording().ja, problem.wording().en);
    let date = Code::Date.wording();
    let (ja, en) = said(Problem::at_line(Code::Date, 3).in_column("a/b").in_file("h1.xml").found("x"));
    assert_eq!(ja, format!("h1.xml 3行目「a/b」: {}（「x」）", date.ja));
    assert_eq!(en, format!("h1.xml, line 3, a/b: {} (\"x\")", date.en));
    let archive = Code::NotArchive.wording();
    assert_eq!(said(Problem::of_file(Code::NotArchive)), (archive.ja.clone(), archive.en.clone()));
    assert_eq!(said(Problem::of_file(Code::NotArchive).in_file("a")).0, format!("a: {}", archive.ja));
    assert_eq!(
        Report::of("archive", Problem::of_file(Code::NotArchive)).to_string(),
        "archive refused with 1 problem, first ZIP-01"
    );
}
