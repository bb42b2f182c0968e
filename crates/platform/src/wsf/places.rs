//! Where a resident's records can be: the institutions that they are linked to, as the configuration names them, and tokens
//! to ask there with.

use idwsf::{
    MECHANISM, Sender, SignFailed,
    disco::{EndpointContext, Found, Match, Permission, Query, Registry, ServiceContext, ServiceMetadata},
    epr::{EndpointReference, Transport, Uri},
    message::Mechanism,
    token::{self, Authn, Mint, MintFailed},
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    app::{App, key},
    exchange::{fetch::pseudonym, insurers::Insurer},
    ids::ResidentId,
    store::{link::Link, service_session::minute},
};

/// How long a token lives: a withdrawal must not wait for old ones.
const TOKEN_LIFETIME: SignedDuration = SignedDuration::from_mins(5);

/// The places of one resident, and whether the service that asks may know of them.
pub(super) struct Places {
    resident: ResidentId,
    links: Vec<Link>,
    held: Vec<ServiceMetadata>,
    permission: Permission,
    transport: Transport,
}

impl Places {
    /// Of these links. What may not be known looks as if it were not there, and is looked through all the same.
    pub(super) fn of(app: &App, resident: ResidentId, links: Vec<Link>, may_know: bool) -> Self {
        let held = links.iter().filter_map(|link| metadata(app.insurers.find(&link.provider)?)).collect();
        let permission = if may_know { Permission::Granted } else { Permission::Hidden };
        let transport = if app.config.secure() { Transport::Tls } else { Transport::Loopback };
        Self { resident, links, held, permission, transport }
    }

    /// Those that fit.
    pub(super) fn find(&self, query: &Query) -> Found<'_> {
        let registry = Registry { held: &self.held, mechanisms: &[Mechanism::TlsBearer], transport: self.transport };
        registry.find(query, |_| self.permission)
    }

    /// The reference to one of them, with a token in which the resident is called as that institution calls them.
    pub(super) fn reference(
        &self,
        app: &App,
        found: &Match<'_>,
        authn: Authn,
        now: Timestamp,
    ) -> Result<EndpointReference, Unmade> {
        let provider = &found.metadata.provider;
        let insurer = app.insurers.find(provider.as_str()).ok_or(Unmade::Gone)?;
        let link = self.links.iter().find(|link| link.provider == provider.as_str()).ok_or(Unmade::Gone)?;
        let sign = |bytes: &[u8]| app.keys.sign(key::TOKEN, bytes).map_err(|_| SignFailed);
        let mint = Mint {
            issuer: Sender { entity: &app.insurers.entity, sign: &sign },
            audience: &insurer.entity,
            recipient: &insurer.encryption,
            pseudonym: &pseudonym(&app.keys, self.resident, link)?,
            // No closer than this: two institutions would find an instant of one session in each other's records.
            authn: Authn { instant: minute(authn.instant), ..authn },
            lifetime: TOKEN_LIFETIME,
        };
        let token = token::mint(&mint, &mut |bytes| app.random.fill(bytes), now)?;
        Ok(found.reference(&token, now.saturating_add(TOKEN_LIFETIME).unwrap_or(now)))
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

/// An institution's service, as one would register it. `None` where the configuration's address is none.
fn metadata(insurer: &Insurer) -> Option<ServiceMetadata> {
    let uri = |text: &str| Uri::parse(text).ok();
    let endpoint = EndpointContext {
        addresses: vec![uri(&insurer.address)?],
        frameworks: vec!["2.0".to_owned()],
        mechanisms: vec![uri(MECHANISM)?],
        actions: vec![uri(&insurer.service.query_action())?],
    };
    Some(ServiceMetadata {
        id: None,
        name: insurer.name.clone(),
        provider: insurer.entity.clone(),
        services: vec![ServiceContext {
            service_types: vec![uri(insurer.service.uri())?],
            options: Vec::new(),
            endpoints: vec![endpoint],
        }],
    })
}
