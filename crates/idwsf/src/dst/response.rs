use jiff::Timestamp;
use xml::{Attr, Fragment, Node, VerifiedNode, Writer};

use super::query::item_attribute;
use super::{Code, Outcome, QUERY_RESPONSE, Reason, ServiceType, Status};
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
        writer.start(LU, "Status", &[Attr::plain("code", self.status.outcome.as_str())]);
        for reason in &self.status.reasons {
            let mut attrs = vec![Attr::plain("code", reason.code.as_str())];
            attrs.extend(reason.item.as_deref().map(|item| Attr::plain("ref", item)));
            writer.empty(LU, "Status", &attrs);
        }
        writer.end();
        for data in &self.data {
            let attrs: Vec<Attr> =
                data.item_ref.as_deref().map(|id| Attr::plain("itemIDRef", id)).into_iter().collect();
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
#[derive(Clone, Copy)]
pub struct DataNode<'a, 'i> {
    /// The `itemID` of the question.
    pub item_ref: Option<&'a str>,
    /// The element itself: what was asked for are its children.
    pub node: Node<'a, 'i>,
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

    /// Reads the one `QueryResponse` in a verified body.
    pub(crate) fn read(service: ServiceType, body: VerifiedNode<'a, 'i>) -> Option<Self> {
        let response = xml::child(body.node(), service.ns(), QUERY_RESPONSE).ok()?;
        let status = xml::child(response, LU, "Status").ok()?;
        let outcome = Outcome::read(xml::unqualified(status, "code")?)?;
        let reasons = xml::children(status, LU, "Status").map(reason).collect::<Option<Vec<Reason>>>()?;
        let time_stamp = match xml::unqualified(response, "timeStamp") {
            Some(text) => Some(instant::read(text)?),
            None => None,
        };
        let data = xml::children(response, service.ns(), "Data")
            .map(|node| DataNode { item_ref: item_attribute(node, "itemIDRef"), node })
            .collect();
        Some(Self { status: Status { outcome, reasons }, time_stamp, data })
    }
}

fn reason(status: Node) -> Option<Reason> {
    let code = Code::parse(xml::unqualified(status, "code")?).ok()?;
    Some(Reason { code, item: xml::unqualified(status, "ref").map(str::to_owned) })
}
