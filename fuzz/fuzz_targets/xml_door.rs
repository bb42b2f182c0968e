//! Any bytes at the XML door: refused, or a document whose canonical form is its own canonical form, where nothing verifies
//! and nothing decrypts.
#![no_main]

use libfuzzer_sys::fuzz_target;
use xml::{Document, EncryptedKey, Fragment, Limits, Writer, exclusive_c14n, ns, scan};
use zeroize::Zeroizing;

fuzz_target!(|bytes: &[u8]| {
    let Ok(doc) = scan(bytes, &Limits::default()).and_then(Document::parse) else { return };
    for prefixes in [&[][..], &["p", "#default"]] {
        let once = exclusive_c14n(doc.root(), prefixes, None);
        let again =
            Document::parse(scan(once.as_bytes(), &roomy()).expect("canonical form is admitted")).expect("is XML");
        assert_eq!(exclusive_c14n(again.root(), prefixes, None), once);
    }
    let mut w = Writer::new();
    w.start(ns::SAML, "Advice", &[]).raw(&Fragment::of(doc.root()));
    let outer = w.finish();
    let parsed = Document::parse(scan(outer.as_str().as_bytes(), &roomy()).expect("what is written is admitted"));
    assert_eq!(exclusive_c14n(parsed.expect("is XML").root(), &[], None), outer.as_str());
    for node in doc.root().descendants().filter(|n| n.is_element()) {
        assert!(xml::verify_enveloped(&doc, node, &[]).is_err());
        assert!(xml::verify_detached(&doc, node, &[]).is_err());
        let _ = xml::decrypt(node, |_| Ok::<_, ()>(Zeroizing::new(vec![0; 32])));
        let _ = xml::decrypt_as("https://insurer.example", node, |key| match key {
            EncryptedKey::Agreed(agreed) => agreed.open(&[7; 32]).ok_or(()),
            EncryptedKey::Transported(_) => Ok(Zeroizing::new(vec![0; 32])),
        });
    }
});

/// Escapes and repeated declarations make canonical form longer than what came in.
fn roomy() -> Limits {
    Limits { bytes: usize::MAX, depth: 65, attributes: 64, namespaces: 4096, comments: false }
}
