//! Which key speaks for us today: our keys with their times, ready to sign with, and changed without a stop.
//!
//! The times are in the database and decide for every process; the private halves are in the key store's file, which is
//! read again when the database names a key that is not known here yet.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use db::Db;
use jiff::{SignedDuration, Timestamp};
use keys::{Keys, Kind};
use saml::{EntityId, SignFailed, Signer, UnwrapFailed, metadata::ServiceProvider};
use xml::{SignatureAlgorithm, VerifyingKey};
use zeroize::Zeroizing;

use super::schedule::{self, Rules, Step};
use crate::{
    app::{self, App, CannotStart},
    config,
    store::{
        self,
        service_change::Change,
        service_key::{Purpose, ServiceKey},
    },
};

/// Our keys as identity provider.
pub struct Signing {
    db: Db,
    file: config::KeyStore,
    entity: EntityId,
    /// How long keys last.
    pub rules: Rules,
    state: RwLock<Arc<State>>,
}

/// The keys as of one moment.
#[derive(Clone)]
pub(crate) struct State {
    store: Arc<Keys>,
    /// Every key of ours, as the database has it. Published whether or not the private half is at hand: what another process
    /// signs must be verified by whoever has our metadata from this one.
    pub(crate) ours: Vec<ServiceKey>,
    /// Those with their private halves at hand. Never without an RSA key that signs.
    keys: Vec<ServiceKey>,
    rsa: Chosen,
}

/// A key to sign with. Cheap to clone, so that the signature can be computed elsewhere.
#[derive(Clone)]
pub struct Chosen {
    /// Its name in the key store.
    pub key_name: String,
    /// What it signs with.
    pub algorithm: SignatureAlgorithm,
    /// Its certificate, DER.
    pub certificate: Arc<[u8]>,
    store: Arc<Keys>,
}

/// The key that signs for one service now: RSA, unless the service says that it verifies ECDSA and we prefer that.
#[must_use]
pub fn current(app: &App, provider: &ServiceProvider, now: Timestamp) -> Chosen {
    let state = app.signing.state();
    let ecdsa = app.signing.rules.ecdsa && provider.verifies_ecdsa;
    ecdsa.then(|| state.chosen(Purpose::SignP256, now)).flatten().unwrap_or_else(|| state.rsa(now))
}

/// The key that signs what is for everybody: RSA.
#[must_use]
pub fn ours(app: &App, now: Timestamp) -> Chosen {
    app.signing.state().rsa(now)
}

/// The keys that what we have signed for everybody verifies with, that of a moment ago among them.
pub(crate) fn verifying(app: &App) -> Vec<VerifyingKey> {
    let state = app.signing.state();
    let rsa = state.ours.iter().filter(|key| key.purpose == Purpose::SignRsa);
    rsa.filter_map(|key| VerifyingKey::from_certificate_der(&key.certificate).ok()).collect()
}

/// Opens a key that was wrapped for us: by any of our keys, since a service may not know the newest.
///
/// # Errors
/// When it was wrapped for none of them.
pub fn unwrap(app: &App, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, UnwrapFailed> {
    let state = app.signing.state();
    let ours = state.keys.iter().rev().filter(|key| key.purpose == Purpose::Decrypt);
    ours.filter_map(|key| state.store.unwrap(&key.name, wrapped).ok()).next().ok_or(UnwrapFailed)
}

impl Chosen {
    /// Signs.
    ///
    /// # Errors
    /// When the key store fails.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignFailed> {
        self.store.sign(&self.key_name, message).map_err(|error| {
            tracing::error!(code = "SVC-07", key = self.key_name, %error, "the identity provider's key does not sign");
            SignFailed
        })
    }

    /// Does something with this key as the signer of `entity`'s messages.
    pub fn signer<T>(&self, entity: &EntityId, act: impl FnOnce(&Signer<'_>) -> T) -> T {
        let sign = |message: &[u8]| self.sign(message);
        act(&Signer { entity, algorithm: self.algorithm, certificate: &self.certificate, sign: &sign })
    }
}

impl State {
    fn new(store: Arc<Keys>, mut ours: Vec<ServiceKey>, now: Timestamp) -> Result<Self, CannotStart> {
        ours.retain(schedule::is_made);
        let mut keys = ours.clone();
        keys.retain(|key| store.certificate(&key.name).is_ok());
        let of = keys.iter().filter(|key| key.purpose == Purpose::SignRsa);
        // What is used now; before its time, rather than nothing, the oldest.
        let rsa = schedule::used(&keys, Purpose::SignRsa, now).or_else(|| of.min_by_key(|key| key.used_from));
        let missing = || app::setting("keys", "there is no key for the identity provider to sign with");
        let rsa = Chosen::of(&store, &rsa.ok_or_else(missing)?.name)?;
        Ok(Self { store, ours, keys, rsa })
    }

    fn rsa(&self, now: Timestamp) -> Chosen {
        self.chosen(Purpose::SignRsa, now).unwrap_or_else(|| self.rsa.clone())
    }

    fn chosen(&self, purpose: Purpose, now: Timestamp) -> Option<Chosen> {
        let key = schedule::used(&self.keys, purpose, now)?;
        if key.name == self.rsa.key_name {
            return Some(self.rsa.clone());
        }
        Chosen::of(&self.store, &key.name).ok()
    }
}

impl Chosen {
    fn of(store: &Arc<Keys>, name: &str) -> Result<Self, keys::Error> {
        Ok(Self {
            key_name: name.to_owned(),
            algorithm: store.algorithm(name)?,
            certificate: store.certificate(name)?,
            store: Arc::clone(store),
        })
    }
}

impl Signing {
    /// Reads the keys, and makes the first ones where there are none.
    ///
    /// # Errors
    /// [`CannotStart`].
    pub async fn open(
        db: &Db,
        store: &Arc<Keys>,
        config: &config::Config,
        entity: &EntityId,
        now: Timestamp,
    ) -> Result<Self, CannotStart> {
        let making = Making { db, file: &config.keys, entity, rules: config.idp.rules() };
        let mut store = making.keep_up(store, now).await?;
        let mut keys = store::service_key::all(db).await?;
        if lacks(&store, &keys) {
            store = read_again(&config.keys).await?;
        }
        if !keys.iter().any(schedule::is_made) {
            // Another process has announced the first keys and is making them: ours would be others.
            tokio::time::sleep(FIRST_KEYS_TAKE).await;
            keys = store::service_key::all(db).await?;
            store = read_again(&config.keys).await?;
        }
        let state = RwLock::new(Arc::new(State::new(store, keys, now)?));
        Ok(Self { db: db.clone(), file: config.keys.clone(), entity: entity.clone(), rules: making.rules, state })
    }

    /// The keys as of now.
    pub(crate) fn state(&self) -> Arc<State> {
        Arc::clone(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// When the certificates of the keys end that are published: what each is for, its name, and the end.
    pub(crate) fn certificate_ends(&self) -> Vec<(Purpose, String, Timestamp)> {
        let state = self.state();
        let ends =
            |key: &ServiceKey| Some((key.purpose, key.name.clone(), state.store.certificate_ends(&key.name).ok()?));
        state.keys.iter().filter_map(ends).collect()
    }

    /// Does what is due: makes the next keys, forgets old ones. Several processes may do this at once.
    ///
    /// # Errors
    /// [`CannotStart`], when the keys' file or the database cannot be written; what was used is used on.
    pub async fn keep_up(&self, now: Timestamp) -> Result<(), CannotStart> {
        let store = self.making().keep_up(&self.state().store, now).await?;
        self.reload(store, now).await
    }

    /// Changes keys early, because somebody asked: the new ones are used `delay` after they are made.
    ///
    /// # Errors
    /// As [`Signing::keep_up`].
    pub async fn change(&self, delay: SignedDuration, by: &str, now: Timestamp) -> Result<(), CannotStart> {
        let making = self.making();
        let announced = db::transaction!(self.db, |tx| {
            let keys = store::service_key::all_in(tx).await?;
            let (steps, sooner) = schedule::asked(&keys, &self.rules, delay, now);
            for key in &sooner {
                store::service_key::put(tx, key).await?;
            }
            making.announce(tx, &steps).await?;
            store::service_change::insert(tx, &making.change("keys changed early", by, now)).await?;
            steps
        })?;
        let store = making.carry_out(&self.state().store, announced, now).await?;
        self.reload(store, now).await
    }

    /// Reads the keys' times again, and the key store where it lacks one of them.
    ///
    /// # Errors
    /// [`CannotStart`]; what was known stays.
    pub async fn look(&self, now: Timestamp) -> Result<(), CannotStart> {
        let store = Arc::clone(&self.state().store);
        self.reload(store, now).await
    }

    async fn reload(&self, mut store: Arc<Keys>, now: Timestamp) -> Result<(), CannotStart> {
        let keys = store::service_key::all(&self.db).await?;
        if lacks(&store, &keys) {
            store = read_again(&self.file).await?;
        }
        if lacks(&store, &keys) {
            tracing::warn!(code = "SVC-06", "the key store lacks a key that another process has made");
        }
        let state = Arc::new(State::new(store, keys, now)?);
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = state;
        Ok(())
    }

    fn making(&self) -> Making<'_> {
        Making { db: &self.db, file: &self.file, entity: &self.entity, rules: self.rules }
    }
}

/// What it takes to make keys.
struct Making<'a> {
    db: &'a Db,
    file: &'a config::KeyStore,
    entity: &'a EntityId,
    rules: Rules,
}

impl Making<'_> {
    async fn keep_up(&self, store: &Arc<Keys>, now: Timestamp) -> Result<Arc<Keys>, CannotStart> {
        // Looked at without a transaction first: there is something to do every other year.
        if schedule::due(&store::service_key::all(self.db).await?, &self.rules, now).is_empty() {
            return Ok(Arc::clone(store));
        }
        let steps = db::transaction!(self.db, |tx| {
            let steps = schedule::due(&store::service_key::all_in(tx).await?, &self.rules, now);
            self.announce(tx, &steps).await?;
            for step in &steps {
                if let Step::Forget(name) = step {
                    store::service_key::delete(tx, name).await?;
                    store::service_change::insert(tx, &self.change(&format!("forgot {name}"), BY_ITSELF, now)).await?;
                }
            }
            steps
        })?;
        self.carry_out(store, steps, now).await
    }

    /// One process announces a key, and the others leave it to that one.
    async fn announce(&self, tx: &mut db::Tx, steps: &[Step]) -> Result<(), db::Error> {
        for step in steps {
            if let Step::Make(key) = step {
                store::service_key::put(tx, key).await?;
            }
        }
        Ok(())
    }

    /// Makes and forgets keys in the file, then tells the others.
    async fn carry_out(&self, store: &Arc<Keys>, steps: Vec<Step>, now: Timestamp) -> Result<Arc<Keys>, CannotStart> {
        if steps.is_empty() {
            return Ok(Arc::clone(store));
        }
        let (known, file, entity) = (Arc::clone(store), self.file.clone(), self.entity.clone());
        let names: Vec<String> = steps
            .iter()
            .filter_map(|step| if let Step::Make(key) = step { Some(key.name.clone()) } else { None })
            .collect();
        let store = blocking(move || in_the_file(&known, &file, &entity, &steps, now)).await?;
        let mut certificates = BTreeMap::new();
        for name in names {
            let certificate = store.certificate(&name)?.to_vec();
            certificates.insert(name, certificate);
        }
        db::transaction!(self.db, |tx| {
            for (name, certificate) in &certificates {
                let keys = store::service_key::all_in(tx).await?;
                for key in schedule::take_in(&keys, name, certificate, &self.rules, now) {
                    store::service_key::put(tx, &key).await?;
                }
                store::service_change::insert(tx, &self.change(&format!("made {name}"), BY_ITSELF, now)).await?;
            }
        })?;
        for name in certificates.keys() {
            tracing::info!(key = name, "the identity provider has a new key: {name}");
        }
        Ok(store)
    }

    fn change(&self, what: &str, by: &str, now: Timestamp) -> Change {
        Change {
            entity: self.entity.as_str().to_owned(),
            at: now,
            staff: by.to_owned(),
            what: what.to_owned(),
            metadata: Vec::new(),
            policy: String::new(),
        }
    }
}

/// Who did what nobody asked for.
pub(crate) const BY_ITSELF: &str = "-";

/// As long as another process may need for the first keys of all.
const FIRST_KEYS_TAKE: std::time::Duration = std::time::Duration::from_secs(5);

/// Carries out the steps in the key store's file. Where it has all keys already, as at the first start after the set-up, it
/// is not touched.
fn in_the_file(
    known: &Arc<Keys>,
    file: &config::KeyStore,
    entity: &EntityId,
    steps: &[Step],
    now: Timestamp,
) -> Result<Arc<Keys>, CannotStart> {
    let there = |step: &Step| matches!(step, Step::Make(key) if known.certificate(&key.name).is_ok());
    if steps.iter().all(there) {
        return Ok(Arc::clone(known));
    }
    // As it is on the disk: another process may have changed it.
    let store = app::open_keys(file)?;
    for step in steps {
        match step {
            Step::Make(key) => store.ensure(&key.name, kind(key.purpose, entity.as_str()), now)?,
            Step::Forget(name) => drop(store.remove(name)),
        }
    }
    store.save()?;
    Ok(Arc::new(store))
}

/// The names and kinds of the keys that a new key store begins with.
pub(crate) fn first_keys(entity: &str) -> [(String, Kind<'_>); 2] {
    [Purpose::SignRsa, Purpose::Decrypt].map(|purpose| (format!("{}1", schedule::stem(purpose)), kind(purpose, entity)))
}

fn kind(purpose: Purpose, subject: &str) -> Kind<'_> {
    match purpose {
        Purpose::SignRsa => Kind::Sign { subject },
        Purpose::SignP256 => Kind::SignP256 { subject },
        Purpose::Decrypt => Kind::Decrypt { subject },
    }
}

fn lacks(store: &Keys, keys: &[ServiceKey]) -> bool {
    keys.iter().any(|key| schedule::is_made(key) && store.certificate(&key.name).is_err())
}

async fn read_again(file: &config::KeyStore) -> Result<Arc<Keys>, CannotStart> {
    let file = file.clone();
    blocking(move || Ok(Arc::new(app::open_keys(&file)?))).await
}

/// Opening a key store stretches its passphrase, which takes a processor for a while.
async fn blocking<T: Send + 'static>(
    compute: impl FnOnce() -> Result<T, CannotStart> + Send + 'static,
) -> Result<T, CannotStart> {
    let panicked = |_| app::setting("keys", "the key store cannot be read");
    tokio::task::spawn_blocking(compute).await.map_err(panicked)?
}
