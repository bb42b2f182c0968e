use std::collections::HashMap;

use roxmltree::{NodeId, ParsingOptions};

use crate::{Ns, Refused, Scanned, ns};

/// A node of a [`Document`]. `'a` is the borrow of the document, `'i` that of its bytes.
pub type Node<'a, 'i> = roxmltree::Node<'a, 'i>;

/// A parsed document with its table of IDs.
pub struct Document<'i> {
    tree: roxmltree::Document<'i>,
    ids: HashMap<String, Named>,
}

impl<'i> Document<'i> {
    /// Parses what the scan admitted.
    ///
    /// Registers as IDs: `wsu:Id` anywhere; `Id` on XML Signature and Encryption elements; `ID` on SAML elements; `id` on
    /// the SOAP `Body`. Any other attribute of such a name is application data.
    ///
    /// # Errors
    /// [`Refused::Malformed`], or [`Refused::DuplicateId`].
    pub fn parse(scanned: Scanned<'i>) -> Result<Self, Refused> {
        let options = ParsingOptions { allow_dtd: false, nodes_limit: scanned.nodes_max, ..ParsingOptions::default() };
        let tree = roxmltree::Document::parse_with_options(scanned.text, options)
            .map_err(|e| Refused::Malformed(e.to_string()))?;
        let ids = ids(&tree)?;
        Ok(Self { tree, ids })
    }

    /// The document element.
    #[must_use]
    pub fn root(&self) -> Node<'_, 'i> {
        self.tree.root_element()
    }

    /// The element that has this ID.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<Node<'_, 'i>> {
        match self.ids.get(id) {
            Some(Named::Element(node) | Named::Encrypted(node)) => self.tree.get_node(*node),
            Some(Named::Ambiguous) | None => None,
        }
    }
}

/// Whether `node` is the element `local` of `ns`.
#[must_use]
pub fn is(node: Node, ns: Ns, local: &str) -> bool {
    node.is_element() && node.tag_name().name() == local && node.tag_name().namespace().unwrap_or("") == ns.uri
}

/// The element children named `local` of `ns`, in order.
pub fn children<'a, 'i, 's>(node: Node<'a, 'i>, ns: Ns, local: &'s str) -> impl Iterator<Item = Node<'a, 'i>> + 's
where
    'a: 's,
    'i: 's,
{
    node.children().filter(move |c| is(*c, ns, local))
}

/// The only child named so, if there is one.
///
/// # Errors
/// [`Refused::Repeated`] if there are more.
pub fn only_child<'a, 'i>(node: Node<'a, 'i>, ns: Ns, local: &str) -> Result<Option<Node<'a, 'i>>, Refused> {
    let mut named = children(node, ns, local);
    let first = named.next();
    match named.next() {
        Some(_) => Err(Refused::Repeated(local.to_owned())),
        None => Ok(first),
    }
}

/// The only child named so.
///
/// # Errors
/// [`Refused::Missing`] if there is none, [`Refused::Repeated`] if there are more.
pub fn child<'a, 'i>(node: Node<'a, 'i>, ns: Ns, local: &str) -> Result<Node<'a, 'i>, Refused> {
    only_child(node, ns, local)?.ok_or_else(|| Refused::Missing(local.to_owned()))
}

/// The text of an element that holds only text: all of it, concatenated, as a signature sees it where a comment splits it. Not
/// trimmed.
///
/// # Errors
/// [`Refused::NotText`] if it holds elements.
pub fn text(node: Node) -> Result<String, Refused> {
    if node.children().any(|c| c.is_element()) {
        return Err(Refused::NotText(node.tag_name().name().to_owned()));
    }
    // A comment would tell its text, too.
    Ok(node.children().filter(Node::is_text).filter_map(|c| c.text()).collect())
}

/// Whether an element holds nothing but perhaps white space, which peers put between all tags.
#[must_use]
pub fn is_empty(node: Node) -> bool {
    let blank = |text: &str| text.bytes().all(|b| b.is_ascii_whitespace());
    node.children().all(|c| !c.is_element() && (c.is_comment() || c.text().is_none_or(blank)))
}

/// The value of an attribute without a namespace, as most are. The tree's own look-up by a bare name would find
/// `evil:Destination` for `Destination`, whichever comes first, where other readers do not.
#[must_use]
pub fn unqualified<'a>(node: Node<'a, '_>, local: &str) -> Option<&'a str> {
    node.attributes().find(|a| a.namespace().is_none() && a.name() == local).map(|a| a.value())
}

/// The value of an attribute of `ns`.
#[must_use]
pub fn qualified<'a>(node: Node<'a, '_>, ns: Ns, local: &str) -> Option<&'a str> {
    node.attributes().find(|a| a.namespace() == Some(ns.uri) && a.name() == local).map(|a| a.value())
}

/// The required value of an attribute without a namespace.
///
/// # Errors
/// [`Refused::Missing`] if it is absent.
pub fn attribute<'a>(node: Node<'a, '_>, local: &str) -> Result<&'a str, Refused> {
    unqualified(node, local).ok_or_else(|| Refused::Missing(format!("{}/@{local}", node.tag_name().name())))
}

/// What an ID names.
enum Named {
    Element(NodeId),
    Encrypted(NodeId),
    /// Some peers give every `EncryptedData` the same `Id`. Nothing refers to it, so such an ID names nothing.
    Ambiguous,
}

fn ids(tree: &roxmltree::Document) -> Result<HashMap<String, Named>, Refused> {
    let mut ids = HashMap::new();
    for node in tree.descendants().filter(Node::is_element) {
        let encrypted = is_encryption(node);
        for attribute in node.attributes().filter(|a| is_id(node, a)) {
            let new = if encrypted { Named::Encrypted(node.id()) } else { Named::Element(node.id()) };
            let value = match (ids.remove(attribute.value()), new) {
                (None, new) => new,
                (Some(Named::Encrypted(_) | Named::Ambiguous), Named::Encrypted(_)) => Named::Ambiguous,
                (Some(_), _) => return Err(Refused::DuplicateId(attribute.value().to_owned())),
            };
            ids.insert(attribute.value().to_owned(), value);
        }
    }
    Ok(ids)
}

/// Which attributes are IDs depends on the element: an attribute `id` of application data must not become a target.
fn is_id(node: Node, attribute: &roxmltree::Attribute) -> bool {
    let element = node.tag_name().namespace().unwrap_or("");
    match (attribute.namespace(), attribute.name()) {
        (Some(uri), "Id") => uri == ns::WSU.uri,
        (None, "Id") => element == ns::DS.uri || is_encryption(node),
        (None, "ID") => [ns::SAML, ns::SAMLP, ns::MD].iter().any(|saml| element == saml.uri),
        (None, "id") => is(node, ns::SOAP, "Body"),
        _ => false,
    }
}

fn is_encryption(node: Node) -> bool {
    matches!(node.tag_name().namespace(), Some(uri) if uri == ns::XENC.uri || uri == ns::XENC11.uri)
}
