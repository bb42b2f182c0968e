//! One row: cells into a coverage record, each problem with its column.

use csv::StringRecord;

use super::columns::Columns;
use super::{Code, Column, Report};
use crate::cells::{ADDRESS_MAX, Cell, NAME_MAX, NUMBER_MAX, Row, branch, insurer, katakana, number};
use crate::{Copayment, Coverage, LossReason, Person, Relationship, Sex, folded, parse_date};

/// The record of a row, or `None` with every problem of the row in the report.
pub(super) fn coverage(record: &StringRecord, line: u64, columns: &Columns, report: &mut Report) -> Option<Coverage> {
    let mut row = Row::new(line, report);
    row.refuse_my_number(record, |place| columns.name(place));
    row.refuse_other_count(record.len(), columns.count());
    if !row.sound {
        return None;
    }
    let cell = |column: Column| {
        let text = columns.place(column).and_then(|place| record.get(place)).map_or("", str::trim);
        Cell { name: column.name(), text }
    };
    let insurer = row.required(cell(Column::Insurer), Code::InsurerNumber, insurer);
    let insurer_name = row.text(cell(Column::InsurerName), ADDRESS_MAX);
    let symbol = row.text(cell(Column::Symbol), NUMBER_MAX);
    let number = row.required(cell(Column::Number), Code::Unfit, number);
    let branch = row.optional(cell(Column::Branch), Code::Unfit, branch);
    let name = row.required_text(cell(Column::Name), NAME_MAX);
    let kana = row.required(cell(Column::Kana), Code::Unfit, katakana);
    let birth = row.required(cell(Column::Birth), Code::Date, parse_date);
    let sex = row.required(cell(Column::Sex), Code::Word, |text| Sex::parse(&folded(text)));
    let address = row.text(cell(Column::Address), ADDRESS_MAX);
    let relationship = row.required(cell(Column::Relationship), Code::Word, |text| Relationship::parse(&folded(text)));
    let insured_name = row.text(cell(Column::InsuredName), NAME_MAX);
    let copayment = row.required(cell(Column::Copayment), Code::Word, |text| Copayment::parse(&folded(text)));
    let valid_from = row.required(cell(Column::ValidFrom), Code::Date, parse_date);
    let lost_on = row.end(cell(Column::LostOn));
    let loss_reason = row.optional(cell(Column::LossReason), Code::Word, |text| LossReason::parse(&folded(text)));
    let valid_until = row.end(cell(Column::ValidUntil));
    let issued_on = row.end(cell(Column::IssuedOn));
    row.in_order(birth, valid_from, cell(Column::ValidFrom));
    row.in_order(valid_from, lost_on, cell(Column::LostOn));
    row.in_order(valid_from, valid_until, cell(Column::ValidUntil));
    let sound = row.sound;
    let person = Person { name: name?, kana: kana?, birth: birth?, sex: sex?, address };
    sound.then_some(Coverage {
        insurer: insurer?,
        insurer_name,
        symbol,
        number: number?,
        branch,
        relationship: relationship?,
        insured_name,
        copayment: copayment?,
        valid_from: valid_from?,
        lost_on,
        loss_reason,
        valid_until,
        issued_on,
        person,
    })
}
