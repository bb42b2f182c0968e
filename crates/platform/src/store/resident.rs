//! Table `resident`.

use db::{Error, Tx, Value};

/// Many residents at once, each row in the order of the columns named here.
///
/// # Errors
/// [`Error::Unique`] when one of them is here already.
pub async fn insert_all(tx: &mut Tx, rows: impl Iterator<Item = Vec<Value>>) -> Result<(), Error> {
    let into = "INSERT INTO resident (resident_id, enrolled_at)";
    tx.insert(into, rows).await.map(drop)
}
