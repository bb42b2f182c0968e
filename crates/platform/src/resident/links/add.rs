//! The form for a new link. What is written into it goes to the chosen institution alone; where nothing came of it, the form
//! comes back as it was filled.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use web::{Error, Lang, clock::japan_date};

use super::{
    Notice, back,
    filled::{Field, Filled, Problem},
    joinable, name, query,
};
use crate::{
    app::App,
    consent::linking::{self, TEXT_VERSION},
    exchange::{
        insurers::Insurer,
        link::{self, Came, Wish},
    },
    page::{Frame, render},
    session::CardHolder,
    store,
    wording::{self, LinkForm, Text},
};

#[derive(Template)]
#[template(path = "resident/links/add.html")]
struct Page {
    frame: Frame,
    t: &'static Text,
    version: &'static str,
    /// Why nothing came of it, and the code.
    notice: Option<(Notice, Option<&'static str>)>,
    /// What to look at, where nobody was found.
    check: &'static [&'static str],
    /// How often it can be sent today.
    left: Option<String>,
    /// Fields with what is wrong, for the summary.
    wrong: Vec<(&'static str, &'static str, &'static str)>,
    insurers: Vec<Choice>,
    insurer_error: Option<&'static str>,
    numbers: Vec<Input>,
    person: Vec<Input>,
    sexes: [Choice; 2],
    sex_error: Option<&'static str>,
    address: Vec<Input>,
    agree_error: Option<&'static str>,
}

struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

/// A field of text.
struct Input {
    id: &'static str,
    label: &'static str,
    hint: &'static str,
    value: String,
    error: Option<&'static str>,
    characters_max: usize,
    optional: bool,
    short: bool,
    complete: &'static str,
}

/// Which institution is chosen already.
#[derive(Deserialize)]
pub(super) struct Chosen {
    #[serde(default)]
    provider: String,
}

/// `GET /links/add`. Nobody is asked: what is written down here says with whom there is nothing yet.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    lang: Lang,
    holder: CardHolder,
    Query(chosen): Query<Chosen>,
) -> Result<Response, Error> {
    let wishes = store::linking::of(&app.db, holder.resident()).await.map_err(Error::ours)?;
    let links = store::link::all_of(&app.db, holder.resident()).await.map_err(Error::ours)?;
    let joinable = joinable(&app, &wishes, &links);
    let filled = Filled { provider: chosen.provider, ..Filled::default() };
    render(&page(&app, lang, &joinable, &filled, &[]))
}

/// `POST /links/add`: to the institution, if everything is in order.
pub(super) async fn send(
    State(app): State<Arc<App>>,
    lang: Lang,
    holder: CardHolder,
    Form(mut filled): Form<Filled>,
) -> Result<Response, Error> {
    let now = app.clock.now();
    let request = filled.request(japan_date(now));
    let insurer = app.insurers.find(&filled.provider);
    let agreed = Some(filled.version.as_str()).filter(|_| filled.agree == "yes");
    let consented = agreed.and_then(|version| linking::given(holder.resident(), version, now));
    let all: Vec<&Arc<Insurer>> = app.insurers.all.iter().collect();
    let (request, insurer, consented) = match (request, insurer, consented) {
        (Ok(request), Some(insurer), Some(consented)) => (request, insurer, consented),
        (request, insurer, consented) => {
            let mut wrong = Vec::new();
            wrong.extend(insurer.is_none().then_some((Field::Insurer, Problem::NotChosen)));
            wrong.extend(request.err().unwrap_or_default());
            wrong.extend(consented.is_none().then_some((Field::Agree, Problem::NotAgreed)));
            return render(&page(&app, lang, &all, &filled, &wrong));
        }
    };
    let wish = Wish { consented, insurer, authn: holder.authn(), request: &request };
    let came = link::ask(&app, &wish).await?;
    match came {
        Came::Linked => {
            Ok(Redirect::to(&format!("/links/confirm?provider={}", query(&filled.provider))).into_response())
        }
        Came::Review => Ok(back("review", false)),
        _ => {
            let mut page = page(&app, lang, &all, &filled, &[]);
            page.tell(came, name(insurer, lang));
            render(&page)
        }
    }
}

impl Page {
    /// Says why nothing came of it.
    fn tell(&mut self, came: Came, insurer: &str) {
        let t = &self.t.links.form.came;
        let notice =
            |(title, text): (&str, &str)| Notice { title: title.replace("{}", insurer), text: text.to_owned() };
        self.notice = match came {
            Came::Linked | Came::Review => None,
            Came::Unmatched { left } => {
                self.check = &t.check;
                self.left =
                    Some(if left > 0 { t.left.replace("{}", &left.to_string()) } else { t.none_left.to_owned() });
                Some((notice(t.unmatched), Some("LINK-15")))
            }
            Came::Refused => Some((notice(t.refused), Some("LINK-16"))),
            Came::Unanswered(reason) => {
                self.left = Some(t.kept_here.to_owned());
                Some((notice((t.unanswered, self.t.reason(reason))), Some(reason.code())))
            }
            Came::Spent => Some((notice(t.spent), Some("LINK-13"))),
            Came::Underway => Some((notice(t.underway), None)),
            Came::Held => Some((notice(t.held), None)),
        };
    }
}

fn page(app: &App, lang: Lang, insurers: &[&Arc<Insurer>], filled: &Filled, wrong: &[(Field, Problem)]) -> Page {
    let text = wording::text(lang);
    let t = &text.links.form;
    let error = |field| wrong.iter().find(|(wrong, _)| *wrong == field).map(|(_, problem)| words(*problem, t));
    let input = |field: Field, (label, hint), value: &str, complete| Input {
        id: field.id(),
        label,
        hint,
        value: value.to_owned(),
        error: error(field),
        characters_max: field.characters_max(),
        optional: matches!(field, Field::Symbol | Field::Branch | Field::Kana),
        short: matches!(field, Field::Branch | Field::Birth),
        complete,
    };
    let choice = |insurer: &&Arc<Insurer>| Choice {
        value: insurer.entity.as_str().to_owned(),
        label: name(insurer, lang).to_owned(),
        chosen: insurer.entity.as_str() == filled.provider,
    };
    let [male, female] = t.sexes;
    let sex = |value: &str, label: &str| Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        chosen: filled.sex == value,
    };
    Page {
        frame: Frame::resident(app, lang, t.title).of_resident(),
        t: text,
        version: TEXT_VERSION,
        notice: None,
        check: &[],
        left: None,
        wrong: wrong.iter().map(|(field, problem)| (field.id(), label(*field, t), words(*problem, t))).collect(),
        insurers: insurers.iter().map(choice).collect(),
        insurer_error: error(Field::Insurer),
        numbers: vec![
            input(Field::Symbol, t.symbol, &filled.symbol, "off"),
            input(Field::Number, t.number, &filled.number, "off"),
            input(Field::Branch, t.branch, &filled.branch, "off"),
        ],
        person: vec![
            input(Field::Name, t.name, &filled.name, "name"),
            input(Field::Kana, t.kana, &filled.kana, "off"),
            input(Field::Birth, t.birth, &filled.birth, "bday"),
        ],
        sexes: [sex("1", male), sex("2", female)],
        sex_error: error(Field::Sex),
        address: vec![input(Field::Address, t.address, &filled.address, "street-address")],
        agree_error: error(Field::Agree),
    }
}

fn label(field: Field, t: &'static LinkForm) -> &'static str {
    match field {
        Field::Insurer => t.insurer.0,
        Field::Symbol => t.symbol.0,
        Field::Number => t.number.0,
        Field::Branch => t.branch.0,
        Field::Name => t.name.0,
        Field::Kana => t.kana.0,
        Field::Birth => t.birth.0,
        Field::Sex => t.sex.0,
        Field::Address => t.address.0,
        Field::Agree => t.consent,
    }
}

fn words(problem: Problem, t: &'static LinkForm) -> &'static str {
    let words = &t.problems;
    match problem {
        Problem::Missing => words.missing,
        Problem::Unreadable => words.unreadable,
        Problem::MyNumber => words.my_number,
        Problem::NoDate => words.no_date,
        Problem::NotChosen => words.not_chosen,
        Problem::NotAgreed => words.not_agreed,
    }
}
