//! What residents have said of how they are reached.

use db::{Tx, params};

use crate::Error;
use crate::digest::{MemberId, PseudonymDigest};
use crate::store::member;

/// A member, and what is kept of their contact.
pub(crate) struct Stored {
    pub(crate) member: member::Wrapped,
    pub(crate) record: Option<Vec<u8>>,
}

/// Of the members that a pseudonym stands for; nobody when it stands for nobody.
pub(crate) async fn of(tx: &mut Tx, pseudonym: PseudonymDigest) -> Result<Vec<Stored>, Error> {
    let sql = "SELECT member.member_id, member.data_key, contact.record FROM link
         JOIN member ON member.member_id = link.member_id
         LEFT JOIN contact ON contact.member_id = link.member_id
         WHERE link.pseudonym = $1 AND link.ended_at IS NULL ORDER BY member.member_id LIMIT 100";
    let rows = tx.fetch_all(sql, params![pseudonym]).await?;
    let stored = |row: &db::Row| {
        let member = member::Wrapped { id: MemberId(row.get("member_id")?), data_key: row.get("data_key")? };
        Ok(Stored { member, record: row.get("record")? })
    };
    rows.iter().map(stored).collect()
}

/// A member's contact is this from now on.
pub(crate) async fn put(tx: &mut Tx, member: MemberId, record: &[u8]) -> Result<(), Error> {
    let sql = "INSERT INTO contact (member_id, record) VALUES ($1, $2)
         ON CONFLICT (member_id) DO UPDATE SET record = excluded.record";
    tx.execute(sql, params![member, record]).await?;
    Ok(())
}
