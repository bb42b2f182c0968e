//! Answers of the online eligibility check, brought into the coverage that is held.

use health::Coverage;
use insurer::import::{Kind, NotDone, undo};

use crate::people::{file, yoshida, yoshida_before};
use crate::records::{bring, hanako, held, known, named, taro, wrong};

/// An answer of the online check about a person, with the first day of the coverage.
fn eligibility(of: &Coverage, first_day: &str) -> String {
    let person = &of.person;
    let leaf = |name: &str, text: &str| format!("<{name}>{text}</{name}>");
    let leaves = [
        ("InsurerNumber", format!("{:>8}", of.insurer.to_string())),
        ("InsuredCardSymbol", of.symbol.clone().unwrap()),
        ("InsuredIdentificationNumber", of.number.clone()),
        ("InsuredBranchNumber", of.branch.clone().unwrap()),
        ("PersonalFamilyClassification", "1".to_owned()),
        ("Name", person.name.clone()),
        ("NameKana", person.kana.clone()),
        ("Sex1", person.sex.code().to_owned()),
        ("Birthdate", person.birth.strftime("%Y%m%d").to_string()),
        ("QualificationDate", first_day.to_owned()),
    ];
    let leaves: String = leaves.iter().map(|(name, text)| leaf(name, text)).collect();
    format!(
        "<XmlMsg><MessageHeader><SegmentOfResult>1</SegmentOfResult></MessageHeader><MessageBody>\
         <ProcessingResultStatus>1</ProcessingResultStatus><QualificationValidity>1</QualificationValidity><ResultList>\
         <ResultOfQualificationConfirmation>{leaves}</ResultOfQualificationConfirmation></ResultList></MessageBody></XmlMsg>"
    )
}

#[tokio::test]
async fn an_answer_of_the_online_check_changes_one_person_and_is_part_of_the_coverage() {
    for (_region, app) in known().await {
        let before = held(&app, "coverage").await;
        let more = bring(&app, Kind::Eligibility, eligibility(&yoshida(), "20260401")).await.unwrap();
        assert_eq!((more.rows, more.added, more.changed, more.removed), (1, 1, 0, 0));
        let mended = bring(&app, Kind::Eligibility, eligibility(&yoshida(), "20240401")).await.unwrap();
        assert_eq!((mended.added, mended.changed), (0, 1));
        let between = held(&app, "coverage").await;

        let full = bring(&app, Kind::Coverage, file(&[yoshida(), yoshida_before(), hanako(), taro()])).await.unwrap();
        assert_eq!((full.same_file, full.added, full.changed, full.removed), (false, 0, 1, 1), "it is all there is");
        assert_eq!(held(&app, "coverage").await.len(), before.len());
        let newest = insurer::import::in_force(&app, Kind::Coverage).await.unwrap().unwrap();
        undo(&app, newest.id, "suzuki").await.unwrap();
        assert_eq!(held(&app, "coverage").await, between);
        let former = insurer::import::in_force(&app, Kind::Eligibility).await.unwrap().unwrap();
        assert!(
            matches!(undo(&app, former.id, "suzuki").await, Err(NotDone::NotThere(_))),
            "only the newest of them all"
        );
    }
}

#[tokio::test]
async fn an_answer_that_says_nothing_of_a_coverage_is_refused() {
    for (_region, app) in known().await {
        let good = eligibility(&yoshida(), "20260401");
        let other_name = Coverage { person: named(yoshida(), "ヨシダ").person, ..yoshida() };
        let mut twin = other_name.clone();
        twin.person.name = "𠮷田 二郎".to_owned();
        let validity = |code: &str| {
            good.replace("<QualificationValidity>1", &format!("<QualificationValidity>{code}"))
                .replace("ResultList>", "Other>")
        };
        for (text, code) in [
            (validity("4"), "OQS-02"),
            (validity("5"), "OQS-02"),
            (good.replace("<SegmentOfResult>1", "<SegmentOfResult>2"), "OQS-02"),
            (good.replace("<Birthdate>19700506</Birthdate>", ""), "OQS-01"),
            (good.replace("  370015", "06379994"), "CSV-19"),
            (good.replace("SegmentOfResult", "Segment"), "XML-02"),
            (eligibility(&twin, "20260401"), "MEM-02"),
        ] {
            let refused = bring(&app, Kind::Eligibility, text).await.unwrap_err();
            assert_eq!(wrong(&refused)[0].0, code);
        }
    }
}
