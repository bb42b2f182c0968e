//! Table `staff`.

use db::{Db, Error, Row, Tx, params};
use jiff::Timestamp;

use crate::ids::StaffId;

/// A member of an institution's staff who may log in.
#[derive(Clone, Debug)]
pub struct Staff {
    /// Who.
    pub id: StaffId,
    /// The code of their institution.
    pub institution: String,
    /// Its name.
    pub institution_name: String,
    /// The name they log in with.
    pub login_name: String,
    /// Their name.
    pub display_name: String,
    /// Where they may log in.
    pub role: Role,
}

/// What a member of staff does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Receives patients at an institution: the clinic portal.
    Reception,
    /// Runs the platform: the office's portal.
    Operator,
}

impl Role {
    fn code(self) -> &'static str {
        match self {
            Self::Reception => "reception",
            Self::Operator => "operator",
        }
    }
}

const SELECT_BY_ID: &str = "SELECT s.staff_id, s.institution, i.name AS institution_name, s.login_name, \
     s.display_name, s.role FROM staff s JOIN institution i ON i.code = s.institution \
     WHERE s.state = 'active' AND s.staff_id = $1";
const SELECT_BY_NAME: &str = "SELECT s.staff_id, s.institution, i.name AS institution_name, s.login_name, \
     s.display_name, s.role FROM staff s JOIN institution i ON i.code = s.institution \
     WHERE s.state = 'active' AND s.login_name = $1 AND s.role = $2";
const SELECT_BY_INVITATION: &str = "SELECT s.staff_id, s.institution, i.name AS institution_name, s.login_name, \
     s.display_name, s.role FROM staff s JOIN institution i ON i.code = s.institution \
     WHERE s.state = 'active' AND s.invitation = $1 AND s.invitation_expires_at > $2 \
     AND s.role = $3";

/// The active member of staff of an id.
///
/// # Errors
/// When the database fails.
pub async fn find(db: &Db, id: StaffId) -> Result<Option<Staff>, Error> {
    db.fetch_optional(SELECT_BY_ID, params![id.bytes()]).await?.as_ref().map(read).transpose()
}

/// The active member of staff of a login name, for the portal of a role.
///
/// # Errors
/// When the database fails.
pub async fn find_by_name(db: &Db, login_name: &str, role: Role) -> Result<Option<Staff>, Error> {
    db.fetch_optional(SELECT_BY_NAME, params![login_name, role.code()]).await?.as_ref().map(read).transpose()
}

/// The active member of staff whom an invitation was given to that still holds.
///
/// # Errors
/// When the database fails.
pub async fn find_by_invitation(db: &Db, digest: [u8; 32], role: Role, now: Timestamp) -> Result<Option<Staff>, Error> {
    db.fetch_optional(SELECT_BY_INVITATION, params![digest, now, role.code()]).await?.as_ref().map(read).transpose()
}

/// The login names of all active staff of a role, which a demonstration offers.
///
/// # Errors
/// When the database fails.
pub async fn names(db: &Db, role: Role) -> Result<Vec<String>, Error> {
    let sql = "SELECT login_name FROM staff WHERE state = 'active' AND role = $1 ORDER BY login_name";
    db.fetch_all(sql, params![role.code()]).await?.iter().map(|row| row.get("login_name")).collect()
}

/// A new member of staff.
///
/// # Errors
/// [`Error::Unique`] when the login name is taken.
pub async fn insert(tx: &mut Tx, staff: &Staff) -> Result<(), Error> {
    let sql = "INSERT INTO staff (staff_id, institution, login_name, display_name, role, state) \
         VALUES ($1, $2, $3, $4, $5, 'active')";
    let values = params![
        staff.id.bytes(),
        staff.institution.as_str(),
        staff.login_name.as_str(),
        staff.display_name.as_str(),
        staff.role.code(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Gives a member of staff a one-time code to register a passkey with, by its digest.
///
/// # Errors
/// When the database fails.
pub async fn set_invitation(tx: &mut Tx, id: StaffId, digest: [u8; 32], expires_at: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE staff SET invitation = $2, invitation_expires_at = $3 WHERE staff_id = $1";
    tx.execute(sql, params![id.bytes(), digest, expires_at]).await.map(drop)
}

/// The invitation of a member of staff has done its work; `false` where there is none.
///
/// # Errors
/// When the database fails.
pub async fn end_invitation(tx: &mut Tx, id: StaffId) -> Result<bool, Error> {
    let sql = "UPDATE staff SET invitation = NULL, invitation_expires_at = NULL \
         WHERE staff_id = $1 AND invitation IS NOT NULL";
    Ok(tx.execute(sql, params![id.bytes()]).await? > 0)
}

fn read(row: &Row) -> Result<Staff, Error> {
    let role: String = row.get("role")?;
    Ok(Staff {
        id: StaffId::from_bytes(row.get("staff_id")?),
        institution: row.get("institution")?,
        institution_name: row.get("institution_name")?,
        login_name: row.get("login_name")?,
        display_name: row.get("display_name")?,
        role: if role == Role::Operator.code() { Role::Operator } else { Role::Reception },
    })
}
