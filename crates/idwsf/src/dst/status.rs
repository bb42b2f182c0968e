//! `lu:Status` of a data service: how a query went, and why (DST 2.1 §3, codes of the ID-WSF 2.0 utility schema).

use std::borrow::Cow;

use xml::{Attr, Node, Writer};

use crate::Unacceptable;
use crate::names::LU;

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

    /// The reasons given for the query as a whole.
    pub fn reasons_of_all(&self) -> impl Iterator<Item = &Code> {
        self.reasons.iter().filter(|reason| reason.item.is_none()).map(|reason| &reason.code)
    }

    /// The reasons given for one item.
    pub fn reasons_of<'s>(&'s self, item: &'s str) -> impl Iterator<Item = &'s Code> {
        self.reasons.iter().filter(move |reason| reason.item.as_deref() == Some(item)).map(|reason| &reason.code)
    }

    /// Writes the `lu:Status` with those nested in it.
    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.start(LU, "Status", &[Attr::plain("code", self.outcome.as_str())]);
        for reason in &self.reasons {
            let mut attrs = vec![Attr::plain("code", reason.code.as_str())];
            attrs.extend(reason.item.as_deref().map(|item| Attr::plain("ref", item)));
            writer.empty(LU, "Status", &attrs);
        }
        writer.end();
    }

    /// Reads two levels, which is what there is in practice.
    pub(crate) fn read(status: Node) -> Option<Self> {
        let outcome = Outcome::read(xml::unqualified(status, "code")?)?;
        let reasons = xml::children(status, LU, "Status").map(Reason::read).collect::<Option<Vec<Reason>>>()?;
        Some(Self { outcome, reasons })
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

impl Reason {
    fn read(status: Node) -> Option<Self> {
        let code = Code::parse(xml::unqualified(status, "code")?).ok()?;
        Some(Self { code, item: xml::unqualified(status, "ref").map(str::to_owned) })
    }
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

    /// All was returned although only changes were asked for, which are not kept.
    pub const ALL_RETURNED: Self = Self(Cow::Borrowed("AllReturned"));
    /// There is more than an answer can hold.
    pub const DATA_TOO_LONG: Self = Self(Cow::Borrowed("DataTooLong"));
    /// Something is there, and may not be written over.
    pub const EXISTS_ALREADY: Self = Self(Cow::Borrowed("ExistsAlready"));
    /// Changes were asked for in a form that is not offered.
    pub const FORMAT_NOT_SUPPORTED: Self = Self(Cow::Borrowed("FormatNotSupported"));
    /// The state of the data that the part is to be of is over.
    pub const INVALID_SET_ID: Self = Self(Cow::Borrowed("InvalidSetID"));
    /// The wish for a state of the data is not known.
    pub const INVALID_SET_REQ: Self = Self(Cow::Borrowed("InvalidSetReq"));
    /// A change without anything new.
    pub const MISSING_NEW_DATA_ELEMENT: Self = Self(Cow::Borrowed("MissingNewDataElement"));
    /// Somebody else has changed it since.
    pub const MODIFIED_SINCE: Self = Self(Cow::Borrowed("ModifiedSince"));
    /// A change that does not say what it is a change of: `notChangedSince` is missing where the service asks for it.
    pub const MODIFIED_SINCE_NOT_SPECIFIED: Self = Self(Cow::Borrowed("ModifiedSinceNotSpecified"));
    /// The part begins after the end.
    pub const NO_MORE_ELEMENTS: Self = Self(Cow::Borrowed("NoMoreElements"));
    /// A change does not answer a query, too.
    pub const RESULT_QUERY_NOT_SUPPORTED: Self = Self(Cow::Borrowed("ResultQueryNotSupported"));
    /// The parts cannot be promised to be of one state of the data.
    pub const STATIC_NOT_SUPPORTED: Self = Self(Cow::Borrowed("StaticNotSupported"));

    /// Discovery: the sender may not do this, and may know it.
    pub const FORBIDDEN: Self = Self(Cow::Borrowed("Forbidden"));
    /// Discovery: exactly this is there already.
    pub const DUPLICATE: Self = Self(Cow::Borrowed("Duplicate"));
    /// Discovery: something is there already that this cannot stand beside.
    pub const LOGICAL_DUPLICATE: Self = Self(Cow::Borrowed("LogicalDuplicate"));
    /// Discovery: no service fits, or none that the sender may know of.
    pub const NO_RESULTS: Self = Self(Cow::Borrowed("NoResults"));
    /// Discovery: what was named does not exist.
    pub const NOT_FOUND: Self = Self(Cow::Borrowed("NotFound"));

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
