//! The adversary of `region` against the rule: a million pairs, and no wrong link.
//!
//! `MATCH_PAIRS` and `MATCH_SEED` ask for a longer run or for other people.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write;

use person::{Decision, Record, Verdict, compare, decide};
use region::{Case, Insured, Truth, Twist, lookalikes};

/// Of those whose data say the same but for the writing, with nobody else near: the least share linked without a clerk.
const LINKED_MIN_PER_MILLE: u64 = 990;

#[test]
fn no_adversary_gets_a_wrong_link_and_nearly_everyone_a_right_one() {
    let wanted = number("MATCH_PAIRS", 1_000_000);
    let mut tally: BTreeMap<Twist, Tally> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut pairs = 0;
    for case in lookalikes(number("MATCH_SEED", 20_261_122)).unwrap() {
        pairs += case.ledger.len() as u64;
        wrong.extend(tally.entry(case.twist).or_default().count(&case));
        if pairs >= wanted {
            break;
        }
    }
    println!("{}", table(pairs, &tally));
    assert!(wrong.is_empty(), "{} wrong links: {wrong:#?}", wrong.len());
    let plain = &tally[&Twist::Writing];
    assert!(plain.linked_same * 1000 >= plain.same * LINKED_MIN_PER_MILLE, "see the table");
}

/// Stronger than what `decide` promises: not even one pair by itself, whoever else is in the ledger, matches wrongly.
#[test]
fn no_two_people_match_even_without_looking_around() {
    for case in lookalikes(4).unwrap().take(20_000) {
        let right = match case.truth {
            Truth::Same(place) | Truth::Changed(place) => Some(place),
            Truth::Absent => None,
        };
        for (place, known) in case.ledger.iter().enumerate().filter(|(place, _)| Some(*place) != right) {
            let comparison = compare(&record(&case.asked), &record(known));
            assert_ne!(comparison.verdict, Verdict::Match, "{:?} {place} {}", case.twist, said(&case));
        }
    }
}

#[test]
fn who_is_left_out_of_the_ledger_was_not_near() {
    for case in lookalikes(5).unwrap().take(5_000) {
        for known in &case.ledger {
            let number = known.enrolment.number == case.asked.enrolment.number;
            let birth = known.person.birth == case.asked.person.birth;
            let verdict = compare(&record(&case.asked), &record(known)).verdict;
            assert!(number || birth || verdict == Verdict::NoMatch, "{:?}", case.twist);
        }
    }
}

#[derive(Default)]
struct Tally {
    cases: u64,
    linked: u64,
    clerk: u64,
    /// Cases in which the record of the right person says the same.
    same: u64,
    linked_same: u64,
    /// Cases in which the right person is in the ledger at all.
    present: u64,
}

impl Tally {
    /// Counts a case; what was said in it, if it was linked to another person.
    fn count(&mut self, case: &Case) -> Option<String> {
        let ledger: Vec<Record<'_>> = case.ledger.iter().map(record).collect();
        self.cases += 1;
        self.present += u64::from(case.truth != Truth::Absent);
        self.same += u64::from(matches!(case.truth, Truth::Same(_)));
        match decide(&record(&case.asked), &ledger) {
            Decision::Link(found) => {
                self.linked += 1;
                self.linked_same += u64::from(case.truth == Truth::Same(found.place));
                let right = [Truth::Same(found.place), Truth::Changed(found.place)].contains(&case.truth);
                return (!right).then(|| format!("{:?} to {}: {}", case.twist, found.place, said(case)));
            }
            Decision::Clerk(_) => self.clerk += 1,
            Decision::Nobody => {}
        }
        None
    }
}

fn table(pairs: u64, tally: &BTreeMap<Twist, Tally>) -> String {
    let mut table = format!("{pairs} pairs\n");
    for (twist, of) in tally {
        let nobody = of.cases - of.linked - of.clerk;
        let share = if of.same == 0 { 0.0 } else { of.linked_same as f64 * 100.0 / of.same as f64 };
        let _ = writeln!(
            table,
            "{twist:?}: {} asked, {} linked, {} to a clerk, {nobody} nobody; of {} written otherwise {share:.2} % linked",
            of.cases, of.linked, of.clerk, of.same,
        );
    }
    let sum = |of: fn(&Tally) -> u64| tally.values().map(of).sum::<u64>();
    let share = sum(|of| of.linked) as f64 * 100.0 / sum(|of| of.present).max(1) as f64;
    let _ = writeln!(table, "of all who were in the ledger, after all that was done to them: {share:.2} % linked");
    table
}

fn record(insured: &Insured) -> Record<'_> {
    Record::of(&insured.enrolment, &insured.person)
}

/// Nobody in it is real.
fn said(case: &Case) -> String {
    let one = |insured: &Insured| {
        let (numbers, person) = (&insured.enrolment, &insured.person);
        format!(
            "[{}-{}-{} {} {} {} {:?} {:?}]",
            numbers.symbol,
            numbers.number,
            numbers.branch,
            person.name,
            person.kana,
            person.birth,
            person.sex,
            person.address
        )
    };
    case.ledger.iter().fold(one(&case.asked) + " ?", |said, known| said + " " + &one(known))
}

fn number(name: &str, otherwise: u64) -> u64 {
    env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}
