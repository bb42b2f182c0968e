//! The rows of waiting files, and what the rows that an import changed were before.

use db::{Tx, params};

use crate::Error;
use crate::digest::{ContentDigest, MemberId, RecordId};
use crate::import::{ImportId, Kind};

/// A row of a waiting file. One that is held as it is has no content.
pub(crate) struct Staged {
    pub(crate) id: RecordId,
    pub(crate) content: Option<Content>,
}

/// What will be held of a row.
pub(crate) struct Content {
    pub(crate) member: MemberId,
    pub(crate) digest: ContentDigest,
    pub(crate) record: Vec<u8>,
}

pub(crate) async fn insert(tx: &mut Tx, import: ImportId, staged: &[Staged]) -> Result<(), Error> {
    let values = |row: &Staged| {
        let content = row.content.as_ref();
        let (member, digest) = (content.map(|content| content.member.0), content.map(|content| content.digest.0));
        params![import, row.id, member, digest, content.map(|content| &content.record)]
    };
    let rows: Vec<_> = staged.iter().map(values).collect();
    tx.insert("INSERT INTO pending_record (import_id, record_id, member_id, digest, record)", rows).await?;
    Ok(())
}

/// The file waits no longer.
pub(crate) async fn forget(tx: &mut Tx, import: ImportId) -> Result<(), Error> {
    tx.execute("DELETE FROM pending_record WHERE import_id = $1", params![import]).await?;
    Ok(())
}

/// What earlier imports that change the same rows changed cannot be taken back any more.
pub(crate) async fn forget_former(tx: &mut Tx, kind: Kind) -> Result<(), Error> {
    let [one, other] = kind.chain();
    let sql = "DELETE FROM former_record WHERE import_id IN (SELECT import_id FROM import WHERE kind IN ($1, $2))";
    tx.execute(sql, params![one, other]).await?;
    Ok(())
}
