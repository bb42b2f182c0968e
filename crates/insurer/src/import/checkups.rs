//! Check-ups: the zip that is handed in, one document, or a table. Each file brings some more: of a member, a day and an
//! institution there is one check-up, and the newest file has it right.

use health::checkup::file::Checkups;
use health::checkup::{Checkup, Examinee};
use health::report::Code;

use super::record_file::{RecordKind, row};
use super::records::{Row, Table};
use super::roll::Sought;
use super::source::{Batches, Extent, Read, Reading};
use super::{Kind, Refused, Remark};
use crate::digest::MemberId;
use crate::store::checkup::LEDGER;

/// A check-up file.
pub(super) struct CheckupFile;

impl RecordKind for CheckupFile {
    const KIND: Kind = Kind::Checkups;
    const TABLE: Table = Table { ledger: &LEDGER, name: "checkup" };
    const EXTENT: Extent = Extent::Increment;
    type Record = Checkup;

    fn read(reading: &Reading, rows: &mut Batches<Row>) -> Result<Read, Refused> {
        let mut file = Checkups::open(reading.file.open()?)?;
        while let Some(mut checkup) = file.next() {
            match member(reading, &checkup.person) {
                Ok(member) => {
                    leave_out(&mut checkup);
                    let day = checkup.examined_on.to_string();
                    let at = &checkup.institution;
                    let code = at.code.map(|code| code.to_string());
                    let place = code.or_else(|| at.name.as_deref().map(health::folded)).unwrap_or_default();
                    rows.push(row::<Self>(reading, member, &[&day, &place], &checkup)?);
                }
                Err(code) => {
                    let insurer = checkup.person.insurer.to_string();
                    file.refuse(code, if code == Code::OtherInsurer { &insurer } else { "" });
                }
            }
        }
        Ok(Read { shares: None, remarks: file.finish()?.iter().map(Remark::from).collect() })
    }
}

fn member(reading: &Reading, person: &Examinee) -> Result<MemberId, Code> {
    if person.insurer != reading.insurer {
        return Err(Code::OtherInsurer);
    }
    reading.roll.by_numbers(&Sought {
        symbol: person.symbol.as_deref(),
        number: &person.number,
        branch: person.branch.as_deref(),
        birth: person.birth,
        sex: Some(person.sex),
        name: None,
        kana: Some(&person.kana),
    })
}

/// Nobody asks for them, so they are not kept.
fn leave_out(checkup: &mut Checkup) {
    checkup.voucher = None;
    checkup.person.post_number = None;
    checkup.person.address = None;
}
