//! Health insurance data: insurer numbers, coverage, eligibility, and the files they come in.
//!
//! A pure crate: bytes and a date in, typed values out. It knows no clock, no database and no network.
//!
//! - [`InsurerNumber`] and [`InstitutionCode`] are numbers whose check digit was looked at.
//! - [`Coverage`] is one period of one [`Person`] with one insurer, as the insurer recorded it.
//! - [`eligibility::on`] answers the reception desk's question: is this person covered on this date?
//! - [`continuity::of`] finds what several insurers' periods leave open or claim twice.
//! - [`report`] is what a clerk reads of a file that is refused.
//! - [`coverage_csv`] reads and writes the file an insurer really has; [`coverage_xml`] is the same record on the wire.
//! - [`LinkRequest`] is what a resident says of themselves so that an insurer finds them; [`link_xml`] is that on the wire.
//! - [`contact_xml`] is what a resident may change at an insurer: where they are reached, and how they want to be told.
//! - [`eligibility_xml`], [`checkup`], [`expense`] and [`pension_csv`] read the other files that insurers have.
//! - [`checkup_xml`], [`expense_xml`] and [`pension_xml`] are what such records are on the wire, without their person.
//! - [`my_number::find`] is the guard in front of everything: an Individual Number is refused, never stored.
//!
//! Words: 保険者 insurer, 被保険者 insured person, 記号・番号・枝番 symbol, number and branch, 資格 eligibility.

mod cells;
mod check_digit;
pub mod checkup;
pub mod checkup_xml;
pub mod contact_xml;
pub mod continuity;
mod copayment;
mod coverage;
pub mod coverage_csv;
pub mod coverage_xml;
mod element;
pub mod eligibility;
pub mod eligibility_xml;
pub mod expense;
pub mod expense_xml;
mod institution_code;
mod insurer_number;
mod japanese_date;
pub mod link_xml;
pub mod my_number;
pub mod pension_csv;
pub mod pension_xml;
mod person;
pub mod report;
mod table;
mod text;
mod wire;
mod wording;

pub use check_digit::NumberRefused;
pub use copayment::Copayment;
pub use coverage::{Coverage, Enrolment, LossReason, Relationship, folded};
pub use institution_code::InstitutionCode;
pub use insurer_number::{InsurerNumber, Scheme};
pub use japanese_date::parse as parse_date;
pub use link_xml::{Handle, LinkRequest};
pub use person::{Person, Sex, kana_folded};
pub use report::Report;
pub use text::Encoding;
pub use wire::{Unreadable, as_of};
pub use wording::Wording;
