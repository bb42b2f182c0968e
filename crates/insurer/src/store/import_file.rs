//! Files that were taken.

use db::{Tx, params};
use jiff::Timestamp;

use crate::Error;

/// A file that was taken.
pub(crate) struct Taken<'a> {
    pub(crate) kind: &'static str,
    pub(crate) sha256: &'a [u8; 32],
    pub(crate) rows: usize,
}

/// The digest of the last file of this kind.
pub(crate) async fn last(tx: &mut Tx, kind: &'static str) -> Result<Option<[u8; 32]>, Error> {
    let sql = "SELECT sha256 FROM import_file WHERE kind = $1 ORDER BY import_id DESC LIMIT 1";
    Ok(tx.fetch_optional(sql, params![kind]).await?.map(|row| row.get("sha256")).transpose()?)
}

pub(crate) async fn record(tx: &mut Tx, taken: &Taken<'_>, now: Timestamp) -> Result<(), Error> {
    let row_count = i64::try_from(taken.rows).unwrap_or(i64::MAX);
    tx.execute(
        "INSERT INTO import_file (import_id, kind, sha256, row_count, imported_at)
         SELECT coalesce(max(import_id), 0) + 1, $1, $2, $3, $4 FROM import_file",
        params![taken.kind, taken.sha256, row_count, now],
    )
    .await?;
    Ok(())
}
