//! Step 8: the token. Each test breaks one thing in an assertion that is otherwise signed and encrypted as it must be.

use idwsf::token::{self, Authn, AuthnClass, LIFETIME_MAX, Mint, MintFailed};
use idwsf::{EntityId, Fault, SignFailed, TokenRefused};
use jiff::SignedDuration;

use crate::world::{ADDRESS, World, after, between, now, random, replaced, subject, without};

fn refused(world: &World, change: impl Fn(String) -> String) -> Fault {
    world.receive(&world.with_token(change, &world.relay)).unwrap_err()
}

#[test]
fn an_assertion_signed_again_without_a_change_is_good() {
    let world = World::new();
    assert_eq!(world.receive(&world.with_token(|assertion| assertion, &world.relay)).unwrap().subject, subject());
}

#[test]
fn there_is_exactly_one_token() {
    let world = World::new();
    let request = world.request();
    let token = between(&request, "<saml:EncryptedAssertion", "</saml:EncryptedAssertion>");
    for tokens in [String::new(), format!("{token}{token}")] {
        assert_eq!(world.receive(&replaced(&request, &token, &tokens)), Err(TokenRefused::Missing.into()));
    }
}

#[test]
fn a_token_in_the_clear_is_refused() {
    let world = World::new();
    let request = world.request();
    let token = between(&request, "<saml:EncryptedAssertion", "</saml:EncryptedAssertion>");
    let clear = replaced(&request, &token, &world.plain(&token));
    assert_eq!(world.receive(&clear), Err(TokenRefused::InTheClear.into()));
}

#[test]
fn a_token_encrypted_to_another_provider_is_refused() {
    let world = World::new();
    let token = world.token_with(&world.relay, &world.insurer.entity, &world.stranger.encryption);
    assert_eq!(world.receive(&world.request_with(&token)), Err(TokenRefused::Decryption.into()));
}

#[test]
fn a_token_broken_on_the_way_is_refused() {
    let world = World::new();
    let request = world.request();
    let value = between(&request, "</ds:KeyInfo><xenc:CipherData><xenc:CipherValue>", "</xenc:CipherValue>");
    let broken = replaced(&request, &value, &value.replacen(">A", ">B", 1).replace("Value>", "Value>AAAA"));
    assert_eq!(world.receive(&broken), Err(TokenRefused::Decryption.into()));
}

#[test]
fn what_is_encrypted_is_an_assertion_of_saml_2() {
    let world = World::new();
    let request = world.request();
    let token = between(&request, "<saml:EncryptedAssertion", "</saml:EncryptedAssertion>");
    let other = replaced(&request, &token, world.encrypt("<a/>").as_str());
    assert_eq!(world.receive(&other), Err(TokenRefused::Unreadable("not-saml-2").into()));
    let old = refused(&world, |assertion| replaced(&assertion, "Version=\"2.0\"", "Version=\"1.1\""));
    assert_eq!(old, TokenRefused::Unreadable("not-saml-2").into());
}

#[test]
fn the_issuer_is_trusted_to_issue_not_only_to_send() {
    let world = World::new();
    let token = world.token_with(&world.stranger, &world.insurer.entity, &world.insurer.encryption);
    assert_eq!(world.receive(&world.request_with(&token)), Err(TokenRefused::Issuer.into()));
    assert_eq!(
        refused(&world, |a| without(&a, "<saml:Issuer", "</saml:Issuer>").replacen(
            "<saml:Subject>",
            "<saml:Issuer></saml:Issuer><saml:Subject>",
            1
        )),
        TokenRefused::Issuer.into()
    );
}

#[test]
fn the_issuer_itself_signs() {
    let world = World::new();
    for other in [&world.stranger, &world.insurer] {
        let fault = world.receive(&world.with_token(|assertion| assertion, other)).unwrap_err();
        assert_eq!(fault, TokenRefused::Signature("sig-value").into());
    }
}

#[test]
fn an_assertion_changed_after_it_was_signed_is_refused() {
    let world = World::new();
    let request = world.request();
    let token = between(&request, "<saml:EncryptedAssertion", "</saml:EncryptedAssertion>");
    let plain = world.plain(&token);
    for (changed, code) in [
        (replaced(&plain, subject().as_str(), "N-another"), "sig-digest"),
        (without(&plain, "<ds:Signature", "</ds:Signature>"), "xml-missing"),
    ] {
        let request = replaced(&request, &token, world.encrypt(&changed).as_str());
        assert_eq!(world.receive(&request), Err(TokenRefused::Signature(code).into()));
    }
}

#[test]
fn a_signed_assertion_wrapped_in_a_forged_one_is_refused() {
    let world = World::new();
    let request = world.request();
    let token = between(&request, "<saml:EncryptedAssertion", "</saml:EncryptedAssertion>");
    let plain = world.plain(&token);
    let signature = between(&plain, "<ds:Signature", "</ds:Signature>");
    let forged = replaced(&plain, &signature, "").replace(subject().as_str(), "N-another").replace("ID=\"_", "ID=\"_0");
    let moved =
        |text: &str| replaced(text, "<saml:Conditions", &format!("<saml:Advice>{plain}</saml:Advice><saml:Conditions"));
    let signed = replaced(&forged, "</saml:Issuer>", &format!("</saml:Issuer>{signature}"));
    for (forged, code) in
        [(moved(&forged), "xml-missing"), (moved(&signed), "sig-reference"), (signed.clone(), "sig-reference")]
    {
        let request = replaced(&request, &token, world.encrypt(&forged).as_str());
        assert_eq!(world.receive(&request), Err(TokenRefused::Signature(code).into()));
    }
}

#[test]
fn a_token_exchanged_for_another_good_one_is_refused() {
    let world = World::new();
    let exchanged = world.with_token(|assertion| assertion.replace("ID=\"_", "ID=\"_0"), &world.relay);
    assert_eq!(world.receive(&exchanged), Err(TokenRefused::Exchanged.into()));
}

#[test]
fn a_message_names_its_token() {
    let world = World::new();
    let request = world.request();
    let reference = without(&request, "<wsse:SecurityTokenReference", "</wsse:SecurityTokenReference>");
    let fault = world.receive(&world.resign(&reference, |_| true, &world.relay)).unwrap_err();
    assert_eq!(fault, Fault::Unsigned("a token reference"));
    let name = between(&request, "#SAMLID\">", "</wsse:KeyIdentifier>");
    let empty = world.changed(&name, "#SAMLID\"></wsse:KeyIdentifier>");
    assert_eq!(world.receive(&empty), Err(TokenRefused::Exchanged.into()));
}

#[test]
fn a_token_is_valid_from_its_issue_to_its_end_and_a_minute_around() {
    let world = World::new();
    for (offset, valid) in [(-660, false), (-659, true), (60, true), (61, false)] {
        let until = after(600);
        let fault = world.receive(&world.with_token(
            |assertion| {
                let moved = replaced(
                    &assertion,
                    &format!("NotBefore=\"{}\"", now()),
                    &format!("NotBefore=\"{}\"", after(offset)),
                );
                moved
                    .replace(&format!("NotOnOrAfter=\"{until}\""), &format!("NotOnOrAfter=\"{}\"", after(offset + 600)))
            },
            &world.relay,
        ));
        assert_eq!(fault.err(), (!valid).then_some(TokenRefused::Expired.into()), "{offset}");
    }
}

#[test]
fn a_token_without_an_end_is_refused() {
    let world = World::new();
    let conditions = format!("<saml:Conditions NotBefore=\"{}\" NotOnOrAfter=\"{}\">", now(), after(600));
    for changed in [
        format!("<saml:Conditions NotBefore=\"{}\">", now()),
        format!("<saml:Conditions NotOnOrAfter=\"{}\">", after(600)),
        format!("<saml:Conditions NotBefore=\"{}\" NotOnOrAfter=\"never\">", now()),
    ] {
        assert_eq!(refused(&world, |a| replaced(&a, &conditions, &changed)), TokenRefused::Expired.into());
    }
    assert_eq!(
        refused(&world, |a| without(&a, "<saml:Conditions", "</saml:Conditions>")),
        TokenRefused::Expired.into()
    );
}

#[test]
fn the_end_of_the_confirmation_holds_too() {
    let world = World::new();
    let data = format!("<saml:SubjectConfirmationData NotOnOrAfter=\"{}\">", after(600));
    let ended = format!("<saml:SubjectConfirmationData NotOnOrAfter=\"{}\">", after(-61));
    assert_eq!(refused(&world, |a| replaced(&a, &data, &ended)), TokenRefused::Expired.into());
}

#[test]
fn a_token_is_for_this_provider_alone() {
    let world = World::new();
    let audience = between(&world.assertion(), "<saml:AudienceRestriction>", "</saml:AudienceRestriction>");
    let other = audience.replace(world.insurer.entity.as_str(), "https://other.example/metadata");
    let two = audience
        .replace("<saml:Audience>", "<saml:Audience>https://other.example/metadata</saml:Audience><saml:Audience>");
    for changed in
        [other.clone(), String::new(), two, format!("{audience}{other}"), format!("{audience}<saml:OneTimeUse/>")]
    {
        assert_eq!(refused(&world, |a| replaced(&a, &audience, &changed)), TokenRefused::Audience.into(), "{changed}");
    }
}

#[test]
fn a_pseudonym_at_another_provider_is_refused() {
    let world = World::new();
    let own = format!("SPNameQualifier=\"{}\"", world.insurer.entity);
    let other = "SPNameQualifier=\"https://other.example/metadata\"";
    assert_eq!(refused(&world, |a| replaced(&a, &own, other)), TokenRefused::Qualifier.into());
}

#[test]
fn qualifiers_left_out_mean_issuer_and_audience() {
    let world = World::new();
    let own = format!(" NameQualifier=\"{}\" SPNameQualifier=\"{}\"", world.relay.entity, world.insurer.entity);
    let request = world.with_token(|assertion| replaced(&assertion, &own, ""), &world.relay);
    assert_eq!(world.receive(&request).unwrap().subject, subject());
}

#[test]
fn a_subject_is_one_persistent_pseudonym_of_the_issuer_confirmed_as_bearer() {
    let world = World::new();
    let name = between(&world.assertion(), "<saml:NameID", "</saml:NameID>");
    let issuer = format!(" NameQualifier=\"{}\"", world.relay.entity);
    let confirmation = between(&world.assertion(), "<saml:SubjectConfirmation ", "</saml:SubjectConfirmation>");
    let elsewhere = "<saml:SubjectConfirmationData Recipient=\"https://other.example/\"";
    for (from, to) in [
        (name.as_str(), ""),
        (name.as_str(), &format!("{name}{name}")),
        ("nameid-format:persistent", "nameid-format:transient"),
        (&issuer, " NameQualifier=\"https://other.example/metadata\""),
        (subject().as_str(), ""),
        (subject().as_str(), "<x/>"),
        (&confirmation, ""),
        (&confirmation, &format!("{confirmation}{confirmation}")),
        ("cm:bearer", "cm:holder-of-key"),
        ("<saml:SubjectConfirmationData", elsewhere),
    ] {
        let fault = refused(&world, |assertion| replaced(&assertion, from, to));
        assert_eq!(fault, TokenRefused::Subject.into(), "{from} → {to}");
    }
}

#[test]
fn a_recipient_may_be_named_if_it_is_this_endpoint() {
    let world = World::new();
    let here = format!("<saml:SubjectConfirmationData Recipient=\"{ADDRESS}\"");
    let request = world.with_token(|a| replaced(&a, "<saml:SubjectConfirmationData", &here), &world.relay);
    assert!(world.receive(&request).is_ok());
}

#[test]
fn the_authentication_is_stated_and_not_of_the_future() {
    let world = World::new();
    let instant = format!("AuthnInstant=\"{}\"", after(-30));
    for (from, to) in [
        (instant.as_str(), ""),
        (&instant, "AuthnInstant=\"x\""),
        (&instant, &format!("AuthnInstant=\"{}\"", after(61))),
    ] {
        assert_eq!(refused(&world, |a| replaced(&a, from, to)), TokenRefused::Authentication.into(), "{to}");
    }
    let none = refused(&world, |a| without(&a, "<saml:AuthnStatement", "</saml:AuthnStatement>"));
    assert_eq!(none, TokenRefused::Authentication.into());
}

#[test]
fn an_unknown_way_of_authentication_is_too_weak() {
    let world = World::new();
    let fault = refused(&world, |a| replaced(&a, "classes:SmartcardPKI", "classes:Password"));
    assert_eq!((fault, fault.status()), (Fault::Credentials, Some("InappropriateCredentials")));
}

#[test]
fn a_desk_without_a_pin_is_told_apart() {
    let world = World::new();
    let request = world.with_token(|a| replaced(&a, "classes:SmartcardPKI", "classes:Smartcard"), &world.relay);
    assert_eq!(world.receive(&request).unwrap().authn.class, AuthnClass::Smartcard);
    assert!(AuthnClass::Smartcard < AuthnClass::SmartcardPki);
}

#[test]
fn a_token_shows_its_carrier_nothing_of_the_person() {
    let world = World::new();
    let request = world.request();
    for hidden in [subject().as_str(), "SmartcardPKI", "NameID"] {
        assert!(!request.contains(hidden), "{hidden}");
    }
}

#[test]
fn a_token_is_minted_for_a_second_to_an_hour() {
    let world = World::new();
    let audience = EntityId::parse("https://nhi.takamatsu.example/metadata").unwrap();
    let mint = |lifetime, sign: &idwsf::Sign<'_>| {
        let mint = Mint {
            issuer: idwsf::Sender { entity: &world.relay.entity, algorithm: xml::SignatureAlgorithm::RsaSha256, sign },
            audience: &audience,
            recipient: &world.insurer.encryption,
            pseudonym: &subject(),
            authn: Authn { instant: now(), class: AuthnClass::Smartcard },
            lifetime,
        };
        token::mint(&mint, &mut random, now()).err()
    };
    let sign = |bytes: &[u8]| world.relay.sign(bytes);
    assert_eq!(mint(LIFETIME_MAX, &sign), None);
    assert_eq!(mint(SignedDuration::from_secs(1), &sign), None);
    for lifetime in [SignedDuration::ZERO, SignedDuration::from_secs(-1), LIFETIME_MAX + SignedDuration::from_secs(1)] {
        assert_eq!(mint(lifetime, &sign), Some(MintFailed::Lifetime));
    }
    assert_eq!(mint(LIFETIME_MAX, &|_| Err(SignFailed)), Some(MintFailed::Sign(SignFailed)));
}
