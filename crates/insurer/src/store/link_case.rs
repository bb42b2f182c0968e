//! Requests that a clerk has to decide on, and what became of them.

use db::{Db, Row, Tx, params};
use jiff::Timestamp;

use crate::Error;
use crate::digest::PseudonymDigest;
use crate::link::{CaseId, CaseState, Ending};

/// A case as it lies in the table.
pub(crate) struct Stored {
    pub(crate) id: CaseId,
    /// Nothing as soon as the case has an end.
    pub(crate) pseudonym: Option<PseudonymDigest>,
    pub(crate) state: CaseState,
    pub(crate) opened_at: Timestamp,
    /// Nothing as soon as the case has an end.
    pub(crate) content: Option<Vec<u8>>,
    pub(crate) reason: Option<String>,
    pub(crate) note: Option<Vec<u8>>,
    pub(crate) decided: Option<(String, Timestamp)>,
}

pub(crate) async fn insert(
    tx: &mut Tx,
    id: CaseId,
    pseudonym: PseudonymDigest,
    content: &[u8],
    now: Timestamp,
) -> Result<(), Error> {
    let sql =
        "INSERT INTO link_case (case_id, pseudonym, state, opened_at, content) VALUES ($1, $2, 'waiting', $3, $4)";
    tx.execute(sql, params![id, pseudonym, now, content]).await?;
    Ok(())
}

pub(crate) async fn find(tx: &mut Tx, id: CaseId) -> Result<Option<Stored>, Error> {
    let sql = "SELECT * FROM link_case WHERE case_id = $1";
    tx.fetch_optional(sql, params![id]).await?.as_ref().map(read).transpose()
}

/// The case of a pseudonym that waits.
pub(crate) async fn of(tx: &mut Tx, pseudonym: PseudonymDigest) -> Result<Option<Stored>, Error> {
    let sql = "SELECT * FROM link_case WHERE pseudonym = $1 AND state = 'waiting'";
    tx.fetch_optional(sql, params![pseudonym]).await?.as_ref().map(read).transpose()
}

/// How many cases wait.
pub(crate) async fn waiting(tx: &mut Tx) -> Result<i64, Error> {
    Ok(tx.fetch_one(WAITING, params![]).await?.get("waiting")?)
}

/// The same, beside other work.
pub(crate) async fn count(db: &Db) -> Result<i64, Error> {
    Ok(db.fetch_one(WAITING, params![]).await?.get("waiting")?)
}

/// Cases that wait, the oldest first, and behind them those that were ended last.
pub(crate) async fn newest(db: &Db) -> Result<Vec<Stored>, Error> {
    let sql = "SELECT * FROM link_case ORDER BY CASE WHEN state = 'waiting' THEN 0 ELSE 1 END,
         CASE WHEN state = 'waiting' THEN opened_at ELSE -decided_at END LIMIT 100";
    db.fetch_all(sql, params![]).await?.iter().map(read).collect()
}

/// Ends a case that waits, and forgets what was asked and by whom. `false` where it waits no longer.
pub(crate) async fn end(tx: &mut Tx, id: CaseId, ending: &Ending<'_>) -> Result<bool, Error> {
    let sql =
        "UPDATE link_case SET state = $2, reason = $3, note = $4, decided_by = $5, decided_at = $6, content = NULL, pseudonym = case_id
         WHERE case_id = $1 AND state = 'waiting'";
    let Ending { state, reason, note, by, at } = ending;
    let reason = reason.map(|reason| reason.as_str().to_owned());
    Ok(tx.execute(sql, params![id, state.as_str(), reason, note.clone(), *by, *at]).await? == 1)
}

fn read(row: &Row) -> Result<Stored, Error> {
    let state: String = row.get("state")?;
    let by: Option<String> = row.get("decided_by")?;
    let at: Option<Timestamp> = row.get("decided_at")?;
    // One that has an end stands for nobody.
    let pseudonym: Vec<u8> = row.get("pseudonym")?;
    let pseudonym = pseudonym.try_into().ok().map(PseudonymDigest);
    Ok(Stored {
        id: CaseId(row.get("case_id")?),
        pseudonym,
        state: CaseState::from_code(&state).ok_or(Error::Record)?,
        opened_at: row.get("opened_at")?,
        content: row.get("content")?,
        reason: row.get("reason")?,
        note: row.get("note")?,
        decided: by.zip(at),
    })
}

const WAITING: &str = "SELECT count(*) AS waiting FROM link_case WHERE state = 'waiting'";
