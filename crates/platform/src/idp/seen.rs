//! A message is acted on once.

use jiff::{SignedDuration, Timestamp};
use saml::{EntityId, MessageId};
use web::Error;

use crate::{
    app::{App, key},
    store,
};

/// Whether this is the first time that `sender` sends this message. It is remembered until `until`, when it would be
/// refused for its age; only a keyed digest of its ID is kept, which can be joined with no log of the service's.
///
/// # Errors
/// When the key store or the database fails.
pub(crate) async fn once(app: &App, sender: &EntityId, id: &MessageId, until: Timestamp) -> Result<bool, Error> {
    first(app, sender, id.as_str(), until).await
}

/// The same for messages of another kind, whose IDs are told apart from those of SAML by what stands before them in `id`.
///
/// # Errors
/// When the key store or the database fails.
pub(crate) async fn first(app: &App, sender: &EntityId, id: &str, until: Timestamp) -> Result<bool, Error> {
    let digest = digest(app, sender, id)?;
    let first =
        db::transaction!(app.db, |tx| { store::message_seen::insert(tx, sender.as_str(), digest, until).await? });
    match first {
        Ok(()) => Ok(true),
        Err(db::Error::Unique) => Ok(false),
        Err(error) => Err(Error::ours(error)),
    }
}

/// Takes one of the turns that `sender` has at `what`. Each comes back after a while, so that there are never more in any such
/// stretch of time, wherever it begins. `false`: all are spent.
///
/// # Errors
/// When the key store or the database fails.
pub(crate) async fn spend(
    app: &App,
    sender: &EntityId,
    what: &str,
    (turns, within): (u8, SignedDuration),
) -> Result<bool, Error> {
    let now = app.clock.now();
    let until = now.saturating_add(within).unwrap_or(now);
    // No ID of a message has a space in it.
    let turn = |place| digest(app, sender, &format!("{what} {place}"));
    let turns: Vec<_> = (0..turns).map(turn).collect::<Result<_, _>>()?;
    let taken = db::transaction!(app.db, |tx| {
        let mut taken = false;
        for turn in &turns {
            taken = store::message_seen::take(tx, sender.as_str(), *turn, (now, until)).await?;
            if taken {
                break;
            }
        }
        taken
    });
    taken.map_err(Error::ours)
}

/// What is remembered of the message `id` of `sender`, for whoever acts on it in a transaction of its own.
///
/// # Errors
/// When the key store fails.
pub(crate) fn digest(app: &App, sender: &EntityId, id: &str) -> Result<[u8; 32], Error> {
    let parts: [&[u8]; 2] = [sender.as_str().as_bytes(), id.as_bytes()];
    app.keys.hmac256(key::ROWS, "SSC message seen/1", &parts).map_err(Error::ours)
}
