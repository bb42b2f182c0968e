use std::collections::HashMap;

use super::*;

#[test]
fn equal_seeds_make_equal_cases() {
    let some = |seed| lookalikes(seed).unwrap().take(200).collect::<Vec<_>>();
    assert!(some(1) == some(1));
    assert!(some(1) != some(2));
}

#[test]
fn every_twist_comes_and_the_truth_is_in_the_ledger() {
    let mut counts: HashMap<Twist, (u32, u32)> = HashMap::new();
    for case in lookalikes(7).unwrap().take(3000) {
        let count = counts.entry(case.twist).or_default();
        count.0 += 1;
        match case.truth {
            Truth::Same(place) | Truth::Changed(place) => assert!(place < case.ledger.len()),
            Truth::Absent => count.1 += 1,
        }
        if let Truth::Same(place) = case.truth {
            let (asked, known) = (&case.asked.person, &case.ledger[place].person);
            assert_eq!((asked.birth, asked.sex), (known.birth, known.sex));
            assert_eq!(case.asked.enrolment.number, case.ledger[place].enrolment.number);
        }
    }
    for twist in Twist::ALL {
        let (all, absent) = counts[&twist];
        assert!(all == 200 && absent < 150, "{twist:?} {all} {absent}");
    }
}

#[test]
fn nobody_in_a_ledger_says_the_same_as_another() {
    for case in lookalikes(3).unwrap().take(3000) {
        let Case { ledger, twist, .. } = &case;
        for (place, one) in ledger.iter().enumerate() {
            for other in &ledger[place + 1..] {
                assert!(one != other, "{twist:?}");
            }
        }
    }
}

#[test]
fn one_person_is_written_in_many_ways() {
    let mut names = std::collections::HashSet::new();
    let mut addresses = std::collections::HashSet::new();
    for case in lookalikes(5).unwrap().take(3000) {
        names.insert(case.asked.person.name);
        addresses.extend(case.asked.person.address);
    }
    for sign in ["﨑", "髙", "\u{e0100}", " ", "　"] {
        assert!(names.iter().any(|name| name.contains(sign)), "{sign}");
    }
    for sign in ["香川県", "－", "番地の", "１", "-", "サンハイツ"] {
        assert!(addresses.iter().any(|address| address.contains(sign)), "{sign}");
    }
}
