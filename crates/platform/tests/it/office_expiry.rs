//! What ends is said in time, and the sooner the louder: in words and signs, not by a colour alone.

use std::fs;

use jiff::{SignedDuration, Timestamp};
use platform::{
    config,
    idp::policy::{Encrypt, Policy},
    office::registry::{self, Remark},
    wording,
};
use rcgen::{CertificateParams, KeyPair};
use web::Lang;

use crate::{
    browser::Browser,
    harness::{OFFICE, OPERATOR, worlds},
    office::{one, register},
    service::{Publishing, Sp},
};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Class, icon and word of each urgency: in a table, and at the head of a notice.
fn looks() -> [[(&'static str, &'static str, &'static str); 2]; 4] {
    let words = &wording::text(Lang::Ja).office.ending;
    let [notice, soon, near, over] = words.words;
    let [notice_state, soon_state, near_state, over_state] = words.states;
    [
        [("new", "info", notice_state), ("info", "info", notice)],
        [("warn", "clock", soon_state), ("warn", "clock", soon)],
        [("bad", "alert", near_state), ("bad", "alert", near)],
        [("bad", "cross", over_state), ("bad", "cross", over)],
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_ends_looks_more_urgent_at_sixty_thirty_and_seven_days() {
    for world in worlds().await {
        let (sp, mut operator) = (Sp::new("k-mix"), world.operator().await);
        let metadata = sp.metadata(&Publishing::default());
        let metadata = metadata.replace(" entityID", " validUntil=\"2027-06-01T03:00:00Z\" entityID");
        register(&mut operator, &metadata).await;
        assert!(operator.get("/services").await.shows("state ok"));
        let end: Timestamp = "2027-06-01T03:00:00Z".parse().unwrap();
        let ended = wording::text(Lang::Ja).office.ended;
        for (days, look) in [59, 29, 6, 0].into_iter().zip(looks()) {
            world.wait((end - DAY * days).duration_since(world.now()));
            let mut operator = world.operator().await;
            let list = operator.get("/services").await;
            let [(state, icon, word), (class, notice_icon, head)] = look;
            let word = if days == 0 { ended } else { word };
            let shown = format!("<span class=\"state {state}\"><svg class=\"icon\" aria-hidden=\"true\">");
            assert!(list.shows(&shown) && list.shows(&format!("svg#{icon}\"/></svg>{word}")), "{days}: {}", list.text);
            let page = operator.get(&one(&sp)).await;
            let notice = format!("<div class=\"notice {class}\">");
            assert!(page.shows(&notice) && page.shows(&format!("svg#{notice_icon}\"")), "{days}: {}", page.text);
            assert!(page.shows(&format!("<strong>{head} <span class=\"number\">SVC-04")), "{days}: {}", page.text);
            assert_eq!(page.shows(&format!("あと{days}日")), days > 0, "{}", page.text);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_keys_has_every_certificate_of_ours_and_warns_of_its_end() {
    for world in worlds().await {
        let file = std::env::temp_dir().join(format!("ssc_portals_{}.pem", hex::encode(world.app.random.bytes::<8>())));
        let app = world
            .reopened(|config| {
                config.tls = Some(config::Tls { certificate: file.clone(), private_key: file.clone() });
            })
            .await;
        let mut operator = Browser::new(platform::router(&app), OFFICE);
        operator.form("/login/demo", &[("login_name", OPERATOR)]).await;
        let t = &wording::text(Lang::Ja).office;
        let page = operator.get("/keys").await;
        for shown in t.own.uses.into_iter().chain([t.ending.unread, "exchange.pem"]) {
            assert!(page.shows(shown), "{shown}: {}", page.text);
        }
        assert!(!page.shows("SVC-04"), "{}", page.text);

        for (days, look) in [59, 29, 6, 0].into_iter().zip(looks()) {
            // It ends at midnight of that day, three hours before the hour it is in this world.
            let end = world.now() + DAY * days;
            let mut params = CertificateParams::new(vec!["portal.localhost".to_owned()]).unwrap();
            let date = end.to_zoned(jiff::tz::TimeZone::UTC).date();
            let [year, month, day] = [date.year().into(), i32::from(date.month()), i32::from(date.day())];
            params.not_after = rcgen::date_time_ymd(year, month.try_into().unwrap(), day.try_into().unwrap());
            let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
            fs::write(&file, certificate.pem()).unwrap();
            let page = operator.get("/keys").await;
            let [(state, icon, word), (class, _, head)] = look;
            let row = format!("<span class=\"state {state}\"><svg class=\"icon\" aria-hidden=\"true\">");
            assert!(page.shows(&row) && page.shows(&format!("svg#{icon}\"/></svg>{word}")), "{days}: {}", page.text);
            assert!(
                page.shows(&format!("<div class=\"notice {class}\">")) && page.shows(head),
                "{days}: {}",
                page.text
            );
        }
        fs::remove_file(&file).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_reads_cbc_alone_is_remarked_on_until_that_is_allowed() {
    for world in worlds().await {
        let sp = Sp::new("k-mix");
        let cbc = vec!["http://www.w3.org/2001/04/xmlenc#aes256-cbc"];
        let publishing = Publishing { encryption: true, ciphers: cbc, ..Publishing::default() };
        let remarks = |encrypt, allow_cbc| {
            let service = sp.registered(&world, Policy { encrypt, allow_cbc, ..Policy::default() }, &publishing);
            assert!(service.provider.encryption.is_empty() && service.provider.encryption_cbc.len() == 1);
            registry::remarks_on(&service).iter().map(|remark: &Remark| remark.code).collect::<Vec<_>>()
        };
        assert_eq!(remarks(Encrypt::Always, false), ["SVC-24"], "nobody could log in");
        assert_eq!(remarks(Encrypt::Always, true), ["SVC-25"]);
        assert!(remarks(Encrypt::IfPossible, false).is_empty());

        let mut operator = world.operator().await;
        register(&mut operator, &sp.metadata(&publishing)).await;
        let page = operator.get(&one(&sp)).await;
        assert!(page.shows(wording::text(Lang::Ja).office.encrypts_cbc), "{}", page.text);
    }
}
