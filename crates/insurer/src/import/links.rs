//! The link file: by which pseudonym the region asks for whom.
//!
//! UTF-8 with the columns 仮名, 記号, 番号, 枝番, 生年月日 and 氏名, found by name in any order. 仮名 and 番号 are always
//! filled; 生年月日 and 氏名 only where there is no 枝番, because then the whole household has one number.

use std::collections::HashSet;

use csv::StringRecord;
use db::{Tx, transaction};
use health::{my_number, parse_date};
use idwsf::Pseudonym;
use jiff::Timestamp;

use super::source::{Batches, Counts, Extent, Read, Reading, Source};
use super::{ImportId, Kind, Refused, Remark};
use crate::digest::{Digests, Insured, MemberId};
use crate::store::link::{self, Ever, Pair};
use crate::store::member;
use crate::{App, Error};

/// A link file: what was found wrong while it was compared.
#[derive(Default)]
pub(super) struct LinkFile(Problems);

impl Source for LinkFile {
    const KIND: Kind = Kind::Links;
    const EXTENT: Extent = Extent::Whole;
    type Row = (u64, Pair);

    fn read(reading: &Reading, rows: &mut Batches<(u64, Pair)>) -> Result<Read, Refused> {
        read(reading.digests(), &reading.file.whole(BYTES_MAX)?, rows)?;
        Ok(Read { shares: None, remarks: Vec::new() })
    }

    async fn stage(&mut self, app: &App, import: ImportId, rows: Vec<(u64, Pair)>) -> Result<Counts, Error> {
        let mut named: Vec<MemberId> = rows.iter().map(|(_, (_, member))| *member).collect();
        named.sort_unstable();
        named.dedup();
        let members = member::keys(&app.db, &named).await?;
        for (line, _) in rows.iter().filter(|(_, (_, member))| !members.contains_key(member)) {
            self.0.push(*line, LinkProblem::Stranger);
        }
        let mut pairs: Vec<Pair> = rows.into_iter().map(|(_, pair)| pair).collect();
        pairs.sort_unstable();
        let known = link::of(&app.db, &pairs).await?;
        let those = |wanted| known.values().filter(|ever| **ever == wanted).count();
        transaction!(app.db.for_long_work(), |tx| -> Error { link::stage(tx, import, &pairs).await? })?;
        let count = |count: usize| count as u64;
        Ok(Counts {
            rows: count(pairs.len()),
            added: count(pairs.len() - known.len()),
            // Those that have ended begin again.
            changed: count(those(Ever::Ended)),
            held: count(those(Ever::InForce)),
        })
    }

    fn end(self) -> Result<(), Refused> {
        Ok(self.0.result(())?)
    }

    async fn held(tx: &mut Tx) -> Result<u64, Error> {
        link::count(tx).await
    }

    async fn apply(tx: &mut Tx, import: ImportId, now: Timestamp) -> Result<bool, Error> {
        let strange = link::has_stranger(tx, import).await?;
        if !strange {
            link::apply(tx, import, now).await?;
        }
        Ok(!strange)
    }

    async fn undo(tx: &mut Tx, import: ImportId) -> Result<(), Error> {
        link::undo(tx, import).await
    }

    async fn forget(tx: &mut Tx, import: ImportId) -> Result<(), Error> {
        link::forget(tx, import).await
    }

    async fn forget_former(tx: &mut Tx) -> Result<(), Error> {
        link::forget_former(tx).await
    }
}

/// What is wrong with a link file.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("link file refused with {total} problem{}", if *total == 1 { "" } else { "s" })]
pub struct LinkReport {
    /// Line from 1, and what is wrong with it: at most the first hundred.
    pub problems: Vec<(u64, LinkProblem)>,
    /// How many there are in all.
    pub total: usize,
}

impl LinkReport {
    /// The same, for whoever shows reports of every kind.
    pub(super) fn remarks(&self) -> Vec<Remark> {
        let remark = |(line, problem): &(u64, LinkProblem)| Remark {
            code: problem.code().to_owned(),
            ja: format!("{line}行目: {}", problem.japanese()),
            en: format!("line {line}: {problem}"),
        };
        self.problems.iter().map(remark).collect()
    }
}

/// What is wrong with one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkProblem {
    /// LNK-01: not UTF-8, or not CSV.
    #[error("the line cannot be read")]
    Unreadable,
    /// LNK-02: a column is not in the header.
    #[error("column {0} is missing")]
    Column(&'static str),
    /// LNK-03: the pseudonym is empty, too long, or has white space at its ends.
    #[error("the pseudonym cannot be one")]
    Pseudonym,
    /// LNK-04: the number is empty.
    #[error("the number is missing")]
    Number,
    /// LNK-05: without a branch number, birth date and name must be there.
    #[error("without a branch number, birth date and name are needed")]
    Household,
    /// LNK-06: the same link is there twice.
    #[error("the link is there twice")]
    Twice,
    /// LNK-07: the coverage file had no such person.
    #[error("nobody is insured under this number")]
    Stranger,
    /// LNK-08: the file has more lines or bytes than can be right.
    #[error("the file is too large")]
    TooLarge,
    /// LNK-09: a cell holds an Individual Number, which may not be held here.
    #[error("a 12-digit number that can be an Individual Number; it may not be sent here, remove it")]
    MyNumber,
}

impl LinkProblem {
    /// What is wrong and what to do, in Japanese, for the insurer's clerk. `Display` is the English half.
    pub fn japanese(self) -> String {
        let fixed = match self {
            LinkProblem::Column(name) => return format!("見出しに「{name}」の列がありません。見出しを直してください"),
            LinkProblem::Unreadable => "読めない行です。UTF-8 の CSV で出力し直してください",
            LinkProblem::Pseudonym => "仮名として使えない値です。事務局に確かめてください",
            LinkProblem::Number => "番号が空欄です。被保険者の番号を入れてください",
            LinkProblem::Household => "枝番がないときは、生年月日と氏名が必要です",
            LinkProblem::Twice => "同じリンクが二つあります。一つにしてください",
            LinkProblem::Stranger => "この番号の被保険者がいません。資格情報ファイルを先に取り込んでください",
            LinkProblem::TooLarge => "ファイルが大きすぎます",
            LinkProblem::MyNumber => {
                "マイナンバーと思われる12桁の番号があります。このシステムは受け取れません。除いてください"
            }
        };
        fixed.to_owned()
    }

    /// The stable code, explained in the operator's guide.
    pub fn code(self) -> &'static str {
        match self {
            LinkProblem::Unreadable => "LNK-01",
            LinkProblem::Column(_) => "LNK-02",
            LinkProblem::Pseudonym => "LNK-03",
            LinkProblem::Number => "LNK-04",
            LinkProblem::Household => "LNK-05",
            LinkProblem::Twice => "LNK-06",
            LinkProblem::Stranger => "LNK-07",
            LinkProblem::TooLarge => "LNK-08",
            LinkProblem::MyNumber => "LNK-09",
        }
    }
}

#[derive(Default)]
struct Problems(LinkReport);

impl Problems {
    fn push(&mut self, line: u64, problem: LinkProblem) {
        self.0.total += 1;
        if self.0.problems.len() < PROBLEMS_MAX {
            self.0.problems.push((line, problem));
        }
    }

    fn result<T>(self, value: T) -> Result<T, LinkReport> {
        if self.0.total == 0 { Ok(value) } else { Err(self.0) }
    }
}

fn read(digests: Digests<'_>, bytes: &[u8], rows: &mut Batches<(u64, Pair)>) -> Result<(), Refused> {
    let mut problems = Problems::default();
    if bytes.len() > BYTES_MAX {
        problems.push(1, LinkProblem::TooLarge);
        return Ok(problems.result(())?);
    }
    let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(bytes);
    let columns = match reader.headers() {
        Ok(header) => Columns::find(header, &mut problems),
        Err(_) => return Ok(Err(one(1, LinkProblem::Unreadable))?),
    };
    let Some(columns) = columns else { return Ok(problems.result(())?) };
    let mut seen = HashSet::new();
    let mut record = StringRecord::new();
    let mut lines = Lines { bytes, passed: 0, line: 1 };
    loop {
        let line = lines.next(reader.position().byte());
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(_) => {
                problems.push(line, LinkProblem::Unreadable);
                break;
            }
        }
        match columns.read(digests, &record)? {
            Ok(pair) if !seen.insert(pair) => problems.push(line, LinkProblem::Twice),
            Ok(pair) => rows.push((line, pair)),
            Err(problem) => problems.push(line, problem),
        }
    }
    Ok(problems.result(())?)
}

/// Counts lines. The reader's own count is one short after CRLF and after empty lines.
struct Lines<'a> {
    bytes: &'a [u8],
    passed: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the record that begins behind the line ends at `byte`. Records come in order.
    fn next(&mut self, byte: u64) -> u64 {
        let until = usize::try_from(byte).unwrap_or(usize::MAX);
        for (place, byte) in self.bytes.iter().enumerate().skip(self.passed) {
            if place >= until && !matches!(byte, b'\r' | b'\n') {
                break;
            }
            self.line += u64::from(*byte == b'\n');
            self.passed = place + 1;
        }
        self.line
    }
}

fn one(line: u64, problem: LinkProblem) -> LinkReport {
    LinkReport { problems: vec![(line, problem)], total: 1 }
}

/// Where each column is.
struct Columns([usize; NAMES.len()]);

impl Columns {
    fn find(header: &StringRecord, problems: &mut Problems) -> Option<Columns> {
        let places = NAMES.map(|name| header.iter().position(|cell| cell == name));
        for (name, place) in NAMES.iter().zip(places) {
            if place.is_none() {
                problems.push(1, LinkProblem::Column(name));
            }
        }
        let found: Vec<usize> = places.into_iter().flatten().collect();
        found.try_into().ok().map(Columns)
    }

    /// Whether a cell, of an unknown column too, holds an Individual Number. Pseudonyms are random and may have twelve
    /// digits in a row: one of them is such a number only as a whole.
    fn my_number(&self, record: &StringRecord) -> bool {
        let [pseudonym, ..] = self.0;
        record.iter().enumerate().any(|(place, cell)| {
            if place == pseudonym {
                my_number::find(cell).is_some_and(|found| found.len() == cell.len())
            } else {
                my_number::present(cell)
            }
        })
    }

    fn read(&self, digests: Digests<'_>, record: &StringRecord) -> Result<Result<Pair, LinkProblem>, Error> {
        if self.my_number(record) {
            return Ok(Err(LinkProblem::MyNumber));
        }
        let [pseudonym, symbol, number, branch, birth, name] = self.0.map(|place| record.get(place).unwrap_or(""));
        let Ok(pseudonym) = Pseudonym::parse(pseudonym) else { return Ok(Err(LinkProblem::Pseudonym)) };
        if number.is_empty() {
            return Ok(Err(LinkProblem::Number));
        }
        let birth = parse_date(birth).map(|date| date.to_string());
        if branch.is_empty() && (birth.is_none() || name.is_empty()) {
            return Ok(Err(LinkProblem::Household));
        }
        let member = digests.member(&Insured {
            symbol: Some(symbol).filter(|text| !text.is_empty()),
            number,
            branch: Some(branch).filter(|text| !text.is_empty()),
            birth: birth.as_deref().unwrap_or_default(),
            name,
        })?;
        Ok(Ok((digests.pseudonym(&pseudonym)?, member)))
    }
}

const NAMES: [&str; 6] = ["仮名", "記号", "番号", "枝番", "生年月日", "氏名"];
const BOM: &[u8] = b"\xef\xbb\xbf";
const BYTES_MAX: usize = 64 << 20;
const PROBLEMS_MAX: usize = 100;
