//! Services are registered, changed, stopped and removed. By the office's portal and by commands alike: both propose first,
//! show what was found, and only then register; nothing is half done.

use saml::{EntityId, metadata::Finding};
use web::Lang;
use xml::VerifyingKey;

use crate::{
    app::App,
    attribute::Attribute,
    idp::{
        policy::{Encrypt, Policy},
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

/// Metadata and policy that were read and fit together: what could be registered.
pub struct Candidate {
    /// The service as it would be.
    pub service: Service,
    /// What was found: nothing that forbids it.
    pub remarks: Vec<Remark>,
    /// The metadata, as it came.
    pub metadata: Vec<u8>,
    /// Where it came from.
    pub source: Source,
    /// Whether a service of this entity ID is registered already, which would get this metadata.
    pub known: bool,
}

/// Something that the office should know before it registers a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// It cannot be registered so.
    pub fatal: bool,
    /// The operator's guide explains it.
    pub code: &'static str,
    /// Where in metadata or policy.
    pub place: String,
    ja: String,
    en: String,
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
    let (provider, report) = read(app, &metadata, &source)?;
    let kept = store::service::find(&app.db, provider.entity.as_str()).await?;
    let former = kept.as_ref().and_then(|kept| serde_json::from_str(&kept.policy).ok());
    let policy = policy.or(former).unwrap_or_default();
    let service = Service { provider, policy };
    let mut remarks: Vec<Remark> = report.iter().map(Remark::of).collect();
    remarks.extend(remarks_on(&service));
    if remarks.iter().any(|remark| remark.fatal) {
        return Err(Refused::Unfit(remarks));
    }
    Ok(Candidate { service, remarks, metadata, source, known: kept.is_some() })
}

fn read(
    app: &App,
    metadata: &[u8],
    source: &Source,
) -> Result<(saml::metadata::ServiceProvider, Vec<Finding>), Refused> {
    let now = app.clock.now();
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
/// When the database fails; nothing is changed then.
pub async fn register(app: &App, candidate: Candidate, by: &str) -> Result<Registration, db::Error> {
    let Candidate { service: Service { provider, policy }, metadata, source, .. } = candidate;
    let now = app.clock.now();
    let policy = json(&policy);
    let refresh_at = refresh::next(&provider, now, app.random.bytes());
    let (source, source_key) = match source {
        Source::File => (String::new(), Vec::new()),
        Source::Url { address, certificate } => (address, certificate),
    };
    let entity = provider.entity.as_str();
    let outcome = db::transaction!(app.db, |tx| {
        let former = store::service::find_in(tx, entity).await?;
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

/// Gives a service another policy, and says what the office should know about it.
///
/// # Errors
/// [`Refused`].
pub async fn set_policy(app: &App, entity: &str, policy: Policy, by: &str) -> Result<Vec<Remark>, Refused> {
    let kept = store::service::find(&app.db, entity).await?.ok_or(Refused::Unknown)?;
    let mut remarks = Vec::new();
    if let Some(service) = Service::read(&kept) {
        remarks = remarks_on(&Service { policy: policy.clone(), ..service });
    }
    if remarks.iter().any(|remark| remark.fatal) {
        return Err(Refused::Unfit(remarks));
    }
    let policy = json(&policy);
    changed(app, entity, "policy changed", by, |kept| kept.policy = policy.clone()).await?;
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
    changed(app, entity, what, by, |kept| kept.state = state).await
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

async fn changed(app: &App, entity: &str, what: &str, by: &str, act: impl Fn(&mut Kept)) -> Result<(), Refused> {
    let now = app.clock.now();
    db::transaction!(app.db, |tx| -> Refused {
        let mut kept = store::service::find_in(tx, entity).await?.ok_or(Refused::Unknown)?;
        act(&mut kept);
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

/// What the office should know about a policy.
#[must_use]
pub fn remarks_on(service: &Service) -> Vec<Remark> {
    let Service { provider, policy } = service;
    let mut remarks = Vec::new();
    if !policy.sign_assertion && !policy.sign_response {
        let ja = "アサーションと応答の少なくとも一方に署名が必要です";
        remarks.push(Remark::fatal("SVC-21", "sign_assertion", ja, "assertion or response must be signed"));
    }
    if provider.wants_signed_assertions && !policy.sign_assertion {
        let ja = "サービスは署名付きアサーションを求めています";
        let en = "the metadata asks for signed assertions";
        remarks.push(Remark::warning("SVC-26", "sign_assertion", ja, en));
    }
    for name in policy.release.iter().filter(|name| Attribute::from_short(name).is_none()) {
        let (ja, en) = (format!("{name} という属性はありません"), format!("there is no attribute {name}"));
        remarks.push(Remark::fatal("SVC-22", "release", &ja, &en));
    }
    if !policy.start.is_empty() && !refresh::may_be_fetched(&policy.start) {
        let (ja, en) = ("https:// で始まるアドレスが必要です", "it must be an https address");
        remarks.push(Remark::fatal("SVC-23", "start", ja, en));
    }
    let only_cbc = provider.encryption.is_empty() && !provider.encryption_cbc.is_empty();
    if policy.encrypt == Encrypt::Always && provider.encryption.is_empty() && !only_cbc {
        let ja = "メタデータに暗号化用の鍵がないため、だれもログインできません";
        let en = "the metadata has no key to encrypt to: nobody can log in";
        remarks.push(Remark::warning("SVC-24", "encrypt", ja, en));
    }
    if policy.encrypt == Encrypt::Always && only_cbc && !policy.allow_cbc {
        let ja = "メタデータの鍵は AES-CBC 専用で、AES-CBC は許されていないため、だれもログインできません";
        let en = "the metadata has keys for AES-CBC only, which is not allowed: nobody can log in";
        remarks.push(Remark::warning("SVC-24", "encrypt", ja, en));
    }
    if policy.allow_cbc {
        let ja = "AES-CBC は弱い暗号です。AES-GCM に対応するようサービスの運営者に求めてください";
        let en = "AES-CBC is weak: ask the service's operator for AES-GCM";
        remarks.push(Remark::warning("SVC-25", "allow_cbc", ja, en));
    }
    if policy.bootstrap {
        let ja = "探索サービスはまだありません。渡される問い合わせ先は、いまは答えません";
        let en = "there is no discovery service yet: nobody answers where the service is told to ask";
        remarks.push(Remark::warning("SVC-27", "bootstrap", ja, en));
    }
    remarks
}

impl Remark {
    /// In the reader's language.
    #[must_use]
    pub fn text(&self, lang: Lang) -> &str {
        match lang {
            Lang::Ja => &self.ja,
            Lang::En => &self.en,
        }
    }

    fn of(finding: &Finding) -> Self {
        let Finding { fatal, code, place, text, .. } = finding;
        Self { fatal: *fatal, code, place: place.clone(), ja: finding.text_ja(), en: text.clone() }
    }

    fn fatal(code: &'static str, place: &str, ja: &str, en: &str) -> Self {
        Self { fatal: true, code, place: place.to_owned(), ja: ja.to_owned(), en: en.to_owned() }
    }

    fn warning(code: &'static str, place: &str, ja: &str, en: &str) -> Self {
        Self { fatal: false, ..Self::fatal(code, place, ja, en) }
    }
}

/// That an address came with a certificate that is none, or without one.
#[must_use]
pub fn unusable_certificate() -> Remark {
    let ja = "メタデータの署名を検証する証明書 (PEM) が必要です";
    Remark::fatal("SVC-33", "certificate", ja, "the certificate that the metadata is signed with is needed, as PEM")
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
