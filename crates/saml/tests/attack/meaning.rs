//! Messages that are signed as they must be, and say what must not be believed.

use jiff::SignedDuration;
use saml::{
    MessageId,
    metadata::{self, ServiceProvider},
    receive,
    wire::Direction,
};

use crate::{
    Case, Outcome, case,
    forge::{cut, swap},
    login::{CONSUMER, IDP, SP, now},
    stage::{Asked, Stage, told},
    world::{self, P256, form},
};

pub(crate) fn cases() -> Vec<Case> {
    [times(), addresses(), statements(), requests(), senders(), doors(), pollution()].into_iter().flatten().collect()
}

/// A response that says something else, and is signed again by the identity provider.
fn says(id: &'static str, attack: &'static str, change: impl Fn(&str) -> String + 'static) -> Case {
    case(id, format!("response: {attack}"), move |stage| stage.response(&signed_again(stage, &change)))
}

fn signed_again(stage: &Stage, change: &impl Fn(&str) -> String) -> String {
    let text = stage.signed_response();
    stage.login.sign_again(&change(&swap(&text, cut(&text, "ds:Signature"), "")))
}

/// The good response, at another time.
fn later(stage: &Stage, by: SignedDuration) -> Outcome {
    let text = stage.signed_assertion();
    let opened = stage.login.open(|_| {}, |service| saml::service::response(text.as_bytes(), service, now() + by));
    told(opened)
}

fn times() -> Vec<Case> {
    vec![
        case("M-1", "response: expired", |stage| later(stage, SignedDuration::from_mins(7))),
        case("M-2", "response: a day late", |stage| later(stage, SignedDuration::from_hours(24))),
        case("M-3", "response: not yet valid", |stage| later(stage, SignedDuration::from_mins(-5))),
        says("M-4", "not valid before tomorrow", |text| {
            let (before, rest) = text.split_once(" NotBefore=\"").unwrap();
            let (_, rest) = rest.split_once('"').unwrap();
            format!("{before} NotBefore=\"2026-11-23T10:00:00Z\"{rest}")
        }),
        says("M-5", "a confirmation without an end", |text| {
            let data = text.find("<saml:SubjectConfirmationData").unwrap();
            let (front, back) = text.split_at(data);
            let (before, rest) = back.split_once(" NotOnOrAfter=\"").unwrap();
            let (_, rest) = rest.split_once('"').unwrap();
            format!("{front}{before}{rest}")
        }),
        says("M-6", "an end that is no instant", |text| text.replace("2026-11-22T10:05:00Z", "never")),
    ]
}

fn addresses() -> Vec<Case> {
    let xml_escaped = CONSUMER.replace('&', "&amp;");
    let consumer = move |text: &str, attribute: &str| {
        swap(text, &format!("{attribute}=\"{xml_escaped}\""), &format!("{attribute}=\"https://evil.example/acs\""))
    };
    let recipient = consumer.clone();
    vec![
        says("M-7", "wrong destination", move |text| consumer(text, "Destination")),
        says("M-8", "wrong recipient", move |text| recipient(text, "Recipient")),
        says("M-9", "no recipient", |text| {
            let (before, rest) = text.split_once(" Recipient=\"").unwrap();
            let (_, rest) = rest.split_once('"').unwrap();
            format!("{before}{rest}")
        }),
        says("M-10", "wrong audience", |text| {
            swap(text, &format!("<saml:Audience>{SP}<"), "<saml:Audience>https://other.example<")
        }),
        says("M-11", "no audience", |text| swap(text, cut(text, "saml:AudienceRestriction"), "")),
        says("M-12", "this audience and another one that must hold too", |text| {
            let restriction = cut(text, "saml:AudienceRestriction");
            swap(text, restriction, &format!("{restriction}{}", restriction.replace(SP, "https://other.example")))
        }),
        says("M-13", "wrong issuer", |text| text.replace(IDP, "https://other.example/idp")),
        says("M-14", "an assertion of another issuer in the response", |text| {
            let (front, back) = text.rsplit_once(IDP).unwrap();
            let (front, middle) = front.rsplit_once(IDP).unwrap();
            format!("{front}https://other.example/idp{middle}{IDP}{back}")
        }),
        case("M-15", "response: to another request", |stage| {
            let other = MessageId::parse("_other").unwrap();
            stage.response(&stage.login.login(|login| login.in_response_to = Some(&other)))
        }),
        case("M-16", "response: to no request, where one was asked", |stage| {
            stage.response(&stage.login.login(|login| login.in_response_to = None))
        }),
        case("M-17", "response: to a request, where none was asked", |stage| {
            stage.response_as(|service| service.asked = None, stage.signed_assertion().as_bytes())
        }),
        says("M-18", "the response to this request, its confirmation to another", |text| {
            let (front, back) = text.rsplit_once("InResponseTo=\"_asked\"").unwrap();
            format!("{front}InResponseTo=\"_other\"{back}")
        }),
        case("M-19", "response: caught at another service, shown here", |stage| {
            let other = saml::EntityId::parse("https://other.example/metadata").unwrap();
            let response = stage.login.login(|login| {
                login.audience = &other;
                login.recipient = "https://other.example/acs";
            });
            stage.response(&response)
        }),
    ]
}

fn statements() -> Vec<Case> {
    vec![
        says("M-20", "another version of SAML", |text| swap(text, "Version=\"2.0\"", "Version=\"1.1\"")),
        says("M-21", "a failure that holds an assertion", |text| swap(text, "status:Success", "status:Responder")),
        says("M-22", "no status", |text| swap(text, cut(text, "samlp:Status"), "")),
        says("M-23", "confirmed by a key instead of by bearer", |text| swap(text, "cm:bearer", "cm:holder-of-key")),
        says("M-24", "two confirmations", |text| {
            let confirmation = cut(text, "saml:SubjectConfirmation");
            swap(text, confirmation, &confirmation.repeat(2))
        }),
        says("M-25", "nobody", |text| swap(text, cut(text, "saml:NameID"), "")),
        says("M-26", "no statement of a login", |text| swap(text, cut(text, "saml:AuthnStatement"), "")),
        says("M-27", "no conditions", |text| swap(text, cut(text, "saml:Conditions"), "")),
        says("M-28", "a condition that nobody knows", |text| {
            swap(text, "</saml:Conditions>", "<saml:Condition></saml:Condition></saml:Conditions>")
        }),
        case("M-29", "response: of another kind", |stage| {
            stage.response(&stage.login.sign_again(&Asked::LoggedOut.message()))
        }),
        case("M-30", "response: an authentication request sent back", |stage| {
            stage.response(&stage.login.sign_again(&Asked::Authn.message()))
        }),
    ]
}

/// A request for login, signed, that says something else.
fn request(id: &'static str, attack: &'static str, change: impl Fn(&str) -> String + 'static) -> Case {
    case(id, format!("request: {attack}"), move |_| {
        Asked::Authn.receive(&P256.envelop(&change(&Asked::Authn.message())))
    })
}

fn registered(change: impl FnOnce(&mut ServiceProvider)) -> ServiceProvider {
    let mut provider = world::provider();
    change(&mut provider);
    provider
}

fn requests() -> Vec<Case> {
    let at = |url: &'static str| {
        move |text: &str| swap(text, " ForceAuthn", &format!(" AssertionConsumerServiceURL=\"{url}\" ForceAuthn"))
    };
    vec![
        request("M-31", "an answer to an address of nobody", at("https://evil.example/acs")),
        request(
            "M-32",
            "an answer to an address that begins as the registered one",
            at("https://sp.example/acs.evil.example"),
        ),
        request(
            "M-33",
            "an answer to the registered address with another path",
            at("https://sp.example/acs/../open-redirect"),
        ),
        request(
            "M-34",
            "an answer to the registered address with a query",
            at("https://sp.example/acs?next=//evil.example"),
        ),
        request(
            "M-35",
            "an answer to the registered address with a name in it",
            at("https://sp.example@evil.example/acs"),
        ),
        request("M-36", "an answer to the registered address in other letters", at("https://SP.example/acs")),
        request("M-37", "an answer to a script", at("javascript:alert(1)")),
        request("M-38", "an answer to an index that is not there", |text| {
            swap(text, " ForceAuthn", " AssertionConsumerServiceIndex=\"77\" ForceAuthn")
        }),
        request("M-39", "an answer to an index and to an address", move |text| {
            at("https://evil.example/acs")(&swap(
                text,
                " ForceAuthn",
                " AssertionConsumerServiceIndex=\"0\" ForceAuthn",
            ))
        }),
        request("M-40", "for another address", |text| swap(text, world::ADDRESS, "https://other.example/sso")),
        request("M-41", "without an address", |text| swap(text, &format!("Destination=\"{}\"", world::ADDRESS), "")),
        request("M-42", "an hour old", |text| swap(text, "T00:59:00Z", "T00:00:00Z")),
        request("M-43", "of tomorrow", |text| swap(text, "11-22T00:59:00Z", "11-23T00:59:00Z")),
        request("M-44", "of an unknown service", |text| swap(text, world::SP, "https://evil.example/metadata")),
        request("M-45", "of an issuer with a qualifier", |text| {
            swap(text, "<saml:Issuer>", "<saml:Issuer NameQualifier=\"x\">")
        }),
        request("M-46", "about a person whom the service names", |text| {
            swap(text, "</saml:Issuer>", "</saml:Issuer><saml:Subject><saml:NameID>anna</saml:NameID></saml:Subject>")
        }),
        request("M-47", "an address in an attribute of a namespace (attribute pollution)", move |text| {
            at("https://evil.example/acs")(&swap(
                text,
                " ForceAuthn",
                " samlp:AssertionConsumerServiceURL=\"https://sp.example/acs\" ForceAuthn",
            ))
        }),
    ]
}

fn senders() -> Vec<Case> {
    vec![
        case("M-48", "request: unsigned, where the service promised to sign", |_| {
            let provider = registered(|provider| provider.signs_requests = true);
            Asked::Authn.receive_where(&provider, &Asked::Authn.message())
        }),
        case("M-49", "request: of a service that was switched off (CVE-2026-3047)", |_| {
            let other = crate::stage::other_service();
            Asked::Authn.receive_where(&other, &Asked::Authn.signed())
        }),
        case("M-50", "request: of a service whose metadata ended", |_| {
            let provider = registered(|provider| provider.valid_until = Some(world::now()));
            Asked::Authn.receive_where(&provider, &Asked::Authn.signed())
        }),
        case("M-51", "request: of a service without a key, signed", |_| {
            let provider = registered(|provider| provider.signing.clear());
            Asked::Authn.receive_where(&provider, &Asked::Authn.signed())
        }),
        case("M-52", "logout request: unsigned", |_| Asked::Logout.receive(&Asked::Logout.message())),
        case("M-53", "logout request: after its own end", |_| {
            let ended = swap(&Asked::Logout.message(), " ID=", " NotOnOrAfter=\"2026-11-22T00:00:00Z\" ID=");
            Asked::Logout.receive(&P256.envelop(&ended))
        }),
        case("M-54", "logout response: unsigned success", |_| {
            Asked::LoggedOut.receive(&Asked::LoggedOut.forge(&Asked::LoggedOut.message()))
        }),
        case("M-55", "artifact resolve: unsigned", |_| Asked::Resolve.receive(&Asked::Resolve.message())),
        case("M-56", "attribute query: unsigned", |_| Asked::Attributes.receive(&Asked::Attributes.message())),
    ]
}

/// A good message through another door.
fn doors() -> Vec<Case> {
    vec![
        case("M-57", "door: a logout request as request for login", |_| {
            Asked::Authn.open(&world::provider(), receive::post(&form(Direction::Request, &Asked::Logout.signed())))
        }),
        case("M-58", "door: a request in the parameter of responses", |_| {
            Asked::Authn.open(&world::provider(), receive::post(&form(Direction::Response, &Asked::Authn.signed())))
        }),
        case("M-59", "door: an attribute query through the browser", |_| {
            Asked::Attributes
                .open(&world::provider(), receive::post(&form(Direction::Request, &Asked::Attributes.signed())))
        }),
        case("M-60", "door: a request for login without an enhanced client, by SOAP", |_| {
            let provider =
                registered(|provider| provider.consumers.retain(|consumer| consumer.binding != saml::Binding::Paos));
            Asked::Authn.open(&provider, receive::soap(&world::envelope(&Asked::Authn.signed())))
        }),
        case("M-61", "door: our own response as logout response", |stage| {
            let response = stage.signed_response();
            Asked::LoggedOut.open(&world::provider(), receive::post(&form(Direction::Response, &response)))
        }),
        case("M-62", "door: an artifact response as SOAP request", |stage| {
            Asked::Resolve.open(&world::provider(), receive::soap(stage.artifact_answer().as_bytes()))
        }),
        case("M-63", "response: signed by the service, not by the identity provider", |stage| {
            let text = stage.login.write_by(&P256, |_| {}).into_string();
            stage.response(&text)
        }),
    ]
}

/// Attributes of a namespace before those that count: whoever looks by the bare name alone takes the first.
fn pollution() -> Vec<Case> {
    let consumer = "https://sp.example/acs?tenant=1";
    let response = |id, attack, element: &'static str, name: &'static str, good: &'static str| {
        case(
            id,
            format!("response: {attack} in an attribute of a namespace (attribute pollution)"),
            move |stage: &Stage| {
                let (own, other) = (format!(" {name}=\"{good}\""), format!(" {name}=\"other\""));
                let forged = |text: &str| {
                    let (before, after) = text.split_at(text.find(&format!("<{element} ")).unwrap());
                    format!("{before}{}", swap(after, &own, &format!("{other} samlp:{name}=\"{good}\"")))
                };
                let signed = signed_again(stage, &forged);
                stage.response(&first(&signed, element, &format!(" samlp:{name}=\"{good}\"")))
            },
        )
    };
    let metadata = |id, attack, change: fn(&str) -> String| {
        case(
            id,
            format!("metadata: {attack} in an attribute of a namespace, and none without (attribute pollution)"),
            move |_| {
                let text = change(&swap(
                    include_str!("../metadata/good.xml"),
                    "AuthnRequestsSigned=\"true\"",
                    "xmlns:x=\"urn:x\"",
                ));
                let found = metadata::read(text.as_bytes(), None, now()).map(|_| ());
                found.map_err(|report| report.findings.iter().find(|one| one.fatal).unwrap().code.to_owned())
            },
        )
    };
    vec![
        response("M-64", "the destination", "samlp:Response", "Destination", consumer),
        response("M-65", "the request it answers", "samlp:Response", "InResponseTo", "_asked"),
        response("M-66", "the recipient", "saml:SubjectConfirmationData", "Recipient", consumer),
        metadata("M-67", "the entity ID", |text| swap(text, " entityID=", " xmlns:x=\"urn:x\" x:entityID=")),
        metadata("M-68", "every address", |text| text.replace(" Location=", " x:Location=")),
        case("M-69", "signature: the reference in an attribute of a namespace (attribute pollution)", |_| {
            let signed = Asked::Logout.signed();
            let info = cut(&signed, "ds:SignedInfo").to_owned();
            let (other, polluted) = ("URI=\"#_other\"", "ds:URI=\"#_m1\"");
            let forged = swap(&info, "URI=\"#_m1\"", &format!("{other} {polluted}"));
            let value = crate::forge::base64(&P256.sign(forged.as_bytes()).unwrap());
            let value = format!("<ds:SignatureValue>{value}</ds:SignatureValue>");
            let signed = swap(&swap(&signed, &info, &forged), cut(&signed, "ds:SignatureValue"), &value);
            Asked::Logout.receive(&swap(&signed, &format!("{other} {polluted}"), &format!("{polluted} {other}")))
        }),
    ]
}

/// Puts an attribute, which no signature cares for the place of, before all others of its element.
fn first(text: &str, element: &str, attribute: &str) -> String {
    let start = format!("<{element}");
    swap(&swap(text, attribute, ""), &start, &format!("{start}{attribute}"))
}
