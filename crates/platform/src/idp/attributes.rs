//! What a service is given about a resident, at a login or when it asks afterwards: asked of the insurers a moment ago,
//! recorded, handed over, and kept nowhere. What the release page shows comes the same way, and nobody gets it but the resident.

use std::sync::Arc;

use health::{Coverage, Sex, eligibility};
use jiff::{Timestamp, civil::Date};
use saml::Authn;
use web::{Error, clock::japan_date};

use crate::{
    app::App,
    attribute::{Attribute, Attributes},
    audit::{self, Actor},
    consent::{self, Consented},
    exchange::{self, Answer, Disclosed, Picked, Undisclosed, insurers::Insurer},
    ids::ResidentId,
    purpose::{Category, Purpose},
    session::Holder,
    store::service_link::ServiceLink,
};

/// Attributes of a resident, as far as the insurers know them.
#[derive(Default)]
pub(crate) struct Gathered {
    /// What was found.
    pub values: Vec<Value>,
    /// What the insurers answered; none were asked where nothing was wanted.
    pub disclosed: Option<Disclosed>,
}

/// The value of an attribute, and where it comes from.
pub(crate) struct Value {
    /// Which.
    pub attribute: Attribute,
    /// As services read it.
    pub text: String,
    /// Who says so.
    pub source: Arc<Insurer>,
    /// As of when.
    pub as_of: Timestamp,
}

/// What the insurers answered to a question for a service, closed until it is decided whether the service gets it.
pub(crate) struct Found {
    undisclosed: Option<Undisclosed>,
    picked: Option<Picked>,
    today: Date,
}

/// Asks, for a login of `holder`, for what they have agreed to release over `link`, as far as it is `wanted`.
///
/// # Errors
/// When the database or the key store fails. An insurer that fails is part of the answer.
pub(crate) async fn ask(
    app: &Arc<App>,
    holder: &Holder,
    link: &ServiceLink,
    wanted: Attributes,
) -> Result<Found, Error> {
    find(app, consent::to_service(holder.resident(), link), holder.authn(), (link, wanted)).await
}

async fn find(
    app: &Arc<App>,
    consented: Consented,
    authn: Authn,
    (link, wanted): (&ServiceLink, Attributes),
) -> Result<Found, Error> {
    let today = japan_date(app.clock.now());
    let wanted = Attributes::named(&link.released).and(wanted);
    if wanted.is_empty() {
        return Ok(Found { undisclosed: None, picked: None, today });
    }
    let actor = Actor::Service { entity: link.entity.clone() };
    let found = exchange::fetch(app, consented, actor, Category::Release(wanted), authn).await?;
    let picked = found.pick(|answers| {
        let values = pick(answers, wanted, today);
        let source = values.first()?.source.entity.as_str().to_owned();
        Some(Picked { source, attributes: values.iter().map(|value| value.attribute).collect() })
    });
    Ok(Found { undisclosed: Some(found), picked, today })
}

impl Found {
    /// Which attributes have a value.
    pub(crate) fn attributes(&self) -> Attributes {
        self.picked.as_ref().map(|picked| picked.attributes).unwrap_or_default()
    }

    /// Gives the values out, for the service to get them: the log says so first, attribute by attribute.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub(crate) async fn hand_over(self, app: &App) -> Result<Gathered, Error> {
        let wanted = self.attributes();
        let Some(found) = self.undisclosed else { return Ok(Gathered::default()) };
        let disclosed = audit::disclose(app, found.handing_over(self.picked.as_ref())).await?;
        Ok(Gathered { values: pick(&disclosed.answers, wanted, self.today), disclosed: Some(disclosed) })
    }

    /// Gives no value out. The log says that it was asked for and not handed over; what is left are the insurers that failed.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub(crate) async fn keep(self, app: &App) -> Result<Option<Disclosed>, Error> {
        let Some(found) = self.undisclosed else { return Ok(None) };
        let disclosed = audit::disclose(app, found.handing_over(None)).await?;
        Ok(Some(Disclosed { answers: Vec::new(), ..disclosed }))
    }
}

/// Asks, for a service that asks by itself after the login `authn` of the resident, and hands over whatever there is.
///
/// # Errors
/// When the database, the key store or the log fails. An insurer that fails is part of the answer.
pub(crate) async fn answer(
    app: &Arc<App>,
    (resident, authn): (ResidentId, Authn),
    link: &ServiceLink,
    wanted: Attributes,
) -> Result<Gathered, Error> {
    find(app, consent::to_query(resident, link), authn, (link, wanted)).await?.hand_over(app).await
}

/// Shows the resident what would be released, where they look at their own data at all.
///
/// # Errors
/// As [`answer`].
pub(crate) async fn preview(
    app: &Arc<App>,
    (resident, authn): (ResidentId, Authn),
    wanted: Attributes,
) -> Result<Option<Gathered>, Error> {
    let consented = consent::check(app, resident, Purpose::SelfView).await.map_err(Error::ours)?;
    let Some(consented) = consented.filter(|_| !wanted.is_empty()) else { return Ok(None) };
    let found = exchange::fetch(app, consented, Actor::Resident, Category::Coverage, authn).await?;
    let disclosed = audit::disclose(app, found).await?;
    let values = pick(&disclosed.answers, wanted, japan_date(app.clock.now()));
    Ok(Some(Gathered { values, disclosed: Some(disclosed) }))
}

/// Picks the wanted attributes out of the answers: all from one record, the one that counts today, so that no number of one
/// insurer is ever read beside the name of another.
fn pick(answers: &[Answer], wanted: Attributes, today: Date) -> Vec<Value> {
    let all: Vec<Coverage> = answers.iter().flat_map(|answer| answer.records.iter().cloned()).collect();
    let shown = eligibility::on(&all, today).shown;
    let from = shown.and_then(|shown| answers.iter().find(|answer| answer.source.number == shown.insurer));
    let mut values = Vec::new();
    if let (Some(coverage), Some(answer)) = (shown, from) {
        for attribute in wanted.iter() {
            if let Some(text) = text(attribute, coverage, &answer.source, today) {
                let source = Arc::clone(&answer.source);
                values.push(Value { attribute, text, source, as_of: answer.as_of });
            }
        }
    }
    values
}

/// An attribute as the record has it. What is said of the insurance is said of one that is valid today, or not at all.
fn text(attribute: Attribute, coverage: &Coverage, insurer: &Insurer, today: Date) -> Option<String> {
    let person = &coverage.person;
    match attribute {
        Attribute::Name => Some(person.name.clone()),
        Attribute::NameKana => Some(person.kana.clone()),
        Attribute::BirthDate => Some(person.birth.to_string()),
        Attribute::Sex => match person.sex {
            Sex::Male => Some("M".to_owned()),
            Sex::Female => Some("F".to_owned()),
            Sex::Unspecified => None,
        },
        Attribute::Address => person.address.clone(),
        _ if !coverage.covers(today) => None,
        Attribute::InsurerNumber => Some(coverage.insurer.to_string()),
        Attribute::InsurerName => Some(insurer.name.clone()),
        Attribute::SymbolNumber => {
            let symbol = coverage.symbol.iter().cloned();
            Some(symbol.chain([coverage.number.clone()]).collect::<Vec<_>>().join("・"))
        }
        Attribute::Branch => coverage.branch.clone(),
        Attribute::CopaymentRatio => Some((u16::from(coverage.copayment.tenths()) * 10).to_string()),
        Attribute::ValidUntil => coverage.last_day().map(|day| day.to_string()),
    }
}
