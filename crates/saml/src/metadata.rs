//! Metadata: what a party publishes of itself (SAML 2.0 Metadata), read with a report and written signed.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use xml::{EncryptionKey, Fragment, VerifyingKey};

use crate::{Binding, EntityId, SignFailed, Signer};

/// A service provider, as its metadata describes it. Replies go to what is listed here and nowhere else.
pub struct ServiceProvider {
    /// Who.
    pub entity: EntityId,
    /// When the description ends (`validUntil` of the entity or the file, whichever is earlier).
    pub valid_until: Option<Timestamp>,
    /// How long to keep it before asking again (`cacheDuration`).
    pub cache_duration: Option<SignedDuration>,
    /// Its name as people know it, by language tag: `mdui:DisplayName`, else `md:ServiceName`, else the organization's.
    pub names: Vec<(String, String)>,
    /// Keys that it signs with: all of them, so that a change of keys needs no appointed hour.
    pub signing: Vec<PublishedKey<VerifyingKey>>,
    /// Keys to encrypt to, each with the cipher and key transport that the metadata prefers.
    pub encryption: Vec<PublishedKey<EncryptionKey>>,
    /// It promises to sign its requests (`AuthnRequestsSigned`).
    pub signs_requests: bool,
    /// It wants every assertion signed by itself (`WantAssertionsSigned`).
    pub wants_signed_assertions: bool,
    /// It says that it verifies ECDSA P-256 (`alg:SigningMethod`).
    pub verifies_ecdsa: bool,
    /// Where responses may go.
    pub consumers: Vec<Consumer>,
    /// Where logout messages go.
    pub logout: Vec<Endpoint>,
    /// Where its artifacts are resolved.
    pub artifact_resolution: Vec<Consumer>,
    /// Name formats that it takes, in its order.
    pub name_formats: Vec<String>,
    /// Attributes that it asks for (`md:RequestedAttribute`).
    pub requested: Vec<Requested>,
}

/// A key in metadata.
#[derive(Clone)]
pub struct PublishedKey<K> {
    /// The key, ready to use.
    pub key: K,
    /// When the certificate it came in ends. It does not end the key: the metadata does. It is a reason to warn.
    pub expires: Option<Timestamp>,
}

/// Where a response may go (`md:AssertionConsumerService`), or an artifact be resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumer {
    /// What requests may name it by.
    pub index: u16,
    /// How.
    pub binding: Binding,
    /// Where: an absolute http(s) URL.
    pub location: String,
    /// The one to take when none is named.
    pub is_default: bool,
}

/// Where logout messages go (`md:SingleLogoutService`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// How.
    pub binding: Binding,
    /// Where requests go.
    pub location: String,
    /// Where responses go, if elsewhere.
    pub response_location: Option<String>,
}

/// An attribute that a service asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requested {
    /// Its name, a URI.
    pub name: String,
    /// The service cannot do without.
    pub required: bool,
}

impl ServiceProvider {
    /// The consumer to answer at when a request names none: the default, else the first that is not said to be none
    /// (SAML 2.0 Metadata §2.4.4).
    #[must_use]
    pub fn default_consumer(&self) -> Option<&Consumer> {
        todo!()
    }

    /// The name in the language `tag`, else in any, else the entity ID.
    #[must_use]
    pub fn name(&self, tag: &str) -> &str {
        todo!("{tag}")
    }

    /// Where a logout message goes by `binding`.
    #[must_use]
    pub fn logout_by(&self, binding: Binding) -> Option<&Endpoint> {
        self.logout.iter().find(|endpoint| endpoint.binding == binding)
    }
}

/// What reading found, good or bad; in the order of the document. Shown to the operator, and to the service's own people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What was found.
    pub findings: Vec<Finding>,
}

/// One thing found in metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether the metadata cannot be used for it.
    pub fatal: bool,
    /// `MD-01` and so on: the operator's guide explains each.
    pub code: &'static str,
    /// Where: a path such as `SPSSODescriptor/AssertionConsumerService[2]/@Location`.
    pub place: String,
    /// What is wrong and what to do, in English, without anything longer than a line from the document.
    pub text: String,
}

impl Finding {
    /// The same in Japanese.
    #[must_use]
    pub fn text_ja(&self) -> String {
        todo!()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            let kind = if finding.fatal { "error" } else { "warning" };
            writeln!(out, "{kind} {} at {}: {}", finding.code, finding.place, finding.text)?;
        }
        Ok(())
    }
}

impl std::error::Error for Report {}

/// Reads the metadata of one service provider: an `md:EntityDescriptor`, or an `md:EntitiesDescriptor` in which `entity` is
/// looked up. Limits: 4 MiB. Signatures are not looked at; the operator vouches for a file.
///
/// # Errors
/// The [`Report`], with at least one fatal finding. An expired `validUntil` is one.
pub fn read(bytes: &[u8], entity: Option<&EntityId>, now: Timestamp) -> Result<(ServiceProvider, Report), Report> {
    todo!("{bytes:?} {entity:?} {now}")
}

/// As [`read`], for metadata from a URL: signed, enveloped, at its root, by one of `keys`, and with a `validUntil`.
///
/// # Errors
/// The [`Report`].
pub fn read_signed(
    bytes: &[u8],
    entity: Option<&EntityId>,
    keys: &[VerifyingKey],
    now: Timestamp,
) -> Result<(ServiceProvider, Report), Report> {
    todo!("{bytes:?} {entity:?} {} {now}", keys.len())
}

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
        todo!("{id} {}", signer.entity)
    }
}
