//! What the office has agreed with a service. Everything has a default that is safe; a policy of a new service is empty.

use saml::{AuthnClass, EntityId};
use serde::{Deserialize, Serialize};

use crate::purpose::Category;

/// The policy of one service, as TOML in files and JSON in the database.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// The service's name as residents read it; empty: the name in its metadata.
    pub name: String,
    /// The same in English.
    pub name_en: String,
    /// What the service is for, one line; empty: nothing is said.
    pub about: String,
    /// The same in English.
    pub about_en: String,
    /// Where the launch page sends the resident to; empty: a login that begins with us, to the default consumer.
    pub start: String,
    /// Authentication requests must be signed, whatever the metadata says.
    pub require_signed_requests: bool,
    /// The assertion has a signature of its own.
    pub sign_assertion: bool,
    /// The response has one.
    pub sign_response: bool,
    /// Encrypt assertions.
    pub encrypt: Encrypt,
    /// Allow AES-CBC if the metadata offers nothing better. Weak: the console warns.
    pub allow_cbc: bool,
    /// The name format where the request leaves it to us.
    pub name_format: Name,
    /// The weakest login that the service is given, whatever it asks for.
    pub at_least: Class,
    /// Attributes that may be released, by the short names of [`super::attributes`]; the resident decides.
    pub release: Vec<String>,
    /// Gives the service an endpoint reference with which it can ask the discovery service on the resident's behalf.
    pub bootstrap: bool,
    /// Kinds of records that it may ask to find there, by their codes; the resident decides. Needs `bootstrap`.
    pub records: Vec<String>,
    /// Entity IDs of the institutions that it may have tokens made for by identity mapping. Needs `bootstrap` and `records`.
    pub maps_to: Vec<String>,
    /// Takes responses by this binding when both are in the metadata and the request names none.
    pub prefer_artifact: bool,
}

impl Policy {
    /// What the resident is asked to let the service find.
    #[must_use]
    pub fn finds(&self) -> Vec<Category> {
        if self.bootstrap { Category::records(&self.records) } else { Vec::new() }
    }
}

/// Whether assertions are encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encrypt {
    /// If the metadata has a key to encrypt to.
    #[default]
    IfPossible,
    /// Always: a service without a key gets nothing.
    Always,
    /// Never.
    Never,
}

/// [`saml::NameFormat`], as a policy writes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Name {
    /// The same at every login.
    #[default]
    Persistent,
    /// Another one at every login.
    Transient,
}

/// [`AuthnClass`], as a policy writes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// The card alone will do.
    Card,
    /// Card and PIN.
    #[default]
    CardAndPin,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            name: String::new(),
            name_en: String::new(),
            about: String::new(),
            about_en: String::new(),
            start: String::new(),
            require_signed_requests: false,
            sign_assertion: true,
            sign_response: true,
            encrypt: Encrypt::default(),
            allow_cbc: false,
            name_format: Name::default(),
            at_least: Class::default(),
            release: Vec::new(),
            bootstrap: false,
            records: Vec::new(),
            maps_to: Vec::new(),
            prefer_artifact: false,
        }
    }
}

impl From<Class> for AuthnClass {
    fn from(class: Class) -> Self {
        match class {
            Class::Card => Self::Smartcard,
            Class::CardAndPin => Self::SmartcardPki,
        }
    }
}

/// Our entity ID, which is also where our metadata is.
///
/// # Errors
/// When the portal's origin is too long for one.
pub fn own_entity(portal_origin: &str) -> Result<EntityId, saml::Unacceptable> {
    EntityId::parse(&format!("{portal_origin}/saml/metadata"))
}
