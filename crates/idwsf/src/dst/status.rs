//! `lu:Status` of a data service: how a query went, and why (DST 2.1 §3, codes of the ID-WSF 2.0 utility schema).

use std::borrow::Cow;

use crate::Unacceptable;

/// How a query went as a whole, and the reasons where it did not go well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The first level.
    pub outcome: Outcome,
    /// The second level: one per item that failed, or one for the whole query.
    pub reasons: Vec<Reason>,
}

impl Status {
    /// All went well.
    pub const OK: Self = Self { outcome: Outcome::Ok, reasons: Vec::new() };

    /// Nothing was answered, for one reason.
    #[must_use]
    pub fn failed(code: Code, item: Option<String>) -> Self {
        Self { outcome: Outcome::Failed, reasons: vec![Reason { code, item }] }
    }

    /// The reasons given for one item.
    pub fn reasons_of<'s>(&'s self, item: &'s str) -> impl Iterator<Item = &'s Code> {
        self.reasons.iter().filter(move |reason| reason.item.as_deref() == Some(item)).map(|reason| &reason.code)
    }
}

/// The first level of a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Every item was answered.
    Ok,
    /// Some were.
    Partial,
    /// None was.
    Failed,
}

impl Outcome {
    /// The code on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Partial => "Partial",
            Self::Failed => "Failed",
        }
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        [Self::Ok, Self::Partial, Self::Failed].into_iter().find(|outcome| outcome.as_str() == text)
    }
}

/// Why an item, or the whole query, was not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// What went wrong.
    pub code: Code,
    /// The `itemID` it went wrong with, in `ref`.
    pub item: Option<String>,
}

/// A code of the second level. The constants are those this profile sends; another party may send any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code(Cow<'static, str>);

impl Code {
    /// The sender may not see this for this person and this purpose.
    pub const ACTION_NOT_AUTHORIZED: Self = Self(Cow::Borrowed("ActionNotAuthorized"));
    /// No record exists for the person.
    pub const DOES_NOT_EXIST: Self = Self(Cow::Borrowed("DoesNotExist"));
    /// The query has no item.
    pub const EMPTY_REQUEST: Self = Self(Cow::Borrowed("EmptyRequest"));
    /// An extension was asked for that is not offered.
    pub const EXTENSION_NOT_SUPPORTED: Self = Self(Cow::Borrowed("ExtensionNotSupported"));
    /// Changes since an instant were asked for, and no history is kept.
    pub const CHANGE_HISTORY_NOT_SUPPORTED: Self = Self(Cow::Borrowed("ChangeHistoryNotSupported"));
    /// A value is not what its type asks for.
    pub const INVALID_DATA: Self = Self(Cow::Borrowed("InvalidData"));
    /// The path of `Select` is not in the service's table.
    pub const INVALID_SELECT: Self = Self(Cow::Borrowed("InvalidSelect"));
    /// Two items have one `itemID`.
    pub const ITEM_ID_DUPLICATED: Self = Self(Cow::Borrowed("ItemIDDuplicated"));
    /// Several items, one of them without `itemID`.
    pub const MISSING_ITEM_ID: Self = Self(Cow::Borrowed("MissingItemID"));
    /// An item without `Select`.
    pub const MISSING_SELECT: Self = Self(Cow::Borrowed("MissingSelect"));
    /// Tests are not offered.
    pub const NO_SUCH_TEST: Self = Self(Cow::Borrowed("NoSuchTest"));
    /// Paging is not offered.
    pub const PAGINATION_NOT_SUPPORTED: Self = Self(Cow::Borrowed("PaginationNotSupported"));
    /// Subscriptions are not offered.
    pub const TRIGGER_NOT_SUPPORTED: Self = Self(Cow::Borrowed("TriggerNotSupported"));
    /// Sorting is not offered.
    pub const SORT_NOT_SUPPORTED: Self = Self(Cow::Borrowed("SortNotSupported"));
    /// The service could not answer; the fault is its own.
    pub const UNEXPECTED_ERROR: Self = Self(Cow::Borrowed("UnexpectedError"));
    /// Object types are not offered.
    pub const UNSUPPORTED_OBJECT_TYPE: Self = Self(Cow::Borrowed("UnsupportedObjectType"));
    /// Predefined queries are not offered.
    pub const UNSUPPORTED_PREDEFINED: Self = Self(Cow::Borrowed("UnsupportedPredefined"));

    /// Accepts a code of another party: 1 to 64 letters, digits, `:`, `.`, `-` or `_`.
    ///
    /// # Errors
    /// [`Unacceptable`] for anything else.
    pub fn parse(text: &str) -> Result<Self, Unacceptable> {
        let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'.' | b'-' | b'_'));
        if plain && (1..=CODE_BYTES_MAX).contains(&text.len()) {
            Ok(Self(Cow::Owned(text.to_owned())))
        } else {
            Err(Unacceptable::because(
                "a status code has 1 to 64 letters, digits, colons, points, hyphens or underscores",
            ))
        }
    }

    /// The code on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const CODE_BYTES_MAX: usize = 64;
