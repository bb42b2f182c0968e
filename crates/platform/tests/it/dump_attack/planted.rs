//! The attack is worth as much as what it would find: each kind of leak, planted between two parties that otherwise have
//! nothing in common, is found.

use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};

use super::attack::{Cell, Clues, Score, Table, Taken, Truth, attack};

const PERSONS: u32 = 200;

/// What one party holds about one person: a link, and an event under the same name.
#[derive(Clone)]
struct Held {
    person: u32,
    name: [u8; 32],
    key: Vec<u8>,
    linked_at: i64,
    number: i64,
    /// How many events, and when the first of them was.
    events: (usize, i64),
}

/// Two parties that know the same persons, each in its own order and with its own names.
struct Parties {
    one: Vec<Held>,
    other: Vec<Held>,
    chance: StdRng,
}

const NOON: i64 = 1_795_316_400_000_000;
const DAY: i64 = 86_400_000_000;

impl Parties {
    fn new() -> Self {
        let mut chance = StdRng::seed_from_u64(4);
        let mut party = || {
            let held = |person| Held {
                person,
                name: chance.r#gen(),
                key: vec![0; 48].into_iter().map(|_: u8| chance.r#gen()).collect(),
                linked_at: NOON,
                number: 1,
                events: (1 + person as usize % 3, NOON + chance.gen_range(0..DAY)),
            };
            (0..PERSONS).map(held).collect::<Vec<_>>()
        };
        let (mut one, mut other) = (party(), party());
        // How often a person was asked about at one party says nothing of how often at another.
        for held in [&mut one, &mut other] {
            held.shuffle(&mut chance);
            for (place, held) in held.iter_mut().enumerate() {
                held.events.0 = 1 + place % 3;
            }
            held.shuffle(&mut chance);
        }
        Self { one, other, chance }
    }

    fn clues(party: &'static str, held: &[Held]) -> Clues {
        let bytes = |value: &[u8]| Cell::Bytes(value.to_vec());
        let link = |held: &Held| {
            vec![bytes(&held.name), bytes(&held.key), Cell::Number(held.linked_at), Cell::Number(held.number)]
        };
        let events = held.iter().flat_map(|held| {
            (0..held.events.0)
                .map(|event| vec![bytes(&held.name), Cell::Number(held.events.1 + event as i64 * 77_000_000)])
        });
        let mut events: Vec<_> = events.collect();
        events.sort_by_key(|event| if let Cell::Bytes(name) = &event[0] { name.clone() } else { Vec::new() });
        let columns = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let tables = vec![
            Table {
                name: "link".to_owned(),
                columns: columns(&["pseudonym", "key", "linked_at", "number"]),
                rows: held.iter().map(link).collect(),
            },
            Table { name: "event".to_owned(), columns: columns(&["pseudonym", "at"]), rows: events },
        ];
        let truth: Truth = held.iter().map(|held| (held.name.to_vec(), held.person)).collect();
        Clues::of(&Taken { party, tables }, &truth)
    }

    fn attacked(&self) -> Vec<Score> {
        let scores = attack(&Self::clues("one", &self.one), &Self::clues("other", &self.other));
        assert!(scores.iter().all(|score| score.persons == PERSONS as usize));
        scores
    }

    /// Each person at both parties.
    fn both(&mut self, mut plant: impl FnMut(&mut Held, &mut Held, &mut StdRng)) {
        for one in &mut self.one {
            let other = self.other.iter_mut().find(|other| other.person == one.person).unwrap();
            plant(one, other, &mut self.chance);
        }
    }
}

fn found(scores: &[Score], clue: &str) -> bool {
    scores.iter().any(|score| score.joins() && score.clue.contains(clue))
}

#[test]
fn parties_with_nothing_in_common_are_not_joined() {
    let scores = Parties::new().attacked();
    assert!(scores.len() > 10, "{}", scores.len());
    let joined: Vec<_> = scores.iter().filter(|score| score.joins()).collect();
    assert!(joined.is_empty(), "{joined:#?}");
}

#[test]
fn an_identifier_that_both_have_is_found() {
    let mut parties = Parties::new();
    parties.both(|one, other, _| other.key.clone_from(&one.key));
    assert!(found(&parties.attacked(), "equal bytes"));
}

#[test]
fn a_part_of_an_identifier_inside_another_value_is_found() {
    let mut parties = Parties::new();
    parties.both(|one, other, _| other.key[20..28].copy_from_slice(&one.name[3..11]));
    assert!(found(&parties.attacked(), "equal bytes"));
}

#[test]
fn an_identifier_that_few_persons_share_between_parties_is_found() {
    let mut parties = Parties::new();
    parties.both(|one, other, _| {
        if one.person % 10 == 0 {
            other.key.clone_from(&one.key);
        }
    });
    assert!(found(&parties.attacked(), "equal bytes"));
}

#[test]
fn one_moment_of_a_person_at_both_is_found() {
    let mut parties = Parties::new();
    parties.both(|one, other, chance| other.events.1 = one.events.1 + chance.gen_range(-900_000..900_000));
    let scores = parties.attacked();
    assert!(found(&scores, "equal moments") && found(&scores, "Moment of event.at and event.at"));
}

#[test]
fn a_moment_that_comes_hours_later_for_everybody_is_found() {
    let mut parties = Parties::new();
    parties.both(|one, other, _| other.events.1 = one.events.1 + 3 * 3_600_000_000);
    assert!(found(&parties.attacked(), "Order of event.at and event.at"));
}

#[test]
fn one_order_of_rows_at_both_is_found() {
    let mut parties = Parties::new();
    parties.one.sort_by_key(|held| held.person);
    parties.other.sort_by_key(|held| held.person);
    assert!(found(&parties.attacked(), "Order of link as it lies and link as it lies"));
    parties.other.reverse();
    assert!(found(&parties.attacked(), "Order of link as it lies and link as it lies"), "backwards");
}

#[test]
fn rows_that_lie_in_the_order_of_the_others_moments_are_found() {
    let mut parties = Parties::new();
    parties.one.sort_by_key(|held| held.person);
    parties.both(|one, other, _| other.linked_at = NOON + i64::from(one.person) * 60_000_000);
    assert!(found(&parties.attacked(), "Order of link as it lies and link.linked_at"));
}

#[test]
fn a_moment_inside_an_identifier_is_found() {
    let mut parties = Parties::new();
    parties.both(|one, other, chance| {
        let moment: i64 = NOON + i64::from(one.person) * 60_000_000;
        other.events.1 = moment;
        let mut id: [u8; 16] = chance.r#gen();
        id[..6].copy_from_slice(&(moment / 1_000).to_be_bytes()[2..]);
        (id[6], id[8]) = (id[6] & 0x0F | 0x70, id[8] & 0x3F | 0x80);
        one.key = id.to_vec();
    });
    assert!(found(&parties.attacked(), "Moment of link.key and event.at"));
}

#[test]
fn a_size_that_a_person_brings_along_is_found() {
    let mut parties = Parties::new();
    parties.both(|one, other, chance| {
        for held in [one, other] {
            // As long as a name is.
            let length = 60 + held.person as usize % 7;
            held.key = vec![0; length].into_iter().map(|_: u8| chance.r#gen()).collect();
        }
    });
    assert!(found(&parties.attacked(), "Size of link.key and link.key"));
}

#[test]
fn a_count_that_a_person_brings_along_is_found() {
    let mut parties = Parties::new();
    parties.both(|one, other, _| other.events.0 = one.events.0);
    assert!(found(&parties.attacked(), "Count of event and event"));
    let mut parties = Parties::new();
    parties.both(|one, other, _| {
        one.number = i64::from(one.person % 9);
        other.number = one.number;
    });
    assert!(found(&parties.attacked(), "Count of link.number and link.number"));
}
