use insurer::config::{Discovery, Service};
use insurer::{App, Category, Config, Error};
use keys::{Keys, Kind, Seal};
use web::Clock;
use xml::{EncryptionKey, SignatureAlgorithm, VerifyingKey};

use crate::region::PLATFORM;

const EXAMPLE: &str = r#"
entity = "https://nhi.example.jp/"
insurer = "370015"
service = "nhi"
listen = "127.0.0.1:8441"
address = "https://nhi.example.jp/idwsf/dst"
database = "sqlite:/var/lib/ssc/insurer.db"
raw_files = "raw"

[keys]
path = "keys"
credential = "/run/credentials/insurer"

[tls]
certificate = "node.pem"
key = "node.key"
client_ca = "ca.pem"

[[providers]]
entity = "https://portal.example.jp/wsf"
certificate = "portal.pem"

[[policy]]
requester = "https://portal.example.jp/wsf"
purpose = "eligibility-check"
category = "eligibility"
card_alone = true
"#;

fn read(text: &str) -> Result<Config, Error> {
    let folder = std::env::temp_dir().join(format!("ssc_insurer_config_{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("insurer.toml");
    std::fs::write(&path, text).unwrap();
    let config = Config::read(&path);
    std::fs::remove_dir_all(&folder).unwrap();
    config
}

#[test]
fn a_configuration_is_read_and_its_paths_start_at_its_folder() {
    let config = read(EXAMPLE).unwrap();

    assert_eq!((config.service, config.insurer.to_string().as_str()), (Service::Nhi, "370015"));
    assert!(config.raw_files.is_absolute() && config.raw_files.ends_with("raw"));
    assert!(config.providers[0].certificate.is_absolute());
    assert_eq!(config.keys.credential.unwrap().to_str(), Some("/run/credentials/insurer"));
    assert_eq!((config.policy[0].category, config.policy[0].card_alone), (Category::Eligibility, true));
}

#[test]
fn a_key_that_is_there_is_kept_whatever_is_configured_later() {
    for (first, later, algorithm) in [
        ("", "rsa-2048", SignatureAlgorithm::EcdsaP256Sha256),
        ("p-256", "rsa-2048", SignatureAlgorithm::EcdsaP256Sha256),
        ("rsa-2048", "p-256", SignatureAlgorithm::RsaSha256),
    ] {
        let folder = std::env::temp_dir().join(format!("ssc_insurer_keys_{}_{first}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("credential"), [9; 32]).unwrap();
        let set_up = |signature: &str| {
            let named = if signature.is_empty() { String::new() } else { format!("\nsignature = \"{signature}\"") };
            let mut config = read(&EXAMPLE.replace("path = \"keys\"", &format!("path = \"keys\"{named}"))).unwrap();
            config.keys.path = folder.join("keys");
            config.keys.credential = Some(folder.join("credential"));
            insurer::set_up(&config, Clock::System.now()).unwrap()
        };
        let made = set_up(first);
        assert_eq!(VerifyingKey::from_certificate_der(&made.sign).unwrap().algorithm(), algorithm);
        let is_rsa = EncryptionKey::from_rsa_certificate_der("x", &made.decrypt).is_ok();
        assert_eq!(is_rsa, algorithm == SignatureAlgorithm::RsaSha256);
        assert!(EncryptionKey::from_certificate_der("x", &made.decrypt).is_ok());
        let again = set_up(later);
        assert_eq!((again.sign, again.decrypt), (made.sign, made.decrypt));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

#[test]
fn a_node_of_the_time_when_every_token_came_to_an_rsa_key_keeps_its_own() {
    let folder = std::env::temp_dir().join(format!("ssc_insurer_rsa_{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("credential"), [9; 32]).unwrap();
    let mut config = read(EXAMPLE).unwrap();
    config.keys.path = folder.join("keys");
    config.keys.credential = Some(folder.join("credential"));
    let now = Clock::System.now();
    let keys = Keys::create(&config.keys.path, &Seal::credential(&folder.join("credential"))).unwrap();
    keys.ensure("sign", Kind::SignP256 { subject: "x" }, now).unwrap();
    keys.ensure("decrypt", Kind::Decrypt { subject: "x" }, now).unwrap();
    keys.save().unwrap();

    let certificates = insurer::set_up(&config, now).unwrap();

    assert_eq!(certificates.decrypt, *keys.certificate("decrypt").unwrap());
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn what_is_not_known_or_missing_in_a_configuration_is_named() {
    for (changed, named) in [
        (EXAMPLE.replace("[tls]", "colour = \"blue\"\n[tls]"), "colour"),
        (EXAMPLE.replace("370015", "370016"), "insurer"),
        (EXAMPLE.replace("service = \"nhi\"\n", ""), "service"),
        (EXAMPLE.replace("category = \"eligibility\"", "category = \"everything\""), "everything"),
    ] {
        let refused = read(&changed).unwrap_err().to_string();

        assert!(refused.contains(named), "{refused}");
    }
}

#[tokio::test]
async fn a_policy_with_a_purpose_that_is_unknown_or_that_nothing_serves_does_not_start() {
    for mut region in crate::region::regions().await {
        for purpose in ["curiosity", "statistics"] {
            region.config.policy[0].purpose = purpose.to_owned();

            let refused = App::open(&region.config, Clock::System).await.err().unwrap();

            assert!(matches!(refused, Error::Value { name: "purpose", value } if value == purpose));
        }
    }
}

#[tokio::test]
async fn a_place_of_the_platform_that_cannot_be_spoken_to_is_named_at_the_start() {
    for mut region in crate::region::regions().await {
        let place = Discovery {
            entity: PLATFORM.to_owned(),
            address: "http://localhost:8443/wsf/discovery".to_owned(),
            authority: None,
        };
        let https = "https://portal.example.jp/wsf/discovery".to_owned();
        let certificate = Some(region.config.tls.client_ca.clone());
        for (wrong, named) in [
            (Discovery { entity: "https://other.example.jp/".to_owned(), ..place.clone() }, "discovery entity"),
            (Discovery { address: https, ..place.clone() }, "discovery authority"),
            (Discovery { authority: certificate, ..place.clone() }, "discovery authority"),
            (Discovery { address: "http://portal.example.jp/".to_owned(), ..place.clone() }, "discovery address"),
            (Discovery { address: "portal".to_owned(), ..place.clone() }, "discovery address"),
        ] {
            region.config.discovery = Some(wrong);
            let refused = App::open(&region.config, Clock::System).await.err().unwrap();
            assert!(matches!(refused, Error::Value { name, .. } if name.starts_with(named)), "{refused}");
        }
        region.config.discovery = Some(place);
        App::open(&region.config, Clock::System).await.unwrap();
    }
}
