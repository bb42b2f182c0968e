use crate::{
    Refused,
    markup::{Attribute, Markup},
};

/// What a document may cost. A tree is built only for what stays within.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the whole document.
    pub bytes: usize,
    /// Elements nested in one another.
    pub depth: usize,
    /// Attributes of one element, namespace declarations not counted.
    pub attributes: usize,
    /// Namespace declarations of one element; in scope at once, four times as many.
    pub namespaces: usize,
    /// Comments are passed over: in files that people write. No message has any.
    pub comments: bool,
}

impl Default for Limits {
    /// 128 KiB, depth 64, 64 attributes, 32 namespace declarations, no comments: far above any ID-WSF message, far below where parsers
    /// turn slow (one element with many attributes is quadratic in every XML tree library tried).
    fn default() -> Self {
        Self { bytes: 128 * 1024, depth: 64, attributes: 64, namespaces: 32, comments: false }
    }
}

/// A tree is walked by recursion, so no caller's [`Limits`] may go deeper than this.
const DEPTH_MAX: usize = 128;

/// In scope at once, as a multiple of what one element may declare: a parser copies the scope at each declaring element.
const NAMESPACES_IN_SCOPE: usize = 4;

/// The nodes a tree may have, as a share of [`Limits::bytes`]: more than 128 KiB of any useful message, or a large file of
/// metadata, holds; of `<a/>` alone a document would hold half as many again.
const BYTES_PER_NODE: usize = 6;

/// Text that passed [`scan`]: what [`Document::parse`](crate::Document::parse) takes.
#[derive(Clone, Copy)]
pub struct Scanned<'a> {
    pub(crate) text: &'a str,
    /// The nodes a tree of it may have.
    pub(crate) nodes_max: u32,
}

/// Reads through `bytes` once, in linear time, and admits them to parsing. What exceeds a limit is refused where it does,
/// whatever is still to come: of an attribute flood, no more is read than the limit allows.
///
/// # Errors
/// [`Refused`]: size, UTF-8, DOCTYPE, processing instruction, comment, CDATA, depth, attributes, namespaces, tags that do not
/// match.
pub fn scan<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Scanned<'a>, Refused> {
    if bytes.len() > limits.bytes {
        return Err(Refused::TooLarge { bytes: bytes.len(), max: limits.bytes });
    }
    let mut markup = Markup::new(bytes);
    declaration(&mut markup)?;
    let mut open = Open::default();
    while markup.skip_text() {
        if markup.comment()? {
            if limits.comments {
                continue;
            }
            return Err(Refused::Comment);
        }
        if let Some(name) = markup.end_tag()? {
            open.leave(name)?;
            continue;
        }
        let name = markup.start_tag()?;
        let namespaces = attributes(&mut markup, limits)?;
        open.enter(name, namespaces, limits)?;
        if markup.tag_is_empty()? {
            open.leave(name)?;
        }
    }
    open.is_closed()?;
    let text = std::str::from_utf8(bytes).map_err(|_| Refused::NotUtf8)?;
    Ok(Scanned { text, nodes_max: u32::try_from(limits.bytes / BYTES_PER_NODE).unwrap_or(u32::MAX) })
}

/// The open elements, outermost first.
#[derive(Default)]
struct Open<'a> {
    /// The name of each, and how many namespaces it declares.
    elements: Vec<(&'a [u8], usize)>,
    namespaces: usize,
}

impl<'a> Open<'a> {
    fn enter(&mut self, name: &'a [u8], namespaces: usize, limits: &Limits) -> Result<(), Refused> {
        let depth_max = limits.depth.min(DEPTH_MAX);
        if self.elements.len() >= depth_max {
            return Err(Refused::TooDeep(depth_max));
        }
        self.elements.push((name, namespaces));
        self.namespaces += namespaces;
        let in_scope_max = limits.namespaces.saturating_mul(NAMESPACES_IN_SCOPE);
        if self.namespaces > in_scope_max { Err(Refused::TooManyNamespaces(in_scope_max)) } else { Ok(()) }
    }

    fn leave(&mut self, name: &[u8]) -> Result<(), Refused> {
        match self.elements.pop() {
            Some((opened, namespaces)) if opened == name => {
                self.namespaces -= namespaces;
                Ok(())
            }
            _ => Err(Refused::Malformed("end tag does not match".to_owned())),
        }
    }

    fn is_closed(&self) -> Result<(), Refused> {
        if self.elements.is_empty() { Ok(()) } else { Err(Refused::Malformed("element has no end".to_owned())) }
    }
}

/// Reads the attributes of one tag, up to the limits, and returns how many declare a namespace.
fn attributes(markup: &mut Markup, limits: &Limits) -> Result<usize, Refused> {
    let (mut plain, mut namespaces) = (0, 0);
    while let Some(Attribute { name, value }) = markup.attribute()? {
        if name != b"xmlns" && !name.starts_with(b"xmlns:") {
            plain += 1;
            if plain > limits.attributes {
                return Err(Refused::TooManyAttributes(limits.attributes));
            }
            continue;
        }
        namespaces += 1;
        if namespaces > limits.namespaces {
            return Err(Refused::TooManyNamespaces(limits.namespaces));
        }
        absolute(name, value)?;
    }
    Ok(namespaces)
}

/// C14N 1.0 §1.3 fails on relative namespace URIs; Namespaces 1.0 §2.2 lets only the default namespace be undeclared, and §3
/// forbids to declare `xmlns` itself.
fn absolute(name: &[u8], uri: &[u8]) -> Result<(), Refused> {
    if name == b"xmlns:xmlns" {
        return Err(Refused::Malformed("xmlns is declared".to_owned()));
    }
    match (uri.is_empty(), name == b"xmlns") {
        (true, true) => Ok(()),
        (true, false) => Err(Refused::Malformed("prefix is undeclared".to_owned())),
        (false, _) if uri.contains(&b':') => Ok(()),
        (false, _) => Err(Refused::RelativeNamespace),
    }
}

/// XML 1.0 §2.8, if there is one: version 1.0, and UTF-8.
fn declaration(markup: &mut Markup) -> Result<(), Refused> {
    if !markup.declaration() {
        return Ok(());
    }
    while let Some(Attribute { name, value }) = markup.attribute()? {
        match name {
            b"version" if value != b"1.0" => return Err(Refused::Malformed("not XML 1.0".to_owned())),
            b"encoding" if !value.eq_ignore_ascii_case(b"utf-8") => return Err(Refused::NotUtf8),
            _ => {}
        }
    }
    markup.declaration_end()
}
