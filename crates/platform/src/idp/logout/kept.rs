//! A logout under way, as it is kept between two pages: sealed, found by a secret, and bound to one browser.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use db::Tx;
use jiff::SignedDuration;
use saml::wire::RelayState;
use web::Error;

use super::run::Run;
use crate::{
    app::{App, key},
    session::sha256,
    store::{self, logout::Logout},
};

/// How long a logout may take. The services' own pages take most of it.
const LASTS: SignedDuration = SignedDuration::from_mins(10);

/// The secret under which a logout is found again; it is worth nothing in another browser. Services carry it sealed, and
/// each another value, so that two of them have nothing in common by which to find that they have the same person.
#[derive(Clone)]
pub(super) struct Handle(String);

impl Handle {
    /// A new one.
    pub(super) fn new(app: &App) -> Self {
        Self(hex::encode(app.random.bytes::<16>()))
    }

    /// As it came in a URL.
    pub(super) fn of(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// As it came back in a RelayState, if it is one of ours.
    pub(super) fn carried(app: &App, state: &RelayState) -> Option<Self> {
        let sealed = URL_SAFE_NO_PAD.decode(state.as_str()).ok()?;
        let secret = app.keys.open_sealed(key::ROWS, RELAYED, &sealed).ok()?;
        Some(Self(hex::encode(secret)))
    }

    /// For one service to carry, once: another value every time, within the 80 bytes of SAML 2.0 Bindings §3.4.3.
    ///
    /// # Errors
    /// When the key store fails.
    pub(super) fn relayed(&self, app: &App) -> Result<RelayState, Error> {
        let secret = hex::decode(&self.0).map_err(Error::ours)?;
        let sealed = app.keys.seal(key::ROWS, RELAYED, &secret).map_err(Error::ours)?;
        RelayState::parse(&URL_SAFE_NO_PAD.encode(sealed)).map_err(Error::ours)
    }

    /// The page that shows how far it is.
    pub(super) fn url(&self) -> String {
        // It may be what some service made of it: no path of another page, nor of another site.
        let handle: String = self.0.chars().filter(char::is_ascii_alphanumeric).collect();
        format!("/saml/logout/state/{handle}")
    }

    /// What a logout is kept under.
    pub(super) fn digest(&self) -> [u8; 32] {
        sha256(self.0.as_bytes())
    }
}

/// Binds what services carry to its use.
const RELAYED: &[u8] = b"idp.logout.relayed/1";

/// Keeps a logout whose services are now asked, for the browser of this cookie digest or, if none is given, for the first that
/// goes on with it.
///
/// # Errors
/// When the key store or the database fails.
pub(super) async fn insert(
    app: &App,
    tx: &mut Tx,
    handle: &Handle,
    run: &Run,
    visitor: Option<[u8; 32]>,
) -> Result<(), Unkept> {
    let (digest, now) = (handle.digest(), app.clock.now());
    let state = seal(app, digest, run)?;
    let visitor = visitor.map(Vec::from).unwrap_or_default();
    let kept = Logout { visitor, state, asking_until: Some(now + ASKED_WITHIN), expires_at: now + LASTS };
    Ok(store::logout::insert(tx, digest, &kept).await?)
}

/// How long it takes at most to ask services behind the browser's back, a busy machine considered.
const ASKED_WITHIN: SignedDuration = SignedDuration::from_secs(30);

/// Who goes on with a logout.
#[derive(Clone, Copy)]
pub(super) enum By {
    /// The browser of this cookie digest: the one that it belongs to, or belongs to from now on.
    Browser([u8; 32]),
    /// A service, whose message proves itself.
    Service,
}

/// Goes on with a logout. `None` when there is none, not any more, or when it is another browser's.
///
/// # Errors
/// When the key store or the database fails.
pub(super) async fn go_on<T>(
    app: &App,
    handle: &Handle,
    by: By,
    step: impl Fn(&mut Run) -> T,
) -> Result<Option<T>, Error> {
    changed(app, handle.digest(), |kept, run| {
        match by {
            By::Browser(browser) if kept.visitor.is_empty() => kept.visitor = browser.to_vec(),
            By::Browser(browser) if kept.visitor != browser => return None,
            By::Browser(_) | By::Service => {}
        }
        Some(step(run))
    })
    .await
}

/// Keeps how services answered that were asked behind the browser's back, as `asked` has it, and gives what is to be done now.
/// `None` when the logout is not kept any more.
///
/// # Errors
/// When the key store or the database fails.
pub(super) async fn settle(app: &App, digest: [u8; 32], asked: &Run) -> Result<Option<Run>, Error> {
    changed(app, digest, |kept, run| {
        kept.asking_until = None;
        run.settle(asked);
        Some(run.clone())
    })
    .await
}

/// Logouts in which a process that was asking services is no more: whoever gets one asks on, and nobody else does meanwhile.
/// One that cannot be opened stops none of the others.
///
/// # Errors
/// When the key store or the database fails.
pub(super) async fn taken_over(app: &App) -> Result<Vec<([u8; 32], Run)>, Error> {
    let now = app.clock.now();
    let mut taken = Vec::new();
    for digest in store::logout::interrupted(&app.db, now).await.map_err(Error::ours)? {
        let run = change(app, digest, |kept, run| {
            let free = kept.asking_until.is_some_and(|until| until < now);
            free.then(|| {
                kept.asking_until = Some(now + ASKED_WITHIN);
                run.clone()
            })
        });
        match run.await {
            Ok(run) => taken.extend(run.map(|run| (digest, run))),
            Err(Unkept::Database(error)) => return Err(Error::ours(error)),
            Err(error) => {
                // Nobody could open it at the next look either, and others wait behind it.
                tracing::error!(code = "IDP-34", %error, "an interrupted logout is not readable, and is given up");
                db::transaction!(app.db, |tx| { store::logout::give_up(tx, digest).await? }).map_err(Error::ours)?;
            }
        }
    }
    Ok(taken)
}

async fn changed<T>(
    app: &App,
    digest: [u8; 32],
    step: impl Fn(&mut Logout, &mut Run) -> Option<T>,
) -> Result<Option<T>, Error> {
    change(app, digest, step).await.map_err(Error::ours)
}

/// Changes a logout that is kept, where `step` gives something.
async fn change<T>(
    app: &App,
    digest: [u8; 32],
    step: impl Fn(&mut Logout, &mut Run) -> Option<T>,
) -> Result<Option<T>, Unkept> {
    let now = app.clock.now();
    db::transaction!(app.db, |tx| -> Unkept {
        match store::logout::get(tx, digest).await?.filter(|kept| now < kept.expires_at) {
            None => None,
            Some(mut kept) => {
                let plain = app.keys.open_sealed(key::ROWS, &aad(digest), &kept.state)?;
                let mut run: Run = serde_json::from_slice(&plain)?;
                run.asking = kept.asking_until.is_some_and(|until| now <= until);
                let before = (kept.visitor.clone(), kept.asking_until, serde_json::to_vec(&run)?);
                let outcome = step(&mut kept, &mut run);
                // Whoever only looks, and looks often, writes nothing.
                let same = before == (kept.visitor.clone(), kept.asking_until, serde_json::to_vec(&run)?);
                if outcome.is_some() && !same {
                    kept.state = seal(app, digest, &run)?;
                    store::logout::update(tx, digest, &kept).await?;
                }
                outcome
            }
        }
    })
}

fn seal(app: &App, digest: [u8; 32], run: &Run) -> Result<Vec<u8>, Unkept> {
    Ok(app.keys.seal(key::ROWS, &aad(digest), &serde_json::to_vec(run)?)?)
}

/// What binds a sealed state to its row.
fn aad(digest: [u8; 32]) -> Vec<u8> {
    [b"logout.state\0".as_slice(), &digest].concat()
}

/// Why a logout cannot be kept or opened.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unkept {
    #[error(transparent)]
    Database(#[from] db::Error),
    #[error(transparent)]
    Keys(#[from] keys::Error),
    #[error("the state of a logout is not readable")]
    State(#[from] serde_json::Error),
}
