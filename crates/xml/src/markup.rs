use crate::Refused;

/// Reads tags one piece at a time, so that [`scan`](crate::scan()) can stop in the middle of a large one.
///
/// It knows no more of XML 1.0 than where markup begins and ends, and there it is stricter than the parser behind it: `<` always
/// begins markup, since comments, CDATA and the like are refused. Names, references and characters are the parser's matter.
pub(crate) struct Markup<'a> {
    rest: &'a [u8],
}

/// Name and value as written.
pub(crate) struct Attribute<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) value: &'a [u8],
}

impl<'a> Markup<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes) }
    }

    /// Takes the beginning of an XML declaration, if one stands here.
    pub(crate) fn declaration(&mut self) -> bool {
        match self.rest.strip_prefix(b"<?xml") {
            Some(rest) if rest.first().is_some_and(is_space) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    pub(crate) fn declaration_end(&mut self) -> Result<(), Refused> {
        if self.take(b"?>") { Ok(()) } else { Err(malformed("XML declaration")) }
    }

    /// Moves on to the next `<` and behind it; false at the end of the document.
    pub(crate) fn skip_text(&mut self) -> bool {
        self.until(|b| b == b'<');
        self.take(b"<")
    }

    /// Takes a comment (XML 1.0 §2.5) after its `<`, if one stands here: whether one did.
    pub(crate) fn comment(&mut self) -> Result<bool, Refused> {
        if !self.take(b"!--") {
            return Ok(false);
        }
        loop {
            self.until(|b| b == b'-');
            if self.take(b"-->") {
                return Ok(true);
            }
            // Neither its end nor a lone hyphen: nothing more, or two hyphens, which XML forbids there.
            if self.rest.starts_with(b"--") || !self.take(b"-") {
                return Err(malformed("comment"));
            }
        }
    }

    /// The name of an end tag, if one stands here.
    pub(crate) fn end_tag(&mut self) -> Result<Option<&'a [u8]>, Refused> {
        if !self.take(b"/") {
            return Ok(None);
        }
        let name = self.name()?;
        self.space();
        if self.take(b">") { Ok(Some(name)) } else { Err(malformed("end tag")) }
    }

    /// The name of the start tag that stands here. [`Markup::attribute`] then reads on.
    pub(crate) fn start_tag(&mut self) -> Result<&'a [u8], Refused> {
        match self.rest.first() {
            Some(b'!') if self.rest.starts_with(b"![CDATA[") => Err(Refused::CData),
            Some(b'!') => Err(Refused::Doctype),
            Some(b'?') if self.rest.starts_with(b"?xml ") => Err(malformed("XML declaration")),
            Some(b'?') => Err(Refused::ProcessingInstruction),
            _ => self.name(),
        }
    }

    /// The prefixes that the start tag here declares, empty for the default namespace.
    pub(crate) fn declared(mut self) -> impl Iterator<Item = &'a [u8]> {
        let begun = self.take(b"<") && self.start_tag().is_ok();
        let next = move || if begun { self.attribute().ok().flatten() } else { None };
        std::iter::from_fn(next).filter_map(|Attribute { name, .. }| match name.strip_prefix(b"xmlns")? {
            b"" => Some(name.get(..0)?),
            prefix => prefix.strip_prefix(b":"),
        })
    }

    /// The next attribute, if there is one.
    pub(crate) fn attribute(&mut self) -> Result<Option<Attribute<'a>>, Refused> {
        let apart = self.space();
        if matches!(self.rest.first(), Some(b'>' | b'/' | b'?')) {
            return Ok(None);
        }
        if !apart {
            return Err(malformed("tag"));
        }
        let name = self.name()?;
        self.space();
        if !self.take(b"=") {
            return Err(malformed("attribute"));
        }
        self.space();
        let quote = if self.take(b"'") { b'\'' } else { b'"' };
        if quote == b'"' && !self.take(b"\"") {
            return Err(malformed("attribute"));
        }
        let value = self.until(|b| b == quote || b == b'<');
        if self.take(&[quote]) { Ok(Some(Attribute { name, value })) } else { Err(malformed("attribute")) }
    }

    /// Takes the end of a start tag: whether the element ends with it.
    pub(crate) fn tag_is_empty(&mut self) -> Result<bool, Refused> {
        let empty = self.take(b"/");
        if self.take(b">") { Ok(empty) } else { Err(malformed("tag")) }
    }

    fn name(&mut self) -> Result<&'a [u8], Refused> {
        let name = self.until(|b| is_space(&b) || matches!(b, b'=' | b'>' | b'/' | b'<' | b'"' | b'\'' | b'?' | b'&'));
        if name.is_empty() { Err(malformed("name")) } else { Ok(name) }
    }

    /// Takes white space: whether there was any.
    fn space(&mut self) -> bool {
        !self.until(|b| !is_space(&b)).is_empty()
    }

    fn take(&mut self, expected: &[u8]) -> bool {
        let rest = self.rest.strip_prefix(expected);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// What stands before the first byte that `ends` names, or before the end of the document.
    fn until(&mut self, ends: impl Fn(u8) -> bool) -> &'a [u8] {
        let length = self.rest.iter().position(|b| ends(*b)).unwrap_or(self.rest.len());
        let (before, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, &[]));
        self.rest = rest;
        before
    }
}

const BYTE_ORDER_MARK: &[u8] = "\u{FEFF}".as_bytes();

/// XML 1.0 §2.3.
fn is_space(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn malformed(what: &str) -> Refused {
    Refused::Malformed(format!("{what} is misbuilt"))
}
