//! 特定健診データファイル (hc08): one check-up of one person as a document of HL7 CDA R2, in the profile of
//! 「特定健診情報ファイル仕様」 of the fourth term.
//!
//! The schema alone would let wrong values pass (it does not relate a code to its type, unit or digits), so this reader
//! has its own rules for everything it reads: the structure down to each observation, identifiers by their OIDs, and every value
//! against the item table ([`super::items`]). What it does not read (narrative text, custodian) it does not judge.

use std::collections::HashMap;

use jiff::civil::Date;
use xml::Ns;

use super::items::{Form, ItemCode};
use super::{Checkup, Examinee, Flag, Institution, Item, Kind, Value, Voucher};
use crate::cells::{ADDRESS_MAX, Cell, NUMBER_MAX, Row, branch, insurer, katakana, number};
use crate::element::{Place, document};
use crate::report::{Code, Problem, Report};
use crate::{InstitutionCode, Sex, parse_date};

/// Largest document that is read, in bytes; real ones have some 50 KiB.
pub const BYTES_MAX: usize = 2 << 20;
/// Most observations in one document: three times the table.
const ITEMS_MAX: usize = 1000;
/// Most problems that a report keeps.
const PROBLEMS_MAX: usize = 100;

/// HL7 version 3.
const HL7: Ns = Ns::new("hl7", "urn:hl7-org:v3");
const XSI: Ns = Ns::new("xsi", "http://www.w3.org/2001/XMLSchema-instance");

/// OIDs of 特定健診, below the arc of the Ministry's agency.
mod oid {
    pub(super) const INSURER: &str = "1.2.392.200119.6.101";
    pub(super) const INSTITUTION: &str = "1.2.392.200119.6.102";
    pub(super) const SYMBOL: &str = "1.2.392.200119.6.204";
    pub(super) const NUMBER: &str = "1.2.392.200119.6.205";
    pub(super) const BRANCH: &str = "1.2.392.200119.6.211";
    /// One arc for each insurer below it.
    pub(super) const VOUCHER: &str = "1.2.392.200119.6.209.";
    pub(super) const ITEM: &str = "1.2.392.200119.6.1005";
}

/// Reads a document: the check-up and what is unusual about it.
///
/// # Errors
/// [`Report`] names each problem with its line and element. Of a file with an Individual Number anywhere, nothing is kept.
pub fn read(bytes: &[u8]) -> Result<(Checkup, Vec<Problem>), Report> {
    let mut report = Report::new(KIND, PROBLEMS_MAX);
    let checkup = document(bytes, BYTES_MAX, &mut report, checkup);
    match (checkup, report.finish()) {
        (Some(checkup), Ok(warnings)) => Ok((checkup, warnings)),
        (None, Ok(_)) => Err(Report::of(KIND, Problem::at_line(Code::OtherDocument, 1))),
        (_, Err(report)) => Err(report),
    }
}

const KIND: &str = "check-up document";

fn checkup(root: Place, report: &mut Report) -> Option<Checkup> {
    if !xml::is(root.node, HL7, "ClinicalDocument") {
        report.push(root.problem(Code::OtherDocument));
        return None;
    }
    let kind = root.needed(HL7, "code", report).and_then(|code| kind(code, report))?;
    let made_on = root.needed(HL7, "effectiveTime", report).and_then(|place| day(place, report));
    let person = examinee(root, report);
    let (program, examined_on, institution) = event(root, report).unwrap_or_default();
    let institution = institution.or_else(|| author(root, report)).unwrap_or_default();
    let voucher = voucher(root, report);
    let items = Items::of(root, report);
    if let Some((birth, examined_on)) = person.as_ref().map(|person| person.birth).zip(examined_on)
        && examined_on < birth
    {
        report.push(root.problem(Code::DateOrder));
    }
    let (person, examined_on) = (person?, examined_on?);
    Some(Checkup { kind, program, examined_on, made_on, person, institution, voucher, items })
}

/// 報告区分; 21 to 25 are health guidance, a document of its own.
fn kind(place: Place, report: &mut Report) -> Option<Kind> {
    match xml::unqualified(place.node, "code") {
        Some("10") => Some(Kind::Specific),
        Some("40") => Some(Kind::Other),
        _ => {
            report.push(place.problem(Code::OtherDocument));
            None
        }
    }
}

/// The element at the end of a path of needed elements.
fn at<'d, 'i>(from: Place<'d, 'i>, path: &[&str], report: &mut Report) -> Option<Place<'d, 'i>> {
    path.iter().try_fold(from, |place, name| place.needed(HL7, name, report))
}

/// The element at the end of a path that may not be there.
fn perhaps<'d, 'i>(from: Place<'d, 'i>, path: &[&str], report: &mut Report) -> Option<Place<'d, 'i>> {
    path.iter().try_fold(from, |place, name| place.child(HL7, name, report))
}

fn examinee(root: Place, report: &mut Report) -> Option<Examinee> {
    let role = at(root, &["recordTarget", "patientRole"], report)?;
    let id = |root: &str| {
        let mut ids = role.children(HL7, "id");
        let id = ids.find(|id| attribute(*id, "root") == root)?;
        Some((id, attribute(id, "extension"))).filter(|(_, text)| !text.is_empty())
    };
    let found = needed(role, "id[保険者番号]", id(oid::INSURER), report);
    let insurer = optional(found, Code::InsurerNumber, insurer, report);
    let found = needed(role, "id[番号]", id(oid::NUMBER), report);
    let number = optional(found, Code::ElementValue, number, report);
    let as_written = |text: &str| (text.chars().count() <= NUMBER_MAX).then(|| text.to_owned());
    let symbol = optional(id(oid::SYMBOL), Code::ElementValue, as_written, report);
    let branch = optional(id(oid::BRANCH), Code::ElementValue, branch, report);
    let patient = role.needed(HL7, "patient", report)?;
    let name = patient.child(HL7, "name", report);
    let name = name.and_then(|place| xml::text(place.node).ok().map(|text| (place, text)));
    let kana = name.as_ref().map(|(place, text)| (*place, text.trim()));
    let kana = optional(needed(patient, "name", kana, report), Code::ElementValue, katakana, report);
    let sex = patient.needed(HL7, "administrativeGenderCode", report).map(|place| (place, attribute(place, "code")));
    let sex = optional(sex, Code::ElementValue, Sex::parse, report);
    let birth = patient.needed(HL7, "birthTime", report).and_then(|place| day(place, report));
    let address = role.child(HL7, "addr", report);
    let post_number = address.and_then(|place| place.child(HL7, "postalCode", report));
    let post_number = post_number.and_then(|place| own_text(place, NUMBER_MAX, report));
    let address = address.and_then(|place| own_text(place, ADDRESS_MAX, report));
    let (insurer, number, kana) = (insurer?, number?, kana?);
    Some(Examinee { insurer, symbol, number, branch, kana, birth: birth?, sex: sex?, post_number, address })
}

/// The text of an element beside its child elements.
fn own_text(place: Place, characters_max: usize, report: &mut Report) -> Option<String> {
    let text: String = place.node.children().filter(|child| child.is_text()).filter_map(|child| child.text()).collect();
    let mut row = Row::new(place.line(), report);
    row.text(Cell { name: &place.path(), text: text.trim() }, characters_max)
}

fn attribute<'d>(place: Place<'d, '_>, name: &str) -> &'d str {
    xml::unqualified(place.node, name).unwrap_or_default().trim()
}

/// What was found, if it is something; nothing is a problem of the element `within`.
fn needed<'f, 'd, 'i>(
    within: Place,
    name: &str,
    found: Option<(Place<'d, 'i>, &'f str)>,
    report: &mut Report,
) -> Option<(Place<'d, 'i>, &'f str)> {
    let found = found.filter(|(_, text)| !text.is_empty());
    if found.is_none() {
        report.push(within.missing(name));
    }
    found
}

fn optional<T>(
    found: Option<(Place, &str)>,
    code: Code,
    read: impl FnOnce(&str) -> Option<T>,
    report: &mut Report,
) -> Option<T> {
    let (place, text) = found?;
    let value = read(text);
    if value.is_none() {
        report.push(place.problem(code).found(text));
    }
    value
}

/// A date as the `value` of an element: `yyyyMMdd`.
fn day(place: Place, report: &mut Report) -> Option<Date> {
    let packed = |text: &str| (text.len() == "20260401".len()).then(|| parse_date(text)).flatten();
    optional(Some((place, attribute(place, "value"))), Code::Date, packed, report)
}

/// Program, date and institution of the examination itself.
fn event(root: Place, report: &mut Report) -> Option<(Option<String>, Option<Date>, Option<Institution>)> {
    let event = at(root, &["documentationOf", "serviceEvent"], report)?;
    let three_digits =
        |text: &str| (text.len() == 3 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.to_owned());
    let program = event.child(HL7, "code", report).map(|place| (place, attribute(place, "code")));
    let program = optional(program, Code::ElementValue, three_digits, report);
    let examined_on = event.needed(HL7, "effectiveTime", report).and_then(|place| day(place, report));
    let organization = perhaps(event, &["performer", "assignedEntity", "representedOrganization"], report);
    Some((program, examined_on, organization.map(|place| institution(place, report))))
}

/// The institution that made the file, where the examination names none.
fn author(root: Place, report: &mut Report) -> Option<Institution> {
    let place = perhaps(root, &["author", "assignedAuthor", "representedOrganization"], report)?;
    Some(institution(place, report))
}

fn institution(place: Place, report: &mut Report) -> Institution {
    let id = place.children(HL7, "id").find(|id| attribute(*id, "root") == oid::INSTITUTION);
    let code = id.map(|id| (id, attribute(id, "extension")));
    let code = optional(code, Code::ElementValue, |text| InstitutionCode::parse(text).ok(), report);
    if let Some((id, unusual)) = id.zip(code).filter(|(_, code)| !code.check_digit_matches()) {
        report.warn(id.problem(Code::InstitutionUnusual).found(&unusual.to_string()));
    }
    let name = place.children(HL7, "name").next().and_then(|name| own_text(name, ADDRESS_MAX, report));
    Institution { code, name }
}

fn voucher(root: Place, report: &mut Report) -> Option<Voucher> {
    let participant = root.children(HL7, "participant").find(|place| attribute(*place, "typeCode") == "HLD")?;
    let valid_until = perhaps(participant, &["time", "high"], report).and_then(|place| day(place, report));
    let entity = participant.needed(HL7, "associatedEntity", report)?;
    let id = entity.children(HL7, "id").find(|id| attribute(*id, "root").starts_with(oid::VOUCHER))?;
    let digits = |text: &str| (text.len() == 11 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.to_owned());
    let number = optional(Some((id, attribute(id, "extension"))), Code::ElementValue, digits, report)?;
    Some(Voucher { number, valid_until })
}

/// The observations, in order.
struct Items<'r> {
    report: &'r mut Report,
    found: Vec<Item>,
    lines: HashMap<&'static str, u64>,
    count: usize,
}

impl<'r> Items<'r> {
    fn of(root: Place, report: &'r mut Report) -> Vec<Item> {
        let mut items = Items { report, found: Vec::new(), lines: HashMap::new(), count: 0 };
        if let Some(body) = at(root, &["component", "structuredBody"], items.report) {
            for section in body.children(HL7, "component").flat_map(|place| place.children(HL7, "section")) {
                for entry in section.children(HL7, "entry") {
                    items.within(entry);
                }
            }
            if items.count == 0 {
                items.report.push(body.missing("component/section/entry"));
            }
        }
        items.found
    }

    /// The observations in an entry, or in a part of a group of examinations that belong together.
    fn within(&mut self, place: Place) {
        for observation in place.children(HL7, "observation") {
            self.count += 1;
            if self.count > ITEMS_MAX {
                if self.count == ITEMS_MAX + 1 {
                    self.report.push(observation.problem(Code::TooMany));
                }
                return;
            }
            let is_group = observation
                .child(HL7, "code", self.report)
                .is_some_and(|code| xml::unqualified(code.node, "code").is_none());
            if !is_group {
                let item = self.item(observation);
                self.found.extend(item);
            }
            for part in observation.children(HL7, "entryRelationship") {
                self.within(part);
            }
        }
    }

    fn item(&mut self, observation: Place) -> Option<Item> {
        let place = observation.needed(HL7, "code", self.report)?;
        let text = attribute(place, "code");
        let system = xml::unqualified(place.node, "codeSystem").unwrap_or(oid::ITEM);
        let Some(code) = ItemCode::find(text).filter(|_| system == oid::ITEM) else {
            self.report.warn(place.problem(Code::ItemUnknown).found(text));
            return None;
        };
        if let Some(first) = self.lines.insert(code.as_str(), place.line()) {
            self.report.push(place.problem(Code::ItemTwice).found(text).seen_at(first));
            return None;
        }
        let value = self.value(observation, code)?;
        let flag = observation.child(HL7, "interpretationCode", self.report);
        let flag = flag.map(|place| (place, attribute(place, "code"))).filter(|(_, code)| !code.is_empty());
        let flag = optional(flag, Code::ElementValue, Flag::parse, self.report);
        Some(Item { code, value, flag })
    }

    fn value(&mut self, observation: Place, code: ItemCode) -> Option<Value> {
        let place = observation.child(HL7, "value", self.report);
        let not_done = attribute(observation, "negationInd") == "true";
        let Some(place) = place.filter(|_| !not_done) else {
            if not_done && place.is_none() {
                return Some(Value::NotDone);
            }
            // 未実施 has no value, and whatever was done has one.
            self.report.push(observation.problem(Code::ItemValue).found(code.as_str()));
            return None;
        };
        if xml::unqualified(place.node, "nullFlavor").is_some() {
            return Some(Value::NotMeasurable);
        }
        let definition = code.definition();
        let said = xml::qualified(place.node, XSI, "type").unwrap_or_default();
        if said.rsplit(':').next() != Some(definition.xml_type()) {
            self.refuse(place, Code::ItemType, code, said);
            return None;
        }
        let (text, wrong) = match definition.form {
            Form::Number { .. } => {
                let unit = attribute(place, "unit");
                let expected = definition.unit.unwrap_or("1");
                let wrong = unit != expected && !(unit.is_empty() && definition.unit.is_none());
                (attribute(place, "value").to_owned(), wrong.then_some((Code::ItemUnit, unit)))
            }
            Form::Choice { list, .. } => {
                let system = xml::unqualified(place.node, "codeSystem").unwrap_or(list);
                (attribute(place, "code").to_owned(), (system != list).then_some((Code::ItemList, system)))
            }
            Form::Text { .. } => (xml::text(place.node).unwrap_or_default().trim().to_owned(), None),
        };
        if let Some((problem, found)) = wrong {
            self.refuse(place, problem, code, found);
            return None;
        }
        let value = definition.value(&text);
        if value.is_none() {
            self.refuse(place, Code::ItemValue, code, &text);
        }
        value
    }

    /// Paths of observations are all alike, so the item is named beside what was found.
    fn refuse(&mut self, place: Place, problem: Code, code: ItemCode, found: &str) {
        let found = format!("{} {}: {found}", code.as_str(), code.definition().name);
        self.report.push(place.problem(problem).found(&found));
    }
}

#[cfg(test)]
mod tests;
