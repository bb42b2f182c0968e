//! Files that were looked at, and what became of them.

use db::{Db, Row, Tx, params};
use jiff::Timestamp;

use crate::Error;
use crate::import::{Act, Drift, Figures, Import, ImportId, Kind, State};

/// An import as it begins.
pub(crate) struct Begun {
    pub(crate) kind: Kind,
    pub(crate) base: Option<ImportId>,
    pub(crate) sha256: [u8; 32],
    pub(crate) by: String,
    pub(crate) at: Timestamp,
}

/// What was found when a file was read to its end.
pub(crate) struct Found<'a> {
    pub(crate) figures: Figures,
    pub(crate) added: u64,
    pub(crate) changed: u64,
    pub(crate) removed: u64,
    pub(crate) drift: &'a [Drift],
    pub(crate) remarks: &'a [u8],
}

/// The newest import in force of those that change the same rows as a kind.
pub(crate) async fn in_force(tx: &mut Tx, kind: Kind) -> Result<Option<Import>, Error> {
    let [one, other] = kind.chain();
    let sql = "SELECT * FROM import WHERE kind IN ($1, $2) AND state = 'applied' ORDER BY import_id DESC LIMIT 1";
    tx.fetch_optional(sql, params![one, other]).await?.as_ref().map(read).transpose()
}

/// The newest import of a kind that is in force.
pub(crate) async fn newest(db: &Db, kind: Kind) -> Result<Option<Import>, Error> {
    db.fetch_optional(IN_FORCE, params![kind.as_str()]).await?.as_ref().map(read).transpose()
}

/// How old what is held of a kind is.
#[derive(Clone, Copy, Default)]
pub(crate) struct Age {
    /// When the newest file took effect that is in force.
    pub(crate) as_of: Option<Timestamp>,
    /// When a file last took effect or was taken back.
    pub(crate) changed_at: Option<Timestamp>,
}

pub(crate) async fn age(tx: &mut Tx, kind: Kind) -> Result<Age, Error> {
    let sql = "SELECT max(CASE WHEN state = 'applied' THEN applied_at END) AS as_of, max(applied_at) AS applied_at,
             max(undone_at) AS undone_at FROM import WHERE kind = $1";
    let row = tx.fetch_one(sql, params![kind.as_str()]).await?;
    let [applied, undone] = [row.get::<Option<Timestamp>>("applied_at")?, row.get("undone_at")?];
    Ok(Age { as_of: row.get("as_of")?, changed_at: applied.max(undone) })
}

/// Imports that are read or wait, of those that change the same rows as a kind.
pub(crate) async fn open(tx: &mut Tx, kind: Kind) -> Result<Vec<Import>, Error> {
    let [one, other] = kind.chain();
    let sql = "SELECT * FROM import WHERE kind IN ($1, $2) AND state IN ('reading', 'pending')";
    tx.fetch_all(sql, params![one, other]).await?.iter().map(read).collect()
}

pub(crate) async fn find(tx: &mut Tx, id: ImportId) -> Result<Option<Import>, Error> {
    let sql = "SELECT * FROM import WHERE import_id = $1";
    tx.fetch_optional(sql, params![id]).await?.as_ref().map(read).transpose()
}

/// The newest imports, newest first.
pub(crate) async fn all(db: &Db) -> Result<Vec<Import>, Error> {
    let sql = "SELECT * FROM import WHERE state <> 'reading' ORDER BY import_id DESC LIMIT 100";
    db.fetch_all(sql, params![]).await?.iter().map(read).collect()
}

pub(crate) async fn begin(tx: &mut Tx, begun: &Begun) -> Result<ImportId, Error> {
    let row = tx.fetch_one("SELECT coalesce(max(import_id), 0) + 1 AS next FROM import", params![]).await?;
    let id = ImportId(row.get("next")?);
    tx.execute(
        "INSERT INTO import (import_id, kind, state, base, sha256, row_count, added, changed, removed, drift,
             previewed_by, previewed_at, former)
         VALUES ($1, $2, 'reading', $3, $4, 0, 0, 0, 0, '[]', $5, $6, 0)",
        params![id, begun.kind.as_str(), begun.base.map_or(0, |base| base.0), begun.sha256, &begun.by, begun.at],
    )
    .await?;
    Ok(id)
}

/// The file was read to its end and waits. `false` when somebody else's file has taken its place meanwhile.
pub(crate) async fn wait(tx: &mut Tx, id: ImportId, found: &Found<'_>) -> Result<bool, Error> {
    let drift = serde_json::to_string(found.drift).map_err(|_| Error::Record)?;
    let shares = found.figures.shares;
    let [one, two, three] = shares.map_or([None; 3], |shares| shares.copayments.map(|count| Some(int(count))));
    let values = params![
        id,
        int(found.figures.rows),
        int(found.added),
        int(found.changed),
        int(found.removed),
        shares.map(|shares| int(shares.lapsed)),
        one,
        two,
        three,
        drift,
        found.remarks,
    ];
    let sql =
        "UPDATE import SET state = 'pending', row_count = $2, added = $3, changed = $4, removed = $5, lapsed = $6,
             one_tenth = $7, two_tenths = $8, three_tenths = $9, drift = $10, remarks = $11
         WHERE import_id = $1 AND state = 'reading'";
    Ok(tx.execute(sql, values).await? == 1)
}

pub(crate) async fn apply(tx: &mut Tx, import: &Import, by: &str, now: Timestamp) -> Result<(), Error> {
    let ([one, other], id) = (import.kind.chain(), import.id);
    tx.execute("UPDATE import SET former = 0 WHERE kind IN ($1, $2)", params![one, other]).await?;
    let sql = "UPDATE import SET state = 'applied', applied_by = $2, applied_at = $3, former = 1 WHERE import_id = $1";
    tx.execute(sql, params![id, by, now]).await?;
    Ok(())
}

pub(crate) async fn undo(tx: &mut Tx, id: ImportId, by: &str, now: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE import SET state = 'undone', undone_by = $2, undone_at = $3, former = 0 WHERE import_id = $1";
    tx.execute(sql, params![id, by, now]).await?;
    Ok(())
}

/// Nothing will come of it.
pub(crate) async fn discard(tx: &mut Tx, id: ImportId) -> Result<(), Error> {
    tx.execute("UPDATE import SET state = 'discarded', remarks = NULL WHERE import_id = $1", params![id]).await?;
    Ok(())
}

/// A file that was refused, or whose reading ended early, was never there.
pub(crate) async fn forget(tx: &mut Tx, id: ImportId) -> Result<(), Error> {
    tx.execute("DELETE FROM import WHERE import_id = $1", params![id]).await?;
    Ok(())
}

/// Whether a file was ever taken, or waits: then it is kept.
pub(crate) async fn keeps(tx: &mut Tx, sha256: &[u8; 32]) -> Result<bool, Error> {
    let sql = "SELECT import_id FROM import WHERE sha256 = $1 AND state IN ('pending', 'applied', 'undone') LIMIT 1";
    Ok(tx.fetch_optional(sql, params![sha256]).await?.is_some())
}

/// What the reader remarked, sealed.
pub(crate) async fn remarks(db: &Db, id: ImportId) -> Result<Option<Vec<u8>>, Error> {
    let sql = "SELECT remarks FROM import WHERE import_id = $1";
    Ok(db.fetch_optional(sql, params![id]).await?.map(|row| row.get("remarks")).transpose()?.flatten())
}

fn read(row: &Row) -> Result<Import, Error> {
    let count = |name| Ok::<_, db::Error>(u64::try_from(row.get::<i64>(name)?).unwrap_or(0));
    let some = |name| Ok::<_, db::Error>(row.get::<Option<i64>>(name)?.map(|count| u64::try_from(count).unwrap_or(0)));
    let act = |by, at| Ok::<_, db::Error>(row.get::<Option<_>>(by)?.zip(row.get(at)?).map(|(by, at)| Act { by, at }));
    let copayments = (some("one_tenth")?, some("two_tenths")?, some("three_tenths")?);
    let shares = match (some("lapsed")?, copayments) {
        (Some(lapsed), (Some(one), Some(two), Some(three))) => {
            Some(crate::import::Shares { lapsed, copayments: [one, two, three] })
        }
        _ => None,
    };
    let base: i64 = row.get("base")?;
    Ok(Import {
        id: ImportId(row.get("import_id")?),
        kind: Kind::from_code(&row.get::<String>("kind")?).ok_or(Error::Record)?,
        state: State::from_code(&row.get::<String>("state")?).ok_or(Error::Record)?,
        base: (base != 0).then_some(ImportId(base)),
        sha256: row.get("sha256")?,
        figures: Figures { rows: count("row_count")?, shares },
        added: count("added")?,
        changed: count("changed")?,
        removed: count("removed")?,
        drift: serde_json::from_str(&row.get::<String>("drift")?).map_err(|_| Error::Record)?,
        previewed: Act { by: row.get("previewed_by")?, at: row.get("previewed_at")? },
        applied: act("applied_by", "applied_at")?,
        undone: act("undone_by", "undone_at")?,
        can_be_undone: row.get::<i64>("former")? == 1,
    })
}

fn int(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

const IN_FORCE: &str = "SELECT * FROM import WHERE kind = $1 AND state = 'applied' ORDER BY import_id DESC LIMIT 1";
