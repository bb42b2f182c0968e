//! What insurers hold of the named residents beside coverage: check-ups, medical expenses and dummy pensions, as the files in
//! which they come.
//! Every value is made up.

use health::checkup::ItemCode;
use health::{Coverage, InsurerNumber};
use jiff::ToSpan;
use jiff::civil::Date;

use crate::age::full_years;
use crate::chance::Chance;
use crate::region::{Region, Resident};

/// The files of one insurer; nothing where it has no such records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordFiles {
    /// Check-ups, as a table.
    pub checkups: Option<String>,
    /// Notices of medical expenses.
    pub expenses: Option<String>,
    /// Dummy pension records.
    pub pensions: Option<String>,
}

impl Region {
    /// The check-ups and expenses of the named residents and their families, as far as this insurer paid for them, and dummy pension
    /// records of the adults whom it insured last.
    pub fn records(&self, insurer: InsurerNumber) -> RecordFiles {
        let (mut checkups, mut expenses, mut pensions) = (String::new(), String::new(), String::new());
        for resident in self.named_families() {
            let mut chance = Chance::new(RECORDS, u64::from(resident.key));
            let body = Body::draw(&mut chance);
            let mut of = |date: Date| resident.coverages.iter().find(|one| one.insurer == insurer && one.covers(date));
            for years in 0..CHECKUP_YEARS {
                let day = self.today().checked_sub((years * 12 + 5).months()).unwrap_or(self.today());
                if let Some(period) = of(day).filter(|_| (40..75).contains(&full_years(resident.person.birth, day))) {
                    checkups += &checkup(&resident, period, (day, &body), &mut chance);
                }
            }
            expenses += &notice(&resident, self.today(), &mut of, &mut chance);
            let last = resident.coverages.iter().max_by_key(|one| one.valid_from);
            if last.is_some_and(|last| last.insurer == insurer) {
                pensions += &pension(&resident, self.today(), &mut chance);
            }
        }
        let table = |head: &str, rows: String| (!rows.is_empty()).then(|| format!("{head}\r\n{rows}"));
        RecordFiles {
            checkups: table(&header(), checkups),
            expenses: Some(expenses).filter(|text| !text.is_empty()),
            pensions: table(PENSION, pensions),
        }
    }
}

/// What is measured: the item, and between which values in tenths of its unit.
const MEASURED: [(&str, u32, u32); 13] = [
    ("9N001000000000001", 1500, 1790),
    ("9N006000000000001", 480, 820),
    ("9N011000000000001", 190, 289),
    ("9N016160100000001", 700, 960),
    ("9A755000000000001", 1040, 1490),
    ("9A765000000000001", 620, 940),
    ("3F015000002327101", 500, 2100),
    ("3F070000002327101", 400, 800),
    ("3F077000002327101", 800, 1690),
    ("3B035000002327201", 150, 420),
    ("3B045000002327201", 120, 500),
    ("3B090000002327101", 150, 900),
    ("3D046000001906202", 50, 67),
];
/// 喫煙.
const SMOKER: &str = "9N736000000000011";
/// 服薬 against high blood pressure, glucose and lipids: without them nobody can tell who needs guidance.
const MEDICINES: &str = "9N701000000000011,9N706000000000011,9N711000000000011";
/// 健診を実施した医師の氏名.
const DOCTOR: &str = "9N516000000000049";

fn header() -> String {
    let items = MEASURED.map(|(code, ..)| code).join(",");
    format!(
        "保険者番号,記号,番号,枝番,氏名,生年月日,性別,実施年月日,健診機関番号,健診機関名,{items},{MEDICINES},{SMOKER},{DOCTOR}"
    )
}

/// A person's own values, in the order of [`MEASURED`]; they move a little from year to year.
struct Body([u32; MEASURED.len()]);

impl Body {
    fn draw(chance: &mut Chance) -> Self {
        Self(MEASURED.map(|(_, first, last)| chance.between(first, last)))
    }

    /// What is measured one year.
    fn measured(&self, chance: &mut Chance) -> [u32; MEASURED.len()] {
        let mut found = self.0;
        for (value, (_, first, last)) in found.iter_mut().zip(MEASURED) {
            let drift = (last - first) / 12;
            *value = (*value + chance.between(0, 2 * drift)).saturating_sub(drift);
        }
        // A grown person's height stays, and the BMI follows from it.
        let ([height, ..], [now, weight, bmi, ..]) = (&self.0, &mut found);
        *now = *height;
        *bmi = *weight * 1_000_000 / (*height * *height);
        found
    }
}

fn checkup(resident: &Resident, period: &Coverage, (day, body): (Date, &Body), chance: &mut Chance) -> String {
    let person = &resident.person;
    let mut row = numbers(period);
    row += &format!(",{},{},{},{day},{CLINIC}", person.kana, person.birth, person.sex.code());
    for ((code, ..), tenths) in MEASURED.into_iter().zip(body.measured(chance)) {
        // Most items have no decimal place.
        let fine = ItemCode::find(code).is_some_and(|item| item.definition().value("1.5").is_some());
        row += &if fine { format!(",{}.{}", tenths / 10, tenths % 10) } else { format!(",{}", tenths / 10) };
    }
    row + &format!(",2,2,2,{},架空　医師\r\n", if chance.per_mille(200) { 1 } else { 3 })
}

fn notice<'c>(
    resident: &Resident,
    today: Date,
    of: &mut impl FnMut(Date) -> Option<&'c Coverage>,
    chance: &mut Chance,
) -> String {
    let (mut text, mut holder) = (String::new(), None);
    for months in (1..=EXPENSE_MONTHS).rev() {
        let day = today.checked_sub(months.months()).unwrap_or(today);
        if !chance.per_mille(700) {
            continue;
        }
        let Some(period) = of(day) else { continue };
        if holder.replace(period.enrolment()).is_none_or(|before| before != period.enrolment()) {
            text += &person(resident, period);
        }
        let (yen, month) = (chance.between(250, 1900) * 10, format!("{}年{}月", day.year(), day.month()));
        text += &detail(&month, ("医科外来", "架空内科クリニック"), yen, period);
        if chance.per_mille(600) {
            text += &detail(&month, ("調剤", "架空薬局"), chance.between(100, 700) * 10, period);
        }
    }
    text
}

fn person(resident: &Resident, period: &Coverage) -> String {
    let (symbol, branch) = (period.symbol.as_deref().unwrap_or_default(), period.branch.as_deref().unwrap_or_default());
    format!(
        "資格情報\r\n氏名,{}\r\n保険者番号,{}\r\n記号,{symbol}\r\n番号,{}\r\n枝番,{branch}\r\n生年月日,{}\r\n医療費情報明細\r\n",
        resident.person.name, period.insurer, period.number, resident.person.birth
    )
}

fn detail(month: &str, (care, place): (&str, &str), yen: u32, period: &Coverage) -> String {
    let window = yen * u32::from(period.copayment.tenths()) / 10;
    format!(
        "診療年月,{month}\r\n診療区分,{care}\r\n日数,1\r\n医療機関等名称,{place}\r\n医療費の総額（円）,{yen}\r\n\
         保険者の負担額（円）,{}\r\nその他の公費の負担額（円）,0\r\n窓口相当負担額（円）,{window}\r\n",
        yen - window
    )
}

/// A dummy record for whoever is of an age to pay; its sums follow from the months, roughly as the law has them.
fn pension(resident: &Resident, today: Date, chance: &mut Chance) -> String {
    let person = &resident.person;
    let age = full_years(person.birth, today).min(PENSION_AGES.end);
    let Ok(months) = u32::try_from(i32::from(age - PENSION_AGES.start) * 12) else { return String::new() };
    let national = months * chance.between(10, 60) / 100;
    let employees = months - national;
    format!(
        "1,{},{},{},{},{national},{employees},{},{},{},{}\r\n",
        person.name,
        person.kana,
        person.birth,
        today.first_of_month(),
        national * 16_500,
        employees * 24_000,
        months * 1_700,
        employees * 1_500,
    )
}

fn numbers(period: &Coverage) -> String {
    let (symbol, branch) = (period.symbol.as_deref().unwrap_or_default(), period.branch.as_deref().unwrap_or_default());
    format!("{},{symbol},{},{branch}", period.insurer.padded(), period.number)
}

/// Columns of a dummy pension file.
const PENSION: &str = "ダミーデータ,氏名,カナ氏名,生年月日,作成年月日,国民年金納付済月数,厚生年金加入月数,\
国民年金納付額,厚生年金納付額,老齢基礎年金額,老齢厚生年金額";
/// Ages between which people pay (国民年金法 7条).
const PENSION_AGES: std::ops::Range<i16> = 20..60;
/// The clinic of the demonstration.
const CLINIC: &str = "3710199997,架空内科クリニック";
/// The seed of these values: the same in every region.
const RECORDS: u64 = 1;
/// Check-ups, one a year.
const CHECKUP_YEARS: i32 = 3;
/// Months of expenses.
const EXPENSE_MONTHS: i32 = 14;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::io::Cursor;

    use health::checkup::{Checkup, file::Checkups, judgement};
    use health::expense::notice;
    use health::pension_csv::Rows;
    use jiff::civil::date;

    use super::*;
    use crate::{COMPANY, Config, NATIONAL};

    #[test]
    fn the_files_are_sound_and_name_the_residents_by_their_numbers() {
        let region = Region::new(Config { seed: 370_015, residents: 10, today: date(2026, 11, 22) }).unwrap();
        for number in [NATIONAL, COMPANY] {
            let files = region.records(number.parse().unwrap());
            let mut checkups = Checkups::open(Cursor::new(files.checkups.unwrap())).unwrap();
            let found: Vec<_> = checkups.by_ref().collect();
            assert!(checkups.finish().unwrap().is_empty());
            assert!(found.len() >= 2 && found.iter().all(|checkup| checkup.items.len() == 18));
            let kana = |checkup: &Checkup| checkup.person.kana.clone();
            let height = |checkup: &Checkup| checkup.item(MEASURED[0].0).map(|item| format!("{:?}", item.value));
            let people: HashSet<_> = found.iter().map(kana).collect();
            let heights: HashSet<_> = found.iter().map(|checkup| (kana(checkup), height(checkup))).collect();
            assert_eq!(heights.len(), people.len(), "nobody grows");
            assert!(found.iter().any(|checkup| !judgement::to_see_a_doctor(checkup).is_empty()));
            let (details, warnings) = notice::read(files.expenses.unwrap().as_bytes()).unwrap();
            assert!(warnings.is_empty() && details.len() > 10);
            assert!(details.iter().all(|detail| detail.holder.number.is_some() && detail.holder.birth.is_some()));
            let mut pensions = Rows::new(Cursor::new(files.pensions.unwrap()));
            let found: Vec<_> = pensions.by_ref().collect();
            assert!(pensions.finish().unwrap().is_empty() && found.len() >= 2);
            assert!(found.iter().all(|pension| pension.months.national + pension.months.employees <= 480));
        }
    }
}
