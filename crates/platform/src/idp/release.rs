//! The release page: what a service gets, shown with its values and its source, before it gets anything.

use std::sync::Arc;

use askama::Template;
use axum::{
    body::Bytes,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use saml::Authn;
use web::{Error, Lang, clock::Shown};

use super::{
    attributes::{self, Gathered},
    bootstrap,
    decide::Next,
    known, name, records,
    services::Service,
    sso::{Case, case_gone},
};
use crate::{
    app::App,
    attribute::{Attribute, Attributes},
    consent::records::Chosen,
    exchange::{Disclosed, grant},
    ids::ResidentId,
    page::{Frame, render},
    resident::{Notice, failures, insurer_name},
    session::Visitor,
    store::{self, service_link::ServiceLink},
    wording::{self, Text},
};

/// The version of the release page's text in [`crate::wording`]. Whoever changes what it promises changes this, and everybody
/// is asked again.
pub(super) const TEXT_VERSION: &str = "2026-11-22-2";

/// What a service may get of a resident, and what they have agreed to before.
#[derive(Clone, Copy)]
pub(crate) struct Offer<'a> {
    /// Whose.
    pub resident: ResidentId,
    /// How they have logged in here.
    pub authn: Authn,
    /// Who gets it.
    pub service: &'a Service,
    /// What they have agreed to.
    pub link: Option<&'a ServiceLink>,
}

/// What a resident has chosen on a sheet.
pub(super) struct Choice {
    pub released: Attributes,
    pub records: Chosen,
}

/// The sheet on which the resident chooses: the same before a login and from the launch page.
pub(super) struct Sheet {
    pub hidden: bool,
    pub bootstrap: bool,
    pub failures: Vec<Notice>,
    pub rows: Vec<Row>,
    pub records: records::Rows,
    pub offered: String,
    pub version: &'static str,
}

/// One attribute.
pub(super) struct Row {
    pub code: &'static str,
    pub name: &'static str,
    pub required: bool,
    pub checked: bool,
    pub value: Option<Known>,
}

/// What would be handed over now.
pub(super) struct Known {
    pub text: String,
    pub source: String,
    pub as_of: Shown,
}

impl Offer<'_> {
    /// Which attributes.
    pub(super) fn attributes(&self) -> Attributes {
        Attributes::named(&self.service.policy.release)
    }

    /// Everything that the resident is asked about.
    fn names(&self) -> Vec<String> {
        let mut names = self.attributes().names();
        names.extend(self.service.policy.bootstrap.then(|| bootstrap::OFFERED.to_owned()));
        names.extend(self.service.policy.finds().into_iter().map(records::asked));
        names
    }

    /// The sheet with these attributes chosen, and their values where the resident looks at them at all.
    ///
    /// # Errors
    /// When the database, the key store or the log fails.
    pub(super) async fn sheet(&self, app: &Arc<App>, lang: Lang, chosen: Attributes) -> Result<Sheet, Error> {
        let (t, offers, required) = (wording::text(lang), self.attributes(), required(self.service));
        let preview = attributes::preview(app, (self.resident, self.authn), offers).await?;
        let hidden = preview.is_none() && !offers.is_empty();
        let gathered = preview.unwrap_or_default();
        let row = |attribute: Attribute| Row {
            code: attribute.short(),
            name: t.services.attribute(attribute),
            required: required.has(attribute),
            checked: chosen.has(attribute) || required.has(attribute),
            value: known(&gathered, attribute, lang),
        };
        Ok(Sheet {
            hidden,
            bootstrap: self.service.policy.bootstrap,
            failures: gathered.disclosed.as_ref().map(|disclosed| failures(disclosed, lang)).unwrap_or_default(),
            rows: offers.iter().map(row).collect(),
            records: records::rows(app, self, lang).await?,
            offered: self.names().join(" "),
            version: TEXT_VERSION,
        })
    }

    /// What a sheet that comes back says: what was chosen, and what the service cannot do without. `None`: it is not the sheet
    /// of today, and has to be looked at anew.
    pub(super) fn chosen(&self, form: &[u8]) -> Option<Choice> {
        let fields: Vec<_> = url::form_urlencoded::parse(form).collect();
        let said = |name: &str| fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value);
        if said("version") != TEXT_VERSION || said("offered") != self.names().join(" ") {
            return None;
        }
        let chosen = Attributes::named(fields.iter().filter(|(name, _)| name == "attribute").map(|(_, value)| value));
        let released = chosen.or(required(self.service)).and(self.attributes());
        Some(Choice { released, records: records::chosen(self.service, &fields) })
    }

    /// Records what the resident has agreed to, in the history too: a new link, or a change of the one that there is. `false`:
    /// what the sheet rested on is over, and nothing is recorded.
    ///
    /// # Errors
    /// When the database or the key store fails.
    pub(super) async fn record(&self, app: &Arc<App>, choice: &Choice, now: Timestamp) -> Result<bool, Error> {
        let (resident, entity) = (self.resident, &self.service.provider.entity);
        let generation = match &self.link {
            Some(link) => link.generation,
            None => {
                store::service_link::next_generation(&app.db, resident, entity.as_str()).await.map_err(Error::ours)?
            }
        };
        let called = name::pairwise(&app.keys, entity, resident, generation).map_err(Error::ours)?;
        let link = ServiceLink {
            entity: entity.as_str().to_owned(),
            generation,
            linked_at: now,
            agreed_at: now,
            used_at: now,
            offered: self.names(),
            released: choice.released.names(),
            text_version: TEXT_VERSION.to_owned(),
            name_digest: known::name_digest(&app.keys, entity, &called).map_err(Error::ours)?,
        };
        let begins = self.link.is_none();
        let recorded = db::transaction!(app.db, |tx| {
            let there = store::service_link::get(tx, resident, entity.as_str()).await?;
            let stands = there.as_ref().map_or(begins, |there| there.generation == generation);
            match there {
                _ if !stands || !choice.records.record(tx, resident, &link, app.clock.now()).await? => false,
                Some(there) => {
                    if !there.is_agreed_like(&link) {
                        store::service_link::set_release(tx, resident, &link).await?;
                        store::service_release::insert(tx, resident, &link).await?;
                    }
                    true
                }
                None => {
                    store::service_link::insert(tx, resident, &link).await?;
                    store::service_release::insert(tx, resident, &link).await?;
                    true
                }
            }
        });
        match recorded {
            Ok(recorded) => {
                grant::tell(app, resident, entity.as_str()).await;
                Ok(recorded)
            }
            // Agreed to twice at once, or unlinked meanwhile: what there is now decides.
            Err(db::Error::Unique) => Ok(false),
            Err(error) => Err(Error::ours(error)),
        }
    }
}

fn known(gathered: &Gathered, attribute: Attribute, lang: Lang) -> Option<Known> {
    let value = gathered.values.iter().find(|value| value.attribute == attribute)?;
    let source = insurer_name(&value.source, lang).to_owned();
    Some(Known { text: value.text.clone(), source, as_of: Shown::minute(value.as_of, lang) })
}

#[derive(Template)]
#[template(path = "idp/release.html")]
struct Page<'a> {
    frame: Frame,
    t: &'static Text,
    title: String,
    text: String,
    about: &'a str,
    changed: bool,
    sheet: Sheet,
    handle: &'a str,
}

/// Asks the resident.
pub(super) async fn show(app: &Arc<App>, lang: Lang, case: &Case, handle: &str) -> Result<Response, Error> {
    let Some(offer) = offer(case) else { return Err(Error::LogIn) };
    let t = wording::text(lang);
    let (service, offers) = (offer.service, offer.attributes());
    let chosen = offer.link.map_or(offers, |link| {
        // What is new is offered as a matter of course; what was kept back before stays kept back.
        let before = Attributes::named(&link.offered);
        let kept = Attributes::named(&link.released);
        offers.iter().filter(|attribute| kept.has(*attribute) || !before.has(*attribute)).collect()
    });
    let named = |text: &str| text.replace("{}", service.name(lang));
    render(&Page {
        frame: Frame::resident(app, lang, t.services.purpose).of_resident(),
        t,
        title: named(t.services.release),
        text: named(t.services.release_text),
        about: service.about(lang),
        changed: case.link.is_some(),
        sheet: offer.sheet(app, lang, chosen).await?,
        handle,
    })
}

/// What a request's resident is asked about, if there is one.
fn offer(case: &Case) -> Option<Offer<'_>> {
    let holder = case.holder.as_ref()?;
    Some(Offer { resident: holder.resident(), authn: holder.authn(), service: &case.service, link: case.link.as_ref() })
}

/// `POST /saml/release/…`: the resident agrees, by the page's version and for what it offered; a page that is out of date is
/// shown anew.
#[expect(clippy::too_many_arguments, reason = "each is a part of the request")]
pub(super) async fn agree(
    State(app): State<Arc<App>>,
    lang: Lang,
    visitor: Visitor,
    headers: HeaderMap,
    Path(handle): Path<String>,
    form: Bytes,
) -> Result<Response, Error> {
    let case = match Case::open(&app, &handle, &visitor, Some(&headers)).await? {
        Ok(case) => case,
        Err(gone) => return case_gone(&app, lang, gone),
    };
    if let (Next::Ask, Some(offer)) = (case.next(), offer(&case))
        && let Some(choice) = offer.chosen(&form)
    {
        // What was not recorded is asked again.
        offer.record(&app, &choice, app.clock.now()).await?;
    }
    Ok(Redirect::to(&format!("/saml/continue/{handle}")).into_response())
}

/// What the service says that it cannot do without, of what may be released to it.
pub(super) fn required(service: &Service) -> Attributes {
    let required = service.provider.requested.iter().filter(|requested| requested.required);
    let required: Attributes = required.filter_map(|requested| Attribute::from_uri(&requested.name)).collect();
    required.and(Attributes::named(&service.policy.release))
}

/// What the service cannot do without and nobody has. Whoever kept it back is asked again before it comes to this.
pub(super) fn missing(service: &Service, found: Attributes) -> Attributes {
    required(service).iter().filter(|attribute| !found.has(*attribute)).collect()
}

#[derive(Template)]
#[template(path = "idp/missing.html")]
struct Missing<'a> {
    frame: Frame,
    t: &'static Text,
    text: String,
    failures: Vec<Notice>,
    handle: &'a str,
}

/// Says what is missing; the person goes on without it or not at all.
pub(super) fn show_missing(
    app: &App,
    lang: Lang,
    service: &Service,
    (missing, disclosed): (Attributes, Option<&Disclosed>),
    handle: &str,
) -> Result<Response, Error> {
    let t = wording::text(lang);
    let names: Vec<_> = missing.iter().map(|attribute| t.services.attribute(attribute)).collect();
    tracing::warn!(code = "SSO-02", service = %service.provider.entity, "a required attribute is not to be had");
    render(&Missing {
        frame: Frame::resident(app, lang, t.services.missing).of_resident(),
        t,
        text: t.services.missing_text.replace("{}", &names.join(t.services.comma)),
        failures: disclosed.map(|disclosed| failures(disclosed, lang)).unwrap_or_default(),
        handle,
    })
}
