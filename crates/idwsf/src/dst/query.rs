use jiff::Timestamp;
use xml::{Attr, Fragment, Node, Writer};

use super::item::{ITEMS_MAX, distinct, item_id, offered, select, unsupported};
use super::page::attributes;
use super::{Code, Data, Found, Outcome, Page, QUERY, QueryResponse, Reason, Rest, ServiceType, Status};
use crate::names::DST;
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
    /// A part of what there is; all of it if not said.
    pub page: Option<Page>,
}

impl Query {
    /// A question with one item.
    #[must_use]
    pub fn one(service: ServiceType, select: &str) -> Self {
        let item =
            QueryItem { item_id: Some("q1".to_owned()), select: select.to_owned(), changed_since: None, page: None };
        Self { service, items: vec![item] }
    }

    /// Answers item by item, with all there is for each: [`Query::answer_with`] for a service that names the states of its
    /// data.
    pub fn answer(
        &self,
        time_stamp: Timestamp,
        mut answer: impl FnMut(&QueryItem) -> Result<Vec<Fragment>, Code>,
    ) -> QueryResponse {
        self.answer_with(time_stamp, |item| answer(item).map(Found::from))
    }

    /// Answers item by item, and cuts out the part that is asked for. All answered is `OK`, some is `Partial`, none is
    /// `Failed`; an item that was refused has a reason in the status and no `Data`, one that has nothing to show has a
    /// `Data` that is empty.
    pub fn answer_with(
        &self,
        time_stamp: Timestamp,
        mut answer: impl FnMut(&QueryItem) -> Result<Found, Code>,
    ) -> QueryResponse {
        let (mut data, mut reasons, mut refused) = (Vec::new(), Vec::new(), false);
        for item in &self.items {
            let reason = |code| Reason { code, item: item.item_id.clone() };
            match answer(item).and_then(|found| item.part(found)) {
                Ok((content, rest, note)) => {
                    data.push(Data { item_ref: item.item_id.clone(), content, rest });
                    reasons.extend(note.map(reason));
                }
                Err(code) => {
                    reasons.push(reason(code));
                    refused = true;
                }
            }
        }
        let outcome = match (data.is_empty(), refused) {
            (_, false) => Outcome::Ok,
            (false, true) => Outcome::Partial,
            (true, true) => Outcome::Failed,
        };
        QueryResponse { service: self.service, status: Status { outcome, reasons }, data, time_stamp: Some(time_stamp) }
    }

    /// `id` is what a usage directive refers to.
    pub(crate) fn write(&self, id: Option<&str>, writer: &mut Writer) {
        let ns = self.service.ns();
        let attrs: Vec<Attr> = id.map(|id| Attr::plain("id", id)).into_iter().collect();
        writer.start(ns, QUERY, &attrs);
        for item in &self.items {
            let since = item.changed_since.map(instant::write);
            let mut attrs = Vec::new();
            attrs.extend(item.item_id.as_deref().map(|id| Attr::plain("itemID", id)));
            attrs.extend(since.as_deref().map(|since| Attr::plain("changedSince", since)));
            let page = item.page.as_ref().map(Page::texts);
            attrs.extend(page.iter().flat_map(|texts| attributes(texts)));
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
        let ids: Vec<Option<&str>> = items.iter().map(|item| item.item_id.as_deref()).collect();
        distinct(&ids)?;
        Ok(Self { service, items })
    }
}

impl QueryItem {
    /// The item that asks for the part after one that was answered; none after the last. Ask for [`SetRequest::Static`]
    /// first: otherwise the data may change between the parts.
    ///
    /// [`SetRequest::Static`]: super::SetRequest::Static
    #[must_use]
    pub fn after(&self, rest: &Rest) -> Option<Self> {
        let offset = rest.next_offset?;
        let count = self.page.as_ref().and_then(|page| page.count);
        let request = self.page.as_ref().and_then(|page| page.request);
        let page = Page { count, offset, set: rest.set.clone(), request };
        Some(Self { page: Some(page), ..self.clone() })
    }

    fn part(&self, found: Found) -> Result<Part, Code> {
        let note = found.note.clone();
        match &self.page {
            None => Ok((found.content, None, note)),
            Some(page) => page.cut(found).map(|(content, rest)| (content, Some(rest), note)),
        }
    }

    fn read(service: ServiceType, item: Node) -> Result<Self, Status> {
        offered(item, &REFUSED_ATTRIBUTES)?;
        let item_id = item_id(item);
        let refuse = |code: Code| Status::failed(code, item_id.clone());
        let mut path = None;
        for child in item.children().filter(Node::is_element) {
            if xml::is(child, DST, "ChangeFormat") && xml::text(child).is_ok_and(|format| format.trim() == CURRENT) {
                // What is there now is what is always answered.
                continue;
            }
            if !xml::is(child, service.ns(), "Select") || path.is_some() {
                return Err(refuse(unsupported(service, child)));
            }
            path = Some(child);
        }
        let select = select(path).map_err(refuse)?;
        let changed_since = match xml::unqualified(item, "changedSince") {
            Some(text) => Some(instant::read(text).ok_or_else(|| refuse(Code::INVALID_DATA))?),
            None => None,
        };
        let page = Page::read(item).map_err(refuse)?;
        Ok(Self { item_id, select, changed_since, page })
    }
}

/// The elements of a part, what is left, and what is to be said beside.
type Part = (Vec<Fragment>, Option<Rest>, Option<Code>);

/// Finds the path of an item in the service's table. Paths are strings that are equal or not: nothing of them is parsed.
///
/// # Errors
/// [`Code::INVALID_SELECT`] if the table has no such path.
pub fn lookup<T: Copy>(table: &[(&str, T)], item: &QueryItem) -> Result<T, Code> {
    table.iter().find(|(path, _)| *path == item.select).map(|(_, wanted)| *wanted).ok_or(Code::INVALID_SELECT)
}

/// Attributes of features that are not offered, and the code that says so. `includeCommonAttributes` has none and is
/// passed over: common attributes are not kept, so there are none to include.
const REFUSED_ATTRIBUTES: [(&str, Code); 3] = [
    ("objectType", Code::UNSUPPORTED_OBJECT_TYPE),
    ("predefined", Code::UNSUPPORTED_PREDEFINED),
    ("contingency", Code::NO_SUCH_TEST),
];
/// The one `dst:ChangeFormat` that is offered.
const CURRENT: &str = "CurrentElements";
