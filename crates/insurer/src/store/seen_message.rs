//! Messages received a short while ago.

use db::{Db, Tx, params};
use idwsf::message::Replay;
use jiff::Timestamp;

use crate::Error;
use crate::digest::MessageDigest;

/// Looks the message up and records it.
pub(crate) async fn record(tx: &mut Tx, message: MessageDigest, now: Timestamp) -> Result<Replay, Error> {
    let sql = "INSERT INTO seen_message (message, seen_at) VALUES ($1, $2) ON CONFLICT (message) DO NOTHING";
    let inserted = tx.execute(sql, params![message, now]).await?;
    Ok(if inserted == 1 { Replay::Fresh } else { Replay::Seen })
}

/// Forgets what came before `horizon`.
pub(crate) async fn forget(db: &Db, horizon: Timestamp) -> Result<u64, Error> {
    db::transaction!(db, |tx| -> Error {
        tx.execute("DELETE FROM seen_message WHERE seen_at < $1", params![horizon]).await?
    })
}
