//! What a service is to do first, or again: come after a stronger login, or wait longer for an answer.

use axum::http::StatusCode;
use idwsf::{
    Pseudonym, Sender,
    disco::exchange::Question,
    epr::{Target, Uri},
    mapping,
    message::{Headers, PeerDemand, Timeout},
    token::{Authn, AuthnClass, Mint, mint},
};
use jiff::SignedDuration;
use region::Named;
use xml::EncryptionKey;

use crate::{
    harness::{PORTAL, World, worlds},
    node::Insurer,
    service::Sp,
    wsf_asking::{asked_with, everything, fault, fault_at, found, joined, log_in, post, sealed},
    wsf_discovery::{handle, log},
};

/// Both doors send the service back for a login with card and PIN.
async fn assert_stepped_up(world: &World, sp: &Sp, target: &Target) {
    let before = log(world).await;
    let mapping = Question::Mapping(mapping::Request::one(Insurer::National.entity().parse().unwrap()));
    for (path, question) in [("/wsf/discovery", everything()), ("/wsf/mapping", mapping)] {
        let target = Target { address: Uri::parse(&format!("{PORTAL}{path}")).unwrap(), ..target.clone() };
        let (id, message) = sealed(world, sp, &target, &question);
        let met = fault_at(world, path, (&id, &question), message).await;
        assert_eq!((met.code.as_str(), met.status.as_deref()), ("Client", Some("InappropriateCredentials")), "{path}");
        let classes = vec!["urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI".to_owned()];
        let demand = PeerDemand::Credentials { classes, mechanisms: Vec::new() };
        assert_eq!(met.demand.as_deref(), Some(&demand), "{path}");
    }
    assert_eq!(log(world).await, before, "nothing was told");
}

/// The same way with a token that says that the card alone was shown. No login of ours brings one to a service that may ask for
/// records; the door does not rest on that.
fn by_card_alone(world: &World, target: &Target) -> Target {
    let (entity, ours) = (&world.app.idp_entity, platform::idp::signing::ours(&world.app, world.now()));
    let keys = platform::app::open_keys(&world.app.config.keys).unwrap();
    let certificate = keys.certificate("idp-decrypt-1").unwrap();
    let recipient = EncryptionKey::from_certificate_der(entity.as_str(), &certificate).unwrap();
    let sign = |message: &[u8]| ours.sign(message);
    let wanted = Mint {
        issuer: Sender { entity, algorithm: ours.algorithm, sign: &sign },
        audience: entity,
        recipient: &recipient,
        pseudonym: &Pseudonym::parse(&handle(world, target)).unwrap(),
        authn: Authn { instant: world.now(), class: AuthnClass::Smartcard },
        lifetime: SignedDuration::from_mins(5),
    };
    let token = mint(&wanted, &mut |bytes| world.app.random.fill(bytes), world.now()).unwrap();
    Target { token, ..target.clone() }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_not_found_by_the_card_alone() {
    for world in worlds().await {
        let sp = joined(&world, "kmix");
        let mut browser = world.browser().logged_in(&world.holder(Named::Householder).await).await;
        let target = log_in(&world, &sp, &mut browser, true).await;
        assert_stepped_up(&world, &sp, &by_card_alone(&world, &target)).await;
        assert_eq!(found(&world, &sp, &target).await.len(), 1, "by card and PIN they are");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_not_found_by_a_login_of_hours_ago() {
    for world in worlds().await {
        let sp = joined(&world, "kmix");
        let mut browser = world.browser().logged_in(&world.holder(Named::Householder).await).await;
        for _ in 0..8 {
            world.wait(SignedDuration::from_mins(14));
            assert_eq!(browser.get("/menu").await.status, StatusCode::OK);
        }
        let target = log_in(&world, &sp, &mut browser, true).await;
        assert_eq!(found(&world, &sp, &target).await.len(), 1);
        world.wait(SignedDuration::from_mins(9));
        assert_stepped_up(&world, &sp, &target).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_stopped_waiting_is_told_so_and_nothing_else() {
    for world in worlds().await {
        let sp = joined(&world, "kmix");
        let mut browser = world.browser().logged_in(&world.holder(Named::Householder).await).await;
        let target = log_in(&world, &sp, &mut browser, true).await;
        let waits = |seconds| Headers { timeout: Timeout::from_secs(seconds), ..Headers::default() };
        let (id, message) = asked_with(&world, &sp, &target, &waits(1));
        world.clock.step_by(SignedDuration::from_secs(1));
        let (status, answer) = post(&world, message).await;
        world.clock.step_by(SignedDuration::ZERO);
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        let text = String::from_utf8(answer).unwrap();
        assert!(text.contains("code=\"ProcessingTimeout\"") && text.contains(id.as_str()), "{text}");
        assert!(log(&world).await.is_empty(), "nothing was told");

        let (_, message) = asked_with(&world, &sp, &target, &waits(60));
        assert_eq!(post(&world, message).await.0, StatusCode::OK);
        let (id, message) = asked_with(&world, &sp, &target, &waits(1));
        let text = String::from_utf8(message).unwrap().replace("maxProcessingTime=\"1\"", "maxProcessingTime=\"9\"");
        assert_eq!(fault(&world, &id, &everything(), text.into_bytes()).await.code, "FailedCheck", "it is signed");
    }
}
