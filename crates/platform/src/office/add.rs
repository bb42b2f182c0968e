//! Registering a service in three steps: bring its metadata, look at what was found, confirm. Only the last changes anything,
//! and it examines everything again.

use std::sync::Arc;

use askama::Template;
use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use web::{Error, Lang, upload};

use super::{
    difference::{Kind, Line, Standing},
    registry::{self, Candidate, Refused, Source},
    services::{Found, endpoints, found, query, refused},
};
use crate::{
    app::App,
    page::{Frame, render},
    resident::StateWord,
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
    /// Somebody has changed the service since it was looked at.
    meanwhile: bool,
}

struct Shown {
    name: String,
    entity: String,
    endpoints: Vec<(&'static str, String)>,
    address: String,
    certificate: String,
    metadata: String,
    /// What is registered of it already, as of this revision.
    former: Option<(i64, Vec<Row>)>,
    /// The address that it was fetched from so far, where a file was brought.
    pinned: Option<String>,
}

/// A line of the comparison.
struct Row {
    kind: &'static str,
    before: String,
    after: String,
    standing: StateWord,
}

/// What a form brought along.
#[derive(Clone)]
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
    let brought = bring(&app, &headers, &body).await;
    preview(&app, lang, &operator, brought, false).await
}

/// Shows what would be registered, beside what is registered already.
async fn preview(
    app: &App,
    lang: Lang,
    operator: &Operator,
    brought: Result<Brought, Refused>,
    meanwhile: bool,
) -> Result<Response, Error> {
    let t = wording::text(lang);
    let (examined, source) = match brought {
        Ok(Brought { metadata, source }) => (registry::propose(app, metadata, source.clone(), None).await, source),
        Err(refused) => (Err(refused), Source::File),
    };
    let (title, candidate, remarks) = match examined {
        Ok(candidate) => {
            let title = if candidate.former.is_some() { t.office.compare.title.0 } else { t.office.preview.0 };
            let remarks = found(&candidate.remarks, lang);
            let comparing = move || {
                let lines = candidate.differences();
                (candidate, lines)
            };
            let compared = app.processors.run(comparing).await;
            let (candidate, lines) = compared.ok_or_else(|| refused(Refused::Unfinished))?;
            (title, Some(shown(&candidate, lines, source, lang)), remarks)
        }
        Err(Refused::Unfit(remarks)) => (t.office.unfit, None, found(&remarks, lang)),
        Err(other) => return Err(refused(other)),
    };
    let frame = Frame::office(app, lang, title).of_user(&operator.staff.display_name);
    let page = render(&Preview { frame, t, candidate, remarks, meanwhile })?;
    Ok(if meanwhile { (StatusCode::CONFLICT, page).into_response() } else { page })
}

fn shown(candidate: &Candidate, lines: Vec<Line>, brought: Source, lang: Lang) -> Shown {
    let t = wording::text(lang);
    let provider = &candidate.service.provider;
    let (by_file, (address, certificate)) = match brought {
        Source::File => (true, (String::new(), String::new())),
        Source::Url { address, certificate } => (false, (address, BASE64.encode(certificate))),
    };
    let pinned = match &candidate.source {
        Source::Url { address, .. } if by_file => Some(t.office.compare.source.1[0].replace("{}", address)),
        _ => None,
    };
    let rows = lines.into_iter().map(|line| row(line, t)).collect();
    Shown {
        name: candidate.service.name(lang).to_owned(),
        entity: provider.entity.to_string(),
        endpoints: endpoints(provider, t),
        address,
        certificate,
        metadata: BASE64.encode(&candidate.metadata),
        former: candidate.revision().map(|revision| (revision, rows)),
        pinned,
    }
}

fn row(line: Line, t: &'static Text) -> Row {
    let (office, compare) = (&t.office, &t.office.compare);
    let kind = match line.kind {
        Kind::Answers => office.answers_to,
        Kind::Default => compare.default,
        Kind::Logout => office.logout_to,
        Kind::Artifacts => office.artifacts_to,
        Kind::Certificate => compare.certificate,
        Kind::Signatures => compare.signatures,
        Kind::NameFormat => compare.name_format,
        Kind::Requested => compare.requested,
        Kind::Source => office.source,
        Kind::Name => compare.name,
        Kind::Rest => compare.rest.0,
    };
    let text = match line.kind {
        Kind::Source if line.text.is_empty() => office.by_file.to_owned(),
        Kind::Rest => compare.rest.1.to_owned(),
        _ => line.text,
    };
    let absent = || compare.absent.to_owned();
    let [kept, added, removed] = compare.standings;
    let word = |class, icon, word| StateWord { class, icon, word };
    let (before, after, standing) = match line.standing {
        Standing::Kept => (text.clone(), text, word("soon", "check", kept)),
        Standing::Added => (absent(), text, word("new", "info", added)),
        Standing::Removed => (text, absent(), word("warn", "alert", removed)),
    };
    Row { kind, before, after, standing }
}

/// Registers what was shown, unless something else is registered by now than what it was shown beside.
pub(super) async fn register(
    State(app): State<Arc<App>>,
    lang: Lang,
    operator: Operator,
    body: Bytes,
) -> Result<Response, Error> {
    let malformed = || Error::Refused { code: "WEB-03" };
    let metadata = BASE64.decode(field(&body, "metadata").ok_or_else(malformed)?).map_err(|_| malformed())?;
    let source = match field(&body, "address").filter(|address| !address.is_empty()) {
        None => Source::File,
        Some(address) => {
            let certificate = field(&body, "certificate").unwrap_or_default();
            Source::Url { address, certificate: BASE64.decode(certificate).map_err(|_| malformed())? }
        }
    };
    let brought = Brought { metadata, source };
    let again = brought.clone();
    let mut candidate = registry::propose(&app, brought.metadata, brought.source, None).await.map_err(refused)?;
    let seen = field(&body, "revision").and_then(|revision| revision.parse().ok());
    if candidate.revision() != seen {
        return preview(&app, lang, &operator, Ok(again), true).await;
    }
    if field(&body, "source").as_deref() == Some("file") {
        candidate = candidate.by_file();
    }
    let entity = candidate.service.provider.entity.to_string();
    match registry::register(&app, candidate, &operator.staff.login_name).await {
        Ok(_) => Ok(Redirect::to(&format!("/services/one?{}&done=1", query(&entity))).into_response()),
        Err(Refused::Changed) => preview(&app, lang, &operator, Ok(again), true).await,
        Err(other) => Err(refused(other)),
    }
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
