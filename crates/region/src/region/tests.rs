use std::collections::{BTreeMap, HashMap, HashSet};

use health::coverage_csv::{Encoding, Limits, parse, to_cp932};
use health::eligibility::{self, State};
use health::{Copayment, InsurerNumber, my_number};
use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::age::full_years;
use crate::{COMPANY, LATE_ELDERLY, NATIONAL, TRANSIT};

const TODAY: Date = date(2026, 11, 22);

fn region(seed: u64, residents: u32) -> Region {
    Region::new(Config { seed, residents, today: TODAY }).unwrap()
}

fn all(residents: u32) -> Vec<Resident> {
    region(1, residents).residents().collect()
}

fn age(resident: &Resident) -> i16 {
    let birth = resident.person.birth;
    TODAY.year() - birth.year() - i16::from((TODAY.month(), TODAY.day()) < (birth.month(), birth.day()))
}

fn with(resident: &Resident, insurer: &str) -> Vec<Coverage> {
    let insurer = InsurerNumber::parse(insurer).unwrap();
    resident.coverages.iter().filter(|coverage| coverage.insurer == insurer).cloned().collect()
}

fn states(residents: &[Resident]) -> HashMap<u8, usize> {
    let mut states = HashMap::new();
    for resident in residents.iter().filter(|resident| !resident.coverages.is_empty()) {
        *states.entry(eligibility::on(&resident.coverages, TODAY).state.oqs_code()).or_default() += 1;
    }
    states
}

#[test]
fn there_are_as_many_residents_as_asked_for_with_keys_in_a_row() {
    for residents in [10, 11, 50, 777, 2_000] {
        let keys: Vec<u32> = all(residents).iter().map(|resident| resident.key).collect();
        assert_eq!(keys, (1..=residents).collect::<Vec<_>>());
    }
    assert_eq!(region(1, 0).residents().count(), 10);
}

#[test]
fn the_same_seed_writes_the_same_bytes_and_another_does_not() {
    let files = |seed| region(seed, 3_000).files(&mut |_| {});
    assert!(files(7) == files(7));
    assert!(files(7).national != files(8).national);
}

#[test]
fn progress_ends_with_the_last_resident() {
    let mut seen = Vec::new();
    region(1, 2_500).files(&mut |done| seen.push(done));
    assert_eq!(seen, [1000, 2000, 2500]);
}

#[test]
fn the_files_are_read_back_row_by_row() {
    let region = region(3, 5_000);
    let files = region.files(&mut |_| {});
    let of = [
        (files.national, NATIONAL),
        (files.company, COMPANY),
        (files.transit, TRANSIT),
        (files.late_elderly, LATE_ELDERLY),
    ];
    for (text, insurer) in of {
        let file = parse(text.as_bytes(), &Limits::default()).unwrap();
        assert!(file.warnings.is_empty());
        let expected: Vec<Coverage> = region.residents().flat_map(|resident| with(&resident, insurer)).collect();
        assert!(file.rows == expected);
        assert!(file.rows.len() > 200);
    }
}

#[test]
fn the_companys_file_can_be_sent_as_cp932_except_for_the_glyphs_it_lacks() {
    let text = region(3, 12_000).files(&mut |_| {}).company;
    let encodable: String =
        text.lines().filter(|line| to_cp932(line).is_ok()).flat_map(|line| [line, "\r\n"]).collect();
    assert!(encodable.len() < text.len());
    for glyph in ['髙', '﨑'] {
        assert!(encodable.contains(glyph), "{glyph}");
    }
    let (from_cp932, from_utf8) = (to_cp932(&encodable).unwrap(), encodable.into_bytes());
    let read = |bytes: &[u8]| parse(bytes, &Limits::default()).unwrap();
    assert_eq!(read(&from_cp932).encoding, Encoding::Cp932);
    assert!(read(&from_cp932).rows == read(&from_utf8).rows);
}

#[test]
fn no_line_holds_anything_like_an_individual_number() {
    let files = region(5, 20_000).files(&mut |_| {});
    for line in [files.national, files.company, files.transit, files.late_elderly].iter().flat_map(|text| text.lines())
    {
        assert_eq!(my_number::find(line), None, "{line}");
    }
}

#[test]
fn ages_and_sexes_are_the_citys() {
    // Counts of February 2026: 0–14, 15–64, 65–74, 75 and over; then men.
    let expected = [49_555.0 / 418_129.0, 248_004.0 / 418_129.0, 48_573.0 / 418_129.0, 71_997.0 / 418_129.0];
    let residents = all(20_000);
    let mut counts = [0.0_f64; 4];
    for resident in &residents {
        counts[match age(resident) {
            ..15 => 0,
            15..65 => 1,
            65..75 => 2,
            _ => 3,
        }] += 1.0 / 20_000.0;
    }
    for (count, expected) in counts.iter().zip(expected) {
        assert!((count - expected).abs() < 0.002, "{counts:?}");
    }
}

#[test]
fn households_are_as_large_as_the_citys() {
    let residents = all(20_000);
    let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
    residents.iter().for_each(|resident| *sizes.entry(resident.household).or_default() += 1);
    let mean = residents.len() as f64 / sizes.len() as f64;
    // 418,129 residents in 206,171 households.
    assert!((1.93..2.13).contains(&mean), "{mean}");
    let alone = sizes.values().filter(|size| **size == 1).count() as f64 / sizes.len() as f64;
    assert!((0.34..0.50).contains(&alone), "{alone}");
    assert!(sizes.values().all(|size| *size <= 12), "{:?}", sizes.values().max());
}

#[test]
fn a_household_has_one_head_one_address_and_children_younger_than_their_parents() {
    let mut households: HashMap<u32, Vec<Resident>> = HashMap::new();
    all(20_000).into_iter().for_each(|resident| households.entry(resident.household).or_default().push(resident));
    for (head, members) in &households {
        let of = |role| members.iter().filter(move |member| member.role == role);
        assert_eq!(of(Role::Head).map(|member| member.key).collect::<Vec<_>>(), [*head]);
        assert!(of(Role::Spouse).count() <= 1);
        assert!(members.iter().all(|member| member.person.address == members[0].person.address));
        for child in of(Role::Child) {
            assert!(of(Role::Head).all(|parent| age(parent) >= age(child) + 15), "{head}");
        }
    }
    let minors_alone = households.values().filter(|members| members.iter().all(|member| age(member) < 18)).count();
    assert_eq!(minors_alone, 0);
}

#[test]
fn about_as_many_are_in_national_health_insurance_as_the_city_says() {
    let residents = all(40_000);
    let open = |insurer: &str| {
        let valid = |resident: &&Resident| with(resident, insurer).iter().any(|coverage| coverage.covers(TODAY));
        residents.iter().filter(valid).count() as f64 / residents.len() as f64
    };
    // 65,073 insured in March 2025.
    let expected = 65_073.0 / 418_129.0;
    assert!((open(NATIONAL) - expected).abs() < 0.012, "{} {expected}", open(NATIONAL));
    assert!((0.08..0.20).contains(&open(COMPANY)), "{}", open(COMPANY));
    assert!((0.02..0.08).contains(&open(TRANSIT)), "{}", open(TRANSIT));
}

#[test]
fn from_the_75th_birthday_on_there_is_one_insurer_and_nobody_younger_is_with_it() {
    for resident in all(10_000) {
        let late_elderly = with(&resident, LATE_ELDERLY);
        assert_eq!(late_elderly.len(), usize::from(age(&resident) >= 75), "{}", resident.key);
        for coverage in late_elderly {
            assert_eq!(resident.coverages.len(), 1);
            assert_eq!(full_years(resident.person.birth, coverage.valid_from), 75);
            assert_eq!((coverage.symbol, coverage.number.len(), coverage.branch), (None, 8, None));
        }
    }
}

#[test]
fn every_kind_of_history_occurs() {
    let residents = all(20_000);
    let states = states(&residents);
    for code in [1, 2, 3, 5] {
        assert!(states.get(&code).is_some_and(|count| *count >= 20), "{states:?}");
    }
    let coverages = || residents.iter().flat_map(|resident| &resident.coverages);
    assert!(coverages().filter(|coverage| coverage.valid_from > TODAY).count() >= 20);
    assert!(coverages().filter(|coverage| coverage.branch.is_none()).count() >= 20);
    assert!(residents.iter().filter(|resident| resident.coverages.len() == 2).count() >= 100);
}

#[test]
fn numbers_are_given_once_and_marked_as_fictional() {
    let residents = all(20_000);
    let mut seen = HashSet::new();
    for resident in &residents {
        for coverage in &resident.coverages {
            let marked =
                coverage.symbol.as_ref().map_or(coverage.number.starts_with("99"), |symbol| symbol.starts_with("架空"));
            assert!(marked);
            let shared = coverage.symbol.is_some() && coverage.branch.is_none();
            assert!(shared || seen.insert(coverage.enrolment()), "{:?}", coverage.enrolment());
        }
    }
}

#[test]
fn nobody_was_an_employee_as_a_child() {
    for resident in all(10_000).iter().filter(|resident| resident.role == Role::Head && age(resident) >= 20) {
        for coverage in [COMPANY, TRANSIT].into_iter().flat_map(|insurer| with(resident, insurer)) {
            assert!(coverage.valid_from.year() >= resident.person.birth.year() + 18, "{}", resident.key);
        }
    }
}

#[test]
fn the_share_follows_age() {
    for resident in all(10_000) {
        for coverage in &resident.coverages {
            match age(&resident) {
                ..6 => assert_eq!(coverage.copayment, Copayment::Two),
                8..70 => assert_eq!(coverage.copayment, Copayment::Three),
                70..75 => assert_ne!(coverage.copayment, Copayment::One),
                _ => {}
            }
        }
    }
}

#[test]
fn the_named_residents_are_the_same_in_every_region() {
    let (small, large) = (region(1, 10), region(99, 5_000));
    for named in Named::ALL {
        let (one, other) = (small.named(named).unwrap(), large.named(named).unwrap());
        assert!(one == other);
        assert_eq!(one.key, named.key());
        assert_eq!((named.pin().len(), named.pin().parse::<u32>().is_ok()), (6, true));
    }
}

#[test]
fn the_named_residents_are_who_they_are_said_to_be() {
    let region = region(1, 100);
    let named = |named| region.named(named).unwrap();
    let state = |resident: &Resident| eligibility::on(&resident.coverages, TODAY).state;

    let householder = named(Named::Householder);
    assert_eq!(householder.person.name, "𠮷田　健一");
    assert_eq!((state(&householder), with(&householder, NATIONAL).len()), (State::Valid, 1));

    let employee = named(Named::Employee);
    let household: Vec<Resident> = region.residents().filter(|resident| resident.household == employee.key).collect();
    assert_eq!(household.len(), 4);
    for member in &household {
        let [coverage] = member.coverages.as_slice() else { panic!("one coverage") };
        assert_eq!(coverage.insurer.to_string(), COMPANY);
        assert_eq!(coverage.insured_name.as_deref(), Some("髙橋　美咲"));
        assert_eq!(coverage.number, employee.coverages[0].number);
    }

    let changed = named(Named::Changed);
    assert_eq!((with(&changed, COMPANY).len(), with(&changed, NATIONAL).len()), (1, 1));
    assert_eq!(state(&changed), State::Valid);
    assert_eq!(eligibility::on(&with(&changed, COMPANY), TODAY).state.oqs_code(), 3);

    let lapsed = named(Named::Lapsed);
    assert_eq!(lapsed.person.name, "葛\u{e0100}城　文子");
    assert_eq!(state(&lapsed), State::Lapsed { last_day: date(2026, 10, 31) });
}

/// Certificates turn over at the end of July and pupils' years on 1 April; every day around both, and a leap day.
#[test]
fn the_files_of_every_day_around_a_turn_are_accepted() {
    let turns = [date(2024, 2, 29), date(2029, 3, 31), date(2029, 7, 1), date(2029, 7, 31), date(2029, 12, 31)];
    for turn in turns {
        for day in -1_i32..=1 {
            accepted(3_406_322_596_495_324_577, 378, turn.checked_add(day.days()).unwrap());
        }
    }
}

fn accepted(seed: u64, residents: u32, today: Date) {
    let region = Region::new(Config { seed, residents, today }).unwrap();
    let files = region.files(&mut |_| {});
    assert_eq!(region.residents().count() as u32, region.size());
    let small = [files.transit, files.late_elderly].into_iter().filter(|text| text.lines().count() > 1);
    for text in [files.national, files.company].into_iter().chain(small) {
        let problems = parse(text.as_bytes(), &Limits::default()).err();
        assert!(problems.is_none(), "on {today} with seed {seed} and {residents} residents: {problems:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_region_on_any_day_writes_files_that_are_accepted(seed: u64, residents in 0_u32..400, days in 0_i32..4000) {
        let today = date(2024, 2, 29).checked_add(days.days()).unwrap();
        accepted(seed, residents, today);
    }
}
