//! Keys of members whom only a waiting file names.

use std::collections::HashMap;

use db::{Db, Tx, params};

use crate::Error;
use crate::digest::MemberId;
use crate::import::ImportId;
use crate::store::contact;
use crate::store::ledger::{AT_ONCE, filled, places};
use crate::store::member::Wrapped;

/// Those of these members who have a key here.
pub(crate) async fn keys(db: &Db, import: ImportId, of: &[MemberId]) -> Result<HashMap<MemberId, Vec<u8>>, Error> {
    let mut found = HashMap::new();
    for some in of.chunks(AT_ONCE) {
        let sql = concat!(
            "SELECT member_id, data_key FROM pending_member WHERE member_id IN ",
            places!(),
            " AND import_id = $17"
        );
        let mut values = filled(some);
        values.push(import.into());
        for row in db.fetch_all(sql, values).await? {
            found.insert(MemberId(row.get("member_id")?), row.get("data_key")?);
        }
    }
    Ok(found)
}

pub(crate) async fn insert(tx: &mut Tx, import: ImportId, new: &[Wrapped]) -> Result<(), Error> {
    let rows: Vec<_> = new.iter().map(|member| params![import, member.id, &member.data_key]).collect();
    tx.insert("INSERT INTO pending_member (import_id, member_id, data_key)", rows).await?;
    Ok(())
}

/// Lets the new members in. `false` when one of them has come with another key meanwhile: what waits would not open.
pub(crate) async fn join(tx: &mut Tx, import: ImportId) -> Result<bool, Error> {
    let sql = "SELECT m.member_id FROM member m JOIN pending_member p ON p.member_id = m.member_id
         WHERE p.import_id = $1 LIMIT 1";
    if tx.fetch_optional(sql, params![import]).await?.is_some() {
        return Ok(false);
    }
    let sql = "INSERT INTO member (member_id, data_key)
         SELECT member_id, data_key FROM pending_member WHERE import_id = $1 ORDER BY member_id";
    tx.execute(sql, params![import]).await?;
    contact::make_room(tx).await?;
    Ok(true)
}

/// The file waits no longer.
pub(crate) async fn forget(tx: &mut Tx, import: ImportId) -> Result<(), Error> {
    tx.execute("DELETE FROM pending_member WHERE import_id = $1", params![import]).await?;
    Ok(())
}
