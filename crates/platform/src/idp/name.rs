//! What a resident is called at a service.

use keys::Keys;
use saml::EntityId;

use crate::{app::key, ids::ResidentId};

/// The pairwise name: the same at every login, another one at every service, and a new one after a link was ended
/// (SAML 2.0 Core §8.3.7). Derived when needed and stored nowhere.
///
/// # Errors
/// When the key store fails.
pub(crate) fn pairwise(
    keys: &Keys,
    entity: &EntityId,
    resident: ResidentId,
    generation: i64,
) -> Result<String, keys::Error> {
    let parts: [&[u8]; 3] = [&resident.bytes(), entity.as_str().as_bytes(), &generation.to_be_bytes()];
    Ok(hex::encode(keys.hmac256(key::PAIRWISE, "SSC service pairwise/1", &parts)?))
}

/// A transient name, good for one session (SAML 2.0 Core §8.3.8).
pub(crate) fn transient(random: [u8; 20]) -> String {
    format!("_{}", hex::encode(random))
}
