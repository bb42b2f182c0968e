//! Files: brought, looked at, applied, taken back.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use futures::StreamExt as _;
use serde::Deserialize;
use tokio::task::spawn_blocking;
use web::{Error, Lang, upload};

use super::page::{Frame, render};
use super::session::Insider;
use super::wording::{self, Text};
use super::{By, FILE_BYTES_MAX};
use crate::App;
use crate::import::{
    self, Arriving, Drift, Figures, Import, ImportId, Kind, Looked, Measure, NotDone, RawFile, Refused, Remark,
};

/// A state as a page shows it: a colour, an icon and a word.
struct Word {
    class: &'static str,
    icon: &'static str,
    word: &'static str,
}

impl Word {
    fn of(state: import::State, t: &'static Text) -> Word {
        let (class, icon) = match state {
            import::State::Reading | import::State::Pending => ("warn", "clock"),
            import::State::Applied => ("ok", "check"),
            import::State::Discarded => ("soon", "cross"),
            import::State::Undone => ("down", "arrow"),
        };
        Word { class, icon, word: t.files.state(state) }
    }
}

struct Row {
    id: ImportId,
    kind: &'static str,
    state: Word,
    rows: u64,
    changes: String,
    by: By,
}

#[derive(Template)]
#[template(path = "console/imports.html")]
struct List {
    frame: Frame,
    t: &'static Text,
    rows: Vec<Row>,
    kinds: Vec<(Kind, &'static str, &'static str)>,
}

/// The forms for new files, and the files that came.
pub(super) async fn list(State(app): State<Arc<App>>, lang: Lang, Insider(clerk): Insider) -> Result<Response, Error> {
    let t = wording::text(lang);
    let row = |import: Import| Row {
        id: import.id,
        kind: t.files.kind(import.kind).0,
        state: Word::of(import.state, t),
        rows: import.figures.rows,
        changes: changes(&import, t),
        by: By::of(import.applied.as_ref().unwrap_or(&import.previewed), lang),
    };
    let rows = import::all(&app).await.map_err(Error::ours)?.into_iter().map(row).collect();
    let kinds = Kind::ALL.map(|kind| (kind, t.files.kind(kind).0, t.files.kind(kind).1)).to_vec();
    render(&List { frame: Frame::new(&app, lang, t.files.title).of(&clerk), t, rows, kinds })
}

fn changes(import: &Import, t: &'static Text) -> String {
    let values = [import.added, import.changed, import.removed].map(|count| count.to_string());
    values.iter().fold(t.files.changes.to_owned(), |text, value| text.replacen("{}", value, 1))
}

#[derive(Template)]
#[template(path = "console/refused.html")]
struct Unfit {
    frame: Frame,
    t: &'static Text,
    kind: &'static str,
    remarks: Vec<Said>,
    more: Option<String>,
}

/// A remark in the reader's language.
struct Said {
    code: String,
    text: String,
}

impl Said {
    fn of(remark: Remark, lang: Lang) -> Said {
        let text = match lang {
            Lang::Ja => remark.ja,
            Lang::En => remark.en,
        };
        Said { code: remark.code, text }
    }
}

/// Looks at a file that a form brings.
pub(super) async fn bring(
    State(app): State<Arc<App>>,
    lang: Lang,
    Insider(clerk): Insider,
    (Path(kind), headers): (Path<String>, HeaderMap),
    body: Body,
) -> Result<Response, Error> {
    let kind = Kind::from_code(&kind).ok_or(Error::NotYours)?;
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let file = arrived(&app, media_type, body).await?;
    match import::preview_file(&app, kind, file, &clerk.login_name).await {
        Ok(Looked::Same(import)) => Ok(Redirect::to(&format!("/imports/{}?said=same", import.id)).into_response()),
        Ok(Looked::Pending { import, .. }) => Ok(Redirect::to(&format!("/imports/{}", import.id)).into_response()),
        Err(Refused::Node(error)) => Err(Error::ours(error)),
        Err(Refused::Overtaken | Refused::NotDone(_) | Refused::SecondPerson(_)) => {
            Ok(Redirect::to("/imports").into_response())
        }
        Err(refused) => {
            let (t, (remarks, total)) = (wording::text(lang), refused.remarks());
            let more = total.checked_sub(remarks.len()).filter(|more| *more > 0 && remarks.len() > 1);
            let page = Unfit {
                frame: Frame::new(&app, lang, t.files.refused.0).of(&clerk),
                t,
                kind: t.files.kind(kind).0,
                more: more.map(|more| t.files.more.replace("{}", &more.to_string())),
                remarks: remarks.into_iter().map(|remark| Said::of(remark, lang)).collect(),
            };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, render(&page)?).into_response())
        }
    }
}

/// Takes the file out of a form while it comes.
async fn arrived(app: &App, media_type: &str, body: Body) -> Result<RawFile, Error> {
    let unfit = || Error::Refused { code: "WEB-03" };
    let mut form = upload::Arriving::new(media_type, "file").ok_or_else(unfit)?;
    let mut file = Arriving::begin(app).map_err(Error::ours)?;
    let (mut body, mut length) = (body.into_data_stream(), 0);
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|_| unfit())?;
        length += chunk.len();
        if length > FILE_BYTES_MAX {
            return Err(unfit());
        }
        let content = form.push(&chunk);
        file = spawn_blocking(move || file.write(&content).map(|()| file))
            .await
            .map_err(Error::ours)?
            .map_err(Error::ours)?;
    }
    if form.found() { file.end().map_err(Error::ours) } else { Err(unfit()) }
}

/// A figure before and now.
struct Compared {
    name: &'static str,
    before: String,
    now: String,
    drifted: bool,
}

/// What can be done with an import.
#[derive(PartialEq, Eq)]
enum Next {
    Apply,
    Approve,
    AskSomebody,
    Undo,
    Nothing,
}

#[derive(Template)]
#[template(path = "console/import.html")]
struct One {
    frame: Frame,
    t: &'static Text,
    id: ImportId,
    kind: &'static str,
    state: Word,
    said: Option<(&'static str, &'static str)>,
    changes: [(&'static str, u64); 4],
    figures: Vec<Compared>,
    remarks: Vec<Said>,
    acts: Vec<(&'static str, By)>,
    sha256: String,
    next: Next,
}

/// What just happened.
#[derive(Deserialize)]
pub(super) struct Note {
    said: Option<String>,
}

/// One file: what it would change or has changed, and what can be done with it.
pub(super) async fn one(
    State(app): State<Arc<App>>,
    lang: Lang,
    Insider(clerk): Insider,
    Path(id): Path<i64>,
    Query(note): Query<Note>,
) -> Result<Response, Error> {
    let t = wording::text(lang);
    let import = found(&app, id).await?;
    let base = match import.base {
        Some(base) => import::find(&app, base)
            .await
            .map_err(Error::ours)?
            .filter(|base| base.kind == import.kind)
            .map(|base| base.figures),
        None => None,
    };
    let remarks = import::remarks(&app, import.id).await.map_err(Error::ours)?;
    let acts = [
        (t.files.acts.0, Some(&import.previewed).filter(|act| !act.by.is_empty())),
        (t.files.acts.1, import.applied.as_ref()),
        (t.files.acts.2, import.undone.as_ref()),
    ];
    let next = match import.state {
        import::State::Pending if import.drift.is_empty() => Next::Apply,
        import::State::Pending if import.previewed.by == clerk.login_name => Next::AskSomebody,
        import::State::Pending => Next::Approve,
        import::State::Applied if import.can_be_undone => Next::Undo,
        _ => Next::Nothing,
    };
    let n = &t.files.counts;
    render(&One {
        frame: Frame::new(&app, lang, t.files.one).of(&clerk),
        t,
        id: import.id,
        kind: t.files.kind(import.kind).0,
        state: Word::of(import.state, t),
        said: note.said.as_deref().and_then(|said| t.files.said(said)),
        changes: [(n.0, import.added), (n.1, import.changed), (n.2, import.removed), (n.3, import.unchanged())],
        figures: figures(t, base.as_ref(), &import),
        remarks: remarks.into_iter().map(|remark| Said::of(remark, lang)).collect(),
        acts: acts.into_iter().filter_map(|(name, act)| Some((name, By::of(act?, lang)))).collect(),
        sha256: hex::encode(import.sha256),
        next,
    })
}

fn figures(t: &'static Text, base: Option<&Figures>, import: &Import) -> Vec<Compared> {
    let drifted = |measure| import.drift.iter().any(|drift: &Drift| drift.measure == measure);
    let shares = |of: &Figures| {
        let [one, two, three] = of.shares?.copayments;
        Some([of.shares?.lapsed, one, two, three].map(|count| (count, of.rows)))
    };
    let (now, before) = (shares(&import.figures), base.and_then(shares));
    let text = |share: Option<(u64, u64)>| share.map_or_else(|| "–".to_owned(), |(count, of)| share_text(count, of));
    let mut all = vec![Compared {
        name: t.files.measure(Measure::Rows),
        before: base.map_or_else(|| "–".to_owned(), |base| base.rows.to_string()),
        now: import.figures.rows.to_string(),
        drifted: drifted(Measure::Rows),
    }];
    let measures = [Measure::Lapsed, Measure::OneTenth, Measure::TwoTenths, Measure::ThreeTenths];
    for (place, measure) in measures.into_iter().enumerate() {
        let at = |of: Option<[(u64, u64); 4]>| of.and_then(|of| of.get(place).copied());
        if let Some(now) = at(now) {
            let (before, now) = (text(at(before)), text(Some(now)));
            all.push(Compared { name: t.files.measure(measure), before, now, drifted: drifted(measure) });
        }
    }
    if let Some(drift) = import.drift.iter().find(|drift| drift.measure == Measure::Replaced) {
        let now = share_text(drift.now, drift.now_of);
        all.push(Compared { name: t.files.measure(drift.measure), before: "–".to_owned(), now, drifted: true });
    }
    all
}

/// `120 (12.0 %)`.
fn share_text(count: u64, of: u64) -> String {
    let tenths = (u128::from(count) * 1000).checked_div(u128::from(of)).unwrap_or(0);
    format!("{count} ({}.{} %)", tenths / 10, tenths % 10)
}

/// Lets a file take effect.
pub(super) async fn apply(
    State(app): State<Arc<App>>,
    Insider(clerk): Insider,
    Path(id): Path<i64>,
) -> Result<Response, Error> {
    done(id, "applied", import::apply(&app, ImportId(id), &clerk.login_name).await.map(drop))
}

/// Lets nothing come of a file.
pub(super) async fn discard(State(app): State<Arc<App>>, _: Insider, Path(id): Path<i64>) -> Result<Response, Error> {
    done(id, "discarded", import::discard(&app, ImportId(id)).await)
}

/// Takes a file back.
pub(super) async fn undo(
    State(app): State<Arc<App>>,
    Insider(clerk): Insider,
    Path(id): Path<i64>,
) -> Result<Response, Error> {
    done(id, "undone", import::undo(&app, ImportId(id), &clerk.login_name).await.map(drop))
}

fn done(id: i64, said: &'static str, done: Result<(), NotDone>) -> Result<Response, Error> {
    let said = match done {
        Ok(()) => said,
        Err(NotDone::NotThere(_)) => "gone",
        Err(NotDone::Stale(_)) => "stale",
        Err(NotDone::SecondPerson(_)) => "second",
        Err(NotDone::Node(error)) => return Err(Error::ours(error)),
    };
    Ok(Redirect::to(&format!("/imports/{id}?said={said}")).into_response())
}

#[derive(Template)]
#[template(path = "console/sure.html")]
struct Sure {
    frame: Frame,
    t: &'static Text,
    id: ImportId,
    kind: &'static str,
    changes: String,
}

/// Asks before a file is taken back.
pub(super) async fn sure(
    State(app): State<Arc<App>>,
    lang: Lang,
    Insider(clerk): Insider,
    Path(id): Path<i64>,
) -> Result<Response, Error> {
    let t = wording::text(lang);
    let import = found(&app, id).await?;
    let frame = Frame::new(&app, lang, t.files.sure.0).of(&clerk);
    render(&Sure { frame, t, id: import.id, kind: t.files.kind(import.kind).0, changes: changes(&import, t) })
}

async fn found(app: &App, id: i64) -> Result<Import, Error> {
    import::find(app, ImportId(id)).await.map_err(Error::ours)?.ok_or(Error::NotYours)
}
