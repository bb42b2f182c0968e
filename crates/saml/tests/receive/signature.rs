use saml::{
    Refused,
    metadata::ServiceProvider,
    receive::{Received, authn_request, post, redirect, soap},
    wire::Direction,
};

use crate::world::{CONSUMER, Key, P256, RSA, STRANGER, authn, envelope, form, open, provider};

fn refused(provider: &ServiceProvider, received: Result<Received, Refused>) -> Refused {
    match received {
        Ok(received) => open(provider, &received, authn_request).unwrap_err().reason,
        Err(refused) => refused,
    }
}

fn posted(message: &str) -> Result<Received, Refused> {
    post(&form(Direction::Request, message))
}

#[test]
fn any_of_the_registered_keys_signs_by_its_own_algorithm() {
    let mut provider = provider();
    provider.signing = vec![STRANGER.published(), RSA.published(), P256.published()];
    for key in [&*RSA, &*P256] {
        for received in [
            posted(&key.envelop(&authn("", ""))),
            redirect(&key.query(Direction::Request, &authn("", ""), Some("s"))),
            soap(&envelope(&key.envelop(&authn("", "")))),
        ] {
            assert!(open(&provider, &received.unwrap(), authn_request).unwrap().signed());
        }
    }
}

#[test]
fn a_signature_that_does_not_verify_is_refused_even_where_none_is_needed() {
    let provider = provider();
    let message = authn("", "");
    for key in [&*STRANGER, &*RSA] {
        assert_eq!(refused(&provider, posted(&key.envelop(&message))).code(), "SAML-30");
        assert_eq!(refused(&provider, redirect(&key.query(Direction::Request, &message, None))), Refused::Detached);
    }
    let changed = P256.envelop(&message).replace("Version=\"2.0\"", "IsPassive=\"1\" Version=\"2.0\"");
    assert_eq!(refused(&provider, posted(&changed)).code(), "SAML-30");
    let rejected = open(&provider, &posted(&changed).unwrap(), authn_request).unwrap_err();
    assert_eq!(rejected.answer_at.unwrap().location, CONSUMER);
}

#[test]
fn a_party_without_keys_cannot_sign() {
    let mut provider = provider();
    provider.signing = Vec::new();
    assert_eq!(refused(&provider, posted(&P256.envelop(&authn("", "")))), Refused::NoKey);
    assert_eq!(refused(&provider, redirect(&P256.query(Direction::Request, &authn("", ""), None))), Refused::NoKey);
    assert!(open(&provider, &posted(&authn("", "")).unwrap(), authn_request).is_ok());
}

#[test]
fn sha1_is_refused_by_name() {
    let provider = provider();
    let sha1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
    let enveloped = P256.envelop(&authn("", "")).replace("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", sha1);
    let detached = P256
        .query(Direction::Request, &authn("", ""), None)
        .replace("2001%2F04%2Fxmldsig-more%23ecdsa-sha256", "2000%2F09%2Fxmldsig%23rsa-sha1");
    for received in [posted(&enveloped), redirect(&detached)] {
        let reason = refused(&provider, received);
        assert_eq!(reason.code(), "SAML-31");
        assert!(reason.to_string().contains("SHA-1"), "{reason}");
    }
    let rejected = open(&provider, &redirect(&detached).unwrap(), authn_request).unwrap_err();
    assert_eq!(rejected.claimed.as_ref(), Some(&provider.entity), "so that its operator can be told");
}

#[test]
fn a_redirected_message_has_no_signature_inside() {
    let provider = provider();
    let inside = P256.envelop(&authn("", ""));
    for query in
        [crate::world::query(Direction::Request, &inside, None, None), P256.query(Direction::Request, &inside, None)]
    {
        assert_eq!(refused(&provider, redirect(&query)), Refused::EnvelopedInRedirect);
    }
}

#[test]
fn a_signature_stands_where_it_signs_the_message_or_nowhere() {
    let provider = provider();
    let signed = P256.envelop(&authn("", ""));
    let inner = signed.replace("_m1", "_m2");
    let wrapped = authn("", &format!("<samlp:Extensions>{inner}</samlp:Extensions>"));
    assert_eq!(refused(&provider, posted(&wrapped)), Refused::StraySignature);
    let header = String::from_utf8(envelope(&authn("", ""))).unwrap();
    let header = header.replace("<S:Body>", &format!("<S:Header>{inner}</S:Header><S:Body>"));
    assert_eq!(refused(&provider, soap(header.as_bytes())), Refused::StraySignature);
}

#[test]
fn what_is_signed_beside_the_message_is_the_query_as_it_stood() {
    let provider = provider();
    let good = P256.query(Direction::Request, &authn("", ""), Some("a/b"));
    let parts: Vec<&str> = good.split('&').collect();
    // The order on the way is free; the order that is signed is not.
    let turned = [parts[3], parts[1], parts[2], parts[0]].join("&");
    assert!(open(&provider, &redirect(&turned).unwrap(), authn_request).is_ok());
    for changed in [
        good.replace("RelayState=a%2Fb&", ""),
        good.replace("RelayState=a%2Fb", "RelayState=a%2fb"),
        good.replace("RelayState=a%2Fb", "RelayState=a/b"),
        good.replace("RelayState=a%2Fb", "RelayState=a%2Fc"),
        good.replace("RelayState=a%2Fb", "RelayState="),
        good.replace("SigAlg=http%3A", "SigAlg=http:"),
        good.replace("SAMLRequest=", "SAMLRequest=%"),
    ] {
        assert_ne!(changed, good);
        let reason = refused(&provider, redirect(&changed));
        assert!(
            matches!(reason, Refused::Detached | Refused::NotBase64(_) | Refused::Escaped(_)),
            "{changed} {reason}"
        );
    }
    let other_order = |key: &Key| {
        let signed = [parts[1], parts[0], parts[2]].join("&");
        let signature =
            base64::Engine::encode(&base64::engine::general_purpose::STANDARD, key.sign(signed.as_bytes()).unwrap());
        format!("{signed}&Signature={}", signature.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D"))
    };
    assert_eq!(refused(&provider, redirect(&other_order(&P256))), Refused::Detached);
}
