//! What a resident lets a service find at the institutions: a choice of its own on the sheet, which nothing ticks but the
//! resident.

use std::borrow::Cow;

use web::{Error, Lang, clock::Shown};

use super::{release::Offer, services::Service};
use crate::{
    app::App,
    consent::records::{self, Chosen},
    purpose::Category,
    store::service_consent::ServiceConsent,
    wording::{self, Services},
};

/// The choices.
pub(crate) struct Rows {
    pub rows: Vec<Row>,
    /// The last day of what is given now.
    pub until: String,
}

/// One choice.
pub(crate) struct Row {
    pub code: Cow<'static, str>,
    /// What it is, and until when.
    pub name: String,
    pub checked: bool,
}

/// The choices that a service offers, ticked where they count already.
///
/// # Errors
/// When the database fails.
pub(crate) async fn rows(app: &App, offer: &Offer<'_>, lang: Lang) -> Result<Rows, Error> {
    let (t, now) = (&wording::text(lang).services, app.clock.now());
    let given = match offer.link {
        Some(link) => records::of_link(&app.db, offer.resident, link, now).await.map_err(Error::ours)?,
        None => Vec::new(),
    };
    let row = |category: Category| {
        let given = given.iter().find(|consent| consent.category == category);
        let until = given.map_or_else(|| records::last_day(now), ServiceConsent::last_day);
        let name = t.records_choice.replacen("{}", t.record(category), 1);
        Row {
            code: category.code(),
            name: name.replacen("{}", &Shown::day(until, lang).text, 1),
            checked: given.is_some(),
        }
    };
    let rows = offer.service.policy.finds().into_iter().map(row).collect();
    Ok(Rows { rows, until: records::last_day(now).to_string() })
}

/// What a sheet that comes back says about them.
pub(crate) fn chosen(service: &Service, fields: &[(Cow<'_, str>, Cow<'_, str>)]) -> Chosen {
    let values = |name: &'static str| fields.iter().filter(move |(field, _)| field == name).map(|(_, value)| &**value);
    let offered = service.policy.finds();
    let ticked: Vec<String> = values("records").map(str::to_owned).collect();
    let mut given = Category::records(&ticked);
    given.retain(|category| offered.contains(category));
    Chosen { offered, given, until: values("until").next().unwrap_or_default().to_owned() }
}

/// The name that stands for a category in what a resident was asked about.
pub(super) fn asked(category: Category) -> String {
    format!("{ASKED}{}", category.code())
}

/// Whether a name in what a resident was asked about stands for a category.
pub(super) fn asks_for(name: &str) -> bool {
    name.starts_with(ASKED)
}

const ASKED: &str = "records:";

/// A consent in words: what, and until when.
pub(super) fn named(consent: &ServiceConsent, text: &str, t: &Services, lang: Lang) -> String {
    let until = Shown::day(consent.last_day(), lang).text;
    text.replacen("{}", t.record(consent.category), 1).replacen("{}", &until, 1)
}
