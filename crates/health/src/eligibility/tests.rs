use jiff::civil::{Date, date};

use super::*;
use crate::{Copayment, InsurerNumber, Person, Relationship, Sex};

const TODAY: Date = date(2026, 11, 22);

fn coverage(insurer: &str, number: &str, from: Date, lost_on: Option<Date>) -> Coverage {
    Coverage {
        insurer: InsurerNumber::parse(insurer).unwrap(),
        insurer_name: None,
        symbol: Some("架空".into()),
        number: number.into(),
        branch: Some("01".into()),
        relationship: Relationship::Insured,
        insured_name: None,
        copayment: Copayment::Three,
        valid_from: from,
        lost_on,
        loss_reason: None,
        valid_until: None,
        issued_on: None,
        person: Person {
            name: "𠮷田 一郎".into(),
            kana: "ヨシダ イチロウ".into(),
            birth: date(1970, 1, 1),
            sex: Sex::Male,
            address: None,
        },
    }
}

fn national(from: Date) -> Coverage {
    coverage("370015", "1", from, None)
}

fn company(from: Date, lost_on: Option<Date>) -> Coverage {
    coverage("06379994", "2", from, lost_on)
}

#[test]
fn the_table_of_cases() {
    let lapsed = company(date(2010, 4, 1), Some(date(2026, 11, 1)));
    let replaced = Coverage { loss_reason: Some(LossReason::OtherInsurance), ..lapsed.clone() };
    let expired = Coverage { valid_until: Some(date(2026, 7, 31)), ..national(date(2010, 4, 1)) };
    let future = national(date(2026, 12, 1));
    let last_day = date(2026, 10, 31);
    let cases: [(&str, Vec<Coverage>, State, u8); 9] = [
        ("nothing", vec![], State::None, 4),
        ("one open", vec![national(date(2020, 4, 1))], State::Valid, 1),
        ("begins today", vec![national(TODAY)], State::Valid, 1),
        ("changed insurer", vec![lapsed.clone(), national(date(2026, 11, 1))], State::Valid, 1),
        ("ended", vec![lapsed.clone()], State::Lapsed { last_day }, 2),
        ("certificate expired", vec![expired], State::Lapsed { last_day: date(2026, 7, 31) }, 2),
        ("begins later", vec![future.clone()], State::NotYet { from: date(2026, 12, 1) }, 2),
        ("replaced elsewhere", vec![replaced], State::Replaced { last_day }, 3),
        ("two at once", vec![company(date(2010, 4, 1), None), national(date(2026, 4, 1))], State::Several, 5),
    ];
    for (name, coverages, state, code) in cases {
        let answer = on(&coverages, TODAY);
        assert_eq!((answer.state, answer.state.oqs_code()), (state, code), "{name}");
        assert_eq!(answer.shown.is_none(), coverages.is_empty(), "{name}");
        assert!(!answer.state.explained().ja.is_empty() && !answer.state.explained().en.is_empty());
    }
}

#[test]
fn the_day_of_loss_is_not_covered_and_the_day_before_is() {
    let coverages = [company(date(2010, 4, 1), Some(TODAY))];
    assert_eq!(on(&coverages, TODAY).state, State::Lapsed { last_day: TODAY.yesterday().unwrap() });
    assert_eq!(on(&coverages, TODAY.yesterday().unwrap()).state, State::Valid);
}

#[test]
fn the_last_day_of_validity_is_covered_and_the_next_is_not() {
    let coverages = [Coverage { valid_until: Some(TODAY), ..national(date(2020, 4, 1)) }];
    assert_eq!(on(&coverages, TODAY).state, State::Valid);
    assert_eq!(on(&coverages, TODAY.tomorrow().unwrap()).state, State::Lapsed { last_day: TODAY });
}

#[test]
fn a_corrected_record_of_the_same_numbers_is_not_a_second_enrolment() {
    let first = Coverage { issued_on: Some(date(2025, 8, 1)), ..national(date(2020, 4, 1)) };
    let issued_on = Some(date(2026, 8, 1));
    let corrected = Coverage { issued_on, copayment: Copayment::Two, symbol: Some("架 空".into()), ..first.clone() };
    for coverages in [[first.clone(), corrected.clone()], [corrected.clone(), first.clone()]] {
        let answer = on(&coverages, TODAY);
        assert_eq!(answer.state, State::Valid);
        assert_eq!(answer.shown, Some(&corrected));
    }
}

#[test]
fn several_show_the_newest_first_and_keep_the_others() {
    let (old, new) = (company(date(2010, 4, 1), None), national(date(2026, 4, 1)));
    let coverages = [old.clone(), new.clone()];
    let answer = on(&coverages, TODAY);
    assert_eq!((answer.shown, answer.others), (Some(&new), vec![&old]));
}

#[test]
fn a_gap_before_a_coming_coverage_is_a_lapse_that_names_what_comes() {
    let coverages = [company(date(2010, 4, 1), Some(date(2026, 11, 1))), national(date(2026, 12, 1))];
    let answer = on(&coverages, TODAY);
    assert_eq!(answer.state, State::Lapsed { last_day: date(2026, 10, 31) });
    assert_eq!((answer.shown, answer.next), (coverages.first(), coverages.last()));
}

#[test]
fn a_history_says_of_each_record_where_it_stands() {
    let coverages = [
        company(date(2010, 4, 1), Some(date(2026, 11, 1))),
        national(date(2026, 11, 1)),
        company(date(2027, 4, 1), None),
    ];
    let standing: Vec<State> = coverages.iter().map(|record| of(record, &coverages, TODAY)).collect();
    let last_day = date(2026, 10, 31);
    assert_eq!(standing, [State::Replaced { last_day }, State::Valid, State::NotYet { from: date(2027, 4, 1) }]);
}
