//! What is wrong with a file, where, and what to do about it, in Japanese and English.

mod code;

use std::fmt;

pub use code::Code;

use crate::{Wording, my_number};

/// All problems of a file. It is what the insurer's clerk reads; `Display` gives one line for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    kind: &'static str,
    problems: Vec<Problem>,
    total: usize,
    warnings: Vec<Problem>,
    kept_max: usize,
}

impl Report {
    /// An empty report on a file of this kind ("coverage file").
    pub(crate) fn new(kind: &'static str, kept_max: usize) -> Self {
        Self { kind, problems: Vec::new(), total: 0, warnings: Vec::new(), kept_max }
    }

    /// A report with one problem.
    pub(crate) fn of(kind: &'static str, problem: Problem) -> Self {
        let mut report = Self::new(kind, 1);
        report.push(problem);
        report
    }

    /// The problems in the order of the file, not more than the limit of the reader.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// How many problems there are in all.
    pub fn total(&self) -> usize {
        self.total
    }

    /// What the insurer may want to know although it is no reason to refuse the file, not more than the limit.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// The warnings of a file that is taken, or the report on one that is not.
    pub(crate) fn finish(self) -> Result<Vec<Problem>, Self> {
        if self.is_empty() { Ok(self.warnings) } else { Err(self) }
    }

    pub(crate) fn push(&mut self, problem: Problem) {
        self.total += 1;
        if self.problems.len() < self.kept_max {
            self.problems.push(problem);
        }
    }

    pub(crate) fn warn(&mut self, problem: Problem) {
        if self.warnings.len() < self.kept_max {
            self.warnings.push(problem);
        }
    }

    /// Whoever knows more than the reader says what is wrong with the record that was read at this place.
    pub(crate) fn refuse(&mut self, at: &At, code: Code, found: &str) {
        let problem = Problem::at_line(code, at.line).found(found);
        self.push(match &at.file {
            Some(file) => problem.in_file(file),
            None => problem,
        });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// Takes over what was found in a part of the file.
    pub(crate) fn include(&mut self, part: Report, file: &str) {
        self.total += part.total - part.problems.len();
        part.problems.into_iter().for_each(|problem| self.push(problem.in_file(file)));
        part.warnings.into_iter().for_each(|warning| self.warn(warning.in_file(file)));
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.total == 1 { "" } else { "s" };
        write!(f, "{} refused with {} problem{plural}", self.kind, self.total)?;
        match self.problems.first() {
            Some(first) if first.line == 0 => write!(f, ", first {}", first.code.as_str()),
            Some(first) => write!(f, ", first {} in line {}", first.code.as_str(), first.line),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Report {}

/// Where the last record was read.
#[derive(Clone, Default)]
pub(crate) struct At {
    /// The file, in an archive.
    pub(crate) file: Option<String>,
    /// The line, from 1; 0 for a whole file.
    pub(crate) line: u64,
}

impl At {
    pub(crate) fn line(line: u64) -> Self {
        Self { file: None, line }
    }
}

/// One problem, or one warning.
#[derive(Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which kind.
    pub code: Code,
    /// The file by its path, where several came in one archive.
    pub file: Option<String>,
    /// The line in the file, from 1; 0 where the problem is the file itself.
    pub line: u64,
    /// The column by name, or the element by its path, where the problem is in one.
    pub column: Option<String>,
    /// What was found, at most the cell and at most 40 characters; never an Individual Number.
    pub found: Option<String>,
    /// The line of the first of two equal rows.
    pub first_line: Option<u64>,
}

/// Longest quotation of a cell, in characters.
const FOUND_MAX: usize = 40;
/// Longest quotation of a file's path, in characters.
const FILE_MAX: usize = 120;

impl Problem {
    pub(crate) fn at_line(code: Code, line: u64) -> Self {
        Self { code, file: None, line, column: None, found: None, first_line: None }
    }

    /// A problem of a whole file in an archive, or of the archive.
    pub(crate) fn of_file(code: Code) -> Self {
        Self::at_line(code, 0)
    }

    pub(crate) fn in_file(self, name: &str) -> Self {
        let name: String = name.chars().filter(|character| !character.is_control()).take(FILE_MAX).collect();
        Self { file: (!my_number::present(&name)).then_some(name), ..self }
    }

    pub(crate) fn in_column(self, name: &str) -> Self {
        let column = (!my_number::present(name)).then(|| name.to_owned());
        Self { column, ..self }
    }

    /// Every quotation goes through here, so that none repeats an Individual Number.
    pub(crate) fn found(self, cell: &str) -> Self {
        // Cutting and leaving out can make a number of what was none, so the quotation is looked at as well.
        let quote: String = cell.chars().filter(|character| !character.is_control()).take(FOUND_MAX).collect();
        let shown = !quote.is_empty() && !my_number::present(cell) && !my_number::present(&quote);
        Self { found: shown.then_some(quote), ..self }
    }

    pub(crate) fn seen_at(self, first_line: u64) -> Self {
        Self { first_line: Some(first_line), ..self }
    }

    /// The whole sentence for the clerk: where, what, and what to do.
    pub fn wording(&self) -> Wording {
        let said = self.code.wording();
        let line = (self.line > 0).then_some(self.line);
        let column = self.column.as_ref().map(|column| format!("「{column}」"));
        let at = [line.map(|line| format!("{line}行目")), column].into_iter().flatten().collect::<String>();
        let at = self.file.iter().cloned().chain(Some(at).filter(|at| !at.is_empty())).collect::<Vec<_>>().join(" ");
        let mut ja = [at, said.ja].join(": ").trim_start_matches(": ").to_owned();
        let line = line.map(|line| format!("line {line}"));
        let at = self.file.iter().cloned().chain(line).chain(self.column.clone()).collect::<Vec<_>>().join(", ");
        let mut en = [at, said.en].join(": ").trim_start_matches(": ").to_owned();
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

#[cfg(test)]
mod tests;
