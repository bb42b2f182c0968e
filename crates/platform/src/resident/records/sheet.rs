//! What a page of records is made of: facts and a table, made from a schema of columns.

use web::Lang;

use super::super::coverage::StateWord;
use crate::{
    exchange::held::Held,
    wording::{RecordKind, Records},
};

/// A kind of record that a resident can look at.
pub(super) trait Record: Held + 'static {
    /// What is said of the kind.
    fn words(t: &'static Records) -> &'static RecordKind;

    /// What one insurer holds, newest first; empty where it holds nothing.
    fn sheets(records: Vec<Self>, lang: Lang) -> Vec<Sheet>;
}

/// Facts and the table that they are about.
pub(super) struct Sheet {
    pub(super) facts: Vec<(String, String)>,
    pub(super) table: Table,
    /// What is to be known about the facts.
    pub(super) remark: Option<String>,
}

/// A table, every cell with its text.
pub(super) struct Table {
    pub(super) caption: String,
    pub(super) heads: Vec<String>,
    pub(super) rows: Vec<Vec<Cell>>,
}

/// A cell.
#[derive(Clone, Default)]
pub(super) struct Cell {
    /// What its column is called where the table is not laid out as one: on a narrow screen.
    pub(super) label: String,
    pub(super) text: String,
    /// Whether it is Japanese on every page.
    pub(super) japanese: bool,
    /// Whether it is a number, to be laid out as such.
    pub(super) number: bool,
    /// What it means, in a word.
    pub(super) mark: Option<StateWord>,
}

impl Cell {
    /// Words of the page's own language.
    pub(super) fn of(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Words as an institution wrote them.
    pub(super) fn written(text: impl Into<String>) -> Self {
        Self { japanese: true, ..Self::of(text) }
    }

    /// A number with its unit.
    pub(super) fn number(text: impl Into<String>) -> Self {
        Self { number: true, ..Self::of(text) }
    }
}

/// One column: its head, and what stands there for a row. The first column names the row.
pub(super) struct Column<'a, T> {
    head: String,
    label: String,
    cell: Box<dyn Fn(&T) -> Cell + 'a>,
}

impl<'a, T> Column<'a, T> {
    pub(super) fn new(head: impl Into<String>, cell: impl Fn(&T) -> Cell + 'a) -> Self {
        let head = head.into();
        Self { label: head.clone(), head, cell: Box::new(cell) }
    }

    /// The same, called shorter on a narrow screen.
    pub(super) fn labelled(self, label: String) -> Self {
        Self { label, ..self }
    }
}

impl Table {
    /// Fills the columns for every row.
    pub(super) fn of<T>(caption: String, columns: &[Column<'_, T>], rows: &[T]) -> Self {
        let cell = |column: &Column<'_, T>, row: &T| Cell { label: column.label.clone(), ..(column.cell)(row) };
        Self {
            caption,
            heads: columns.iter().map(|column| column.head.clone()).collect(),
            rows: rows.iter().map(|row| columns.iter().map(|column| cell(column, row)).collect()).collect(),
        }
    }
}

/// An amount of money, its thousands told apart.
pub(super) fn yen(amount: u64, lang: Lang) -> String {
    let digits = amount.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    match lang {
        Lang::Ja => format!("{text}円"),
        Lang::En => format!("{text} yen"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_in_thousands() {
        let written = [0, 999, 1_000, 12_340, 1_234_567].map(|amount| yen(amount, Lang::Ja));
        assert_eq!(written, ["0円", "999円", "1,000円", "12,340円", "1,234,567円"]);
    }

    #[test]
    fn every_row_has_a_cell_for_every_column() {
        let columns =
            [Column::new("a", |row: &u8| Cell::of(row.to_string())), Column::new("b", |_: &u8| Cell::default())];
        let table = Table::of("all".into(), &columns, &[1, 2, 3]);
        assert!(table.rows.iter().all(|row| row.len() == table.heads.len()) && table.rows.len() == 3);
    }
}
