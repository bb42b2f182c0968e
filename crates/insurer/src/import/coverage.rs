//! The coverage file: who is insured, from when, on what terms.

use db::Tx;
use health::coverage_csv::{self, Limits};
use health::{Copayment, Coverage};
use jiff::Timestamp;
use jiff::civil::Date;
use keys::Keys;

use super::records::{self, Row, Table};
use super::source::{Batches, Counts, Extent, Read, Reading, Source};
use super::{ImportId, Kind, Refused, Remark, Shares};
use crate::store::{coverage::Found, coverage::LEDGER, ledger};
use crate::{App, Error};

/// A coverage file (see [`health::coverage_csv`] for its columns).
#[derive(Default)]
pub(super) struct CoverageFile;

pub(super) const TABLE: Table = Table { ledger: &LEDGER, name: "coverage" };

impl Source for CoverageFile {
    const KIND: Kind = Kind::Coverage;
    const EXTENT: Extent = Extent::Whole;
    type Row = Row;

    fn read(reading: &Reading, rows: &mut Batches<Row>) -> Result<Read, Refused> {
        let mut file = coverage_csv::Rows::new(reading.file.open()?, &Limits::default());
        let mut shares = Shares::default();
        let mut others = Others::default();
        for (index, coverage) in file.by_ref().enumerate() {
            others.look(&coverage, index, reading);
            count(&mut shares, &coverage, reading.today);
            rows.push(prepared(reading, &coverage)?);
        }
        let remarks = file.finish()?.iter().map(Remark::from).collect();
        others.end()?;
        Ok(Read { shares: Some(shares), remarks })
    }

    async fn stage(&mut self, app: &App, import: ImportId, rows: Vec<Row>) -> Result<Counts, Error> {
        records::stage(app, &TABLE, import, rows).await
    }

    fn end(self) -> Result<(), Refused> {
        Ok(())
    }

    async fn held(tx: &mut Tx) -> Result<u64, Error> {
        ledger::count(tx, &LEDGER).await
    }

    async fn apply(tx: &mut Tx, import: ImportId, _: Timestamp) -> Result<bool, Error> {
        records::apply(tx, &TABLE, import).await
    }

    async fn undo(tx: &mut Tx, import: ImportId) -> Result<(), Error> {
        ledger::undo(tx, &LEDGER, import).await
    }

    async fn forget(tx: &mut Tx, import: ImportId) -> Result<(), Error> {
        records::forget(tx, import).await
    }

    async fn forget_former(tx: &mut Tx) -> Result<(), Error> {
        records::forget_former(tx, Kind::Coverage).await
    }
}

pub(super) fn prepared(reading: &Reading, row: &Coverage) -> Result<Row, Refused> {
    let digests = reading.digests();
    let member = digests.member_of(row)?;
    let record = zeroize::Zeroizing::new(serde_json::to_vec(row).map_err(|_| Error::Record)?);
    Ok(Row { id: digests.coverage(member, row)?, member, digest: digests.content(&record)?, record })
}

fn count(shares: &mut Shares, coverage: &Coverage, today: Date) {
    shares.lapsed += u64::from(coverage.last_day().is_some_and(|last| last < today));
    let [one, two, three] = &mut shares.copayments;
    *match coverage.copayment {
        Copayment::One => one,
        Copayment::Two => two,
        Copayment::Three => three,
    } += 1;
}

/// Rows of other insurers.
#[derive(Default)]
struct Others {
    rows: usize,
    first: Option<(usize, health::InsurerNumber)>,
}

impl Others {
    fn look(&mut self, coverage: &Coverage, index: usize, reading: &Reading) {
        if coverage.insurer != reading.insurer {
            self.rows += 1;
            self.first.get_or_insert((index + 1, coverage.insurer));
        }
    }

    fn end(self) -> Result<(), Refused> {
        match self.first {
            None => Ok(()),
            Some((first_row, found)) => Err(Refused::OtherInsurer { rows: self.rows, first_row, found }),
        }
    }
}

/// Opens a period that was found with others.
pub(super) fn open_record(keys: &Keys, found: &ledger::Found) -> Result<Coverage, Error> {
    let record = records::open(keys, &TABLE, found.id, (&found.member, &found.record))?;
    serde_json::from_slice(&record).map_err(|_| Error::Record)
}

/// Opens a period that was kept.
pub(crate) fn open(keys: &Keys, found: &Found) -> Result<Coverage, Error> {
    let record = records::open(keys, &TABLE, found.id, (&found.member, &found.record))?;
    serde_json::from_slice(&record).map_err(|_| Error::Record)
}
