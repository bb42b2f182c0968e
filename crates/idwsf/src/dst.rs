//! Data Services Template 2.1 (`urn:liberty:dst:2006-08`): the question, the answer, and how the answer went.
//!
//! The person asked about is the subject of the token. No message body names a person.

mod item;
mod modify;
mod page;
mod query;
mod response;
mod status;

pub use modify::{Current, Modify, ModifyItem, ModifyReply, ModifyResponse};
pub use page::{Found, Page, Rest, SetRequest};
pub use query::{Query, QueryItem, lookup};
pub use response::{Data, DataNode, Got, QueryResponse, Reply};
pub use status::{Code, Outcome, Reason, Status};

use xml::Ns;

/// One kind of data service. Its URI is the `di:ServiceType`, the namespace of its messages, and the start of its actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceType(Ns);

impl ServiceType {
    /// National health insurance, of a city or town (国民健康保険).
    pub const NHI: Self = Self(Ns::new("nhi", "urn:x-kagawa:nhi:2009-03:dst-2.1"));
    /// Employees' health insurance, of a society or association (健康保険).
    pub const KHI: Self = Self(Ns::new("khi", "urn:x-kagawa:khi:2009-03:dst-2.1"));

    /// The service type of this URI, if it is one of ours.
    #[must_use]
    pub fn by_uri(uri: &str) -> Option<Self> {
        [Self::NHI, Self::KHI].into_iter().find(|service| service.uri() == uri)
    }

    /// The URI.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        self.0.uri
    }

    /// The namespace of its messages and of the data in them.
    #[must_use]
    pub const fn ns(self) -> Ns {
        self.0
    }

    /// `wsa:Action`, and `SOAPAction` in quotes, of a query.
    #[must_use]
    pub fn query_action(self) -> String {
        format!("{}:{QUERY}", self.uri())
    }

    /// `wsa:Action` of the answer to a query.
    #[must_use]
    pub fn response_action(self) -> String {
        format!("{}:{QUERY_RESPONSE}", self.uri())
    }

    /// `wsa:Action`, and `SOAPAction` in quotes, of a change.
    #[must_use]
    pub fn modify_action(self) -> String {
        format!("{}:{MODIFY}", self.uri())
    }

    /// `wsa:Action` of the answer to a change.
    #[must_use]
    pub fn modify_response_action(self) -> String {
        format!("{}:{MODIFY_RESPONSE}", self.uri())
    }
}

/// The body element of a question, in the service's namespace.
pub(crate) const QUERY: &str = "Query";
/// The body element of an answer, in the service's namespace.
pub(crate) const QUERY_RESPONSE: &str = "QueryResponse";
/// The body element of a change, in the service's namespace.
pub(crate) const MODIFY: &str = "Modify";
/// The body element of the answer to a change, in the service's namespace.
pub(crate) const MODIFY_RESPONSE: &str = "ModifyResponse";
/// `Query/@id` and `Modify/@id`, which the usage directive refers to.
pub(crate) const QUERY_ID: &str = "query";
