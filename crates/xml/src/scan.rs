use quick_xml::{
    Reader,
    events::{BytesDecl, BytesStart, Event},
};

use crate::Refused;

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
}

impl Default for Limits {
    /// 128 KiB, depth 64, 64 attributes, 32 namespace declarations: far above any ID-WSF message, far below where parsers
    /// turn slow (one element with many attributes is quadratic in every XML tree library tried).
    fn default() -> Self {
        Self { bytes: 128 * 1024, depth: 64, attributes: 64, namespaces: 32 }
    }
}

/// A tree is walked by recursion, so no caller's [`Limits`] may go deeper than this.
const DEPTH_MAX: usize = 128;

/// In scope at once, as a multiple of what one element may declare: a parser copies the scope at each declaring element.
const NAMESPACES_IN_SCOPE: usize = 4;

/// Text that passed [`scan`]: what [`Document::parse`](crate::Document::parse) takes.
#[derive(Clone, Copy)]
pub struct Scanned<'a> {
    pub(crate) text: &'a str,
    /// The nodes a tree of it may have.
    pub(crate) nodes_max: u32,
}

/// The nodes a tree may have, as a share of [`Limits::bytes`]: more than 128 KiB of any useful message, or a large file of
/// metadata, holds; of `<a/>` alone a document would hold half as many again.
const BYTES_PER_NODE: usize = 6;

/// Reads through `bytes` in linear time, and admits them to parsing. An attribute flood is refused where it exceeds its limit,
/// whatever is still to come.
///
/// # Errors
/// [`Refused`]: size, UTF-8, DOCTYPE, processing instruction, comment, CDATA, depth, attributes, namespaces.
pub fn scan<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Scanned<'a>, Refused> {
    if bytes.len() > limits.bytes {
        return Err(Refused::TooLarge { bytes: bytes.len(), max: limits.bytes });
    }
    refuse_flood(bytes, limits)?;
    let text = std::str::from_utf8(bytes).map_err(|_| Refused::NotUtf8)?;
    let mut reader = Reader::from_str(text);
    let mut scope = Scope::default();
    loop {
        match reader.read_event().map_err(|e| Refused::Malformed(e.to_string()))? {
            Event::Start(tag) => scope.enter(&tag, limits)?,
            Event::Empty(tag) => {
                scope.enter(&tag, limits)?;
                scope.leave();
            }
            Event::End(_) => scope.leave(),
            Event::Decl(declaration) => declared(&declaration)?,
            Event::DocType(_) => return Err(Refused::Doctype),
            Event::PI(_) => return Err(Refused::ProcessingInstruction),
            Event::Comment(_) => return Err(Refused::Comment),
            Event::CData(_) => return Err(Refused::CData),
            Event::Text(_) | Event::GeneralRef(_) => {}
            Event::Eof => break,
        }
    }
    Ok(Scanned { text, nodes_max: u32::try_from(limits.bytes / BYTES_PER_NODE).unwrap_or(u32::MAX) })
}

/// Counts the attributes of each tag by their `=` outside quotes and stops at the first too many. The reader behind us only looks
/// at a tag once it has all of it, which may be megabytes.
///
/// Comments and the like, where `<` and `=` mean nothing, are refused in any case: what is counted in them does no harm.
fn refuse_flood(bytes: &[u8], limits: &Limits) -> Result<(), Refused> {
    let attributes_max = limits.attributes.saturating_add(limits.namespaces);
    let mut bytes = bytes.iter().copied();
    while bytes.any(|b| b == b'<') {
        let mut attributes = 0;
        while let Some(byte) = bytes.next().filter(|b| *b != b'>') {
            match byte {
                b'=' => attributes += 1,
                b'"' | b'\'' => drop(bytes.any(|b| b == byte)),
                _ => {}
            }
            if attributes > attributes_max {
                return Err(Refused::TooManyAttributes(limits.attributes));
            }
        }
    }
    Ok(())
}

/// The namespace declarations of each open element.
#[derive(Default)]
struct Scope {
    declared: Vec<usize>,
    total: usize,
}

impl Scope {
    fn enter(&mut self, tag: &BytesStart, limits: &Limits) -> Result<(), Refused> {
        let depth_max = limits.depth.min(DEPTH_MAX);
        if self.declared.len() >= depth_max {
            return Err(Refused::TooDeep(depth_max));
        }
        let namespaces = count(tag, limits)?;
        self.declared.push(namespaces);
        self.total += namespaces;
        let in_scope_max = limits.namespaces.saturating_mul(NAMESPACES_IN_SCOPE);
        if self.total > in_scope_max { Err(Refused::TooManyNamespaces(in_scope_max)) } else { Ok(()) }
    }

    fn leave(&mut self) {
        self.total -= self.declared.pop().unwrap_or(0);
    }
}

/// Counts the attributes of one tag, up to the limits, and returns how many declare a namespace.
fn count(tag: &BytesStart, limits: &Limits) -> Result<usize, Refused> {
    let (mut plain, mut namespaces) = (0, 0);
    // The library's own check for duplicates is quadratic; the parser behind us does it, on few attributes.
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute.map_err(|e| Refused::Malformed(e.to_string()))?;
        let name = attribute.key.as_ref();
        if name != "xmlns" && !name.starts_with("xmlns:") {
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
        absolute(name, &attribute.value)?;
    }
    Ok(namespaces)
}

/// C14N 1.0 §1.3 fails on relative namespace URIs; Namespaces 1.0 §2.2 lets only the default namespace be undeclared, and §3
/// forbids to declare `xmlns` itself.
fn absolute(name: &str, uri: &str) -> Result<(), Refused> {
    if name == "xmlns:xmlns" {
        return Err(Refused::Malformed("xmlns is declared".to_owned()));
    }
    match (uri.is_empty(), name == "xmlns") {
        (true, true) => Ok(()),
        (true, false) => Err(Refused::Malformed(format!("{name} is undeclared"))),
        (false, _) if uri.contains(':') => Ok(()),
        (false, _) => Err(Refused::RelativeNamespace),
    }
}

fn declared(declaration: &BytesDecl) -> Result<(), Refused> {
    let malformed = |e: &dyn std::fmt::Display| Refused::Malformed(e.to_string());
    let version = declaration.version().map_err(|e| malformed(&e))?;
    if version != "1.0" {
        return Err(Refused::Malformed(format!("XML version {version}")));
    }
    match declaration.encoding().transpose().map_err(|e| malformed(&e))? {
        Some(encoding) if !encoding.eq_ignore_ascii_case("utf-8") => Err(Refused::NotUtf8),
        _ => Ok(()),
    }
}
