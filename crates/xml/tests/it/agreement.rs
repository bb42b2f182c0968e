//! XML Encryption 1.1 with ECDH-ES on P-256: one form, and nothing else is read.

use base64::{Engine, engine::general_purpose::STANDARD};
use xml::{EncryptedKey, Refused, Undecryptable, decrypt, decrypt_as, encrypt, ns};

use crate::peer::{Peer, cut, parse, signed_assertion};

const INSURER: &str = "https://insurer.example";

fn encrypted(recipient: &Peer) -> String {
    let token = signed_assertion(recipient, "a1", "alice");
    let mut random = |bytes: &mut [u8]| bytes.fill(7);
    encrypt(&token, (ns::SAML, "EncryptedAssertion"), &recipient.encryption_key(), &mut random).unwrap().into_string()
}

fn opened(recipient: &Peer, message: &str) -> Result<String, Undecryptable<&'static str>> {
    let doc = parse(message).unwrap();
    let plain = decrypt_as(INSURER, doc.root(), |key| recipient.open(key))?;
    Ok(String::from_utf8(plain.to_vec()).unwrap())
}

/// The sender's key, as it stands in the message.
fn originator(message: &str) -> (String, Vec<u8>) {
    let element = cut(message, "<dsig11:PublicKey>", "</dsig11:PublicKey>");
    let text = element.trim_start_matches("<dsig11:PublicKey>").trim_end_matches("</dsig11:PublicKey>");
    (text.to_owned(), STANDARD.decode(text).unwrap())
}

fn attribute(bytes: &[u8]) -> String {
    let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
    format!("00{}{}", hex::encode_upper(length), hex::encode_upper(bytes))
}

/// The message with another key of the sender, and with that named as its `PartyUInfo`.
fn with_originator(message: &str, point: &[u8]) -> String {
    let (text, before) = originator(message);
    message.replace(&text, &STANDARD.encode(point)).replace(&attribute(&before), &attribute(point))
}

#[test]
fn the_recipient_with_a_key_on_p256_reads_what_was_encrypted() {
    let recipient = Peer::agreeing();
    let message = encrypted(&recipient);
    assert!(!message.contains("alice"));
    let plain = opened(&recipient, &message).unwrap();
    let doc = parse(&plain).unwrap();
    assert!(xml::verify_enveloped(&doc, doc.root(), &[recipient.verifying_key()]).is_ok());
}

#[test]
fn one_reader_opens_both_forms_and_the_key_says_which() {
    let (agreeing, rsa) = (Peer::agreeing(), Peer::rsa());
    assert!(opened(&rsa, &encrypted(&rsa)).is_ok());
    assert!(encrypted(&rsa).contains("#rsa-oaep-mgf1p"));
    assert!(encrypted(&agreeing).contains("#ECDH-ES"));
}

#[test]
fn the_layout_is_the_one_of_xml_encryption() {
    let message = encrypted(&Peer::agreeing());
    let (text, point) = originator(&message);
    assert_eq!((point.len(), point[0]), (65, 4));
    let key = cut(&message, "<xenc:EncryptedKey ", "</xenc:EncryptedKey>");
    let wrapped = cut(key, "<xenc:CipherValue>", "</xenc:CipherValue>");
    let shape = key.replace(&text, "POINT").replace(&attribute(&point), "HEX").replace(wrapped, "KEY");
    assert_eq!(
        shape,
        concat!(
            r#"<xenc:EncryptedKey Recipient="https://insurer.example">"#,
            r##"<xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#kw-aes256"></xenc:EncryptionMethod>"##,
            r##"<ds:KeyInfo><xenc:AgreementMethod Algorithm="http://www.w3.org/2009/xmlenc11#ECDH-ES">"##,
            r##"<xenc11:KeyDerivationMethod xmlns:xenc11="http://www.w3.org/2009/xmlenc11#" "##,
            r##"Algorithm="http://www.w3.org/2009/xmlenc11#ConcatKDF"><xenc11:ConcatKDFParams "##,
            r#"AlgorithmID="000000002A687474703A2F2F7777772E77332E6F72672F323030312F30342F786D6C656E63236B772D616573323536" "#,
            r#"PartyUInfo="HEX" PartyVInfo="000000001768747470733A2F2F696E73757265722E6578616D706C65">"#,
            r##"<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod>"##,
            "</xenc11:ConcatKDFParams></xenc11:KeyDerivationMethod>",
            r##"<xenc:OriginatorKeyInfo><ds:KeyValue><dsig11:ECKeyValue xmlns:dsig11="http://www.w3.org/2009/xmldsig11#">"##,
            r#"<dsig11:NamedCurve URI="urn:oid:1.2.840.10045.3.1.7"></dsig11:NamedCurve>"#,
            "<dsig11:PublicKey>POINT</dsig11:PublicKey></dsig11:ECKeyValue></ds:KeyValue></xenc:OriginatorKeyInfo>",
            "<xenc:RecipientKeyInfo><ds:KeyName>https://insurer.example</ds:KeyName></xenc:RecipientKeyInfo>",
            "</xenc:AgreementMethod></ds:KeyInfo><xenc:CipherData>KEY</xenc:CipherData></xenc:EncryptedKey>",
        )
    );
}

#[test]
fn every_message_has_a_senders_key_of_its_own() {
    let recipient = Peer::agreeing();
    assert_ne!(originator(&encrypted(&recipient)).1, originator(&encrypted(&recipient)).1);
}

#[test]
fn another_recipients_key_opens_nothing() {
    let recipient = Peer::agreeing();
    let message = encrypted(&recipient);
    assert_eq!(opened(&Peer::agreeing(), &message), Err(Undecryptable::Key("not for this key")));
}

#[test]
fn what_was_encrypted_under_another_name_is_refused() {
    let recipient = Peer::agreeing();
    let message = encrypted(&recipient);
    let doc = parse(&message).unwrap();
    let other = decrypt_as("https://other.example", doc.root(), |key| recipient.open(key));
    assert_eq!(other.unwrap_err(), Undecryptable::Refused(Refused::Undecryptable));
    // Nor does the key open it when the name in the message is changed to that other.
    let renamed = message.replace(&attribute(INSURER.as_bytes()), &attribute(b"https://other.example"));
    let doc = parse(&renamed).unwrap();
    let other = decrypt_as("https://other.example", doc.root(), |key| recipient.open(key));
    assert_eq!(other.unwrap_err(), Undecryptable::Key("not for this key"));
}

#[test]
fn a_swapped_senders_key_is_refused() {
    let recipient = Peer::agreeing();
    let message = encrypted(&recipient);
    let (text, point) = originator(&message);
    let (other_text, other) = originator(&encrypted(&recipient));
    let swapped = message.replace(&text, &other_text);
    assert_eq!(opened(&recipient, &swapped), Err(Refused::Undecryptable.into()));
    assert_eq!(opened(&recipient, &with_originator(&message, &other)), Err(Undecryptable::Key("not for this key")));
    // The negative of a point leads to the same secret, and still to no other message that opens.
    let negative = negative(&point);
    let negated = message.replace(&text, &STANDARD.encode(&negative));
    assert_eq!(opened(&recipient, &negated), Err(Refused::Undecryptable.into()));
    assert_eq!(opened(&recipient, &with_originator(&message, &negative)), Err(Undecryptable::Key("not for this key")));
}

/// (x, p - y).
fn negative(point: &[u8]) -> Vec<u8> {
    let p = hex::decode("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff").unwrap();
    let mut borrow = 0;
    let mut y: Vec<u8> = p
        .iter()
        .zip(&point[33..])
        .rev()
        .map(|(p, y)| {
            let difference = i16::from(*p) - i16::from(*y) - borrow;
            borrow = i16::from(difference < 0);
            u8::try_from(difference.rem_euclid(256)).unwrap()
        })
        .collect();
    y.reverse();
    [&point[..33], &y].concat()
}

#[test]
fn a_senders_key_that_is_not_on_the_curve_is_refused() {
    let recipient = Peer::agreeing();
    let message = encrypted(&recipient);
    let (_, point) = originator(&message);
    let mut beside = point.clone();
    beside[64] ^= 1;
    let origin = [&[4][..], &[0; 64]].concat();
    let beyond = [&[4][..], &[0xff; 64]].concat();
    for bad in [beside, origin, beyond] {
        assert_eq!(opened(&recipient, &with_originator(&message, &bad)), Err(Undecryptable::Key("not a point")));
    }
    let hybrid = [&[6 + (point[64] & 1)][..], &point[1..]].concat();
    let compressed = [&[2 + (point[64] & 1)][..], &point[1..33]].concat();
    for bad in [hybrid, compressed, vec![0], vec![0; 65], vec![], [&point[..], &[0]].concat()] {
        let refused = unasked(&with_originator(&message, &bad));
        assert_eq!(refused, Refused::Undecryptable, "{bad:?}");
    }
}

/// Why it was refused, the key store not having been asked.
fn unasked(message: &str) -> Refused {
    let doc = parse(message).unwrap();
    match decrypt_as(INSURER, doc.root(), |_| -> Result<_, ()> { panic!("the key store was asked") }).unwrap_err() {
        Undecryptable::Refused(refused) => refused,
        Undecryptable::Key(()) => panic!("the key store was asked"),
    }
}

#[test]
fn nothing_but_the_one_form_reaches_the_key_store() {
    let message = encrypted(&Peer::agreeing());
    let part = |local: &str| cut(&message, &format!("<{local}"), &format!("</{local}>")).to_owned();
    let parameters = cut(&message, "<xenc11:ConcatKDFParams", ">").to_owned();
    let value = |name: &str| cut(&parameters, &format!(" {name}=\""), "\" ").trim_end().to_owned();
    let (algorithm, sender) = (value("AlgorithmID"), value("PartyUInfo"));
    let (derivation, originator) = (part("xenc11:KeyDerivationMethod"), part("xenc:OriginatorKeyInfo"));
    let (recipient, digest, method) =
        (part("xenc:RecipientKeyInfo"), part("ds:DigestMethod"), part("xenc:AgreementMethod"));
    let (curve, public) = (part("dsig11:NamedCurve"), part("dsig11:PublicKey"));
    let twice = |text: &str| text.repeat(2);
    let nonce = "<xenc:KA-Nonce>AAAA</xenc:KA-Nonce>";
    let long = format!(" PartyUInfo=\"00{}\"", "0".repeat(100_000));
    let changes = [
        ("#kw-aes256\"", "#kw-aes128\""),
        ("#kw-aes256\">", "#kw-aes256\"><xenc:KeySize>256</xenc:KeySize>"),
        ("xmlenc11#ECDH-ES", "xmlenc#dh"),
        ("xmlenc11#ConcatKDF\"", "xmlenc11#pbkdf2\""),
        (&digest, &digest.replace("#sha256", "#sha512")),
        (&digest, &digest.replace("><", "><ds:X></ds:X><")),
        (&digest, ""),
        (&digest, &twice(&digest)),
        ("1.2.840.10045.3.1.7", "1.3.132.0.34"),
        (&curve, ""),
        (&public, &twice(&public)),
        (&public, ""),
        (&derivation, ""),
        (&derivation, &twice(&derivation)),
        (&originator, ""),
        (&originator, &twice(&originator)),
        (&originator, "<xenc:OriginatorKeyInfo><ds:KeyName>x</ds:KeyName></xenc:OriginatorKeyInfo>"),
        (&recipient, ""),
        (&recipient, &twice(&recipient)),
        (&recipient, &format!("{nonce}{recipient}")),
        (&derivation, &format!("{nonce}{derivation}")),
        (&method, &twice(&method)),
        (&algorithm, ""),
        (&algorithm, " AlgorithmID=\"\""),
        (&sender, ""),
        (&sender, " PartyUInfo=\"00\""),
        (&sender, &long),
        (&algorithm, &algorithm.replacen("\"00", "\"04", 1)),
        (" PartyVInfo=", " SuppPubInfo=\"00\" PartyVInfo="),
        (" PartyVInfo=", " ds:PartyVInfo="),
    ];
    for (from, to) in changes {
        let changed = message.replacen(from, to, 1);
        assert_ne!(changed, message, "{from}");
        unasked(&changed);
    }
}

#[test]
fn a_wrapped_key_of_no_length_that_a_key_has_is_refused() {
    let message = encrypted(&Peer::agreeing());
    let key = cut(&message, "<xenc:EncryptedKey ", "</xenc:EncryptedKey>");
    let wrapped = cut(key, "<xenc:CipherValue>", "</xenc:CipherValue>");
    for bytes in [0, 8, 16, 32, 39, 41, 48, 4096] {
        let other = format!("<xenc:CipherValue>{}</xenc:CipherValue>", STANDARD.encode(vec![7; bytes]));
        assert_eq!(unasked(&message.replace(wrapped, &other)), Refused::Undecryptable);
    }
}

#[test]
fn a_changed_wrapped_key_opens_nothing() {
    let recipient = Peer::agreeing();
    let message = encrypted(&recipient);
    let key = cut(&message, "<xenc:EncryptedKey ", "</xenc:EncryptedKey>");
    let wrapped = cut(key, "<xenc:CipherValue>", "</xenc:CipherValue>");
    for bytes in [24, 40] {
        let other = format!("<xenc:CipherValue>{}</xenc:CipherValue>", STANDARD.encode(vec![7; bytes]));
        assert_eq!(opened(&recipient, &message.replace(wrapped, &other)), Err(Undecryptable::Key("not for this key")));
    }
}

#[test]
fn digits_of_either_case_are_the_same_bytes() {
    let recipient = Peer::agreeing();
    let message = encrypted(&recipient);
    let (_, point) = originator(&message);
    let lower = message.replace(&attribute(&point), &attribute(&point).to_lowercase());
    assert_ne!(lower, message);
    assert!(opened(&recipient, &lower).is_ok());
}

#[test]
fn who_reads_rsa_oaep_alone_refuses_it() {
    let message = encrypted(&Peer::agreeing());
    let doc = parse(&message).unwrap();
    let refused = decrypt(doc.root(), |_| -> Result<_, ()> { panic!("the key store was asked") });
    assert_eq!(refused.unwrap_err(), Refused::Algorithm(xml::algorithm::KW_AES256.to_owned()).into());
}

#[test]
fn what_a_key_store_gets_says_nothing_secret() {
    let recipient = Peer::agreeing();
    let message = encrypted(&recipient);
    let doc = parse(&message).unwrap();
    let mut seen = None;
    decrypt_as(INSURER, doc.root(), |key| {
        seen = Some(key.clone());
        recipient.open(key)
    })
    .unwrap();
    let Some(EncryptedKey::Agreed(agreed)) = seen else { panic!("another form") };
    assert_eq!(agreed.originator().as_slice(), originator(&message).1);
    assert_eq!(agreed.open(&[0; 32]), None);
}
