//! The messages that discovery and identity mapping travel in: the same binding as that of data services, where a purpose of
//! use may be stated and need not, since what they answer is not data; and where a message is about no person, without a token.

mod answer;
mod receive;
mod seal;

pub use answer::{Expect, open_reply};
pub use receive::{Authenticated, Directory, Person, VerifiedCall, authenticate};
pub use seal::{Call, seal_call, seal_call_with, seal_reply};

pub(crate) use super::response::read_status;

use xml::{Node, Writer};

use super::response::FAILED;
use super::{Kind, Request, Response};
use crate::mapping;
use crate::names::IMS;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Of the discovery service.
    Discovery(Request),
    /// Of the identity mapping service.
    Mapping(mapping::Request),
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// By the discovery service.
    Discovery(Response),
    /// By the identity mapping service.
    Mapping(mapping::Response),
}

/// What a question and its answer are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Discovery.
    Discovery(Kind),
    /// Identity mapping.
    Mapping,
}

impl Topic {
    /// `wsa:Action`, and `SOAPAction` in quotes, of the question.
    #[must_use]
    pub fn action(self) -> String {
        match self {
            Self::Discovery(kind) => kind.action(),
            Self::Mapping => mapping::action(),
        }
    }

    /// `wsa:Action` of the answer.
    #[must_use]
    pub fn response_action(self) -> String {
        match self {
            Self::Discovery(kind) => kind.response_action(),
            Self::Mapping => mapping::response_action(),
        }
    }

    /// Whether it is about a person, whom a token then has to name.
    #[must_use]
    pub const fn is_personal(self) -> bool {
        match self {
            Self::Discovery(kind) => kind.is_personal(),
            Self::Mapping => true,
        }
    }

    fn all() -> impl Iterator<Item = Self> {
        Kind::ALL.into_iter().map(Self::Discovery).chain([Self::Mapping])
    }

    fn of(payload: Node) -> Option<Self> {
        let mapping = xml::is(payload, IMS, mapping::REQUEST).then_some(Self::Mapping);
        Kind::of(payload).map(Self::Discovery).or(mapping)
    }
}

impl Question {
    /// Its topic.
    #[must_use]
    pub const fn topic(&self) -> Topic {
        match self {
            Self::Discovery(request) => Topic::Discovery(request.kind()),
            Self::Mapping(_) => Topic::Mapping,
        }
    }

    /// Reads a question; what cannot be read is answered with `Failed`.
    fn read(topic: Topic, payload: Node, own_token: Option<&str>) -> Result<Self, Reply> {
        let read = match topic {
            Topic::Discovery(kind) => Request::read(kind, payload).map(Self::Discovery),
            Topic::Mapping => mapping::Request::read(payload, own_token).map(Self::Mapping),
        };
        read.ok_or_else(|| match topic {
            Topic::Discovery(kind) => Reply::Discovery(Response::only(kind, FAILED)),
            Topic::Mapping => Reply::Mapping(mapping::Response { status: FAILED, outputs: Vec::new() }),
        })
    }

    fn write(&self, w: &mut Writer) {
        match self {
            Self::Discovery(request) => request.write(w),
            Self::Mapping(request) => request.write(w),
        }
    }
}

impl Reply {
    /// Its topic.
    #[must_use]
    pub const fn topic(&self) -> Topic {
        match self {
            Self::Discovery(response) => Topic::Discovery(response.kind()),
            Self::Mapping(_) => Topic::Mapping,
        }
    }

    fn read(topic: Topic, payload: Node) -> Option<Self> {
        match topic {
            Topic::Discovery(kind) => Response::read(kind, payload).map(Self::Discovery),
            Topic::Mapping => mapping::Response::read(payload).map(Self::Mapping),
        }
    }

    fn write(&self, w: &mut Writer) {
        match self {
            Self::Discovery(response) => response.write(w),
            Self::Mapping(response) => response.write(w),
        }
    }
}
