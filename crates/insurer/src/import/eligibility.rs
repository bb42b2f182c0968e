//! An answer of the online eligibility check (オンライン資格確認): the periods of one person, brought into the coverage that is held.
//! All other periods stay, and the next coverage file is again all there is.

use db::Tx;
use health::eligibility_xml;
use health::report::Code;
use jiff::Timestamp;

use super::coverage::{self, CoverageFile, TABLE};
use super::records::{self, Row};
use super::source::{Batches, Counts, Extent, Read, Reading, Source};
use super::{ImportId, Kind, Refused, Remark};
use crate::{App, Error};

/// An answer about one person.
#[derive(Default)]
pub(super) struct EligibilityFile;

impl Source for EligibilityFile {
    const KIND: Kind = Kind::Eligibility;
    const EXTENT: Extent = Extent::Increment;
    const BY_PERSON: bool = true;
    type Row = Row;

    fn read(reading: &Reading, rows: &mut Batches<Row>) -> Result<Read, Refused> {
        let (periods, warnings) = eligibility_xml::coverages(
            &reading.file.whole(eligibility_xml::BYTES_MAX)?,
            reading.insurer,
            reading.today,
        )?;
        for period in &periods {
            let row = coverage::prepared(reading, period)?;
            // A branch number is one person's: with another name or birth date it would be two.
            if reading.roll.contradicts(row.member, period) {
                return Err(eligibility_xml::refused(Code::OtherPerson).into());
            }
            rows.push(row);
        }
        Ok(Read { shares: None, remarks: warnings.iter().map(Remark::from).collect() })
    }

    async fn stage(&mut self, app: &App, import: ImportId, rows: Vec<Row>) -> Result<Counts, Error> {
        records::stage(app, &TABLE, import, rows).await
    }

    fn end(self) -> Result<(), Refused> {
        Ok(())
    }

    async fn held(tx: &mut Tx) -> Result<u64, Error> {
        CoverageFile::held(tx).await
    }

    async fn apply(tx: &mut Tx, import: ImportId, _: Timestamp) -> Result<bool, Error> {
        records::add(tx, &TABLE, import).await
    }

    async fn undo(tx: &mut Tx, import: ImportId) -> Result<(), Error> {
        CoverageFile::undo(tx, import).await
    }

    async fn forget(tx: &mut Tx, import: ImportId) -> Result<(), Error> {
        CoverageFile::forget(tx, import).await
    }

    async fn forget_former(tx: &mut Tx) -> Result<(), Error> {
        CoverageFile::forget_former(tx).await
    }
}
