use std::{borrow::Cow, cmp::Ordering, ops::Range};

use crate::{Fragment, Ns, Unsigned, escape, fragment::Declared, ns};

/// One attribute of an element to be written.
#[derive(Clone, Copy, Debug)]
pub struct Attr<'a> {
    /// Its namespace; [`ns::NONE`] for most.
    pub ns: Ns,
    /// Its local name.
    pub local: &'a str,
    /// Its value, unescaped.
    pub value: &'a str,
}

impl<'a> Attr<'a> {
    /// An unqualified attribute: `ID="…"`.
    #[must_use]
    pub const fn plain(local: &'a str, value: &'a str) -> Self {
        Self { ns: ns::NONE, local, value }
    }

    /// A qualified attribute: `wsu:Id="…"`.
    #[must_use]
    pub const fn of(ns: Ns, local: &'a str, value: &'a str) -> Self {
        Self { ns, local, value }
    }

    /// Canonical XML 1.0 §2.2: by namespace, then by local name.
    fn order(&self, other: &Self) -> Ordering {
        let by_ns = if same(self.ns.uri, other.ns.uri) { Ordering::Equal } else { self.ns.uri.cmp(other.ns.uri) };
        by_ns.then_with(|| self.local.cmp(other.local))
    }
}

/// Writes one element in exclusive canonical form (Exclusive XML Canonicalization 1.0), so that what is signed is what was
/// written and no parse is needed on the way out.
///
/// Attributes are sorted and values escaped here; a namespace is declared where it is first visibly used. Characters that
/// XML 1.0 cannot carry become U+FFFD. Names come from the program, not from users: they are written as they are.
///
/// ```
/// use xml::{Attr, Writer, ns::SAML};
///
/// let mut w = Writer::new();
/// w.start(SAML, "Assertion", &[Attr::plain("Version", "2.0")]);
/// w.leaf(SAML, "Issuer", &[], "https://idp.example");
/// let assertion = w.finish();
/// assert_eq!(
///     assertion.as_str(),
///     "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" Version=\"2.0\">\
///      <saml:Issuer>https://idp.example</saml:Issuer></saml:Assertion>"
/// );
/// ```
#[derive(Default)]
pub struct Writer {
    out: String,
    open: Vec<Open>,
    /// Declarations in scope, the innermost last.
    scope: Vec<Declared>,
    outermost: Vec<Declared>,
    place: Option<Place>,
}

/// An element whose end tag is still to come.
struct Open {
    /// Where its qualified name stands in the output.
    name: Range<usize>,
    /// How many declarations were in scope outside it.
    scope: usize,
}

/// Where an enveloped signature will stand, and what is bound there.
pub(crate) struct Place {
    pub(crate) at: usize,
    pub(crate) scope: Vec<Declared>,
}

impl Writer {
    /// An empty writer.
    #[must_use]
    pub fn new() -> Self {
        Self { out: String::with_capacity(CAPACITY_BYTES), ..Self::default() }
    }

    /// Opens an element.
    ///
    /// # Panics
    /// If a first element was already closed: a fragment is one element.
    pub fn start(&mut self, ns: Ns, local: &str, attrs: &[Attr]) -> &mut Self {
        self.start_declaring(ns, local, attrs, &[])
    }

    /// Opens an element that also declares namespaces it does not visibly use, for names inside text (`faultcode`).
    /// Such an element is not in canonical form: only for the outermost element that no signature covers, the envelope.
    ///
    /// # Panics
    /// If a first element was already closed: a fragment is one element.
    pub fn start_declaring(&mut self, ns: Ns, local: &str, attrs: &[Attr], declared: &[Ns]) -> &mut Self {
        assert!(!self.open.is_empty() || self.out.is_empty(), "a fragment is one element");
        let scope = self.scope.len();
        self.out.push('<');
        let name = self.name(ns, local);
        self.declare(std::iter::once(ns).chain(attrs.iter().map(|a| a.ns)).chain(declared.iter().copied()));
        if attrs.is_sorted_by(|a, b| a.order(b).is_le()) {
            attrs.iter().for_each(|attr| self.attribute(attr));
        } else {
            let mut sorted: Vec<&Attr> = attrs.iter().collect();
            sorted.sort_by(|a, b| a.order(b));
            sorted.into_iter().for_each(|attr| self.attribute(attr));
        }
        self.out.push('>');
        self.open.push(Open { name, scope });
        if self.open.len() == 1 {
            // SAML metadata has its signature as first child; other elements mark their place.
            self.signature_here();
        }
        self
    }

    /// Text, escaped.
    ///
    /// # Panics
    /// If no element is open.
    pub fn text(&mut self, text: &str) -> &mut Self {
        assert!(!self.open.is_empty(), "text stands in an element");
        escape::text(text, &mut self.out);
        self
    }

    /// A finished element, inside the open one. Declarations that are already in scope are left out.
    ///
    /// # Panics
    /// If no element is open.
    pub fn raw(&mut self, fragment: &Fragment) -> &mut Self {
        assert!(!self.open.is_empty(), "a fragment is put into an element");
        let scope = &self.scope;
        fragment.embed(|prefix| bound(scope, prefix), &mut self.out, &mut self.outermost);
        self
    }

    /// An element with only text: `start`, `text`, `end`.
    pub fn leaf(&mut self, ns: Ns, local: &str, attrs: &[Attr], text: &str) -> &mut Self {
        self.start(ns, local, attrs).text(text).end()
    }

    /// An empty element: `start`, `end`.
    pub fn empty(&mut self, ns: Ns, local: &str, attrs: &[Attr]) -> &mut Self {
        self.start(ns, local, attrs).end()
    }

    /// Closes the innermost open element, if one is open.
    pub fn end(&mut self) -> &mut Self {
        if let Some(Open { name, scope }) = self.open.pop() {
            self.out.push_str("</");
            self.out.extend_from_within(name);
            self.out.push('>');
            self.scope.truncate(scope);
        }
        self
    }

    /// Marks where an enveloped `ds:Signature` will stand, for [`Writer::finish_unsigned`]: in SAML right after Issuer.
    /// Unmarked, it is the first child.
    pub fn signature_here(&mut self) -> &mut Self {
        self.place = Some(Place { at: self.out.len(), scope: self.scope.clone() });
        self
    }

    /// Closes what is open and hands out the element.
    #[must_use]
    pub fn finish(mut self) -> Fragment {
        while !self.open.is_empty() {
            self.end();
        }
        Fragment { canonical: self.out, outermost: self.outermost }
    }

    /// As [`Writer::finish`], for an element that [`Unsigned::sign`] completes.
    #[must_use]
    pub fn finish_unsigned(mut self) -> Unsigned {
        let place = self.place.take().unwrap_or(Place { at: 0, scope: Vec::new() });
        Unsigned { fragment: self.finish(), place }
    }

    fn attribute(&mut self, attr: &Attr) {
        self.out.push(' ');
        self.name(attr.ns, attr.local);
        self.out.push_str("=\"");
        escape::attribute(attr.value, &mut self.out);
        self.out.push('"');
    }

    /// Writes a qualified name and returns where it stands.
    fn name(&mut self, ns: Ns, local: &str) -> Range<usize> {
        let start = self.out.len();
        if !ns.prefix.is_empty() {
            self.out.push_str(ns.prefix);
            self.out.push(':');
        }
        self.out.push_str(local);
        start..self.out.len()
    }

    /// Declares, sorted by prefix, those of `used` that are not bound yet.
    fn declare(&mut self, used: impl Iterator<Item = Ns>) {
        let mut new: Vec<Ns> = used
            .filter(|ns| !ns.prefix.is_empty() && ns.prefix != ns::XML.prefix)
            .filter(|ns| !bound(&self.scope, ns.prefix).is_some_and(|uri| same(uri, ns.uri)))
            .collect();
        new.sort_by_key(|ns| (ns.prefix, ns.uri));
        new.dedup();
        assert!(new.is_sorted_by(|a, b| a.prefix < b.prefix), "one prefix means one namespace in an element");
        for ns in new {
            let start = self.out.len();
            self.out.push_str(" xmlns:");
            self.out.push_str(ns.prefix);
            self.out.push_str("=\"");
            escape::attribute(ns.uri, &mut self.out);
            self.out.push('"');
            let at = start..self.out.len();
            let declared = Declared { at, prefix: Cow::Borrowed(ns.prefix), uri: Cow::Borrowed(ns.uri) };
            if bound(&self.scope, ns.prefix).is_none() {
                self.outermost.push(declared.clone());
            }
            self.scope.push(declared);
        }
    }
}

/// Enough for the parts of a message, so that growing costs little.
const CAPACITY_BYTES: usize = 1024;

/// What `prefix` means in `scope`.
pub(crate) fn bound<'s>(scope: &'s [Declared], prefix: &str) -> Option<&'s str> {
    scope.iter().rev().find(|d| same(&d.prefix, prefix)).map(|d| &*d.uri)
}

/// Equality that first asks whether it is one and the same constant, as a namespace mostly is: comparing their URIs was a third
/// of the time a message takes.
fn same(a: &str, b: &str) -> bool {
    std::ptr::eq(a, b) || a == b
}
