use idwsf::dst::{Code, Outcome};
use insurer::import::{LinkProblem, Refused, coverage, links};

use crate::people::{file, link_file, takahashi, yoshida};
use crate::region::{COVERAGE, Region, ask, regions};

async fn outcome(region: &Region, pseudonym: &str) -> Outcome {
    region.ask(&ask(pseudonym, COVERAGE)).await.unwrap().status.outcome
}

#[tokio::test]
async fn a_link_that_is_gone_from_the_file_ends_and_can_begin_again() {
    for mut region in regions().await {
        region.start().await;
        let app = region.app().await;
        let hanako = takahashi("髙橋 花子", "1980-01-02");
        coverage(&app, &file(&[yoshida(), hanako.clone()])).await.unwrap();
        let both = link_file(&[("p1", yoshida()), ("p2", hanako)]);

        assert_eq!(links(&app, &both).await.unwrap().added, 2);
        assert!(links(&app, &both).await.unwrap().same_file);
        assert_eq!(outcome(&region, "p2").await, Outcome::Ok);

        assert_eq!(links(&app, &link_file(&[("p1", yoshida())])).await.unwrap().removed, 1);
        assert_eq!((outcome(&region, "p1").await, outcome(&region, "p2").await), (Outcome::Ok, Outcome::Failed));

        assert_eq!(links(&app, &both).await.unwrap().changed, 1);
        assert_eq!(outcome(&region, "p2").await, Outcome::Ok);
    }
}

#[tokio::test]
async fn a_file_with_a_wrong_line_links_nobody() {
    for mut region in regions().await {
        region.start().await;
        let app = region.app().await;
        coverage(&app, &file(&[yoshida()])).await.unwrap();
        let good = String::from_utf8(link_file(&[("p1", yoshida())])).unwrap();
        for (line, problem) in [
            (",架空12,0012345,01,,", LinkProblem::Pseudonym),
            ("p2,架空12,,01,,", LinkProblem::Number),
            ("p2,架空12,0012345,,,", LinkProblem::Household),
            ("p1,架空12,0012345,01,,", LinkProblem::Twice),
            ("p2,架空12,0012346,01,,", LinkProblem::Stranger),
            ("p2,架空12,123456789018,01,,", LinkProblem::MyNumber),
            ("123456789018,架空12,0012345,01,,", LinkProblem::MyNumber),
            ("p2,架空12,0012345,01,,,1234 5678 9018", LinkProblem::MyNumber),
        ] {
            let refused = links(&app, format!("{good}{line}\r\n").as_bytes()).await.unwrap_err();

            let Refused::Links(report) = refused else { panic!("{refused}") };
            assert_eq!((report.problems, report.total), (vec![(3, problem)], 1), "{line}");
        }
        let answered = region.ask(&ask("p1", COVERAGE)).await.unwrap();
        assert_eq!(answered.status.reasons_of("q0").collect::<Vec<_>>(), [&Code::DOES_NOT_EXIST]);
    }
}

#[tokio::test]
async fn a_person_whose_last_period_is_gone_is_known_with_nothing_to_show() {
    for mut region in regions().await {
        region.start().await;
        let app = region.app().await;
        let hanako = takahashi("髙橋 花子", "1980-01-02");
        coverage(&app, &file(&[yoshida(), hanako])).await.unwrap();
        links(&app, &link_file(&[("p1", yoshida())])).await.unwrap();
        coverage(&app, &file(&[takahashi("髙橋 花子", "1980-01-02")])).await.unwrap();

        let answered = region.ask(&ask("p1", COVERAGE)).await.unwrap();

        assert_eq!((answered.status.outcome, answered.data), (Outcome::Ok, vec![String::new()]));
    }
}

#[tokio::test]
async fn a_missing_column_is_named() {
    for region in regions().await {
        let refused = links(&region.app().await, "仮名,番号\r\np1,0012345\r\n".as_bytes()).await.unwrap_err();

        let Refused::Links(report) = refused else { panic!("{refused}") };
        assert_eq!(report.problems[0], (1, LinkProblem::Column("記号")));
        assert_eq!(report.total, 4);
    }
}

#[tokio::test]
async fn what_is_not_text_is_refused() {
    for region in regions().await {
        let app = region.app().await;

        for junk in [b"\xff\xfe\x00".as_slice(), "仮名,記号,番号,枝番,生年月日,氏名\n\u{1}".as_bytes()] {
            assert!(matches!(links(&app, junk).await, Err(Refused::Links(_))));
        }
    }
}
