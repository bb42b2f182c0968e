use super::super::{Examinee, Institution, ItemCode, Kind, items};
use super::*;

/// A check-up on 2026-07-01 of somebody born on 1 January of this year, with values by the names of items.
fn checkup(sex: Sex, born: i16, values: &[(&str, &str)]) -> Checkup {
    let item = |(name, value): &(&str, &str)| {
        let definition = items::all().iter().find(|item| item.name == *name).unwrap();
        Item { code: ItemCode::find(definition.code).unwrap(), value: definition.value(value).unwrap(), flag: None }
    };
    Checkup {
        kind: Kind::Specific,
        program: None,
        examined_on: date(2026, 7, 1),
        made_on: None,
        person: Examinee {
            insurer: "370015".parse().unwrap(),
            symbol: None,
            number: "1".into(),
            branch: None,
            kana: "カクウ".into(),
            birth: date(born, 1, 1),
            sex,
            post_number: None,
            address: None,
        },
        institution: Institution::default(),
        voucher: None,
        items: values.iter().map(item).collect(),
    }
}

const NO_MEDICINES: [(&str, &str); 3] = [("服薬1(血圧)", "2"), ("服薬2(血糖)", "2"), ("服薬3(脂質)", "2")];

/// With no medicines, and what else is asked.
fn with(sex: Sex, born: i16, values: &[(&str, &str)]) -> Checkup {
    let missing = NO_MEDICINES.iter().filter(|(name, _)| !values.iter().any(|(given, _)| given == name));
    checkup(sex, born, &values.iter().chain(missing).copied().collect::<Vec<_>>())
}

fn waist(centimetres: &'static str) -> (&'static str, &'static str) {
    ("腹囲(実測）", centimetres)
}

fn pressure(systolic: &'static str, diastolic: &'static str) -> [(&'static str, &'static str); 2] {
    [("収縮期血圧(その他)", systolic), ("拡張期血圧(その他)", diastolic)]
}

#[test]
fn a_man_of_66_with_three_risks_gets_motivating_guidance() {
    let [systolic, diastolic] = pressure("134", "86");
    let values = [waist("92.5"), (FASTING_GLUCOSE, "112"), (FASTING_FAT, "182"), (HDL, "38"), systolic, diastolic];
    let values: Vec<_> = values.into_iter().chain([("喫煙", "1"), ("BMI", "27.0")]).collect();
    let man = with(Sex::Male, 1961, &values);
    assert_eq!((metabolic(&man), guidance(&man)), (Metabolic::Present, Some(Guidance::Motivating)));
    let younger = with(Sex::Male, 1963, &values);
    assert_eq!(guidance(&younger), Some(Guidance::Active));
    assert!(to_see_a_doctor(&man).is_empty());
}

#[test]
fn a_small_waist_with_a_high_bmi_and_one_risk_is_motivating() {
    let [systolic, diastolic] = pressure("120", "70");
    let values = [waist("84"), ("BMI", "26"), (HBA1C, "5.7"), (FASTING_FAT, "100"), (HDL, "60"), systolic, diastolic];
    let values: Vec<_> = values.into_iter().chain([("喫煙", "3")]).collect();
    let woman = with(Sex::Female, 1981, &values);
    assert_eq!((metabolic(&woman), guidance(&woman)), (Metabolic::Absent, Some(Guidance::Motivating)));
}

#[test]
fn medicines_end_guidance_but_count_as_a_risk() {
    let [systolic, diastolic] = pressure("150", "80");
    let values =
        [waist("86"), systolic, diastolic, ("服薬1(血圧)", "1"), (FASTING_FAT, "100"), (FASTING_GLUCOSE, "95")];
    let man = with(Sex::Male, 1976, &values.into_iter().chain([(HDL, "60")]).collect::<Vec<_>>());
    assert_eq!((metabolic(&man), guidance(&man)), (Metabolic::Near, Some(Guidance::None)));
    let seen: Vec<_> = to_see_a_doctor(&man).iter().map(|item| item.code.definition().name).collect();
    assert_eq!(seen, ["収縮期血圧(その他)"]);
}

#[test]
fn a_value_for_a_doctor_is_told_whatever_the_judgements_say() {
    let man = with(Sex::Male, 1985, &[waist("80"), ("BMI", "23"), (FASTING_GLUCOSE, "130")]);
    assert_eq!((metabolic(&man), guidance(&man)), (Metabolic::Absent, Some(Guidance::None)));
    assert_eq!(to_see_a_doctor(&man).len(), 1);
    for (name, value, sex, alarming) in [
        (HEMOGLOBIN, "12.0", Sex::Male, true),
        (HEMOGLOBIN, "12.0", Sex::Female, false),
        ("eGFR", "45.0", Sex::Male, false),
        ("eGFR", "44.9", Sex::Male, true),
        ("尿蛋白", "2", Sex::Male, false),
        ("尿蛋白", "3", Sex::Male, true),
        ("喫煙", "3", Sex::Male, false),
    ] {
        assert_eq!(
            to_see_a_doctor(&checkup(sex, 1970, &[(name, value)])).len(),
            usize::from(alarming),
            "{name} {value}"
        );
    }
}

#[test]
fn what_is_missing_makes_a_judgement_impossible_only_if_it_matters() {
    let [systolic, diastolic] = pressure("134", "86");
    assert_eq!(metabolic(&with(Sex::Male, 1970, &[systolic, diastolic])), Metabolic::Unknown);
    // Two risks are enough, whatever the third would be.
    let two = [waist("90"), systolic, diastolic, (FASTING_GLUCOSE, "112")];
    assert_eq!(metabolic(&with(Sex::Male, 1970, &two)), Metabolic::Present);
    assert_eq!(metabolic(&with(Sex::Male, 1970, &two[..3])), Metabolic::Unknown);
    assert_eq!(guidance(&with(Sex::Male, 1970, &two)), Some(Guidance::Active));
    // Who smokes is not asked where nothing else is wrong.
    let [systolic, diastolic] = pressure("110", "70");
    let sound = [waist("90"), systolic, diastolic, (FASTING_GLUCOSE, "90"), (FASTING_FAT, "100"), (HDL, "60")];
    assert_eq!(guidance(&with(Sex::Male, 1970, &sound)), Some(Guidance::None));
    assert_eq!(guidance(&checkup(Sex::Male, 1970, &two)), Some(Guidance::Unknown), "medicines not asked");
}

#[test]
fn guidance_is_for_those_of_40_to_74_at_the_end_of_the_fiscal_year() {
    let at = |born| guidance(&with(Sex::Male, born, &[waist("80"), ("BMI", "20")]));
    assert_eq!((at(1988), at(1987)), (None, Some(Guidance::None)));
    assert_eq!((at(1953), at(1952)), (Some(Guidance::None), None));
    assert_eq!(
        (fiscal_year_end(date(2026, 3, 31)), fiscal_year_end(date(2026, 4, 1))),
        (date(2026, 3, 31), date(2027, 3, 31))
    );
}

#[test]
fn visceral_fat_goes_before_the_waist_and_women_have_another_limit() {
    let absent = |sex, values: &[(&str, &str)]| metabolic(&with(sex, 1970, values)) == Metabolic::Absent;
    assert!(absent(Sex::Male, &[("内臓脂肪面積", "99.9"), waist("95")]));
    assert!(absent(Sex::Female, &[waist("89.9")]) && !absent(Sex::Female, &[waist("90")]));
    assert!(absent(Sex::Male, &[waist("84.9")]) && !absent(Sex::Male, &[waist("85")]));
}

#[test]
fn every_name_is_in_the_item_table() {
    let alarms = ALARMS.iter().map(|(name, ..)| *name).chain(["尿糖", "尿蛋白", "BMI", "喫煙", "内臓脂肪面積"]);
    for name in WAIST.into_iter().chain(SYSTOLIC).chain(DIASTOLIC).chain(MEDICINES).chain(alarms) {
        assert!(items::all().iter().any(|item| item.name == name), "{name}");
    }
}
