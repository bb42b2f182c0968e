use std::fmt;

use xml::{Node, is, ns::SAML, only_child, text, unqualified};
use zeroize::Zeroizing;

use crate::{Refused, Unwrap, decrypt, names::UNSPECIFIED};

/// A name that we gave a person (`saml:NameID`, decrypted if it came as `saml:EncryptedID`). Neither shown nor logged.
#[derive(Clone, PartialEq, Eq)]
pub struct NameId {
    /// `Format`.
    pub format: String,
    /// `NameQualifier`.
    pub qualifier: Option<String>,
    /// `SPNameQualifier`.
    pub sp_qualifier: Option<String>,
    /// The name.
    pub value: Zeroizing<String>,
}

impl NameId {
    /// Reads a `saml:NameID`.
    pub(crate) fn read(node: Node) -> Result<Self, Refused> {
        let value = Zeroizing::new(text(node)?);
        if !is(node, SAML, "NameID") || value.is_empty() || value.len() > VALUE_BYTES_MAX {
            return Err(Refused::NoName);
        }
        let format = unqualified(node, "Format").unwrap_or(UNSPECIFIED).to_owned();
        let [qualifier, sp_qualifier] =
            ["NameQualifier", "SPNameQualifier"].map(|name| unqualified(node, name).map(str::to_owned));
        Ok(Self { format, qualifier, sp_qualifier, value })
    }
}

impl fmt::Debug for NameId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("NameId(..)")
    }
}

/// The one name in `parent`, clear or encrypted to us (SAML 2.0 Core §2.2.3, §2.2.4).
pub(super) fn name_in(parent: Node, unwrap: &Unwrap<'_>) -> Result<NameId, Refused> {
    match (only_child(parent, SAML, "NameID")?, only_child(parent, SAML, "EncryptedID")?) {
        (Some(name), None) => NameId::read(name),
        (None, Some(encrypted)) => {
            let plain = decrypt::content(encrypted, unwrap)?;
            // Nor whether it is a name.
            NameId::read(decrypt::document(&plain)?.root()).map_err(|_| Refused::Undecryptable)
        }
        _ => Err(Refused::NoName),
    }
}

/// Four times what the standard allows a persistent name (SAML 2.0 Core §8.3.7).
const VALUE_BYTES_MAX: usize = 1024;
