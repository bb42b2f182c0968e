//! Registering a service in three steps: bring its metadata, look at what was found, confirm. Only the last changes anything,
//! and it examines everything again.

use std::sync::Arc;

use askama::Template;
use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Redirect, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use web::{Error, Lang};

use super::{
    registry::{self, Refused, Source},
    services::{Found, endpoints, found, query, refused},
    upload,
};
use crate::{
    app::App,
    page::{Frame, render},
    session::Operator,
    wording::{self, Text},
};

/// Largest file that the portal takes; what is larger, such as a federation's, is registered by command.
const FILE_BYTES_MAX: usize = 1024 * 1024;

/// Largest body: the file in base64, in a form.
pub(super) const BODY_BYTES_MAX: usize = 4 * FILE_BYTES_MAX;

#[derive(Template)]
#[template(path = "office/add.html")]
struct Form {
    frame: Frame,
    t: &'static Text,
}

/// The forms.
pub(super) async fn show(State(app): State<Arc<App>>, lang: Lang, operator: Operator) -> Result<Response, Error> {
    let t = wording::text(lang);
    let frame = Frame::office(&app, lang, t.office.add_title.0).of_user(&operator.staff.display_name);
    render(&Form { frame, t })
}

#[derive(Template)]
#[template(path = "office/preview.html")]
struct Preview {
    frame: Frame,
    t: &'static Text,
    /// None where it cannot be registered.
    candidate: Option<Shown>,
    remarks: Vec<Found>,
}

struct Shown {
    name: String,
    entity: String,
    known: bool,
    endpoints: Vec<(&'static str, String)>,
    address: String,
    certificate: String,
    metadata: String,
}

/// What a form brought along.
struct Brought {
    metadata: Vec<u8>,
    source: Source,
}

/// Examines what was brought, and shows it. Nothing is registered.
pub(super) async fn check(
    State(app): State<Arc<App>>,
    lang: Lang,
    operator: Operator,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Error> {
    let t = wording::text(lang);
    let examined = match bring(&app, &headers, &body).await {
        Ok(Brought { metadata, source }) => registry::propose(&app, metadata, source, None).await,
        Err(refused) => Err(refused),
    };
    let (title, candidate, remarks) = match examined {
        Ok(candidate) => {
            let (address, certificate) = match &candidate.source {
                Source::File => (String::new(), String::new()),
                Source::Url { address, certificate } => (address.clone(), BASE64.encode(certificate)),
            };
            let provider = &candidate.service.provider;
            let shown = Shown {
                name: candidate.service.name(lang).to_owned(),
                entity: provider.entity.to_string(),
                known: candidate.known,
                endpoints: endpoints(provider, t),
                address,
                certificate,
                metadata: BASE64.encode(&candidate.metadata),
            };
            (t.office.preview.0, Some(shown), found(&candidate.remarks, lang))
        }
        Err(Refused::Unfit(remarks)) => (t.office.unfit, None, found(&remarks, lang)),
        Err(other) => return Err(refused(other)),
    };
    let frame = Frame::office(&app, lang, title).of_user(&operator.staff.display_name);
    render(&Preview { frame, t, candidate, remarks })
}

/// Registers what was shown.
pub(super) async fn register(State(app): State<Arc<App>>, operator: Operator, body: Bytes) -> Result<Response, Error> {
    let malformed = || Error::Refused { code: "WEB-03" };
    let metadata = BASE64.decode(field(&body, "metadata").ok_or_else(malformed)?).map_err(|_| malformed())?;
    let source = match field(&body, "address").filter(|address| !address.is_empty()) {
        None => Source::File,
        Some(address) => {
            let certificate = field(&body, "certificate").unwrap_or_default();
            Source::Url { address, certificate: BASE64.decode(certificate).map_err(|_| malformed())? }
        }
    };
    let candidate = registry::propose(&app, metadata, source, None).await.map_err(refused)?;
    let entity = candidate.service.provider.entity.to_string();
    registry::register(&app, candidate, &operator.staff.login_name).await.map_err(Error::ours)?;
    Ok(Redirect::to(&format!("/services/one?{}&done=1", query(&entity))).into_response())
}

/// A file, or an address from which it is fetched.
async fn bring(app: &App, headers: &HeaderMap, body: &[u8]) -> Result<Brought, Refused> {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if let Some(file) = upload::content(media_type, body, "metadata") {
        return Ok(Brought { metadata: file.to_vec(), source: Source::File });
    }
    let address = field(body, "address").unwrap_or_default();
    let pem = field(body, "certificate").unwrap_or_default();
    let certificate = CertificateDer::from_pem_slice(pem.as_bytes());
    let certificate = certificate.map_err(|_| Refused::Unfit(vec![registry::unusable_certificate()]))?.to_vec();
    let address = address.trim().to_owned();
    Ok(Brought { metadata: registry::fetch(app, &address).await?, source: Source::Url { address, certificate } })
}

fn field(body: &[u8], name: &str) -> Option<String> {
    url::form_urlencoded::parse(body).find(|(field, _)| field == name).map(|(_, value)| value.into_owned())
}
