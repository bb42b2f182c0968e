//! Dummy pension records: all there are, by name, reading and birth date, because pensions have no number of an insurer.

use health::pension_csv::{Pension, Rows};

use super::record_file::{RecordKind, row};
use super::records::{Row, Table};
use super::source::{Batches, Extent, Read, Reading};
use super::{Kind, Refused, Remark};
use crate::store::pension::LEDGER;

/// A pension file.
pub(super) struct PensionFile;

impl RecordKind for PensionFile {
    const KIND: Kind = Kind::Pension;
    const TABLE: Table = Table { ledger: &LEDGER, name: "pension" };
    const EXTENT: Extent = Extent::Whole;
    type Record = Pension;

    fn read(reading: &Reading, rows: &mut Batches<Row>) -> Result<Read, Refused> {
        let mut file = Rows::new(reading.file.open()?);
        while let Some(pension) = file.next() {
            match reading.roll.by_person(&pension.name, &pension.kana, pension.birth) {
                Ok(member) => rows.push(row::<Self>(reading, member, &[], &pension)?),
                Err(code) => file.refuse(code, ""),
            }
        }
        Ok(Read { shares: None, remarks: file.finish()?.iter().map(Remark::from).collect() })
    }
}
