//! The STR dereference transform (WS-Security 1.1 §8.3): a signature that names a token reference covers the token instead.

use std::fmt;

use aws_lc_rs::digest;
use subtle::ConstantTimeEq;

use crate::{Fragment, Node, exclusive_c14n};

/// A token reference in a signature that is right, and the digest of the token that it stands for. Which token that is, is
/// for the caller to say, with the very node that it goes on with: by the reference's own words it could be any.
#[derive(Clone)]
pub struct Dereferenced<'a, 'i> {
    reference: Node<'a, 'i>,
    id: &'a str,
    digest: Vec<u8>,
}

impl<'a, 'i> Dereferenced<'a, 'i> {
    pub(crate) fn new(reference: Node<'a, 'i>, id: &'a str, digest: Vec<u8>) -> Self {
        Self { reference, id, digest }
    }

    /// The `wsse:SecurityTokenReference`. Nothing in it is signed.
    #[must_use]
    pub fn reference(&self) -> Node<'a, 'i> {
        self.reference
    }

    /// The ID the signature named it by.
    #[must_use]
    pub fn id(&self) -> &'a str {
        self.id
    }

    /// Whether `token` is what was signed. Peers that read over the default namespace of §8.3 exist; both forms hold all of
    /// the token.
    #[must_use]
    pub fn is(&self, token: Node) -> bool {
        let plain = exclusive_c14n(token, &[], None);
        let with_default = with_default(&exclusive_c14n(token, &["#default"], None));
        [plain, with_default].iter().any(|form| sha256(form).ct_eq(&self.digest).into())
    }
}

impl fmt::Debug for Dereferenced<'_, '_> {
    /// The ID alone: what the node holds is personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dereferenced").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The digest of a token, for a signature that covers the token through its reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// Of a token as it stands in the message, or as its receiver finds it.
    #[must_use]
    pub fn of(token: &Fragment) -> Self {
        // What we write has no default namespace.
        Self(sha256(&with_default(token.as_str())))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// §8.3: the outermost element declares the default namespace, be it none.
fn with_default(canonical: &str) -> String {
    let end = canonical.bytes().position(|b| matches!(b, b' ' | b'>')).unwrap_or(canonical.len());
    let (name, rest) = canonical.split_at_checked(end).unwrap_or((canonical, ""));
    if rest.starts_with(" xmlns=") { canonical.to_owned() } else { format!("{name} xmlns=\"\"{rest}") }
}

fn sha256(canonical: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref());
    bytes
}
