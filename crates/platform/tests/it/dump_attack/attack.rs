//! The attack itself, on bytes alone. To find a person of one party at another, a thief needs something of the person that
//! both hold: a value, a moment, a place in a table, a size, a count. Every such clue of the one is tried on every clue of
//! the other, and what it finds is counted beside what blind guessing would find.

use std::collections::{BTreeMap, HashMap, HashSet};

/// What stands in one column of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    Nothing,
    Number(i64),
    /// Bytes, or a text.
    Bytes(Vec<u8>),
}

/// A table, its rows in the order in which they lie on the disk.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Cell>>,
}

/// Everything that was taken from one party.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) party: &'static str,
    pub(crate) tables: Vec<Table>,
}

/// Columns by which a party itself says that two of its rows are about the same person.
const NAMES: [&str; 5] = ["resident_id", "card_id", "subject", "member_id", "pseudonym"];

/// Whose name at a party this is. The thief does not know it; it is for whoever judges the thief.
pub(crate) type Truth = HashMap<Vec<u8>, u32>;

/// What came of one clue.
#[derive(Clone, Debug)]
pub(crate) struct Score {
    /// Which clue of the one party on which of the other.
    pub(crate) clue: String,
    /// How many persons it was tried on.
    pub(crate) persons: usize,
    /// How many of them it found; a person among `n` equally likely ones counts as one `n`th.
    pub(crate) found: f64,
    /// How many of them a guess would have found.
    pub(crate) guessed: f64,
    /// Where on the list of the likeliest the true person stood, on average: 0 is its top, 1 its end, a guess is in the middle.
    pub(crate) place: f64,
}

/// Fewer persons than this say nothing.
const PERSONS_MIN: usize = 20;

/// So many more than a guess finds are no luck: a guess finds one, and twelve more than one in a thousand million tries.
const LUCK: f64 = 12.0;

/// So many standard deviations from the middle are no luck, in some thousand tries.
const DEVIATIONS: f64 = 6.5;

impl Score {
    /// Whether the clue joins the two parties better than chance does.
    pub(crate) fn joins(&self) -> bool {
        // Of a place that is anywhere between 0 and 1.
        let deviation = (1.0 / 12.0 / self.persons as f64).sqrt();
        self.found > self.guessed + LUCK || (self.place - 0.5).abs() > DEVIATIONS * deviation
    }
}

/// Tries every clue of the one party on every clue of the other.
pub(crate) fn attack(one: &Clues, other: &Clues) -> Vec<Score> {
    let parties = format!("{} on {}", one.party, other.party);
    let mut scores = Vec::new();
    scores.extend(by_evidence(&format!("{parties}: equal bytes"), one, other, &equal_bytes(one, other)));
    scores.extend(by_evidence(&format!("{parties}: equal moments"), one, other, &near_moments(one, other)));
    for ((kind, name), numbers) in &one.numbers {
        for ((_, other_name), others) in other.numbers.iter().filter(|((other, _), _)| other == kind) {
            let clue = format!("{parties}: {kind:?} of {name} and {other_name}");
            scores.extend(by_distance(clue, &one.persons, numbers, &other.persons, others));
        }
    }
    scores
}

/// What a number says of a person. Only numbers of one kind are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// When something happened, in microseconds.
    Moment,
    /// Before and after whom: by a moment or by a place in a table. Only the order counts.
    Order,
    /// How many bytes. Only the order counts.
    Size,
    /// How many rows, or a small number in one. Only the order counts.
    Count,
}

/// The persons of one party, with whatever about them may be found elsewhere.
pub(crate) struct Clues {
    party: &'static str,
    /// Who each profile is of.
    persons: Vec<u32>,
    bytes: Vec<Vec<Vec<u8>>>,
    moments: Vec<Vec<i64>>,
    numbers: BTreeMap<(Kind, String), Vec<(usize, f64)>>,
}

/// Bytes in a row that are compared.
const WINDOW: usize = 6;

/// What more persons of one party have in common is nobody's own.
const OWN_MAX: usize = 3;

/// Two moments this close, in microseconds, may be one.
const NEAR: i64 = 1_000_000;

/// Moments between 2017 and 2049, in microseconds.
const MOMENTS: std::ops::Range<i64> = 1_500_000_000_000_000..2_500_000_000_000_000;

impl Clues {
    /// Puts together what belongs to one person, of the persons whom `truth` knows.
    pub(crate) fn of(taken: &Taken, truth: &Truth) -> Self {
        let mut clues = Self {
            party: taken.party,
            persons: Vec::new(),
            bytes: Vec::new(),
            moments: Vec::new(),
            numbers: BTreeMap::new(),
        };
        for (person, rows) in profiles(taken, truth) {
            let place = clues.persons.len();
            clues.persons.push(person);
            clues.bytes.push(Vec::new());
            clues.moments.push(Vec::new());
            clues.read(taken, place, &rows);
        }
        // Of these only the order counts.
        for ((kind, _), numbers) in &mut clues.numbers {
            if *kind != Kind::Moment {
                ranked(numbers);
            }
        }
        clues
    }

    /// How many of these persons are at the other party, too.
    pub(crate) fn shared(&self, other: &Self) -> usize {
        self.persons.iter().filter(|person| other.persons.contains(person)).count()
    }

    fn read(&mut self, taken: &Taken, place: usize, rows: &[Place]) {
        let mut found: BTreeMap<(Kind, String), f64> = BTreeMap::new();
        let mut first = |kind, name: String, number: f64| {
            let least = found.entry((kind, name)).or_insert(number);
            *least = least.min(number);
        };
        let mut sums: BTreeMap<(Kind, String), f64> = BTreeMap::new();
        let mut add = |kind, name: String, number: f64| *sums.entry((kind, name)).or_default() += number;
        for (table, row) in rows {
            let table = &taken.tables[*table];
            first(Kind::Order, format!("{} as it lies", table.name), *row as f64);
            add(Kind::Count, table.name.clone(), 1.0);
            for (column, cell) in table.columns.iter().zip(&table.rows[*row]) {
                let name = format!("{}.{column}", table.name);
                let moment = match cell {
                    Cell::Nothing => None,
                    Cell::Number(number) if MOMENTS.contains(number) => Some(*number),
                    Cell::Number(number) => {
                        add(Kind::Count, name.clone(), *number as f64);
                        None
                    }
                    Cell::Bytes(bytes) => {
                        add(Kind::Size, name.clone(), bytes.len() as f64);
                        add(Kind::Size, "everything".to_owned(), bytes.len() as f64);
                        self.bytes[place].push(bytes.clone());
                        moment_within(bytes)
                    }
                };
                if let Some(moment) = moment {
                    self.moments[place].push(moment);
                    first(Kind::Moment, name.clone(), moment as f64);
                    first(Kind::Order, name, moment as f64);
                }
            }
        }
        for (key, number) in found.into_iter().chain(sums) {
            self.numbers.entry(key).or_default().push((place, number));
        }
    }
}

/// The moment that an identifier of version 7 (RFC 9562) begins with.
fn moment_within(bytes: &[u8]) -> Option<i64> {
    let id: &[u8; 16] = bytes.try_into().ok()?;
    let millis = id[..6].iter().fold(0_i64, |millis, byte| (millis << 8) | i64::from(*byte));
    let moment = millis * 1_000;
    (id[6] >> 4 == 7 && id[8] >> 6 == 2 && MOMENTS.contains(&moment)).then_some(moment)
}

/// A row: its table's place, and its own in the table.
type Place = (usize, usize);

/// The rows of each person: those that a name joins, and those that another name in them joins, and so on.
fn profiles(taken: &Taken, truth: &Truth) -> Vec<(u32, Vec<Place>)> {
    let mut group_of: HashMap<&[u8], usize> = HashMap::new();
    let (mut group_names, mut group_rows): (Vec<Vec<&[u8]>>, Vec<Vec<Place>>) = Default::default();
    for (at, table) in taken.tables.iter().enumerate() {
        let named = |column: &&String| NAMES.contains(&column.as_str());
        for (row, cells) in table.rows.iter().enumerate() {
            let cells = table.columns.iter().zip(cells).filter(|(column, _)| named(column));
            let names: Vec<&[u8]> = cells
                .filter_map(|(_, cell)| if let Cell::Bytes(name) = cell { Some(&name[..]) } else { None })
                .collect();
            if names.is_empty() {
                continue;
            }
            let joined: HashSet<usize> = names.iter().filter_map(|name| group_of.get(name).copied()).collect();
            let (mut names, mut rows) = (names, vec![(at, row)]);
            for group in joined {
                names.append(&mut group_names[group]);
                rows.append(&mut group_rows[group]);
            }
            group_of.extend(names.iter().map(|name| (*name, group_names.len())));
            group_names.push(names);
            group_rows.push(rows);
        }
    }
    let of = |(names, mut rows): (Vec<&[u8]>, Vec<Place>)| {
        let person = names.iter().find_map(|name| truth.get(*name))?;
        rows.sort_unstable();
        Some((*person, rows))
    };
    group_names.into_iter().zip(group_rows).filter_map(of).collect()
}

/// Puts each number's place in the order of all in its stead, between 0 and 1. Equal ones share their places.
fn ranked(numbers: &mut [(usize, f64)]) {
    let mut sorted: Vec<f64> = numbers.iter().map(|(_, number)| *number).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    for (_, number) in numbers.iter_mut() {
        let (low, high) = (sorted.partition_point(|one| one < number), sorted.partition_point(|one| one <= number));
        *number = (low + high) as f64 / 2.0 / sorted.len() as f64;
    }
}

/// Whoever has the nearest number is the likeliest.
fn by_distance(
    clue: String,
    persons: &[u32],
    numbers: &[(usize, f64)],
    other_persons: &[u32],
    others: &[(usize, f64)],
) -> Option<Score> {
    let mut score = Score { clue, persons: 0, found: 0.0, guessed: 0.0, place: 0.0 };
    for (profile, number) in numbers {
        let distances = others.iter().map(|(other, theirs)| (other_persons[*other], (theirs - number).abs()));
        let own = distances.clone().filter(|(person, _)| *person == persons[*profile]).map(|(_, distance)| distance);
        let Some(own) = own.min_by(f64::total_cmp) else { continue };
        let nearer = distances.clone().filter(|(_, distance)| *distance < own).count() as f64;
        let equal = distances.filter(|(_, distance)| *distance == own).count() as f64;
        score.persons += 1;
        score.found += if nearer == 0.0 { 1.0 / equal } else { 0.0 };
        score.guessed += 1.0 / others.len() as f64;
        score.place += (nearer + (equal - 1.0) / 2.0) / (others.len() as f64 - 1.0).max(1.0);
    }
    score.place /= score.persons as f64;
    (score.persons >= PERSONS_MIN).then_some(score)
}

/// What speaks for one profile being another's, in its own units.
type Evidence = HashMap<(usize, usize), f64>;

/// Whoever most speaks for is the likeliest; where nothing speaks for anybody, nobody is named.
fn by_evidence(clue: &str, one: &Clues, other: &Clues, evidence: &Evidence) -> Option<Score> {
    let mut score = Score { clue: clue.to_owned(), persons: 0, found: 0.0, guessed: 0.0, place: 0.5 };
    let mut best: HashMap<usize, (f64, Vec<usize>)> = HashMap::new();
    for ((profile, theirs), weight) in evidence {
        let (most, likeliest) = best.entry(*profile).or_default();
        if weight > most {
            (*most, *likeliest) = (*weight, vec![*theirs]);
        } else if weight == most {
            likeliest.push(*theirs);
        }
    }
    for (profile, person) in one.persons.iter().enumerate().filter(|(_, person)| other.persons.contains(person)) {
        score.persons += 1;
        score.guessed += 1.0 / other.persons.len() as f64;
        if let Some((_, likeliest)) = best.get(&profile) {
            let right = likeliest.iter().filter(|theirs| other.persons[**theirs] == *person).count();
            score.found += right as f64 / likeliest.len() as f64;
        }
    }
    (score.persons >= PERSONS_MIN).then_some(score)
}

/// Where each run of bytes stands, if few have it.
fn windows(clues: &Clues) -> HashMap<&[u8], Vec<usize>> {
    let mut found: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for (profile, values) in clues.bytes.iter().enumerate() {
        for window in values.iter().flat_map(|value| value.windows(WINDOW)) {
            let with = found.entry(window).or_default();
            if with.last() != Some(&profile) && with.len() <= OWN_MAX {
                with.push(profile);
            }
        }
    }
    found.retain(|_, with| with.len() <= OWN_MAX);
    found
}

fn equal_bytes(one: &Clues, other: &Clues) -> Evidence {
    let (mut evidence, others) = (Evidence::new(), windows(other));
    for (window, profiles) in windows(one) {
        let theirs = others.get(window).map(Vec::as_slice).unwrap_or_default();
        for pair in profiles.iter().flat_map(|profile| theirs.iter().map(|theirs| (*profile, *theirs))) {
            *evidence.entry(pair).or_default() += 1.0;
        }
    }
    evidence
}

fn near_moments(one: &Clues, other: &Clues) -> Evidence {
    let all = other.moments.iter().enumerate();
    let mut all: Vec<(i64, usize)> =
        all.flat_map(|(profile, moments)| moments.iter().map(move |moment| (*moment, profile))).collect();
    all.sort_unstable();
    let mut evidence = Evidence::new();
    for (profile, moments) in one.moments.iter().enumerate() {
        for moment in moments.iter().collect::<HashSet<_>>() {
            let near = &all[all.partition_point(|(other, _)| *other < moment - NEAR)..];
            let near = &near[..near.partition_point(|(other, _)| *other <= moment + NEAR)];
            let with: HashSet<usize> = near.iter().map(|(_, theirs)| *theirs).collect();
            if with.len() <= OWN_MAX {
                with.iter().for_each(|theirs| *evidence.entry((profile, *theirs)).or_default() += 1.0);
            }
        }
    }
    evidence
}
