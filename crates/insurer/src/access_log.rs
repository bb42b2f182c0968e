//! What the insurer can show about who asked: one entry per thing asked for, each chained to the one before.

use jiff::Timestamp;

use crate::Error;
use crate::digest::{Digests, MessageDigest, PseudonymDigest};

/// One entry, before it has its place in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) at: Timestamp,
    /// The entity ID of who sent a message, or the login name of a clerk behind `clerk:`.
    pub(crate) requester: String,
    /// Nothing where the message was refused before the person mattered.
    pub(crate) pseudonym: Option<PseudonymDigest>,
    pub(crate) category: String,
    pub(crate) purpose: &'static str,
    pub(crate) message: MessageDigest,
    pub(crate) outcome: String,
}

/// What an entry's digest covers. It is made with the node's key: who changes the table cannot make it anew.
pub(crate) struct Chained<'a> {
    pub(crate) previous: &'a [u8],
    pub(crate) seq: i64,
    pub(crate) at_microseconds: i64,
    pub(crate) requester: &'a str,
    pub(crate) pseudonym: &'a [u8],
    pub(crate) category: &'a str,
    pub(crate) purpose: &'a str,
    pub(crate) message: &'a [u8],
    pub(crate) outcome: &'a str,
}

impl Chained<'_> {
    pub(crate) fn hash(&self, digests: Digests<'_>) -> Result<[u8; 32], Error> {
        let parts = [
            self.previous,
            &self.seq.to_be_bytes(),
            &self.at_microseconds.to_be_bytes(),
            self.requester.as_bytes(),
            self.pseudonym,
            self.category.as_bytes(),
            self.purpose.as_bytes(),
            self.message,
            self.outcome.as_bytes(),
        ];
        Ok(digests.0.hmac256(crate::app::DIGEST_KEY, "access log 1", &parts)?)
    }
}

/// The log's end: how many entries there are, and the digest of the last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The number of the last entry, from 1; 0 in an empty log.
    pub seq: i64,
    /// The digest of the last entry; no bytes in an empty log.
    pub hash: Vec<u8>,
}

impl End {
    /// The seal on the end, by the node's key: who cuts entries off cannot seal the new end.
    pub(crate) fn seal(&self, digests: Digests<'_>) -> Result<[u8; 32], Error> {
        let seq = self.seq.to_be_bytes();
        Ok(digests.0.hmac256(crate::app::DIGEST_KEY, "access log end 1", &[&seq, &self.hash])?)
    }
}

/// Why the access log does not verify.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// An entry is missing, changed, or not where it was.
    #[error("access log entry {seq} is not as it was written")]
    Entry {
        /// Its place, from 1.
        seq: i64,
    },
    /// The entries fit each other, and their end is not the one that the node sealed: later ones were cut off.
    #[error("access log entry {seq} is not the last one that was written")]
    End {
        /// The last entry that is there; 0 when there is none.
        seq: i64,
    },
    /// The log could not be read.
    #[error("the access log could not be read")]
    Unreadable(#[from] Error),
}

/// What the log says of an item that was answered with data.
pub(crate) const ANSWERED: &str = "answered";
/// What the log says of an item that a service asked for and that the person does not let it see, or no longer.
pub(crate) const NOT_GRANTED: &str = "not-granted";
/// What the log says of an item that a service asked for and that no rule opens to it.
pub(crate) const DENIED: &str = "ActionNotAuthorized";
/// What the log says of an item for which there was nothing to answer with.
pub(crate) const NOTHING: &str = "nothing";
