//! Attributes without a namespace, which are all that SAML has. The tree's own look-up by a bare name also finds
//! `evil:Destination`, whichever comes first, and others that read the document would not.

use xml::Node;

use crate::Refused;

/// The value of the attribute `name`, if the element has it.
pub(crate) fn said<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.attributes().find(|attribute| attribute.namespace().is_none() && attribute.name() == name).map(|a| a.value())
}

/// The value of the attribute `name`.
///
/// # Errors
/// [`Refused::Xml`] if it is missing.
pub(crate) fn must_say<'a>(node: Node<'a, '_>, name: &str) -> Result<&'a str, Refused> {
    said(node, name).ok_or_else(|| xml::Refused::Missing(format!("{}/@{name}", node.tag_name().name())).into())
}
