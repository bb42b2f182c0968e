use proptest::prelude::*;

use super::*;
use crate::text::to_cp932;

/// Every row with its line, and the report.
fn rows(bytes: &[u8], limits: &Limits) -> (Vec<(u64, Vec<String>)>, Report) {
    let mut report = Report::new("file", 100);
    let mut table = Table::new(bytes, limits, Quoting::Spreadsheet);
    let mut rows = Vec::new();
    while let Some((line, record)) = table.next(&mut report) {
        rows.push((line, record.iter().map(str::to_owned).collect()));
    }
    assert!(table.next(&mut report).is_none());
    (rows, report)
}

fn problem(report: &Report) -> (&'static str, u64) {
    assert_eq!(report.total(), 1);
    (report.problems()[0].code.as_str(), report.problems()[0].line)
}

/// Longer than several pieces, with characters of one to four bytes across their ends.
fn long(glyph: char) -> String {
    (0..30_000).map(|row| format!("{row},髙﨑{glyph},ﾀｶ{}\r\n", "x".repeat(row % 7))).collect()
}

#[test]
fn a_long_file_is_the_same_rows_in_both_encodings() {
    let (utf8, report) = rows(long('𠮷').as_bytes(), &Limits::default());
    assert!(report.is_empty() && utf8.len() == 30_000);
    for (place, (line, cells)) in utf8.iter().enumerate() {
        assert_eq!((*line, cells[0].as_str()), (place as u64 + 1, place.to_string().as_str()));
        assert_eq!(cells[1], "髙﨑𠮷");
    }
    let (cp932, report) = rows(&to_cp932(&long('吉')).unwrap(), &Limits::default());
    assert!(report.is_empty());
    assert!(cp932.iter().zip(&utf8).all(|(a, b)| a.0 == b.0 && a.1[2] == b.1[2] && a.1[1] == "髙﨑吉"));
}

#[test]
fn a_broken_byte_far_behind_is_told_by_its_line_and_ends_the_file() {
    let text = long('吉');
    let at = text.match_indices('髙').nth(20_000).unwrap().0;
    let mut broken = text.clone().into_bytes();
    broken[at] = 0xff;
    assert_eq!(problem(&rows(&broken, &Limits::default()).1), ("CSV-02", 20_001));
    let mut broken = to_cp932(&text).unwrap();
    broken.truncate(400_000);
    broken.extend(b"\r\n\x82\r\n1,2\r\n");
    let lines = broken.iter().filter(|byte| **byte == b'\n').count() as u64;
    assert_eq!(problem(&rows(&broken, &Limits::default()).1), ("CSV-02", lines - 1));
}

#[test]
fn a_quotation_mark_that_is_not_closed_costs_no_more_than_a_line() {
    let text = format!("a,b\n\n1,\"2\n{}", long('吉'));
    assert_eq!(problem(&rows(text.as_bytes(), &Limits::default()).1), ("CSV-05", 3));
}

#[test]
fn a_file_beyond_its_limit_is_refused_and_a_workbook_is_named() {
    let limits = Limits { bytes: 100_000, ..Limits::default() };
    assert_eq!(problem(&rows(long('吉').as_bytes(), &limits).1), ("CSV-04", 1));
    assert_eq!(problem(&rows(b"PK\x03\x04 and so on", &limits).1), ("CSV-18", 1));
    assert_eq!(problem(&rows(b"a\0b", &limits).1), ("CSV-18", 1));
}

#[test]
fn every_kind_of_line_end_counts_one_line() {
    let (found, report) = rows(b"a\r\n\r\n\nb\rc\n\"d\ne\"\n , \nf\n\x1a", &Limits::default());
    let lines: Vec<(u64, &str)> = found.iter().map(|(line, cells)| (*line, cells[0].as_str())).collect();
    assert_eq!((lines, report.is_empty()), (vec![(1, "a"), (4, "b"), (5, "c"), (6, "d\ne"), (9, "f")], true));
}

#[test]
fn a_key_met_again_tells_its_first_line() {
    let mut seen = Seen::default();
    assert_eq!((seen.before(&"a", 3), seen.before(&"b", 4), seen.before(&"a", 9)), (None, None, Some(3)));
}

proptest! {
    #[test]
    fn any_bytes_give_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        rows(&bytes, &Limits { line_bytes: 40, ..Limits::default() });
    }

    #[test]
    fn reading_in_small_bites_changes_nothing(text in "[a-c髙𠮷ﾀ,\"\r\n\u{1a}]{0,60}", bite in 1_usize..5) {
        struct Bites<'a>(&'a [u8], usize);
        impl Read for Bites<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                let length = self.1.min(buffer.len());
                self.0.read(&mut buffer[..length])
            }
        }
        let mut report = Report::new("file", 100);
        let mut table = Table::new(Bites(text.as_bytes(), bite), &Limits::default(), Quoting::Spreadsheet);
        let mut found = Vec::new();
        while let Some((line, record)) = table.next(&mut report) {
            found.push((line, record.iter().map(str::to_owned).collect()));
        }
        prop_assert_eq!((found, report), rows(text.as_bytes(), &Limits::default()));
    }
}
