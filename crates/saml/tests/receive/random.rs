use proptest::prelude::*;
use saml::{
    receive::{
        Received, artifact_resolve, attribute_query, authn_request, logout_request, logout_response, post, redirect,
        soap,
    },
    wire::{Artifact, Direction},
};

use crate::world::{P256, authn, envelope, form, message, now, open, provider, query};

/// Opens by every door. Nothing that is not signed gets past those that want a signature.
fn open_all(received: &Received) {
    let provider = provider();
    let _ = open(&provider, received, authn_request);
    assert!(open(&provider, received, logout_request).is_err());
    assert!(open(&provider, received, logout_response).is_err());
    assert!(open(&provider, received, artifact_resolve).is_err());
    assert!(open(&provider, received, attribute_query).is_err());
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..600), text in "[SAMLRequesponSigAlgRelayt=&%+0-9a-f]{0,60}") {
        for received in [redirect(&text), redirect(&String::from_utf8_lossy(&bytes)), post(&bytes), soap(&bytes)].into_iter().flatten() {
            open_all(&received);
        }
        let _ = Artifact::parse(&text);
    }

    #[test]
    fn no_message_panics(
        name in prop::sample::select(vec!["AuthnRequest", "LogoutRequest", "LogoutResponse", "ArtifactResolve", "AttributeQuery"]),
        attributes in "(ForceAuthn|IsPassive|NotOnOrAfter|AssertionConsumerService(Index|URL)|InResponseTo)=\"[ -!#-%'-;=?-~]{0,12}\"",
        child in "(<saml(p)?:(Subject|NameID|Status|Artifact|NameIDPolicy|RequestedAuthnContext|Extensions)>[a-z ]{0,9}</saml:NameID>)?",
        at in 0usize..1200,
        byte in any::<u8>(),
    ) {
        let mut message = message(name, &attributes, &child).into_bytes();
        if let Some(place) = message.get_mut(at) {
            *place = byte;
        }
        for received in [soap(&envelope(&String::from_utf8_lossy(&message))), post(&form(Direction::Request, &String::from_utf8_lossy(&message)))].into_iter().flatten() {
            open_all(&received);
        }
    }

    #[test]
    fn every_signed_request_arrives_as_it_was_sent(
        state in "[^\\p{Cc}]{1,60}",
        id in "[A-Za-z_][A-Za-z0-9_.-]{0,40}",
        force in any::<bool>(),
        back in 0i64..660,
    ) {
        let issued = saml::instant::write(now() - jiff::SignedDuration::from_secs(back));
        let message = authn(&format!("ForceAuthn=\"{force}\""), "").replace("\"_m1\"", &format!("\"{id}\""));
        let message = message.replace("2026-11-22T00:59:00Z", &issued);
        for received in [redirect(&P256.query(Direction::Request, &message, Some(&state))), post(&form(Direction::Request, &P256.envelop(&message)))] {
            let received = received.unwrap();
            let provider = provider();
            let opened = open(&provider, &received, authn_request);
            if back == 660 {
                prop_assert!(opened.is_err());
                continue;
            }
            let opened = opened.unwrap();
            prop_assert!(opened.signed());
            prop_assert_eq!(opened.id().as_str(), &id);
            prop_assert_eq!(opened.message().force, force);
        }
        let unsigned = redirect(&query(Direction::Request, &message, Some(&state), None)).unwrap();
        prop_assert_eq!(unsigned.relay_state().unwrap().as_str(), state.as_str());
        prop_assert!(!open(&provider(), &unsigned, authn_request).unwrap().signed());
    }

    #[test]
    fn no_change_of_one_byte_leaves_a_signature_whole(at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let good = P256.query(Direction::Request, &authn("", ""), Some("s"));
        let mut changed = good.clone().into_bytes();
        let at = at.index(changed.len());
        changed[at] = to;
        let Ok(changed) = String::from_utf8(changed) else { return Ok(()) };
        let Ok(received) = redirect(&changed) else { return Ok(()) };
            if let Ok(opened) = open(&provider(), &received, authn_request) {
                // Other escapes of the signature itself change nothing that it is over.
                prop_assert!(opened.signed() && opened.relay_state().is_some_and(|state| state.as_str() == "s"));
                prop_assert!(changed.split_once("&Signature=").unwrap().0 == good.split_once("&Signature=").unwrap().0);
            }
    }
}
