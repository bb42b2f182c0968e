use jiff::{
    ToSpan,
    civil::{Date, date},
};
use proptest::prelude::*;

use super::*;
use crate::{Copayment, Person, Relationship, eligibility};

const CITY: &str = "370015";
const SOCIETY: &str = "06379994";
const ASSOCIATION: &str = "01370014";
const LATE: &str = "39372016";
/// After everything here but the 75th birthday of whom [`period`] is about.
const FAR: Date = date(2040, 1, 1);

fn number(insurer: &str) -> InsurerNumber {
    InsurerNumber::parse(insurer).unwrap()
}

fn period(insurer: &str, from: Date, lost_on: Option<Date>) -> Coverage {
    Coverage {
        insurer: number(insurer),
        insurer_name: None,
        symbol: None,
        number: "1".into(),
        branch: None,
        relationship: Relationship::Insured,
        insured_name: None,
        copayment: Copayment::Three,
        valid_from: from,
        lost_on,
        loss_reason: None,
        valid_until: None,
        issued_on: None,
        person: Person {
            name: "架空 一郎".into(),
            kana: "カクウ イチロウ".into(),
            birth: date(1970, 4, 2),
            sex: Sex::Male,
            address: None,
        },
    }
}

fn born(birth: Date, coverage: Coverage) -> Coverage {
    Coverage { person: Person { birth, ..coverage.person.clone() }, ..coverage }
}

fn found(coverages: &[Coverage]) -> Continuity {
    of(coverages, FAR).unwrap()
}

#[test]
fn who_takes_a_job_and_does_not_tell_the_city_is_insured_twice() {
    let records = [period(CITY, date(2020, 4, 1), None), period(SOCIETY, date(2026, 10, 1), None)];
    let (earlier, later) = (number(CITY), number(SOCIETY));
    let overlap = Overlap { from: date(2026, 10, 1), last: None, earlier, later, remedy: Remedy::LeaveNational };
    assert_eq!(found(&records), Continuity { overlaps: vec![overlap], ..Continuity::default() });
    let told = [period(CITY, date(2020, 4, 1), Some(date(2026, 10, 6))), records[1].clone()];
    assert_eq!(found(&told).overlaps[0].last, Some(date(2026, 10, 5)), "until the day of the loss");
}

#[test]
fn a_hand_over_on_one_day_is_neither_gap_nor_overlap() {
    let day = date(2026, 10, 1);
    for (old, new) in [(CITY, SOCIETY), (SOCIETY, CITY), (SOCIETY, ASSOCIATION), (CITY, LATE)] {
        let records = [period(old, date(2020, 4, 1), Some(day)), period(new, day, None)];
        assert_eq!(found(&records), Continuity::default(), "{old} to {new}");
    }
}

#[test]
fn two_weeks_between_two_jobs_are_a_gap() {
    let records =
        [period(SOCIETY, date(2020, 4, 1), Some(date(2026, 10, 1))), period(ASSOCIATION, date(2026, 10, 15), None)];
    let gap = Gap {
        from: date(2026, 10, 1),
        last: date(2026, 10, 14),
        after: number(SOCIETY),
        ending: Ending::Lost(None),
        before: number(ASSOCIATION),
    };
    assert_eq!(found(&records), Continuity { gaps: vec![gap], ..Continuity::default() });
    assert_eq!(of(&records, date(2026, 9, 30)), Ok(Continuity::default()), "not before it begins");
    assert_eq!(of(&records, date(2026, 10, 1)).unwrap().gaps, [gap], "and whole as soon as it does");
    let filled = [records[0].clone(), records[1].clone(), period(CITY, date(2026, 10, 1), Some(date(2026, 10, 15)))];
    assert_eq!(found(&filled), Continuity::default(), "the city insured them in between");
}

#[test]
fn the_end_of_a_voluntary_continuation_is_seen_coming() {
    let continued = period(SOCIETY, date(2024, 12, 1), Some(date(2026, 12, 1)));
    let end =
        End { from: date(2026, 12, 1), after: number(SOCIETY), ending: Ending::Lost(None), need: Need::JoinOrContinue };
    assert_eq!(found(std::slice::from_ref(&continued)).end, Some(end));
    assert_eq!(of(std::slice::from_ref(&continued), date(2026, 11, 30)).unwrap().end, None);
    assert_eq!(found(&[continued, period(CITY, date(2026, 12, 1), None)]).end, None, "the city follows");
}

#[test]
fn the_late_elderly_scheme_takes_over_on_the_75th_birthday() {
    let birthday = date(2026, 12, 24);
    let old = |lost_on| born(date(1951, 12, 24), period(CITY, date(2000, 4, 1), lost_on));
    let new = born(date(1951, 12, 24), period(LATE, birthday, None));
    assert_eq!(found(&[old(Some(birthday)), new.clone()]), Continuity::default(), "handed over");
    let end = found(&[old(Some(birthday))]).end.unwrap();
    assert_eq!((end.from, end.need), (birthday, Need::LateElderly), "by law, though no record says so yet");
    let open = found(&[old(None)]);
    assert_eq!((open.late_elderly_from, open.end), (Some(birthday), None));
    assert_eq!(of(&[old(None)], date(2026, 12, 23)).unwrap().late_elderly_from, None, "not yet");
    let both = found(&[old(None), new]);
    assert_eq!((both.late_elderly_from, both.overlaps[0].remedy), (None, Remedy::ByLaw));
}

#[test]
fn an_age_is_reached_on_the_day_that_the_law_says() {
    assert_eq!(late_elderly_from(date(1951, 12, 24)), Some(date(2026, 12, 24)));
    assert_eq!(late_elderly_from(date(1952, 2, 29)), Some(date(2027, 3, 1)), "there is no 29 February");
    assert_eq!(late_elderly_from(date(9990, 1, 1)), None);
}

#[test]
fn an_overlap_names_what_usually_puts_it_right() {
    let early = date(2020, 4, 1);
    let late = date(2026, 4, 1);
    for (one, other, remedy) in [
        ((CITY, early), (SOCIETY, late), Remedy::LeaveNational),
        ((CITY, early), ("370023", late), Remedy::LeaveNational),
        ((SOCIETY, early), (CITY, late), Remedy::ReportLoss),
        ((SOCIETY, early), (ASSOCIATION, late), Remedy::ReportLoss),
        ((SOCIETY, early), (LATE, late), Remedy::ByLaw),
        ((CITY, late), (LATE, late), Remedy::ByLaw),
        ((LATE, early), (SOCIETY, late), Remedy::AskBoth),
        ((CITY, late), (SOCIETY, late), Remedy::AskBoth),
    ] {
        let records = [period(one.0, one.1, None), period(other.0, other.1, None)];
        let overlaps = found(&records).overlaps;
        assert_eq!((overlaps.len(), overlaps[0].remedy), (1, remedy), "{one:?} {other:?}");
        assert_eq!((overlaps[0].earlier, overlaps[0].later), (number(one.0), number(other.0)));
    }
}

#[test]
fn an_end_names_what_the_person_needs() {
    let lost = |insurer, reason| Coverage {
        loss_reason: reason,
        ..period(insurer, date(2020, 4, 1), Some(date(2026, 10, 1)))
    };
    let expired =
        |insurer| Coverage { valid_until: Some(date(2026, 7, 31)), ..period(insurer, date(2020, 4, 1), None) };
    for (record, ending, need) in [
        (lost(CITY, None), Ending::Lost(None), Need::Join),
        (lost(SOCIETY, Some(LossReason::Other)), Ending::Lost(Some(LossReason::Other)), Need::JoinOrContinue),
        (lost(LATE, None), Ending::Lost(None), Need::Renewal),
        (lost(CITY, Some(LossReason::Death)), Ending::Lost(Some(LossReason::Death)), Need::Nothing),
        (
            lost(CITY, Some(LossReason::PublicAssistance)),
            Ending::Lost(Some(LossReason::PublicAssistance)),
            Need::Nothing,
        ),
        (
            lost(SOCIETY, Some(LossReason::OtherInsurance)),
            Ending::Lost(Some(LossReason::OtherInsurance)),
            Need::LinkNew,
        ),
        (expired(CITY), Ending::Expired, Need::Renewal),
        (Coverage { valid_until: Some(date(2027, 7, 31)), ..lost(CITY, None) }, Ending::Lost(None), Need::Join),
        (Coverage { lost_on: Some(date(2027, 1, 1)), ..expired(CITY) }, Ending::Expired, Need::Renewal),
    ] {
        let end = found(&[record]).end.unwrap();
        assert_eq!((end.ending, end.need), (ending, need));
    }
}

#[test]
fn a_gap_that_the_record_explains_says_so() {
    for (reason, explained) in [
        (None, false),
        (Some(LossReason::Other), false),
        (Some(LossReason::OtherInsurance), false),
        (Some(LossReason::PublicAssistance), true),
    ] {
        let old = Coverage { loss_reason: reason, ..period(CITY, date(2020, 4, 1), Some(date(2026, 1, 1))) };
        let gaps = found(&[old, period(SOCIETY, date(2026, 4, 1), None)]).gaps;
        assert_eq!((gaps.len(), gaps[0].explained()), (1, explained), "{reason:?}");
    }
}

#[test]
fn records_of_two_persons_are_never_joined() {
    let mine = period(CITY, date(2020, 4, 1), None);
    let other = period(SOCIETY, date(2026, 4, 1), None);
    assert_eq!(of(&[mine.clone(), born(date(1970, 4, 3), other.clone())], FAR), Err(SeveralPersons));
    let sex = |sex| Coverage { person: Person { sex, ..other.person.clone() }, ..other.clone() };
    assert_eq!(of(&[mine.clone(), sex(Sex::Unspecified), sex(Sex::Female)], FAR), Err(SeveralPersons));
    assert!(of(&[mine, sex(Sex::Unspecified)], FAR).is_ok(), "not every file has the sex");
}

#[test]
fn no_record_and_a_record_without_a_day_say_nothing() {
    assert_eq!(of(&[], FAR), Ok(Continuity::default()));
    let never = period(CITY, date(2026, 4, 1), Some(date(2026, 4, 1)));
    assert_eq!(found(std::slice::from_ref(&never)), Continuity::default());
    let beyond = Coverage { lost_on: None, valid_until: Some(Date::MAX), ..never };
    assert_eq!(found(&[beyond]), Continuity::default());
}

/// The days that the records below are about.
const DAYS: i32 = 60;

fn day(number: i32) -> Date {
    date(2026, 1, 1).checked_add(number.days()).unwrap()
}

prop_compose! {
    fn record()(
        insurer in prop::sample::select(vec![CITY, "370023", SOCIETY, ASSOCIATION, LATE]),
        from in 0..DAYS,
        lost in prop::option::of(0..DAYS),
        until in prop::option::of(0..DAYS),
        reason in prop::sample::select(vec![None, Some(LossReason::Other), Some(LossReason::OtherInsurance)]),
    ) -> Coverage {
        Coverage { valid_until: until.map(day), loss_reason: reason, ..period(insurer, day(from), lost.map(day)) }
    }
}

proptest! {
    /// Intersection: a pair of insurers is an overlap on exactly the days that both claim, and a day is claimed twice
    /// exactly where the reception is told so.
    #[test]
    fn an_overlap_is_every_day_that_two_insurers_claim(records in prop::collection::vec(record(), 0..8)) {
        let overlaps = found(&records).overlaps;
        for number in -1..=DAYS {
            let date = day(number);
            let mut claim: Vec<_> =
                records.iter().filter(|record| record.covers(date)).map(|record| record.insurer).collect();
            claim.sort();
            claim.dedup();
            let both = |overlap: &&Overlap| overlap.from <= date && overlap.last.is_none_or(|last| date <= last);
            let pairs = overlaps.iter().filter(both).count();
            prop_assert_eq!(pairs, claim.len() * claim.len().saturating_sub(1) / 2);
            let several = eligibility::on(&records, date).state == eligibility::State::Several;
            prop_assert_eq!(several, pairs > 0);
            for overlap in overlaps.iter().filter(both) {
                prop_assert!(claim.contains(&overlap.earlier) && claim.contains(&overlap.later));
            }
        }
    }

    /// Union: from the first day on, a day is claimed, or in exactly one gap, or after the end.
    #[test]
    fn a_day_is_claimed_or_in_one_gap_or_after_the_end(records in prop::collection::vec(record(), 0..8)) {
        let continuity = found(&records);
        let covered = |date| records.iter().any(|record| record.covers(date));
        let first = (0..DAYS).find(|number| covered(day(*number)));
        for number in first.unwrap_or(DAYS + 1)..=DAYS {
            let date = day(number);
            let gaps = continuity.gaps.iter().filter(|gap| gap.from <= date && date <= gap.last).count();
            let after = usize::from(continuity.end.is_some_and(|end| end.from <= date));
            prop_assert_eq!(gaps + after, usize::from(!covered(date)));
        }
        for gap in &continuity.gaps {
            let touches = |insurer, date| records.iter().any(|record| record.insurer == insurer && record.covers(date));
            prop_assert!(touches(gap.after, gap.from.yesterday().unwrap()));
            prop_assert!(touches(gap.before, gap.last.tomorrow().unwrap()));
        }
        prop_assert!(first.is_some() || continuity == Continuity::default());
    }

    /// What was built into a life is found, all of it, and nothing else: between one stay and the next there are free days, none, or
    /// days that both claim.
    #[test]
    fn every_gap_and_overlap_that_was_built_in_is_found_and_none_is_invented(
        stays in prop::collection::vec((41_i32..400, -20_i32..20), 1..12),
        turn in 0_usize..4,
    ) {
        let insurers = [CITY, SOCIETY, "370023", ASSOCIATION];
        let (mut records, mut gaps, mut overlaps) = (Vec::new(), Vec::new(), Vec::new());
        let mut from = 0;
        for (place, (length, between)) in stays.iter().enumerate() {
            let end = from + length;
            let lost = (place + 1 < stays.len()).then(|| day(end));
            records.push(period(insurers[(place + turn) % insurers.len()], day(from), lost));
            let built = if *between > 0 { &mut gaps } else { &mut overlaps };
            if lost.is_some() && *between != 0 {
                built.push((day(end.min(end + between)), day(end.max(end + between) - 1)));
            }
            from = end + between;
        }
        records.rotate_left(turn % stays.len());
        let found = found(&records);
        prop_assert_eq!(found.gaps.iter().map(|gap| (gap.from, gap.last)).collect::<Vec<_>>(), gaps);
        let both: Vec<_> = found.overlaps.iter().map(|overlap| (overlap.from, overlap.last.unwrap())).collect();
        prop_assert_eq!(both, overlaps);
        prop_assert!(found.end.is_none(), "the last stay has no end");
    }

    /// The order of the answers and a record that comes twice change nothing, and a nearer date only leaves out.
    #[test]
    fn what_is_found_depends_on_the_days_alone(
        records in prop::collection::vec(record(), 1..8),
        turn in 0_usize..8,
        until in 0..DAYS,
    ) {
        let all = found(&records);
        let mut turned = records.clone();
        turned.rotate_left(turn % records.len());
        turned.push(records[0].clone());
        prop_assert_eq!(&found(&turned), &all);
        let near = of(&records, day(until)).unwrap();
        let known = |overlap: &&Overlap| overlap.from <= day(until);
        prop_assert!(near.overlaps.iter().eq(all.overlaps.iter().filter(known)));
        prop_assert!(near.gaps.iter().eq(all.gaps.iter().filter(|gap| gap.from <= day(until))));
        prop_assert_eq!(near.end, all.end.filter(|end| end.from <= day(until)));
    }
}
