//! What newer metadata of a registered service would change, and what a newer policy would.

use saml::{Binding, metadata::ServiceProvider};

use super::registry::Source;
use crate::idp::{
    policy::Policy,
    substance::{Substance, fingerprint},
};

/// What is said of a service, before or after.
pub struct Side<'a> {
    /// As it is read; none where it cannot be.
    pub provider: Option<&'a ServiceProvider>,
    /// As it came.
    pub metadata: &'a [u8],
    /// Where it is fetched from.
    pub source: &'a Source,
}

/// Something that is said of a service before, after, or both times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Of what kind.
    pub kind: Kind,
    /// The thing itself, to the letter. Empty for a file as the source, and for [`Kind::Rest`].
    pub text: String,
    /// When.
    pub standing: Standing,
}

/// What can be said of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A name, after the tag of its language.
    Name,
    /// Where answers go.
    Answers,
    /// Where an answer goes when a request names no place.
    Default,
    /// Where logouts go.
    Logout,
    /// Where artifacts are resolved.
    Artifacts,
    /// A certificate: what it is for, the start of its SHA-256, and the algorithms that go with it.
    Certificate,
    /// What is signed: the attribute of the metadata that says so, or the algorithm beyond RSA that is verified.
    Signatures,
    /// A format of names that it takes, after its place in the order of preference.
    NameFormat,
    /// An attribute that it asks for, and whether it cannot do without.
    Requested,
    /// Where the metadata is fetched from, and the certificate that it must be signed with; or a file.
    Source,
    /// Anything else that differs, which only a look at the files tells.
    Rest,
}

impl Kind {
    /// In the order of their weight for a look.
    pub const ALL: [Self; 11] = [
        Self::Answers,
        Self::Default,
        Self::Logout,
        Self::Artifacts,
        Self::Certificate,
        Self::Signatures,
        Self::Source,
        Self::NameFormat,
        Self::Requested,
        Self::Name,
        Self::Rest,
    ];
}

/// Whether something stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Before and after.
    Kept,
    /// After alone.
    Added,
    /// Before alone.
    Removed,
}

/// What of `former` stays, what goes, and what `new` brings: by kind, what was there before first.
#[must_use]
pub fn between(former: &Side<'_>, new: &Side<'_>) -> Vec<Line> {
    let (before, after) = (said(former), said(new));
    let mut lines = Vec::new();
    for kind in Kind::ALL {
        let of = |side: &[(Kind, String)]| {
            let own = side.iter().filter(move |(one, _)| *one == kind);
            own.map(|(_, text)| text.clone()).collect::<Vec<_>>()
        };
        let (was, is) = (of(&before), of(&after));
        for text in &was {
            let standing = if is.contains(text) { Standing::Kept } else { Standing::Removed };
            lines.push(Line { kind, text: text.clone(), standing });
        }
        let added = is.into_iter().filter(|text| !was.contains(text));
        lines.extend(added.map(|text| Line { kind, text, standing: Standing::Added }));
    }
    // A name that is shown may stand in several places, so this line may come beside its own; it never stays away for it.
    if !rest_is_the_same(former, new, &lines) {
        lines.push(Line { kind: Kind::Rest, text: String::new(), standing: Standing::Added });
    }
    lines
}

/// The settings of a policy that another one has otherwise: name of the setting, and both values, as JSON.
#[must_use]
pub fn of_policies(before: &Policy, after: &Policy) -> Vec<(String, String, String)> {
    let [before, after] = [before, after].map(|policy| serde_json::to_value(policy).unwrap_or_default());
    let settings = after.as_object().into_iter().flatten();
    let differ = settings.filter_map(|(name, value)| {
        let former = before.get(name)?;
        (former != value).then(|| (name.clone(), former.to_string(), value.to_string()))
    });
    differ.collect()
}

/// The last part of a binding's URI: `HTTP-POST`.
#[must_use]
pub fn binding(binding: Binding) -> &'static str {
    binding.uri().rsplit(':').next().unwrap_or_default()
}

fn said(side: &Side<'_>) -> Vec<(Kind, String)> {
    let mut said = Vec::new();
    if let Some(provider) = side.provider {
        for one in &provider.consumers {
            let place = format!("{} {}", binding(one.binding), one.location);
            said.push((Kind::Answers, format!("{}: {place}", one.index)));
            said.extend(one.is_default.then_some((Kind::Default, place)));
        }
        for one in &provider.logout {
            let answers = one.response_location.as_ref().map(|to| format!(" ({to})")).unwrap_or_default();
            said.push((Kind::Logout, format!("{} {}{answers}", binding(one.binding), one.location)));
        }
        for one in &provider.artifact_resolution {
            let default = if one.is_default { " (default)" } else { "" };
            said.push((Kind::Artifacts, format!("{}: {} {}{default}", one.index, binding(one.binding), one.location)));
        }
        said.push((Kind::Signatures, format!("AuthnRequestsSigned=\"{}\"", provider.signs_requests)));
        said.push((Kind::Signatures, format!("WantAssertionsSigned=\"{}\"", provider.wants_signed_assertions)));
        said.extend(provider.verifies_ecdsa.then(|| (Kind::Signatures, "SigningMethod ecdsa-sha256".to_owned())));
        let formats = provider.name_formats.iter().enumerate();
        said.extend(formats.map(|(place, format)| (Kind::NameFormat, format!("{}: {format}", place + 1))));
        for one in &provider.requested {
            let required = if one.required { " (isRequired)" } else { "" };
            said.push((Kind::Requested, format!("{}{required}", one.name)));
        }
        said.extend(provider.names.iter().map(|(lang, name)| (Kind::Name, format!("{lang}: {name}"))));
    }
    let certificates = Substance::of(side.metadata).map(|substance| substance.certificates).unwrap_or_default();
    said.extend(certificates.into_iter().map(|one| (Kind::Certificate, one)));
    let source = match side.source {
        Source::File => String::new(),
        Source::Url { address, certificate } => format!("{address} ({})", fingerprint(certificate)),
    };
    said.push((Kind::Source, source));
    said
}

/// Whether nothing differs but what has a line. Metadata that cannot be read has no lines to go by.
fn rest_is_the_same(former: &Side<'_>, new: &Side<'_>, lines: &[Line]) -> bool {
    match (Substance::of(former.metadata), Substance::of(new.metadata)) {
        (Some(one), Some(other)) => {
            let shown = lines.iter().any(|line| line.standing != Standing::Kept && line.kind != Kind::Source);
            one.has_the_rest_of(&other) && (shown || one.is_that_of(&other))
        }
        _ => former.metadata == new.metadata,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> ServiceProvider {
        let now = "2026-11-22T03:00:00Z".parse().unwrap();
        saml::metadata::read(text.as_bytes(), None, now).unwrap_or_else(|report| panic!("{:?}", report.findings)).0
    }

    fn metadata(rest: &str) -> String {
        let certificate = include_str!("../../../../docs/operator/service-example.xml");
        let certificate = certificate.split("X509Certificate>").nth(1).unwrap().split('<').next().unwrap();
        format!(
            "<EntityDescriptor xmlns='urn:oasis:names:tc:SAML:2.0:metadata' entityID='urn:x'><SPSSODescriptor \
             protocolSupportEnumeration='urn:oasis:names:tc:SAML:2.0:protocol'><KeyDescriptor><KeyInfo \
             xmlns='http://www.w3.org/2000/09/xmldsig#'><X509Data><X509Certificate>{certificate}</X509Certificate>\
             </X509Data></KeyInfo></KeyDescriptor>{rest}</SPSSODescriptor></EntityDescriptor>"
        )
    }

    fn consumer(index: u8, path: &str) -> String {
        format!(
            "<AssertionConsumerService Binding='urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST' \
             Location='https://x.example/{path}' index='{index}'/>"
        )
    }

    fn changed(before: &str, after: &str) -> Vec<(Kind, Standing, String)> {
        compared(&metadata(before), &metadata(after))
    }

    fn compared(former: &str, new: &str) -> Vec<(Kind, Standing, String)> {
        let file = Source::File;
        let (one, other) = (read(former), read(new));
        let former = Side { provider: Some(&one), metadata: former.as_bytes(), source: &file };
        let new = Side { provider: Some(&other), metadata: new.as_bytes(), source: &file };
        let lines = between(&former, &new);
        let changed = lines.into_iter().filter(|line| line.standing != Standing::Kept);
        changed.map(|line| (line.kind, line.standing, line.text)).collect()
    }

    #[test]
    fn what_stays_is_told_from_what_goes_and_comes() {
        let place = |path: &str| format!("HTTP-POST https://x.example/{path}");
        let [a, b] = ["a", "b"].map(|path| format!("0: {}", place(path)));
        assert_eq!(changed(&consumer(0, "a"), &consumer(0, "a")), []);
        let (one, other) = (consumer(0, "a"), consumer(0, "b"));
        let expected = [
            (Kind::Answers, Standing::Removed, a.clone()),
            (Kind::Answers, Standing::Added, b.clone()),
            (Kind::Default, Standing::Removed, place("a")),
            (Kind::Default, Standing::Added, place("b")),
        ];
        assert_eq!(changed(&one, &other), expected);
        let both = consumer(0, "a") + &consumer(1, "b");
        assert_eq!(changed(&one, &both), [(Kind::Answers, Standing::Added, format!("1: {}", place("b")))]);
    }

    #[test]
    fn no_other_change_hides_what_weakens_a_service() {
        let before = metadata(&format!(
            "<Extensions><u:UIInfo xmlns:u='urn:oasis:names:tc:SAML:metadata:ui'><u:DisplayName xml:lang='en'>One\
             </u:DisplayName></u:UIInfo></Extensions><NameIDFormat>urn:f</NameIDFormat>{}<AttributeConsumingService \
             index='0'><ServiceName xml:lang='en'>X</ServiceName><RequestedAttribute Name='urn:y'/>\
             </AttributeConsumingService>",
            consumer(0, "a")
        ));
        let before = before.replacen("<SPSS", "<!-- --><SPSS", 1).replacen(
            "<SPSSODescriptor ",
            "<SPSSODescriptor AuthnRequestsSigned='true' WantAssertionsSigned='true' ",
            1,
        );
        let weaker = [
            (Kind::Signatures, "AuthnRequestsSigned='true'", "", r#"AuthnRequestsSigned="false""#),
            (Kind::Signatures, "WantAssertionsSigned='true'", "", r#"WantAssertionsSigned="false""#),
            (Kind::NameFormat, "urn:f", "urn:g", "1: urn:g"),
            (Kind::Requested, "'urn:y'", "'urn:y' isRequired='true'", "urn:y (isRequired)"),
            (Kind::Requested, "urn:y", "urn:z", "urn:z"),
            (Kind::Answers, "index='0'/>", "index='7'/>", "7: HTTP-POST https://x.example/a"),
            (Kind::Rest, "<AttributeConsumingService", "<AttributeConsumingService isDefault='true'", ""),
        ];
        for (kind, from, to, text) in weaker {
            assert!(before.contains(from), "{from}");
            let after = before.replacen(from, to, 1).replace(">One", ">Two");
            let lines = compared(&before, &after);
            assert!(lines.contains(&(Kind::Name, Standing::Added, "en: Two".to_owned())), "{lines:?}");
            assert!(lines.contains(&(kind, Standing::Added, text.to_owned())), "{kind:?} {to}: {lines:?}");
            assert_eq!(lines.iter().any(|(one, ..)| *one == Kind::Rest), kind == Kind::Rest, "{to}: {lines:?}");
        }
        // Who signs its requests has a key for that.
        let unsigned = before.replacen("AuthnRequestsSigned='true'", "", 1);
        let one_use = |usage| unsigned.replacen("<KeyDescriptor>", &format!("<KeyDescriptor use='{usage}'>"), 1);
        let lines = compared(&one_use("encryption"), &one_use("signing").replace(">One", ">Two"));
        let keys = lines.iter().filter(|(kind, ..)| *kind == Kind::Certificate);
        let keys: Vec<_> = keys.map(|(_, standing, text)| (*standing, text.split(' ').next().unwrap())).collect();
        assert_eq!(keys, [(Standing::Removed, "encryption"), (Standing::Added, "signing")]);
        let extended = before.replacen("<!-- -->", "<Extensions>{}</Extensions>", 1);
        let ecdsa = "<a:SigningMethod xmlns:a='urn:oasis:names:tc:SAML:metadata:algsupport' \
             Algorithm='http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256'/>";
        let lines = compared(&before, &extended.replace("{}", ecdsa).replace(">One", ">Two"));
        let said = "SigningMethod ecdsa-sha256".to_owned();
        assert!(lines.contains(&(Kind::Signatures, Standing::Added, said)), "{lines:?}");
    }
}
