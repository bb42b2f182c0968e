//! What metadata says, apart from how long it says it: the same for two publications that differ in dates, white space and
//! signature alone.

use std::collections::BTreeSet;

use aws_lc_rs::digest::{Context, Digest, SHA256};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use xml::{
    Document, Limits, Node, Ns, children, is,
    ns::{DS, MD},
    scan, text, unqualified,
};

/// What metadata says.
pub struct Substance {
    digest: Digest,
    /// The same without what [`SHOWN`] names.
    rest: Digest,
    /// The certificates in it: what each is for, the start of its SHA-256, and the algorithms that go with it.
    pub certificates: BTreeSet<String>,
}

impl Substance {
    /// Of metadata; none where it is not XML.
    #[must_use]
    pub fn of(metadata: &[u8]) -> Option<Self> {
        let document = Document::parse(scan(metadata, &LIMITS).ok()?).ok()?;
        let (mut digest, mut rest) = (Context::new(&SHA256), Context::new(&SHA256));
        let mut certificates = BTreeSet::new();
        let mut next = Some(document.root());
        while let Some(node) = next {
            // The signature is about everything else, and says nothing of the service.
            let passed_over = is(node, DS, "Signature");
            if is(node, DS, "X509Certificate") {
                let packed: String = text(node).unwrap_or_default().split_ascii_whitespace().collect();
                let print = fingerprint(&BASE64.decode(packed).unwrap_or_default());
                certificates.extend(with_use(node, &print));
            }
            if !passed_over {
                take_in(&mut digest, node, &[]);
                if !node.ancestors().any(|node| SHOWN.iter().any(|(ns, name)| is(node, *ns, name))) {
                    take_in(&mut rest, node, &SHOWN_ATTRIBUTES);
                }
            }
            let below = if passed_over { None } else { node.first_child() };
            next = below.or_else(|| node.ancestors().find_map(|node| node.next_sibling()));
        }
        Some(Self { digest: digest.finish(), rest: rest.finish(), certificates })
    }

    /// Whether both say the same.
    #[must_use]
    pub fn is_that_of(&self, other: &Self) -> bool {
        self.digest.as_ref() == other.digest.as_ref()
    }

    /// Whether both say the same, apart from what a reader of metadata takes out of [`SHOWN`] and shows by itself.
    #[must_use]
    pub fn has_the_rest_of(&self, other: &Self) -> bool {
        self.rest.as_ref() == other.rest.as_ref()
    }
}

/// What a certificate is for, beside it: one that moves from one use to another is another statement. Without a use it is for
/// both (SAML 2.0 Metadata §2.4.1.1).
fn with_use(certificate: Node<'_, '_>, print: &str) -> Vec<String> {
    let Some(key) = certificate.ancestors().find(|node| is(*node, MD, "KeyDescriptor")) else {
        return vec![print.to_owned()];
    };
    let methods = children(key, MD, "EncryptionMethod").filter_map(|method| unqualified(method, "Algorithm"));
    let methods: String = methods.map(|uri| format!(" {}", uri.rsplit('#').next().unwrap_or_default())).collect();
    let line = |usage: &str| match usage {
        "signing" => format!("{usage} {print}"),
        _ => format!("{usage} {print}{methods}"),
    };
    match unqualified(key, "use") {
        Some(usage) => vec![line(usage.trim())],
        None => ["signing", "encryption"].map(line).to_vec(),
    }
}

/// Elements that a comparison shows line by line.
const SHOWN: [(Ns, &str); 7] = [
    (MD, "KeyDescriptor"),
    (MD, "AssertionConsumerService"),
    (MD, "SingleLogoutService"),
    (MD, "ArtifactResolutionService"),
    (MD, "NameIDFormat"),
    (MD, "RequestedAttribute"),
    (Ns::new("mdui", "urn:oasis:names:tc:SAML:metadata:ui"), "DisplayName"),
];

/// Attributes that it shows so.
const SHOWN_ATTRIBUTES: [&str; 2] = ["AuthnRequestsSigned", "WantAssertionsSigned"];

fn take_in(digest: &mut Context, node: Node<'_, '_>, shown: &[&str]) {
    let mut part = |mark: u8, text: &str| {
        digest.update(&[mark]);
        digest.update(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(text.as_bytes());
    };
    if node.is_element() {
        let name = node.tag_name();
        part(b'<', name.namespace().unwrap_or_default());
        part(b'n', name.name());
        let passed_over = |name| DATES.contains(&name) || shown.contains(&name);
        for attribute in node.attributes().filter(|one| one.namespace().is_some() || !passed_over(one.name())) {
            part(b'@', attribute.namespace().unwrap_or_default());
            part(b'a', attribute.name());
            part(b'=', attribute.value());
        }
    } else if node.is_text() {
        let words = node.text().unwrap_or_default().trim();
        if words.is_empty() {
            return;
        }
        part(b't', words);
    } else {
        return;
    }
    // Where an element ends matters as much as where it begins: the depth tells.
    part(b'>', &node.ancestors().count().to_string());
}

/// The start of a certificate's SHA-256, as people compare it.
#[must_use]
pub fn fingerprint(der: &[u8]) -> String {
    let digest = crate::session::sha256(der);
    let shown: Vec<String> = digest.iter().take(FINGERPRINT_BYTES).map(|byte| format!("{byte:02X}")).collect();
    shown.join(":")
}

/// What a publisher changes at every publication.
const DATES: [&str; 3] = ["ID", "validUntil", "cacheDuration"];

/// Enough for people to tell two keys apart; who verifies a signature compares all.
const FINGERPRINT_BYTES: usize = 10;

/// As metadata is read.
const LIMITS: Limits = Limits { bytes: 4 * 1024 * 1024, depth: 64, attributes: 64, namespaces: 32, comments: true };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_white_space_and_signature_are_not_what_metadata_says() {
        let same = |one: &str, other: &str| {
            Substance::of(one.as_bytes()).unwrap().is_that_of(&Substance::of(other.as_bytes()).unwrap())
        };
        let plain = "<E entityID='x'><K a='1'>v</K></E>";
        let dated = "<E ID='_1' validUntil='2027-01-01T00:00:00Z' entityID='x' cacheDuration='PT1H'>\n\
             <ds:Signature xmlns:ds='http://www.w3.org/2000/09/xmldsig#'><ds:X/></ds:Signature>\n <K a='1'> v </K></E>";
        assert!(same(plain, dated));
        for other in [
            "<E entityID='x'><K a='2'>v</K></E>",
            "<E entityID='x'><K a='1'>w</K></E>",
            "<E entityID='x'><K a='1'>v</K><L/></E>",
            "<E entityID='x'><K a='1'/>v</E>",
            "<E entityID='x'><K validuntil='1' a='1'>v</K></E>",
        ] {
            assert!(!same(plain, other), "{other}");
        }
        assert!(Substance::of(b"no metadata").is_none());
    }
}
