//! How institutions reach the resident: what each has, and a form to change it there.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form as Body, Router,
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use health::contact_xml::{Field, Unreadable, Value};
use jiff::Timestamp;
use serde::Deserialize;
use web::{Error, Lang, clock::Shown};

use super::coverage::{Notice, name};
use crate::{
    app::App,
    consent::{self, Consented},
    exchange::{
        Reason,
        contact::{self, Came, Change, Contact, FIELDS, Told},
        insurers::Insurer,
    },
    page::{Frame, render},
    purpose::Purpose,
    session::CardHolder,
    wording::{self, Text},
};

/// The page.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/contact", get(show).post(change))
}

#[derive(Template)]
#[template(path = "resident/contact.html")]
struct Page {
    frame: Frame,
    t: &'static Text,
    consented: bool,
    done: Option<&'static str>,
    /// Why a change was not done, and the code.
    notice: Option<(Notice, Option<&'static str>)>,
    /// Fields with what is wrong, for the summary.
    wrong: Vec<(String, &'static str, &'static str)>,
    failures: Vec<Notice>,
    forms: Vec<Form>,
}

/// What one institution has, to be changed.
struct Form {
    id: String,
    provider: String,
    insurer: String,
    seen: String,
    inputs: [Input; FIELDS.len()],
}

/// A field.
struct Input {
    field: Field,
    id: String,
    name: &'static str,
    /// The field's type, and what a browser may fill it with.
    kind: &'static str,
    /// Where it is chosen from a list: each value with its words.
    choices: Choices,
    label: &'static str,
    hint: &'static str,
    value: String,
    stands: Stands,
    error: Option<&'static str>,
}

type Choices = &'static [(&'static str, &'static str)];

/// What the form was made of: what stands there, and since when.
#[derive(Default)]
struct Stands {
    was: String,
    since: Option<Shown>,
    /// Where it is another than what the field holds.
    now: Option<String>,
}

/// The form as it was sent.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Filled {
    provider: String,
    seen: String,
    phone: String,
    was_phone: String,
    email: String,
    was_email: String,
    notices: String,
    was_notices: String,
}

/// What was done a moment ago.
#[derive(Deserialize)]
struct Done {
    done: Option<String>,
}

/// `GET /contact`. Without consent nothing is asked; without a log entry nothing is shown.
async fn show(
    State(app): State<Arc<App>>,
    lang: Lang,
    holder: CardHolder,
    Query(done): Query<Done>,
) -> Result<Response, Error> {
    let mut page = Page::new(&app, lang);
    let Some(consented) = self_view(&app, &holder).await? else { return render(&page) };
    page.consented = true;
    page.done = match done.done.as_deref() {
        Some("changed") => Some(page.t.contact.changed),
        Some("same") => Some(page.t.contact.same),
        _ => None,
    };
    for told in contact::look(&app, consented, holder.authn()).await? {
        page.add(&told, lang, None);
    }
    render(&page)
}

/// `POST /contact`: what is different goes to that institution.
async fn change(
    State(app): State<Arc<App>>,
    lang: Lang,
    holder: CardHolder,
    Body(mut filled): Body<Filled>,
) -> Result<Response, Error> {
    let mut page = Page::new(&app, lang);
    let Some(consented) = self_view(&app, &holder).await? else { return render(&page) };
    page.consented = true;
    let insurer = app.insurers.find(&filled.provider).cloned().ok_or(Error::NotYours)?;
    let seen: Timestamp = filled.seen.parse().map_err(|_| Error::NotYours)?;
    let (wishes, wrong) = filled.wishes();
    if !wrong.is_empty() {
        page.keep(&insurer, &filled, &wrong, lang);
        return render(&page);
    }
    if wishes.is_empty() {
        return Ok(Redirect::to("/contact?done=same").into_response());
    }
    let by = (consented, holder.authn());
    let came = contact::change(&app, by, &filled.provider, Change { wishes, seen }).await?;
    page.notice = page.tell(came, name(&insurer, lang));
    match came {
        Came::Changed => return Ok(Redirect::to("/contact?done=changed").into_response()),
        Came::Meanwhile => {
            let all = contact::look(&app, consented, holder.authn()).await?;
            all.iter().filter(|told| told.entity == filled.provider).for_each(|told| {
                page.add(told, lang, Some(&filled));
            });
        }
        Came::Refused | Came::Unanswered(_) | Came::Unsent(_) => page.keep(&insurer, &filled, &[], lang),
    }
    render(&page)
}

/// To ask an institution the resident needs to have agreed to looks at their own data.
async fn self_view(app: &App, holder: &CardHolder) -> Result<Option<Consented>, Error> {
    consent::check(app, holder.resident(), Purpose::SelfView).await.map_err(Error::ours)
}

/// What is wrong with a field.
type Wrong = (Field, Unreadable);

impl Filled {
    /// What the resident wrote, and what stood there before.
    fn of(&self, field: Field) -> (&str, &str) {
        match field {
            Field::Phone => (&self.phone, &self.was_phone),
            Field::Email => (&self.email, &self.was_email),
            Field::NoticeWish => (&self.notices, &self.was_notices),
        }
    }

    /// What is to be different from what the resident has seen. An Individual Number is taken out of the form, so that it does not even
    /// go back to the browser.
    fn wishes(&mut self) -> (Vec<(Field, Option<Value>)>, Vec<Wrong>) {
        let (mut wishes, mut wrong) = (Vec::new(), Vec::new());
        let (phone, email) = ((&mut self.phone, &self.was_phone), (&mut self.email, &self.was_email));
        let notices = (&mut self.notices, &self.was_notices);
        for (field, (text, was)) in [(Field::Phone, phone), (Field::Email, email), (Field::NoticeWish, notices)] {
            if text.trim() == was.as_str() {
                continue;
            }
            if text.trim().is_empty() {
                wishes.push((field, None));
                continue;
            }
            match field.parse(text) {
                Ok(value) if value.as_str() == was.as_str() => {}
                Ok(value) => wishes.push((field, Some(value))),
                Err(error) => {
                    if matches!(error, Unreadable::MyNumber(_)) {
                        text.clear();
                    }
                    wrong.push((field, error));
                }
            }
        }
        (wishes, wrong)
    }
}

impl Page {
    fn new(app: &App, lang: Lang) -> Self {
        let t = wording::text(lang);
        let frame = Frame::resident(app, lang, t.contact.title).of_resident();
        let (wrong, failures, forms) = (Vec::new(), Vec::new(), Vec::new());
        Self { frame, t, consented: false, done: None, notice: None, wrong, failures, forms }
    }

    /// What an institution has, with what the resident has written where that was not taken.
    fn add(&mut self, told: &Told, lang: Lang, filled: Option<&Filled>) {
        let (insurer, reason) = match (&told.source, &told.contact) {
            (Some(source), Ok(contact)) => {
                let form = Form::new(self.forms.len(), source, contact, filled, lang);
                return self.forms.push(form);
            }
            (source, contact) => {
                let insurer = source.as_deref().map_or(told.entity.as_str(), |source| name(source, lang));
                (insurer, contact.as_ref().err().copied().unwrap_or(Reason::Unknown))
            }
        };
        let title = self.t.common.source_failed.replace("{}", insurer);
        self.failures.push(Notice { title, text: self.t.reason(reason).to_owned() });
    }

    /// The form as it was sent.
    fn keep(&mut self, insurer: &Insurer, filled: &Filled, wrong: &[Wrong], lang: Lang) {
        let mut form = Form::sent(insurer, filled, lang);
        for (field, error) in wrong {
            let words = self.t.contact.problem(*field, error);
            if let Some(input) = form.input(*field) {
                input.error = Some(words);
                self.wrong.push((input.id.clone(), input.label, words));
            }
        }
        self.forms.push(form);
    }

    /// Why nothing was changed.
    fn tell(&self, came: Came, insurer: &str) -> Option<(Notice, Option<&'static str>)> {
        let t = &self.t.contact;
        let notice =
            |(title, text): (&str, &str)| Notice { title: title.replace("{}", insurer), text: text.to_owned() };
        match came {
            Came::Changed => None,
            Came::Meanwhile => Some((notice(t.meanwhile), None)),
            Came::Refused => Some((notice((t.refused, self.t.reason(Reason::Refused))), Some("WSF-58"))),
            Came::Unanswered(reason) => Some((notice((t.unanswered, t.unanswered_text)), Some(reason.code()))),
            Came::Unsent(reason) => Some((notice(t.unsent), Some(reason.code()))),
        }
    }
}

impl Form {
    fn new(place: usize, insurer: &Insurer, contact: &Contact, filled: Option<&Filled>, lang: Lang) -> Self {
        let mut form = Self::empty(place, insurer, lang);
        form.seen = contact.seen.to_string();
        for (field, (value, at)) in &contact.said {
            let stands = Stands { was: value.as_str().to_owned(), since: Some(Shown::minute(*at, lang)), now: None };
            form.put(*field, value.as_str(), stands);
        }
        if let Some(filled) = filled {
            form.fill(filled, wording::text(lang).contact.nothing);
        }
        form
    }

    fn sent(insurer: &Insurer, filled: &Filled, lang: Lang) -> Self {
        let mut form = Self::empty(0, insurer, lang);
        form.seen.clone_from(&filled.seen);
        for field in FIELDS {
            let (text, was) = filled.of(field);
            form.put(field, text, Stands { was: was.to_owned(), ..Stands::default() });
        }
        form
    }

    fn empty(place: usize, insurer: &Insurer, lang: Lang) -> Self {
        let t = &wording::text(lang).contact;
        let input = |field, name: &'static str, (kind, choices), (label, hint)| Input {
            field,
            id: format!("{name}-{place}"),
            name,
            kind,
            choices,
            label,
            hint,
            value: String::new(),
            stands: Stands::default(),
            error: None,
        };
        Self {
            id: format!("insurer-{place}"),
            provider: insurer.entity.as_str().to_owned(),
            insurer: name(insurer, lang).to_owned(),
            seen: String::new(),
            inputs: [
                input(Field::Phone, "phone", ("tel", WRITTEN), t.phone),
                input(Field::Email, "email", ("email", WRITTEN), t.email),
                input(Field::NoticeWish, "notices", ("", &t.notice_choices), t.notices),
            ],
        }
    }

    fn put(&mut self, field: Field, text: &str, stands: Stands) {
        if let Some(input) = self.input(field) {
            text.clone_into(&mut input.value);
            input.stands = stands;
        }
    }

    /// Puts back what the resident wrote, and says beside it what stands there now. What they have left alone stays as it stands now.
    fn fill(&mut self, filled: &Filled, nothing: &'static str) {
        for input in &mut self.inputs {
            let (written, was_then) = filled.of(input.field);
            if written.trim() == was_then {
                continue;
            }
            let was = input.stands.was.as_str();
            let words = input.choices.iter().find(|(value, _)| *value == was).map_or(was, |(_, words)| words);
            input.stands.now = (written != was).then(|| if was.is_empty() { nothing } else { words }.to_owned());
            written.clone_into(&mut input.value);
        }
    }

    fn input(&mut self, field: Field) -> Option<&mut Input> {
        self.inputs.iter_mut().find(|input| input.field == field)
    }
}

/// Of a field that is not chosen from a list.
const WRITTEN: Choices = &[];
