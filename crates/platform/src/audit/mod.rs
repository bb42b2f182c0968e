//! The log of disclosures: the proof at the end of the chain.
//!
//! [`disclose`] is the only door to what an institution answered. It writes one entry for each source, and only the
//! [`Receipt`] for them opens the answer: no record, no page.

pub mod chain;

use jiff::Timestamp;
use keys::Keys;

use crate::{
    app::{App, key},
    exchange::{Disclosed, Undisclosed},
    ids::{ResidentId, StaffId},
    purpose::{Category, Purpose},
    store,
};
use chain::{Broken, Entry, Hash, Tip, Written};

/// Who looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The resident.
    Resident,
    /// An institution, by one of its staff or by its software.
    Institution {
        /// Its ten-digit code.
        code: String,
        /// Who was at the screen; nobody where software asked by itself.
        staff: Option<StaffId>,
    },
    /// An institution that holds something about the resident.
    Insurer {
        /// Its entity ID.
        entity: String,
    },
    /// A service that the resident logs in to.
    Service {
        /// Its entity ID.
        entity: String,
    },
}

/// A look: who, at whom, at what, why, and which sources answered.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Whose data.
    pub subject: ResidentId,
    /// Who looks.
    pub actor: Actor,
    /// What kind of data.
    pub category: Category,
    /// Why.
    pub purpose: Purpose,
    /// One for each source that was asked.
    pub sources: Vec<Asked>,
}

/// A source that was asked, and how it went.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The source's entity id.
    pub source: String,
    /// `shown`, `kept` where it was neither shown nor handed over, or the code of the failure.
    pub outcome: &'static str,
    /// The id of the message that asked.
    pub message: String,
}

/// Proof that a visit is in the log. Only [`append`] makes one.
#[derive(Debug)]
pub struct Receipt(());

/// Records the visit, then opens what it found.
///
/// # Errors
/// When the log cannot be written; nothing is disclosed then.
pub async fn disclose<T>(app: &App, found: Undisclosed<T>) -> Result<Disclosed<T>, web::Error> {
    let receipt = record(app, found.visit()).await?;
    Ok(found.open(&receipt))
}

/// Records a visit.
///
/// # Errors
/// When the log cannot be written; nothing is disclosed then.
pub async fn record(app: &App, visit: &Visit) -> Result<Receipt, web::Error> {
    let now = app.clock.now();
    let entries = draft(&app.keys, visit, now).map_err(web::Error::ours)?;
    let receipt = db::transaction!(app.db, |tx| -> Unwritten { append(tx, &app.keys, &entries).await? });
    receipt.map_err(|error| {
        tracing::error!(code = error.code(), %error, "nothing was disclosed");
        web::Error::ours(error)
    })
}

/// Records a visit together with what it changes: either both are there afterwards, or neither.
///
/// # Errors
/// When the log cannot be written: the transaction must not go on.
pub(crate) async fn record_in(tx: &mut db::Tx, entries: &Entries<'_>) -> Result<Receipt, Unwritten> {
    append(tx, entries.keys, &entries.drafted).await
}

/// The entries of a visit that a transaction is to record.
pub(crate) struct Entries<'a> {
    keys: &'a Keys,
    drafted: Vec<Entry>,
}

/// Drafts them, outside of the transaction.
///
/// # Errors
/// When the key store fails.
pub(crate) fn entries<'a>(app: &'a App, visit: &Visit) -> Result<Entries<'a>, web::Error> {
    let drafted = draft(&app.keys, visit, app.clock.now()).map_err(web::Error::ours)?;
    Ok(Entries { keys: &app.keys, drafted })
}

/// Seals the beginning of a log that has none yet. A log that has entries but no sealed end is left as it is: nothing can
/// be added to it, and it does not verify.
///
/// # Errors
/// When the database or the key store fails.
pub async fn begin(db: &db::Db, keys: &Keys) -> Result<(), Unwritten> {
    let tip = Tip::default();
    let head = store::audit::Head { tip, seal: seal(keys, tip)? };
    db::transaction!(db, |tx| -> Unwritten {
        if store::audit::head(tx).await?.is_none() && store::audit::empty(tx).await? {
            store::audit::set_head(tx, &head).await?;
        }
    })
}

/// Whether the log could be continued: its end is as it was sealed, and the database takes a change. It is sealed again as it
/// was.
///
/// # Errors
/// [`Unwritten`], as [`disclose`] would meet it.
pub async fn examine(app: &App) -> Result<(), Unwritten> {
    db::transaction!(app.db, |tx| -> Unwritten { append(tx, &app.keys, &[]).await.map(drop)? })
}

/// Why an entry could not be written.
#[derive(Debug, thiserror::Error)]
pub enum Unwritten {
    /// The database failed.
    #[error("the access log could not be written")]
    Database(#[from] db::Error),
    /// The key store failed.
    #[error("the access log could not be sealed")]
    Keys(#[from] keys::Error),
    /// The end of the log is not the one that was sealed: going on would seal what somebody has cut off or rewritten.
    #[error("the sealed end of the access log does not fit")]
    Tampered,
}

impl Unwritten {
    /// The stable code that the operator's guide explains.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Database(_) | Self::Keys(_) => "AUDIT-01",
            Self::Tampered => "AUDIT-02",
        }
    }
}

/// The pseudonym under which the log knows a resident.
///
/// # Errors
/// When the key store fails.
pub fn subject(keys: &Keys, resident: ResidentId) -> Result<Hash, keys::Error> {
    keys.hmac256(key::AUDIT, "SSC audit subject/1", &[&resident.bytes()])
}

/// A page of entries about a resident, newest first, all before entry `before`; one more than a page when there is more.
///
/// # Errors
/// When the key store or the database fails.
pub async fn about(app: &App, resident: ResidentId, before: i64) -> Result<Vec<Entry>, web::Error> {
    let subject = subject(&app.keys, resident).map_err(web::Error::ours)?;
    let page = store::audit::about(&app.db, subject, before, PAGE_ENTRIES + 1).await.map_err(web::Error::ours)?;
    Ok(page.into_iter().map(|written| written.entry).collect())
}

/// Entries on one page.
pub const PAGE_ENTRIES: i64 = 50;

/// Re-computes the whole chain, oldest entry first, and gives its end.
///
/// # Errors
/// [`Unverified::Broken`] names the first entry that does not fit.
pub async fn verify(db: &db::Db, keys: &Keys) -> Result<Tip, Unverified> {
    let mut tip = Tip::default();
    loop {
        let batch = store::audit::after(db, tip.number, VERIFY_BATCH).await?;
        if batch.is_empty() {
            break;
        }
        for written in batch {
            tip = tip.step(&written.map_err(|number| Broken::Unreadable { number })?)?;
        }
    }
    // The log may have grown meanwhile: the newest entries are read together with the end that they lead to.
    let (newest, end) = db::transaction!(db, |tx| { store::audit::rest(tx, tip.number, VERIFY_BATCH).await? })?;
    for written in &newest {
        tip = tip.step(written)?;
    }
    let head = end.ok_or(Broken::Seal { number: tip.number })?;
    if head.tip != tip {
        return Err(Broken::End { number: tip.number }.into());
    }
    if seal(keys, tip)? != head.seal {
        return Err(Broken::Seal { number: tip.number }.into());
    }
    Ok(tip)
}

/// Entries that are verified at a time: bounds the memory, not the log.
const VERIFY_BATCH: i64 = 1_000;

/// Why a log could not be verified.
#[derive(Debug, thiserror::Error)]
pub enum Unverified {
    /// It is not the log that was written.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// It could not be read.
    #[error("the log could not be read")]
    Database(#[from] db::Error),
    /// The key store failed.
    #[error("the seal could not be computed")]
    Keys(#[from] keys::Error),
}

/// The entries of a visit, but for their place in the chain.
fn draft(keys: &Keys, visit: &Visit, now: Timestamp) -> Result<Vec<Entry>, keys::Error> {
    let subject = subject(keys, visit.subject)?;
    let (actor_kind, actor, staff) = match &visit.actor {
        Actor::Resident => ("resident", String::new(), None),
        Actor::Institution { code, staff } => ("institution", code.clone(), staff.map(|staff| staff.bytes())),
        Actor::Insurer { entity } => ("insurer", entity.clone(), None),
        Actor::Service { entity } => ("service", entity.clone(), None),
    };
    let entry = |source: &str, outcome: &str, message: Hash| Entry {
        number: 0,
        at: now,
        subject,
        actor_kind: actor_kind.to_owned(),
        actor: actor.clone(),
        staff,
        category: visit.category.code().into_owned(),
        purpose: visit.purpose.code().to_owned(),
        source: source.to_owned(),
        outcome: outcome.to_owned(),
        message,
        previous: chain::GENESIS,
    };
    if visit.sources.is_empty() {
        return Ok(vec![entry(NO_SOURCE, "nothing-linked", chain::GENESIS)]);
    }
    let asked = visit.sources.iter().map(|asked| {
        let message = keys.hmac256(key::AUDIT, "SSC audit message/1", &[asked.message.as_bytes()])?;
        Ok(entry(&asked.source, asked.outcome, message))
    });
    asked.collect()
}

/// What stands in the log where no institution holds anything.
const NO_SOURCE: &str = "none";

/// Continues the chain with `entries` and seals its new end. The end is moved first, so that two writers meet there,
/// where one of them begins again, and not at an entry's number, where it would fail. An end that was not sealed with our
/// key is not continued: sealing it anew would hide what somebody has done to the log.
async fn append(tx: &mut db::Tx, keys: &Keys, entries: &[Entry]) -> Result<Receipt, Unwritten> {
    let head = store::audit::head(tx).await?.ok_or(Unwritten::Tampered)?;
    let mut tip = head.tip;
    if seal(keys, tip)? != head.seal {
        return Err(Unwritten::Tampered);
    }
    let mut continued = Vec::with_capacity(entries.len());
    for entry in entries {
        let mut entry = entry.clone();
        entry.number = tip.number + 1;
        entry.previous = tip.hash;
        let written = Written { hash: entry.hash(), entry };
        tip = Tip { number: written.entry.number, hash: written.hash };
        continued.push(written);
    }
    let head = store::audit::Head { tip, seal: seal(keys, tip)? };
    store::audit::set_head(tx, &head).await?;
    for written in &continued {
        store::audit::insert(tx, written).await?;
    }
    Ok(Receipt(()))
}

fn seal(keys: &Keys, tip: Tip) -> Result<Hash, keys::Error> {
    keys.hmac256(key::AUDIT, "SSC audit head/1", &[&tip.number.to_be_bytes(), &tip.hash])
}
