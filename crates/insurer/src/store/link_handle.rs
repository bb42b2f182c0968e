//! By what the node can speak to the platform of a link, sealed.

use db::{Tx, params};

use crate::Error;
use crate::digest::PseudonymDigest;

/// Keeps it, in the place of one from before.
pub(crate) async fn keep(tx: &mut Tx, pseudonym: PseudonymDigest, sealed: &[u8]) -> Result<(), Error> {
    let sql = "INSERT INTO link_handle (pseudonym, handle) VALUES ($1, $2)
         ON CONFLICT (pseudonym) DO UPDATE SET handle = excluded.handle";
    tx.execute(sql, params![pseudonym, sealed]).await?;
    Ok(())
}

pub(crate) async fn of(tx: &mut Tx, pseudonym: PseudonymDigest) -> Result<Option<Vec<u8>>, Error> {
    let sql = "SELECT handle FROM link_handle WHERE pseudonym = $1";
    let row = tx.fetch_optional(sql, params![pseudonym]).await?;
    row.map(|row| row.get("handle").map_err(Error::from)).transpose()
}

/// The link is over.
pub(crate) async fn forget(tx: &mut Tx, pseudonym: PseudonymDigest) -> Result<(), Error> {
    tx.execute("DELETE FROM link_handle WHERE pseudonym = $1", params![pseudonym]).await?;
    Ok(())
}
