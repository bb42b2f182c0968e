//! XML Encryption 1.1 with AES-GCM and RSA-OAEP.

use xml::{ContentCipher, EncryptionKey, Refused, Undecryptable, Weak, decrypt, encrypt, ns};

use crate::peer::{Peer, cut, parse, signed_assertion};

fn encrypted(sender: &Peer, recipient: &Peer) -> String {
    encrypted_by(sender, recipient.encryption_key())
}

fn encrypted_by(sender: &Peer, key: EncryptionKey) -> String {
    let token = signed_assertion(sender, "a1", "alice");
    // Not random: the rule under test is the layout, and every message has its own key pair.
    let mut byte = 0;
    let mut random = |bytes: &mut [u8]| {
        bytes.fill_with(|| {
            byte += 1;
            byte
        })
    };
    encrypt(&token, (ns::SAML, "EncryptedAssertion"), &key, &mut random).unwrap().into_string()
}

fn opened(recipient: &Peer, message: &str) -> Result<String, Undecryptable<&'static str>> {
    let doc = parse(message).unwrap();
    decrypt(doc.root(), |wrapped| recipient.unwrap(wrapped)).map(|plain| String::from_utf8(plain.to_vec()).unwrap())
}

#[test]
fn the_recipient_reads_what_was_encrypted() {
    let (sender, recipient) = (Peer::rsa(), Peer::rsa());
    let message = encrypted(&sender, &recipient);
    assert!(!message.contains("alice"));
    let plain = opened(&recipient, &message).unwrap();
    assert_eq!(plain, signed_assertion(&sender, "a1", "alice").as_str());
    let doc = parse(&plain).unwrap();
    assert!(xml::verify_enveloped(&doc, doc.root(), &[sender.verifying_key()]).is_ok());
}

#[test]
fn the_layout_is_the_one_every_peer_reads() {
    let peer = Peer::rsa();
    let message = encrypted(&peer, &peer);
    let values: Vec<&str> = message
        .match_indices("<xenc:CipherValue>")
        .map(|(at, _)| cut(&message[at..], "<xenc:CipherValue>", "</xenc:CipherValue>"))
        .collect();
    let shape = message.replace(values[0], "KEY").replace(values[1], "CONTENT");
    assert_eq!(
        shape,
        concat!(
            r#"<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">"#,
            r##"<xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" Type="http://www.w3.org/2001/04/xmlenc#Element">"##,
            r##"<xenc:EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#aes256-gcm"></xenc:EncryptionMethod>"##,
            r##"<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">"##,
            r#"<xenc:EncryptedKey Recipient="https://insurer.example">"#,
            r##"<xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"></xenc:EncryptionMethod>"##,
            "<ds:KeyInfo><ds:KeyName>https://insurer.example</ds:KeyName></ds:KeyInfo>",
            "<xenc:CipherData>KEY</xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo>",
            "<xenc:CipherData>CONTENT</xenc:CipherData></xenc:EncryptedData></saml:EncryptedAssertion>",
        )
    );
}

#[test]
fn the_recipients_key_says_how_to_encrypt_to_it() {
    let peer = Peer::rsa();
    for cipher in
        [ContentCipher::Aes256Gcm, ContentCipher::Aes128Gcm, ContentCipher::Aes256Cbc, ContentCipher::Aes128Cbc]
    {
        let message = encrypted_by(&peer, peer.encryption_key().with_cipher(cipher));
        assert!(message.contains(&format!("<xenc:EncryptionMethod Algorithm=\"{}\">", cipher.uri())));
        assert_eq!(ContentCipher::of(cipher.uri()), Ok(cipher));
        assert_eq!(opened(&peer, &message).is_ok(), cipher.is_authenticated(), "CBC is written and never read");
    }
    let message = encrypted_by(&peer, peer.encryption_key().with_oaep_sha256());
    assert!(message.contains(concat!(
        r##"<xenc:EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#rsa-oaep">"##,
        r##"<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod>"##,
        r##"<xenc11:MGF xmlns:xenc11="http://www.w3.org/2009/xmlenc11#" Algorithm="http://www.w3.org/2009/xmlenc11#mgf1sha256">"##,
        "</xenc11:MGF></xenc:EncryptionMethod>",
    )));
    assert_eq!(opened(&peer, &message), Err(Refused::Algorithm(xml::algorithm::RSA_OAEP.to_owned()).into()));
}

#[test]
fn every_message_has_its_own_key_and_nonce() {
    let peer = Peer::rsa();
    let token = signed_assertion(&peer, "a1", "alice");
    for cipher in
        [ContentCipher::Aes256Gcm, ContentCipher::Aes128Gcm, ContentCipher::Aes256Cbc, ContentCipher::Aes128Cbc]
    {
        let mut drawn = Vec::new();
        let key = peer.encryption_key().with_cipher(cipher);
        encrypt(&token, (ns::SAML, "EncryptedID"), &key, &mut |bytes| drawn.push(bytes.len())).unwrap();
        let key_bytes = if cipher.uri().contains("256") { 32 } else { 16 };
        let start_bytes = if cipher.is_authenticated() { 12 } else { 16 };
        assert_eq!(drawn, [key_bytes, start_bytes]);
    }
}

#[test]
fn another_recipient_reads_nothing() {
    let peer = Peer::rsa();
    let message = encrypted(&peer, &peer);
    assert_eq!(opened(&Peer::rsa(), &message), Err(Undecryptable::Key("not for this key")));
}

#[test]
fn a_key_beside_the_data_is_found() {
    let peer = Peer::rsa();
    let message = encrypted(&peer, &peer);
    let key = cut(&message, "<xenc:EncryptedKey ", "</xenc:EncryptedKey>");
    let beside = key.replace(
        "EncryptedKey ",
        "EncryptedKey xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\" \
                                              xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" ",
    );
    let message = message.replace(key, "").replace("</xenc:EncryptedData>", &format!("</xenc:EncryptedData>{beside}"));
    assert!(opened(&peer, &message).is_ok());
    let two = message.replace(&beside, &beside.repeat(2));
    assert_eq!(opened(&peer, &two), Err(Refused::Repeated("EncryptedKey".to_owned()).into()));
    let none = message.replace(&beside, "");
    assert_eq!(opened(&peer, &none), Err(Refused::Missing("EncryptedKey".to_owned()).into()));
}

#[test]
fn changed_or_cut_content_does_not_decrypt() {
    let peer = Peer::rsa();
    let message = encrypted(&peer, &peer);
    let start = message.rfind("<xenc:CipherValue>").unwrap();
    let content = cut(&message[start..], "<xenc:CipherValue>", "</xenc:CipherValue>");
    for change in ["<xenc:CipherValue>AAAA</xenc:CipherValue>".to_owned(), content.replacen('A', "B", 1), {
        "<xenc:CipherValue></xenc:CipherValue>".to_owned()
    }] {
        assert_eq!(opened(&peer, &message.replace(content, &change)), Err(Refused::Undecryptable.into()));
    }
}

#[test]
fn a_content_key_of_another_length_does_not_decrypt() {
    let peer = Peer::rsa();
    let message = encrypted(&peer, &peer);
    let shorter = message.replace("aes256-gcm", "aes128-gcm");
    assert_eq!(opened(&peer, &shorter), Err(Refused::Undecryptable.into()));
}

#[test]
fn unauthenticated_and_old_algorithms_are_refused_before_any_key_is_used() {
    let peer = Peer::rsa();
    let message = encrypted(&peer, &peer);
    let refusal = |from: &str, to: &str| {
        let message = message.replace(from, to);
        let doc = parse(&message).unwrap();
        match decrypt(doc.root(), |_| -> Result<_, ()> { panic!("the key store was asked") }).unwrap_err() {
            Undecryptable::Refused(refused) => refused,
            Undecryptable::Key(()) => panic!("the key store was asked"),
        }
    };
    for (from, algorithm, why) in [
        (xml::algorithm::AES256_GCM, "http://www.w3.org/2001/04/xmlenc#aes256-cbc", Weak::Cbc),
        (xml::algorithm::AES256_GCM, "http://www.w3.org/2001/04/xmlenc#tripledes-cbc", Weak::TripleDes),
        (xml::algorithm::RSA_OAEP_MGF1P, "http://www.w3.org/2001/04/xmlenc#rsa-1_5", Weak::Rsa15),
    ] {
        let refused = refusal(from, algorithm);
        assert_eq!(refused, Refused::WeakAlgorithm { algorithm, why });
        assert_eq!(refused.code(), "enc-weak-algorithm");
    }
    let content = "http://www.w3.org/2001/04/xmlenc#Content";
    assert_eq!(refusal(xml::algorithm::ELEMENT, content), Refused::Algorithm(content.to_owned()));
    let other = refusal(xml::algorithm::RSA_OAEP_MGF1P, "http://www.w3.org/2001/04/xmlenc#rsa-1_5").to_string();
    assert!(other.ends_with("RSA 1.5 key transport is refused; configure rsa-oaep-mgf1p"), "{other}");
}

#[test]
fn the_oaep_digest_may_be_spelled_out_but_not_changed() {
    let peer = Peer::rsa();
    let message = encrypted(&peer, &peer);
    let with = |parameter: &str| message.replace("mgf1p\">", &format!("mgf1p\">{parameter}"));
    let digest = |uri: &str| format!("<ds:DigestMethod xmlns:ds=\"{}\" Algorithm=\"{uri}\"/>", ns::DS.uri);
    assert!(opened(&peer, &with(&digest(xml::algorithm::SHA1))).is_ok());
    assert!(opened(&peer, &with(&digest(xml::algorithm::SHA256))).is_err());
    assert!(opened(&peer, &with("<xenc:OAEPparams>AAAA</xenc:OAEPparams>")).is_err());
}
