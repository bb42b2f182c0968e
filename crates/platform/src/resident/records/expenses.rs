//! Medical expenses: a table for each year, the newest first, with what was paid at the windows in all.

use std::collections::BTreeMap;

use health::expense::{Care, Expense};
use web::Lang;

use super::sheet::{Cell, Column, Record, Sheet, Table, yen};
use crate::wording::{self, Expenses, RecordKind, Records};

impl Record for Expense {
    fn words(t: &'static Records) -> &'static RecordKind {
        &t.expenses
    }

    /// One sheet for each calendar year, for which expenses are deducted from the income (所得税法 73条).
    fn sheets(records: Vec<Self>, lang: Lang) -> Vec<Sheet> {
        let mut years: BTreeMap<i16, Vec<Self>> = BTreeMap::new();
        for expense in records {
            years.entry(expense.month.year()).or_default().push(expense);
        }
        years.into_iter().rev().map(|(year, expenses)| sheet(year, expenses, lang)).collect()
    }
}

fn sheet(year: i16, mut expenses: Vec<Expense>, lang: Lang) -> Sheet {
    let t = &wording::text(lang).records.expense;
    expenses.sort_by_key(|expense| std::cmp::Reverse(expense.month));
    let amount = |amount: Option<u64>| Cell::number(amount.map_or_else(|| t.unsaid.to_owned(), |sum| yen(sum, lang)));
    let columns = [
        Column::new(t.month, |expense: &Expense| Cell::of(t.month_of(expense, lang))),
        Column::new(t.place, |expense: &Expense| Cell::written(place(expense))),
        Column::new(t.care, |expense: &Expense| Cell::of(t.care_word(expense.care))),
        Column::new(t.days, |expense: &Expense| Cell::number(expense.days.to_string())),
        Column::new(t.total, |expense: &Expense| amount(Some(expense.total_yen))),
        Column::new(t.window, |expense: &Expense| amount(expense.window_yen)),
    ];
    let sum = |amounts: &mut dyn Iterator<Item = u64>| yen(amounts.fold(0, u64::saturating_add), lang);
    let of_year = |text: &str| text.replace("{}", &year.to_string());
    let unsaid = expenses.iter().filter(|expense| expense.window_yen.is_none()).count();
    Sheet {
        facts: vec![
            (of_year(t.window_sum), sum(&mut expenses.iter().filter_map(|expense| expense.window_yen))),
            (of_year(t.total_sum), sum(&mut expenses.iter().map(|expense| expense.total_yen))),
        ],
        remark: (unsaid > 0).then(|| t.left_out.replace("{}", &unsaid.to_string())),
        table: Table::of(of_year(t.caption), &columns, &expenses),
    }
}

fn place(expense: &Expense) -> String {
    let code = expense.institution.map(|code| code.to_string());
    expense.institution_name.clone().or(code).unwrap_or_default()
}

impl Expenses {
    fn month_of(&self, expense: &Expense, lang: Lang) -> String {
        let month = expense.month;
        match lang {
            Lang::Ja => format!("{}年{}月", month.year(), month.month()),
            Lang::En => month.to_string(),
        }
    }

    fn care_word(&self, care: Care) -> &'static str {
        let [medical_in, medical_out, dental_in, dental_out, pharmacy, nurse, other] = self.care_words;
        match care {
            Care::MedicalInpatient => medical_in,
            Care::MedicalOutpatient => medical_out,
            Care::DentalInpatient => dental_in,
            Care::DentalOutpatient => dental_out,
            Care::Pharmacy => pharmacy,
            Care::VisitingNurse => nurse,
            Care::Other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use health::expense::Month;

    use super::*;

    fn expense(month: &str, window_yen: Option<u64>) -> Expense {
        Expense {
            month: Month::parse(month).unwrap(),
            care: Care::Pharmacy,
            days: 1,
            institution: None,
            institution_name: Some("架空薬局".into()),
            total_yen: 10_000,
            insurer_yen: None,
            public_yen: None,
            window_yen,
        }
    }

    #[test]
    fn a_year_is_summed_up_and_says_what_its_sum_leaves_out() {
        let records = vec![expense("202512", Some(1)), expense("202601", Some(3_000)), expense("202611", None)];
        let sheets = Expense::sheets(records, Lang::En);
        let t = &wording::text(Lang::En).records.expense;
        let [newest, older] = &sheets[..] else { panic!("two years") };
        let sums = [(t.window_sum, "3,000 yen"), (t.total_sum, "20,000 yen")];
        assert_eq!(newest.facts, sums.map(|(name, sum)| (name.replace("{}", "2026"), sum.to_owned())));
        assert_eq!(newest.remark.as_deref(), Some(&*t.left_out.replace("{}", "1")));
        assert_eq!(
            newest.table.rows.iter().map(|row| row[0].text.as_str()).collect::<Vec<_>>(),
            ["2026-11", "2026-01"]
        );
        assert_eq!((older.facts[0].1.as_str(), older.remark.is_none()), ("1 yen", true));
    }
}
