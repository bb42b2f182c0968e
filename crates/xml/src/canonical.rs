use std::borrow::Cow;

use crate::{Fragment, Node, escape, fragment::Declared, markup::Markup, ns};

/// Exclusive XML Canonicalization 1.0, without comments, of `node` and what is below it.
///
/// `inclusive_prefixes` is the InclusiveNamespaces PrefixList (`#default` for the default namespace); `skip` is left out
/// with all below it: the enveloped Signature.
#[must_use]
pub fn exclusive_c14n(node: Node, inclusive_prefixes: &[&str], skip: Option<Node>) -> String {
    let mut walk = Walk::new(node, Form::Exclusive(inclusive_prefixes), skip);
    walk.element(node);
    walk.out
}

/// Canonical XML 1.0 (inclusive), without comments, of `node` and what is below it, without `skip`.
///
/// All namespaces in scope and the `xml:` attributes of the elements around become part of it (§2.4): moving the element
/// breaks a signature. Old metadata is signed so; messages are not.
#[must_use]
pub fn inclusive_c14n(node: Node, skip: Option<Node>) -> String {
    let mut walk = Walk::new(node, Form::Inclusive, skip);
    walk.element(node);
    walk.out
}

/// The canonical form of `node` with its outermost declarations.
pub(crate) fn fragment(node: Node) -> Fragment {
    let mut walk = Walk::new(node, Form::Exclusive(&[]), None);
    walk.outermost = Some(Vec::new());
    walk.element(node);
    Fragment { canonical: walk.out, outermost: walk.outermost.unwrap_or_default() }
}

/// Which namespaces an element declares.
#[derive(Clone, Copy)]
enum Form<'p> {
    /// Those visibly used, and of these prefixes.
    Exclusive(&'p [&'p str]),
    /// All in scope.
    Inclusive,
}

impl Form<'_> {
    /// Whether `prefix` is declared though nothing uses it.
    fn takes(self, prefix: &str) -> bool {
        let listed_as = if prefix.is_empty() { "#default" } else { prefix };
        match self {
            Self::Exclusive(listed) => listed.contains(&listed_as),
            Self::Inclusive => true,
        }
    }
}

/// One run over a subtree. Depth is bounded by the scan, so it recurses.
struct Walk<'a, 'i, 'p> {
    source: &'i str,
    apex: Node<'a, 'i>,
    form: Form<'p>,
    skip: Option<Node<'a, 'i>>,
    /// Declarations written by the elements around, innermost last: prefix and URI.
    rendered: Vec<(&'i str, &'a str)>,
    outermost: Option<Vec<Declared>>,
    out: String,
}

impl<'a, 'i: 'a, 'p> Walk<'a, 'i, 'p> {
    fn new(apex: Node<'a, 'i>, form: Form<'p>, skip: Option<Node<'a, 'i>>) -> Self {
        let out = String::with_capacity(apex.range().len());
        let source = apex.document().input_text();
        Self { source, apex, form, skip, rendered: Vec::new(), outermost: None, out }
    }

    fn element(&mut self, node: Node<'a, 'i>) {
        let name = self.qualified_name(node);
        let outer = self.rendered.len();
        self.out.push('<');
        self.out.push_str(name);
        self.namespaces(node, name);
        self.attributes(node);
        self.out.push('>');
        let skip = self.skip;
        for child in node.children().filter(|c| Some(*c) != skip) {
            if child.is_element() {
                self.element(child);
            } else if let (true, Some(text)) = (child.is_text(), child.text()) {
                escape::text(text, &mut self.out);
            }
        }
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
        self.rendered.truncate(outer);
    }

    /// A declaration is written if the elements around have not written the same, and (Exclusive C14N §3) its prefix is visibly
    /// used or listed as inclusive.
    fn namespaces(&mut self, node: Node<'a, 'i>, name: &'i str) {
        let own = (prefix(name), node.tag_name().namespace().unwrap_or(""));
        let qualified = |a: &roxmltree::Attribute| a.namespace().is_some();
        if let (Form::Exclusive([]), false) = (self.form, node.attributes().any(|a| qualified(&a))) {
            // Nearly every element: one prefix, and nothing to sort.
            return self.declare(own.0, own.1);
        }
        let mut meant = vec![own];
        let of_attribute =
            |a: roxmltree::Attribute<'a, 'i>| Some((prefix(self.slice(a.range_qname())), a.namespace()?));
        meant.extend(node.attributes().filter_map(of_attribute));
        let unseen = self.newly_declared(node).into_iter().filter(|prefix| self.form.takes(prefix));
        meant.extend(unseen.filter_map(|prefix| Some((prefix, meaning(node, prefix)?))));
        meant.sort_unstable();
        meant.dedup();
        for (prefix, uri) in meant {
            self.declare(prefix, uri);
        }
    }

    /// The prefixes that `node` declares, and at the apex all in scope. What others mean here, they meant around, where it was
    /// written: to look at no more keeps the cost in line with the size of the text.
    fn newly_declared(&self, node: Node<'a, 'i>) -> Vec<&'i str> {
        if matches!(self.form, Form::Exclusive([])) {
            return Vec::new();
        }
        if node == self.apex {
            return node.namespaces().map(|n| n.name().unwrap_or("")).chain([""]).collect();
        }
        Markup::new(self.slice(node.range()).as_bytes()).declared().filter_map(|p| str::from_utf8(p).ok()).collect()
    }

    fn declare(&mut self, prefix: &'i str, uri: &'a str) {
        if prefix == ns::XML.prefix {
            // XML itself binds it.
            return;
        }
        let before = self.rendered.iter().rev().find(|(p, _)| *p == prefix).map(|(_, uri)| *uri);
        if before.unwrap_or("") == uri {
            return;
        }
        let start = self.out.len();
        self.out.push_str(" xmlns");
        if !prefix.is_empty() {
            self.out.push(':');
            self.out.push_str(prefix);
        }
        self.out.push_str("=\"");
        escape::attribute(uri, &mut self.out);
        self.out.push('"');
        self.rendered.push((prefix, uri));
        if let (None, Some(outermost)) = (before, &mut self.outermost) {
            let (prefix, uri) = (Cow::Owned(prefix.to_owned()), Cow::Owned(uri.to_owned()));
            outermost.push(Declared { at: start..self.out.len(), prefix, uri });
        }
    }

    fn attributes(&mut self, node: Node<'a, 'i>) {
        let mut sorted: Vec<_> = node.attributes().collect();
        if matches!(self.form, Form::Inclusive) && node == self.apex {
            inherit(node, &mut sorted);
        }
        // Those in no namespace come first, and comparing nothing with nothing costs nothing.
        sorted.sort_by(|a, b| a.namespace().cmp(&b.namespace()).then_with(|| a.name().cmp(b.name())));
        for attribute in sorted {
            self.out.push(' ');
            self.out.push_str(self.slice(attribute.range_qname()));
            self.out.push_str("=\"");
            escape::attribute(attribute.value(), &mut self.out);
            self.out.push('"');
        }
    }

    /// The tree keeps no prefixes, so the name is read where it stands in the source.
    fn qualified_name(&self, node: Node) -> &'i str {
        let after = self.slice(node.range().start + 1..node.range().end);
        let end = after.bytes().position(|b| b.is_ascii_whitespace() || b == b'>' || b == b'/').unwrap_or(after.len());
        after.get(..end).unwrap_or_default()
    }

    fn slice(&self, range: std::ops::Range<usize>) -> &'i str {
        self.source.get(range).unwrap_or_default()
    }
}

/// What `prefix` means at `node`; the default namespace, if nothing else, no namespace.
fn meaning<'a>(node: Node<'a, '_>, prefix: &str) -> Option<&'a str> {
    let declared = (!prefix.is_empty()).then_some(prefix);
    let found = node.namespaces().find(|n| n.name() == declared).map(roxmltree::Namespace::uri);
    found.or(prefix.is_empty().then_some(""))
}

fn prefix(name: &str) -> &str {
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}

/// Canonical XML 1.0 §2.4: the outermost element takes over the nearest `xml:` attributes of the elements around.
fn inherit<'a, 'i>(node: Node<'a, 'i>, attributes: &mut Vec<roxmltree::Attribute<'a, 'i>>) {
    let around = node.ancestors().skip(1).flat_map(|ancestor| ancestor.attributes());
    for attribute in around.filter(|a| a.namespace() == Some(ns::XML.uri)) {
        if !attributes.iter().any(|a| a.namespace() == attribute.namespace() && a.name() == attribute.name()) {
            attributes.push(attribute);
        }
    }
}
