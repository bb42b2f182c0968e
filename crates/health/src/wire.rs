//! Records on the wire: what all readers of an ID-WSF data service's elements have in common.

use jiff::civil::Date;
use xml::{Node, Ns, Refused};

use crate::my_number;

/// Why a record on the wire cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The XML is not shaped as a record: an element is missing, repeated or not text.
    #[error("the record is misshapen")]
    Shape(#[from] Refused),
    /// The element named holds a value that is none.
    #[error("{0} of the record has no usable value")]
    Value(&'static str),
    /// The element named holds an Individual Number, which may not be taken.
    #[error("{0} of the record holds a number that may not be taken")]
    MyNumber(&'static str),
}

/// An element whose children are the items of a record.
pub(crate) struct Record<'a, 'i> {
    node: Node<'a, 'i>,
    ns: Ns,
}

impl<'a, 'i> Record<'a, 'i> {
    pub(crate) fn new(node: Node<'a, 'i>, ns: Ns) -> Self {
        Self { node, ns }
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

/// Longest text of an element, in characters: no name, number or address is longer.
const CHARACTERS_MAX: usize = 200;
