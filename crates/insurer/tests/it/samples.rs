//! Files that others wrote, brought into a node as a clerk would. They are not part of this repository: `SSC_SAMPLES` names their
//! folder, with `kenshin`, `myna` and `oqs` in it. Each is taken, or refused with a report that can be acted on.

use std::path::PathBuf;

use axum::body::Bytes;
use health::Coverage;
use insurer::App;
use insurer::import::{Kind, coverage, take};

use crate::people::{file, yoshida};
use crate::region::regions;

/// Whom the samples speak of, as the insurer's ledger would have them: the same numbers are of another person in check-ups.
fn insured(birth: &str) -> Vec<u8> {
    let mut row = Coverage { symbol: Some("香国".to_owned()), number: "1234567".to_owned(), ..yoshida() };
    row.person.name = "讃岐　太郎".to_owned();
    row.person.kana = "サヌキ　タロウ".to_owned();
    row.person.birth = birth.parse().unwrap();
    file(&[row])
}

async fn told(app: &App, kind: Kind, bytes: Vec<u8>) -> Vec<String> {
    match take(app, kind, Bytes::from(bytes), "sato").await {
        Ok(taken) => {
            println!("  taken: {} rows, {} new, {} changed", taken.rows, taken.added, taken.changed);
            Vec::new()
        }
        Err(refused) => {
            let (remarks, total) = refused.remarks();
            println!("  refused with {total}:");
            remarks.iter().take(3).for_each(|remark| println!("    {} {}", remark.code, remark.ja));
            remarks.into_iter().map(|remark| remark.code).collect()
        }
    }
}

#[tokio::test]
async fn every_file_of_others_is_taken_or_refused_with_a_report() {
    let Some(folder) = std::env::var_os("SSC_SAMPLES").map(PathBuf::from).filter(|folder| folder.is_dir()) else {
        return println!("not read: SSC_SAMPLES does not name the folder of the examples");
    };
    for region in regions().await {
        let app = region.app().await;
        coverage(&app, &insured("1960-05-01")).await.unwrap();
        let files = [
            (Kind::Checkups, "kenshin/hc08_synthetic.xml", None),
            (Kind::Checkups, "kenshin/sample001-1-2024.csv", Some("CSV-10")),
            (Kind::Checkups, "kenshin/sample002-1-2024.csv", Some("CSV-06")),
            (Kind::Checkups, "kenshin/sample003-1-2024.csv", Some("CSV-06")),
            (Kind::Eligibility, "oqs/OQSsiquc01res_kokuho70_valid_utf8.xml", None),
            (Kind::Eligibility, "oqs/OQSsiquc01res_kokuho70_valid_sjis.xml", None),
            (Kind::Eligibility, "oqs/OQSsiquc01res_lost_validity3.xml", Some("OQS-01")),
            (Kind::Eligibility, "oqs/OQSsiquc01res_kouki_valid.xml", Some("CSV-19")),
            (Kind::Eligibility, "oqs/OQSsiquc01res_face_kenpo_family_20261120093012.xml", Some("CSV-19")),
            (Kind::Eligibility, "oqs/OQSsiquc01res_face_sample.xml", Some("OQS-01")),
            (Kind::Eligibility, "oqs/OQSsiquc01res_none_validity4.xml", Some("OQS-02")),
            (Kind::Eligibility, "oqs/OQSsiquc01res_error_header9.xml", Some("OQS-02")),
            (Kind::Eligibility, "oqs/OQSsiquc01req_20261120093000.xml", Some("XML-02")),
            (Kind::Expenses, "myna/iryohi_tsuchi_utf8bom.csv", Some("MED-03")),
            (Kind::Expenses, "myna/iryohi_tsuchi_cp932.csv", Some("MED-03")),
        ];
        for (kind, name, first) in files {
            if name.contains("utf8.xml") {
                coverage(&app, &insured("1954-05-01")).await.unwrap();
            }
            println!("{name} as {}", kind.as_str());
            let codes = told(&app, kind, std::fs::read(folder.join(name)).unwrap()).await;
            match first {
                None => assert!(codes.is_empty(), "{name}"),
                Some(code) => assert!(codes.iter().any(|one| one == code), "{name}: {codes:?}"),
            }
        }
    }
}
