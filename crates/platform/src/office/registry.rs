//! Services are registered, changed, stopped and removed. By the office's portal and by commands alike: both propose first,
//! show what was found, and only then register; nothing is half done.

use saml::{EntityId, metadata::Finding};
use xml::VerifyingKey;

use super::difference::{self, Line, Side};
pub use super::remark::{Remark, of_institution, remarks_on, unusable_certificate};
use crate::{
    app::App,
    attribute::Attribute,
    idp::{
        policy::Policy,
        refresh,
        services::{self, Service},
    },
    store::{
        self,
        service::{Kept, State},
        service_change::Change,
    },
};

/// Where the metadata of a service comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// Somebody brought a file.
    #[default]
    File,
    /// It is fetched anew by itself.
    Url {
        /// From where.
        address: String,
        /// The certificate (DER) of the key that it must be signed with.
        certificate: Vec<u8>,
    },
}

impl Source {
    /// Where the metadata of a registered service comes from.
    #[must_use]
    pub fn of(kept: &Kept) -> Self {
        if kept.source.is_empty() {
            Self::File
        } else {
            Self::Url { address: kept.source.clone(), certificate: kept.source_key.clone() }
        }
    }
}

/// Metadata and policy that were read and fit together: what could be registered.
pub struct Candidate {
    /// The service as it would be.
    pub service: Service,
    /// What was found: nothing that forbids it.
    pub remarks: Vec<Remark>,
    /// The metadata, as it came.
    pub metadata: Vec<u8>,
    /// Where it is fetched from in future. A file leaves the address of a registered service as it is.
    pub source: Source,
    /// What is registered already of this entity ID, which this would take the place of.
    pub former: Option<Former>,
}

/// A service as it was registered when a candidate was compared with it.
pub struct Former {
    /// As it is kept.
    pub kept: Kept,
    /// As it is read; none where it cannot be.
    pub service: Option<Service>,
}

impl Candidate {
    /// The change that the service was last seen with: whoever confirms says it again. None for a new service.
    #[must_use]
    pub fn revision(&self) -> Option<i64> {
        self.former.as_ref().map(|former| former.kept.revision)
    }

    /// The same for a service that is described by files alone from now on.
    #[must_use]
    pub fn by_file(mut self) -> Self {
        self.source = Source::File;
        self
    }

    /// What would change, and what would not. Nothing for a new service.
    #[must_use]
    pub fn differences(&self) -> Vec<Line> {
        let Some(Former { kept, service }) = &self.former else { return Vec::new() };
        let former = Side {
            provider: service.as_ref().map(|service| &service.provider),
            metadata: &kept.metadata,
            source: &Source::of(kept),
        };
        let new = Side { provider: Some(&self.service.provider), metadata: &self.metadata, source: &self.source };
        difference::between(&former, &new)
    }

    /// Whether it is registered just so already.
    #[must_use]
    pub fn is_registered(&self) -> bool {
        let same = |former: &Former| {
            let policy = former.service.as_ref().map(|service| &service.policy);
            former.kept.metadata == self.metadata
                && policy == Some(&self.service.policy)
                && Source::of(&former.kept) == self.source
        };
        self.former.as_ref().is_some_and(same)
    }
}

/// What came of a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// The service is new.
    New,
    /// The service was here, and is described anew.
    Replaced,
    /// Nothing is different from before.
    Unchanged,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// No such service.
    #[error("no service of this entity ID is registered")]
    Unknown,
    /// Metadata or policy cannot be used.
    #[error("metadata or policy cannot be used")]
    Unfit(Vec<Remark>),
    /// Somebody else, or a refresh, has changed the service since it was looked at.
    #[error("the service has changed meanwhile: look again")]
    Changed,
    /// Reading the metadata came to no end: a fault of ours.
    #[error("the metadata was not read to its end")]
    Unfinished,
    /// The database.
    #[error("the change cannot be written")]
    Database(#[from] db::Error),
}

/// Reads metadata and policy, and changes nothing. Without a policy a service that is registered keeps its own, and a new one
/// gets the default.
///
/// # Errors
/// [`Refused::Unfit`] with everything that was found.
pub async fn propose(
    app: &App,
    metadata: Vec<u8>,
    source: Source,
    policy: Option<Policy>,
) -> Result<Candidate, Refused> {
    // A large file takes a processor a while: nobody else shall wait for it.
    let now = app.clock.now();
    let reading = move || {
        let read = read(&metadata, &source, now);
        (metadata, source, read)
    };
    let (metadata, source, read) = app.processors.run(reading).await.ok_or(Refused::Unfinished)?;
    let (provider, report) = read?;
    let kept = store::service::find(&app.db, provider.entity.as_str()).await?;
    let source = match (source, &kept) {
        (Source::File, Some(kept)) => Source::of(kept),
        (brought, _) => brought,
    };
    let agreed = kept.as_ref().and_then(|kept| serde_json::from_str(&kept.policy).ok());
    let policy = policy.or(agreed).unwrap_or_default();
    let reading = move || kept.map(|kept| Former { service: Service::read(&kept), kept });
    let former = app.processors.run(reading).await.ok_or(Refused::Unfinished)?;
    let service = Service { provider, policy };
    let mut remarks: Vec<Remark> = report.iter().map(Remark::of).collect();
    remarks.extend(of_institution(app, &service.provider.entity));
    remarks.extend(remarks_on(&service));
    if remarks.iter().any(|remark| remark.fatal) {
        return Err(Refused::Unfit(remarks));
    }
    Ok(Candidate { service, remarks, metadata, source, former })
}

fn read(
    metadata: &[u8],
    source: &Source,
    now: jiff::Timestamp,
) -> Result<(saml::metadata::ServiceProvider, Vec<Finding>), Refused> {
    let read = match source {
        Source::File => saml::metadata::read(metadata, None, now),
        Source::Url { certificate, .. } => {
            let key =
                VerifyingKey::from_certificate_der(certificate).map_err(|_| unfit(vec![unusable_certificate()]))?;
            saml::metadata::read_signed(metadata, None, &[key], now)
        }
    };
    let (provider, report) = read.map_err(|report| unfit(report.findings.iter().map(Remark::of).collect()))?;
    let offered = Attribute::ALL.map(Attribute::uri);
    let findings = report.findings.into_iter().chain(provider.not_offered(&offered)).collect();
    Ok((provider, findings))
}

/// Fetches metadata for a proposal: by https, or from this machine.
///
/// # Errors
/// [`Refused::Unfit`].
pub async fn fetch(app: &App, address: &str) -> Result<Vec<u8>, Refused> {
    if !refresh::may_be_fetched(address) {
        let en = "metadata is fetched by https only";
        return Err(unfit(vec![Remark::fatal("SVC-31", address, "メタデータは https でのみ取得します", en)]));
    }
    app.outbound.get(address).await.map_err(|error| {
        // Only the log tells why: the page must not say what answers on our own network.
        tracing::warn!(code = "SVC-32", "metadata cannot be fetched: {error}");
        unfit(vec![Remark::fatal("SVC-32", address, "取得できません", "it cannot be fetched")])
    })
}

/// Registers a service, or describes a registered one anew; `by` is who did it.
///
/// # Errors
/// [`Refused::Changed`] when the service is not any more what the candidate was compared with, or the database fails. Nothing
/// is changed then.
pub async fn register(app: &App, candidate: Candidate, by: &str) -> Result<Registration, Refused> {
    let seen = candidate.revision();
    let Candidate { service: Service { provider, policy }, metadata, source, .. } = candidate;
    let now = app.clock.now();
    let policy = json(&policy);
    let refresh_at = refresh::next(&provider, now, app.random.bytes());
    let (source, source_key) = match source {
        Source::File => (String::new(), Vec::new()),
        Source::Url { address, certificate } => (address, certificate),
    };
    let entity = provider.entity.as_str();
    let outcome = db::transaction!(app.db, |tx| -> Refused {
        let former = store::service::find_in(tx, entity).await?;
        if former.as_ref().map(|former| former.revision) != seen {
            return Err(Refused::Changed);
        }
        let mut kept = Kept {
            entity: entity.to_owned(),
            state: former.as_ref().map_or(State::Active, |former| former.state),
            metadata: metadata.clone(),
            policy: policy.clone(),
            source: source.clone(),
            source_key: source_key.clone(),
            revision: former.as_ref().map_or(0, |former| former.revision),
            added_at: former.as_ref().map_or(now, |former| former.added_at),
            refreshed_at: now,
            refresh_at,
            problem: String::new(),
        };
        let same = former.as_ref().is_some_and(|former| {
            (&former.metadata, &former.policy, &former.source, &former.source_key)
                == (&kept.metadata, &kept.policy, &kept.source, &kept.source_key)
        });
        if same {
            Registration::Unchanged
        } else if former.is_some() {
            kept.revision = store::service_change::insert(tx, &change(&kept, "described anew", by, now)).await?;
            store::service::update(tx, &kept).await?;
            Registration::Replaced
        } else {
            kept.revision = store::service_change::insert(tx, &change(&kept, "added", by, now)).await?;
            store::service::insert(tx, &kept).await?;
            Registration::New
        }
    })?;
    tracing::info!(service = entity, by, "service registered: {outcome:?}");
    services::look(app).await?;
    Ok(outcome)
}

/// Gives a service another policy, and says what the office should know about it. `seen` is the revision that the former
/// policy was looked at in; without one it is replaced whatever it is.
///
/// # Errors
/// [`Refused`].
pub async fn set_policy(
    app: &App,
    entity: &str,
    policy: Policy,
    seen: Option<i64>,
    by: &str,
) -> Result<Vec<Remark>, Refused> {
    let kept = store::service::find(&app.db, entity).await?.ok_or(Refused::Unknown)?;
    if seen.is_some_and(|seen| seen != kept.revision) {
        return Err(Refused::Changed);
    }
    let mut remarks = Vec::new();
    if let Some(service) = Service::read(&kept) {
        remarks = remarks_on(&Service { policy: policy.clone(), ..service });
    }
    if remarks.iter().any(|remark| remark.fatal) {
        return Err(Refused::Unfit(remarks));
    }
    let policy = json(&policy);
    let act = |kept: &mut Kept| {
        if seen.is_some_and(|seen| seen != kept.revision) {
            return Err(Refused::Changed);
        }
        kept.policy.clone_from(&policy);
        Ok(())
    };
    changed(app, entity, "policy changed", by, act).await?;
    Ok(remarks)
}

/// Stops a service for now, or lets it go on.
///
/// # Errors
/// [`Refused`].
pub async fn set_state(app: &App, entity: &str, state: State, by: &str) -> Result<(), Refused> {
    let what = match state {
        State::Active => "resumed",
        State::Suspended => "suspended",
    };
    let act = |kept: &mut Kept| {
        kept.state = state;
        Ok(())
    };
    changed(app, entity, what, by, act).await
}

/// Removes a service. What residents agreed to stays, for the day on which it comes back.
///
/// # Errors
/// [`Refused`].
pub async fn remove(app: &App, entity: &str, by: &str) -> Result<(), Refused> {
    let now = app.clock.now();
    db::transaction!(app.db, |tx| -> Refused {
        let kept = store::service::find_in(tx, entity).await?.ok_or(Refused::Unknown)?;
        store::service_change::insert(tx, &change(&kept, "removed", by, now)).await?;
        store::service::delete(tx, entity).await?;
    })?;
    tracing::info!(service = entity, by, "service removed");
    services::look(app).await?;
    Ok(())
}

async fn changed(
    app: &App,
    entity: &str,
    what: &str,
    by: &str,
    act: impl Fn(&mut Kept) -> Result<(), Refused>,
) -> Result<(), Refused> {
    let now = app.clock.now();
    db::transaction!(app.db, |tx| -> Refused {
        let mut kept = store::service::find_in(tx, entity).await?.ok_or(Refused::Unknown)?;
        act(&mut kept)?;
        kept.revision = store::service_change::insert(tx, &change(&kept, what, by, now)).await?;
        store::service::update(tx, &kept).await?;
    })?;
    tracing::info!(service = entity, by, "service {what}");
    services::look(app).await?;
    Ok(())
}

fn change(kept: &Kept, what: &str, by: &str, at: jiff::Timestamp) -> Change {
    Change {
        entity: kept.entity.clone(),
        at,
        staff: by.to_owned(),
        what: what.to_owned(),
        metadata: kept.metadata.clone(),
        policy: kept.policy.clone(),
    }
}

/// A registered service: as it is kept, and as it is read.
///
/// # Errors
/// [`Refused`].
pub async fn find(app: &App, entity: &str) -> Result<(Kept, Option<Service>), Refused> {
    let entity = EntityId::parse(entity).map_err(|_| Refused::Unknown)?;
    let kept = store::service::find(&app.db, entity.as_str()).await?.ok_or(Refused::Unknown)?;
    let service = Service::read(&kept);
    Ok((kept, service))
}

fn unfit(remarks: Vec<Remark>) -> Refused {
    Refused::Unfit(remarks)
}

fn json(policy: &Policy) -> String {
    // A struct of texts, flags and lists has no reason to fail.
    serde_json::to_string(policy).unwrap_or_default()
}
