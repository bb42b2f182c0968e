use xml::{EncryptionKey, UnusableKey, VerifyingKey};

use crate::peer::Peer;

#[test]
fn a_key_is_taken_from_a_certificate_or_alone() {
    for peer in [Peer::rsa(), Peer::p256()] {
        let der = peer.certificate.der();
        assert!(VerifyingKey::from_certificate_der(der).is_ok());
        let (_, parsed) = x509_parser::parse_x509_certificate(der).unwrap();
        assert!(VerifyingKey::from_spki_der(parsed.public_key().raw).is_ok());
    }
}

#[test]
fn what_is_no_key_is_refused() {
    assert_eq!(VerifyingKey::from_certificate_der(b"").err(), Some(UnusableKey::Malformed));
    assert_eq!(VerifyingKey::from_spki_der(b"\x30\x03abc").err(), Some(UnusableKey::Malformed));
    let mut trailing = Peer::rsa().certificate.der().to_vec();
    trailing.push(0);
    assert_eq!(VerifyingKey::from_certificate_der(&trailing).err(), Some(UnusableKey::Malformed));
}

#[test]
fn a_short_rsa_key_is_refused() {
    // 1024 bits, for this test only.
    let spki = hex::decode(concat!(
        "30819f300d06092a864886f70d010101050003818d0030818902818100",
        "c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffee",
        "c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffee",
        "c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ff0203010001",
    ))
    .unwrap();
    assert_eq!(VerifyingKey::from_spki_der(&spki).err(), Some(UnusableKey::Size(1024)));
    assert_eq!(EncryptionKey::from_spki_der("x", &spki).err(), Some(UnusableKey::Size(1024)));
}

#[test]
fn other_kinds_of_key_are_refused() {
    let kind = |algorithm| {
        let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
        VerifyingKey::from_spki_der(&rcgen::PublicKeyData::subject_public_key_info(&key)).err()
    };
    assert_eq!(kind(&rcgen::PKCS_ED25519), Some(UnusableKey::Kind));
    assert_eq!(kind(&rcgen::PKCS_ECDSA_P384_SHA384), Some(UnusableKey::Kind));
}

#[test]
fn a_key_to_encrypt_to_is_rsa_or_says_that_it_agrees() {
    let taken = |peer: &Peer| EncryptionKey::from_certificate_der("x", peer.certificate.der()).err();
    assert_eq!(taken(&Peer::rsa()), None);
    assert_eq!(taken(&Peer::agreeing()), None);
    assert_eq!(taken(&Peer::p256()), Some(UnusableKey::Usage));
    let signing = Peer::with(&rcgen::PKCS_ECDSA_P256_SHA256, &[rcgen::KeyUsagePurpose::DigitalSignature]);
    assert_eq!(taken(&signing), Some(UnusableKey::Usage));
    let agreement = [rcgen::KeyUsagePurpose::KeyAgreement];
    assert_eq!(taken(&Peer::with(&rcgen::PKCS_ECDSA_P384_SHA384, &agreement)), Some(UnusableKey::Kind));
    assert_eq!(taken(&Peer::new(&rcgen::PKCS_ED25519)), Some(UnusableKey::Kind));
}

#[test]
fn who_reads_rsa_oaep_alone_is_given_no_other_key() {
    let taken = |peer: &Peer| EncryptionKey::from_rsa_certificate_der("x", peer.certificate.der()).err();
    assert_eq!(taken(&Peer::rsa()), None);
    assert_eq!(taken(&Peer::agreeing()), Some(UnusableKey::Kind));
}
