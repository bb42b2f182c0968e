//! What we publish of ourselves.

use jiff::{SignedDuration, Timestamp};
use xml::{
    Attr, ContentCipher, Fragment, SignatureAlgorithm, Signing, Writer, algorithm,
    ns::{DS, MD, SAML, SAMLP, XML},
};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{naming::MDUI, published::ALG};
use crate::{Binding, EntityId, NameFormat, SignFailed, Signer, instant};

/// What we publish of ourselves as identity provider.
pub struct IdentityProvider<'a> {
    /// Who.
    pub entity: &'a EntityId,
    /// Names as people know us, by language tag.
    pub names: &'a [(&'a str, &'a str)],
    /// Certificates (DER) of every key that signs now or soon.
    pub signing: &'a [&'a [u8]],
    /// Certificates (DER) of the keys that things may be encrypted to for us.
    pub encryption: &'a [&'a [u8]],
    /// `SingleSignOnService`.
    pub sign_on: &'a [(Binding, &'a str)],
    /// `SingleLogoutService`.
    pub logout: &'a [(Binding, &'a str)],
    /// `ArtifactResolutionService`, index 0.
    pub artifact_resolution: &'a str,
    /// `AttributeService` of the attribute authority (SOAP).
    pub attributes: &'a str,
    /// Attributes that can be had, by name (URI) and friendly name.
    pub offered: &'a [(&'a str, &'a str)],
    /// Until when the description holds.
    pub valid_until: Timestamp,
    /// How long to keep it before asking again.
    pub cache_duration: SignedDuration,
}

impl IdentityProvider<'_> {
    /// Writes the `md:EntityDescriptor`, signed (RSA-SHA256 unless the signer's key is another), with ID `id`.
    ///
    /// # Errors
    /// When the key store fails.
    pub fn write(&self, id: &str, signer: &Signer<'_>) -> Result<Fragment, SignFailed> {
        let mut w = Writer::new();
        w.start(
            MD,
            "EntityDescriptor",
            &[
                Attr::plain("ID", id),
                Attr::plain("cacheDuration", &format!("PT{}S", self.cache_duration.as_secs().max(0))),
                Attr::plain("entityID", self.entity.as_str()),
                Attr::plain("validUntil", &instant::write(self.valid_until)),
            ],
        );
        w.start(MD, "Extensions", &[]);
        named(&mut w, ALG, "DigestMethod", algorithm::SHA256);
        for verified in [SignatureAlgorithm::RsaSha256, SignatureAlgorithm::EcdsaP256Sha256] {
            named(&mut w, ALG, "SigningMethod", verified.uri());
        }
        w.end();
        self.sign_on_role(&mut w);
        self.attribute_role(&mut w);
        self.organization(&mut w);
        let signing = Signing { algorithm: signer.algorithm, certificate: Some(signer.certificate) };
        w.finish_unsigned().sign_as(id, &signing, |bytes| (signer.sign)(bytes))
    }

    /// SAML 2.0 Metadata §2.4.3. Requests need no signature in general; a registration may ask for it.
    fn sign_on_role(&self, w: &mut Writer) {
        w.start(
            MD,
            "IDPSSODescriptor",
            &[Attr::plain("WantAuthnRequestsSigned", "false"), Attr::plain("protocolSupportEnumeration", SAMLP.uri)],
        );
        if !self.names.is_empty() {
            w.start(MD, "Extensions", &[]).start(MDUI, "UIInfo", &[]);
            self.in_every_language(w, MDUI, "DisplayName");
            w.end().end();
        }
        self.keys(w);
        w.empty(
            MD,
            "ArtifactResolutionService",
            &[
                Attr::plain("Binding", Binding::Soap.uri()),
                Attr::plain("Location", self.artifact_resolution),
                Attr::plain("index", "0"),
                Attr::plain("isDefault", "true"),
            ],
        );
        self.logout.iter().for_each(|logout| endpoint(w, "SingleLogoutService", *logout));
        name_formats(w);
        self.sign_on.iter().for_each(|sign_on| endpoint(w, "SingleSignOnService", *sign_on));
        self.attributes_offered(w);
        w.end();
    }

    /// SAML 2.0 Metadata §2.4.7.
    fn attribute_role(&self, w: &mut Writer) {
        w.start(MD, "AttributeAuthorityDescriptor", &[Attr::plain("protocolSupportEnumeration", SAMLP.uri)]);
        self.keys(w);
        endpoint(w, "AttributeService", (Binding::Soap, self.attributes));
        name_formats(w);
        self.attributes_offered(w);
        w.end();
    }

    /// The keys, with the algorithms that we read (SAML 2.0 Metadata §2.4.1.1).
    fn keys(&self, w: &mut Writer) {
        for certificate in self.signing {
            key(w, "signing", certificate);
            w.end();
        }
        for certificate in self.encryption {
            key(w, "encryption", certificate);
            let content = [ContentCipher::Aes256Gcm, ContentCipher::Aes128Gcm].map(ContentCipher::uri);
            for read in content.into_iter().chain([algorithm::RSA_OAEP_MGF1P]) {
                named(w, MD, "EncryptionMethod", read);
            }
            w.end();
        }
    }

    fn attributes_offered(&self, w: &mut Writer) {
        for (name, friendly) in self.offered {
            w.empty(
                SAML,
                "Attribute",
                &[
                    Attr::plain("FriendlyName", friendly),
                    Attr::plain("Name", name),
                    Attr::plain("NameFormat", URI_NAME),
                ],
            );
        }
    }

    /// SAML 2.0 Metadata §2.3.2.1.
    fn organization(&self, w: &mut Writer) {
        if self.names.is_empty() {
            return;
        }
        w.start(MD, "Organization", &[]);
        self.in_every_language(w, MD, "OrganizationName");
        self.in_every_language(w, MD, "OrganizationDisplayName");
        for (language, _) in self.names {
            w.leaf(MD, "OrganizationURL", &[Attr::of(XML, "lang", language)], self.entity.as_str());
        }
        w.end();
    }

    fn in_every_language(&self, w: &mut Writer, ns: xml::Ns, local: &str) {
        for (language, name) in self.names {
            w.leaf(ns, local, &[Attr::of(XML, "lang", language)], name);
        }
    }
}

/// A `md:KeyDescriptor`, left open.
fn key(w: &mut Writer, usage: &str, certificate: &[u8]) {
    w.start(MD, "KeyDescriptor", &[Attr::plain("use", usage)]);
    w.start(DS, "KeyInfo", &[]).start(DS, "X509Data", &[]);
    w.leaf(DS, "X509Certificate", &[], &STANDARD.encode(certificate)).end().end();
}

fn endpoint(w: &mut Writer, local: &str, (binding, location): (Binding, &str)) {
    w.empty(MD, local, &[Attr::plain("Binding", binding.uri()), Attr::plain("Location", location)]);
}

fn name_formats(w: &mut Writer) {
    for format in [NameFormat::Persistent, NameFormat::Transient] {
        w.leaf(MD, "NameIDFormat", &[], format.uri());
    }
}

fn named(w: &mut Writer, ns: xml::Ns, local: &str, algorithm: &str) {
    w.empty(ns, local, &[Attr::plain("Algorithm", algorithm)]);
}

/// Attribute names are URIs (SAML 2.0 Core §8.2.2).
const URI_NAME: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri";
