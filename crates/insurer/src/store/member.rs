//! Insured persons: nothing but a name we made, and their wrapped key.

use std::collections::HashMap;

use db::Db;

use crate::Error;
use crate::digest::MemberId;
use crate::store::ledger::{AT_ONCE, filled, places};

/// A member's key as it lies in the table.
pub(crate) struct Wrapped {
    pub(crate) id: MemberId,
    pub(crate) data_key: Vec<u8>,
}

/// Those of these members who are known, with their keys.
pub(crate) async fn keys(db: &Db, of: &[MemberId]) -> Result<HashMap<MemberId, Vec<u8>>, Error> {
    let mut found = HashMap::new();
    for some in of.chunks(AT_ONCE) {
        let sql = concat!("SELECT member_id, data_key FROM member WHERE member_id IN ", places!());
        for row in db.fetch_all(sql, filled(some)).await? {
            found.insert(MemberId(row.get("member_id")?), row.get("data_key")?);
        }
    }
    Ok(found)
}
