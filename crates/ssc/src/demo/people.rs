//! The people of a demonstration that have a card in the drawer, and what the demo tells about them.

use std::{collections::BTreeMap, path::Path};

use region::Resident;
use serde::{Deserialize, Serialize};

/// Everything that a newcomer, or a script, needs to know. Kept beside the region, so that a second start knows it too.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct People {
    /// How many residents the region has.
    pub(crate) residents_total: u32,
    /// The clinic whose desk has a reader.
    pub(crate) clinic_name: String,
    /// Its code.
    pub(crate) clinic_code: String,
    /// The clerk's login name.
    pub(crate) clerk: String,
    /// The login name of whoever runs the office.
    pub(crate) operator: String,
    /// The login names of the insurers' clerks: one brings files, the other approves.
    pub(crate) insurer_clerks: Vec<String>,
    /// Who has a card in the drawer.
    pub(crate) residents: Vec<Holder>,
}

/// A resident whose card can be put on a reader.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Holder {
    /// What they are an example of: nhi, khi, changed, lapsed, elder, spare.
    pub(crate) role: String,
    /// Their name, as written.
    pub(crate) name: String,
    /// Name of the card's file.
    pub(crate) card: String,
    /// Their PIN.
    pub(crate) pin: String,
    /// What they write to find an insurer, where they have to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) papers: Option<Papers>,
}

/// What a resident has on paper: how an insurer finds them.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Papers {
    pub(crate) insurer: String,
    pub(crate) symbol: String,
    pub(crate) number: String,
    pub(crate) branch: String,
    pub(crate) kana: String,
    /// `1968-05-14`.
    pub(crate) birth: String,
    /// 1 male, 2 female.
    pub(crate) sex: String,
    pub(crate) address: String,
}

impl Papers {
    /// Of somebody who is insured.
    pub(crate) fn of(person: &Resident) -> Option<Self> {
        let period = person.coverages.first()?;
        let who = &person.person;
        Some(Self {
            insurer: period.insurer.to_string(),
            symbol: period.symbol.clone().unwrap_or_default(),
            number: period.number.clone(),
            branch: period.branch.clone().unwrap_or_default(),
            kana: who.kana.clone(),
            birth: who.birth.to_string(),
            sex: who.sex.code().to_owned(),
            address: who.address.clone().unwrap_or_default(),
        })
    }
}

/// What a started demonstration offers, for scripts: `--json-ready FILE`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Ready<'a> {
    pub(crate) portal: String,
    pub(crate) clinic: String,
    pub(crate) office: String,
    pub(crate) control: String,
    pub(crate) agents: Vec<String>,
    pub(crate) insurers: Vec<&'a str>,
    /// The insurers' own pages, by number.
    pub(crate) consoles: BTreeMap<&'static str, String>,
    pub(crate) pcsc: bool,
    pub(crate) platform_pid: u32,
    /// The folder that holds everything.
    pub(crate) dir: &'a Path,
    /// The services that run, by name, with their addresses.
    pub(crate) services: BTreeMap<&'static str, String>,
    #[serde(flatten)]
    pub(crate) people: &'a People,
}
