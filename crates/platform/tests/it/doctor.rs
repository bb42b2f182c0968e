//! What the doctor says when something is wrong with a region: each thing is broken by itself.

use std::{fs, sync::Arc};

use doctor::{Check, Finding, Problem, State, worst};
use jiff::SignedDuration;
use platform::{App, Config, doctor::examine};
use web::{Clock, Lang};

use crate::{
    harness::{World, worlds},
    node::{Insurer, To},
    office::register,
    service::{Publishing, Sp},
    wicked::Wicked,
};

/// What is wrong in one respect with one insurer.
fn wrong(findings: &[Finding], insurer: Insurer, check: Check) -> Vec<Problem> {
    let of = findings.iter().filter(|finding| finding.about.ja == insurer.name() && finding.check == check);
    of.filter_map(|finding| finding.problem.clone()).collect()
}

/// Everything that is wrong, but for how full the disk of this machine is.
fn all_wrong(findings: &[Finding]) -> Vec<&Finding> {
    findings.iter().filter(|finding| finding.check != Check::Space && finding.problem.is_some()).collect()
}

async fn examined(world: &World, change: impl FnOnce(&mut Config)) -> Vec<Finding> {
    examine(&world.reopened(change).await).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_region_has_nothing_to_complain_of() {
    for world in worlds().await {
        let findings = examine(&world.app).await;
        assert!(all_wrong(&findings).is_empty(), "{:#?}", all_wrong(&findings));
        for check in [Check::Connection, Check::Certificate, Check::Clock, Check::Messages] {
            for insurer in Insurer::ALL {
                let of = |finding: &&Finding| finding.about.ja == insurer.name() && finding.check == check;
                assert!(findings.iter().any(|finding| of(&finding)), "{insurer:?} {check:?}");
            }
        }
        assert!(world.outcomes().await.is_empty(), "nobody was looked at");
        assert_eq!(world.node(Insurer::National).access_log().await.len(), 1, "the insurer has seen one message");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_door_that_does_not_open_says_why() {
    let world = &worlds().await[0];
    let with = async |address: &str| {
        let findings = examined(world, |config| config.insurer[0].address = address.to_owned()).await;
        assert_eq!(worst(&findings), State::Fail);
        assert!(wrong(&findings, Insurer::Company, Check::Connection).is_empty(), "the other one is well");
        wrong(&findings, Insurer::National, Check::Connection)
    };
    let real = world.node(Insurer::National).config.address.clone();
    let closed = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    assert_eq!(with(&format!("https://{closed}/idwsf/dst")).await, [Problem::PortClosed]);
    assert_eq!(with("https://nowhere.invalid/idwsf/dst").await, [Problem::NameUnknown]);
    assert_eq!(with(&real.replace("127.0.0.1", "localhost")).await, [Problem::OtherName]);
    world.node(Insurer::National).line.lead(To::Nowhere);
    assert_eq!(with(&real).await, [Problem::NoTls]);
    world.node(Insurer::National).line.lead(To::Silence);
    let findings = examined(world, |config| config.exchange.deadline_millis = 500).await;
    assert_eq!(wrong(&findings, Insurer::National, Check::Connection), [Problem::Silent]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_does_not_fit_is_named() {
    let world = &worlds().await[0];
    let folder = world.app.config.exchange.authority.parent().unwrap().to_owned();
    let file = |insurer: Insurer, what: &str| folder.join(format!("{}-{what}.pem", insurer.number()));
    let found = async |check, change: &dyn Fn(&mut Config)| {
        wrong(&examined(world, |config| change(config)).await, Insurer::National, check)
    };
    let other = file(Insurer::Company, "sign");
    let signing = found(Check::Messages, &|config| config.insurer[0].signing_certificate = other.clone()).await;
    assert_eq!(signing, [Problem::AnswerSignature]);
    let other = file(Insurer::Company, "decrypt");
    let encryption = found(Check::Messages, &|config| config.insurer[0].encryption_certificate = other.clone()).await;
    assert_eq!(encryption, [Problem::TokenRefused]);
    let entity = found(Check::Messages, &|config| config.exchange.entity = "https://stranger.example".to_owned()).await;
    assert_eq!(entity, [Problem::SenderUnknown]);

    // An authority of somebody else, and a certificate that it might have given us.
    let key = rcgen::KeyPair::generate().unwrap();
    let made = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().self_signed(&key).unwrap();
    let strange = std::env::temp_dir().join(format!("ssc_doctor_{}", std::process::id()));
    fs::create_dir_all(&strange).unwrap();
    let (certificate, private_key) = (strange.join("strange.pem"), strange.join("strange.key"));
    fs::write(&certificate, made.pem()).unwrap();
    fs::write(&private_key, key.serialize_pem()).unwrap();
    let authority = found(Check::Connection, &|config| config.exchange.authority = certificate.clone()).await;
    assert_eq!(authority, [Problem::UnknownAuthority]);
    let strange_us = |config: &mut Config| {
        config.exchange.certificate = certificate.clone();
        config.exchange.private_key = private_key.clone();
    };
    assert_eq!(found(Check::Connection, &strange_us).await, [Problem::OwnCertificateRefused]);
    fs::remove_dir_all(&strange).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_tokens_cannot_be_encrypted_to_stops_the_start_and_is_named() {
    let world = &worlds().await[0];
    let strange = std::env::temp_dir().join(format!("ssc_encryption_{}", std::process::id()));
    fs::create_dir_all(&strange).unwrap();
    let (ed25519, p384) = (&rcgen::PKCS_ED25519, &rcgen::PKCS_ECDSA_P384_SHA384);
    let made = |name: &str, algorithm, usages: &[rcgen::KeyUsagePurpose]| {
        let mut params = rcgen::CertificateParams::default();
        params.key_usages = usages.to_vec();
        let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
        fs::write(strange.join(name), params.self_signed(&key).unwrap().pem()).unwrap();
        strange.join(name)
    };
    let agreement = [rcgen::KeyUsagePurpose::KeyAgreement];
    let (kind, usage) = ("kind that is not accepted", "does not say that it is for key agreement");
    // The last one is what the node signs with, mistaken for the other.
    let signing = world.app.config.insurer[0].signing_certificate.clone();
    for (certificate, reason) in [
        (made("ed25519.pem", ed25519, &[]), kind),
        (made("p384.pem", p384, &agreement), kind),
        (made("p256.pem", &rcgen::PKCS_ECDSA_P256_SHA256, &[]), usage),
        (signing, usage),
    ] {
        let mut config = Config { keys: world.own_keys(), ..world.app.config.clone() };
        config.insurer[0].encryption_certificate = certificate;
        let refused = App::open(config, Clock::fixed(world.now())).await.err().unwrap().to_string();
        assert!(refused.starts_with("insurer.encryption_certificate: ") && refused.contains(reason), "{refused}");
    }
    fs::remove_dir_all(&strange).unwrap();
}

async fn at(world: &World, ahead: SignedDuration) -> Vec<Finding> {
    let clock = Clock::fixed(world.now() + ahead);
    // Whoever starts so late makes new keys.
    let config = Config { keys: world.own_keys(), ..world.app.config.clone() };
    let app: Arc<App> = App::open(config, clock).await.unwrap();
    examine(&app).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_differs_is_told_before_it_hurts() {
    let world = &worlds().await[0];
    let clock = async |seconds| {
        let findings = at(world, SignedDuration::from_secs(seconds)).await;
        let of = findings.iter().find(|finding| finding.check == Check::Clock).unwrap();
        (of.state(), of.problem.clone())
    };
    assert_eq!(clock(5).await, (State::Ok, None));
    assert_eq!(clock(40).await, (State::Warn, Some(Problem::ClockOff { seconds: -40 })));
    assert_eq!(clock(-40).await, (State::Warn, Some(Problem::ClockOff { seconds: 40 })));
    assert_eq!(clock(600).await, (State::Fail, Some(Problem::ClockOff { seconds: -600 })));
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_that_end_are_told_in_time() {
    let world = &worlds().await[0];
    // The certificates of connections end with the year 4095, those of keys long before.
    let late = at(world, SignedDuration::from_hours(2_080 * 366 * 24)).await;
    assert_eq!(wrong(&late, Insurer::National, Check::Connection), [Problem::Ended]);
    let ours = |finding: &&Finding| finding.about.ja == "exchange.pem" && finding.check == Check::Certificate;
    assert_eq!(late.iter().find(ours).unwrap().problem, Some(Problem::Ended));

    let ends = world.app.keys.certificate_ends("exchange-sign").unwrap();
    let soon = at(world, ends.duration_since(world.now()) - SignedDuration::from_hours(10 * 24)).await;
    let ours = |finding: &&Finding| finding.about.ja == "exchange-sign" && finding.check == Check::Certificate;
    assert_eq!(soon.iter().find(ours).unwrap().problem, Some(Problem::EndsSoon { days: 10 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_changed_and_an_insurer_that_rests_are_told() {
    for world in worlds().await {
        world.tamper("UPDATE audit_head SET number = number + 1", vec![]).await;
        let findings = examine(&world.app).await;
        let log = findings.iter().find(|finding| finding.check == Check::AccessLog).unwrap();
        assert_eq!(log.problem, Some(Problem::LogEnd));
        let database = findings.iter().find(|finding| finding.check == Check::Database).unwrap();
        assert_eq!(database.problem, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_institution_that_comes_with_the_entity_id_of_a_service_is_told_of_it() {
    for world in worlds().await {
        let (sp, mut operator) = (Sp::new("k-mix"), world.operator().await);
        register(&mut operator, &sp.metadata(&Publishing::default())).await;
        for act in ["resume", "suspend"] {
            let done = operator.form("/services/act", &[("entity", sp.entity.as_str()), ("act", act)]).await;
            assert!(done.location().is_some(), "{}", done.text);
            let app = world.reopened(|config| config.insurer[0].entity = sp.entity.as_str().to_owned()).await;

            let findings = examine(&app).await;

            let told = wrong(&findings, Insurer::National, Check::Configuration);
            assert_eq!(told, [Problem::SharedEntity], "{act}");
            assert_eq!(worst(&findings), State::Fail);
            assert!(wrong(&findings, Insurer::Company, Check::Configuration).is_empty(), "the other one is well");
            assert!(app.services.current().get(&sp.entity).is_none(), "the name is the institution's alone");
        }
        assert!(all_wrong(&examine(&world.app).await).is_empty(), "before it came nothing was wrong");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_office_examines_its_peers_without_a_script() {
    for world in worlds().await {
        let mut operator = world.operator().await;
        let page = operator.get("/peers").await;
        assert!(page.shows(Insurer::National.name()) && page.shows("まだありません"), "{}", page.text);
        assert!(world.node(Insurer::National).access_log().await.is_empty(), "looking asks nobody");

        let wicked = Wicked::instead_of(world.node(Insurer::National), &world.clock);
        wicked
            .will(|wicked, question| wicked.signed((Insurer::National, Insurer::Company), question, &[], wicked.now()));
        let page = operator.form("/peers", &[]).await;
        let advice = Problem::AnswerSignature.advice(Lang::Ja);
        for text in ["DOC-11", &advice.what, advice.todo, "2026年11月22日 12:00"] {
            assert!(page.shows(text), "{text}: {}", page.text);
        }
        assert!(world.clerk().await.get("/peers").await.status.is_client_error(), "the office alone");
    }
}
