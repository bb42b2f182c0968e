use std::borrow::Cow;

use crate::{Fragment, Node, escape, fragment::Declared};

/// Exclusive XML Canonicalization 1.0, without comments, of `node` and what is below it.
///
/// `inclusive_prefixes` is the InclusiveNamespaces PrefixList (`#default` for the default namespace); `skip` is left out
/// with all below it: the enveloped Signature.
#[must_use]
pub fn exclusive_c14n(node: Node, inclusive_prefixes: &[&str], skip: Option<Node>) -> String {
    let mut walk = Walk::new(node, inclusive_prefixes, skip);
    walk.element(node);
    walk.out
}

/// The canonical form of `node` with its outermost declarations.
pub(crate) fn fragment(node: Node) -> Fragment {
    let mut walk = Walk::new(node, &[], None);
    walk.outermost = Some(Vec::new());
    walk.element(node);
    Fragment { canonical: walk.out, outermost: walk.outermost.unwrap_or_default() }
}

/// One run over a subtree. Depth is bounded by the scan, so it recurses.
struct Walk<'a, 'i, 'p> {
    source: &'i str,
    inclusive: &'p [&'p str],
    skip: Option<Node<'a, 'i>>,
    /// Declarations written by the elements around, innermost last: prefix and URI.
    rendered: Vec<(&'i str, &'a str)>,
    outermost: Option<Vec<Declared>>,
    out: String,
}

impl<'a, 'i: 'a, 'p> Walk<'a, 'i, 'p> {
    fn new(node: Node<'a, 'i>, inclusive: &'p [&'p str], skip: Option<Node<'a, 'i>>) -> Self {
        let out = String::with_capacity(node.range().len());
        let source = node.document().input_text();
        Self { source, inclusive, skip, rendered: Vec::new(), outermost: None, out }
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

    /// Exclusive C14N §3: a declaration is written where it is visibly used (or its prefix is listed as inclusive) and the
    /// elements around have not written the same.
    fn namespaces(&mut self, node: Node<'a, 'i>, name: &'i str) {
        let mut used: Vec<&str> = vec![prefix(name)];
        used.extend(node.attributes().map(|a| prefix(self.slice(a.range_qname()))).filter(|p| !p.is_empty()));
        used.extend(self.inclusive.iter().map(|p| if *p == "#default" { "" } else { p }));
        used.sort_unstable();
        used.dedup();
        for prefix in used.into_iter().filter(|p| *p != "xml") {
            let declared = (!prefix.is_empty()).then_some(prefix);
            let found = node.namespaces().find(|n| n.name() == declared && (declared.is_some() || !n.uri().is_empty()));
            let (prefix, uri) = match found {
                Some(namespace) => (namespace.name().unwrap_or(""), namespace.uri()),
                None if prefix.is_empty() => ("", ""),
                // An inclusive prefix that means nothing here.
                None => continue,
            };
            self.declare(prefix, uri);
        }
    }

    fn declare(&mut self, prefix: &'i str, uri: &'a str) {
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
        sorted.sort_by_key(|a| (a.namespace().unwrap_or(""), a.name()));
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
        let end = after.find(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/').unwrap_or(after.len());
        after.get(..end).unwrap_or_default()
    }

    fn slice(&self, range: std::ops::Range<usize>) -> &'i str {
        self.source.get(range).unwrap_or_default()
    }
}

fn prefix(name: &str) -> &str {
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}
