//! Table `linking`: wishes to be linked with an institution, from the asking on.

use db::{Db, Error, Row, Tx, params};
use jiff::Timestamp;

use super::link::Link;
use crate::ids::ResidentId;

/// A wish of a resident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linking {
    /// The institution's entity id.
    pub provider: String,
    /// That of the pseudonym, which no other wish has.
    pub generation: i64,
    /// How far it has come.
    pub state: State,
    /// The version of the text that the resident agreed to.
    pub text_version: String,
    /// The day of the last asking.
    pub asked_at: Timestamp,
    /// How often it was sent on that day, of the times that may have been answered.
    pub tries: i64,
    /// Until when somebody waits for an answer at most.
    pub sending_until: Option<Timestamp>,
}

impl Linking {
    /// Whether it is the wish for this link.
    #[must_use]
    pub fn is_for(&self, link: &Link) -> bool {
        self.provider == link.provider && self.generation == link.generation
    }
}

/// How far a wish has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Asked, and without an answer.
    Asked,
    /// A clerk at the institution looks at it.
    Review,
    /// The institution has linked a record; the resident has not said yet that it is theirs.
    Linked,
    /// The resident has said that it is theirs.
    Confirmed,
    /// The institution has nobody of that kind.
    Unmatched,
    /// The institution would not, or has ended it.
    Refused,
    /// The resident has said that it is not theirs.
    Denied,
    /// The resident did not want to wait.
    Withdrawn,
}

impl State {
    const ALL: [Self; 8] = [
        Self::Asked,
        Self::Review,
        Self::Linked,
        Self::Confirmed,
        Self::Unmatched,
        Self::Refused,
        Self::Denied,
        Self::Withdrawn,
    ];

    /// The code in the database.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Review => "review",
            Self::Linked => "linked",
            Self::Confirmed => "confirmed",
            Self::Unmatched => "unmatched",
            Self::Refused => "refused",
            Self::Denied => "denied",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether something is still to come of it.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Asked | Self::Review | Self::Linked)
    }
}

const SELECT: &str = "SELECT provider, generation, state, text_version, asked_at, tries, sending_until FROM linking \
     WHERE resident_id = $1 ORDER BY provider, generation DESC";

/// The wishes of a resident, by institution and the newest first.
///
/// # Errors
/// When the database fails.
pub async fn of(db: &Db, resident: ResidentId) -> Result<Vec<Linking>, Error> {
    db.fetch_all(SELECT, params![resident.bytes()]).await?.iter().map(read).collect()
}

/// The same, to change one.
///
/// # Errors
/// When the database fails.
pub async fn get_of(tx: &mut Tx, resident: ResidentId) -> Result<Vec<Linking>, Error> {
    tx.fetch_all(SELECT, params![resident.bytes()]).await?.iter().map(read).collect()
}

/// A wish begins.
///
/// # Errors
/// [`Error::Unique`] when the generation is there already.
pub async fn insert(tx: &mut Tx, resident: ResidentId, linking: &Linking) -> Result<(), Error> {
    let sql = "INSERT INTO linking (state, text_version, asked_at, tries, sending_until, resident_id, provider, generation) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    tx.execute(sql, values(resident, linking)).await.map(drop)
}

/// A wish has come further.
///
/// # Errors
/// When the database fails.
pub async fn update(tx: &mut Tx, resident: ResidentId, linking: &Linking) -> Result<(), Error> {
    let sql = "UPDATE linking SET state = $1, text_version = $2, asked_at = $3, tries = $4, sending_until = $5 \
         WHERE resident_id = $6 AND provider = $7 AND generation = $8";
    tx.execute(sql, values(resident, linking)).await.map(drop)
}

fn values(resident: ResidentId, linking: &Linking) -> Vec<db::Value> {
    params![
        linking.state.code(),
        linking.text_version.as_str(),
        linking.asked_at,
        linking.tries,
        linking.sending_until,
        resident.bytes(),
        linking.provider.as_str(),
        linking.generation
    ]
}

fn read(row: &Row) -> Result<Linking, Error> {
    let code: String = row.get("state")?;
    Ok(Linking {
        provider: row.get("provider")?,
        generation: row.get("generation")?,
        // A word of a later version: nothing that this one could go on with.
        state: State::ALL.into_iter().find(|state| state.code() == code).unwrap_or(State::Refused),
        text_version: row.get("text_version")?,
        asked_at: row.get("asked_at")?,
        tries: row.get("tries")?,
        sending_until: row.get("sending_until")?,
    })
}
