//! The first page: what state the node is in.

use std::path::Path;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use web::clock::Shown;
use web::{Error, Lang};

use super::page::{Frame, render};
use super::session::Insider;
use super::wording::{self, Text};
use super::{By, Certificate};
use crate::app::{DECRYPT_KEY, SIGN_KEY};
use crate::import::{self, ImportId, Kind};
use crate::{App, store};

struct Held {
    name: &'static str,
    rows: u64,
    taken: Option<(ImportId, By)>,
    age: String,
    old: bool,
}

struct Ending {
    name: &'static str,
    file: String,
    at: Option<Shown>,
    soon: bool,
}

#[derive(Template)]
#[template(path = "console/home.html")]
struct Home {
    frame: Frame,
    t: &'static Text,
    held: Vec<Held>,
    waiting: Vec<ImportId>,
    cases: Option<String>,
    /// How many periods cannot be found yet, if any.
    findable: Option<String>,
    stuck: bool,
    endings: Vec<Ending>,
    entity: String,
}

/// The page.
pub(super) async fn show(State(app): State<Arc<App>>, lang: Lang, Insider(clerk): Insider) -> Result<Response, Error> {
    let (t, now) = (wording::text(lang), app.clock.now());
    let mut held = Vec::new();
    for kind in Kind::ALL {
        let newest = import::in_force(&app, kind).await.map_err(Error::ours)?;
        let at = newest.as_ref().and_then(|import| import.applied.as_ref());
        let days = at.map(|act| now.duration_since(act.at).as_hours() / 24);
        held.push(Held {
            name: t.files.kind(kind).0,
            rows: newest.as_ref().map_or(0, |import| import.figures.rows),
            age: days.map_or_else(|| t.home.never.to_owned(), |days| t.home.days.replace("{}", &days.to_string())),
            old: days.is_none_or(|days| days >= OLD_DAYS),
            taken: newest.as_ref().map(|import| import.id).zip(at.map(|act| By::of(act, lang))),
        });
    }
    let all = import::all(&app).await.map_err(Error::ours)?;
    let waiting = all.iter().filter(|import| import.state == import::State::Pending).map(|import| import.id).collect();
    let cases = store::link_case::count(&app.db).await.map_err(Error::ours)?;
    let cases = (cases > 0).then(|| t.cases.waiting.replace("{}", &cases.to_string()));
    let left = store::coverage::unkeyed_count(&app.db).await.map_err(Error::ours)?;
    let findable = (left > 0).then(|| t.home.findable.0.replace("{}", &left.to_string()));
    let (endings, stuck) = (endings(&app, t, lang, now), app.index.is_stuck());
    let (frame, entity) = (Frame::new(&app, lang, t.home.title).of(&clerk), app.entity().to_owned());
    render(&Home { frame, t, held, waiting, cases, findable, stuck, endings, entity })
}

/// When certificates end: those in files, and those of our own keys.
fn endings(app: &App, t: &'static Text, lang: Lang, now: Timestamp) -> Vec<Ending> {
    let ending = |name, file: String, at: Option<Timestamp>| Ending {
        name,
        file,
        soon: at.is_none_or(|at| at.duration_since(now) < SOON),
        at: at.map(|at| Shown::minute(at, lang)),
    };
    let mut all = Vec::new();
    for (what, path) in &app.certificates {
        let name = t.home.certificate(*what);
        all.push(ending(name, path.file_name().unwrap_or_default().to_string_lossy().into_owned(), first_end(path)));
    }
    for (name, key) in [(t.home.keys.0, SIGN_KEY), (t.home.keys.1, DECRYPT_KEY)] {
        all.push(ending(name, key.to_owned(), app.keys.certificate_ends(key).ok()));
    }
    all
}

/// When the first certificate in a file ends; none where it cannot be read.
fn first_end(path: &Path) -> Option<Timestamp> {
    let ends = CertificateDer::pem_file_iter(path).ok()?.map(|certificate| {
        let der = certificate.ok()?;
        let parsed = x509_parser::parse_x509_certificate(&der).ok()?.1;
        Timestamp::from_second(parsed.validity().not_after.timestamp()).ok()
    });
    ends.collect::<Option<Vec<_>>>()?.into_iter().min()
}

impl Certificate {
    /// Which of the names of certificates is its own.
    pub(super) fn place(self) -> usize {
        self as usize
    }
}

/// Insurers make a new extract every month: one that is older than that has been forgotten.
const OLD_DAYS: i64 = 35;
/// Before the end of a certificate there must be time to ask for another.
const SOON: SignedDuration = SignedDuration::from_hours(60 * 24);
