//! Keys: which are taken, for what, and how content is encrypted to them.

use saml::metadata::ServiceProvider;
use xml::{Writer, algorithm, ns};

use crate::world::{
    ENCRYPTION, GCM, SIGNING, codes, good, key, p256_certificate, provider, read, replaced, rsa_certificate, with_keys,
};

fn lasting() -> Vec<u8> {
    rsa_certificate((2036, 1, 1))
}

/// What something encrypted to the service's first key names as algorithms.
fn used(provider: &ServiceProvider) -> String {
    let key = provider.encryption.first().or(provider.encryption_cbc.first()).expect("a key");
    let mut w = Writer::new();
    w.leaf(ns::SAML, "NameID", &[], "x");
    let encrypted = xml::encrypt(&w.finish(), (ns::SAML, "EncryptedID"), &key.key, &mut |bytes| bytes.fill(1));
    encrypted.unwrap().into_string()
}

#[test]
fn a_key_without_a_use_is_for_both() {
    let both = provider(&with_keys(&key("", &lasting(), &[])));
    assert_eq!((both.signing.len(), both.encryption.len()), (1, 1));

    let p256 = with_keys(&(key("", &p256_certificate(), &[]) + &key(ENCRYPTION, &lasting(), &[])));
    assert_eq!(codes(read(&p256)), [""; 0], "a P-256 key cannot be encrypted to, and nothing is wrong with that");
    assert_eq!((provider(&p256).signing.len(), provider(&p256).encryption.len()), (1, 1));
}

#[test]
fn several_keys_are_all_taken() {
    let keys = key(SIGNING, &lasting(), &[]) + &key(SIGNING, &p256_certificate(), &[]) + &key("", &lasting(), &[]);
    let provider = provider(&with_keys(&keys));
    assert_eq!((provider.signing.len(), provider.encryption.len()), (3, 1));

    let many = with_keys(&key("", &lasting(), &[]).repeat(20));
    assert_eq!(codes(read(&many)), ["MD-10"]);
    assert_eq!(crate::world::provider(&many).signing.len(), 16);
}

#[test]
fn a_service_that_promises_signatures_needs_a_key_and_another_is_told_what_it_misses() {
    let encryption = key(ENCRYPTION, &lasting(), &[]);
    let promised = with_keys(&encryption);
    assert_eq!(codes(read(&promised)), ["MD-19!"]);
    let unsigned = replaced(&promised, "AuthnRequestsSigned=\"true\"", "AuthnRequestsSigned=\"false\"");
    assert_eq!(codes(read(&unsigned)), ["MD-19"]);
    let none = replaced(&unsigned, &encryption, "");
    assert_eq!(codes(read(&none)), ["MD-19", "MD-20"]);
    assert_eq!(codes(read(&with_keys(&key(SIGNING, &lasting(), &[])))), ["MD-20"]);
}

#[test]
fn a_key_that_cannot_be_used_is_told_of_and_the_others_work() {
    let good_keys = key("", &lasting(), &[]);
    let short = include_str!("rsa1024.base64");
    let placed = |text: &str| replaced(&key(SIGNING, b"CERTIFICATE", &[]), "Q0VSVElGSUNBVEU=", text);
    let without =
        "<md:KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:KeyName>k</ds:KeyName></ds:KeyInfo></md:KeyDescriptor>";
    for (bad, code) in [
        (placed(short), "MD-17"),
        (placed("AAAA"), "MD-16"),
        (placed("&#x20;not base64&#x20;"), "MD-16"),
        (placed("<a/>"), "MD-16"),
        (placed(""), "MD-16"),
        (without.to_owned(), "MD-16"),
        (key(ENCRYPTION, &p256_certificate(), &[]), "MD-17"),
        (key(" use=\"sign\"", &lasting(), &[]), "MD-10"),
    ] {
        let text = with_keys(&(bad.clone() + &good_keys));
        assert_eq!(codes(read(&text)), [code], "{bad}");
        assert_eq!((provider(&text).signing.len(), provider(&text).encryption.len()), (1, 1), "{bad}");
    }
    assert_eq!(codes(read(&with_keys(&placed(short)))), ["MD-17", "MD-19!", "MD-20"]);
}

#[test]
fn a_certificate_with_the_lines_of_pem_is_read() {
    let plain = key("", &lasting(), &[]);
    let start = "<ds:X509Certificate>";
    let pem = replaced(&plain, start, &format!("{start}\n-----BEGIN CERTIFICATE-----\n"));
    let pem = replaced(&pem, "</ds:X509Certificate>", "\n-----END CERTIFICATE-----\n</ds:X509Certificate>");
    assert_eq!(codes(read(&with_keys(&pem))), [""; 0]);
}

#[test]
fn the_end_of_a_certificate_is_warned_of_and_ends_nothing() {
    for (end, expected) in [
        ((2026, 11, 22), Some("the certificate ended at 2026-11-22T00:00:00Z")),
        ((2026, 11, 23), Some("the certificate ends in 0 days")),
        ((2026, 11, 30), Some("the certificate ends in 7 days")),
        ((2027, 1, 21), Some("the certificate ends in 59 days")),
        ((2027, 1, 23), None),
    ] {
        let text = with_keys(&(key(SIGNING, &rsa_certificate(end), &[]) + &key(ENCRYPTION, &lasting(), &[])));
        let (provider, report) = read(&text).map_err(|report| report.to_string()).unwrap();
        assert_eq!(provider.signing.len(), 1);
        match (report.findings.as_slice(), expected) {
            ([], None) => {}
            ([one], Some(expected)) => assert!(one.code == "MD-18" && one.text.starts_with(expected), "{}", one.text),
            other => panic!("{end:?}: {other:?}"),
        }
    }
}

#[test]
fn the_service_chooses_the_cipher_and_gcm_goes_first() {
    let gcm128 = algorithm::AES128_GCM;
    let (cbc, mgf1p, oaep) = (algorithm::AES256_CBC, algorithm::RSA_OAEP_MGF1P, algorithm::RSA_OAEP);
    for (methods, content, transport) in [
        (&[][..], GCM, mgf1p),
        (&[gcm128, GCM], gcm128, mgf1p),
        (&[cbc, gcm128], gcm128, mgf1p),
        (&[GCM, mgf1p], GCM, mgf1p),
        (&[oaep, GCM, mgf1p], GCM, mgf1p),
        (&["http://www.w3.org/2001/04/xmlenc#kw-aes256"], GCM, mgf1p),
    ] {
        let provider = provider(&with_keys(&key("", &lasting(), methods)));
        let encrypted = used(&provider);
        for uri in [content, transport] {
            assert!(encrypted.contains(&format!("EncryptionMethod Algorithm=\"{uri}\"")), "{methods:?}: {encrypted}");
        }
        assert!(provider.encryption_cbc.is_empty());
    }
}

#[test]
fn a_service_that_reads_cbc_alone_is_kept_apart() {
    let text = with_keys(&key("", &lasting(), &[algorithm::AES128_CBC, algorithm::AES256_CBC]));
    assert_eq!(codes(read(&text)), ["MD-21"]);
    let provider = provider(&text);
    assert!(provider.encryption.is_empty());
    assert!(used(&provider).contains(algorithm::AES128_CBC), "the first of its list");
}

#[test]
fn a_service_that_reads_only_what_is_refused_is_told_what_to_do() {
    for methods in [
        &["http://www.w3.org/2001/04/xmlenc#tripledes-cbc"][..],
        &["http://www.w3.org/2001/04/xmlenc#rsa-1_5", GCM],
        &["urn:x-own"],
    ] {
        let text = with_keys(&(key(SIGNING, &lasting(), &[]) + &key(ENCRYPTION, &lasting(), methods)));
        assert_eq!(codes(read(&text)), ["MD-21", "MD-20"], "{methods:?}");
    }
    assert_eq!(codes(read(&good())), [""; 0]);
}

#[test]
fn oaep_of_which_not_all_is_named_is_that_with_sha_1_and_not_ours() {
    let oaep = key("", &lasting(), &[algorithm::RSA_OAEP]);
    let with =
        |parameters: &str| replaced(&oaep, "rsa-oaep\"/>", &format!("rsa-oaep\">{parameters}</md:EncryptionMethod>"));
    let digest = format!("<ds:DigestMethod Algorithm=\"{}\"/>", algorithm::SHA256);
    let mask = format!(
        "<xenc11:MGF xmlns:xenc11=\"http://www.w3.org/2009/xmlenc11#\" Algorithm=\"{}\"/>",
        algorithm::MGF1_SHA256
    );
    let sha1 = digest.replace("2001/04/xmlenc#sha256", "2000/09/xmldsig#sha1");
    for lacking in [String::new(), digest.clone(), mask.clone(), format!("{sha1}{mask}")] {
        assert_eq!(codes(read(&with_keys(&with(&lacking)))), ["MD-21", "MD-20"], "{lacking}");
    }
    let named = with_keys(&with(&format!("{digest}{mask}")));
    assert_eq!(codes(read(&named)), [""; 0]);
    let encrypted = used(&provider(&named));
    assert!(encrypted.contains(&format!("EncryptionMethod Algorithm=\"{}\"", algorithm::RSA_OAEP)), "{encrypted}");
}
