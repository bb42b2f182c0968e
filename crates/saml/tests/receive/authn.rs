use jiff::SignedDuration;
use saml::{
    Binding, Comparison, EntityId, NameFormat, Refused, Second, Top, UnwrapFailed,
    metadata::ServiceProvider,
    receive::{AuthnRequest, Kind, Peer, Received, Receiver, Rejected, Verified, authn_request, post, redirect, soap},
    wire::Direction,
};

use crate::world::{ADDRESS, CONSUMER, IDP, P256, authn, envelope, form, now, open, provider, query};

type Opened = Result<Verified<AuthnRequest>, Box<Rejected>>;

fn opened(provider: &ServiceProvider, received: &Received) -> Opened {
    open(provider, received, authn_request)
}

/// By form, unsigned.
fn ask(message: &str) -> Opened {
    opened(&provider(), &post(&form(Direction::Request, message)).unwrap())
}

fn refused(message: &str) -> Refused {
    ask(message).unwrap_err().reason
}

#[test]
fn a_request_is_taken_by_each_binding_signed_or_not() {
    let provider = provider();
    let message = authn("", "");
    for (received, signed, state, consumer) in [
        (post(&form(Direction::Request, &message)), false, Some("state-1"), CONSUMER),
        (post(&form(Direction::Request, &P256.envelop(&message))), true, Some("state-1"), CONSUMER),
        (redirect(&query(Direction::Request, &message, Some("a b"), None)), false, Some("a b"), CONSUMER),
        (redirect(&P256.query(Direction::Request, &message, None)), true, None, CONSUMER),
        (redirect(&P256.query(Direction::Request, &message, Some("é&=+ "))), true, Some("é&=+ "), CONSUMER),
        (redirect(&P256.query(Direction::Request, &message, Some(""))), true, Some(""), CONSUMER),
        (soap(&envelope(&message)), false, None, "https://sp.example/ecp"),
        (soap(&envelope(&P256.envelop(&message))), true, None, "https://sp.example/ecp"),
    ] {
        let received = received.unwrap();
        assert_eq!(received.kind(), Kind::AuthnRequest);
        let request = opened(&provider, &received).unwrap();
        assert_eq!(request.signed(), signed);
        assert_eq!(request.relay_state().map(|state| state.as_str()), state);
        assert_eq!(request.sender(), &provider.entity);
        assert_eq!(request.id().as_str(), "_m1");
        assert_eq!(request.message().consumer.location, consumer);
        assert!(!request.message().names_consumer);
        assert_eq!(request.forget_at(), "2026-11-22T01:10:00Z".parse().unwrap());
    }
}

#[test]
fn a_refusal_says_whether_nothing_may_be_shown() {
    for (attributes, passive) in [
        ("", false),
        ("IsPassive=\"true\"", true),
        ("IsPassive=\"1\"", true),
        ("IsPassive=\"false\"", false),
        ("IsPassive=\"perhaps\"", false),
    ] {
        let rejected = ask(&authn(attributes, "<saml:Subject/>")).unwrap_err();
        assert_eq!(rejected.passive, passive, "{attributes}");
    }
    let stranger = authn("IsPassive=\"true\"", "").replace("<saml:Issuer>", "<saml:Issuer>urn:x:");
    assert!(!ask(&stranger).unwrap_err().passive, "nobody is known who could be answered");
}

#[test]
fn what_is_asked_for_is_read() {
    let attributes = "ForceAuthn=\"true\" IsPassive=\"1\" ProviderName=\"x\"";
    let children = "<samlp:NameIDPolicy Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\" AllowCreate=\"true\" \
         SPNameQualifier=\"https://affiliation.example\"/><samlp:RequestedAuthnContext Comparison=\"minimum\">\
         <saml:AuthnContextClassRef> urn:a </saml:AuthnContextClassRef><saml:AuthnContextClassRef>urn:b</saml:AuthnContextClassRef>\
         </samlp:RequestedAuthnContext><samlp:Scoping ProxyCount=\"0\"/>";
    let request = ask(&authn(attributes, children)).unwrap().message().clone();
    assert!(request.force && request.passive);
    assert_eq!(request.name_format, Some(NameFormat::Persistent));
    assert_eq!(request.affiliation.as_deref(), Some("https://affiliation.example"));
    let context = request.context.unwrap();
    assert_eq!(
        (context.comparison, context.classes),
        (Comparison::Minimum, vec!["urn:a".to_owned(), "urn:b".to_owned()])
    );

    let own = "<samlp:NameIDPolicy SPNameQualifier=\"https://sp.example/metadata\"/>";
    let request = ask(&authn("", own)).unwrap().message().clone();
    assert!(!request.force && !request.passive && request.context.is_none());
    assert_eq!((request.name_format, request.affiliation), (None, None));
}

#[test]
fn the_consumer_is_always_one_of_the_metadata() {
    let url = |url: &str| format!("AssertionConsumerServiceURL=\"{url}\"");
    let by = |binding: Binding| format!("ProtocolBinding=\"{}\"", binding.uri());
    let and = |a: String, b: String| format!("{a} {b}");
    let index = |index: &str| format!("AssertionConsumerServiceIndex=\"{index}\"");
    for (attributes, expected) in [
        (String::new(), Ok(CONSUMER)),
        (url(CONSUMER), Ok(CONSUMER)),
        (url("https://sp.example/art"), Ok("https://sp.example/art")),
        (index("1"), Ok("https://sp.example/art")),
        (by(Binding::Artifact), Ok("https://sp.example/art")),
        (and(url(CONSUMER), by(Binding::Post)), Ok(CONSUMER)),
        (url("https://sp.example/acs/"), Err(Refused::Unregistered)),
        (url("https://sp.example/ACS"), Err(Refused::Unregistered)),
        (url("https://sp.example/acs?x"), Err(Refused::Unregistered)),
        (url("https://evil.example/acs"), Err(Refused::Unregistered)),
        (url(""), Err(Refused::Unregistered)),
        // registered, but not for responses through a browser
        (url("https://sp.example/redirect"), Err(Refused::Unregistered)),
        (url("https://sp.example/ecp"), Err(Refused::Unregistered)),
        (index("9"), Err(Refused::Unregistered)),
        (index("3"), Err(Refused::Unregistered)),
        (index("-1"), Err(Refused::Form("AssertionConsumerServiceIndex"))),
        (and(index("0"), url(CONSUMER)), Err(Refused::ConsumerTwice)),
        (and(index("0"), by(Binding::Post)), Err(Refused::ConsumerTwice)),
        (and(url("https://evil.example/acs"), by(Binding::Paos)), Err(Refused::Unregistered)),
    ] {
        let answer = ask(&authn(&attributes, ""));
        match (answer, expected) {
            (Ok(request), Ok(location)) => assert_eq!(request.message().consumer.location, location, "{attributes}"),
            (Err(rejected), Err(reason)) => {
                assert_eq!(rejected.reason, reason, "{attributes}");
                assert_eq!(rejected.answer_at, None, "{attributes}");
            }
            (answer, _) => panic!("{attributes}: {answer:?}"),
        }
    }
}

#[test]
fn a_binding_that_there_is_not_is_told_by_one_that_there_is() {
    let by = |uri: &str| format!("ProtocolBinding=\"{uri}\"");
    let at = |url: &str, binding: Binding| format!("AssertionConsumerServiceURL=\"{url}\" {}", by(binding.uri()));
    for (attributes, told_at) in [
        (by(Binding::Redirect.uri()), CONSUMER),
        (by(Binding::Paos.uri()), CONSUMER),
        (by("urn:x"), CONSUMER),
        (at("https://sp.example/art", Binding::Post), "https://sp.example/art"),
        (at(CONSUMER, Binding::Artifact), CONSUMER),
        (at(CONSUMER, Binding::Soap), CONSUMER),
    ] {
        let rejected = ask(&authn(&attributes, "")).unwrap_err();
        assert_eq!(rejected.reason, Refused::UnsupportedBinding, "{attributes}");
        assert_eq!(rejected.reason.status().second, Some(Second::UnsupportedBinding));
        assert_eq!(rejected.answer_at.unwrap().location, told_at, "{attributes}");
    }
}

#[test]
fn a_relay_state_that_cannot_be_given_back_is_refused_with_the_service_named() {
    let redirected = |state: &str| {
        let query = query(Direction::Request, &authn("", ""), None, None);
        opened(&provider(), &redirect(&format!("{query}&RelayState={state}")).unwrap())
    };
    assert_eq!(redirected(&"s".repeat(4096)).unwrap().relay_state().unwrap().as_str().len(), 4096);
    for bad in ["a%0Ab".to_owned(), "s".repeat(4097)] {
        let rejected = redirected(&bad).unwrap_err();
        assert_eq!(rejected.reason, Refused::RelayState);
        assert_eq!(rejected.claimed.unwrap(), provider().entity);
        assert_eq!(rejected.answer_at.unwrap().location, CONSUMER);
        assert_eq!(rejected.relay_state, None);
    }
}

#[test]
fn a_message_is_not_checked_against_the_keys_of_another_than_its_sender() {
    let provider = provider();
    let idp = EntityId::parse(IDP).unwrap();
    let receiver = Receiver {
        entity: &idp,
        address: ADDRESS,
        peers: &|_| Some(Peer { provider: &provider, must_sign: false }),
        unwrap: &|_: &[u8]| Err(UnwrapFailed),
        skew: SignedDuration::ZERO,
    };
    let other = authn("", "").replace("https://sp.example/metadata", "https://other.example/metadata");
    for (message, taken) in [(authn("", ""), true), (P256.envelop(&other), false)] {
        let answer = authn_request(&post(&form(Direction::Request, &message)).unwrap(), &receiver, now());
        assert_eq!(answer.is_ok(), taken);
        assert!(answer.err().is_none_or(|rejected| matches!(rejected.reason, Refused::Stranger(_))));
    }
}

#[test]
fn an_enhanced_client_is_answered_at_the_paos_consumer_alone() {
    let provider = provider();
    let ask = |attributes: &str| opened(&provider, &soap(&envelope(&authn(attributes, ""))).unwrap());
    let location = ask("AssertionConsumerServiceURL=\"https://sp.example/ecp\"").unwrap().message().consumer.clone();
    assert_eq!((location.binding, location.location.as_str()), (Binding::Paos, "https://sp.example/ecp"));
    let other = ask(&format!("AssertionConsumerServiceURL=\"{CONSUMER}\"")).unwrap_err();
    assert_eq!((other.reason, other.answer_at), (Refused::Unregistered, None));
}

#[test]
fn what_is_not_supported_is_told_by_its_own_status() {
    let context = |inside: &str| format!("<samlp:RequestedAuthnContext>{inside}</samlp:RequestedAuthnContext>");
    let class = "<saml:AuthnContextClassRef>urn:a</saml:AuthnContextClassRef>";
    let policy = |format: &str| format!("<samlp:NameIDPolicy Format=\"{format}\"/>");
    for (children, reason, second) in [
        (
            policy("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"),
            Refused::NameFormat,
            Second::InvalidNameIdPolicy,
        ),
        (policy(""), Refused::NameFormat, Second::InvalidNameIdPolicy),
        ("<saml:Subject/>".to_owned(), Refused::Unsupported("Subject"), Second::RequestUnsupported),
        ("<saml:Conditions/>".to_owned(), Refused::Unsupported("Conditions"), Second::RequestUnsupported),
        (context(""), Refused::Context("no class is named"), Second::NoAuthnContext),
        (
            context("<saml:AuthnContextDeclRef>urn:d</saml:AuthnContextDeclRef>"),
            Refused::Context("only classes can be asked for"),
            Second::NoAuthnContext,
        ),
        (context(&class.repeat(17)), Refused::TooMany("context classes"), Second::RequestDenied),
        ("<samlp:Other/>".to_owned(), Refused::Form("AuthnRequest"), Second::RequestDenied),
    ] {
        let rejected = ask(&authn("", &children)).unwrap_err();
        assert_eq!(rejected.reason, reason, "{children}");
        let status = rejected.reason.status();
        assert_eq!((status.top, status.second), (Top::Requester, Some(second)), "{children}");
        assert_eq!(status.message.as_deref(), Some(reason.code()));
        assert_eq!(rejected.answer_at.unwrap().location, CONSUMER);
        assert_eq!(rejected.relay_state.unwrap().as_str(), "state-1");
        assert_eq!(rejected.id.unwrap().as_str(), "_m1");
    }
    assert!(ask(&authn("", &context(&class.repeat(16)))).is_ok());
}

#[test]
fn each_rule_of_every_message_has_its_own_refusal() {
    let good = authn("", "");
    let changed = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        refused(&good.replace(from, to))
    };
    assert_eq!(changed("Version=\"2.0\"", "Version=\"2.1\""), Refused::Version);
    assert_eq!(Refused::Version.status().top, Top::VersionMismatch);
    assert_eq!(changed("ID=\"_m1\"", "ID=\"a b\""), Refused::Form("ID"));
    assert_eq!(changed("ID=\"_m1\"", "").code(), "SAML-13");
    assert_eq!(changed("ID=\"_m1\"", "samlp:ID=\"_m1\"").code(), "SAML-13");
    assert!(matches!(changed("https://sp.example/metadata", "https://other.example"), Refused::Stranger(_)));
    assert_eq!(changed("https://sp.example/metadata", " https://sp.example/metadata"), Refused::Issuer);
    assert_eq!(changed("<saml:Issuer>", "<saml:Issuer Format=\"urn:other\">"), Refused::Issuer);
    assert_eq!(changed("<saml:Issuer>", "<saml:Issuer NameQualifier=\"x\">"), Refused::Issuer);
    assert_eq!(changed("<saml:Issuer>", "<samlp:Extensions/><saml:Issuer>"), Refused::Issuer);
    assert_eq!(
        changed("<saml:Issuer>", "<saml:Issuer>https://evil.example</saml:Issuer><saml:Issuer>").code(),
        "SAML-13"
    );
    assert_eq!(changed("saml:Issuer", "samlp:Issuer"), Refused::Issuer);
    assert_eq!(changed("saml/sso", "saml/sso/"), Refused::Destination);
    assert_eq!(changed("2026-11-22T00:59:00Z", "2026-11-22T00:49:00Z").code(), "SAML-21");
    assert_eq!(changed("2026-11-22T00:59:00Z", "2026-11-22T01:01:01Z").code(), "SAML-22");
    assert_eq!(changed("2026-11-22T00:59:00Z", "2026-11-22T09:59:00+09:00"), Refused::Form("IssueInstant"));
    assert_eq!(changed("2026-11-22T00:59:00Z", "9999-12-30T22:00:00Z").code(), "SAML-22");
    assert_eq!(changed("AuthnRequest", "LogoutRequest"), Refused::OtherMessage);
    assert_eq!(refused(&authn("ForceAuthn=\"yes\"", "")), Refused::Form("ForceAuthn"));
    assert_eq!(refused(&authn("IsPassive=\"\"", "")), Refused::Form("IsPassive"));
    let format = "<saml:Issuer Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:entity\">";
    assert!(ask(&good.replace("<saml:Issuer>", format)).is_ok());
    assert!(ask(&good.replace("2026-11-22T00:59:00Z", "2026-11-22T00:49:00.001Z")).is_ok());
    assert!(ask(&good.replace("2026-11-22T00:59:00Z", "2026-11-22T01:01:00Z")).is_ok());
}

#[test]
fn an_unsigned_request_needs_no_destination_and_a_signed_one_does() {
    let without = authn("", "").replace(&format!("Destination=\"{}\"", ADDRESS), "");
    assert!(ask(&without).is_ok());
    let provider = provider();
    for received in [
        post(&form(Direction::Request, &P256.envelop(&without))),
        redirect(&P256.query(Direction::Request, &without, None)),
    ] {
        let rejected = opened(&provider, &received.unwrap()).unwrap_err();
        assert_eq!((rejected.reason, rejected.answer_at), (Refused::NoDestination, None));
    }
    assert!(opened(&provider, &soap(&envelope(&P256.envelop(&without))).unwrap()).is_ok());
}

#[test]
fn ended_metadata_is_a_reason_of_its_own_and_nothing_is_answered_there() {
    let mut provider = provider();
    provider.valid_until = Some(now());
    let rejected = opened(&provider, &post(&form(Direction::Request, &authn("", ""))).unwrap()).unwrap_err();
    assert_eq!(rejected.reason, Refused::MetadataExpired(now()));
    assert_eq!(rejected.answer_at, None);
    assert_eq!(rejected.claimed.as_ref(), Some(&provider.entity));
}

#[test]
fn a_request_for_another_address_is_dropped_without_an_answer() {
    let rejected = ask(&authn("", "").replace("saml/sso", "other")).unwrap_err();
    assert_eq!((rejected.reason, rejected.answer_at), (Refused::Destination, None));
    let stranger = ask(&authn("", "").replace("https://sp.example/metadata", "https://other.example")).unwrap_err();
    assert_eq!((stranger.claimed, stranger.answer_at), (None, None));
}

#[test]
fn where_signing_is_promised_or_required_an_unsigned_request_is_refused_and_told_so() {
    let mut provider = provider();
    provider.signs_requests = true;
    let rejected = opened(&provider, &post(&form(Direction::Request, &authn("", ""))).unwrap()).unwrap_err();
    assert_eq!(rejected.reason, Refused::Unsigned);
    assert_eq!(rejected.answer_at.unwrap().location, CONSUMER);
    let evil = authn("AssertionConsumerServiceURL=\"https://evil.example/\"", "");
    let rejected = opened(&provider, &post(&form(Direction::Request, &evil)).unwrap()).unwrap_err();
    assert_eq!((rejected.reason, rejected.answer_at), (Refused::Unsigned, None));
}
