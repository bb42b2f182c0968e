//! Tokens that are encrypted to a key on P-256 (XML Encryption 1.1 §5.6.4). What the form demands is in the tests of the XML crate;
//! here, that a data service sees nothing of a person in any other.

use std::path::PathBuf;

use base64::{Engine, engine::general_purpose::STANDARD};
use idwsf::TokenRefused;

use crate::world::{World, between, replaced, subject, without};

/// What stands between two marks, which are there once.
fn inner(text: &str, start: &str, end: &str) -> String {
    let found = between(text, start, end);
    found.strip_prefix(start).and_then(|found| found.strip_suffix(end)).unwrap().to_owned()
}

/// What is another in each message: the sender's key, that key as a party, and the wrapped key.
fn parts(message: &str) -> [String; 3] {
    [
        inner(message, "<dsig11:PublicKey>", "</dsig11:PublicKey>"),
        inner(message, " PartyUInfo=\"", "\""),
        inner(message, "</ds:KeyInfo><xenc:CipherData><xenc:CipherValue>", "</xenc:CipherValue>"),
    ]
}

#[test]
fn a_token_encrypted_to_a_key_on_p256_is_opened() {
    let world = World::agreeing();
    let request = world.request();
    assert!(request.contains("#ECDH-ES") && !request.contains("rsa-oaep"));
    assert_eq!(world.receive(&request).unwrap().subject, subject());
}

/// As this crate once wrote it; `SSC_WRITE_GOLDEN=1` writes it anew. The signature of the message is over what differs.
#[test]
fn a_kept_message_is_opened_and_still_written_so() {
    let world = World::agreeing();
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/request-agreed.xml");
    if std::env::var_os("SSC_WRITE_GOLDEN").is_some() {
        std::fs::write(&file, world.request()).unwrap();
    }
    let kept = std::fs::read_to_string(file).unwrap();
    assert_eq!(world.receive(&kept).unwrap().subject, subject());
    let shape = |message: &str| {
        let token = between(message, "<saml:EncryptedAssertion", "</saml:EncryptedAssertion>");
        parts(&token).iter().fold(token, |token, part| replaced(&token, part, ""))
    };
    assert_eq!(shape(&world.request()), shape(&kept));
}

#[test]
fn a_token_in_the_other_form_than_that_of_the_key_is_refused() {
    let (rsa, agreeing) = (World::new(), World::agreeing());
    for (sender, receiver) in [(&rsa, &agreeing), (&agreeing, &rsa)] {
        assert_eq!(receiver.receive(&sender.request()), Err(TokenRefused::Decryption.into()));
    }
}

#[test]
fn a_token_encrypted_under_another_name_is_refused() {
    let (world, mut renamed) = (World::agreeing(), World::agreeing());
    renamed.insurer.entity = world.stranger.entity.clone();
    // It has the private key, and the name in the token is another.
    let message = world.request();
    assert!(world.receive(&message).is_ok());
    assert_eq!(renamed.receive(&message), Err(TokenRefused::Decryption.into()));
}

#[test]
fn a_token_whose_key_agreement_was_changed_is_refused_without_a_reason() {
    let world = World::agreeing();
    let request = world.request();
    let [point, party, _] = parts(&request);
    let bytes = STANDARD.decode(&point).unwrap();
    let mut beside = bytes.clone();
    beside[64] ^= 1;
    let beyond = [&[4][..], &[0xff; 64]].concat();
    let [other, other_party, _] = parts(&world.request());
    let both = |to: &str, party_to: &str| replaced(&replaced(&request, &point, to), &party, party_to);
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02X}")).collect() };
    let named = |bytes: &[u8]| format!("00{}{}", hex(&u32::try_from(bytes.len()).unwrap().to_be_bytes()), hex(bytes));
    let no_parameters = without(&request, "<xenc11:ConcatKDFParams", "</xenc11:ConcatKDFParams>");
    let broken = [
        both(&STANDARD.encode(&beside), &named(&beside)),
        both(&STANDARD.encode([0]), &named(&[0])),
        both(&STANDARD.encode(&beyond), &named(&beyond)),
        both(&other, &party),
        both(&other, &other_party),
        replaced(&request, &format!(" PartyUInfo=\"{party}\""), ""),
        no_parameters,
    ];
    for message in broken {
        assert_ne!(message, request);
        let signed = world.resign(&message, |_| true, &world.relay);
        assert_eq!(world.receive(&signed), Err(TokenRefused::Decryption.into()));
    }
}

#[test]
fn a_senders_key_is_another_in_each_token_even_if_chance_repeats_itself() {
    let world = World::agreeing();
    assert_ne!(parts(&world.request()), parts(&world.request()));
}
