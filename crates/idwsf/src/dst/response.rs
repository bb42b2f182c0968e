use jiff::Timestamp;
use xml::{Attr, Fragment, Node, VerifiedNode, Writer};

use super::item::item_attribute;
use super::page::attributes;
use super::{Code, QUERY_RESPONSE, Rest, ServiceType, Status};
use crate::names::LU;
use saml::instant;

/// `QueryResponse`, as a service writes it.
#[derive(Clone, PartialEq, Eq)]
pub struct QueryResponse {
    /// The service that answers.
    pub service: ServiceType,
    /// How it went.
    pub status: Status,
    /// What was asked for, one per answered item.
    pub data: Vec<Data>,
    /// As of when the answer holds.
    pub time_stamp: Option<Timestamp>,
}

/// `Data`: the answer to one item.
#[derive(Clone, PartialEq, Eq)]
pub struct Data {
    /// The `itemID` of the question.
    pub item_ref: Option<String>,
    /// The elements answered; none if the path is right and there is nothing.
    pub content: Vec<Fragment>,
    /// What is left, if a part was asked for.
    pub rest: Option<Rest>,
}

impl QueryResponse {
    /// The answer to a query that could not be read: a status and no data.
    #[must_use]
    pub fn refused(service: ServiceType, status: Status, time_stamp: Timestamp) -> Self {
        Self { service, status, data: Vec::new(), time_stamp: Some(time_stamp) }
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        let ns = self.service.ns();
        let time_stamp = self.time_stamp.map(instant::write);
        let attrs: Vec<Attr> = time_stamp.as_deref().map(|at| Attr::plain("timeStamp", at)).into_iter().collect();
        writer.start(ns, QUERY_RESPONSE, &attrs);
        self.status.write(writer);
        for data in &self.data {
            let mut attrs = Vec::new();
            attrs.extend(data.item_ref.as_deref().map(|id| Attr::plain("itemIDRef", id)));
            let rest = data.rest.as_ref().map(Rest::texts);
            attrs.extend(rest.iter().flat_map(|texts| attributes(texts)));
            writer.start(ns, "Data", &attrs);
            for fragment in &data.content {
                writer.raw(fragment);
            }
            writer.end();
        }
        writer.end();
    }
}

/// `QueryResponse`, as a client reads it: part of a body whose signature was verified. Only [`crate::message::open_response`]
/// hands one out.
pub struct Reply<'a, 'i> {
    /// How it went.
    pub status: Status,
    /// As of when the answer holds, if the service says so.
    pub time_stamp: Option<Timestamp>,
    data: Vec<DataNode<'a, 'i>>,
}

/// One verified `Data` element.
#[derive(Clone)]
pub struct DataNode<'a, 'i> {
    /// The `itemID` of the question.
    pub item_ref: Option<&'a str>,
    /// The element itself: what was asked for are its children.
    pub node: Node<'a, 'i>,
    /// What is left, if a part was asked for.
    pub rest: Rest,
}

/// What came of one item.
pub enum Got<'r, 'a, 'i> {
    /// It was answered, whatever became of the others.
    Data(&'r DataNode<'a, 'i>),
    /// It was refused, for these reasons.
    Refused(Vec<&'r Code>),
    /// The answer does not speak of it.
    Nothing,
}

impl<'a, 'i> Reply<'a, 'i> {
    /// All answers, in order.
    #[must_use]
    pub fn data(&self) -> &[DataNode<'a, 'i>] {
        &self.data
    }

    /// The `Data` that answers one item.
    #[must_use]
    pub fn data_of(&self, item: &str) -> Option<Node<'a, 'i>> {
        self.data.iter().find(|data| data.item_ref == Some(item)).map(|data| data.node)
    }

    /// What came of one item. A partial answer keeps its good items.
    #[must_use]
    pub fn item(&self, id: &str) -> Got<'_, 'a, 'i> {
        if let Some(data) = self.data.iter().find(|data| data.item_ref == Some(id)) {
            return Got::Data(data);
        }
        let named: Vec<&Code> =
            self.status.reasons.iter().filter(|r| r.item.as_deref() == Some(id)).map(|r| &r.code).collect();
        // A reason without a name is for the query as a whole.
        let reasons = if named.is_empty() { self.status.reasons_of_all().collect() } else { named };
        if reasons.is_empty() { Got::Nothing } else { Got::Refused(reasons) }
    }

    /// Reads the one `QueryResponse` in a verified body. Two answers to one item are none.
    pub(crate) fn read(service: ServiceType, body: VerifiedNode<'a, 'i>) -> Option<Self> {
        let response = xml::child(body.node(), service.ns(), QUERY_RESPONSE).ok()?;
        let status = Status::read(xml::child(response, LU, "Status").ok()?)?;
        let time_stamp = match xml::unqualified(response, "timeStamp") {
            Some(text) => Some(instant::read(text)?),
            None => None,
        };
        let mut data: Vec<DataNode<'a, 'i>> = Vec::new();
        for node in xml::children(response, service.ns(), "Data") {
            let item_ref = item_attribute(node, "itemIDRef");
            if data.iter().any(|before| before.item_ref == item_ref) {
                return None;
            }
            data.push(DataNode { item_ref, node, rest: Rest::read(node)? });
        }
        Some(Self { status, time_stamp, data })
    }
}
