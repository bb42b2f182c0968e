//! Files that others wrote, read as an insurer's clerk would have them read. They are not part of this repository: `SSC_SAMPLES` names
//! their folder, with `oqs`, `kenshin` and `myna` in it. Each is read, or refused with a report that can be acted on.

#![cfg(test)]

use std::path::{Path, PathBuf};
use std::process::Command;

use health::Report;
use health::checkup::{document, sheet};
use health::eligibility_xml::{self, Standing, Verdict};
use health::expense::notice;
use health::report::Problem;

/// The folder of the examples, if the environment names it.
fn folder(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("SSC_SAMPLES").map(|samples| PathBuf::from(samples).join(name));
    let folder = folder.filter(|folder| folder.is_dir());
    if folder.is_none() {
        println!("not read: SSC_SAMPLES does not name the folder of the {name} examples");
    }
    folder
}

fn codes(report: &Report) -> Vec<&'static str> {
    let mut codes: Vec<_> = report.problems().iter().map(|problem| problem.code.as_str()).collect();
    codes.dedup();
    codes
}

/// What the clerk would read.
fn said(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("{} {}\n", problem.code.as_str(), problem.wording().ja)).collect()
}

#[test]
fn every_answer_of_the_eligibility_check_is_read() {
    let Some(folder) = folder("oqs") else { return };
    for (name, verdict, standing) in [
        ("error_header9", Verdict::Failed, Standing::Unconfirmed),
        ("face_kenpo_family_20261120093012", Verdict::Valid, Standing::Confirmed),
        ("face_sample", Verdict::Valid, Standing::Confirmed),
        ("kokuho70_valid_sjis", Verdict::Valid, Standing::Confirmed),
        ("kokuho70_valid_utf8", Verdict::Valid, Standing::Confirmed),
        ("kouki_valid", Verdict::Valid, Standing::Confirmed),
        ("lost_validity3", Verdict::Replaced, Standing::Ended),
        ("none_validity4", Verdict::NoRecord, Standing::Unconfirmed),
    ] {
        let bytes = std::fs::read(folder.join(format!("OQSsiquc01res_{name}.xml"))).unwrap();
        let answer = eligibility_xml::read(&bytes).unwrap();
        assert_eq!((answer.verdict, answer.verdict.standing()), (verdict, standing), "{name}");
        println!(
            "{name}: {:?}, {} certificates\n{}",
            answer.verdict,
            answer.certificates.len(),
            said(&answer.warnings)
        );
    }
    let question = std::fs::read(folder.join("OQSsiquc01req_20261120093000.xml")).unwrap();
    assert_eq!(codes(&eligibility_xml::read(&question).unwrap_err()), ["XML-02"]);
}

#[test]
fn the_check_up_document_is_read() {
    let Some(folder) = folder("kenshin") else { return };
    let (checkup, warnings) = document::read(&std::fs::read(folder.join("hc08_synthetic.xml")).unwrap()).unwrap();
    println!("{} items\n{}", checkup.items.len(), said(&warnings));
    assert!(checkup.items.len() > 50 && warnings.iter().all(|warning| warning.code.as_str() == "INS-W1"));
}

#[test]
fn the_tables_of_the_converter_are_refused_by_line_and_column() {
    let Some(folder) = folder("kenshin") else { return };
    for (name, code) in [("sample001", "CSV-10"), ("sample002", "CSV-06"), ("sample003", "CSV-06")] {
        let bytes = std::fs::read(folder.join(format!("{name}-1-2024.csv"))).unwrap();
        let report = sheet::Rows::new(bytes.as_slice()).finish().unwrap_err();
        println!("{name}: {report}\n{}", said(report.problems()));
        assert!(codes(&report).contains(&code), "{name}");
    }
}

#[test]
fn both_notices_are_read_and_say_the_same() {
    let Some(folder) = folder("myna") else { return };
    let [cp932, utf8] = ["iryohi_tsuchi_cp932.csv", "iryohi_tsuchi_utf8bom.csv"].map(|name| {
        let (details, warnings) = notice::read(std::fs::read(folder.join(name)).unwrap().as_slice()).unwrap();
        assert!(warnings.is_empty());
        details
    });
    assert!(cp932 == utf8 && cp932.len() == 3);
}

/// The published schema judges our own example: what this crate reads is what others accept.
#[test]
fn our_own_document_is_valid_by_the_published_schema() {
    let Some(schema) = folder("kenshin").map(|folder| folder.join("xsd-2024/hc08_V08.xsd")) else { return };
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/checkup/document.xml");
    let Ok(judge) = Command::new("xmllint").args(["--noout", "--nonet", "--schema"]).args([schema, own]).output()
    else {
        return println!("not judged: xmllint is not installed");
    };
    assert!(judge.status.success(), "{}", String::from_utf8_lossy(&judge.stderr));
}
