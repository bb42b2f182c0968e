//! What residents have said of how they are reached. Whoever has said nothing has an empty record.

use db::{Db, Row, Tx, params};

use crate::Error;
use crate::digest::{MemberId, PseudonymDigest};
use crate::import::ImportId;
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
    tx.fetch_all(sql, params![pseudonym]).await?.iter().map(read).collect()
}

/// Some of those who have said anything, in the order of their names, after the one named.
pub(crate) async fn after(db: &Db, last: MemberId) -> Result<Vec<Stored>, Error> {
    let sql = "SELECT member.member_id, member.data_key, contact.record FROM contact
         JOIN member ON member.member_id = contact.member_id
         WHERE contact.member_id > $1 AND length(contact.record) > 0 ORDER BY contact.member_id LIMIT 256";
    db.fetch_all(sql, params![last]).await?.iter().map(read).collect()
}

/// A member's contact is this from now on.
pub(crate) async fn put(tx: &mut Tx, member: MemberId, record: &[u8]) -> Result<(), Error> {
    let sql = "INSERT INTO contact (member_id, record) VALUES ($1, $2)
         ON CONFLICT (member_id) DO UPDATE SET record = excluded.record";
    tx.execute(sql, params![member, record]).await?;
    Ok(())
}

/// Gives every member who has none a row, in the order of their names. Rows that came one by one, as residents say something, would
/// tell in which order they did, and the region's log has the moment of each.
pub(crate) async fn make_room(tx: &mut Tx) -> Result<(), Error> {
    let sql = "INSERT INTO contact (member_id, record) SELECT m.member_id, $1 FROM member m
         WHERE NOT EXISTS (SELECT 1 FROM contact c WHERE c.member_id = m.member_id) ORDER BY m.member_id";
    tx.execute(sql, params![NOTHING]).await?;
    Ok(())
}

/// Forgets what was said by the name of a link that is about to end: whoever comes next is somebody else.
pub(crate) async fn forget(tx: &mut Tx, pseudonym: PseudonymDigest) -> Result<(), Error> {
    let sql = "UPDATE contact SET record = $2 WHERE member_id IN
         (SELECT member_id FROM link WHERE pseudonym = $1 AND ended_at IS NULL)";
    tx.execute(sql, params![pseudonym, NOTHING]).await?;
    Ok(())
}

/// The same for the links that a file is about to end.
pub(crate) async fn forget_ended(tx: &mut Tx, import: ImportId) -> Result<(), Error> {
    let sql = "UPDATE contact SET record = $2 WHERE member_id IN
         (SELECT member_id FROM former_link WHERE import_id = $1 AND linked_at IS NOT NULL AND ended_at IS NULL)";
    tx.execute(sql, params![import, NOTHING]).await?;
    Ok(())
}

/// The same for the links that go with a file that is about to be taken back.
pub(crate) async fn forget_taken_back(tx: &mut Tx, import: ImportId) -> Result<(), Error> {
    let sql = "UPDATE contact SET record = $2 WHERE member_id IN (SELECT l.member_id FROM link l
         JOIN former_link f ON f.pseudonym = l.pseudonym AND f.member_id = l.member_id
         WHERE f.import_id = $1 AND l.origin = 'file' AND l.ended_at IS NULL)";
    tx.execute(sql, params![import, NOTHING]).await?;
    Ok(())
}

fn read(row: &Row) -> Result<Stored, Error> {
    let member = member::Wrapped { id: MemberId(row.get("member_id")?), data_key: row.get("data_key")? };
    let record: Option<Vec<u8>> = row.get("record")?;
    Ok(Stored { member, record: record.filter(|record| !record.is_empty()) })
}

const NOTHING: &[u8] = &[];
