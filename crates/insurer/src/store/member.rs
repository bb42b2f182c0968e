//! Insured persons: nothing but a name we made, and their wrapped key.

use std::collections::HashMap;

use db::{Tx, params};

use crate::Error;
use crate::digest::MemberId;

/// A member's key as it lies in the table.
pub(crate) struct Wrapped {
    pub(crate) id: MemberId,
    pub(crate) data_key: Vec<u8>,
}

pub(crate) async fn all(tx: &mut Tx) -> Result<HashMap<MemberId, Vec<u8>>, Error> {
    let rows = tx.fetch_all("SELECT member_id, data_key FROM member", params![]).await?;
    rows.iter().map(|row| Ok((MemberId(row.get("member_id")?), row.get("data_key")?))).collect()
}

/// Inserts members in the order of their names: the order of rows must not tell the order of the file.
pub(crate) async fn insert(tx: &mut Tx, mut new: Vec<Wrapped>) -> Result<(), Error> {
    new.sort_unstable_by_key(|member| member.id);
    let rows = new.into_iter().map(|member| params![member.id, member.data_key]);
    tx.insert("INSERT INTO member (member_id, data_key)", rows).await?;
    Ok(())
}
