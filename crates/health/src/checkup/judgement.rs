//! What follows from the values of a check-up: メタボリックシンドローム判定, the level of health guidance (階層化), and which values a doctor
//! should see. Rules of the fourth term (標準的な健診・保健指導プログラム 令和6年度版).
//!
//! For information beside the institution's own judgement, never a diagnosis. A value that is missing is taken for both true and false:
//! if that makes a difference, the answer is that it cannot be judged.

use jiff::civil::{Date, date};

use super::{Checkup, Decimal, Item, Value};
use crate::Sex;

/// メタボリックシンドローム判定.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metabolic {
    /// 1 基準該当.
    Present,
    /// 2 予備群該当.
    Near,
    /// 3 非該当.
    Absent,
    /// 4 判定不能.
    Unknown,
}

impl Metabolic {
    const CODES: [(Self, &'static str); 4] =
        [(Self::Present, "1"), (Self::Near, "2"), (Self::Absent, "3"), (Self::Unknown, "4")];

    /// The code in files and messages.
    pub fn code(self) -> &'static str {
        Self::CODES.iter().find(|(one, _)| *one == self).map_or("4", |(_, code)| code)
    }

    /// The judgement of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::CODES.iter().find(|(_, one)| *one == code).map(|(one, _)| *one)
    }
}

/// 保健指導レベル.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guidance {
    /// 1 積極的支援.
    Active,
    /// 2 動機付け支援.
    Motivating,
    /// 3 なし.
    None,
    /// 4 判定不能.
    Unknown,
}

impl Guidance {
    const CODES: [(Self, &'static str); 4] =
        [(Self::Active, "1"), (Self::Motivating, "2"), (Self::None, "3"), (Self::Unknown, "4")];

    /// The code in files and messages.
    pub fn code(self) -> &'static str {
        Self::CODES.iter().find(|(one, _)| *one == self).map_or("4", |(_, code)| code)
    }

    /// The level of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::CODES.iter().find(|(_, one)| *one == code).map(|(one, _)| *one)
    }
}

/// The judgement of metabolic syndrome: a large waist, and how many of glucose, lipids and blood pressure are beyond their limit or under
/// medication. Glucose has another limit here (110 mg/dL, HbA1c 6.0) than for guidance (100 mg/dL, 5.6).
pub fn metabolic(checkup: &Checkup) -> Metabolic {
    let values = Values(checkup);
    let Some(waist) = values.waist() else { return Metabolic::Unknown };
    if !waist {
        return Metabolic::Absent;
    }
    let fasting = values.at_least(&[FASTING_GLUCOSE], "110");
    let glucose = any([fasting.or(values.at_least(&[HBA1C], "6.0")), values.chosen(MEDICINES[1], 1)]);
    let lipids = [values.at_least(&[FASTING_FAT], "150"), values.below(HDL, "40"), values.chosen(MEDICINES[2], 1)];
    let pressure = any([values.pressure(), values.chosen(MEDICINES[0], 1)]);
    let results = possible([glucose, any(lipids), pressure]).map(|risks| match count(risks) {
        2.. => Metabolic::Present,
        1 => Metabolic::Near,
        _ => Metabolic::Absent,
    });
    only(results).unwrap_or(Metabolic::Unknown)
}

/// The level of health guidance, or `None` for whom there is none: under 40 or over 74 years at the end of the fiscal year.
pub fn guidance(checkup: &Checkup) -> Option<Guidance> {
    let age = age(checkup.person.birth, fiscal_year_end(checkup.examined_on))?;
    if !(40..=74).contains(&age) {
        return None;
    }
    let values = Values(checkup);
    let Some(waist) = values.waist() else { return Some(Guidance::Unknown) };
    let (fasting, hba1c) = (values.at_least(&[FASTING_GLUCOSE], "100"), values.at_least(&[HBA1C], "5.6"));
    let glucose = match (fasting, hba1c) {
        (None, None) => values.at_least(&[CASUAL_GLUCOSE], "100"),
        // One of the two is enough to say no.
        (fasting, hba1c) => Some(fasting.unwrap_or(false) || hba1c.unwrap_or(false)),
    };
    let fat = values.at_least(&[FASTING_FAT], "150").or(values.at_least(&[CASUAL_FAT], "175"));
    let lipids = any([fat, values.below(HDL, "40")]);
    let medicines = any(MEDICINES.map(|name| values.chosen(name, 1)));
    let facts =
        [values.at_least(&["BMI"], "25"), glucose, lipids, values.pressure(), values.chosen("喫煙", 1), medicines];
    let results = possible(facts).map(|[bmi, glucose, lipids, pressure, smoker, medicines]| {
        let risks = count([glucose, lipids, pressure]);
        // Smoking counts only beside another risk.
        let risks = if risks > 0 { risks + usize::from(smoker) } else { 0 };
        match (waist, bmi, risks) {
            // Under treatment already.
            _ if medicines => Guidance::None,
            (true, _, 2..) | (false, true, 3..) if age >= 65 => Guidance::Motivating,
            (true, _, 2..) | (false, true, 3..) => Guidance::Active,
            (true, _, 1) | (false, true, 1..) => Guidance::Motivating,
            _ => Guidance::None,
        }
    });
    Some(only(results).unwrap_or(Guidance::Unknown))
}

/// The values that a doctor should see (受診勧奨判定値), whatever else the judgements say.
pub fn to_see_a_doctor(checkup: &Checkup) -> Vec<&Item> {
    checkup.items.iter().filter(|item| is_alarming(item, checkup.person.sex)).collect()
}

fn is_alarming(item: &Item, sex: Sex) -> bool {
    let name = item.code.definition().name;
    match &item.value {
        Value::Number(number) => ALARMS.iter().filter(|(alarm, ..)| *alarm == name).any(|(_, only, limit)| {
            let reached = match limit {
                Alarm::From(limit) => reaches(*number, limit),
                Alarm::UpTo(limit) => Decimal::parse(limit).is_some_and(|limit| *number <= limit),
            };
            only.is_none_or(|only| only == sex) && reached
        }),
        // (＋) and beyond.
        Value::Choice(3..) => name == "尿糖" || name == "尿蛋白",
        _ => false,
    }
}

enum Alarm {
    From(&'static str),
    UpTo(&'static str),
}

/// 受診勧奨判定値, by the item's name and for whom.
const ALARMS: [(&str, Option<Sex>, Alarm); 19] = [
    ("収縮期血圧(その他)", None, Alarm::From("140")),
    ("収縮期血圧(2回目)", None, Alarm::From("140")),
    ("収縮期血圧(1回目)", None, Alarm::From("140")),
    ("拡張期血圧(その他)", None, Alarm::From("90")),
    ("拡張期血圧(2回目)", None, Alarm::From("90")),
    ("拡張期血圧(1回目)", None, Alarm::From("90")),
    (FASTING_FAT, None, Alarm::From("300")),
    (CASUAL_FAT, None, Alarm::From("300")),
    ("LDLコレステロール", None, Alarm::From("140")),
    ("Non-HDLコレステロール", None, Alarm::From("170")),
    ("AST(GOT)", None, Alarm::From("51")),
    ("ALT(GPT)", None, Alarm::From("51")),
    ("γ-GT(γ-GTP)", None, Alarm::From("101")),
    (FASTING_GLUCOSE, None, Alarm::From("126")),
    (CASUAL_GLUCOSE, None, Alarm::From("126")),
    (HBA1C, None, Alarm::From("6.5")),
    ("eGFR", None, Alarm::UpTo("44.9")),
    (HEMOGLOBIN, Some(Sex::Male), Alarm::UpTo("12.0")),
    (HEMOGLOBIN, Some(Sex::Female), Alarm::UpTo("11.0")),
];

// Items by their names in the item table, which is where their codes are.
const WAIST: [&str; 3] = ["腹囲(実測）", "腹囲(自己判定）", "腹囲(自己申告）"];
const FASTING_GLUCOSE: &str = "空腹時血糖";
const CASUAL_GLUCOSE: &str = "随時血糖";
const HBA1C: &str = "HbA1c(NGSP値)";
const FASTING_FAT: &str = "空腹時中性脂肪(トリグリセリド)";
const CASUAL_FAT: &str = "随時中性脂肪(トリグリセリド)";
const HDL: &str = "HDLコレステロール";
const HEMOGLOBIN: &str = "血色素量(ヘモグロビン値)";
/// The mean or another reading first, then the second, then the first.
const SYSTOLIC: [&str; 3] = ["収縮期血圧(その他)", "収縮期血圧(2回目)", "収縮期血圧(1回目)"];
const DIASTOLIC: [&str; 3] = ["拡張期血圧(その他)", "拡張期血圧(2回目)", "拡張期血圧(1回目)"];
/// Against high blood pressure, glucose, lipids.
const MEDICINES: [&str; 3] = ["服薬1(血圧)", "服薬2(血糖)", "服薬3(脂質)"];

struct Values<'a>(&'a Checkup);

impl Values<'_> {
    /// The number of the first of these items that has one.
    fn number(&self, names: &[&str]) -> Option<Decimal> {
        names.iter().find_map(|name| {
            self.0.items.iter().find_map(|item| match item.value {
                Value::Number(number) if item.code.definition().name == *name => Some(number),
                _ => None,
            })
        })
    }

    fn at_least(&self, names: &[&str], limit: &str) -> Option<bool> {
        self.number(names).map(|number| reaches(number, limit))
    }

    fn below(&self, name: &str, limit: &str) -> Option<bool> {
        self.at_least(&[name], limit).map(|reached| !reached)
    }

    fn chosen(&self, name: &str, choice: u8) -> Option<bool> {
        self.0.items.iter().find(|item| item.code.definition().name == name).and_then(|item| match item.value {
            Value::Choice(found) => Some(found == choice),
            _ => None,
        })
    }

    /// A waist beyond the limit, or the area of visceral fat if that was measured.
    fn waist(&self) -> Option<bool> {
        let limit = if self.0.person.sex == Sex::Female { "90" } else { "85" };
        self.at_least(&["内臓脂肪面積"], "100").or(self.at_least(&WAIST, limit))
    }

    fn pressure(&self) -> Option<bool> {
        any([self.at_least(&SYSTOLIC, "130"), self.at_least(&DIASTOLIC, "85")])
    }
}

fn reaches(number: Decimal, limit: &str) -> bool {
    Decimal::parse(limit).is_some_and(|limit| number >= limit)
}

/// Whether one of the facts is true; not known if none is, and one is not known.
fn any<const N: usize>(facts: [Option<bool>; N]) -> Option<bool> {
    if facts.contains(&Some(true)) { Some(true) } else { facts.iter().all(Option::is_some).then_some(false) }
}

fn count<const N: usize>(facts: [bool; N]) -> usize {
    facts.into_iter().filter(|fact| *fact).count()
}

/// Every way in which the unknown facts may turn out.
fn possible<const N: usize>(facts: [Option<bool>; N]) -> impl Iterator<Item = [bool; N]> {
    (0_u32..1 << N)
        .map(|ways| std::array::from_fn(|place| ways >> place & 1 == 1))
        .filter(move |way: &[bool; N]| way.iter().zip(&facts).all(|(way, fact)| fact.is_none_or(|fact| fact == *way)))
}

/// The result that all have.
fn only<T: PartialEq>(mut results: impl Iterator<Item = T>) -> Option<T> {
    let first = results.next()?;
    results.all(|result| result == first).then_some(first)
}

fn fiscal_year_end(day: Date) -> Date {
    date(day.year() + i16::from(day.month() >= 4), 3, 31)
}

fn age(birth: Date, day: Date) -> Option<i16> {
    birth.until((jiff::Unit::Year, day)).ok().map(|span| span.get_years())
}

#[cfg(test)]
mod tests;
