//! Periods of coverage, sealed.

use db::{Db, Row, Tx, params};

use crate::Error;
use crate::digest::{MemberId, PseudonymDigest, RecordId, SearchKey};
use crate::store::ledger::{self, AT_ONCE, Ledger, filled, ledger, places};
use crate::store::member;

/// As a file changes it.
pub(crate) const LEDGER: Ledger = ledger!("coverage", "coverage_id");

/// A period with the wrapped key that opens it.
pub(crate) struct Found {
    pub(crate) id: RecordId,
    pub(crate) member: member::Wrapped,
    pub(crate) record: Vec<u8>,
}

/// The statement that finds periods, as [`Found`] has them, by what follows its `WHERE`.
macro_rules! found {
    ($($by:expr),+) => {
        concat!(
            "SELECT coverage.coverage_id, coverage.record, member.member_id, member.data_key FROM coverage
             JOIN member ON member.member_id = coverage.member_id WHERE ",
            $($by),+
        )
    };
}

/// Some periods of everybody, in the order of their names, after the one named.
pub(crate) async fn after(db: &Db, last: RecordId) -> Result<Vec<ledger::Found>, Error> {
    let sql = "SELECT coverage.coverage_id AS id, coverage.record, member.member_id, member.data_key
         FROM coverage JOIN member ON member.member_id = coverage.member_id
         WHERE coverage.coverage_id > $1 ORDER BY coverage.coverage_id LIMIT 4096";
    db.fetch_all(sql, params![last]).await?.iter().map(ledger::found).collect()
}

/// All periods of the members that a pseudonym stands for; nothing when it stands for nobody.
pub(crate) async fn of(tx: &mut Tx, pseudonym: PseudonymDigest) -> Result<Option<Vec<Found>>, Error> {
    let rows = tx
        .fetch_all(
            "SELECT coverage.coverage_id, coverage.record, member.member_id, member.data_key
             FROM link
             JOIN member ON member.member_id = link.member_id
             LEFT JOIN coverage ON coverage.member_id = link.member_id
             WHERE link.pseudonym = $1 AND link.ended_at IS NULL
             LIMIT 1000",
            params![pseudonym],
        )
        .await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        // A member whose last period is gone from the insurer's file is known, with nothing to show.
        if row.get::<Option<[u8; 32]>>("coverage_id")?.is_some() {
            found.push(read(row)?);
        }
    }
    Ok(Some(found))
}

/// All periods of these members.
pub(crate) async fn of_members(tx: &mut Tx, members: &[MemberId]) -> Result<Vec<Found>, Error> {
    let mut found = Vec::new();
    for some in members.chunks(AT_ONCE) {
        let rows = tx.fetch_all(found!("coverage.member_id IN ", places!()), filled(some)).await?;
        found.extend(rows.iter().map(read).collect::<Result<Vec<_>, _>>()?);
    }
    Ok(found)
}

/// Periods with this number or this birth date, and those that cannot be found by either yet: at most `max`.
pub(crate) async fn near(tx: &mut Tx, number: SearchKey, birth: SearchKey, max: i64) -> Result<Vec<Found>, Error> {
    let found = tx.fetch_all(NEAR, params![number, birth, max]).await?;
    and_unkeyed(tx, found, max).await
}

const NEAR: &str = found!("coverage.number_key = $1 OR coverage.birth_key = $2 LIMIT $3");

/// Periods with this number, and those that cannot be found by it yet: at most `max`.
pub(crate) async fn under(tx: &mut Tx, number: SearchKey, max: i64) -> Result<Vec<Found>, Error> {
    let found = tx.fetch_all(UNDER, params![number, max]).await?;
    and_unkeyed(tx, found, max).await
}

const UNDER: &str = found!("coverage.number_key = $1 LIMIT $2");

/// These and those that cannot be found yet. They are asked for by themselves: joined by an OR, SQLite would look at every period.
async fn and_unkeyed(tx: &mut Tx, mut found: Vec<Row>, max: i64) -> Result<Vec<Found>, Error> {
    let left = i64::try_from(found.len()).map_or(0, |count| max.saturating_sub(count));
    found.extend(tx.fetch_all(UNKEYED, params![RecordId([0; 32]), left]).await?);
    found.iter().map(read).collect()
}

/// What a period is found by.
pub(crate) struct Keyed {
    pub(crate) id: RecordId,
    pub(crate) number: SearchKey,
    pub(crate) birth: SearchKey,
}

/// Some of the periods that cannot be found yet, in the order of their names, after the one named.
pub(crate) async fn unkeyed(db: &Db, last: RecordId, max: i64) -> Result<Vec<Found>, Error> {
    db.fetch_all(UNKEYED, params![last, max]).await?.iter().map(read).collect()
}

const UNKEYED: &str =
    found!("coverage.number_key IS NULL AND coverage.coverage_id > $1 ORDER BY coverage.coverage_id LIMIT $2");

/// How many cannot be found yet.
pub(crate) async fn unkeyed_count(db: &Db) -> Result<i64, Error> {
    Ok(db.fetch_one(UNKEYED_COUNT, params![]).await?.get("periods")?)
}

const UNKEYED_COUNT: &str = "SELECT count(*) AS periods FROM coverage WHERE number_key IS NULL";

/// Whether any cannot be found yet.
pub(crate) async fn any_unkeyed(tx: &mut Tx) -> Result<bool, Error> {
    Ok(tx.fetch_optional(ANY_UNKEYED, params![]).await?.is_some())
}

const ANY_UNKEYED: &str = "SELECT 1 AS one FROM coverage WHERE number_key IS NULL LIMIT 1";

/// Makes periods findable. Those that an import has taken out meanwhile stay gone.
pub(crate) async fn set_keys(tx: &mut Tx, keyed: &[Keyed]) -> Result<(), Error> {
    let rows: Vec<_> = keyed.iter().map(|keyed| params![keyed.id, keyed.number, keyed.birth]).collect();
    tx.insert("INSERT INTO coverage_key (coverage_id, number_key, birth_key)", rows).await?;
    let sql = "UPDATE coverage SET
         number_key = (SELECT k.number_key FROM coverage_key k WHERE k.coverage_id = coverage.coverage_id),
         birth_key = (SELECT k.birth_key FROM coverage_key k WHERE k.coverage_id = coverage.coverage_id)
         WHERE coverage_id IN (SELECT k.coverage_id FROM coverage_key k)";
    tx.execute(sql, params![]).await?;
    tx.execute("DELETE FROM coverage_key", params![]).await?;
    Ok(())
}

fn read(row: &Row) -> Result<Found, Error> {
    let member = member::Wrapped { id: MemberId(row.get("member_id")?), data_key: row.get("data_key")? };
    Ok(Found { id: RecordId(row.get("coverage_id")?), member, record: row.get("record")? })
}

#[cfg(test)]
mod tests {
    use db::testing;

    use super::*;
    use crate::app::MIGRATIONS;

    #[tokio::test]
    async fn no_search_goes_through_periods_that_it_does_not_find() {
        let database = testing::sqlite().await.unwrap();
        database.db.migrate(&MIGRATIONS).await.unwrap();
        for (sql, indexes) in [
            (NEAR, ["coverage_by_number", "coverage_by_birth"].as_slice()),
            (UNDER, &["coverage_by_number"]),
            (UNKEYED, &["coverage_to_key"]),
            (UNKEYED_COUNT, &["coverage_to_key"]),
            (ANY_UNKEYED, &["coverage_to_key"]),
        ] {
            let ask: &'static str = format!("EXPLAIN QUERY PLAN {sql}").leak();
            let steps = database.db.fetch_all(ask, params![vec![0_u8], vec![0_u8], 1_i64]).await.unwrap();
            let plan: Vec<String> = steps.iter().map(|step| step.get("detail").unwrap()).collect();
            let used = plan.iter().filter_map(|step| step.split("INDEX ").nth(1)?.split(' ').next());
            let used: Vec<&str> = used.filter(|name| name.starts_with("coverage_")).collect();
            assert_eq!(used, indexes, "{plan:?}");
            assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{plan:?}");
        }
    }
}
