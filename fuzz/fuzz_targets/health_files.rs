//! The other files that insurers have. The first byte says which; whatever the rest holds, the answer is records, or a report that
//! repeats no Individual Number.
#![no_main]

use std::io::Cursor;

use health::checkup::archive::Archive;
use health::checkup::file::Checkups;
use health::checkup::{document, sheet};
use health::expense::{claims, notice};
use health::report::Problem;
use health::{Report, eligibility_xml, my_number, pension_csv};
use jiff::civil::date;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((which, file)) = bytes.split_first() else { return };
    let result = match which {
        b'e' => eligibility_xml::read(file).map(|answer| {
            for certificate in &answer.certificates {
                let _ = certificate.coverage(date(2026, 11, 22));
            }
            answer.warnings
        }),
        b'd' => document::read(file).map(|(_, warnings)| warnings),
        b'z' => Archive::open(Cursor::new(file)).and_then(Archive::finish),
        b'k' => Checkups::open(Cursor::new(file)).and_then(Checkups::finish),
        b's' => sheet::Rows::new(file).finish(),
        b'c' => claims::Claims::new(file).finish(),
        b'n' => notice::read(file).map(|(_, warnings)| warnings),
        b'p' => pension_csv::Rows::new(file).finish(),
        _ => return,
    };
    match result {
        Ok(warnings) => silent(&warnings),
        Err(report) => refused(&report),
    }
});

fn refused(report: &Report) {
    assert!(report.total() >= report.problems().len() && report.total() > 0);
    silent(report.problems());
    silent(report.warnings());
}

fn silent(problems: &[Problem]) {
    assert!(problems.len() <= 100);
    for problem in problems {
        let said = problem.wording();
        assert!(!said.ja.is_empty() && !said.en.is_empty());
        for told in [&problem.file, &problem.column, &problem.found].into_iter().flatten() {
            assert!(!my_number::present(told));
        }
    }
}
