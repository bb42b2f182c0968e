//! A dummy pension record on the wire: months, what was paid, and yen a year; no name of a person.
//!
//! ```xml
//! <nhi:Pension asOf="2026-11-20T03:00:00Z" dummy="1" madeOn="2026-04-01">
//!   <nhi:Months national="60" employees="240" seamen="0" countedOnly="0"/>
//!   <nhi:Paid national="1020000" employees="5400000"/> <nhi:Yearly national="500000" employees="620000"/>
//! </nhi:Pension>
//! ```

use jiff::Timestamp;
use jiff::civil::Date;
use xml::{Attr, Fragment, Node, Ns, Refused, Writer};

use crate::pension_csv::{Months, Pension, Yen};
use crate::wire::{AS_OF, Record, Unreadable, day, digits, stamped};

/// Local name of one record.
pub const PENSION: &str = "Pension";

const MONTHS: &str = "Months";
const PAID: &str = "Paid";
const YEARLY: &str = "Yearly";

/// One dummy record, without its person.
///
/// `Debug` shows nothing of the content.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Statement {
    /// 作成年月日.
    pub made_on: Date,
    /// Months of each scheme.
    pub months: Months,
    /// Yen paid so far.
    pub paid_yen: Yen,
    /// Yen a year, as it stands.
    pub yearly_yen: Yen,
}

impl std::fmt::Debug for Statement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Statement(…)")
    }
}

impl Statement {
    /// What a record says.
    pub fn of(pension: &Pension) -> Self {
        let Pension { made_on, months, paid_yen, yearly_yen, .. } = *pension;
        Self { made_on, months, paid_yen, yearly_yen }
    }
}

/// One record as `<ns:Pension>`. `at` says when the insurer's files last said so.
pub fn write(statement: &Statement, ns: Ns, at: Option<Timestamp>) -> Fragment {
    let mut writer = Writer::new();
    let (at, made_on) = (stamped(at), statement.made_on.to_string());
    let mut attributes = vec![Attr::plain("dummy", "1"), Attr::plain("madeOn", &made_on)];
    attributes.extend(at.as_deref().map(|at| Attr::plain(AS_OF, at)));
    writer.start(ns, PENSION, &attributes);
    let months = statement.months;
    let months = [
        ("national", months.national),
        ("employees", months.employees),
        ("seamen", months.seamen),
        ("countedOnly", months.counted_only),
    ];
    let yen = |yen: Yen| [("national", yen.national), ("employees", yen.employees)];
    leaf(&mut writer, ns, MONTHS, &months);
    leaf(&mut writer, ns, PAID, &yen(statement.paid_yen));
    leaf(&mut writer, ns, YEARLY, &yen(statement.yearly_yen));
    writer.end();
    writer.finish()
}

fn leaf(writer: &mut Writer, ns: Ns, name: &str, numbers: &[(&str, u64)]) {
    let texts: Vec<(&str, String)> = numbers.iter().map(|(name, number)| (*name, number.to_string())).collect();
    let attributes: Vec<Attr> = texts.iter().map(|(name, text)| Attr::plain(name, text)).collect();
    writer.leaf(ns, name, &attributes, "");
}

/// Reads a `<ns:Pension>` element. Unknown elements and attributes are left alone.
///
/// # Errors
/// [`Unreadable`] names the element or attribute. A record that does not say that it is dummy data is refused.
pub fn read(node: Node, ns: Ns) -> Result<Statement, Unreadable> {
    let record = Record::named(node, ns, PENSION)?;
    record.needed_attribute("dummy", |text| (text == "1").then_some(()))?;
    let part =
        |name: &'static str| record.child(name)?.ok_or_else(|| Unreadable::from(Refused::Missing(name.to_owned())));
    let yen = |part: &Record| {
        let number = |name| part.needed_attribute(name, digits);
        Ok::<_, Unreadable>(Yen { national: number("national")?, employees: number("employees")? })
    };
    let months = part(MONTHS)?;
    let number = |name| months.needed_attribute(name, digits);
    Ok(Statement {
        made_on: record.needed_attribute("madeOn", day)?,
        months: Months {
            national: number("national")?,
            employees: number("employees")?,
            seamen: number("seamen")?,
            counted_only: number("countedOnly")?,
        },
        paid_yen: yen(&part(PAID)?)?,
        yearly_yen: yen(&part(YEARLY)?)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pension_csv::Rows;

    const NS: Ns = Ns::new("nhi", "urn:x-test:nhi");
    const SAMPLE: &str = include_str!("../tests/files/pension/dummy.csv");

    fn read_text(text: &str) -> Result<Statement, Unreadable> {
        let scanned = xml::scan(text.as_bytes(), &xml::Limits::default()).unwrap();
        let document = xml::Document::parse(scanned).unwrap();
        read(document.root(), NS)
    }

    #[test]
    fn what_was_written_is_read_back_and_says_that_it_is_dummy() {
        let mut rows = Rows::new(SAMPLE.as_bytes());
        let all: Vec<Statement> = rows.by_ref().map(|pension| Statement::of(&pension)).collect();
        assert!(all.len() == 2 && rows.finish().is_ok());
        for statement in all {
            let text = write(&statement, NS, None).into_string();
            assert_eq!(read_text(&text), Ok(statement));
            assert_eq!(read_text(&text.replace("dummy=\"1\"", "")), Err(Unreadable::Value("dummy")));
            assert_eq!(read_text(&text.replace("seamen=\"0\"", "seamen=\"-1\"")), Err(Unreadable::Value("seamen")));
        }
    }
}
