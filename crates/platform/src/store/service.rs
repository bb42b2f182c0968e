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

/// Entity IDs of the services whose metadata is to be fetched anew by now, the longest due first.
///
/// # Errors
/// When the database fails.
pub async fn due(db: &Db, now: Timestamp) -> Result<Vec<String>, Error> {
    let sql = "SELECT entity FROM service WHERE refresh_at <= $1 AND source <> '' ORDER BY refresh_at, entity";
    db.fetch_all(sql, params![now]).await?.iter().map(|row| row.get("entity")).collect()
}

/// When metadata of any service was last found to be good. Whoever knows it knows whether to look further.
///
/// # Errors
/// When the database fails.
pub async fn last_refreshed(db: &Db) -> Result<Option<Timestamp>, Error> {
    let sql = "SELECT refreshed_at FROM service ORDER BY refreshed_at DESC LIMIT 1";
    db.fetch_optional(sql, params![]).await?.map(|row| row.get("refreshed_at")).transpose()
}

/// What a list of services tells of one, beside what its metadata says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its entity ID.
    pub entity: String,
    /// Whether it may log residents in.
    pub state: State,
    /// When its metadata was last found to be good.
    pub refreshed_at: Timestamp,
    /// Code of what the last fetch failed by; empty when it did not.
    pub problem: String,
}

/// Every service, by entity ID, without its metadata.
///
/// # Errors
/// When the database fails.
pub async fn list(db: &Db) -> Result<Vec<Listed>, Error> {
    let sql = "SELECT entity, state, refreshed_at, problem FROM service ORDER BY entity";
    let read = |row: &Row| {
        Ok(Listed {
            entity: row.get("entity")?,
            state: state(row)?,
            refreshed_at: row.get("refreshed_at")?,
            problem: row.get("problem")?,
        })
    };
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

fn state(row: &Row) -> Result<State, Error> {
    let code: String = row.get("state")?;
    Ok(if code == State::Active.code() { State::Active } else { State::Suspended })
}

fn read(row: &Row) -> Result<Kept, Error> {
    Ok(Kept {
        entity: row.get("entity")?,
        state: state(row)?,
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
