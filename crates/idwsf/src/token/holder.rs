use base64::{Engine, engine::general_purpose::STANDARD};
use x509_parser::prelude::{FromDer, X509Certificate};
use xml::ns::{DS, SAML};
use xml::{Node, VerifyingKey};

use crate::fault::TokenRefused;

/// Who may use a token (SAML 2.0 Core §2.4.1.1).
pub(crate) enum Confirmation {
    /// Whoever presents it.
    Bearer,
    /// Whoever signs with this key.
    Holder(Box<Holder>),
}

/// The key that a token is bound to: that of a certificate in `ds:KeyInfo` (SAML 2.0 Core §2.4.1.3). The certificate itself is
/// not judged; the issuer's signature vouches for the key.
pub(crate) struct Holder {
    /// The provider whose key it is, where the token says so.
    pub(crate) name: Option<String>,
    pub(crate) key: VerifyingKey,
    public_key: Vec<u8>,
}

impl Holder {
    /// One certificate, no more: with two keys, two parties could use the token.
    pub(super) fn read(confirmation: Node, data: Node) -> Result<Self, TokenRefused> {
        let certificate = child(child(child(data, "KeyInfo")?, "X509Data")?, "X509Certificate")?;
        let text = xml::text(certificate).map_err(|_| TokenRefused::Subject)?;
        let der = STANDARD.decode(text.split_ascii_whitespace().collect::<String>());
        let der = der.map_err(|_| TokenRefused::Subject)?;
        let key = VerifyingKey::from_certificate_der(&der).map_err(|_| TokenRefused::Subject)?;
        let name = match xml::only_child(confirmation, SAML, "NameID").map_err(|_| TokenRefused::Subject)? {
            Some(name) => Some(xml::text(name).map_err(|_| TokenRefused::Subject)?.trim().to_owned()),
            None => None,
        };
        Ok(Self { name, key, public_key: public_key(&der).ok_or(TokenRefused::Subject)? })
    }

    /// Whether a certificate, in DER, is for this key.
    pub(crate) fn is_key_of(&self, certificate: &[u8]) -> bool {
        public_key(certificate).is_some_and(|key| key == self.public_key)
    }
}

fn child<'a, 'i>(parent: Node<'a, 'i>, local: &str) -> Result<Node<'a, 'i>, TokenRefused> {
    xml::child(parent, DS, local).map_err(|_| TokenRefused::Subject)
}

/// The SubjectPublicKeyInfo of a certificate.
fn public_key(certificate: &[u8]) -> Option<Vec<u8>> {
    match X509Certificate::from_der(certificate) {
        Ok(([], certificate)) => Some(certificate.tbs_certificate.subject_pki.raw.to_vec()),
        _ => None,
    }
}
