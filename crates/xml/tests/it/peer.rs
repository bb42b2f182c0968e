//! A peer with a key and a certificate, and the messages it sends.

use std::convert::Infallible;

use aws_lc_rs::{
    agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree},
    rand::SystemRandom,
    rsa::{OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, PrivateDecryptingKey},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use rcgen::{CertificateParams, KeyPair, KeyUsagePurpose, SigningKey};
use xml::{
    Attr, Document, EncryptedKey, EncryptionKey, Fragment, Limits, Node, Refused, SignatureAlgorithm, Signing,
    Unsigned, VerifyingKey, Writer, ns, scan,
};
use zeroize::Zeroizing;

pub(crate) const WSSE: xml::Ns =
    xml::Ns::new("wsse", "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd");
pub(crate) const WSA: xml::Ns = xml::Ns::new("wsa", "http://www.w3.org/2005/08/addressing");

pub(crate) struct Peer {
    key: KeyPair,
    pub(crate) certificate: rcgen::Certificate,
}

impl Peer {
    pub(crate) fn rsa() -> Self {
        Self::new(&rcgen::PKCS_RSA_SHA256)
    }

    pub(crate) fn p256() -> Self {
        Self::new(&rcgen::PKCS_ECDSA_P256_SHA256)
    }

    /// With a key that tokens are encrypted to.
    pub(crate) fn agreeing() -> Self {
        Self::with(&rcgen::PKCS_ECDSA_P256_SHA256, &[KeyUsagePurpose::KeyAgreement])
    }

    pub(crate) fn new(algorithm: &'static rcgen::SignatureAlgorithm) -> Self {
        Self::with(algorithm, &[])
    }

    pub(crate) fn with(algorithm: &'static rcgen::SignatureAlgorithm, usages: &[KeyUsagePurpose]) -> Self {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let mut params = CertificateParams::new(vec!["peer.example".to_owned()]).unwrap();
        params.key_usages = usages.to_vec();
        let certificate = params.self_signed(&key).unwrap();
        Self { key, certificate }
    }

    pub(crate) fn signing(&self) -> Signing<'static> {
        Signing { algorithm: self.verifying_key().algorithm(), certificate: None }
    }

    /// As the key store signs: ECDSA as r and s in fixed width.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Infallible> {
        Ok(match self.signing().algorithm {
            SignatureAlgorithm::RsaSha256 => self.key.sign(message).unwrap(),
            SignatureAlgorithm::EcdsaP256Sha256 => {
                let key =
                    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &self.key.serialize_der()).unwrap();
                key.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec()
            }
        })
    }

    pub(crate) fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey::from_certificate_der(self.certificate.der()).unwrap()
    }

    pub(crate) fn encryption_key(&self) -> EncryptionKey {
        EncryptionKey::from_certificate_der("https://insurer.example", self.certificate.der()).unwrap()
    }

    pub(crate) fn private_pem(&self) -> String {
        self.key.serialize_pem()
    }

    pub(crate) fn unwrap(&self, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, &'static str> {
        let key = PrivateDecryptingKey::from_pkcs8(&self.key.serialize_der()).unwrap();
        let key = OaepPrivateDecryptingKey::new(key).unwrap();
        let mut plain = vec![0; key.min_output_size()];
        let plain = key.decrypt(&OAEP_SHA1_MGF1SHA1, wrapped, &mut plain, None).map_err(|_| "not for this key")?;
        Ok(Zeroizing::new(plain.to_vec()))
    }
}

impl Peer {
    /// As the key store opens a content key, in the form of its one key.
    pub(crate) fn open(&self, encrypted: &EncryptedKey) -> Result<Zeroizing<Vec<u8>>, &'static str> {
        match encrypted {
            EncryptedKey::Transported(wrapped) => self.unwrap(wrapped),
            EncryptedKey::Agreed(agreed) => {
                let key = PrivateKey::from_private_key_der(&ECDH_P256, &self.key.serialize_der()).unwrap();
                let originator = UnparsedPublicKey::new(&ECDH_P256, agreed.originator());
                agree(&key, originator, "not a point", |shared| agreed.open(shared).ok_or("not for this key"))
            }
        }
    }
}

pub(crate) fn parse(text: &str) -> Result<Document<'_>, Refused> {
    Document::parse(scan(text.as_bytes(), &Limits::default())?)
}

pub(crate) fn assertion(id: &str, name: &str) -> Unsigned {
    let mut w = Writer::new();
    w.start(ns::SAML, "Assertion", &[Attr::plain("Version", "2.0"), Attr::plain("ID", id)]);
    w.leaf(ns::SAML, "Issuer", &[], "https://idp.example").signature_here();
    w.start(ns::SAML, "Subject", &[]).leaf(ns::SAML, "NameID", &[Attr::plain("Format", "persistent")], name).end();
    w.finish_unsigned()
}

pub(crate) fn signed_assertion(peer: &Peer, id: &str, name: &str) -> Fragment {
    let Ok(assertion) = assertion(id, name).sign_as(id, &peer.signing(), |m| peer.sign(m));
    assertion
}

pub(crate) fn response(content: &str) -> String {
    format!(r#"<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="r">{content}</samlp:Response>"#)
}

/// A SOAP message whose signature covers the header `wsa:To` and the body.
pub(crate) fn envelope(peer: &Peer) -> String {
    let mut to = Writer::new();
    to.leaf(WSA, "To", &[Attr::of(ns::WSU, "Id", "to")], "https://insurer.example/dst");
    let to = to.finish();
    let mut body = Writer::new();
    body.start(ns::SOAP, "Body", &[Attr::of(ns::WSU, "Id", "body")]).leaf(ns::NONE, "Query", &[], "alice");
    let body = body.finish();
    let parts = [
        xml::Part { id: "to", canonical: to.as_str(), enveloped: false },
        xml::Part { id: "body", canonical: body.as_str(), enveloped: false },
    ];
    let Ok(signature) = xml::signature(&parts, &Signing::RSA, |m| peer.sign(m));
    let mut w = Writer::new();
    w.start_declaring(ns::SOAP, "Envelope", &[], &[WSA, WSSE, ns::WSU]).start(ns::SOAP, "Header", &[]);
    w.raw(&to).start(WSSE, "Security", &[]).raw(&signature).end().end().raw(&body);
    w.finish().into_string()
}

/// The first element of that name, wherever it stands.
pub(crate) fn first<'a, 'i>(doc: &'a Document<'i>, local: &str) -> Node<'a, 'i> {
    doc.root().descendants().find(|n| n.is_element() && n.tag_name().name() == local).unwrap()
}

/// The text from the first `from` up to and including the first `to` after it.
pub(crate) fn cut<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let start = text.find(from).unwrap();
    let end = start + text[start..].find(to).unwrap() + to.len();
    &text[start..end]
}
