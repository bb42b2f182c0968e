//! Rows back into a file.

use super::Column;
use crate::Coverage;

/// Writes a coverage file: UTF-8 without byte order mark, CRLF, dates as `2024-04-01`, codes rather than words.
///
/// Reading it again gives the same records. For systems that need CP932, see [`super::to_cp932`].
pub fn write<'a>(rows: impl IntoIterator<Item = &'a Coverage>) -> String {
    let mut writer = Writer::new();
    rows.into_iter().for_each(|row| writer.row(row));
    writer.finish()
}

/// A coverage file that grows by a row at a time, for records that are not all in memory.
pub struct Writer(String);

impl Writer {
    /// A file with its header line.
    pub fn new() -> Self {
        let mut text = String::new();
        line(&mut text, |column| column.name().to_owned());
        Self(text)
    }

    /// Adds one row.
    pub fn row(&mut self, row: &Coverage) {
        line(&mut self.0, |column| cell(row, column));
    }

    /// The whole file, as [`write()`] describes it.
    pub fn finish(self) -> String {
        self.0
    }
}

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}

fn line(text: &mut String, cell: impl Fn(Column) -> String) {
    for (place, column) in Column::ALL.into_iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        let cell = cell(column);
        if cell.contains(['"', ',', '\r', '\n']) {
            text.extend(["\"", &cell.replace('"', "\"\""), "\""]);
        } else {
            text.push_str(&cell);
        }
    }
    text.push_str("\r\n");
}

fn cell(row: &Coverage, column: Column) -> String {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let date = |value: Option<jiff::civil::Date>| value.map(|date| date.to_string()).unwrap_or_default();
    match column {
        Column::Insurer => row.insurer.to_string(),
        Column::InsurerName => text(&row.insurer_name),
        Column::Symbol => text(&row.symbol),
        Column::Number => row.number.clone(),
        Column::Branch => text(&row.branch),
        Column::Name => row.person.name.clone(),
        Column::Kana => row.person.kana.clone(),
        Column::Birth => row.person.birth.to_string(),
        Column::Sex => row.person.sex.code().to_owned(),
        Column::Address => text(&row.person.address),
        Column::Relationship => row.relationship.code().to_owned(),
        Column::InsuredName => text(&row.insured_name),
        Column::Copayment => row.copayment.tenths().to_string(),
        Column::ValidFrom => row.valid_from.to_string(),
        Column::LostOn => date(row.lost_on),
        Column::LossReason => row.loss_reason.map(|reason| reason.code().to_owned()).unwrap_or_default(),
        Column::ValidUntil => date(row.valid_until),
        Column::IssuedOn => date(row.issued_on),
    }
}
