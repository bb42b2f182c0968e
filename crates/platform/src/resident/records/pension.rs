//! Pensions of the demonstration: months, what was paid, and yen a year, scheme by scheme.

use health::pension_xml::Statement;
use web::{Lang, clock::Shown};

use super::sheet::{Cell, Column, Record, Sheet, Table, yen};
use crate::wording::{self, RecordKind, Records};

impl Record for Statement {
    fn words(t: &'static Records) -> &'static RecordKind {
        &t.pension
    }

    /// One sheet for each notice.
    fn sheets(mut records: Vec<Self>, lang: Lang) -> Vec<Sheet> {
        records.sort_by_key(|statement| std::cmp::Reverse(statement.made_on));
        records.iter().map(|statement| sheet(statement, lang)).collect()
    }
}

/// A scheme: its name, months, and where it pays by them, what was paid and what comes of it a year.
struct Scheme {
    name: &'static str,
    months: u64,
    yen: Option<(u64, u64)>,
}

fn sheet(statement: &Statement, lang: Lang) -> Sheet {
    let t = &wording::text(lang).records.pensions;
    let Statement { made_on, months, paid_yen: paid, yearly_yen: yearly } = *statement;
    let [national, employees, seamen, counted_only] = t.schemes;
    let schemes = [
        Scheme { name: national, months: months.national, yen: Some((paid.national, yearly.national)) },
        Scheme { name: employees, months: months.employees, yen: Some((paid.employees, yearly.employees)) },
        Scheme { name: seamen, months: months.seamen, yen: None },
        Scheme { name: counted_only, months: months.counted_only, yen: None },
    ];
    let amount = |amount: Option<u64>| Cell::number(amount.map_or_else(|| t.none.to_owned(), |sum| yen(sum, lang)));
    let columns = [
        Column::new(t.scheme, |scheme: &Scheme| Cell::of(scheme.name)),
        Column::new(t.months, |scheme: &Scheme| Cell::number(t.month_count.replace("{}", &scheme.months.to_string()))),
        Column::new(t.paid, |scheme: &Scheme| amount(scheme.yen.map(|(paid, _)| paid))),
        Column::new(t.yearly, |scheme: &Scheme| amount(scheme.yen.map(|(_, yearly)| yearly))),
    ];
    let right = if months.suffice() { t.enough } else { t.not_enough };
    let sum = yearly.national.saturating_add(yearly.employees);
    Sheet {
        facts: vec![(t.yearly_sum.to_owned(), yen(sum, lang)), (t.right.to_owned(), right.to_owned())],
        table: Table::of(t.caption.replace("{}", &Shown::day(made_on, lang).text), &columns, &schemes),
        remark: None,
    }
}
