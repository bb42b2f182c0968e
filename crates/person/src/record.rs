//! One side of a comparison.

use std::fmt;

use health::{Enrolment, Person, Sex};
use jiff::civil::Date;

/// A person as one party wrote them down: the relay's question, or a line of an insurer's ledger.
///
/// Every text is as written. An empty text is an item that is not there. `Debug` shows nothing of the content.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    /// 保険者番号, 記号, 番号, 枝番. An empty 番号 says that they are not known.
    pub enrolment: &'a Enrolment,
    /// 氏名, with a former surname (旧氏) in square brackets or another name (通称) in round ones.
    pub name: &'a str,
    /// フリガナ, in any kana.
    pub kana: &'a str,
    /// 生年月日. [`health::parse_date`] reads it in all its written forms.
    pub birth: Option<Date>,
    /// 性別.
    pub sex: Sex,
    /// 住所 in one line.
    pub address: &'a str,
}

impl<'a> Record<'a> {
    /// The record of an insured person.
    pub fn of(enrolment: &'a Enrolment, person: &'a Person) -> Self {
        Self {
            enrolment,
            name: &person.name,
            kana: &person.kana,
            birth: Some(person.birth),
            sex: person.sex,
            address: person.address.as_deref().unwrap_or_default(),
        }
    }
}

impl fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Record(…)")
    }
}
