//! Table `attempt`: conversations with cards.

use db::{Db, Error, Row, Tx, params};
use jiff::Timestamp;

use crate::card::judge::Step;

/// A conversation with a card.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// `login`, `possession` or `reception`.
    pub purpose: String,
    /// Digest of the cookie of the browser that began it.
    pub browser: [u8; 32],
    /// The server's nonce.
    pub nonce: [u8; 32],
    /// How far it is.
    pub step: Step,
    /// The card, once it has proved itself.
    pub card_id: Option<[u8; 16]>,
    /// What the card has proved.
    pub possession: Option<Vec<u8>>,
    /// The sealed server state of a PIN that is being tried.
    pub pin_exchange: Option<Vec<u8>>,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

const SELECT: &str = "SELECT purpose, browser, nonce, step, card_id, possession, pin_exchange, expires_at FROM attempt \
     WHERE sid = $1";

/// The conversation, as last committed.
///
/// # Errors
/// When the database fails.
pub async fn find(db: &Db, sid: [u8; 16]) -> Result<Option<Attempt>, Error> {
    db.fetch_optional(SELECT, params![sid]).await?.as_ref().map(read).transpose()
}

/// The conversation, to be changed in this transaction.
///
/// # Errors
/// When the database fails.
pub async fn get(tx: &mut Tx, sid: [u8; 16]) -> Result<Option<Attempt>, Error> {
    tx.fetch_optional(SELECT, params![sid]).await?.as_ref().map(read).transpose()
}

/// A new conversation.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, sid: [u8; 16], attempt: &Attempt) -> Result<(), Error> {
    let sql = "INSERT INTO attempt (sid, purpose, browser, nonce, step, expires_at) VALUES ($1, $2, $3, $4, $5, $6)";
    let values =
        params![sid, attempt.purpose.as_str(), attempt.browser, attempt.nonce, attempt.step.code(), attempt.expires_at];
    tx.execute(sql, values).await.map(drop)
}

/// The card has proved itself.
///
/// # Errors
/// When the database fails.
pub async fn set_proved(tx: &mut Tx, sid: [u8; 16], card_id: [u8; 16], possession: &[u8]) -> Result<(), Error> {
    let sql = "UPDATE attempt SET step = $2, card_id = $3, possession = $4 WHERE sid = $1";
    tx.execute(sql, params![sid, Step::Proved.code(), card_id, possession]).await.map(drop)
}

/// A PIN is being tried.
///
/// # Errors
/// When the database fails.
pub async fn set_trying(tx: &mut Tx, sid: [u8; 16], pin_exchange: &[u8]) -> Result<(), Error> {
    let sql = "UPDATE attempt SET step = $2, pin_exchange = $3 WHERE sid = $1";
    tx.execute(sql, params![sid, Step::Trying.code(), pin_exchange]).await.map(drop)
}

/// Nothing more can come of the conversation; what it held is forgotten, that it was is kept until it expires, so that
/// a message that comes again is known for what it is.
///
/// # Errors
/// When the database fails.
pub async fn set_done(tx: &mut Tx, sid: [u8; 16]) -> Result<(), Error> {
    let sql = "UPDATE attempt SET step = $2, possession = NULL, pin_exchange = NULL WHERE sid = $1";
    tx.execute(sql, params![sid, Step::Done.code()]).await.map(drop)
}

/// Forgets the conversations that ended before `now`.
///
/// # Errors
/// When the database fails.
pub async fn delete_expired(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    tx.execute("DELETE FROM attempt WHERE expires_at < $1", params![now]).await
}

fn read(row: &Row) -> Result<Attempt, Error> {
    Ok(Attempt {
        purpose: row.get("purpose")?,
        browser: row.get("browser")?,
        nonce: row.get("nonce")?,
        step: Step::from_code(&row.get::<String>("step")?),
        card_id: row.get("card_id")?,
        possession: row.get("possession")?,
        pin_exchange: row.get("pin_exchange")?,
        expires_at: row.get("expires_at")?,
    })
}
