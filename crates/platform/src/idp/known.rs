//! Finding a resident by the name that a service knows.
//!
//! Names and session indexes are derived or random, and nowhere in clear. What is stored beside a link and a session is a keyed digest of
//! them: enough to find the row when the service says the name, and worth nothing to whoever takes the database.

use keys::Keys;
use saml::EntityId;

use crate::app::key;

/// The digest under which the rows of a name at a service are found.
///
/// # Errors
/// When the key store fails.
pub(crate) fn name_digest(keys: &Keys, entity: &EntityId, name: &str) -> Result<[u8; 32], keys::Error> {
    keys.hmac256(key::ROWS, "SSC service name/1", &[entity.as_str().as_bytes(), name.as_bytes()])
}

/// The digest under which the row of a session at a service is found.
///
/// # Errors
/// When the key store fails.
pub(crate) fn index_digest(keys: &Keys, index: &str) -> Result<[u8; 32], keys::Error> {
    keys.hmac256(key::ROWS, "SSC session index/1", &[index.as_bytes()])
}
