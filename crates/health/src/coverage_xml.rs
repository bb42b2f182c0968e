//! Coverage on the wire: the content of an ID-WSF data service's answer.
//!
//! The service decides the namespace (national and company insurers have one each); the elements are named as in the
//! answer of the online eligibility check (資格確認結果), so that who knows one can read the other. Dates are `xs:date`,
//! the insurer's number has eight digits, codes are those of [`crate::Sex::code`] and its kin.
//!
//! ```xml
//! <nhi:Eligibility date="2026-11-22" validity="1">
//!   <nhi:Coverage>
//!     <nhi:InsurerNumber>00370015</nhi:InsurerNumber> … <nhi:Name>𠮷田 一郎</nhi:Name> …
//!   </nhi:Coverage>
//! </nhi:Eligibility>
//! ```

use jiff::Timestamp;
use jiff::civil::Date;
use xml::{Attr, Fragment, Node, Ns, Refused, Writer};

use crate::wire::{AS_OF, Record, day, stamped};
use crate::{Copayment, Coverage, InsurerNumber, LossReason, Person, Relationship, Sex, eligibility};

pub use crate::wire::{Unreadable, as_of};

/// Local name of one record.
pub const COVERAGE: &str = "Coverage";
/// Local name of the answer for one date.
pub const ELIGIBILITY: &str = "Eligibility";

/// What begins the step of a path that names a date.
const DATE_STEP: &str = "[@date=\"";

/// Most records in an answer for one date; more than two at once is already an error of reporting.
const RECORDS_MAX: usize = 16;

/// One record as `<ns:Coverage>`.
pub fn write(coverage: &Coverage, ns: Ns) -> Fragment {
    write_as_of(coverage, ns, None)
}

/// The same with `asOf`: when the insurer's files last said so. A reader gets it by [`as_of`].
pub fn write_as_of(coverage: &Coverage, ns: Ns, at: Option<Timestamp>) -> Fragment {
    let mut writer = Writer::new();
    record(&mut writer, coverage, ns, at);
    writer.finish()
}

/// The answer for one date as `<ns:Eligibility date validity>`: the records that decide it, and no others.
pub fn write_eligibility(coverages: &[Coverage], ns: Ns, date: Date) -> Fragment {
    write_eligibility_as_of(coverages, ns, date, None)
}

/// The same with `asOf`, as [`write_as_of`].
pub fn write_eligibility_as_of(coverages: &[Coverage], ns: Ns, date: Date, at: Option<Timestamp>) -> Fragment {
    let answer = eligibility::on(coverages, date);
    let (day, validity) = (date.to_string(), answer.state.oqs_code().to_string());
    let mut writer = Writer::new();
    let at = stamped(at);
    let mut attributes = vec![Attr::plain("date", &day), Attr::plain("validity", &validity)];
    attributes.extend(at.as_deref().map(|at| Attr::plain(AS_OF, at)));
    writer.start(ns, ELIGIBILITY, &attributes);
    for coverage in answer.shown.into_iter().chain(answer.others) {
        record(&mut writer, coverage, ns, None);
    }
    writer.finish()
}

/// A path that asks about a date, such as `/nhi:Insured/nhi:Eligibility[@date="2026-10-05"]`: without the step in brackets it
/// is about today.
#[must_use]
pub fn dated(path: &str, date: Date) -> String {
    format!("{path}{DATE_STEP}{date}\"]")
}

/// Parts a path from the date that it asks about, if it names one.
#[must_use]
pub fn asked_on(path: &str) -> (&str, Option<Date>) {
    let parted = path.strip_suffix("\"]").and_then(|rest| rest.split_once(DATE_STEP));
    match parted.and_then(|(path, date)| Some((path, day(date)?))) {
        Some((path, date)) => (path, Some(date)),
        None => (path, None),
    }
}

fn record(writer: &mut Writer, coverage: &Coverage, ns: Ns, at: Option<Timestamp>) {
    let person = &coverage.person;
    let date = |date: Option<Date>| date.map(|date| date.to_string());
    let leaves = [
        (INSURER, Some(coverage.insurer.padded())),
        (INSURER_NAME, coverage.insurer_name.clone()),
        (SYMBOL, coverage.symbol.clone()),
        (NUMBER, Some(coverage.number.clone())),
        (BRANCH, coverage.branch.clone()),
        (RELATIONSHIP, Some(coverage.relationship.code().to_owned())),
        (INSURED_NAME, coverage.insured_name.clone()),
        (NAME, Some(person.name.clone())),
        (KANA, Some(person.kana.clone())),
        (SEX, Some(person.sex.code().to_owned())),
        (BIRTH, Some(person.birth.to_string())),
        (ADDRESS, person.address.clone()),
        (RATIO, Some(format!("0{}0", coverage.copayment.tenths()))),
        (FROM, Some(coverage.valid_from.to_string())),
        (LOST, date(coverage.lost_on)),
        (REASON, coverage.loss_reason.map(|reason| reason.code().to_owned())),
        (UNTIL, date(coverage.valid_until)),
        (ISSUED, date(coverage.issued_on)),
    ];
    let at = stamped(at);
    let attributes: Vec<Attr> = at.as_deref().map(|at| Attr::plain(AS_OF, at)).into_iter().collect();
    writer.start(ns, COVERAGE, &attributes);
    for (name, text) in &leaves {
        if let Some(text) = text {
            writer.leaf(ns, name, &[], text);
        }
    }
    writer.end();
}

/// Reads a `<ns:Coverage>` element. Unknown elements inside are left alone: an insurer may say more than we show.
///
/// # Errors
/// [`Unreadable`] names the element.
pub fn read(node: Node, ns: Ns) -> Result<Coverage, Unreadable> {
    if !xml::is(node, ns, COVERAGE) {
        return Err(Refused::Missing(COVERAGE.to_owned()).into());
    }
    let record = Record::new(node, ns);
    let person = Person {
        name: record.text(NAME)?,
        kana: record.text(KANA)?,
        birth: record.required(BIRTH, day)?,
        sex: record.required(SEX, Sex::parse)?,
        address: record.optional_text(ADDRESS)?,
    };
    Ok(Coverage {
        insurer: record.required(INSURER, |text| InsurerNumber::parse(text).ok())?,
        insurer_name: record.optional_text(INSURER_NAME)?,
        symbol: record.optional_text(SYMBOL)?,
        number: record.text(NUMBER)?,
        branch: record.optional_text(BRANCH)?,
        relationship: record.required(RELATIONSHIP, Relationship::parse)?,
        insured_name: record.optional_text(INSURED_NAME)?,
        copayment: record.required(RATIO, Copayment::parse)?,
        valid_from: record.required(FROM, day)?,
        lost_on: record.optional(LOST, day)?,
        loss_reason: record.optional(REASON, LossReason::parse)?,
        valid_until: record.optional(UNTIL, day)?,
        issued_on: record.optional(ISSUED, day)?,
        person,
    })
}

/// Reads an `<ns:Eligibility>` element: the date it is about and its records. Judge them again with
/// [`crate::eligibility::on`], together with those of other insurers.
///
/// # Errors
/// [`Unreadable`] names the element.
pub fn read_eligibility(node: Node, ns: Ns) -> Result<(Date, Vec<Coverage>), Unreadable> {
    if !xml::is(node, ns, ELIGIBILITY) {
        return Err(Refused::Missing(ELIGIBILITY.to_owned()).into());
    }
    let date = xml::unqualified(node, "date").and_then(day).ok_or(Unreadable::Value("date"))?;
    let records: Vec<Coverage> =
        xml::children(node, ns, COVERAGE).take(RECORDS_MAX + 1).map(|node| read(node, ns)).collect::<Result<_, _>>()?;
    if records.len() > RECORDS_MAX { Err(Unreadable::Value(ELIGIBILITY)) } else { Ok((date, records)) }
}

const INSURER: &str = "InsurerNumber";
const INSURER_NAME: &str = "InsurerName";
const SYMBOL: &str = "InsuredCardSymbol";
const NUMBER: &str = "InsuredIdentificationNumber";
const BRANCH: &str = "InsuredBranchNumber";
const RELATIONSHIP: &str = "PersonalFamilyClassification";
const INSURED_NAME: &str = "InsuredName";
const NAME: &str = "Name";
const KANA: &str = "NameKana";
const SEX: &str = "Sex1";
const BIRTH: &str = "Birthdate";
const ADDRESS: &str = "Address";
const RATIO: &str = "InsuredPartialContributionRatio";
const FROM: &str = "QualificationDate";
const LOST: &str = "DisqualificationDate";
const REASON: &str = "ReasonOfLoss";
const UNTIL: &str = "InsuredCardExpirationDate";
const ISSUED: &str = "InsuredCertificateIssuanceDate";

#[cfg(test)]
mod tests;
