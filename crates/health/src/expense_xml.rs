//! What a treatment cost, on the wire: no name of a person, no disease.
//!
//! ```xml
//! <nhi:Expense asOf="2026-11-20T03:00:00Z" month="2026-06" care="medical-outpatient" days="2">
//!   <nhi:Institution>架空内科クリニック</nhi:Institution>
//!   <nhi:Total>12340</nhi:Total> <nhi:Insurer>8638</nhi:Insurer> <nhi:Public>0</nhi:Public> <nhi:Window>3702</nhi:Window>
//! </nhi:Expense>
//! ```
//!
//! Amounts are in yen; what the insurer's file does not say is absent. `care` is the word of [`Care`].

use jiff::Timestamp;
use xml::{Attr, Fragment, Node, Ns, Writer};

use crate::checkup::Institution;
use crate::checkup_xml::{read_institution, write_institution};
use crate::expense::{Care, Expense, Month};
use crate::wire::{AS_OF, Record, Unreadable, digits, stamped};

/// Local name of one record.
pub const EXPENSE: &str = "Expense";

const TOTAL: &str = "Total";
const INSURER: &str = "Insurer";
const PUBLIC: &str = "Public";
const WINDOW: &str = "Window";

/// One record as `<ns:Expense>`. `at` says when the insurer's files last said so.
pub fn write(expense: &Expense, ns: Ns, at: Option<Timestamp>) -> Fragment {
    let mut writer = Writer::new();
    let (at, month, days) = (stamped(at), expense.month.to_string(), expense.days.to_string());
    let mut attributes =
        vec![Attr::plain("month", &month), Attr::plain("care", expense.care.code()), Attr::plain("days", &days)];
    attributes.extend(at.as_deref().map(|at| Attr::plain(AS_OF, at)));
    writer.start(ns, EXPENSE, &attributes);
    let place = Institution { code: expense.institution, name: expense.institution_name.clone() };
    write_institution(&mut writer, &place, ns);
    let amounts = [
        (TOTAL, Some(expense.total_yen)),
        (INSURER, expense.insurer_yen),
        (PUBLIC, expense.public_yen),
        (WINDOW, expense.window_yen),
    ];
    for (name, yen) in amounts {
        if let Some(yen) = yen {
            writer.leaf(ns, name, &[], &yen.to_string());
        }
    }
    writer.end();
    writer.finish()
}

/// Reads an `<ns:Expense>` element. Unknown elements and attributes are left alone.
///
/// # Errors
/// [`Unreadable`] names the element or attribute.
pub fn read(node: Node, ns: Ns) -> Result<Expense, Unreadable> {
    let record = Record::named(node, ns, EXPENSE)?;
    let place = read_institution(&record)?;
    let month = |text: &str| text.split_once('-').and_then(|(year, month)| Month::parse(&format!("{year}{month}")));
    Ok(Expense {
        month: record.needed_attribute("month", month)?,
        care: record.needed_attribute("care", Care::from_code)?,
        days: record.needed_attribute("days", |text| digits(text)?.try_into().ok())?,
        institution: place.code,
        institution_name: place.name,
        total_yen: record.required(TOTAL, digits)?,
        insurer_yen: record.optional(INSURER, digits)?,
        public_yen: record.optional(PUBLIC, digits)?,
        window_yen: record.optional(WINDOW, digits)?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NS: Ns = Ns::new("nhi", "urn:x-test:nhi");

    fn read_text(text: &str) -> Result<Expense, Unreadable> {
        let scanned = xml::scan(text.as_bytes(), &xml::Limits::default()).unwrap();
        let document = xml::Document::parse(scanned).unwrap();
        read(document.root(), NS)
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_back(
            (year, month, days) in (1950_i16..2050, 1_i8..13, 0_u32..32),
            care in prop::sample::select(vec![Care::MedicalOutpatient, Care::Pharmacy, Care::Other]),
            name in prop::option::of("[架空医院a-z<&\"]{1,20}"),
            amounts in (0_u64..9_999_999, prop::option::of(0_u64..9_999_999), prop::option::of(0_u64..99_999)),
        ) {
            let expense = Expense {
                month: Month::parse(&format!("{year:04}{month:02}")).unwrap(),
                care,
                days,
                institution: name.is_none().then(|| "3710199997".parse().unwrap()),
                institution_name: name,
                total_yen: amounts.0,
                insurer_yen: amounts.1,
                public_yen: amounts.2,
                window_yen: amounts.1,
            };
            let text = write(&expense, NS, Some("2026-11-20T03:00:00Z".parse().unwrap())).into_string();
            prop_assert_eq!(read_text(&text), Ok(expense.clone()));
            let wrong = text.replace("month=\"", "month=\"x");
            prop_assert_eq!(read_text(&wrong), Err(Unreadable::Value("month")));
        }
    }
}
