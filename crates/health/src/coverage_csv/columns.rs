//! The header line: which column is where.

use csv::StringRecord;

use super::{Code, Limits, Problem, Report};
use crate::{folded, my_number};

/// A column of a coverage file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// 保険者番号.
    Insurer,
    /// 保険者名.
    InsurerName,
    /// 記号.
    Symbol,
    /// 番号.
    Number,
    /// 枝番.
    Branch,
    /// 氏名.
    Name,
    /// カナ氏名.
    Kana,
    /// 生年月日.
    Birth,
    /// 性別.
    Sex,
    /// 住所.
    Address,
    /// 本人家族区分.
    Relationship,
    /// 世帯主・被保険者氏名.
    InsuredName,
    /// 負担割合.
    Copayment,
    /// 資格取得日.
    ValidFrom,
    /// 資格喪失日.
    LostOn,
    /// 喪失事由.
    LossReason,
    /// 有効期限.
    ValidUntil,
    /// 交付年月日.
    IssuedOn,
}

impl Column {
    /// Every column, in the order in which files are written.
    pub const ALL: [Self; 18] = [
        Self::Insurer,
        Self::InsurerName,
        Self::Symbol,
        Self::Number,
        Self::Branch,
        Self::Name,
        Self::Kana,
        Self::Birth,
        Self::Sex,
        Self::Address,
        Self::Relationship,
        Self::InsuredName,
        Self::Copayment,
        Self::ValidFrom,
        Self::LostOn,
        Self::LossReason,
        Self::ValidUntil,
        Self::IssuedOn,
    ];

    /// The column's name in a header line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Insurer => "保険者番号",
            Self::InsurerName => "保険者名",
            Self::Symbol => "記号",
            Self::Number => "番号",
            Self::Branch => "枝番",
            Self::Name => "氏名",
            Self::Kana => "カナ氏名",
            Self::Birth => "生年月日",
            Self::Sex => "性別",
            Self::Address => "住所",
            Self::Relationship => "本人家族区分",
            Self::InsuredName => "世帯主・被保険者氏名",
            Self::Copayment => "負担割合",
            Self::ValidFrom => "資格取得日",
            Self::LostOn => "資格喪失日",
            Self::LossReason => "喪失事由",
            Self::ValidUntil => "有効期限",
            Self::IssuedOn => "交付年月日",
        }
    }

    /// Whether a file without this column is refused.
    pub fn required(self) -> bool {
        matches!(
            self,
            Self::Insurer
                | Self::Number
                | Self::Name
                | Self::Kana
                | Self::Birth
                | Self::Sex
                | Self::Relationship
                | Self::Copayment
                | Self::ValidFrom
        )
    }

    /// The column that a header cell names, whatever its width and spaces.
    fn named(cell: &str) -> Option<Self> {
        let cell = folded(cell);
        let alias = match cell.as_str() {
            "保険者名称" => Self::InsurerName,
            "被保険者証記号" | "被保険者証等記号" => Self::Symbol,
            "被保険者証番号" | "被保険者証等番号" => Self::Number,
            "被保険者証枝番" | "被保険者証等枝番" => Self::Branch,
            "漢字氏名" | "氏名(漢字)" => Self::Name,
            "氏名カナ" | "フリガナ" | "氏名(カナ)" => Self::Kana,
            "本人・家族区分" => Self::Relationship,
            "世帯主氏名" | "被保険者氏名" | "世帯主氏名/被保険者氏名" => Self::InsuredName,
            "一部負担金割合" => Self::Copayment,
            "資格取得年月日" => Self::ValidFrom,
            "資格喪失年月日" => Self::LostOn,
            "資格喪失事由" => Self::LossReason,
            "有効期限年月日" => Self::ValidUntil,
            "交付日" => Self::IssuedOn,
            _ => return Self::ALL.into_iter().find(|column| column.name() == cell),
        };
        Some(alias)
    }
}

/// Where each known column is, and what the header calls every one.
pub(super) struct Columns {
    places: [Option<usize>; Column::ALL.len()],
    names: Vec<String>,
}

impl Columns {
    /// The place of a column in every record.
    pub(super) fn place(&self, column: Column) -> Option<usize> {
        self.places.get(column as usize).copied().flatten()
    }

    /// How many cells a record must have.
    pub(super) fn count(&self) -> usize {
        self.names.len()
    }

    /// The header's own name of the cell at `place`.
    pub(super) fn name(&self, place: usize) -> &str {
        self.names.get(place).map_or("", String::as_str)
    }
}

/// Reads the header line. `None`: rows cannot be read with it, and the report says why.
pub(super) fn find(header: &StringRecord, limits: &Limits, report: &mut Report) -> Option<Columns> {
    if header.len() > limits.columns {
        report.push(Problem::at_line(Code::TooManyColumns, 1).found(&header.len().to_string()));
        return None;
    }
    let names = header.iter().map(|cell| cell.trim().chars().take(NAME_MAX).collect()).collect();
    let mut columns = Columns { places: [None; Column::ALL.len()], names };
    let mut sound = true;
    for (place, cell) in header.iter().enumerate() {
        if my_number::present(cell) || my_number::announced(cell) {
            report.push(Problem::at_line(Code::MyNumber, 1));
            sound = false;
            continue;
        }
        let Some(column) = Column::named(cell) else {
            // Spreadsheets leave empty columns at the end.
            if !cell.trim().is_empty() {
                report.warn(Problem::at_line(Code::UnknownColumn, 1).found(cell));
            }
            continue;
        };
        match columns.places.get_mut(column as usize) {
            Some(slot @ None) => *slot = Some(place),
            _ => {
                report.push(Problem::at_line(Code::ColumnTwice, 1).in_column(column.name()));
                sound = false;
            }
        }
    }
    for column in Column::ALL.into_iter().filter(|column| column.required() && columns.place(*column).is_none()) {
        report.push(Problem::at_line(Code::ColumnMissing, 1).in_column(column.name()));
        sound = false;
    }
    sound.then_some(columns)
}

/// Longest name of a column that a report repeats, in characters.
const NAME_MAX: usize = 40;
