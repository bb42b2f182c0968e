//! Signatures that are none: over something else, by somebody else, by an algorithm that anybody can use, or misbuilt.

use aws_lc_rs::{
    digest::{SHA256, digest},
    hmac,
};
use xml::algorithm::{ECDSA_SHA256, ENVELOPED, EXC_C14N, RSA_SHA256};

use crate::{
    Case, Outcome, case,
    forge::{at_the_end, base64, before, behind, cut, swap},
    stage::Asked,
    world::{Key, P256, RSA, STRANGER, parse},
};

pub(crate) fn cases() -> Vec<Case> {
    [by_whom(), algorithms(), references(), transforms(), digests(), places()].into_iter().flatten().collect()
}

/// A logout request that was changed after signing, or whose signature was.
fn text(id: &'static str, attack: &'static str, change: impl Fn(&str) -> String + 'static) -> Case {
    case(id, format!("signature: {attack}"), move |_| Asked::Logout.receive(&change(&Asked::Logout.signed())))
}

/// A logout request whose SignedInfo is another one, and signed by the right key.
fn info(id: &'static str, attack: &'static str, change: impl Fn(&str) -> String + 'static) -> Case {
    text(id, attack, move |signed| signed_again(signed, &change, &P256))
}

fn signed_again(signed: &str, change: &impl Fn(&str) -> String, key: &Key) -> String {
    let info = cut(signed, "ds:SignedInfo");
    let changed = change(info);
    let value = format!("<ds:SignatureValue>{}</ds:SignatureValue>", base64(&key.sign(changed.as_bytes()).unwrap()));
    swap(&swap(signed, info, &changed), cut(signed, "ds:SignatureValue"), &value)
}

fn transform(algorithm: &str) -> String {
    format!("<ds:Transform Algorithm=\"{algorithm}\"></ds:Transform>")
}

/// The signature over `canonical` instead of over the message.
fn instead(uri: &str, canonical: &str) -> String {
    let message = Asked::Logout.message();
    behind(&canonical_form(&message), "</saml:Issuer>", &P256.signature(uri, canonical, &[ENVELOPED, EXC_C14N]))
}

fn canonical_form(message: &str) -> String {
    xml::exclusive_c14n(parse(message).root(), &[], None)
}

fn by_whom() -> Vec<Case> {
    let own_key = |signed: &str, key_info: &str| {
        let info = format!("<ds:KeyInfo>{key_info}</ds:KeyInfo>");
        before(&signed_again(signed, &str::to_owned, &STRANGER), "</ds:Signature>", &info)
    };
    vec![
        text("S-1", "stripped", |signed| swap(signed, cut(signed, "ds:Signature"), "")),
        text("S-2", "by a key that nobody registered", |signed| signed_again(signed, &str::to_owned, &STRANGER)),
        text("S-3", "by a key of another kind that nobody registered", |signed| {
            signed_again(signed, &|info| swap(info, ECDSA_SHA256, RSA_SHA256), &RSA)
        }),
        text("S-4", "by a key that the message brings along as KeyValue (CVE-2021-21239)", move |signed| {
            own_key(signed, "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus></ds:RSAKeyValue></ds:KeyValue>")
        }),
        text("S-5", "by a key that the message brings along as certificate", move |signed| {
            own_key(signed, "<ds:X509Data><ds:X509Certificate>MIIB</ds:X509Certificate></ds:X509Data>")
        }),
        text("S-6", "by a key that the message says where to fetch", move |signed| {
            own_key(signed, "<ds:RetrievalMethod URI=\"http://evil.example/key\"></ds:RetrievalMethod>")
        }),
        text("S-7", "all zeros, which bad ECDSA verifiers take", |signed| {
            swap(
                signed,
                cut(signed, "ds:SignatureValue"),
                &format!("<ds:SignatureValue>{}</ds:SignatureValue>", base64(&[0; 64])),
            )
        }),
        text("S-8", "empty value", |signed| {
            swap(signed, cut(signed, "ds:SignatureValue"), "<ds:SignatureValue></ds:SignatureValue>")
        }),
        text("S-9", "of another message of the same sender", |signed| {
            let other = P256.envelop(&swap(&Asked::Logout.message(), "_m1", "_m2"));
            swap(signed, cut(signed, "ds:Signature"), cut(&other, "ds:Signature"))
        }),
        case("S-10", "signature: by one registered service, in the name of another", |_| {
            let mut other = crate::stage::other_service();
            other.signing = vec![STRANGER.published()];
            let stolen =
                swap(&Asked::Logout.message(), "https://sp.example/metadata", "https://other.example/metadata");
            Asked::Logout.receive_where(&other, &P256.envelop(&stolen))
        }),
    ]
}

fn algorithms() -> Vec<Case> {
    let hmac_with_public_key = |signed: &str| {
        let info =
            swap(cut(signed, "ds:SignedInfo"), ECDSA_SHA256, "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256");
        // The public key is no secret: whoever takes it as the secret of an HMAC takes everybody's signature.
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"the public key, as it stands in the metadata");
        let value = base64(hmac::sign(&key, info.as_bytes()).as_ref());
        let value = format!("<ds:SignatureValue>{value}</ds:SignatureValue>");
        swap(&swap(signed, cut(signed, "ds:SignedInfo"), &info), cut(signed, "ds:SignatureValue"), &value)
    };
    let method =
        |id, attack, algorithm: &'static str| info(id, attack, move |info| swap(info, ECDSA_SHA256, algorithm));
    let digest = |id, attack, algorithm: &'static str| {
        info(id, attack, move |info| swap(info, "http://www.w3.org/2001/04/xmlenc#sha256", algorithm))
    };
    vec![
        text("S-11", "HMAC with the public key", hmac_with_public_key),
        method("S-12", "HMAC-SHA1 named", "http://www.w3.org/2000/09/xmldsig#hmac-sha1"),
        method("S-13", "RSA-SHA1 named", "http://www.w3.org/2000/09/xmldsig#rsa-sha1"),
        method("S-14", "RSA-MD5 named", "http://www.w3.org/2001/04/xmldsig-more#rsa-md5"),
        method("S-15", "no algorithm named", ""),
        method("S-16", "an algorithm of another kind of key named", RSA_SHA256),
        method("S-17", "an algorithm that nobody knows", "urn:none"),
        digest("S-18", "SHA-1 digest", "http://www.w3.org/2000/09/xmldsig#sha1"),
        digest("S-19", "MD5 digest", "http://www.w3.org/2001/04/xmldsig-more#md5"),
        info("S-20", "HMAC truncated to eight bits (CVE-2009-0217)", |info| {
            let bare = format!("Algorithm=\"{ECDSA_SHA256}\">");
            swap(info, &bare, &format!("{bare}<ds:HMACOutputLength>8</ds:HMACOutputLength>"))
        }),
    ]
}

fn references() -> Vec<Case> {
    let uri = |id, attack, uri: &'static str| info(id, attack, move |info| swap(info, "URI=\"#_m1\"", uri));
    vec![
        info("S-21", "no Reference", |info| swap(info, cut(info, "ds:Reference"), "")),
        uri("S-22", "empty reference: the whole document", "URI=\"\""),
        uri("S-23", "reference without URI", ""),
        uri("S-24", "reference by XPointer", "URI=\"#xpointer(id('_m1'))\""),
        uri("S-25", "reference to the root by XPointer", "URI=\"#xpointer(/)\""),
        uri("S-26", "reference to another document", "URI=\"http://evil.example/message\""),
        uri("S-27", "reference to a file", "URI=\"file:///etc/passwd\""),
        uri("S-28", "reference to an ID that is nowhere", "URI=\"#_m9\""),
        case("S-29", "signature: over another element", |_| {
            let extensions = "<samlp:Extensions ID=\"_e1\"></samlp:Extensions>";
            let message = behind(&canonical_form(&Asked::Logout.message()), "</saml:Issuer>", extensions);
            let namespace =
                "<samlp:Extensions xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_e1\"></samlp:Extensions>";
            let signature = P256.signature("#_e1", namespace, &[ENVELOPED, EXC_C14N]);
            Asked::Logout.receive(&behind(&message, "</saml:Issuer>", &signature))
        }),
        info("S-30", "the same reference twice", |info| {
            let reference = cut(info, "ds:Reference");
            swap(info, reference, &reference.repeat(2))
        }),
        case("S-31", "signature: two references, the digest of the last taken for the first (CVE-2026-33487)", |_| {
            let signed = Asked::Logout.signed();
            let forged = Asked::Logout.forge(&signed);
            let change = |info: &str| {
                let reference = cut(info, "ds:Reference");
                let value = base64(
                    digest(&SHA256, Asked::Logout.forge(&canonical_form(&Asked::Logout.message())).as_bytes()).as_ref(),
                );
                let other = swap(
                    reference,
                    cut(reference, "ds:DigestValue"),
                    &format!("<ds:DigestValue>{value}</ds:DigestValue>"),
                );
                swap(info, reference, &format!("{reference}{other}"))
            };
            Asked::Logout.receive(&signed_again(&forged, &change, &P256))
        }),
        info("S-32", "33 references", |info| {
            let reference = cut(info, "ds:Reference");
            swap(info, reference, &reference.repeat(33))
        }),
        info("S-33", "a manifest instead of the message", |info| {
            swap(info, "<ds:Reference ", "<ds:Reference Type=\"http://www.w3.org/2000/09/xmldsig#Manifest\" ")
                .replace("#_m1", "#_m9")
        }),
    ]
}

fn transforms() -> Vec<Case> {
    let more = |id, attack, algorithm: &'static str| {
        info(id, attack, move |info| behind(info, "<ds:Transforms>", &transform(algorithm)))
    };
    vec![
        more("S-34", "XSLT transform", "http://www.w3.org/TR/1999/REC-xslt-19991116"),
        more("S-35", "XPath transform", "http://www.w3.org/TR/1999/REC-xpath-19991116"),
        more("S-36", "XPath filter transform", "http://www.w3.org/2002/06/xmldsig-filter2"),
        more("S-37", "base64 transform", "http://www.w3.org/2000/09/xmldsig#base64"),
        more("S-38", "a transform twice", EXC_C14N),
        info("S-39", "a stylesheet inside a transform", |info| {
            let c14n = format!("<ds:Transform Algorithm=\"{EXC_C14N}\">");
            behind(info, &c14n, "<xsl:stylesheet xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\"></xsl:stylesheet>")
        }),
        info("S-40", "no enveloped-signature transform", |info| swap(info, &transform(ENVELOPED), "")),
        info("S-41", "no transform at all", |info| swap(info, cut(info, "ds:Transforms"), "")),
        info("S-42", "transforms in the other order", |info| {
            let (first, second) = (transform(ENVELOPED), transform(EXC_C14N));
            swap(info, &format!("{first}{second}"), &format!("{second}{first}"))
        }),
        info("S-43", "canonicalization that keeps comments", |info| {
            info.replace(EXC_C14N, "http://www.w3.org/2001/10/xml-exc-c14n#WithComments")
        }),
        info("S-44", "a canonicalization of one's own", |info| swap(info, EXC_C14N, "urn:canonical")),
    ]
}

fn digests() -> Vec<Case> {
    let value = |text: &str| format!("<ds:DigestValue>{text}</ds:DigestValue>");
    let nothing = move || value(&base64(digest(&SHA256, b"").as_ref()));
    vec![
        case("S-45", "digest: of nothing, as of a canonicalization that failed (CVE-2025-66568)", move |_| {
            let signed = Asked::Logout.signed();
            Asked::Logout.receive(&signed_again(
                &signed,
                &|info| swap(info, cut(info, "ds:DigestValue"), &nothing()),
                &P256,
            ))
        }),
        case(
            "S-46",
            "digest: of nothing, and a relative namespace that canonicalization fails on (void canonicalization)",
            move |_| {
                let signed = swap(&Asked::Logout.signed(), "<saml:Issuer ", "<saml:Issuer xmlns:void=\"1\" ");
                Asked::Logout.receive(&signed_again(
                    &signed,
                    &|info| swap(info, cut(info, "ds:DigestValue"), &nothing()),
                    &P256,
                ))
            },
        ),
        info("S-47", "empty digest", move |info| swap(info, cut(info, "ds:DigestValue"), &value(""))),
        info("S-48", "digest cut short", move |info| swap(info, cut(info, "ds:DigestValue"), &value("AAAA"))),
        text("S-49", "a comment in the digest (CVE-2025-29775)", |signed| {
            behind(&Asked::Logout.forge(signed), "<ds:DigestValue>", "<!--AAAA-->")
        }),
        text("S-50", "an element in the digest", |signed| behind(signed, "<ds:DigestValue>", "<x></x>")),
        text("S-51", "a second digest in the reference", |signed| {
            behind(&Asked::Logout.forge(signed), "</ds:DigestValue>", "<ds:DigestValue>AAAA</ds:DigestValue>")
        }),
        text("S-52", "the forged message's digest elsewhere in the document (CVE-2024-45409)", |signed| {
            let forged = Asked::Logout.forge(signed);
            let canonical = Asked::Logout.forge(&canonical_form(&Asked::Logout.message()));
            let smuggled = base64(digest(&SHA256, canonical.as_bytes()).as_ref());
            let place = "<samlp:Extensions><ds:DigestValue xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">";
            behind(&forged, "</ds:Signature>", &format!("{place}{smuggled}</ds:DigestValue></samlp:Extensions>"))
        }),
        text("S-53", "an attribute changed", |signed| {
            swap(signed, "IssueInstant=\"2026-11-22T00:59:00Z\"", "IssueInstant=\"2026-11-22T00:59:30Z\"")
        }),
        text("S-54", "an attribute added", |signed| swap(signed, " ID=", " Reason=\"x\" ID=")),
        text("S-55", "an element taken out", |signed| swap(signed, cut(signed, "samlp:SessionIndex"), "")),
        text("S-56", "white space added", |signed| at_the_end(signed, "\n")),
        text("S-57", "a namespace prefix bound to another namespace", |signed| {
            swap(
                signed,
                "<saml:NameID xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">",
                "<saml:NameID xmlns:saml=\"urn:other\">",
            )
        }),
    ]
}

fn places() -> Vec<Case> {
    let other = || P256.envelop(&swap(&Asked::Logout.message(), "_m1", "_m2"));
    vec![
        case("S-58", "signature: two SignedInfo, the forged one first (CVE-2025-29774)", |_| twice(true)),
        case("S-59", "signature: two SignedInfo, the forged one last (CVE-2025-29774)", |_| twice(false)),
        text("S-60", "two signatures, a stranger's first", |signed| {
            before(signed, "<ds:Signature ", cut(&STRANGER.envelop(&Asked::Logout.message()), "ds:Signature"))
        }),
        text("S-61", "two signatures, a stranger's last", |signed| {
            behind(signed, "</ds:Signature>", cut(&STRANGER.envelop(&Asked::Logout.message()), "ds:Signature"))
        }),
        text("S-62", "one signature inside another", move |signed| {
            before(signed, "</ds:Signature>", &format!("<ds:KeyInfo>{}</ds:KeyInfo>", cut(&other(), "ds:Signature")))
        }),
        text("S-63", "at the end of the message", |signed| {
            let signature = cut(signed, "ds:Signature").to_owned();
            at_the_end(&swap(signed, &signature, ""), &signature)
        }),
        text("S-64", "before the issuer", |signed| {
            let signature = cut(signed, "ds:Signature").to_owned();
            before(&swap(signed, &signature, ""), "<saml:Issuer", &signature)
        }),
        text("S-65", "inside Extensions", |signed| {
            let signature = cut(signed, "ds:Signature").to_owned();
            swap(signed, &signature, &format!("<samlp:Extensions>{signature}</samlp:Extensions>"))
        }),
        text("S-66", "an Object in it", |signed| before(signed, "</ds:Signature>", "<ds:Object></ds:Object>")),
        text("S-67", "in another namespace", |signed| signed.replace("2000/09/xmldsig#\"", "2000/09/xmldsig\"")),
        text("S-68", "over an ID in the attribute Id", |signed| swap(signed, " ID=\"_m1\"", " Id=\"_m1\"")),
        text("S-69", "over an ID in the attribute xml:id", |signed| {
            swap(signed, " ID=\"_m1\"", " ID=\"_m9\" xml:id=\"_m1\"")
        }),
        text("S-70", "over an ID in an attribute of a namespace (attribute pollution)", |signed| {
            swap(signed, " ID=\"_m1\"", " ID=\"_m9\" samlp:ID=\"_m1\"")
        }),
        text("S-71", "over an ID that two attributes give (attribute pollution)", |signed| {
            swap(&Asked::Logout.forge(signed), " ID=\"_m1\"", " samlp:ID=\"_m9\" ID=\"_m1\"")
        }),
        case("S-72", "signature: over the canonical form of another message, named by this one's ID", |_| {
            let canonical = canonical_form(&Asked::Logout.forge(&Asked::Logout.message()));
            Asked::Logout.receive(&instead("#_m1", &canonical))
        }),
    ]
}

/// The right SignedInfo, and one for the forged message.
fn twice(forged_first: bool) -> Outcome {
    let signed = Asked::Logout.signed();
    let info = cut(&signed, "ds:SignedInfo").to_owned();
    let canonical = Asked::Logout.forge(&canonical_form(&Asked::Logout.message()));
    let value = base64(digest(&SHA256, canonical.as_bytes()).as_ref());
    let forged = swap(&info, cut(&info, "ds:DigestValue"), &format!("<ds:DigestValue>{value}</ds:DigestValue>"));
    let both = if forged_first { format!("{forged}{info}") } else { format!("{info}{forged}") };
    Asked::Logout.receive(&Asked::Logout.forge(&swap(&signed, &info, &both)))
}
