//! Where a resident's records can be: the institutions that they are linked to, as the configuration names them, and tokens
//! to ask there with.

use idwsf::{
    EntityId,
    disco::{EndpointContext, Found, Match, MetadataId, Permission, Query, Registry, ServiceContext, ServiceMetadata},
    epr::{EndpointReference, Options, Transport, Uri},
    message::Mechanism,
    token::{self, Authn, Bound, Mint, MintFailed, Permit, Token},
};
use jiff::{SignedDuration, Timestamp};

use super::registry::registered;
use crate::{
    app::{App, key},
    exchange::{fetch::pseudonym, insurers::Insurer},
    ids::ResidentId,
    store::{link::Link, service_session::minute},
};

/// How long a token lives: a withdrawal must not wait for old ones.
const TOKEN_LIFETIME: SignedDuration = SignedDuration::from_mins(5);

/// The service that asks.
pub(super) struct Asker {
    pub entity: EntityId,
    /// A certificate of the key that it asked with, in DER. The tokens it gets are for that key alone.
    pub certificate: Vec<u8>,
    /// What it may ask of the institutions, as the resident has it at [`Asker::as_of`]; without anything, it may not know of them.
    pub permits: Vec<Permit>,
    /// When that was looked up, or before. Tokens count from then, so that a withdrawal since then ends them.
    pub as_of: Timestamp,
}

/// The places of one resident, and what the service that asks may know of them.
pub(super) struct Places {
    resident: ResidentId,
    links: Vec<Link>,
    held: Vec<ServiceMetadata>,
    asker: Asker,
    transport: Transport,
}

impl Places {
    /// Of these links. What may not be known looks as if it were not there, and is looked through all the same.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn of(app: &App, resident: ResidentId, links: Vec<Link>, asker: Asker) -> Result<Self, db::Error> {
        let options: Vec<_> = asker.permits.iter().map(|permit| Permit::uri(permit.category())).collect();
        let mut held = Vec::new();
        for insurer in links.iter().filter_map(|link| app.insurers.find(&link.provider)) {
            held.extend(configured(insurer, &options));
            held.extend(registered(app, insurer.entity.as_str()).await?);
        }
        let transport = if app.config.secure() { Transport::Tls } else { Transport::Loopback };
        Ok(Self { resident, links, held, asker, transport })
    }

    /// Whether the resident is known to an institution, as far as the service may know that.
    pub(super) fn knows(&self, provider: &EntityId) -> bool {
        let linked = self.held.iter().any(|metadata| metadata.provider == *provider);
        linked && !self.asker.permits.is_empty()
    }

    /// Whether a token that is good until then at most would be good at all: a second is the least.
    pub(super) fn lasts(&self, until: Timestamp) -> bool {
        until.duration_since(self.asker.as_of) >= SignedDuration::from_secs(1)
    }

    /// Those that fit.
    pub(super) fn find(&self, query: &Query) -> Found<'_> {
        let registry = Registry { held: &self.held, mechanisms: &MECHANISMS, transport: self.transport };
        let permission = if self.asker.permits.is_empty() { Permission::Hidden } else { Permission::Granted };
        registry.find(query, |_| permission)
    }

    /// The institutions that the answer to a query names.
    pub(super) fn told(&self, query: &Query) -> Vec<&str> {
        self.find(query).matches.iter().map(|one| one.metadata.provider.as_str()).collect()
    }

    /// The reference to one of them, with a token in which the resident is called as that institution calls them, and which says what
    /// the service may ask there. Nobody but the service can use it.
    pub(super) fn reference(&self, app: &App, found: &Match<'_>, authn: Authn) -> Result<EndpointReference, Unmade> {
        let token = self.token(app, &found.metadata.provider, (authn, None))?;
        let as_of = self.asker.as_of;
        Ok(found.reference(&token, as_of.saturating_add(TOKEN_LIFETIME).unwrap_or(as_of)))
    }

    /// A token for one institution, good for as long as tokens are, and no longer than it is asked for.
    pub(super) fn token(
        &self,
        app: &App,
        provider: &EntityId,
        (authn, until): (Authn, Option<Timestamp>),
    ) -> Result<Token, Unmade> {
        let insurer = app.insurers.find(provider.as_str()).ok_or(Unmade::Gone)?;
        let link = self.links.iter().find(|link| link.provider == provider.as_str()).ok_or(Unmade::Gone)?;
        let pseudonym = pseudonym(&app.keys, self.resident, link)?;
        let Asker { entity, certificate, permits, as_of } = &self.asker;
        let bound = Bound { holder: entity, certificate, permits };
        let token = app.insurers.as_sender(&app.keys, key::TOKEN, |issuer| {
            let mint = Mint {
                issuer: *issuer,
                audience: &insurer.entity,
                recipient: &insurer.encryption,
                pseudonym: &pseudonym,
                // No closer than this: two institutions would find an instant of one session in each other's records.
                authn: Authn { instant: minute(authn.instant), ..authn },
                lifetime: until.map_or(TOKEN_LIFETIME, |until| until.duration_since(*as_of).min(TOKEN_LIFETIME)),
            };
            token::mint_for(&mint, &bound, &mut |bytes| app.random.fill(bytes), *as_of)
        })??;
        Ok(token)
    }
}

/// Why a reference could not be made: our own fault each time.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unmade {
    #[error("the institution is no longer there")]
    Gone,
    #[error(transparent)]
    Keys(#[from] keys::Error),
    #[error(transparent)]
    Mint(#[from] MintFailed),
}

/// Those that an institution may register, each with a token for the service's key: one that also wants the key shown in TLS says so, and gets the same tokens.
pub(super) const MECHANISMS: [Mechanism; 2] = [Mechanism::TlsSamlV2, Mechanism::ClientTlsSamlV2];

/// The ID of an institution's service that stands in the configuration.
pub(super) fn configured_id(provider: &EntityId) -> Option<MetadataId> {
    MetadataId::parse(&format!("{provider}#configured")).ok()
}

/// An institution's service, as one would register it, with what may be asked of it as its options. `None` where the configuration's
/// address is none.
pub(super) fn configured(insurer: &Insurer, options: &[String]) -> Option<ServiceMetadata> {
    let uri = |text: &str| Uri::parse(text).ok();
    let endpoint = EndpointContext {
        addresses: vec![uri(&insurer.address_now())?],
        frameworks: vec!["2.0".to_owned()],
        mechanisms: vec![uri(insurer.mechanism.uri())?],
        actions: vec![uri(&insurer.service.query_action())?],
    };
    Some(ServiceMetadata {
        id: configured_id(&insurer.entity),
        name: insurer.name.clone(),
        provider: insurer.entity.clone(),
        services: vec![ServiceContext {
            service_types: vec![uri(insurer.service.uri())?],
            options: vec![Options(options.iter().filter_map(|option| uri(option)).collect())],
            endpoints: vec![endpoint],
        }],
    })
}
