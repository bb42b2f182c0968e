//! Table `service`: the registered services.

use db::{Db, Error, Row, Tx, params};
use jiff::Timestamp;

/// A registered service as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its entity ID.
    pub entity: String,
    /// Whether it may log residents in.
    pub state: State,
    /// Its metadata, as it came.
    pub metadata: Vec<u8>,
    /// What was agreed with it, JSON.
    pub policy: String,
    /// Where its metadata is fetched anew; empty for a file.
    pub source: String,
    /// The certificate (DER) that the fetched metadata must be signed with; empty for a file.
    pub source_key: Vec<u8>,
    /// The last change.
    pub revision: i64,
    /// When it was registered.
    pub added_at: Timestamp,
    /// When its metadata was last found to be good.
    pub refreshed_at: Timestamp,
    /// When its metadata is fetched anew.
    pub refresh_at: Timestamp,
    /// Code of what the last fetch failed by; empty when it did not.
    pub problem: String,
}

/// Whether a service may log residents in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It may.
    Active,
    /// The office has stopped it for now.
    Suspended,
}

impl State {
    fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }
}

/// Every service, by entity ID.
///
/// # Errors
/// When the database fails.
pub async fn all(db: &Db) -> Result<Vec<Kept>, Error> {
    let sql = "SELECT entity, state, metadata, policy, source, source_key, revision, added_at, refreshed_at, \
         refresh_at, problem FROM service ORDER BY entity";
    db.fetch_all(sql, params![]).await?.iter().map(read).collect()
}

const SELECT_ONE: &str = "SELECT entity, state, metadata, policy, source, source_key, revision, added_at, \
     refreshed_at, refresh_at, problem FROM service WHERE entity = $1";

/// A service.
///
/// # Errors
/// When the database fails.
pub async fn find(db: &Db, entity: &str) -> Result<Option<Kept>, Error> {
    db.fetch_optional(SELECT_ONE, params![entity]).await?.as_ref().map(read).transpose()
}

/// As [`find`], for a decision.
///
/// # Errors
/// When the database fails.
pub async fn find_in(tx: &mut Tx, entity: &str) -> Result<Option<Kept>, Error> {
    tx.fetch_optional(SELECT_ONE, params![entity]).await?.as_ref().map(read).transpose()
}

/// A new service.
///
/// # Errors
/// [`Error::Unique`] when it is registered already.
pub async fn insert(tx: &mut Tx, kept: &Kept) -> Result<(), Error> {
    let sql = "INSERT INTO service (entity, state, metadata, policy, source, source_key, revision, added_at, \
         refreshed_at, refresh_at, problem) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    tx.execute(sql, values(kept)).await.map(drop)
}

/// What a service is now.
///
/// # Errors
/// When the database fails.
pub async fn update(tx: &mut Tx, kept: &Kept) -> Result<(), Error> {
    let sql = "UPDATE service SET state = $2, metadata = $3, policy = $4, source = $5, source_key = $6, \
         revision = $7, added_at = $8, refreshed_at = $9, refresh_at = $10, problem = $11 WHERE entity = $1";
    tx.execute(sql, values(kept)).await.map(drop)
}

/// The service is registered no more.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &mut Tx, entity: &str) -> Result<(), Error> {
    tx.execute("DELETE FROM service WHERE entity = $1", params![entity]).await.map(drop)
}

fn values(kept: &Kept) -> Vec<db::Value> {
    params![
        kept.entity.as_str(),
        kept.state.code(),
        kept.metadata.as_slice(),
        kept.policy.as_str(),
        kept.source.as_str(),
        kept.source_key.as_slice(),
        kept.revision,
        kept.added_at,
        kept.refreshed_at,
        kept.refresh_at,
        kept.problem.as_str(),
    ]
}

fn read(row: &Row) -> Result<Kept, Error> {
    let state: String = row.get("state")?;
    Ok(Kept {
        entity: row.get("entity")?,
        state: if state == State::Active.code() { State::Active } else { State::Suspended },
        metadata: row.get("metadata")?,
        policy: row.get("policy")?,
        source: row.get("source")?,
        source_key: row.get("source_key")?,
        revision: row.get("revision")?,
        added_at: row.get("added_at")?,
        refreshed_at: row.get("refreshed_at")?,
        refresh_at: row.get("refresh_at")?,
        problem: row.get("problem")?,
    })
}
