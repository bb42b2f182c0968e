//! What a site's page and the agent say to each other, in JSON. Binary values are lower-case hexadecimal text.
//!
//! The site's origin is never among these values: the browser says it, in the `Origin` header.

use card::protocol::{Ke1, Ke2, Ke3, Opening, Proof, Start};
use serde::{Deserialize, Serialize};

/// Header that carries a pairing token.
pub const PAIR_HEADER: &str = "x-ssc-pair";

/// Answer to `GET /v1/hello`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Hello {
    /// Version of the agent.
    pub agent: String,
    /// Whether the token in [`PAIR_HEADER`] allows this site to read cards without a PIN.
    pub paired: bool,
    /// What is connected, the chosen reader first.
    pub readers: Vec<Reader>,
}

/// One reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    /// Name as the operating system gives it.
    pub name: String,
    /// What lies on it.
    pub card: CardState,
}

/// What lies on a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CardState {
    /// Nothing.
    None,
    /// A card that may be one of ours.
    Ready,
    /// A card of another kind.
    Other,
    /// Something that another program uses exclusively.
    Busy,
}

/// Body of `POST /v1/login` and of `POST /v1/reception/prove`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Begin {
    /// SSC-CARD/1 message 0, as the site's server gave it.
    pub start: Start,
}

/// Answer to `POST /v1/login` and `POST /v1/pair`: the page must show `window` to the person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Opened {
    /// Names this errand in later calls. Random, valid for 120 seconds.
    pub ticket: String,
    /// Address of the agent's own page for the person.
    pub window: String,
}

/// Body of a call that waits for the person or for a card.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// Longest wait in milliseconds; the agent has its own upper limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u64>,
    /// Code of what the page last heard is missing at the reader; empty if it has heard nothing. The call then returns as
    /// soon as something else is true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader: Option<String>,
}

/// Answer of a waiting call whose time ran out: call again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pending {
    /// Always `true`.
    pub pending: bool,
    /// What is missing at the reader, for a page that wants to say so as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader: Option<FailureText>,
}

/// Answer to `POST /v1/login/<ticket>/prove` and `POST /v1/reception/prove`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Proved {
    /// SSC-CARD/1 message 2.
    pub proof: Proof,
}

/// Body of `POST /v1/login/<ticket>/open`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Open {
    /// SSC-CARD/1 message 3.
    pub opening: Opening,
}

/// Answer to `POST /v1/login/<ticket>/open`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Exchange {
    /// SSC-CARD/1 message 5.
    pub ke1: Ke1,
}

/// Body of `POST /v1/login/<ticket>/finish`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finish {
    /// SSC-CARD/1 message 6.
    pub ke2: Ke2,
}

/// Answer to `POST /v1/login/<ticket>/finish`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Finished {
    /// The PIN was right, as far as the agent can tell.
    Right {
        /// SSC-CARD/1 message 7.
        ke3: Ke3,
    },
    /// The PIN was wrong; there is no message 7.
    Wrong {
        /// Always `true`.
        wrong_pin: bool,
    },
}

/// Body of `POST /v1/login/<ticket>/done`: what the window tells the person. The words are the agent's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Done {
    /// How it ended.
    pub outcome: Outcome,
    /// Tries that are left after a wrong PIN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tries_left: Option<u8>,
}

/// How a login ended at the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The person is logged in.
    Admitted,
    /// The PIN was wrong.
    WrongPin,
    /// The card is locked after too many wrong PINs.
    Locked,
    /// The site refused for another reason, which its own page states.
    Refused,
}

/// Answer to `POST /v1/pair/<ticket>`.
#[derive(Clone, Serialize, Deserialize)]
pub struct Paired {
    /// For [`PAIR_HEADER`]. The agent keeps only its hash.
    pub token: String,
}

/// Body of `POST /v1/reception/wait`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// What the page believes: the call returns as soon as this is not so.
    pub card: bool,
    /// Code of what the page last heard is missing at the reader: the call returns as soon as something else is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader: Option<String>,
    /// Longest wait in milliseconds; the agent has its own upper limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u64>,
}

/// Answer to `POST /v1/reception/wait`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Watched {
    /// Whether a card that may be ours lies on the reader.
    pub card: bool,
    /// What is missing at the reader.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader: Option<FailureText>,
}

/// Any call that failed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Failure {
    /// Why.
    pub error: FailureText,
}

/// A stable code, and what the person reads.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FailureText {
    /// One of the codes of [`Problem`](crate::Problem).
    pub code: String,
    /// 日本語
    pub ja: String,
    /// English
    pub en: String,
}
