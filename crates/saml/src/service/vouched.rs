use xml::ns::DS;
use xml::{Document, Node, VerifyingKey, is, only_child, verify_enveloped};

use crate::Refused;

/// An element whose every word the identity provider signed, but for the words of a signature in it ([`Vouched::part`]). Only a
/// verified signature makes one, and whatever is said about a person is read from one.
#[derive(Clone, Copy)]
pub(super) struct Vouched<'a, 'i>(Node<'a, 'i>);

impl<'a, 'i> Vouched<'a, 'i> {
    /// By the element's own signature, if it has one. One that does not verify is refused, whatever else is signed.
    pub(super) fn by_signature(
        document: &'a Document<'i>,
        element: Node<'a, 'i>,
        keys: &[VerifyingKey],
    ) -> Result<Option<Self>, Refused> {
        if only_child(element, DS, "Signature")?.is_none() {
            return Ok(None);
        }
        Ok(Some(Self(verify_enveloped(document, element, keys)?.node())))
    }

    /// What stands inside, but for the signature itself, which no signature covers.
    pub(super) fn part(self, below: Node<'a, 'i>) -> Option<Self> {
        let mut upwards = below.ancestors().take_while(|node| !is(*node, DS, "Signature"));
        upwards.any(|above| above == self.0).then_some(Self(below))
    }

    /// What was encrypted inside: whoever signs a cipher text signs what it hides, because GCM lets nobody change it.
    pub(super) fn opened<'b, 'j>(self, document: &'b Document<'j>) -> Vouched<'b, 'j> {
        Vouched(document.root())
    }

    pub(super) fn node(self) -> Node<'a, 'i> {
        self.0
    }
}
