//! Who works at the node's console.

use db::{Db, Row, Tx, params};
use jiff::Timestamp;

use crate::Error;

/// Somebody at the insurer who brings files and looks at the records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clerk {
    pub(crate) id: ClerkId,
    pub(crate) login_name: String,
    pub(crate) display_name: String,
}

/// Names a clerk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClerkId(pub(crate) [u8; 16]);

impl From<ClerkId> for db::Value {
    fn from(id: ClerkId) -> db::Value {
        db::Value::from(id.0)
    }
}

pub(crate) async fn find_by_name(db: &Db, login_name: &str) -> Result<Option<Clerk>, Error> {
    let sql = "SELECT * FROM clerk WHERE login_name = $1";
    db.fetch_optional(sql, params![login_name]).await?.as_ref().map(read).transpose()
}

/// Whom an invitation was given to that still holds.
pub(crate) async fn find_by_invitation(db: &Db, digest: [u8; 32], now: Timestamp) -> Result<Option<Clerk>, Error> {
    let sql = "SELECT * FROM clerk WHERE invitation = $1 AND invitation_expires_at > $2";
    db.fetch_optional(sql, params![digest, now]).await?.as_ref().map(read).transpose()
}

/// Every login name, which a demonstration offers.
pub(crate) async fn names(db: &Db) -> Result<Vec<String>, Error> {
    let rows = db.fetch_all("SELECT login_name FROM clerk ORDER BY login_name LIMIT 100", params![]).await?;
    Ok(rows.iter().map(|row| row.get("login_name")).collect::<Result<_, _>>()?)
}

/// Somebody new, unless the name is known; either way with this invitation.
pub(crate) async fn invite(tx: &mut Tx, clerk: &Clerk, digest: [u8; 32], ends: Timestamp) -> Result<(), Error> {
    let sql = "INSERT INTO clerk (clerk_id, login_name, display_name) VALUES ($1, $2, $3)
         ON CONFLICT (login_name) DO NOTHING";
    tx.execute(sql, params![clerk.id, &clerk.login_name, &clerk.display_name]).await?;
    let sql = "UPDATE clerk SET invitation = $2, invitation_expires_at = $3 WHERE login_name = $1";
    tx.execute(sql, params![&clerk.login_name, digest, ends]).await?;
    Ok(())
}

/// The invitation has done its work; `false` where there is none.
pub(crate) async fn end_invitation(tx: &mut Tx, id: ClerkId) -> Result<bool, Error> {
    let sql = "UPDATE clerk SET invitation = NULL, invitation_expires_at = NULL
         WHERE clerk_id = $1 AND invitation IS NOT NULL";
    Ok(tx.execute(sql, params![id]).await? > 0)
}

pub(super) fn read(row: &Row) -> Result<Clerk, Error> {
    Ok(Clerk {
        id: ClerkId(row.get("clerk_id")?),
        login_name: row.get("login_name")?,
        display_name: row.get("display_name")?,
    })
}
