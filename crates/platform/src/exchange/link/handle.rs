//! By what an institution speaks to us of a resident whom it is linked with: sealed by us, and readable for nobody else. It goes out
//! with the wish and is kept nowhere here. Only the institution that it was made for can use it, and only for that very wish and its link:
//! under another generation the resident is somebody whom it has never heard of.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use health::link_xml;

use crate::{
    app::{App, key},
    ids::ResidentId,
    store::link::Link,
};

/// Seals one, another each time.
///
/// # Errors
/// When the key store fails.
pub(super) fn seal(app: &App, resident: ResidentId, link: &Link) -> Result<link_xml::Handle, keys::Error> {
    let plain = [resident.bytes().as_slice(), &link.generation.to_be_bytes()].concat();
    let sealed = app.keys.seal(key::ROWS, &aad(&link.provider), &plain)?;
    let failed = || keys::Error::Failed { name: key::ROWS.to_owned() };
    link_xml::Handle::parse(&URL_SAFE_NO_PAD.encode(sealed)).ok_or_else(failed)
}

/// Whom, and by which link, `provider` speaks of; `None` for what was not made for it.
pub(crate) fn open(app: &App, provider: &str, handle: &str) -> Option<(ResidentId, Link)> {
    let sealed = URL_SAFE_NO_PAD.decode(handle).ok()?;
    let plain = app.keys.open_sealed(key::ROWS, &aad(provider), &sealed).ok()?;
    let (resident, generation) = plain.split_first_chunk()?;
    let generation = i64::from_be_bytes(generation.try_into().ok()?);
    Some((ResidentId::from_bytes(*resident), Link { provider: provider.to_owned(), generation }))
}

fn aad(provider: &str) -> Vec<u8> {
    [b"link handle\0".as_slice(), provider.as_bytes()].concat()
}
