//! The file an insurer sends: whatever it holds, the answer is rows that can be written and read again, or a report that
//! repeats no Individual Number.
#![no_main]

use health::coverage_csv::{Limits, parse, write};
use health::{eligibility, my_number};
use jiff::civil::date;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match parse(bytes, &Limits::default()) {
        Ok(file) => {
            let text = write(&file.rows);
            let again = parse(text.as_bytes(), &Limits::default()).expect("what we write we accept");
            assert!(again.rows == file.rows, "writing and reading loses nothing");
            eligibility::on(&file.rows, date(2026, 11, 22));
        }
        Err(report) => {
            assert!(report.total() >= report.problems().len() && report.total() > 0);
            for problem in report.problems() {
                let said = problem.wording();
                assert!(!problem.column.as_deref().is_some_and(my_number::present));
                assert!(!problem.found.as_deref().is_some_and(my_number::present));
                assert!(!said.ja.is_empty() && !said.en.is_empty());
            }
        }
    }
});
