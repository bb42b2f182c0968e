//! What holds for any document.

use proptest::prelude::*;
use xml::{Attr, Fragment, Limits, Ns, Refused, Writer, exclusive_c14n, ns};

use crate::peer::parse;

const NAMESPACES: [Ns; 5] =
    [ns::NONE, Ns::new("a", "urn:a"), Ns::new("b", "urn:b"), Ns::new("a", "urn:a2"), Ns::new("c", "urn:x?<&\"'>")];
const NAMES: [&str; 3] = ["x", "y-1", "香"];

/// An element to be written. `apart`: as a fragment of its own, put in with [`Writer::raw`].
#[derive(Clone, Debug)]
struct Element {
    ns: usize,
    name: usize,
    attributes: Vec<(usize, usize, String)>,
    content: Vec<Content>,
    apart: bool,
}

#[derive(Clone, Debug)]
enum Content {
    Text(String),
    Element(Element),
}

fn any_text() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop::sample::select(vec!['x', '<', '>', '&', '"', '\'', '\t', '\n', '\r', ' ', '香', '😀']),
        0..6,
    )
    .prop_map(|chars| chars.into_iter().collect())
}

fn any_element() -> impl Strategy<Value = Element> {
    let attributes = prop::collection::vec((0..NAMESPACES.len(), 0..NAMES.len(), any_text()), 0..4);
    let leaf = (0..NAMESPACES.len(), 0..NAMES.len(), attributes, any::<bool>())
        .prop_map(|(ns, name, attributes, apart)| Element { ns, name, attributes, content: Vec::new(), apart })
        .boxed();
    leaf.clone().prop_recursive(5, 30, 4, move |inner| {
        let content = prop_oneof![any_text().prop_map(Content::Text), inner.prop_map(Content::Element)];
        (leaf.clone(), prop::collection::vec(content, 0..4))
            .prop_map(|(element, content)| Element { content, ..element })
    })
}

impl Element {
    fn write(&self, w: &mut Writer, apart: bool) {
        if apart && self.apart {
            let mut own = Writer::new();
            self.write_here(&mut own, apart);
            w.raw(&own.finish());
        } else {
            self.write_here(w, apart);
        }
    }

    fn write_here(&self, w: &mut Writer, apart: bool) {
        let ns = NAMESPACES[self.ns];
        let mut attributes: Vec<Attr> = Vec::new();
        for (of, name, value) in &self.attributes {
            let (of, name) = (NAMESPACES[*of], NAMES[*name]);
            // One prefix has one meaning within an element, and one name one value.
            let clash = |n: Ns| n.prefix == of.prefix && n.uri != of.uri;
            if !clash(ns) && !attributes.iter().any(|a| clash(a.ns) || (a.ns == of && a.local == name)) {
                attributes.push(Attr::of(of, name, value));
            }
        }
        w.start(ns, NAMES[self.name], &attributes);
        for content in &self.content {
            match content {
                Content::Text(text) => {
                    w.text(text);
                }
                Content::Element(element) => element.write(w, apart),
            }
        }
        w.end();
    }

    fn fragment(&self, apart: bool) -> Fragment {
        let mut w = Writer::new();
        self.write_here(&mut w, apart);
        w.finish()
    }
}

/// Pieces that documents, and attacks on them, are made of.
const PIECES: [&str; 24] = [
    "<a",
    "<p:a",
    ">",
    "/>",
    "</a>",
    "</p:a>",
    " b='",
    "' ",
    "\"",
    " xmlns='urn:x'",
    " xmlns:p='urn:x'",
    " xmlns=''",
    "&amp;",
    "&#x41;",
    "&x;",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?x",
    "?>",
    "<!DOCTYPE a [",
    "\u{0}",
    "香",
];

/// An element with a piece put in, or over what stands there, twice.
fn almost_xml() -> impl Strategy<Value = String> {
    let change = || (any::<prop::sample::Index>(), 0..4usize, prop::sample::select(PIECES.to_vec()));
    (any_element(), change(), change()).prop_map(|(element, first, second)| {
        let mut text = element.fragment(false).into_string();
        for (at, length, piece) in [first, second] {
            let boundaries: Vec<usize> = (0..=text.len()).filter(|i| text.is_char_boundary(*i)).collect();
            let at = at.index(boundaries.len());
            let end = boundaries[(at + length).min(boundaries.len() - 1)];
            text.replace_range(boundaries[at]..end, piece);
        }
        text
    })
}

proptest! {
    #[test]
    fn what_is_written_is_canonical(element in any_element()) {
        let written = element.fragment(false);
        let doc = parse(written.as_str()).unwrap();
        prop_assert_eq!(exclusive_c14n(doc.root(), &[], None), written.as_str());
    }

    #[test]
    fn what_is_put_together_from_fragments_is_the_same(element in any_element()) {
        let whole = element.fragment(false);
        prop_assert!(element.fragment(true) == whole, "{}", whole.as_str());
    }

    #[test]
    fn a_fragment_read_back_embeds_like_the_one_written(element in any_element(), around in any_element()) {
        let written = element.fragment(true);
        let doc = parse(written.as_str()).unwrap();
        let read = Fragment::of(doc.root());
        prop_assert!(read == written);
        let mut w = Writer::new();
        w.start(NAMESPACES[around.ns], "around", &[]).raw(&read);
        let outer = w.finish();
        let doc = parse(outer.as_str()).unwrap();
        prop_assert_eq!(exclusive_c14n(doc.root(), &[], None), outer.as_str());
    }

    #[test]
    fn canonical_form_is_a_fixed_point(element in any_element(), prefix in prop::sample::select(vec!["a", "b", "#default"])) {
        let written = element.fragment(false);
        let doc = parse(written.as_str()).unwrap();
        let once = exclusive_c14n(doc.root(), &[prefix], None);
        let doc = parse(&once).unwrap();
        prop_assert_eq!(exclusive_c14n(doc.root(), &[prefix], None), once.as_str());
    }

    /// The scan and the parser behind it agree on where tags are, and so on what the limits limit.
    #[test]
    fn what_the_scan_admits_is_within_its_limits(text in almost_xml()) {
        let limits = Limits { depth: 2, attributes: 1, namespaces: 2, ..Limits::default() };
        let Ok(scanned) = xml::scan(text.as_bytes(), &limits) else { return Ok(()) };
        let Ok(doc) = xml::Document::parse(scanned) else { return Ok(()) };
        for element in doc.root().descendants().filter(|n| n.is_element()) {
            let depth = element.ancestors().filter(|n| n.is_element()).count();
            prop_assert!(element.attributes().len() <= 1 && depth <= 2, "{}", text);
        }
    }

    #[test]
    fn what_the_parser_would_take_is_admitted_or_refused_by_a_rule_of_ours(text in almost_xml()) {
        let taken = roxmltree::Document::parse(&text).is_ok();
        let refused = xml::scan(text.as_bytes(), &Limits::default()).err();
        let misread = matches!(&refused, Some(Refused::Malformed(why)) if why.contains("misbuilt") || why.contains("end"));
        prop_assert!(!taken || !misread, "{:?} {}", refused, text);
    }

    #[test]
    fn nothing_panics_on_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = xml::scan(&bytes, &Limits::default()).map(xml::Document::parse);
    }

    #[test]
    fn nothing_panics_on_what_looks_like_xml(pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..30)) {
        let text = pieces.concat();
        if let Ok(doc) = parse(&text) {
            let once = exclusive_c14n(doc.root(), &["p", "#default"], None);
            let again = parse(&once).unwrap();
            prop_assert_eq!(exclusive_c14n(again.root(), &["p", "#default"], None), once.as_str());
        }
    }
}
