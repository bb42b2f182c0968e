//! Keys that open by agreeing on a key.

use xml::{Document, EncryptionKey, Fragment, Limits, Undecryptable, ns};

use super::*;

const ENTITY: &str = "https://insurer.example.jp/dst";
const AGREE: Kind<'_> = Kind::Agree { subject: ENTITY };

/// What is encrypted to a key by its certificate.
fn encrypted(certificate: &[u8]) -> String {
    let document = xml::scan(b"<token/>", &Limits::default()).and_then(Document::parse).unwrap();
    let to = EncryptionKey::from_certificate_der(ENTITY, certificate).unwrap();
    let plain = Fragment::of(document.root());
    xml::encrypt(&plain, (ns::SAML, "EncryptedAssertion"), &to, &mut |bytes| bytes.fill(7)).unwrap().into_string()
}

fn opened(keys: &Keys, name: &str, message: &str) -> Result<Vec<u8>, Undecryptable<Error>> {
    let document = xml::scan(message.as_bytes(), &Limits::default()).and_then(Document::parse).unwrap();
    xml::decrypt_as(ENTITY, document.root(), |key| keys.content_key(name, key)).map(|plain| plain.to_vec())
}

fn failed_by(result: Result<Vec<u8>, Undecryptable<Error>>, key: &str) -> bool {
    matches!(result, Err(Undecryptable::Key(Error::Failed { name })) if name == key)
}

#[test]
fn what_was_encrypted_to_a_key_is_opened_by_it_alone_and_in_its_form() {
    let folder = Folder::new();
    let keys = folder.create();
    keys.ensure("a", AGREE, now()).unwrap();
    keys.ensure("b", AGREE, now()).unwrap();
    keys.ensure("rsa", DECRYPT, now()).unwrap();
    let (to_a, to_rsa) = ["a", "rsa"].map(|name| encrypted(&keys.certificate(name).unwrap())).into();

    assert_eq!(opened(&keys, "a", &to_a).unwrap(), b"<token></token>");
    assert_eq!(opened(&keys, "rsa", &to_rsa).unwrap(), b"<token></token>");
    assert!(failed_by(opened(&keys, "b", &to_a), "b"));
    assert!(failed_by(opened(&keys, "rsa", &to_a), "rsa"));
    assert!(failed_by(opened(&keys, "a", &to_rsa), "a"));
}

#[test]
fn an_agreeing_key_is_kept_and_does_nothing_else() {
    let folder = Folder::new();
    let keys = folder.create();
    keys.ensure("agree", AGREE, now()).unwrap();
    keys.ensure("sign", SIGN, now()).unwrap();
    let message = encrypted(&keys.certificate("agree").unwrap());
    keys.save().unwrap();

    let again = folder.open().unwrap();

    assert!(opened(&again, "agree", &message).is_ok());
    assert_eq!(again.certificate("agree").unwrap(), keys.certificate("agree").unwrap());
    assert_eq!(again.certificate_ends("agree").unwrap(), now() + CERTIFICATE_VALID_FOR);
    again.ensure("agree", AGREE, now()).unwrap();
    assert!(matches!(again.ensure("agree", DECRYPT, now()), Err(Error::Kind { .. })));
    assert!(matches!(again.sign("agree", b"m"), Err(Error::Kind { .. })));
    assert!(matches!(again.algorithm("agree"), Err(Error::Kind { .. })));
    assert!(matches!(again.unwrap("agree", b"m"), Err(Error::Kind { .. })));
    assert!(matches!(again.hmac256("agree", "l", &[]), Err(Error::Kind { .. })));
    assert!(matches!(opened(&again, "sign", &message), Err(Undecryptable::Key(Error::Kind { .. }))));
    assert!(matches!(opened(&again, "nothing", &message), Err(Undecryptable::Key(Error::NoKey { .. }))));
}

#[test]
fn the_certificate_says_that_the_key_agrees_and_nothing_more() {
    let folder = Folder::new();
    let keys = folder.create();
    keys.ensure("agree", AGREE, now()).unwrap();

    let der = keys.certificate("agree").unwrap();

    let (_, certificate) = x509_parser::parse_x509_certificate(&der).unwrap();
    assert_eq!(certificate.subject().to_string(), format!("CN={ENTITY}"));
    let usage = certificate.key_usage().unwrap().unwrap();
    assert!(usage.critical);
    // Bit 4 of RFC 5280 §4.2.1.3.
    assert_eq!(usage.value.flags, 1 << 4);
}

#[test]
fn a_store_says_which_keys_open() {
    let folder = Folder::new();
    let keys = folder.create();
    for (name, kind) in [("agree", AGREE), ("rsa", DECRYPT), ("sign", SIGN), ("digest", Kind::Secret256)] {
        keys.ensure(name, kind, now()).unwrap();
    }
    let opening: Vec<&str> =
        ["agree", "rsa", "sign", "digest", "nothing"].into_iter().filter(|name| keys.opens(name)).collect();
    assert_eq!(opening, ["agree", "rsa"]);
}

/// A key that agrees with a point beside the curve would give away what it is, a few bits each time.
#[test]
fn a_point_beside_the_curve_is_refused_by_the_store() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let folder = Folder::new();
    let keys = folder.create();
    keys.ensure("agree", AGREE, now()).unwrap();
    let message = encrypted(&keys.certificate("agree").unwrap());
    let (_, rest) = message.split_once("<dsig11:PublicKey>").unwrap();
    let (text, _) = rest.split_once('<').unwrap();
    let (_, rest) = message.split_once("PartyUInfo=\"").unwrap();
    let (party, _) = rest.split_once('"').unwrap();
    // y = 0 has no point on a curve of prime order.
    let mut beside = STANDARD.decode(text).unwrap();
    beside[33..].fill(0);
    let digits: String = beside.iter().map(|byte| format!("{byte:02X}")).collect();

    let changed = message.replace(text, &STANDARD.encode(&beside)).replace(party, &format!("0000000041{digits}"));

    assert!(failed_by(opened(&keys, "agree", &changed), "agree"));
    assert!(opened(&keys, "agree", &message).is_ok());
}
