use db::params;
use health::Coverage;
use health::coverage_csv::Code;
use insurer::App;
use insurer::import::{Refused, coverage, links};

use crate::people::{file, link_file, takahashi, yoshida, yoshida_before};
use crate::region::regions;

async fn rows(app: &App, sql: &'static str) -> i64 {
    app.database().fetch_one(sql, params![]).await.unwrap().get("n").unwrap()
}

async fn periods(app: &App) -> i64 {
    rows(app, "SELECT count(*) AS n FROM coverage").await
}

#[tokio::test]
async fn the_same_file_twice_changes_nothing() {
    for region in regions().await {
        let app = region.app().await;
        let bytes = file(&[yoshida(), yoshida_before()]);

        let first = coverage(&app, &bytes).await.unwrap();
        let again = coverage(&app, &bytes).await.unwrap();

        assert_eq!((first.same_file, first.rows, first.added), (false, 2, 2));
        assert_eq!((again.same_file, again.added, again.changed, again.removed), (true, 0, 0, 0));
        assert_eq!(periods(&app).await, 2);
        assert_eq!(rows(&app, "SELECT count(*) AS n FROM import").await, 1);
        assert_eq!(rows(&app, "SELECT count(*) AS n FROM member").await, 1);
    }
}

#[tokio::test]
async fn a_new_extract_changes_adds_and_removes() {
    for region in regions().await {
        let app = region.app().await;
        coverage(&app, &file(&[yoshida(), yoshida_before()])).await.unwrap();
        let ended = Coverage { lost_on: Some("2026-10-01".parse().unwrap()), ..yoshida() };

        let second = coverage(&app, &file(&[ended, takahashi("髙橋 花子", "1980-01-02")])).await.unwrap();

        assert_eq!((second.added, second.changed, second.removed), (1, 1, 1));
        assert_eq!(periods(&app).await, 2);
    }
}

#[tokio::test]
async fn a_file_with_one_wrong_row_changes_nothing() {
    for region in regions().await {
        let app = region.app().await;
        coverage(&app, &file(&[yoshida()])).await.unwrap();
        let text = String::from_utf8(file(&[takahashi("髙橋 花子", "1980-01-02"), yoshida_before()])).unwrap();

        let refused = coverage(&app, text.replace("2020-04-01", "きのう").as_bytes()).await.unwrap_err();

        let Refused::File(report) = refused else { panic!("{refused}") };
        assert_eq!((report.total(), report.problems()[0].code, report.problems()[0].line), (1, Code::Date, 3));
        assert_eq!(periods(&app).await, 1);
        assert_eq!(rows(&app, "SELECT count(*) AS n FROM import").await, 1);
        assert_eq!(std::fs::read_dir(&region.config.raw_files).unwrap().count(), 1);
    }
}

#[tokio::test]
async fn rows_of_another_insurer_are_refused() {
    for region in regions().await {
        let app = region.app().await;
        let other = Coverage { insurer: "06379994".parse().unwrap(), ..yoshida_before() };

        let refused = coverage(&app, &file(&[yoshida(), other])).await.unwrap_err();

        assert!(matches!(refused, Refused::OtherInsurer { rows: 1, first_row: 2, .. }));
        assert_eq!(periods(&app).await, 0);
    }
}

#[tokio::test]
async fn a_file_with_an_individual_number_leaves_no_trace() {
    for region in regions().await {
        let app = region.app().await;
        let text = String::from_utf8(file(&[yoshida()])).unwrap().replace("架空１２", "123456789018");

        let refused = coverage(&app, text.as_bytes()).await.unwrap_err();

        let Refused::File(report) = refused else { panic!("{refused}") };
        assert_eq!(report.problems()[0].code, Code::MyNumber);
        assert_eq!(periods(&app).await, 0);
        assert_eq!(std::fs::read_dir(&region.config.raw_files).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn each_file_is_kept_sealed_under_its_digest() {
    for region in regions().await {
        let app = region.app().await;

        let imported = coverage(&app, &file(&[yoshida()])).await.unwrap();

        let linked = links(&app, &link_file(&[("p1", yoshida())])).await.unwrap();

        for name in [imported.sha256, linked.sha256] {
            let kept = std::fs::read(region.config.raw_files.join(format!("{name}.sealed"))).unwrap();
            assert!(kept.len() > 100 && !kept.windows(6).any(|bytes| bytes == "一郎".as_bytes()));
        }
    }
}

#[tokio::test]
async fn many_rows_go_in_at_once() {
    for region in regions().await {
        let app = region.app().await;
        let many: Vec<Coverage> = (0..300).map(|n| Coverage { number: format!("{n:07}"), ..yoshida() }).collect();

        assert_eq!(coverage(&app, &file(&many)).await.unwrap().added, 300);
        assert_eq!(coverage(&app, &file(&many[..299])).await.unwrap().removed, 1);
    }
}
