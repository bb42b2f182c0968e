//! Exclusive C14N 1.0 §4: what a signature may say of prefixes.

use xml::{Refused, algorithm::EXC_C14N, verify_enveloped};

use crate::peer::{Peer, parse, signed_assertion};

#[test]
fn a_list_of_prefixes_is_short_and_holds_nothing() {
    let peer = Peer::rsa();
    let signed = signed_assertion(&peer, "good", "alice");
    let list = |prefixes: &str, content: &str| {
        let start = format!("<ec:InclusiveNamespaces xmlns:ec=\"{EXC_C14N}\" PrefixList=\"{prefixes}\">");
        let list = format!("{start}{content}</ec:InclusiveNamespaces></ds:CanonicalizationMethod>");
        let message = signed.as_str().replace("</ds:CanonicalizationMethod>", &list);
        let doc = parse(&message).unwrap();
        verify_enveloped(&doc, doc.root(), &[peer.verifying_key()]).unwrap_err()
    };
    let many = |count: usize| (0..count).map(|n| format!("p{n} ")).collect::<String>();
    let (most, more) = (many(16), many(17));
    for (prefixes, content, refused) in [
        ("", "<x/>", Refused::Transforms),
        ("", "x", Refused::Transforms),
        (&more, "", Refused::Transforms),
        (&most, "", Refused::Signature),
        ("xs xs", " \n", Refused::Signature),
    ] {
        assert_eq!(list(prefixes, content), refused, "{prefixes} {content}");
    }
}
