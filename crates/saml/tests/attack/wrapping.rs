//! XML signature wrapping: eight ways, for every message that is signed inside.

use crate::{
    Case, case,
    forge::{Caught, WAYS, cut, swap},
    login::PSEUDONYM,
    stage::Asked,
};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (own_id, mark) in [(true, ""), (false, "=")] {
        let named = |what: &str, way: usize| {
            let same = if own_id { "" } else { ", same ID" };
            format!("XSW-{way} {what}{same}: {}", WAYS[way - 1])
        };
        for way in 1..=8 {
            cases.push(case(format!("W-A{way}{mark}"), named("assertion", way), move |stage| {
                let response = stage.signed_assertion();
                let assertion = cut(&response, "saml:Assertion");
                let caught = Caught::new(assertion, own_id, forged_name);
                stage.response(&caught.wrapped(way, &|all| swap(&response, assertion, &all.concat())))
            }));
        }
        for way in 1..=8 {
            cases.push(case(format!("W-R{way}{mark}"), named("response", way), move |stage| {
                let caught = Caught::new(&stage.signed_response(), own_id, forged_name);
                stage.response(&caught.wrapped(way, &nested))
            }));
        }
        for (asked, letter, what) in [
            (Asked::Authn, 'Q', "authentication request"),
            (Asked::Logout, 'L', "logout request"),
            (Asked::LoggedOut, 'S', "logout response"),
            (Asked::Resolve, 'V', "artifact resolve"),
            (Asked::Attributes, 'C', "attribute query"),
        ] {
            for way in 1..=8 {
                cases.push(case(format!("W-{letter}{way}{mark}"), named(what, way), move |_| {
                    let caught = Caught::new(&asked.signed(), own_id, |text| asked.forge(text));
                    asked.receive(&caught.wrapped(way, &nested))
                }));
            }
        }
    }
    for (own_id, mark) in [(true, ""), (false, "=")] {
        let same = if own_id { "" } else { ", same ID" };
        for way in 1..=8 {
            let name = format!("XSW-{way} artifact response{same}: {}", WAYS[way - 1]);
            cases.push(case(format!("W-F{way}{mark}"), name, move |stage| {
                let soap = stage.artifact_answer();
                let answer = cut(&soap, "samlp:ArtifactResponse");
                let caught = Caught::new(answer, own_id, |text| {
                    // The assertion inside has a signature too: both are taken off, the forged one is unsigned.
                    forged_name(&swap(text, cut(text, "ds:Signature"), ""))
                });
                stage.artifact(&caught.wrapped(way, &|all| swap(&soap, answer, &nested(all))))
            }));
        }
        for way in 1..=8 {
            let name = format!("XSW-{way} assertion in an artifact response{same}: {}", WAYS[way - 1]);
            cases.push(case(format!("W-G{way}{mark}"), name, move |stage| {
                let soap = stage.artifact_answer();
                let assertion = cut(&soap, "saml:Assertion");
                let caught = Caught::new(assertion, own_id, forged_name);
                stage.artifact(&caught.wrapped(way, &|all| swap(&soap, assertion, &all.concat())))
            }));
        }
    }
    cases
}

/// A message has no place for two: the first is the message, the others stand in its extensions; what came in extensions
/// stays the first part of the message.
pub(crate) fn nested(all: &[&str]) -> String {
    match all {
        [one] => (*one).to_owned(),
        [extensions, message] if extensions.starts_with("<samlp:Extensions") => {
            crate::forge::behind(message, "</ds:Signature>", extensions)
        }
        [message, rest @ ..] => crate::forge::at_the_end(
            message,
            &format!(
                "<samlp:Extensions xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\">{}</samlp:Extensions>",
                rest.concat()
            ),
        ),
        [] => String::new(),
    }
}

pub(crate) fn forged_name(text: &str) -> String {
    swap(text, PSEUDONYM, "somebody-else")
}
