//! One conversation with one card, from the server's nonce to the end: the server's side of SSC-CARD/1.
//!
//! ```text
//! start ─→ prove ─→ (a reception stops here)
//!            └─→ try_pin ─→ finish
//! ```
//!
//! What a message means is decided in [`judge`]; here it is gathered, decided in one transaction and stored before
//! anything is answered.

use std::sync::Arc;

use card::protocol::{
    Ke1, Ke2, Ke3, Nonce, Opening, Origin, Proof, START_SECONDS, Sid, Start, challenge,
    server::{self, EnrolledCard, LoginState, Possession, Registration},
};
use jiff::{SignedDuration, Timestamp};

use super::judge::{self, Refusal, State, Step, TRIES_MAX, Turn};
use crate::{
    app::{App, key},
    idp,
    ids::ResidentId,
    store::{self, service_session::ServiceSession},
};

/// What a conversation is for. A message of one kind never fits the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A resident logs in, with a PIN.
    Login,
    /// A resident logs in by the card alone, for a service that is content with it.
    Possession,
    /// A card lies on a reception's reader.
    Reception,
}

/// Why a conversation did not go on.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A rule refused it; the person can read why.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database failed.
    #[error("the card conversation could not be stored")]
    Database(#[from] db::Error),
    /// The key store failed.
    #[error("the card's keys could not be used")]
    Keys(#[from] keys::Error),
}

/// A card that has proved itself and is let in.
#[derive(Debug)]
pub struct Proved {
    /// Whose card it is.
    pub resident: ResidentId,
    /// Lets the reader read the card's secret, to go on with a PIN.
    pub opening: Opening,
}

/// Begins a conversation for the browser of this cookie digest.
///
/// # Errors
/// [`Failure::Database`].
pub async fn start(app: &App, kind: Kind, browser: [u8; 32]) -> Result<Start, Failure> {
    let nonce: [u8; 32] = app.random.bytes();
    let sid_bytes: [u8; 16] = app.random.bytes();
    let expires_at = app.clock.now() + SignedDuration::from_secs(START_SECONDS);
    let attempt = store::attempt::Attempt {
        purpose: kind.code().to_owned(),
        browser,
        nonce,
        step: Step::Started,
        card_id: None,
        possession: None,
        pin_exchange: None,
        expires_at,
    };
    // Lost, it is begun again: all that comes of it ends with a commit that is on the disk.
    db::transaction!(app.db.without_flush(), |tx| { store::attempt::insert(tx, sid_bytes, &attempt).await? })?;
    Ok(Start { sid: Sid::from_random(sid_bytes), c: Nonce::from_bytes(nonce), exp: expires_at })
}

/// The card's proof: is it here, is it ours, may it be used?
///
/// # Errors
/// [`Failure::Refused`] with the first rule that refuses it. A card whose counter went back is suspended, and what its resident
/// has begun here and at services ends.
pub async fn prove(app: &Arc<App>, kind: Kind, sid: &Sid, browser: [u8; 32], proof: &Proof) -> Result<Proved, Failure> {
    let sid_bytes = sid_bytes(sid)?;
    let attempt = store::attempt::find(&app.db, sid_bytes).await?.ok_or(Refusal::Expired)?;
    let start = Start { sid: sid.clone(), c: Nonce::from_bytes(attempt.nonce), exp: attempt.expires_at };
    let origin = kind.origin(app);
    let card_id = *proof.id.as_bytes();
    let session_key = app.keys.card_session_key(key::CARD, &proof.id, proof.ckv(), &challenge(origin, &start))?;
    let possession = server::verify(&session_key, origin, &start, proof);
    let now = app.clock.now();

    let presented =
        Presented { kind, sid: sid_bytes, browser, card: card_id, possession: possession.as_ref().ok(), now };
    // Who is let in has nothing yet: what follows, a PIN, a session, a look, is on the disk before anything is given. (That a
    // resident has not agreed is said without; who hears it again after a crash has learnt nothing more.)
    let let_in = db::transaction!(app.db.without_flush(), |tx| -> NotLetIn {
        presented.take(tx).await?.0.map_err(|_| NotLetIn::Refused)?
    });
    let outcome = match let_in {
        Ok(resident) => Ok(resident),
        // What a refusal changes must not be lost: it is taken again.
        Err(NotLetIn::Refused) => {
            let (outcome, bereft) = db::transaction!(app.db, |tx| {
                let (outcome, begun) = presented.take(tx).await?;
                (outcome, idp::bereave(app, tx, &begun).await?)
            })?;
            idp::log_out_behind(app, bereft);
            outcome
        }
        Err(NotLetIn::Database(error)) => return Err(error.into()),
    };
    if outcome == Err(Refusal::CopySuspected) {
        let code = Refusal::CopySuspected.code();
        tracing::error!(code, card.id = %proof.id, "card {} is suspended: its write counter went back", proof.id);
    }
    let (resident, possession) = (outcome?, possession.map_err(|_| Refusal::NotProved)?);
    Ok(Proved { resident, opening: possession.opening(&session_key) })
}

/// A card's proof as it is to be judged.
struct Presented<'a> {
    kind: Kind,
    sid: [u8; 16],
    browser: [u8; 32],
    card: [u8; 16],
    possession: Option<&'a Possession>,
    now: Timestamp,
}

/// Why a proof was not taken at the first try.
enum NotLetIn {
    Refused,
    Database(db::Error),
}

impl From<db::Error> for NotLetIn {
    fn from(error: db::Error) -> Self {
        Self::Database(error)
    }
}

impl Presented<'_> {
    /// Judges the proof and writes what follows. With it goes what has begun at services by a card that is suspended now.
    async fn take(&self, tx: &mut db::Tx) -> Result<(Result<ResidentId, Refusal>, Vec<ServiceSession>), db::Error> {
        let attempt = store::attempt::get(tx, self.sid).await?;
        let card = store::card::get(tx, self.card).await?;
        let mut begun = Vec::new();
        let outcome = weigh(attempt.as_ref(), self.kind, self.browser, self.possession, card.as_ref(), self.now);
        match (&outcome, self.possession) {
            (Ok(_), Some(possession)) => {
                if card.is_some_and(|card| card.known.write_count != possession.wcnt()) {
                    store::card::set_write_count(tx, self.card, possession.wcnt()).await?;
                }
                match self.kind {
                    Kind::Login => {
                        store::attempt::set_proved(tx, self.sid, self.card, &possession.to_bytes()).await?;
                    }
                    Kind::Possession | Kind::Reception => store::attempt::set_done(tx, self.sid).await?,
                }
            }
            (Err(Refusal::Expired | Refusal::Replay | Refusal::OtherBrowser), _) => {}
            (Err(refusal), _) => {
                if let (Refusal::CopySuspected, Some(card)) = (refusal, &card) {
                    store::card::set_state(tx, self.card, State::Suspended).await?;
                    store::session::delete_of(tx, card.resident.bytes()).await?;
                    begun = store::service_session::take_of_resident(tx, card.resident).await?;
                }
                store::attempt::set_done(tx, self.sid).await?;
            }
            (Ok(_), None) => {}
        }
        Ok((outcome, begun))
    }
}

/// Spends a PIN try and answers the first message of the PIN exchange. The try is on the disk before the answer is
/// made known.
///
/// # Errors
/// [`Failure::Refused`].
pub async fn try_pin(app: &App, sid: &Sid, browser: [u8; 32], ke1: &Ke1) -> Result<Ke2, Failure> {
    let sid_bytes = sid_bytes(sid)?;
    let attempt = store::attempt::find(&app.db, sid_bytes).await?.ok_or(Refusal::Expired)?;
    let (Some(card_id), Some(kept)) = (attempt.card_id, &attempt.possession) else {
        return Err(Refusal::Replay.into());
    };
    let possession = Possession::from_kept(kept).map_err(|_| Refusal::Malformed)?;
    let card = store::card::find(&app.db, card_id).await?.ok_or(Refusal::Unknown)?;
    judge::spend_try(&card.known)?;
    let sealed = card.pin_registration.as_deref().ok_or(Refusal::PinNotSet)?;
    let registration = Registration::from_kept(&app.keys.open_sealed(key::ROWS, &card_aad(card_id), sealed)?)
        .map_err(|_| Refusal::Malformed)?;
    let material = app.keys.hmac512(key::PIN_SEED, &[&server::material_info(possession.id())])?;
    let enrolled = EnrolledCard { material: &material, registration: &registration };
    let (state, ke2) =
        app.pins.login_start(&enrolled, &possession, ke1, &mut rand::rngs::OsRng).map_err(|_| Refusal::Malformed)?;
    let sealed_state = app.keys.seal(key::ROWS, &sid_bytes, state.as_bytes())?;
    let now = app.clock.now();

    let outcome = db::transaction!(app.db, |tx| {
        let attempt = store::attempt::get(tx, sid_bytes).await?;
        let card = store::card::get(tx, card_id).await?;
        let outcome = match (attempt, card) {
            (Some(attempt), Some(card)) => {
                let turn = turn(&attempt, Step::Proved, browser);
                judge::turn(&turn, now).and_then(|()| judge::spend_try(&card.known))
            }
            _ => Err(Refusal::Expired),
        };
        if let Ok(left) = outcome {
            store::card::set_tries(tx, card_id, left).await?;
            store::attempt::set_trying(tx, sid_bytes, &sealed_state).await?;
        }
        outcome
    })?;
    outcome?;
    Ok(ke2)
}

/// The last message of the PIN exchange, or none when the agent already knows that the PIN is wrong.
///
/// # Errors
/// [`Failure::Refused`], with the tries that are left when the PIN was wrong.
pub async fn finish(app: &App, sid: &Sid, browser: [u8; 32], ke3: Option<&Ke3>) -> Result<ResidentId, Failure> {
    let sid_bytes = sid_bytes(sid)?;
    let attempt = store::attempt::find(&app.db, sid_bytes).await?.ok_or(Refusal::Expired)?;
    let (Some(card_id), Some(kept), Some(sealed)) = (attempt.card_id, &attempt.possession, &attempt.pin_exchange)
    else {
        return Err(Refusal::Replay.into());
    };
    let possession = Possession::from_kept(kept).map_err(|_| Refusal::Malformed)?;
    let state = LoginState::from_kept(&app.keys.open_sealed(key::ROWS, &sid_bytes, sealed)?);
    let proven = ke3.and_then(|ke3| state.finish(&possession, ke3).ok());
    let now = app.clock.now();

    let outcome = db::transaction!(app.db, |tx| {
        let attempt = store::attempt::get(tx, sid_bytes).await?;
        let card = store::card::get(tx, card_id).await?;
        let outcome = match (attempt, &card) {
            (Some(attempt), Some(card)) => {
                let turn = judge::turn(&turn(&attempt, Step::Trying, browser), now);
                turn.and_then(|()| judge::admit(&card.known)).map(|()| (card.resident, card.known))
            }
            _ => Err(Refusal::Expired),
        };
        if let Ok((_, known)) = &outcome {
            store::attempt::set_done(tx, sid_bytes).await?;
            if let Some(proven) = &proven {
                // The secret could only be read after the write that opened it: the card is one further now.
                let count = known.write_count.max(proven.wcnt());
                store::card::set_write_count(tx, card_id, count).await?;
                store::card::set_tries(tx, card_id, TRIES_MAX).await?;
            }
        }
        outcome
    })?;
    let (resident, known) = outcome?;
    if proven.is_some() { Ok(resident) } else { Err(judge::wrong_pin(known.tries_left).into()) }
}

impl Kind {
    fn code(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Possession => "possession",
            Self::Reception => "reception",
        }
    }

    fn origin(self, app: &App) -> &Origin {
        match self {
            Self::Login | Self::Possession => &app.portal_origin,
            Self::Reception => &app.clinic_origin,
        }
    }
}

/// Everything that decides whether a proof lets its card in.
#[expect(clippy::too_many_arguments, reason = "the pure decision takes all that it rests on, and nothing else")]
fn weigh(
    attempt: Option<&store::attempt::Attempt>,
    kind: Kind,
    browser: [u8; 32],
    possession: Option<&Possession>,
    card: Option<&store::card::Card>,
    now: Timestamp,
) -> Result<ResidentId, Refusal> {
    let attempt = attempt.filter(|attempt| attempt.purpose == kind.code()).ok_or(Refusal::Expired)?;
    judge::turn(&turn(attempt, Step::Started, browser), now)?;
    let possession = possession.ok_or(Refusal::NotProved)?;
    judge::possession(card.map(|card| &card.known), possession.ckv(), possession.wcnt())?;
    card.map(|card| card.resident).ok_or(Refusal::Unknown)
}

fn turn(attempt: &store::attempt::Attempt, message_for: Step, browser: [u8; 32]) -> Turn {
    Turn { step: attempt.step, message_for, same_browser: attempt.browser == browser, expires_at: attempt.expires_at }
}

/// Binds a sealed registration to its card: it opens in no other row.
pub(super) fn card_aad(card_id: [u8; 16]) -> Vec<u8> {
    [b"card.pin_registration\0".as_slice(), &card_id].concat()
}

fn sid_bytes(sid: &Sid) -> Result<[u8; 16], Refusal> {
    let mut bytes = [0; 16];
    hex::decode_to_slice(sid.as_str(), &mut bytes).map_err(|_| Refusal::Malformed)?;
    Ok(bytes)
}
