//! What a service is given about a resident: asked of the insurers a moment ago, recorded, handed over, and kept nowhere.

use std::sync::Arc;

use health::{Coverage, Sex, eligibility};
use jiff::{Timestamp, civil::Date};
use web::{Error, clock::japan_date};

use crate::{
    app::App,
    attribute::{Attribute, Attributes},
    audit::{self, Actor},
    consent,
    exchange::{self, Disclosed, insurers::Insurer},
    ids::ResidentId,
    purpose::{Category, Purpose},
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

/// Asks for what the resident has agreed to release over `link`, as far as it is `wanted`. The log says that it was handed
/// over to the service, attribute by attribute, before anybody gets it.
///
/// # Errors
/// When the database, the key store or the log fails. An insurer that fails is part of the answer.
pub(crate) async fn gather(
    app: &Arc<App>,
    resident: ResidentId,
    link: &ServiceLink,
    wanted: Attributes,
) -> Result<Gathered, Error> {
    let wanted = Attributes::named(&link.released).and(wanted);
    if wanted.is_empty() {
        return Ok(Gathered::default());
    }
    let actor = Actor::Service { entity: link.entity.clone() };
    let consented = consent::to_service(resident, link);
    let found = exchange::fetch(app, consented, actor, Category::Release(wanted)).await?;
    Ok(pick(audit::disclose(app, found).await?, wanted, japan_date(app.clock.now())))
}

/// Shows the resident what would be released, where they look at their own data at all.
///
/// # Errors
/// As [`gather`].
pub(crate) async fn preview(
    app: &Arc<App>,
    resident: ResidentId,
    wanted: Attributes,
) -> Result<Option<Gathered>, Error> {
    let consented = consent::check(app, resident, Purpose::SelfView).await.map_err(Error::ours)?;
    let Some(consented) = consented.filter(|_| !wanted.is_empty()) else { return Ok(None) };
    let found = exchange::fetch(app, consented, Actor::Resident, Category::Coverage).await?;
    Ok(Some(pick(audit::disclose(app, found).await?, wanted, japan_date(app.clock.now()))))
}

/// Picks the wanted attributes out of the answers: all from one record, the one that counts today, so that no number of one
/// insurer is ever read beside the name of another.
fn pick(disclosed: Disclosed, wanted: Attributes, today: Date) -> Gathered {
    let all: Vec<Coverage> = disclosed.answers.iter().flat_map(|answer| answer.coverage.iter().cloned()).collect();
    let shown = eligibility::on(&all, today).shown;
    let from = shown.and_then(|shown| disclosed.answers.iter().find(|answer| answer.source.number == shown.insurer));
    let mut values = Vec::new();
    if let (Some(coverage), Some(answer)) = (shown, from) {
        for attribute in wanted.iter() {
            if let Some(text) = text(attribute, coverage, &answer.source, today) {
                let source = Arc::clone(&answer.source);
                values.push(Value { attribute, text, source, as_of: answer.as_of });
            }
        }
    }
    Gathered { values, disclosed: Some(disclosed) }
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
