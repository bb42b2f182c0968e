//! What is wrong with a file, where, and what to do about it, in Japanese and English.

use std::fmt;

use crate::{Wording, my_number};

/// All problems of a file. It is what the insurer's clerk reads; `Display` gives one line for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    problems: Vec<Problem>,
    total: usize,
    warnings: Vec<Problem>,
    kept_max: usize,
}

impl Report {
    pub(super) fn new(kept_max: usize) -> Self {
        Self { problems: Vec::new(), total: 0, warnings: Vec::new(), kept_max }
    }

    /// The problems in the order of the file, not more than the limit of the reader.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// How many problems there are in all.
    pub fn total(&self) -> usize {
        self.total
    }

    pub(super) fn push(&mut self, problem: Problem) {
        self.total += 1;
        if self.problems.len() < self.kept_max {
            self.problems.push(problem);
        }
    }

    pub(super) fn warn(&mut self, problem: Problem) {
        if self.warnings.len() < self.kept_max {
            self.warnings.push(problem);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.total == 0
    }

    pub(super) fn into_warnings(self) -> Vec<Problem> {
        self.warnings
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.total == 1 { "" } else { "s" };
        write!(f, "coverage file refused with {} problem{plural}", self.total)?;
        match self.problems.first() {
            Some(first) => write!(f, ", first {} in line {}", first.code.as_str(), first.line),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Report {}

/// One problem, or one warning.
#[derive(Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which kind.
    pub code: Code,
    /// The line in the file, from 1.
    pub line: u64,
    /// The column by name, where the problem is in one.
    pub column: Option<String>,
    /// What was found, at most the cell and at most 40 characters; never an Individual Number.
    pub found: Option<String>,
    /// The line of the first of two equal rows.
    pub first_line: Option<u64>,
}

/// Longest quotation of a cell, in characters.
const FOUND_MAX: usize = 40;

impl Problem {
    pub(super) fn at_line(code: Code, line: u64) -> Self {
        Self { code, line, column: None, found: None, first_line: None }
    }

    pub(super) fn in_column(self, name: &str) -> Self {
        let column = (!my_number::present(name)).then(|| name.to_owned());
        Self { column, ..self }
    }

    /// Every quotation goes through here, so that none repeats an Individual Number.
    pub(super) fn found(self, cell: &str) -> Self {
        // Cutting and leaving out can make a number of what was none, so the quotation is looked at as well.
        let quote: String = cell.chars().filter(|character| !character.is_control()).take(FOUND_MAX).collect();
        let shown = !quote.is_empty() && !my_number::present(cell) && !my_number::present(&quote);
        Self { found: shown.then_some(quote), ..self }
    }

    pub(super) fn seen_at(self, first_line: u64) -> Self {
        Self { first_line: Some(first_line), ..self }
    }

    /// The whole sentence for the clerk: where, what, and what to do.
    pub fn wording(&self) -> Wording {
        let said = self.code.wording();
        let (mut ja, mut en) = (format!("{}行目", self.line), format!("line {}", self.line));
        if let Some(column) = &self.column {
            ja += &format!("「{column}」");
            en += &format!(", {column}");
        }
        ja += &format!(": {}", said.ja);
        en += &format!(": {}", said.en);
        if let Some(found) = &self.found {
            ja += &format!("（「{found}」）");
            en += &format!(" (\"{found}\")");
        }
        if let Some(first) = self.first_line {
            ja += &format!("（{first}行目と同じ）");
            en += &format!(" (same as line {first})");
        }
        Wording { ja, en }
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in line {}", self.code.as_str(), self.line)
    }
}

macro_rules! codes {
    ($($name:ident $code:literal $ja:literal $en:literal;)+) => {
        /// The kinds of problem, each with a stable code for manuals and support. Codes with a W are warnings.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = concat!($code, ": ", $en)] $name,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The stable code.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// What is wrong and what to do, without place or quotation.
            pub fn wording(self) -> Wording {
                match self { $(Self::$name => Wording::new($ja, $en),)+ }
            }
        }
    };
}

codes! {
    Empty "CSV-01" "ファイルが空です。見出し行のあるファイルを選んでください"
        "the file is empty; choose one with a header line";
    BrokenText "CSV-02" "文字が壊れています。UTF-8 か Shift_JIS（CP932）で出力し直してください"
        "characters are broken; export again as UTF-8 or Shift_JIS (CP932)";
    MyNumber "CSV-03" "マイナンバーと思われる12桁の番号があります。このシステムは受け取れません。列ごと除いてください"
        "a 12-digit number that can be an Individual Number; it may not be sent here, remove it";
    TooLarge "CSV-04" "ファイルが大きすぎます。分けて送ってください"
        "the file is too large; send it in parts";
    LineTooLong "CSV-05" "行が長すぎます。引用符（\"）の閉じ忘れを確かめてください"
        "the line is too long; look for a quotation mark that is not closed";
    ColumnMissing "CSV-06" "必要な列がありません。見出し行にこの名前の列を加えてください"
        "a required column is missing; add it to the header line by this name";
    ColumnTwice "CSV-07" "同じ列が二つあります。一つにしてください"
        "the column is there twice; keep one";
    CellCount "CSV-08" "列の数が見出し行と違います。カンマの過不足を確かめてください"
        "the number of cells differs from the header line; look for a missing or additional comma";
    CellEmpty "CSV-09" "空欄です。必ず値を入れてください"
        "the cell is empty; it must have a value";
    InsurerNumber "CSV-10" "保険者番号の桁数か検証番号が正しくありません。番号を確かめてください"
        "the insurer's number has a wrong length or check digit; look the number up";
    Date "CSV-11" "日付として読めません。2024-04-01 や 令和6年4月1日 の形で書いてください"
        "not a date; write it as 2024-04-01 or 令和6年4月1日";
    Word "CSV-12" "この列で使えない値です。決められた区分で書いてください"
        "the value is none of this column; use its codes";
    Unfit "CSV-13" "長すぎるか、使えない文字が含まれています。値を確かめてください"
        "too long, or with characters that cannot be there; correct the value";
    DateOrder "CSV-14" "日付の前後が合いません。生年月日、取得日、喪失日、有効期限の順を確かめてください"
        "the dates contradict each other; check birth, first day, loss and end of validity";
    Twice "CSV-15" "同じ資格の行が二つあります。一つにしてください"
        "the same enrolment is there twice; keep one row";
    NoRows "CSV-16" "見出し行だけで、データの行がありません"
        "there is a header line but no row";
    TooManyColumns "CSV-17" "列が多すぎます。資格情報の列だけを出力してください"
        "too many columns; export only those of the coverage";
    NotCsv "CSV-18" "CSV ファイルではありません。表計算ソフトで「CSV」として保存し直してください"
        "not a CSV file; save it as CSV from the spreadsheet";
    UnknownColumn "CSV-W1" "知らない列なので読みませんでした"
        "an unknown column was not read";
    Placeholder "CSV-W2" "外字または〓があります。正しい文字を確かめてください"
        "a private-use character or a placeholder for a missing glyph; check the right one";
}
