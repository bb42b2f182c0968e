//! The first step into ID-WSF: an endpoint reference for our discovery service, which a service that was agreed to gets with
//! the login (Liberty ID-WSF Discovery Service 2.0 §3.2, the `DiscoveryEPR` attribute). With the token in it the service can
//! ask, as itself, where the resident's records are; what it then gets is decided question by question.
//!
//! In the token the resident has no name that stands for them: it is a handle, sealed with our key and another one at every
//! login, which leads back to the session at the service and the link that it was made for, and nowhere once they are over.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use idwsf::{
    MECHANISM, Pseudonym, Sender, disco,
    epr::{CarriedToken, EndpointReference, SecurityContext, Uri, Usage},
    token::{self, Mint},
};
use jiff::{SignedDuration, Timestamp};
use saml::{Authn, EntityId, MessageId};
use web::Error;
use xml::{EncryptionKey, Fragment};

use super::{begun, known, schedule, signing};
use crate::{
    app::{App, key},
    audit::{self, Actor, Asked, Receipt, Visit},
    exchange::SHOWN,
    ids::ResidentId,
    purpose::{Category, Purpose},
    store::{self, service_key, service_link::ServiceLink, service_session::ServiceSession},
};

/// The name of the attribute.
pub(super) const ATTRIBUTE: &str = idwsf::epr::ATTRIBUTE;

/// Where our discovery service is, at the portal.
pub(crate) const PATH: &str = "/wsf/discovery";

/// Its address.
pub(crate) fn address(app: &App) -> String {
    format!("{}{PATH}", app.config.portal_origin)
}

/// The name that stands for it in what a resident was asked about.
pub(super) const OFFERED: &str = "discovery";

/// A reference that may be made: the log has it.
pub(super) struct Released {
    /// What leads back to the resident, for us alone.
    pseudonym: Pseudonym,
    /// Without it there is none.
    _receipt: Receipt,
}

/// Records that `service` gets a reference, over `link` and in its session `index`.
///
/// # Errors
/// When the key store fails or the log cannot be written.
pub(super) async fn release(
    app: &App,
    resident: ResidentId,
    link: &ServiceLink,
    index: &MessageId,
) -> Result<Released, Error> {
    let entity: EntityId = link.entity.parse().map_err(Error::ours)?;
    let session = known::index_digest(&app.keys, index.as_str()).map_err(Error::ours)?;
    let pseudonym = Handle { resident, generation: link.generation, session }.seal(app, &entity)?;
    let entity = link.entity.clone();
    let source = app.idp_entity.as_str().to_owned();
    let visit = Visit {
        subject: resident,
        actor: Actor::Service { entity },
        category: Category::Discovery,
        purpose: Purpose::ServiceLogin,
        sources: vec![Asked { source, outcome: SHOWN, message: index.as_str().to_owned() }],
    };
    Ok(Released { pseudonym, _receipt: audit::record(app, &visit).await? })
}

/// Makes the reference, with a token for us about the resident and the login. Two RSA operations.
///
/// # Errors
/// When no token can be made.
pub(super) fn reference(
    app: &App,
    released: &Released,
    authn: Authn,
    random: &mut dyn FnMut(&mut [u8]),
    now: Timestamp,
) -> Result<Fragment, token::MintFailed> {
    let entity = &app.idp_entity;
    let state = app.signing.state();
    let key = schedule::used(&state.ours, service_key::Purpose::Decrypt, now);
    let recipient = key.and_then(|key| EncryptionKey::from_certificate_der(entity.as_str(), &key.certificate).ok());
    let recipient = recipient.ok_or(xml::CannotEncrypt)?;
    let signing = signing::ours(app, now);
    let sign = |message: &[u8]| signing.sign(message);
    let mint = Mint {
        issuer: Sender { entity, algorithm: signing.algorithm, sign: &sign },
        audience: entity,
        recipient: &recipient,
        pseudonym: &released.pseudonym,
        authn,
        lifetime: LIFETIME,
    };
    let token = token::mint(&mint, random, now)?;
    let uri = |text: &str| Uri::parse(text).map_err(|_| xml::CannotEncrypt);
    let reference = EndpointReference {
        id: None,
        address: uri(&address(app))?,
        expires: now.checked_add(LIFETIME).ok(),
        name: Some("Kagawa discovery service".to_owned()),
        frameworks: vec!["2.0".to_owned()],
        provider: entity.clone(),
        service_types: vec![uri(disco::SERVICE_TYPE)?],
        options: Vec::new(),
        contexts: vec![SecurityContext {
            mechanisms: vec![uri(MECHANISM)?],
            tokens: vec![CarriedToken::of(&token, Usage::Security)],
        }],
        actions: Vec::new(),
    };
    Ok(reference.fragment())
}

/// The longest that a token may live.
const LIFETIME: SignedDuration = token::LIFETIME_MAX;

/// What a handle leads to.
struct Handle {
    resident: ResidentId,
    generation: i64,
    /// Digest of the index of the session at the service.
    session: [u8; 32],
}

impl Handle {
    /// Only for the service that it is made for does it open again.
    fn seal(&self, app: &App, service: &EntityId) -> Result<Pseudonym, Error> {
        let plain = [self.resident.bytes().as_slice(), &self.generation.to_be_bytes(), &self.session].concat();
        let sealed = app.keys.seal(key::ROWS, &aad(service), &plain).map_err(Error::ours)?;
        Pseudonym::parse(&URL_SAFE_NO_PAD.encode(sealed)).map_err(Error::ours)
    }

    fn open(app: &App, service: &EntityId, name: &Pseudonym) -> Option<Self> {
        let sealed = URL_SAFE_NO_PAD.decode(name.as_str()).ok()?;
        let plain = app.keys.open_sealed(key::ROWS, &aad(service), &sealed).ok()?;
        let (resident, rest) = plain.split_first_chunk()?;
        let (generation, session) = rest.split_first_chunk()?;
        Some(Self {
            resident: ResidentId::from_bytes(*resident),
            generation: i64::from_be_bytes(*generation),
            session: session.try_into().ok()?,
        })
    }
}

fn aad(service: &EntityId) -> Vec<u8> {
    [b"discovery handle\0".as_slice(), service.as_str().as_bytes()].concat()
}

/// Whom a service asks about.
pub(crate) struct Whom {
    /// The resident that the handle was made for.
    pub resident: ResidentId,
    /// The link it was made over, while that stands, and the session at the service, and ours that it began with.
    pub link: Option<ServiceLink>,
}

/// Whom `service` asks about by the name in the token of its reference; `None` for a name that was not made for it.
///
/// # Errors
/// When the database fails.
pub(crate) async fn whom(app: &App, service: &EntityId, name: &Pseudonym) -> Result<Option<Whom>, Error> {
    let Some(handle) = Handle::open(app, service, name) else { return Ok(None) };
    let resident = handle.resident;
    let begun = store::service_session::by_index(&app.db, handle.session).await.map_err(Error::ours)?;
    let same = |begun: &ServiceSession| {
        begun.entity == service.as_str() && begun.resident == resident && begun.generation == handle.generation
    };
    let same = begun.filter(same);
    let stands = match same {
        Some(begun) => begun::login(app, &begun).await?.is_some(),
        None => false,
    };
    let link = store::service_link::find(&app.db, resident, service.as_str()).await.map_err(Error::ours)?;
    let agreed = |link: &ServiceLink| {
        stands && link.generation == handle.generation && link.offered.iter().any(|name| name == OFFERED)
    };
    Ok(Some(Whom { resident, link: link.filter(agreed) }))
}
