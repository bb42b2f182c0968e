//! The first step into ID-WSF: an endpoint reference for our discovery service, which a service that was agreed to gets with
//! the login (Liberty ID-WSF Discovery Service 2.0 §3.2, the `DiscoveryEPR` attribute). With the token in it the service can
//! ask, as itself, where the resident's records are; what it then gets is decided question by question.

use idwsf::{
    MECHANISM, Pseudonym, Sender,
    token::{self, Mint},
};
use jiff::{SignedDuration, Timestamp};
use saml::{Authn, MessageId, instant};
use web::Error;
use xml::{Attr, EncryptionKey, Fragment, Ns, Writer};

use super::{name, schedule, services::Service, signing};
use crate::{
    app::App,
    audit::{self, Actor, Asked, Receipt, Visit},
    exchange::SHOWN,
    ids::ResidentId,
    purpose::{Category, Purpose},
    store::service_key,
};

/// The name of the attribute.
pub(super) const ATTRIBUTE: &str = "urn:liberty:disco:2006-08:DiscoveryEPR";

/// The name that stands for it in what a resident was asked about.
pub(super) const OFFERED: &str = "discovery";

/// A reference that may be made: the log has it.
pub(super) struct Released {
    /// The resident's name at our own discovery service: it joins with no name anywhere else.
    pseudonym: Pseudonym,
    /// Without it there is none.
    _receipt: Receipt,
}

/// Records that `service` gets a reference, in its session `index`.
///
/// # Errors
/// When the key store fails or the log cannot be written.
pub(super) async fn release(
    app: &App,
    resident: ResidentId,
    service: &Service,
    index: &MessageId,
) -> Result<Released, Error> {
    let derived = name::pairwise(&app.keys, &app.idp_entity, resident, GENERATION).map_err(Error::ours)?;
    let pseudonym = Pseudonym::parse(&derived).map_err(Error::ours)?;
    let entity = service.provider.entity.as_str().to_owned();
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
        issuer: Sender { entity, sign: &sign },
        audience: entity,
        recipient: &recipient,
        pseudonym: &released.pseudonym,
        authn,
        lifetime: LIFETIME,
    };
    let token = token::mint(&mint, random, now)?;
    let expires = instant::write(now.saturating_add(LIFETIME).unwrap_or(now));
    let address = format!("{}/wsf/discovery", app.config.portal_origin);
    let mut w = Writer::new();
    w.start(WSA, "EndpointReference", &[Attr::of(DI, "NotOnOrAfter", &expires)]);
    w.leaf(WSA, "Address", &[], &address).start(WSA, "Metadata", &[]);
    w.leaf(DI, "Abstract", &[], "Kagawa discovery service");
    w.empty(SBF, "Framework", &[Attr::plain("version", "2.0")]);
    w.leaf(DI, "ProviderID", &[], entity.as_str()).leaf(DI, "ServiceType", &[], DI.uri);
    w.start(DI, "SecurityContext", &[]).leaf(DI, "SecurityMechID", &[], MECHANISM);
    w.start(SEC, "Token", &[Attr::plain("usage", USAGE)]).raw(token.encrypted());
    w.end().end().end().end();
    Ok(w.finish())
}

/// The discovery service is ours: nobody is unlinked from it.
const GENERATION: i64 = 1;

/// The longest that a token may live.
const LIFETIME: SignedDuration = token::LIFETIME_MAX;

const WSA: Ns = Ns::new("wsa", "http://www.w3.org/2005/08/addressing");
const DI: Ns = Ns::new("di", "urn:liberty:disco:2006-08");
const SBF: Ns = Ns::new("sbf", "urn:liberty:sb");
const SEC: Ns = Ns::new("sec", "urn:liberty:security:2006-08");
const USAGE: &str = "urn:liberty:security:tokenusage:2006-08:SecurityToken";
