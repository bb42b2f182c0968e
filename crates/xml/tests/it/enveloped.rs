//! SAML 2.0 core §5.4, and what is tried against it.

use xml::{Refused, SignatureAlgorithm, Signing, Weak, child, ns, text, verify_enveloped};

use crate::peer::{Peer, assertion, cut, first, parse, response, signed_assertion};

/// The refusal of the first assertion in `message`.
fn refusal(peer: &Peer, message: &str) -> Refused {
    let doc = parse(message).unwrap();
    verify_enveloped(&doc, first(&doc, "Assertion"), &[peer.verifying_key()]).unwrap_err()
}

/// Signs `alice`, changes the text, and returns the refusal.
fn refusal_after(change: impl FnOnce(&str) -> String) -> Refused {
    let peer = Peer::rsa();
    let signed = signed_assertion(&peer, "good", "alice");
    let changed = change(signed.as_str());
    assert_ne!(changed, signed.as_str());
    refusal(&peer, &changed)
}

#[test]
fn a_signed_assertion_is_verified_and_returned() {
    let peer = Peer::rsa();
    let message = response(signed_assertion(&peer, "good", "alice").as_str());
    let doc = parse(&message).unwrap();
    let assertion = first(&doc, "Assertion");
    let verified = verify_enveloped(&doc, assertion, &[peer.verifying_key()]).unwrap();
    assert_eq!(verified.id(), "good");
    assert!(verified.node() == assertion);
}

#[test]
fn the_key_that_verified_is_named() {
    let (old, new) = (Peer::rsa(), Peer::rsa());
    let message = signed_assertion(&new, "good", "alice");
    let doc = parse(message.as_str()).unwrap();
    let verified = verify_enveloped(&doc, doc.root(), &[old.verifying_key(), new.verifying_key()]).unwrap();
    assert_eq!(verified.key(), 1);
    let refused = verify_enveloped(&doc, doc.root(), &[old.verifying_key()]).unwrap_err();
    assert_eq!(refused, Refused::Signature);
    assert_eq!(verify_enveloped(&doc, doc.root(), &[]).unwrap_err(), Refused::Signature);
}

#[test]
fn each_algorithm_signs_and_verifies_with_and_without_the_certificate() {
    for peer in [Peer::rsa(), Peer::p256()] {
        for certificate in [None, Some(&**peer.certificate.der())] {
            let signing = Signing { certificate, ..peer.signing() };
            let Ok(signed) = assertion("good", "alice").sign_as("good", &signing, |m| peer.sign(m));
            assert_eq!(
                signed.as_str().contains("<ds:KeyInfo><ds:X509Data><ds:X509Certificate>MII"),
                certificate.is_some()
            );
            let doc = parse(signed.as_str()).unwrap();
            let verified = verify_enveloped(&doc, doc.root(), &[peer.verifying_key()]);
            assert_eq!(verified.map(|v| v.id()), Ok("good"));
        }
    }
}

#[test]
fn a_p256_signature_is_accepted_only_as_what_it_is() {
    let (rsa, p256) = (Peer::rsa(), Peer::p256());
    let signed_as = |peer: &Peer, algorithm| {
        let signing = Signing { algorithm, certificate: None };
        let Ok(signed) = assertion("good", "alice").sign_as("good", &signing, |m| peer.sign(m));
        signed.into_string()
    };
    assert_eq!(refusal(&p256, &signed_as(&p256, SignatureAlgorithm::RsaSha256)), Refused::Signature);
    assert_eq!(refusal(&rsa, &signed_as(&rsa, SignatureAlgorithm::EcdsaP256Sha256)), Refused::Signature);
    assert_eq!(p256.sign(b"x").unwrap().len(), 64, "r and s, 32 bytes each");
}

#[test]
fn a_changed_assertion_is_refused() {
    let refused = refusal_after(|m| m.replace(">alice<", ">mallory<"));
    assert_eq!(refused, Refused::Digest("good".to_owned()));
    let refused = refusal_after(|m| m.replace("Format=\"persistent\"", "Format=\"transient\""));
    assert_eq!(refused, Refused::Digest("good".to_owned()));
    let refused = refusal_after(|m| m.replace("</saml:Assertion>", "<x/></saml:Assertion>"));
    assert_eq!(refused, Refused::Digest("good".to_owned()));
}

#[test]
fn a_changed_digest_is_refused_by_the_signature() {
    let other = signed_assertion(&Peer::rsa(), "good", "mallory");
    let digest = cut(other.as_str(), "<ds:DigestValue>", "</ds:DigestValue>");
    let refused = refusal_after(|m| {
        m.replace(cut(m, "<ds:DigestValue>", "</ds:DigestValue>"), digest).replace(">alice<", ">mallory<")
    });
    assert_eq!(refused, Refused::Signature);
}

#[test]
fn an_unsigned_assertion_is_refused() {
    let refused = refusal_after(|m| m.replace(cut(m, "<ds:Signature ", "</ds:Signature>"), ""));
    assert_eq!(refused, Refused::Missing("Signature".to_owned()));
}

#[test]
fn a_key_that_the_message_brings_itself_has_no_say() {
    let (peer, mallory) = (Peer::rsa(), Peer::rsa());
    let own = signed_assertion(&mallory, "good", "mallory");
    let certificate = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, mallory.certificate.der());
    let key_info = format!(
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
    );
    let message = own.as_str().replace("</ds:Signature>", &format!("{key_info}</ds:Signature>"));
    assert_eq!(refusal(&peer, &message), Refused::Signature);
    let doc = parse(&message).unwrap();
    assert!(verify_enveloped(&doc, doc.root(), &[mallory.verifying_key()]).is_ok());
}

#[test]
fn weak_and_keyed_algorithms_are_refused() {
    use xml::algorithm::{EXC_C14N, RSA_SHA256, SHA256};
    for (from, algorithm, why) in [
        (RSA_SHA256, "http://www.w3.org/2000/09/xmldsig#rsa-sha1", Weak::Sha1),
        (RSA_SHA256, "http://www.w3.org/2000/09/xmldsig#dsa-sha1", Weak::Sha1),
        (RSA_SHA256, "http://www.w3.org/2000/09/xmldsig#hmac-sha1", Weak::Hmac),
        (RSA_SHA256, "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", Weak::Hmac),
        (RSA_SHA256, "http://www.w3.org/2001/04/xmldsig-more#rsa-md5", Weak::Md5),
        (SHA256, "http://www.w3.org/2000/09/xmldsig#sha1", Weak::Sha1),
    ] {
        let refused = refusal_after(|m| m.replace(from, algorithm));
        assert_eq!(refused, Refused::WeakAlgorithm { algorithm, why });
        assert_eq!(refused.code(), "sig-weak-algorithm");
    }
    let told = refusal_after(|m| m.replace(SHA256, "http://www.w3.org/2000/09/xmldsig#sha1")).to_string();
    assert!(told.contains("xmldsig#sha1: SHA-1 is refused; configure RSA-SHA256"), "{told}");
    for other in ["", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", "urn:none"] {
        let refused = refusal_after(|m| m.replace(RSA_SHA256, other));
        assert_eq!(refused, Refused::Algorithm(other.to_owned()));
        assert_eq!(refused.code(), "sig-algorithm");
    }
    let inclusive = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
    let refused = refusal_after(|m| m.replacen(EXC_C14N, inclusive, 1));
    assert_eq!(refused, Refused::Algorithm(inclusive.to_owned()));
    let comments = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments";
    assert_eq!(refusal_after(|m| m.replacen(EXC_C14N, comments, 1)), Refused::Algorithm(comments.to_owned()));
    let truncated = refusal_after(|m| {
        let method = cut(m, "<ds:SignatureMethod", "</ds:SignatureMethod>");
        m.replace(method, &method.replace("></", "><ds:HMACOutputLength>8</ds:HMACOutputLength></"))
    });
    assert_eq!(truncated, Refused::Misbuilt("algorithm has parameters"));
}

#[test]
fn the_transforms_are_those_two_and_no_other() {
    const EXC: &str = "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform>";
    const ENVELOPED: &str =
        "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform>";
    let xpath = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><ds:XPath>self::x</ds:XPath>\
                 </ds:Transform>";
    let xslt = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"></ds:Transform>";
    for (from, to) in [
        (ENVELOPED, String::new()),
        (EXC, String::new()),
        (EXC, format!("{EXC}{EXC}")),
        (ENVELOPED, format!("{ENVELOPED}{ENVELOPED}")),
        (ENVELOPED, xpath.to_owned()),
        (EXC, xslt.to_owned()),
        (EXC, format!("{xslt}{EXC}")),
        (EXC, EXC.replace("ds:Transform", "saml:Transform")),
        (EXC, EXC.replace("xml-exc-c14n#", "xml-exc-c14n#WithComments")),
        (EXC, EXC.replace("></", "><x/></")),
    ] {
        assert_eq!(refusal_after(|m| m.replace(from, &to)), Refused::Transforms, "{to}");
    }
    let none = refusal_after(|m| m.replace(cut(m, "<ds:Transforms>", "</ds:Transforms>"), ""));
    assert_eq!(none, Refused::Transforms);
}

#[test]
fn a_reference_names_the_element_around_it() {
    for uri in ["", "#", "good", "#other", "#xpointer(/)", "#xpointer(id('good'))", "http://attacker.example/x"] {
        let refused = refusal_after(|m| m.replace("URI=\"#good\"", &format!("URI=\"{uri}\"")));
        assert!(matches!(refused, Refused::Reference(_)), "{uri}: {refused:?}");
    }
    assert_eq!(refusal_after(|m| m.replace(" URI=\"#good\"", "")), Refused::Reference(String::new()));
}

#[test]
fn a_signature_has_one_signed_info_with_one_reference() {
    let order = Refused::Misbuilt("Signature is not SignedInfo, SignatureValue, KeyInfo");
    let info = |m: &str| cut(m, "<ds:SignedInfo>", "</ds:SignedInfo>").to_owned();
    let reference = |m: &str| cut(m, "<ds:Reference ", "</ds:Reference>").to_owned();
    assert_eq!(refusal_after(|m| m.replace(&info(m), &info(m).repeat(2))), order);
    assert_eq!(refusal_after(|m| m.replace(&info(m), "")), order);
    assert_eq!(refusal_after(|m| m.replace("</ds:Signature>", "<ds:Object/></ds:Signature>")), order);
    assert_eq!(refusal_after(|m| m.replace("</ds:SignatureValue>", "</ds:SignatureValue><ds:SignatureValue/>")), order);
    let two = refusal_after(|m| m.replace(&reference(m), &reference(m).repeat(2)));
    assert_eq!(two, Refused::Misbuilt("more than one Reference"));
    let many = refusal_after(|m| m.replace(&reference(m), &reference(m).repeat(33)));
    assert_eq!(many, Refused::TooManyReferences(32));
    let none = refusal_after(|m| m.replace(&reference(m), ""));
    assert_eq!(none, Refused::Missing("Reference".to_owned()));
    let signature = |m: &str| cut(m, "<ds:Signature ", "</ds:Signature>").to_owned();
    let twice = refusal_after(|m| m.replace(&signature(m), &signature(m).repeat(2)));
    assert_eq!(twice, Refused::Repeated("Signature".to_owned()));
}

#[test]
fn a_signature_stands_right_after_the_issuer() {
    let refused = refusal_after(|m| {
        let signature = cut(m, "<ds:Signature ", "</ds:Signature>");
        m.replace(signature, "").replace("</saml:Assertion>", &format!("{signature}</saml:Assertion>"))
    });
    assert_eq!(refused, Refused::Misbuilt("Signature is neither first nor right after Issuer"));
    let refused = refusal_after(|m| m.replacen("<saml:Issuer>", "<x/><saml:Issuer>", 1));
    assert_eq!(refused, Refused::Misbuilt("Signature is neither first nor right after Issuer"));
    let refused = refusal_after(|m| m.replacen("</saml:Issuer>", "</saml:Issuer><saml:Issuer/>", 1));
    assert_eq!(refused, Refused::Misbuilt("Signature is neither first nor right after Issuer"));
}

#[test]
fn a_signature_holds_no_other_signature() {
    let signature = |m: &str| cut(m, "<ds:Signature ", "</ds:Signature>").to_owned();
    let into = |place: &str| {
        refusal_after(|m| m.replacen(place, &format!("{place}{}", signature(m).replace("#good", "#other")), 1))
    };
    for (place, refused) in [
        ("<ds:SignedInfo>", Refused::Misbuilt("SignedInfo has no methods")),
        ("</ds:SignedInfo>", Refused::Misbuilt("Signature is not SignedInfo, SignatureValue, KeyInfo")),
        ("<ds:SignatureValue>", Refused::NotText("SignatureValue".to_owned())),
        ("</ds:SignatureMethod>", Refused::Transforms),
        ("</ds:Transforms>", Refused::Transforms),
        ("<ds:DigestValue>", Refused::NotText("DigestValue".to_owned())),
    ] {
        assert_eq!(into(place), refused, "{place}");
    }
    // In KeyInfo, which has no say, it has none either.
    let peer = Peer::rsa();
    let message = signed_assertion(&peer, "good", "alice").into_string();
    let key_info = format!("<ds:KeyInfo>{}</ds:KeyInfo></ds:Signature>", signature(&message));
    let message = message.replace("</ds:Signature>", &key_info);
    let doc = parse(&message).unwrap();
    assert!(verify_enveloped(&doc, doc.root(), &[peer.verifying_key()]).is_ok());
    let inner = doc.root().descendants().rfind(|n| n.tag_name().name() == "KeyInfo").unwrap();
    assert!(verify_enveloped(&doc, inner, &[peer.verifying_key()]).is_err());
}

/// Verifiers that let the message choose were forged by HMAC with what everybody knows: the public key.
#[test]
fn a_keyed_digest_with_the_public_key_is_refused() {
    let peer = Peer::rsa();
    let (_, certificate) = x509_parser::parse_x509_certificate(peer.certificate.der()).unwrap();
    for secret in [peer.certificate.der().as_ref(), certificate.public_key().raw, peer.certificate.pem().as_bytes()] {
        for (algorithm, uri) in [
            (aws_lc_rs::hmac::HMAC_SHA256, "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"),
            (aws_lc_rs::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, "http://www.w3.org/2000/09/xmldsig#hmac-sha1"),
        ] {
            let key = aws_lc_rs::hmac::Key::new(algorithm, secret);
            let Ok(forged) = assertion("good", "mallory").sign_as("good", &Signing::RSA, |info| {
                let info = String::from_utf8(info.to_vec()).unwrap().replace(xml::algorithm::RSA_SHA256, uri);
                Ok::<_, std::convert::Infallible>(aws_lc_rs::hmac::sign(&key, info.as_bytes()).as_ref().to_vec())
            });
            let forged = forged.as_str().replace(xml::algorithm::RSA_SHA256, uri);
            assert_eq!(refusal(&peer, &forged), Refused::WeakAlgorithm { algorithm: uri, why: Weak::Hmac });
        }
    }
}

#[test]
fn values_that_hold_more_than_base64_are_refused() {
    let refused = refusal_after(|m| m.replace("<ds:DigestValue>", "<ds:DigestValue>!"));
    assert_eq!(refused, Refused::NotBase64("DigestValue"));
    let refused = refusal_after(|m| m.replace("<ds:SignatureValue>", "<ds:SignatureValue><x/>"));
    assert_eq!(refused, Refused::NotText("SignatureValue".to_owned()));
}

/// CVE-2025-25291 and its like: readers that take the first text node of DigestValue for all of it.
#[test]
fn a_digest_value_is_all_of_its_text() {
    let peer = Peer::rsa();
    let good = signed_assertion(&peer, "good", "alice").into_string();
    let evil = signed_assertion(&Peer::rsa(), "good", "mallory").into_string();
    let value = |m: &str| {
        let element = cut(m, "<ds:DigestValue>", "</ds:DigestValue>");
        element["<ds:DigestValue>".len()..element.len() - "</ds:DigestValue>".len()].to_owned()
    };
    let (good_value, evil_value) = (value(&good), value(&evil));
    let forged = good.replace(">alice<", ">mallory<");
    let with = |digest: &str| forged.replace(&good_value, digest);
    for (digest, refused) in [
        (format!("{evil_value}<!-- -->{good_value}"), Refused::Comment),
        (format!("<!--{evil_value}-->{good_value}"), Refused::Comment),
        (format!("{evil_value}<![CDATA[{good_value}]]>"), Refused::CData),
        (format!("{evil_value}<?x {good_value}?>"), Refused::ProcessingInstruction),
        (format!("<x>{evil_value}</x>{good_value}"), Refused::NotText("DigestValue".to_owned())),
        (format!("{evil_value}<x>{good_value}</x>"), Refused::NotText("DigestValue".to_owned())),
        (format!("{evil_value}{good_value}"), Refused::NotBase64("DigestValue")),
        (format!("{evil_value}&#10;{good_value}"), Refused::NotBase64("DigestValue")),
        (evil_value.clone(), Refused::Signature),
        (good_value.clone(), Refused::Digest("good".to_owned())),
        (String::new(), Refused::Signature),
    ] {
        let message = with(&digest);
        let refusal = match parse(&message) {
            Err(refused) => refused,
            Ok(doc) => verify_enveloped(&doc, doc.root(), &[peer.verifying_key()]).unwrap_err(),
        };
        assert_eq!(refusal, refused, "{digest}");
    }
    // Lines broken inside the value are the signer's own, and signed.
    let broken = good.replace(&good_value, &format!("\n{good_value}\n"));
    assert_eq!(refusal(&peer, &broken), Refused::Signature);
}

#[test]
fn comments_and_cdata_in_what_is_signed_are_refused_though_the_signature_would_hold() {
    let good = signed_assertion(&Peer::rsa(), "good", "alice.example").into_string();
    let message = good.replace(">alice.", ">alice<!-- -->.");
    assert_eq!(parse(&message).err(), Some(Refused::Comment));
    let message = good.replace(">alice.example<", "><![CDATA[alice.example]]><");
    assert_eq!(parse(&message).err(), Some(Refused::CData));
}

/// Wherever the signed original is moved, and wherever the signature goes with it: no other assertion becomes verified.
#[test]
fn no_wrapping_makes_another_assertion_verified() {
    let peer = Peer::rsa();
    let good = signed_assertion(&peer, "good", "alice").into_string();
    let signature = cut(&good, "<ds:Signature ", "</ds:Signature>").to_owned();
    let bare = good.replace(&signature, "");
    let evil = bare.replace("ID=\"good\"", "ID=\"evil\"").replace(">alice<", ">mallory<");
    let same_id = bare.replace(">alice<", ">mallory<");
    let with = |assertion: &str, inside: &str| assertion.replace("</saml:Issuer>", &format!("</saml:Issuer>{inside}"));
    let object = |content: &str| {
        signature.replace("</ds:Signature>", &format!("<ds:Object>{content}</ds:Object></ds:Signature>"))
    };
    let key_info = |content: &str| {
        signature.replace("</ds:Signature>", &format!("<ds:KeyInfo>{content}</ds:KeyInfo></ds:Signature>"))
    };
    let messages = [
        format!("{evil}{good}"),
        format!("{good}{evil}"),
        with(&evil, &good),
        with(&evil, &format!("{signature}{bare}")),
        format!("{}{bare}", with(&evil, &signature)),
        format!("{bare}{}", with(&evil, &signature)),
        with(&evil, &object(&bare)),
        with(&evil, &object(&good)),
        with(&evil, &key_info(&bare)),
        with(&evil, &key_info(&good)),
        with(&good, &evil),
        good.replace("</ds:Signature>", &format!("<ds:KeyInfo>{evil}</ds:KeyInfo></ds:Signature>")),
        format!("<samlp:Extensions>{good}</samlp:Extensions>{evil}"),
        format!("<samlp:Extensions>{good}</samlp:Extensions>{}", with(&evil, &signature)),
        format!(
            "<samlp:Status><samlp:StatusDetail>{bare}</samlp:StatusDetail></samlp:Status>{}",
            with(&evil, &signature)
        ),
        format!("{evil}<wrap ID=\"good\">{bare}{signature}</wrap>"),
        with(&same_id, &signature),
        format!("{}{bare}", with(&same_id, &signature)),
        format!("{bare}{}", with(&same_id, &signature)),
        with(&same_id, &object(&bare)),
        format!("<x Id=\"good\"/>{}", with(&same_id, &signature)),
        good.replace("<saml:Assertion ", "<evil:Assertion xmlns:evil=\"urn:evil\" ")
            .replace("</saml:Assertion>", "</evil:Assertion>"),
    ];
    let mut verified = 0;
    for message in messages {
        let message = response(&message);
        let Ok(doc) = parse(&message) else { continue };
        for element in doc.root().descendants().filter(|n| n.is_element()) {
            let Ok(node) = verify_enveloped(&doc, element, &[peer.verifying_key()]) else { continue };
            let subject = child(node.node(), ns::SAML, "Subject").unwrap();
            assert_eq!(text(child(subject, ns::SAML, "NameID").unwrap()).unwrap(), "alice", "{message}");
            verified += 1;
        }
    }
    assert!(verified >= 6, "the untouched original still verifies where it stands: {verified}");
}

#[test]
fn an_element_of_another_document_is_not_verified() {
    let peer = Peer::rsa();
    let message = signed_assertion(&peer, "good", "alice");
    let (one, other) = (parse(message.as_str()).unwrap(), parse(message.as_str()).unwrap());
    let refused = verify_enveloped(&one, other.root(), &[peer.verifying_key()]).unwrap_err();
    assert_eq!(refused, Refused::Reference("good".to_owned()));
}
