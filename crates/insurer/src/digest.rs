//! Names that only this node can compute: HMACs with its own key, so that no other database has an equal value.

use db::Value;
use health::{Coverage, Enrolment, folded};
use idwsf::{EntityId, MessageId, Pseudonym};
use jiff::civil::Date;
use keys::Keys;

use crate::Error;
use crate::app::DIGEST_KEY;

/// Makes the names.
#[derive(Clone, Copy)]
pub(crate) struct Digests<'k>(pub(crate) &'k Keys);

/// Declares one identifier per thing named.
macro_rules! names {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(pub(crate) [u8; 32]);

        impl From<$name> for Value {
            fn from(name: $name) -> Value {
                Value::from(name.0)
            }
        }
    )* };
}

names! {
    /// An insured person.
    MemberId,
    /// A row of a file, such as one period of an insured person.
    RecordId,
    /// The content of a record.
    ContentDigest,
    /// A pseudonym.
    PseudonymDigest,
    /// A service that has tokens for a pseudonym: another digest for each person, so that rows of a service are not to be found.
    HolderDigest,
    /// What a period is found by: a number, or a birth date.
    SearchKey,
    /// A message of a sender. The region's log has the message's own name, so that we do not.
    MessageDigest,
}

/// What names an insured person at an insurer.
///
/// A branch number is personal. Without one, the household shares the number, so that the person's name and birth
/// date are needed to tell them apart.
pub(crate) struct Insured<'a> {
    pub(crate) symbol: Option<&'a str>,
    pub(crate) number: &'a str,
    pub(crate) branch: Option<&'a str>,
    pub(crate) birth: &'a str,
    pub(crate) name: &'a str,
}

impl Digests<'_> {
    pub(crate) fn member(self, insured: &Insured<'_>) -> Result<MemberId, Error> {
        let symbol = insured.symbol.map(folded).unwrap_or_default();
        let number = folded(insured.number);
        let branch = insured.branch.map(folded).unwrap_or_default();
        let name = folded(insured.name);
        let (birth, name) = if branch.is_empty() { (insured.birth, name.as_str()) } else { ("", "") };
        self.made("member", &[&symbol, &number, &branch, birth, name]).map(MemberId)
    }

    pub(crate) fn member_of(self, coverage: &Coverage) -> Result<MemberId, Error> {
        self.member(&Insured {
            symbol: coverage.symbol.as_deref(),
            number: &coverage.number,
            branch: coverage.branch.as_deref(),
            birth: &coverage.person.birth.to_string(),
            name: &coverage.person.name,
        })
    }

    /// The period's first day tells it from others of the same member; a file has no two such rows.
    pub(crate) fn coverage(self, member: MemberId, coverage: &Coverage) -> Result<RecordId, Error> {
        let name = folded(&coverage.person.name);
        let birth = coverage.person.birth.to_string();
        let from = coverage.valid_from.to_string();
        let parts = [member.0.as_slice(), name.as_bytes(), birth.as_bytes(), from.as_bytes()];
        Ok(RecordId(self.0.hmac256(DIGEST_KEY, "coverage", &parts)?))
    }

    /// The name of a member's record of another kind, by what tells it from others of the same member.
    pub(crate) fn record(self, label: &str, member: MemberId, parts: &[&str]) -> Result<RecordId, Error> {
        let parts = parts.iter().map(|part| part.as_bytes());
        let parts: Vec<&[u8]> = std::iter::once(member.0.as_slice()).chain(parts).collect();
        Ok(RecordId(self.0.hmac256(DIGEST_KEY, label, &parts)?))
    }

    pub(crate) fn content(self, record: &[u8]) -> Result<ContentDigest, Error> {
        Ok(ContentDigest(self.0.hmac256(DIGEST_KEY, "content", &[record])?))
    }

    /// By symbol and number; all insured under them have it in common.
    pub(crate) fn number(self, enrolment: &Enrolment) -> Result<SearchKey, Error> {
        self.made("number", &[&enrolment.symbol, &enrolment.number]).map(SearchKey)
    }

    pub(crate) fn birth(self, birth: Date) -> Result<SearchKey, Error> {
        self.made("birth", &[&birth.to_string()]).map(SearchKey)
    }

    /// Stands in the log where a message would: what a clerk does comes by none.
    pub(crate) fn case(self, id: &[u8; 16]) -> Result<MessageDigest, Error> {
        Ok(MessageDigest(self.0.hmac256(DIGEST_KEY, "case", &[id])?))
    }

    pub(crate) fn pseudonym(self, pseudonym: &Pseudonym) -> Result<PseudonymDigest, Error> {
        self.made("pseudonym", &[pseudonym.as_str()]).map(PseudonymDigest)
    }

    pub(crate) fn holder(self, service: &EntityId, pseudonym: &Pseudonym) -> Result<HolderDigest, Error> {
        self.made("holder", &[pseudonym.as_str(), service.as_str()]).map(HolderDigest)
    }

    pub(crate) fn message(self, sender: &EntityId, id: &MessageId) -> Result<MessageDigest, Error> {
        self.made("message", &[sender.as_str(), id.as_str()]).map(MessageDigest)
    }

    /// A pseudonym as the access log has it: another name for each message. The moment of an entry is known elsewhere, too, so
    /// that an entry must not lead to a person by anything but the node's key, nor to other entries about that person.
    pub(crate) fn in_log(self, pseudonym: PseudonymDigest, message: MessageDigest) -> Result<[u8; 32], Error> {
        Ok(self.0.hmac256(DIGEST_KEY, "access log pseudonym", &[&pseudonym.0, &message.0])?)
    }

    fn made(self, label: &str, parts: &[&str]) -> Result<[u8; 32], Error> {
        let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
        Ok(self.0.hmac256(DIGEST_KEY, label, &parts)?)
    }
}
