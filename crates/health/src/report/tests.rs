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
