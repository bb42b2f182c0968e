//! The access log and its head, which is the log's end under the node's seal.

use db::{Db, Row, Tx, params, transaction};

use crate::Error;
use crate::access_log::{Broken, Chained, End, Entry};
use crate::digest::Digests;

/// Seals the end of a log that was just made: one without entries, which nobody has sealed yet.
pub(crate) async fn begin(tx: &mut Tx, digests: Digests<'_>) -> Result<(), Error> {
    let (end, seal) = head(&tx.fetch_one(HEAD, params![]).await?)?;
    let fresh = end.seq == 0 && seal.is_empty() && tx.fetch_all(PAGE, params![0]).await?.is_empty();
    if fresh { set_head(tx, digests, &end).await } else { Ok(()) }
}

/// Appends entries. The head's row is taken first, so that two writers meet there and nowhere else.
///
/// # Errors
/// [`Error::LogEnd`] when the seal does not fit: what is appended to a log that was cut would hide the cut.
pub(crate) async fn append(tx: &mut Tx, digests: Digests<'_>, entries: &[Entry]) -> Result<(), Error> {
    let (end, seal) = head(&tx.fetch_one(HEAD, params![]).await?)?;
    if seal != end.seal(digests)? {
        return Err(Error::LogEnd);
    }
    let End { mut seq, mut hash } = end;
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        seq += 1;
        let pseudonym = entry.pseudonym.map(|digest| digests.in_log(digest, entry.message)).transpose()?;
        let chained = Chained {
            previous: &hash,
            seq,
            at_microseconds: entry.at.as_microsecond(),
            requester: &entry.requester,
            pseudonym: pseudonym.as_ref().map(<[u8; 32]>::as_slice).unwrap_or_default(),
            category: &entry.category,
            purpose: entry.purpose,
            message: &entry.message.0,
            outcome: &entry.outcome,
        };
        hash = chained.hash(digests)?.to_vec();
        let (requester, category, outcome) = (&entry.requester, &entry.category, &entry.outcome);
        rows.push(params![seq, entry.at, requester, pseudonym, category, entry.purpose, entry.message, outcome, &hash]);
    }
    set_head(tx, digests, &End { seq, hash }).await?;
    tx.insert(
        "INSERT INTO access_log (seq, at, requester, pseudonym, category, purpose, message, outcome, hash)",
        rows,
    )
    .await?;
    Ok(())
}

fn head(row: &Row) -> Result<(End, Vec<u8>), db::Error> {
    Ok((End { seq: row.get("seq")?, hash: row.get("hash")? }, row.get("seal")?))
}

async fn set_head(tx: &mut Tx, digests: Digests<'_>, end: &End) -> Result<(), Error> {
    let seal = end.seal(digests)?;
    let sql = "UPDATE access_log_head SET seq = $1, hash = $2, seal = $3 WHERE head_id = 1";
    tx.execute(sql, params![end.seq, &end.hash, seal]).await?;
    Ok(())
}

/// An entry as it is shown to a clerk: without the pseudonym, which names somebody.
pub(crate) struct Shown {
    pub(crate) seq: i64,
    pub(crate) at: jiff::Timestamp,
    pub(crate) requester: String,
    pub(crate) category: String,
    pub(crate) purpose: String,
    pub(crate) outcome: String,
}

/// The newest entries before `seq`, newest first.
pub(crate) async fn newest(db: &Db, seq: i64) -> Result<Vec<Shown>, Error> {
    let sql = "SELECT * FROM access_log WHERE seq < $1 ORDER BY seq DESC LIMIT 50";
    let rows = db.fetch_all(sql, params![seq]).await?;
    let shown = |row: &Row| {
        Ok(Shown {
            seq: row.get("seq")?,
            at: row.get("at")?,
            requester: row.get("requester")?,
            category: row.get("category")?,
            purpose: row.get("purpose")?,
            outcome: row.get("outcome")?,
        })
    };
    rows.iter().map(shown).collect()
}

/// When the newest entries were written, and how what they record ended; newest first, so many at most.
pub(crate) async fn outcomes(db: &Db, most: i64) -> Result<Vec<(jiff::Timestamp, String)>, Error> {
    let rows = db.fetch_all("SELECT at, outcome FROM access_log ORDER BY seq DESC LIMIT $1", params![most]).await?;
    rows.iter().map(|row| Ok((row.get("at")?, row.get("outcome")?))).collect()
}

/// Makes every digest anew, and gives the log's end.
pub(crate) async fn verify(db: &Db, digests: Digests<'_>) -> Result<End, Broken> {
    let broken = |error: db::Error| Broken::Unreadable(error.into());
    let mut seq = 0;
    let mut hash = Vec::new();
    loop {
        let page = db.fetch_all(PAGE, params![seq]).await.map_err(broken)?;
        if page.is_empty() {
            break;
        }
        for row in &page {
            seq += 1;
            hash = check(row, seq, &hash, digests)?;
        }
    }
    // The log may have grown meanwhile: the newest entries are read together with the end that they lead to.
    let (newest, last) =
        transaction!(db, |tx| { (tx.fetch_all(PAGE, params![seq]).await?, tx.fetch_one(HEAD, params![]).await?) })
            .map_err(broken)?;
    for row in &newest {
        seq += 1;
        hash = check(row, seq, &hash, digests)?;
    }
    let (end, seal) = head(&last).map_err(broken)?;
    if end != (End { seq, hash }) {
        Err(Broken::Entry { seq: seq.min(end.seq) + 1 })
    } else if seal != end.seal(digests)? {
        Err(Broken::End { seq })
    } else {
        Ok(end)
    }
}

fn check(row: &Row, seq: i64, previous: &[u8], digests: Digests<'_>) -> Result<Vec<u8>, Broken> {
    // A value of another type is a changed value.
    let changed = |_: db::Error| Broken::Entry { seq };
    let pseudonym: Option<Vec<u8>> = row.get("pseudonym").map_err(changed)?;
    let hash = Chained {
        previous,
        seq: row.get("seq").map_err(changed)?,
        at_microseconds: row.get("at").map_err(changed)?,
        requester: &row.get::<String>("requester").map_err(changed)?,
        pseudonym: pseudonym.as_deref().unwrap_or_default(),
        category: &row.get::<String>("category").map_err(changed)?,
        purpose: &row.get::<String>("purpose").map_err(changed)?,
        message: &row.get::<Vec<u8>>("message").map_err(changed)?,
        outcome: &row.get::<String>("outcome").map_err(changed)?,
    }
    .hash(digests)?;
    let right = row.get::<i64>("seq").map_err(changed)? == seq && row.get::<Vec<u8>>("hash").map_err(changed)? == hash;
    if right { Ok(hash.to_vec()) } else { Err(Broken::Entry { seq }) }
}

const HEAD: &str = "SELECT seq, hash, seal FROM access_log_head WHERE head_id = 1";
const PAGE: &str = "SELECT * FROM access_log WHERE seq > $1 ORDER BY seq LIMIT 1000";
