//! Metadata: what a party publishes of itself (SAML 2.0 Metadata), read with a report and written signed.
//!
//! [`read`] takes a file that the operator vouches for, [`read_signed`] what was fetched from an address. Both say everything
//! that they find, in a [`Report`] for the operator and the service's own people, and hand out a [`ServiceProvider`] only if
//! nothing was fatal.

mod endpoint;
mod naming;
mod problem;
mod published;
mod read;
mod report;
mod role;
mod write;

use jiff::{SignedDuration, Timestamp};
use xml::{EncryptionKey, VerifyingKey};

use crate::{Binding, EntityId};

pub use report::{Finding, Report};
pub use write::IdentityProvider;

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
    /// Keys to encrypt to, each with the cipher and key transport that the metadata prefers: authenticated ciphers alone.
    pub encryption: Vec<PublishedKey<EncryptionKey>>,
    /// Keys whose owner reads AES-CBC only, which nothing protects from change: for a registration that allows it, and only when
    /// [`Self::encryption`] has none.
    pub encryption_cbc: Vec<PublishedKey<EncryptionKey>>,
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
    /// The certificate that it came in, in DER.
    pub certificate: Vec<u8>,
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
    /// The one to take when none is named: of those that a browser reaches, or of those for enhanced clients.
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
    /// (SAML 2.0 Metadata §2.4.4). Browsers alone come without a name, so it is one by HTTP-POST or HTTP-Artifact.
    #[must_use]
    pub fn default_consumer(&self) -> Option<&Consumer> {
        let by_browser = || self.consumers.iter().filter(|c| matches!(c.binding, Binding::Post | Binding::Artifact));
        by_browser().find(|consumer| consumer.is_default).or_else(|| by_browser().next())
    }

    /// The name in the language `tag`, else in any, else the entity ID.
    #[must_use]
    pub fn name(&self, tag: &str) -> &str {
        let named = self.names.iter().find(|(language, _)| language.eq_ignore_ascii_case(tag));
        named.or_else(|| self.names.first()).map_or(self.entity.as_str(), |(_, name)| name)
    }

    /// Where a logout message goes by `binding`.
    #[must_use]
    pub fn logout_by(&self, binding: Binding) -> Option<&Endpoint> {
        self.logout.iter().find(|endpoint| endpoint.binding == binding)
    }

    /// A finding for each attribute that the service asks for and that is not among those `offered`, by name.
    #[must_use]
    pub fn not_offered(&self, offered: &[&str]) -> Vec<Finding> {
        naming::not_offered(&self.requested, offered)
    }
}

/// Reads the metadata of one service provider: an `md:EntityDescriptor`, or an `md:EntitiesDescriptor` in which `entity` is
/// looked up. Limits: 4 MiB, 10,000 entities. Signatures are not looked at; the operator vouches for a file.
///
/// # Errors
/// The [`Report`], with at least one fatal finding. An expired `validUntil` is one.
pub fn read(bytes: &[u8], entity: Option<&EntityId>, now: Timestamp) -> Result<(ServiceProvider, Report), Report> {
    read::open(bytes, entity, read::Trust::Operator, now)
}

/// As [`read`], for metadata from a URL: signed, enveloped, at its root, by one of `keys`, and with a `validUntil` at most
/// [`SIGNED_DAYS_MAX`] ahead.
///
/// # Errors
/// The [`Report`].
pub fn read_signed(
    bytes: &[u8],
    entity: Option<&EntityId>,
    keys: &[VerifyingKey],
    now: Timestamp,
) -> Result<(ServiceProvider, Report), Report> {
    read::open(bytes, entity, read::Trust::Signature(keys), now)
}

/// How far ahead `validUntil` of metadata from a URL may be: that long could an attacker who holds the line withhold a change.
pub const SIGNED_DAYS_MAX: i64 = 30;
