//! The people of a demonstration that have a card in the drawer, and what the demo tells about them.

use std::{collections::BTreeMap, path::Path};

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
