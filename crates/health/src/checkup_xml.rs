//! A check-up on the wire: what was found, when and where, with what follows from it, and nothing of who the person is. Whoever
//! asks knows whom they asked about.
//!
//! ```xml
//! <nhi:CheckUp asOf="2026-11-20T03:00:00Z" date="2026-07-01" program="010" metabolic="3" guidance="3">
//!   <nhi:Institution code="3710199997">架空内科クリニック</nhi:Institution>
//!   <nhi:Item code="9N001000000000001" name="身長" kind="number" unit="cm">171.5</nhi:Item>
//!   <nhi:Item code="9A755000000000001" name="収縮期血圧(その他)" kind="number" unit="mm[Hg]" flag="H" doctor="1">142</nhi:Item>
//! </nhi:CheckUp>
//! ```
//!
//! `kind` is `number`, `choice` (one of the item's list), `text`, `not-done` or `not-measurable`; `flag` is H, L or N as the
//! institution gave it; `doctor` marks a value that a doctor should see. `metabolic` and `guidance` are the codes of
//! [`Metabolic`] and [`Guidance`]. An item that the reader's table does not have is kept with its name.

use jiff::Timestamp;
use jiff::civil::Date;
use xml::{Attr, Fragment, Node, Ns, Writer};

use crate::InstitutionCode;
use crate::checkup::judgement::{self, Guidance, Metabolic};
use crate::checkup::{Checkup, Decimal, Flag, Institution, Item, Value};
use crate::wire::{AS_OF, Record, Unreadable, day, stamped};

/// Local name of one record.
pub const CHECKUP: &str = "CheckUp";

/// Most items in one record: three times the table.
const ITEMS_MAX: usize = 1000;
/// Longest text of an item, in characters.
const TEXT_MAX: usize = 1000;

/// What was found at one check-up.
///
/// `Debug` shows the date alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Findings {
    /// 健診実施年月日.
    pub examined_on: Date,
    /// 健診プログラムサービスコード, where known.
    pub program: Option<String>,
    /// Where.
    pub institution: Institution,
    /// メタボリックシンドローム判定, by rule, for information.
    pub metabolic: Option<Metabolic>,
    /// 保健指導レベル, by rule; none under 40 and over 74 years.
    pub guidance: Option<Guidance>,
    /// What was found, in order.
    pub items: Vec<Finding>,
}

impl std::fmt::Debug for Findings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Findings({}, …)", self.examined_on)
    }
}

/// One item.
#[derive(Clone, PartialEq, Eq)]
pub struct Finding {
    /// 項目コード.
    pub code: String,
    /// 項目名.
    pub name: String,
    /// What was found.
    pub value: Value,
    /// The unit (UCUM) of a number.
    pub unit: Option<String>,
    /// The institution's flag.
    pub flag: Option<Flag>,
    /// Whether a doctor should see it (受診勧奨判定値).
    pub doctor: bool,
}

impl std::fmt::Debug for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Finding({}, …)", self.code)
    }
}

impl Findings {
    /// What a check-up says, judged by the rules.
    pub fn of(checkup: &Checkup) -> Self {
        let alarming = judgement::to_see_a_doctor(checkup);
        let finding = |item: &Item| {
            let definition = item.code.definition();
            Finding {
                code: definition.code.to_owned(),
                name: definition.name.to_owned(),
                value: item.value.clone(),
                unit: definition.unit.map(str::to_owned),
                flag: item.flag,
                doctor: alarming.iter().any(|alarm| alarm.code == item.code),
            }
        };
        Self {
            examined_on: checkup.examined_on,
            program: checkup.program.clone(),
            institution: checkup.institution.clone(),
            metabolic: Some(judgement::metabolic(checkup)),
            guidance: judgement::guidance(checkup),
            items: checkup.items.iter().map(finding).collect(),
        }
    }
}

/// One record as `<ns:CheckUp>`. `at` says when the insurer's files last said so.
pub fn write(findings: &Findings, ns: Ns, at: Option<Timestamp>) -> Fragment {
    let mut writer = Writer::new();
    let (at, date) = (stamped(at), findings.examined_on.to_string());
    let mut attributes = vec![Attr::plain("date", &date)];
    attributes.extend(at.as_deref().map(|at| Attr::plain(AS_OF, at)));
    attributes.extend(findings.program.as_deref().map(|program| Attr::plain("program", program)));
    attributes.extend(findings.metabolic.map(|metabolic| Attr::plain("metabolic", metabolic.code())));
    attributes.extend(findings.guidance.map(|guidance| Attr::plain("guidance", guidance.code())));
    writer.start(ns, CHECKUP, &attributes);
    write_institution(&mut writer, &findings.institution, ns);
    for item in &findings.items {
        let (kind, text) = match &item.value {
            Value::Number(number) => ("number", number.to_string()),
            Value::Choice(code) => ("choice", code.to_string()),
            Value::Text(text) => ("text", text.clone()),
            Value::NotDone => ("not-done", String::new()),
            Value::NotMeasurable => ("not-measurable", String::new()),
        };
        let mut attributes =
            vec![Attr::plain("code", &item.code), Attr::plain("name", &item.name), Attr::plain("kind", kind)];
        attributes.extend(item.unit.as_deref().map(|unit| Attr::plain("unit", unit)));
        attributes.extend(item.flag.map(|flag| Attr::plain("flag", flag.code())));
        attributes.extend(item.doctor.then(|| Attr::plain("doctor", "1")));
        writer.leaf(ns, "Item", &attributes, &text);
    }
    writer.end();
    writer.finish()
}

/// Reads a `<ns:CheckUp>` element. Unknown elements and attributes are left alone.
///
/// # Errors
/// [`Unreadable`] names the element or attribute.
pub fn read(node: Node, ns: Ns) -> Result<Findings, Unreadable> {
    let record = Record::named(node, ns, CHECKUP)?;
    Ok(Findings {
        examined_on: record.needed_attribute("date", day)?,
        program: record.optional_attribute("program")?.map(str::to_owned),
        institution: read_institution(&record)?,
        metabolic: record.attribute("metabolic", Metabolic::from_code)?,
        guidance: record.attribute("guidance", Guidance::from_code)?,
        items: record.children("Item", ITEMS_MAX)?.iter().map(finding).collect::<Result<_, _>>()?,
    })
}

fn finding(item: &Record) -> Result<Finding, Unreadable> {
    let text = item.own_text("Item", TEXT_MAX)?;
    let empty = |value: Value| text.is_empty().then_some(value);
    let value = |kind: &str| match kind {
        "number" => Decimal::parse(&text).map(Value::Number),
        "choice" => text.parse().ok().map(Value::Choice),
        "text" => Some(Value::Text(text.clone())),
        "not-done" => empty(Value::NotDone),
        "not-measurable" => empty(Value::NotMeasurable),
        _ => None,
    };
    Ok(Finding {
        value: item.needed_attribute("kind", value)?,
        code: item.needed_attribute("code", |text| Some(text.to_owned()))?,
        name: item.needed_attribute("name", |text| Some(text.to_owned()))?,
        unit: item.optional_attribute("unit")?.map(str::to_owned),
        flag: item.attribute("flag", Flag::parse)?,
        doctor: item.optional_attribute("doctor")? == Some("1"),
    })
}

/// `<ns:Institution code="…">name</ns:Institution>`, if anything is known of it.
pub(crate) fn write_institution(writer: &mut Writer, institution: &Institution, ns: Ns) {
    if institution.code.is_none() && institution.name.is_none() {
        return;
    }
    let code = institution.code.map(|code| code.to_string());
    let attributes: Vec<Attr> = code.as_deref().map(|code| Attr::plain("code", code)).into_iter().collect();
    writer.leaf(ns, "Institution", &attributes, institution.name.as_deref().unwrap_or_default());
}

pub(crate) fn read_institution(record: &Record) -> Result<Institution, Unreadable> {
    let Some(place) = record.child("Institution")? else { return Ok(Institution::default()) };
    let name = place.own_text("Institution", TEXT_MAX)?;
    let code = place.attribute("code", |text| InstitutionCode::parse(text).ok())?;
    Ok(Institution { code, name: Some(name).filter(|name| !name.is_empty()) })
}

#[cfg(test)]
mod tests;
