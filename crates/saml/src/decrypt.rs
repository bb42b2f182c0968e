//! What is encrypted to us. Whoever made it learns whether it opened, and never why not.

use xml::{Document, Limits, Node, Undecryptable};
use zeroize::Zeroizing;

use crate::{Refused, Unwrap};

/// The content of `wrapper` (`saml:EncryptedID`, `saml:EncryptedAssertion`).
///
/// # Errors
/// [`Refused::Xml`] for what is seen without opening it, an algorithm for one; else [`Refused::Undecryptable`].
pub(crate) fn content(wrapper: Node, unwrap: &Unwrap<'_>) -> Result<Zeroizing<Vec<u8>>, Refused> {
    xml::decrypt(wrapper, unwrap).map_err(|failed| match failed {
        Undecryptable::Refused(xml::Refused::Undecryptable) | Undecryptable::Key(_) => Refused::Undecryptable,
        Undecryptable::Refused(seen) => seen.into(),
    })
}

/// The content as XML. Whether it is any is told to nobody apart from whether it opened.
pub(crate) fn document(plain: &[u8]) -> Result<Document<'_>, Refused> {
    xml::scan(plain, &Limits::default()).and_then(Document::parse).map_err(|_| Refused::Undecryptable)
}
