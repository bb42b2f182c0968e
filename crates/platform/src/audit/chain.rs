//! The chain itself: what an entry says, and the hash that binds it to everything before it.

use aws_lc_rs::digest::{Context, SHA256};
use jiff::Timestamp;

/// Label of the hash, so that it can never be mistaken for another.
const LABEL: &[u8] = b"SSC audit/1\0";

/// What stands before the first entry.
pub const GENESIS: Hash = [0; 32];

/// A SHA-256 value.
pub type Hash = [u8; 32];

/// One disclosure, as the log keeps it for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// 1, 2, 3 … without a gap.
    pub number: i64,
    /// When it was written, before anything was shown.
    pub at: Timestamp,
    /// The resident, under the pseudonym of this log.
    pub subject: Hash,
    /// `resident`, `institution` or `service`.
    pub actor_kind: String,
    /// Who looked: an institution's code or a service's entity ID; empty for the resident.
    pub actor: String,
    /// Which member of staff.
    pub staff: Option<[u8; 16]>,
    /// What kind of data.
    pub category: String,
    /// Why.
    pub purpose: String,
    /// Which institution's data: its entity id, or `none` when nobody holds anything.
    pub source: String,
    /// `shown`, or why there was nothing to show.
    pub outcome: String,
    /// Keyed digest of the message id.
    pub message: Hash,
    /// The hash of the entry before.
    pub previous: Hash,
}

impl Entry {
    /// The hash over every field, each with its length before it, and over the entry before.
    pub fn hash(&self) -> Hash {
        let mut context = Context::new(&SHA256);
        context.update(LABEL);
        let mut field = |bytes: &[u8]| {
            context.update(&(bytes.len() as u64).to_be_bytes());
            context.update(bytes);
        };
        field(&self.previous);
        field(&self.number.to_be_bytes());
        field(&self.at.as_microsecond().to_be_bytes());
        field(&self.subject);
        field(self.actor_kind.as_bytes());
        field(self.actor.as_bytes());
        field(self.staff.as_ref().map_or(&[][..], |staff| &staff[..]));
        field(self.category.as_bytes());
        field(self.purpose.as_bytes());
        field(self.source.as_bytes());
        field(self.outcome.as_bytes());
        field(&self.message);
        let mut hash = GENESIS;
        hash.copy_from_slice(context.finish().as_ref());
        hash
    }
}

/// An entry and the hash that stands beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// What it says.
    pub entry: Entry,
    /// What its hash is said to be.
    pub hash: Hash,
}

/// Why a log is not the one that was written. Each names the first entry that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// An entry is missing or out of order.
    #[error("entry {expected} is missing: entry {found} stands in its place")]
    Missing {
        /// The number that should follow.
        expected: i64,
        /// The number found.
        found: i64,
    },
    /// An entry does not hash to what stands beside it.
    #[error("entry {number} was changed: its hash does not fit")]
    Changed {
        /// Its number.
        number: i64,
    },
    /// An entry does not continue the one before it.
    #[error("entry {number} does not continue the entry before it")]
    Detached {
        /// Its number.
        number: i64,
    },
    /// A column of an entry holds what none ever wrote there, such as a time that does not exist.
    #[error("entry {number} was changed: it cannot be read")]
    Unreadable {
        /// Its number.
        number: i64,
    },
    /// The log ends elsewhere than its sealed end says.
    #[error("entry {number} is the last one, but the sealed end of the log is another")]
    End {
        /// The number of the last entry; 0 for an empty log.
        number: i64,
    },
    /// The end of the log is not sealed by this key store.
    #[error("the seal at the end of the log, after entry {number}, is not ours")]
    Seal {
        /// The number of the last entry.
        number: i64,
    },
}

/// The end of a chain that holds so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tip {
    /// The number of the last entry; 0 for an empty log.
    pub number: i64,
    /// Its hash.
    pub hash: Hash,
}

impl Default for Tip {
    fn default() -> Self {
        Self { number: 0, hash: GENESIS }
    }
}

impl Tip {
    /// Steps over the next entry, if it is the one that follows.
    ///
    /// # Errors
    /// [`Broken`], naming the entry.
    pub fn step(self, next: &Written) -> Result<Self, Broken> {
        let number = next.entry.number;
        let expected = self.number + 1;
        if number != expected {
            return Err(Broken::Missing { expected, found: number });
        }
        if next.entry.hash() != next.hash {
            return Err(Broken::Changed { number });
        }
        if next.entry.previous != self.hash {
            return Err(Broken::Detached { number });
        }
        Ok(Self { number, hash: next.hash })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(number: i64, previous: Hash) -> Written {
        let entry = Entry {
            number,
            at: Timestamp::UNIX_EPOCH,
            subject: [7; 32],
            actor_kind: "institution".into(),
            actor: "3710199997".into(),
            staff: Some([3; 16]),
            category: "eligibility".into(),
            purpose: "eligibility-check".into(),
            source: "https://nhi.example/metadata".into(),
            outcome: "shown".into(),
            message: [9; 32],
            previous,
        };
        let hash = entry.hash();
        Written { entry, hash }
    }

    #[test]
    fn a_chain_holds_until_an_entry_is_touched() {
        let first = written(1, GENESIS);
        let second = written(2, first.hash);
        let tip = Tip::default().step(&first).unwrap();
        assert_eq!(tip.step(&second).unwrap().number, 2);

        let mut renamed = second.clone();
        renamed.entry.actor = "3710199998".into();
        assert_eq!(tip.step(&renamed), Err(Broken::Changed { number: 2 }));

        let mut rewritten = renamed;
        rewritten.entry.previous = [1; 32];
        rewritten.hash = rewritten.entry.hash();
        assert_eq!(tip.step(&rewritten), Err(Broken::Detached { number: 2 }));
        assert_eq!(Tip::default().step(&second), Err(Broken::Missing { expected: 1, found: 2 }));
    }

    #[test]
    fn a_field_cannot_run_into_its_neighbour() {
        let mut left = written(1, GENESIS).entry;
        let mut right = left.clone();
        (left.category, left.purpose) = ("ab".into(), "c".into());
        (right.category, right.purpose) = ("a".into(), "bc".into());
        assert_ne!(left.hash(), right.hash());
    }
}
