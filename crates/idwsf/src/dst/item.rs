//! What the items of a query and of a modification share: their name, and the path of what they are about.

use xml::Node;

use super::{Code, ServiceType, Status};
use crate::names::{DST, LU};

/// The schema has these qualified, the field writes them without a namespace: all three forms are read.
pub(super) fn item_attribute<'a>(node: Node<'a, '_>, local: &str) -> Option<&'a str> {
    xml::unqualified(node, local)
        .or_else(|| xml::qualified(node, LU, local))
        .or_else(|| xml::qualified(node, DST, local))
}

/// `itemID`, as it stands there.
pub(super) fn item_id(node: Node) -> Option<String> {
    item_attribute(node, "itemID").map(str::to_owned)
}

/// Refuses an item for a feature that is not offered, or for a name that cannot be repeated in an answer.
pub(super) fn offered(item: Node, refused: &[(&str, Code)]) -> Result<(), Status> {
    let id = item_id(item);
    if let Some((_, code)) = refused.iter().find(|(name, _)| item_attribute(item, name).is_some()) {
        return Err(Status::failed(code.clone(), id));
    }
    if id.is_some_and(|id| id.is_empty() || id.len() > ITEM_ID_BYTES_MAX) {
        return Err(Status::failed(Code::INVALID_DATA, None));
    }
    Ok(())
}

/// The text of the item's `Select`. It is compared with a table, never evaluated.
pub(super) fn select(select: Option<Node>) -> Result<String, Code> {
    let text = xml::text(select.ok_or(Code::MISSING_SELECT)?).map_err(|_| Code::INVALID_SELECT)?;
    let path = text.trim();
    if path.len() > SELECT_BYTES_MAX { Err(Code::INVALID_SELECT) } else { Ok(path.to_owned()) }
}

/// One to [`ITEMS_MAX`] items; as soon as there are two, each has a name of its own (DST 2.1, `itemID`).
pub(super) fn distinct(ids: &[Option<&str>]) -> Result<(), Status> {
    if ids.is_empty() {
        return Err(Status::failed(Code::EMPTY_REQUEST, None));
    }
    for (position, id) in ids.iter().enumerate() {
        if ids.len() > 1 && id.is_none() {
            return Err(Status::failed(Code::MISSING_ITEM_ID, None));
        }
        if ids.iter().skip(position + 1).any(|later| later == id) {
            return Err(Status::failed(Code::ITEM_ID_DUPLICATED, id.map(str::to_owned)));
        }
    }
    Ok(())
}

/// The code for an element that this profile has no use for.
pub(super) fn unsupported(service: ServiceType, element: Node) -> Code {
    let ours = element.tag_name().namespace() == Some(service.uri());
    match element.tag_name().name() {
        "Select" if ours => Code::INVALID_SELECT,
        "Sort" if ours => Code::SORT_NOT_SUPPORTED,
        "TestItem" if ours => Code::NO_SUCH_TEST,
        "Subscription" if ours => Code::TRIGGER_NOT_SUPPORTED,
        "ResultQuery" if ours => Code::RESULT_QUERY_NOT_SUPPORTED,
        "NewData" if ours => Code::INVALID_DATA,
        "ChangeFormat" if xml::is(element, DST, "ChangeFormat") => Code::FORMAT_NOT_SUPPORTED,
        _ => Code::EXTENSION_NOT_SUPPORTED,
    }
}

/// More items than any page of ours asks for.
pub(super) const ITEMS_MAX: usize = 16;
const ITEM_ID_BYTES_MAX: usize = 64;
const SELECT_BYTES_MAX: usize = 256;
