//! Table `card`.

use db::{Db, Error, Row, Tx, Value, params};

use crate::{
    card::judge::{Known, State},
    ids::ResidentId,
};

/// A card as the relay knows it.
#[derive(Clone, Debug)]
pub struct Card {
    /// Whose it is.
    pub resident: ResidentId,
    /// What the rules need of it.
    pub known: Known,
    /// The sealed OPAQUE registration; `None` until a PIN is set.
    pub pin_registration: Option<Vec<u8>>,
}

const SELECT: &str = "SELECT resident_id, state, key_version, write_count, tries_left, pin_registration FROM card \
     WHERE card_id = $1";

/// The card of an ID block, as last committed.
///
/// # Errors
/// When the database fails.
pub async fn find(db: &Db, card_id: [u8; 16]) -> Result<Option<Card>, Error> {
    db.fetch_optional(SELECT, params![card_id]).await?.as_ref().map(read).transpose()
}

/// The card of an ID block, to be changed in this transaction.
///
/// # Errors
/// When the database fails.
pub async fn get(tx: &mut Tx, card_id: [u8; 16]) -> Result<Option<Card>, Error> {
    tx.fetch_optional(SELECT, params![card_id]).await?.as_ref().map(read).transpose()
}

/// Many cards, without a PIN, at once, each row in the order of the columns named here.
///
/// # Errors
/// [`Error::Unique`] when one of them is here already.
pub async fn insert_all(tx: &mut Tx, rows: impl Iterator<Item = Vec<Value>>) -> Result<(), Error> {
    let into = "INSERT INTO card (resident_id, card_id, state, key_version, write_count, tries_left, issued_at)";
    tx.insert(into, rows).await.map(drop)
}

/// The holder sets a PIN: the sealed registration replaces any earlier one, and all tries are theirs again.
///
/// # Errors
/// When the database fails.
pub async fn set_pin(tx: &mut Tx, card_id: [u8; 16], registration: &[u8], tries: i64) -> Result<(), Error> {
    let sql = "UPDATE card SET pin_registration = $2, tries_left = $3 WHERE card_id = $1";
    tx.execute(sql, params![card_id, registration, tries]).await.map(drop)
}

/// Stores the counter that the card has proved.
///
/// # Errors
/// When the database fails.
pub async fn set_write_count(tx: &mut Tx, card_id: [u8; 16], count: u32) -> Result<(), Error> {
    let sql = "UPDATE card SET write_count = $2 WHERE card_id = $1";
    tx.execute(sql, params![card_id, i64::from(count)]).await.map(drop)
}

/// Stores how many PIN tries are left.
///
/// # Errors
/// When the database fails.
pub async fn set_tries(tx: &mut Tx, card_id: [u8; 16], left: i64) -> Result<(), Error> {
    let sql = "UPDATE card SET tries_left = $2 WHERE card_id = $1";
    tx.execute(sql, params![card_id, left]).await.map(drop)
}

/// Stores whether the card may be used.
///
/// # Errors
/// When the database fails.
pub async fn set_state(tx: &mut Tx, card_id: [u8; 16], state: State) -> Result<(), Error> {
    let sql = "UPDATE card SET state = $2 WHERE card_id = $1";
    tx.execute(sql, params![card_id, state.code()]).await.map(drop)
}

fn read(row: &Row) -> Result<Card, Error> {
    let number = |value: i64| u32::try_from(value).unwrap_or(u32::MAX);
    let pin_registration: Option<Vec<u8>> = row.get("pin_registration")?;
    // A state that this version does not know stops the card: a newer version may have stopped it.
    let state = State::from_code(&row.get::<String>("state")?).unwrap_or(State::Suspended);
    Ok(Card {
        resident: ResidentId::from_bytes(row.get("resident_id")?),
        known: Known {
            state,
            key_version: u16::try_from(row.get::<i64>("key_version")?).unwrap_or(u16::MAX),
            write_count: number(row.get("write_count")?),
            tries_left: row.get("tries_left")?,
            pin_set: pin_registration.is_some(),
        },
        pin_registration,
    })
}
