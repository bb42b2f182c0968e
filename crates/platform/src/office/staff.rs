//! Institutions join, and their staff are invited to register a passkey.

use jiff::SignedDuration;

use crate::{
    app::App,
    ids::StaffId,
    session::sha256,
    store::{
        self,
        institution::Institution,
        staff::{Role, Staff},
    },
};

/// How long an invitation holds: long enough for the post, short enough for a letter that got lost.
pub const INVITATION: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A new member of staff, before they have registered a passkey.
pub struct Newcomer {
    /// The code of their institution, which has joined.
    pub institution: String,
    /// The name they will log in with.
    pub login_name: String,
    /// Their name.
    pub display_name: String,
}

/// Institutions join.
///
/// # Errors
/// [`db::Error::Unique`] when one of them is here already; none joins then.
pub async fn join(app: &App, institutions: &[Institution]) -> Result<(), db::Error> {
    let now = app.clock.now();
    db::transaction!(app.db, |tx| {
        for institution in institutions {
            store::institution::insert(tx, institution, now).await?;
        }
    })
}

/// Takes in a member of staff and gives the address at which they register a passkey: once, within [`INVITATION`].
///
/// # Errors
/// [`db::Error::Unique`] when the login name is taken.
pub async fn invite(app: &App, newcomer: Newcomer) -> Result<String, db::Error> {
    take_in(app, newcomer, Role::Reception, &app.config.clinic_origin).await
}

/// Takes in somebody at the office itself, and gives the address at which they register a passkey: once, within
/// [`INVITATION`].
///
/// # Errors
/// [`db::Error::Unique`] when the login name is taken; [`db::Error::NoRow`] where there is no office portal.
pub async fn invite_operator(app: &App, login_name: String, display_name: String) -> Result<String, db::Error> {
    let origin = app.config.office_origin.as_deref().ok_or(db::Error::NoRow)?;
    let (office, now) = (Institution { code: OFFICE.to_owned(), name: OFFICE_NAME.to_owned() }, app.clock.now());
    db::transaction!(app.db, |tx| { store::institution::insert_unless_there(tx, &office, now).await? })?;
    let newcomer = Newcomer { institution: office.code, login_name, display_name };
    take_in(app, newcomer, Role::Operator, origin).await
}

async fn take_in(app: &App, newcomer: Newcomer, role: Role, origin: &str) -> Result<String, db::Error> {
    let now = app.clock.now();
    let code = hex::encode(app.random.bytes::<16>());
    let staff = Staff {
        id: StaffId::new(app.random.row_id(now)),
        institution: newcomer.institution,
        institution_name: String::new(),
        login_name: newcomer.login_name,
        display_name: newcomer.display_name,
        role,
    };
    let (digest, expires_at) = (sha256(code.as_bytes()), now + INVITATION);
    db::transaction!(app.db, |tx| {
        store::staff::insert(tx, &staff).await?;
        store::staff::set_invitation(tx, staff.id, digest, expires_at).await?;
    })?;
    Ok(format!("{origin}/invitation/{code}"))
}

/// The office among the institutions: no medical institution's code is like it.
pub(super) const OFFICE: &str = "office";
const OFFICE_NAME: &str = "香川SSC 事務局";
