use jiff::Timestamp;
use xml::{Attr, Fragment, Node, Writer};

use super::{Code, Data, Outcome, QUERY, QUERY_ID, QueryResponse, Reason, ServiceType, Status};
use crate::names::{DST, LU};
use saml::instant;

/// `Query`: what is asked of a data service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The service asked.
    pub service: ServiceType,
    /// One to sixteen items.
    pub items: Vec<QueryItem>,
}

/// `QueryItem`: one thing asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryItem {
    /// Names the item, so that its answer can be told from others; needed as soon as there are two.
    pub item_id: Option<String>,
    /// A path from the service's table, such as `/nhi:Insured/nhi:Eligibility`. It is compared, never evaluated.
    pub select: String,
    /// Only what changed after this instant is asked for.
    pub changed_since: Option<Timestamp>,
}

impl Query {
    /// A question with one item.
    #[must_use]
    pub fn one(service: ServiceType, select: &str) -> Self {
        let item = QueryItem { item_id: Some("q1".to_owned()), select: select.to_owned(), changed_since: None };
        Self { service, items: vec![item] }
    }

    /// Answers item by item. All answered is `OK`, some is `Partial`, none is `Failed`; an item that was refused has a
    /// reason in the status and no `Data`, one that has nothing to show has a `Data` that is empty.
    pub fn answer(
        &self,
        time_stamp: Timestamp,
        mut answer: impl FnMut(&QueryItem) -> Result<Vec<Fragment>, Code>,
    ) -> QueryResponse {
        let mut data = Vec::new();
        let mut reasons = Vec::new();
        for item in &self.items {
            match answer(item) {
                Ok(content) => data.push(Data { item_ref: item.item_id.clone(), content }),
                Err(code) => reasons.push(Reason { code, item: item.item_id.clone() }),
            }
        }
        let outcome = match (data.is_empty(), reasons.is_empty()) {
            (_, true) => Outcome::Ok,
            (false, false) => Outcome::Partial,
            (true, false) => Outcome::Failed,
        };
        QueryResponse { service: self.service, status: Status { outcome, reasons }, data, time_stamp: Some(time_stamp) }
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        let ns = self.service.ns();
        writer.start(ns, QUERY, &[Attr::plain("id", QUERY_ID)]);
        for item in &self.items {
            let since = item.changed_since.map(instant::write);
            let mut attrs = Vec::new();
            attrs.extend(item.item_id.as_deref().map(|id| Attr::plain("itemID", id)));
            attrs.extend(since.as_deref().map(|since| Attr::plain("changedSince", since)));
            writer.start(ns, "QueryItem", &attrs).leaf(ns, "Select", &[], &item.select).end();
        }
        writer.end();
    }

    /// Reads a `Query`. What this profile does not offer is refused with the code DST has for it: an application's
    /// answer, not a fault.
    pub(crate) fn read(service: ServiceType, query: Node) -> Result<Self, Status> {
        let ns = service.ns();
        let mut items = Vec::new();
        for child in query.children().filter(Node::is_element) {
            if xml::is(child, ns, "QueryItem") {
                items.push(QueryItem::read(service, child)?);
            } else {
                return Err(Status::failed(unsupported(service, child), item_id(child)));
            }
            if items.len() > ITEMS_MAX {
                return Err(Status::failed(Code::INVALID_DATA, None));
            }
        }
        distinct(&items)?;
        Ok(Self { service, items })
    }
}

impl QueryItem {
    fn read(service: ServiceType, item: Node) -> Result<Self, Status> {
        let item_id = item_id(item);
        let refuse = |code: Code| Status::failed(code, item_id.clone());
        if let Some(code) =
            REFUSED_ATTRIBUTES.iter().find(|(name, _)| item_attribute(item, name).is_some()).map(|(_, code)| code)
        {
            return Err(refuse(code.clone()));
        }
        if item_id.as_ref().is_some_and(|id| id.is_empty() || id.len() > ITEM_ID_BYTES_MAX) {
            return Err(Status::failed(Code::INVALID_DATA, None));
        }
        let mut select = None;
        for child in item.children().filter(Node::is_element) {
            if !xml::is(child, service.ns(), "Select") || select.is_some() {
                return Err(refuse(unsupported(service, child)));
            }
            select = Some(xml::text(child).map_err(|_| refuse(Code::INVALID_SELECT))?);
        }
        let select = select.ok_or_else(|| refuse(Code::MISSING_SELECT))?.trim().to_owned();
        if select.len() > SELECT_BYTES_MAX {
            return Err(refuse(Code::INVALID_SELECT));
        }
        let changed_since = match xml::unqualified(item, "changedSince") {
            Some(text) => Some(instant::read(text).ok_or_else(|| refuse(Code::INVALID_DATA))?),
            None => None,
        };
        Ok(Self { item_id, select, changed_since })
    }
}

/// Finds the path of an item in the service's table. Paths are strings that are equal or not: nothing of them is parsed.
///
/// # Errors
/// [`Code::INVALID_SELECT`] if the table has no such path.
pub fn lookup<T: Copy>(table: &[(&str, T)], item: &QueryItem) -> Result<T, Code> {
    table.iter().find(|(path, _)| *path == item.select).map(|(_, wanted)| *wanted).ok_or(Code::INVALID_SELECT)
}

/// The schema has these qualified, the field writes them without a namespace: all three forms are read.
pub(super) fn item_attribute<'a>(node: Node<'a, '_>, local: &str) -> Option<&'a str> {
    xml::unqualified(node, local)
        .or_else(|| xml::qualified(node, LU, local))
        .or_else(|| xml::qualified(node, DST, local))
}

fn item_id(node: Node) -> Option<String> {
    item_attribute(node, "itemID").map(str::to_owned)
}

fn distinct(items: &[QueryItem]) -> Result<(), Status> {
    if items.is_empty() {
        return Err(Status::failed(Code::EMPTY_REQUEST, None));
    }
    for (position, item) in items.iter().enumerate() {
        if items.len() > 1 && item.item_id.is_none() {
            return Err(Status::failed(Code::MISSING_ITEM_ID, None));
        }
        if items.iter().skip(position + 1).any(|later| later.item_id == item.item_id) {
            return Err(Status::failed(Code::ITEM_ID_DUPLICATED, item.item_id.clone()));
        }
    }
    Ok(())
}

fn unsupported(service: ServiceType, element: Node) -> Code {
    let ours = element.tag_name().namespace() == Some(service.uri());
    match element.tag_name().name() {
        "Select" if ours => Code::INVALID_SELECT,
        "Sort" if ours => Code::SORT_NOT_SUPPORTED,
        "TestItem" if ours => Code::NO_SUCH_TEST,
        "Subscription" if ours => Code::TRIGGER_NOT_SUPPORTED,
        _ => Code::EXTENSION_NOT_SUPPORTED,
    }
}

/// Attributes of features that are not offered, and the code that says so. `includeCommonAttributes` has none and is
/// passed over: common attributes are not kept, so there are none to include.
const REFUSED_ATTRIBUTES: [(&str, Code); 7] = [
    ("objectType", Code::UNSUPPORTED_OBJECT_TYPE),
    ("predefined", Code::UNSUPPORTED_PREDEFINED),
    ("contingency", Code::NO_SUCH_TEST),
    ("count", Code::PAGINATION_NOT_SUPPORTED),
    ("offset", Code::PAGINATION_NOT_SUPPORTED),
    ("setID", Code::PAGINATION_NOT_SUPPORTED),
    ("setReq", Code::PAGINATION_NOT_SUPPORTED),
];
const ITEMS_MAX: usize = 16;
const ITEM_ID_BYTES_MAX: usize = 64;
const SELECT_BYTES_MAX: usize = 256;
