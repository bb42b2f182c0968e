//! What we publish of ourselves: where to send what, and which keys are ours now and soon.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use jiff::{SignedDuration, Timestamp};
use saml::{Binding, MessageId, SignFailed, metadata::IdentityProvider};
use web::{Error, Lang};

use super::{
    schedule,
    signing::{self, Chosen},
};
use crate::{app::App, attribute::Attribute, store::service_key::Purpose, wording};

/// How long what is published holds: whoever has not asked again by then no longer trusts it.
pub const VALID_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How long others should keep it before they ask again: much shorter than a new key is published ahead.
pub const CACHE_FOR: SignedDuration = SignedDuration::from_hours(6);

/// It is signed anew after this time, and whenever the keys change.
const SIGN_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// The metadata as it was last signed.
#[derive(Default)]
pub struct Published(Mutex<Option<Signed>>);

struct Signed {
    at: Timestamp,
    names: Vec<String>,
    xml: Arc<str>,
}

/// Shows the metadata to whoever asks.
pub(crate) async fn show(State(app): State<Arc<App>>) -> Result<Response, Error> {
    let now = app.clock.now();
    let xml = match app.published.fresh(&app, now) {
        Some(xml) => xml,
        None => sign(&app, now).await?,
    };
    let headers = [
        (header::CONTENT_TYPE, "application/samlmetadata+xml"),
        (header::CONTENT_DISPOSITION, "inline; filename=\"metadata.xml\""),
        (header::CACHE_CONTROL, "max-age=600"),
    ];
    Ok((headers, xml.to_string()).into_response())
}

async fn sign(app: &Arc<App>, now: Timestamp) -> Result<Arc<str>, Error> {
    let (computing, key) = (Arc::clone(app), signing::ours(app, now));
    let names = names(app, now);
    let signed = app.processors.run(move || write(&computing, &key, now)).await;
    let failed = || Error::Ours("the metadata could not be signed".to_owned());
    let xml: Arc<str> = signed.and_then(Result::ok).ok_or_else(failed)?.into();
    app.published.keep(Signed { at: now, names, xml: Arc::clone(&xml) });
    Ok(xml)
}

fn write(app: &App, key: &Chosen, now: Timestamp) -> Result<String, SignFailed> {
    let portal = &app.config.portal_origin;
    let [sign_on, enhanced, logout] = ["sso", "sso/ecp", "logout"].map(|path| format!("{portal}/saml/{path}"));
    let [soap_logout, artifact, attributes] =
        ["logout", "artifact", "attributes"].map(|path| format!("{portal}/saml/soap/{path}"));
    let keys = &app.signing.state().ours;
    let certificates =
        |purpose| schedule::published(keys, purpose, now).into_iter().map(|key| key.certificate.as_slice());
    let mut signs: Vec<&[u8]> = certificates(Purpose::SignRsa).collect();
    if app.signing.rules.ecdsa {
        signs.extend(certificates(Purpose::SignP256));
    }
    let encryption: Vec<&[u8]> = certificates(Purpose::Decrypt).collect();
    let names = [Lang::Ja, Lang::En].map(|lang| (lang.tag(), wording::text(lang).frame.service));
    let offered = Attribute::ALL.map(|attribute| (attribute.uri(), attribute.short()));
    let description = IdentityProvider {
        entity: &app.idp_entity,
        names: &names,
        signing: &signs,
        encryption: &encryption,
        sign_on: &[(Binding::Redirect, &sign_on), (Binding::Post, &sign_on), (Binding::Soap, &enhanced)],
        logout: &[(Binding::Redirect, &logout), (Binding::Post, &logout), (Binding::Soap, &soap_logout)],
        artifact_resolution: &artifact,
        attributes: &attributes,
        offered: &offered,
        valid_until: now.checked_add(VALID_FOR).unwrap_or(Timestamp::MAX),
        cache_duration: CACHE_FOR,
    };
    let id = MessageId::from_random(app.random.bytes());
    let written = key.signer(&app.idp_entity, |signer| description.write(id.as_str(), signer))?;
    Ok(written.into_string())
}

/// Every key that is in the metadata now, and the one that signs it.
fn names(app: &App, now: Timestamp) -> Vec<String> {
    let keys = &app.signing.state().ours;
    let listed = Purpose::ALL.into_iter().flat_map(|purpose| schedule::published(keys, purpose, now));
    listed.map(|key| key.name.clone()).chain([signing::ours(app, now).key_name]).collect()
}

impl Published {
    fn fresh(&self, app: &App, now: Timestamp) -> Option<Arc<str>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.as_ref().filter(|kept| now.duration_since(kept.at) < SIGN_EVERY)?;
        (kept.names == names(app, now)).then(|| Arc::clone(&kept.xml))
    }

    fn keep(&self, signed: Signed) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(signed);
    }
}
