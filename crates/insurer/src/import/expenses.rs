//! Medical expenses: the claims of an institution (UKE), or notices (医療費通知). Each file brings some more.

use std::collections::HashMap;

use health::expense::Expense;
use health::expense::claims::{Claim, Claims};
use health::expense::notice::{Detail, Details};
use health::report::Code;

use super::record_file::{RecordKind, row};
use super::records::{Row, Table};
use super::roll::Sought;
use super::source::{Batches, Extent, Read, Reading};
use super::{Kind, Refused, Remark};
use crate::Error;
use crate::digest::MemberId;
use crate::store::expense::LEDGER;

/// A file of expenses.
pub(super) struct ExpenseFile;

impl RecordKind for ExpenseFile {
    const KIND: Kind = Kind::Expenses;
    const TABLE: Table = Table { ledger: &LEDGER, name: "expense" };
    const EXTENT: Extent = Extent::Increment;
    type Record = Expense;

    fn read(reading: &Reading, rows: &mut Batches<Row>) -> Result<Read, Refused> {
        let start = reading.file.whole(START)?;
        let mut taken = Taken { reading, rows, seen: HashMap::new() };
        let warnings = if start.starts_with(b"IR,") {
            let mut file = Claims::new(reading.file.open()?);
            while let Some(claim) = file.next() {
                match of_claim(reading, &claim) {
                    Ok(member) => taken.take(member, &claim.expense)?,
                    Err(code) => {
                        let insurer = claim.claimant.insurer.to_string();
                        file.refuse(code, if code == Code::OtherInsurer { &insurer } else { "" });
                    }
                }
            }
            file.finish()?
        } else {
            let mut file = Details::new(reading.file.open()?);
            while let Some(detail) = file.next() {
                match of_detail(reading, &detail) {
                    Ok(member) => taken.take(member, &detail.expense)?,
                    Err(code) => file.refuse(code, ""),
                }
            }
            file.finish()?
        };
        Ok(Read { shares: None, remarks: warnings.iter().map(Remark::from).collect() })
    }
}

/// Bytes that say which of the two a file is.
const START: usize = 3;

/// Rows that were taken, and how often each treatment was there: two of one month at one institution are two.
struct Taken<'r> {
    reading: &'r Reading,
    rows: &'r mut Batches<Row>,
    seen: HashMap<[u8; 32], u32>,
}

impl Taken<'_> {
    fn take(&mut self, member: MemberId, expense: &Expense) -> Result<(), Error> {
        let month = expense.month.to_string();
        let code = expense.institution.map(|code| code.to_string());
        // A notice has the name alone, and a claim may have both.
        let place = expense.institution_name.as_deref().map(health::folded).or(code).unwrap_or_default();
        let parts = [month.as_str(), &place, expense.care.code()];
        let name = self.reading.digests().record("treatment", member, &parts)?;
        let times = self.seen.entry(name.0).or_insert(0);
        *times += 1;
        let times = times.to_string();
        let name = [parts.as_slice(), &[times.as_str()]].concat();
        self.rows.push(row::<ExpenseFile>(self.reading, member, &name, expense)?);
        Ok(())
    }
}

fn of_claim(reading: &Reading, claim: &Claim) -> Result<MemberId, Code> {
    let claimant = &claim.claimant;
    if claimant.insurer != reading.insurer {
        return Err(Code::OtherInsurer);
    }
    reading.roll.by_numbers(&Sought {
        symbol: claimant.symbol.as_deref(),
        number: &claimant.number,
        branch: claimant.branch.as_deref(),
        birth: claimant.birth,
        sex: Some(claimant.sex),
        name: Some(&claimant.name),
        kana: claimant.kana.as_deref(),
    })
}

/// A name alone is nobody.
fn of_detail(reading: &Reading, detail: &Detail) -> Result<MemberId, Code> {
    let holder = &detail.holder;
    if holder.insurer.is_some_and(|insurer| insurer != reading.insurer) {
        return Err(Code::OtherInsurer);
    }
    let (Some(_), Some(number), Some(birth)) = (holder.insurer, holder.number.as_deref(), holder.birth) else {
        return Err(Code::NoticeNameless);
    };
    reading.roll.by_numbers(&Sought {
        symbol: holder.symbol.as_deref(),
        number,
        branch: holder.branch.as_deref(),
        birth,
        sex: None,
        name: detail.name.as_deref(),
        kana: None,
    })
}
