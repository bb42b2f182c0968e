//! What all records on the wire have in common: elements of text, held to what they may be, and the time that they are of.

use jiff::Timestamp;
use jiff::civil::Date;
use xml::{Node, Ns, Refused};

use crate::my_number;

/// Longest text of an element, in characters: no name, number or address is longer.
const CHARACTERS_MAX: usize = 200;
/// The attribute that says when the insurer's files last said so.
pub(crate) const AS_OF: &str = "asOf";

/// Why an answer cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The XML is not shaped as a record: an element is missing, repeated or not text.
    #[error("the record is misshapen")]
    Shape(#[from] Refused),
    /// The element or attribute named holds a value that is none.
    #[error("{0} of the record has no usable value")]
    Value(&'static str),
    /// The element or attribute named holds an Individual Number, which may not be taken.
    #[error("{0} of the record holds a number that may not be taken")]
    MyNumber(&'static str),
}

/// When the insurer's files last said what an element says (`asOf`), where it tells. It is older than the answer, and
/// nothing is fresher than it.
///
/// # Errors
/// [`Unreadable::Value`] when it is no instant.
pub fn as_of(node: Node) -> Result<Option<Timestamp>, Unreadable> {
    let at = xml::unqualified(node, AS_OF).map(|text| text.parse().map_err(|_| Unreadable::Value(AS_OF)));
    at.transpose()
}

/// An instant for [`AS_OF`].
pub(crate) fn stamped(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}

/// An element that is a record.
pub(crate) struct Record<'a, 'i> {
    node: Node<'a, 'i>,
    ns: Ns,
}

impl<'a, 'i> Record<'a, 'i> {
    pub(crate) fn new(node: Node<'a, 'i>, ns: Ns) -> Self {
        Self { node, ns }
    }

    /// An element of this name, and no other.
    pub(crate) fn named(node: Node<'a, 'i>, ns: Ns, name: &str) -> Result<Self, Unreadable> {
        if xml::is(node, ns, name) { Ok(Self { node, ns }) } else { Err(Refused::Missing(name.to_owned()).into()) }
    }

    pub(crate) fn child(&self, name: &str) -> Result<Option<Self>, Unreadable> {
        Ok(xml::only_child(self.node, self.ns, name)?.map(|node| Self { node, ns: self.ns }))
    }

    /// The children of this name, or more than `most`, which is refused.
    pub(crate) fn children(&self, name: &'static str, most: usize) -> Result<Vec<Self>, Unreadable> {
        let found: Vec<Self> =
            xml::children(self.node, self.ns, name).take(most + 1).map(|node| Self { node, ns: self.ns }).collect();
        if found.len() > most { Err(Unreadable::Value(name)) } else { Ok(found) }
    }

    /// The element's own text; empty where it has none.
    pub(crate) fn own_text(&self, name: &'static str, characters_max: usize) -> Result<String, Unreadable> {
        let text = xml::text(self.node)?;
        let control = |character: char| character.is_control() && character != '\n';
        if my_number::present(&text) {
            return Err(Unreadable::MyNumber(name));
        }
        let usable = text.chars().count() <= characters_max && !text.chars().any(control);
        if usable { Ok(text) } else { Err(Unreadable::Value(name)) }
    }

    pub(crate) fn optional_attribute(&self, name: &'static str) -> Result<Option<&'a str>, Unreadable> {
        let Some(text) = xml::unqualified(self.node, name) else { return Ok(None) };
        if my_number::present(text) {
            return Err(Unreadable::MyNumber(name));
        }
        let usable = (1..=CHARACTERS_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if usable { Ok(Some(text)) } else { Err(Unreadable::Value(name)) }
    }

    pub(crate) fn attribute<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Unreadable> {
        let text = self.optional_attribute(name)?;
        text.map(|text| read(text).ok_or(Unreadable::Value(name))).transpose()
    }

    pub(crate) fn needed_attribute<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Unreadable> {
        self.attribute(name, read)?.ok_or(Unreadable::Value(name))
    }

    pub(crate) fn optional_text(&self, name: &'static str) -> Result<Option<String>, Unreadable> {
        let Some(node) = xml::only_child(self.node, self.ns, name)? else {
            return Ok(None);
        };
        let text = xml::text(node)?;
        if my_number::present(&text) {
            return Err(Unreadable::MyNumber(name));
        }
        let usable = (1..=CHARACTERS_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if usable { Ok(Some(text)) } else { Err(Unreadable::Value(name)) }
    }

    pub(crate) fn text(&self, name: &'static str) -> Result<String, Unreadable> {
        self.optional_text(name)?.ok_or_else(|| Refused::Missing(name.to_owned()).into())
    }

    pub(crate) fn optional<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Unreadable> {
        match self.optional_text(name)? {
            Some(text) => read(&text).map(Some).ok_or(Unreadable::Value(name)),
            None => Ok(None),
        }
    }

    pub(crate) fn required<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Unreadable> {
        read(&self.text(name)?).ok_or(Unreadable::Value(name))
    }
}

/// `xs:date` without a zone.
pub(crate) fn day(text: &str) -> Option<Date> {
    if text.len() == "2026-11-22".len() { crate::parse_date(text) } else { None }
}

/// A count or an amount in digits.
pub(crate) fn digits(text: &str) -> Option<u64> {
    let plain = (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}
