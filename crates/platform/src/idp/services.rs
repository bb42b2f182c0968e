//! The registered services, ready to be asked about: parsed once, not at every login.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use db::Db;
use jiff::Timestamp;
use saml::{EntityId, metadata::ServiceProvider, receive::Peer};
use web::Lang;

use super::policy::Policy;
use crate::{
    app::App,
    exchange::insurers::Insurers,
    store::{
        self,
        service::{Kept, State},
    },
};

/// Every service that may log residents in, as the database has it. One whose metadata or policy cannot be read any more, or that has
/// the entity ID of an institution, is left out, and said so: it must not keep the others from working.
///
/// # Errors
/// When the database fails.
pub async fn load(db: &Db, insurers: &Insurers) -> Result<Registered, db::Error> {
    // Read first: what is changed in between is looked at again.
    let seen = seen(db).await?;
    let kept = store::service::all(db).await?;
    let active = kept.iter().filter(|kept| {
        let taken = kept.state == State::Active && insurers.find(&kept.entity).is_some();
        if taken {
            tracing::error!(
                code = "SVC-30",
                service = kept.entity,
                "a registered service has the entity ID of an insurer"
            );
        }
        kept.state == State::Active && !taken
    });
    let mut registered = Registered::of(active.filter_map(|kept| {
        let service = Service::read(kept);
        if service.is_none() {
            tracing::error!(code = "SVC-01", service = kept.entity, "a registered service cannot be read");
        }
        service
    }));
    registered.seen = seen;
    Ok(registered)
}

/// The last change, and the last refresh, which is none unless it brought something new.
async fn seen(db: &Db) -> Result<Seen, db::Error> {
    Ok((store::service_change::last(db).await?, store::service::last_refreshed(db).await?))
}

type Seen = (i64, Option<Timestamp>);

/// Looks whether anything has changed since, services or keys, by whatever process, and learns it. Two indexed reads where
/// nothing has.
///
/// # Errors
/// When the database fails.
pub async fn look(app: &App) -> Result<(), db::Error> {
    if seen(&app.db).await? == app.services.current().seen {
        return Ok(());
    }
    if let Err(error) = app.signing.look(app.clock.now()).await {
        tracing::warn!(code = "SVC-06", %error, "changed keys cannot be read");
    }
    app.services.replace(load(&app.db, &app.insurers).await?);
    Ok(())
}

/// A registered service.
pub struct Service {
    /// Its metadata.
    pub provider: ServiceProvider,
    /// What was agreed with it.
    pub policy: Policy,
}

impl Service {
    /// Its name as residents read it: what was agreed, else what its metadata says.
    #[must_use]
    pub fn name(&self, lang: Lang) -> &str {
        let agreed = match lang {
            Lang::Ja => &self.policy.name,
            Lang::En => &self.policy.name_en,
        };
        if agreed.is_empty() { self.provider.name(lang.tag()) } else { agreed }
    }

    /// What it is for, as was agreed; empty: nothing is said.
    #[must_use]
    pub fn about(&self, lang: Lang) -> &str {
        match lang {
            Lang::Ja => &self.policy.about,
            Lang::En => &self.policy.about_en,
        }
    }
}

impl Service {
    /// Reads what is kept of a service. Its metadata was good when it was refreshed; whether it has ended since is seen by
    /// whoever uses it.
    #[must_use]
    pub fn read(kept: &Kept) -> Option<Self> {
        let entity = EntityId::parse(&kept.entity).ok()?;
        let (provider, _) = saml::metadata::read(&kept.metadata, Some(&entity), kept.refreshed_at).ok()?;
        Some(Self { provider, policy: serde_json::from_str(&kept.policy).ok()? })
    }

    /// Whether the metadata has ended, so that nothing can be sent to the service until there is newer one.
    #[must_use]
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.provider.valid_until.is_some_and(|until| until <= now)
    }
}

/// Every registered service that is not suspended, as of one moment.
#[derive(Default)]
pub struct Registered {
    services: BTreeMap<EntityId, Arc<Service>>,
    /// The last change that it knows of.
    seen: Seen,
}

impl Registered {
    /// Of these services.
    #[must_use]
    pub fn of(services: impl IntoIterator<Item = Service>) -> Self {
        let keyed = services.into_iter().map(|service| (service.provider.entity.clone(), Arc::new(service)));
        Self { services: keyed.collect(), seen: (0, None) }
    }

    /// A service.
    #[must_use]
    pub fn get(&self, entity: &EntityId) -> Option<&Arc<Service>> {
        self.services.get(entity)
    }

    /// All of them, by entity ID.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Service>> {
        self.services.values()
    }

    /// A service as a peer that sends messages.
    #[must_use]
    pub fn peer(&self, entity: &EntityId) -> Option<Peer<'_>> {
        let service = self.services.get(entity)?;
        Some(Peer { provider: &service.provider, must_sign: service.policy.require_signed_requests })
    }
}

/// The registered services. A request takes [`Services::current`] once and keeps to it.
#[derive(Default)]
pub struct Services(RwLock<Arc<Registered>>);

impl Services {
    /// As of now.
    #[must_use]
    pub fn current(&self) -> Arc<Registered> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes the place of what was registered.
    pub fn replace(&self, registered: Registered) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(registered);
    }
}
