//! Who is insured, to say whose a record of another file is. It is made of the coverage that is held, and kept while a file is
//! read: digests and names that we made, some hundred bytes for each member.

use health::report::Code;
use health::{Coverage, Sex, folded, kana_folded};
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::digest::{MemberId, RecordId};
use crate::import::coverage;
use crate::{App, Error, store};

/// Who is insured.
#[derive(Default)]
pub(super) struct Roll {
    by_numbers: Vec<Entry>,
    by_person: Vec<(Name, MemberId)>,
}

/// What a file says of a person. Whatever it says must be right.
pub(super) struct Sought<'a> {
    pub(super) symbol: Option<&'a str>,
    pub(super) number: &'a str,
    pub(super) branch: Option<&'a str>,
    pub(super) birth: Date,
    pub(super) sex: Option<Sex>,
    pub(super) name: Option<&'a str>,
    pub(super) kana: Option<&'a str>,
}

/// A digest, so that nothing of a person is in memory for as long as a file is read.
type Name = [u8; 16];

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    numbers: Name,
    branch: Option<String>,
    member: MemberId,
    birth: Date,
    name: Name,
    kana: Name,
    sex: &'static str,
}

impl Roll {
    /// Reads all coverage that is held.
    pub(super) async fn read(app: &App) -> Result<Roll, Error> {
        let mut roll = Roll::default();
        let mut last = RecordId([0; 32]);
        loop {
            let found = store::coverage::after(&app.db, last).await?;
            let Some(end) = found.last() else { break };
            last = end.id;
            for one in &found {
                roll.add(one.member.id, &coverage::open_record(&app.keys, one)?);
            }
        }
        roll.by_numbers.sort_unstable();
        roll.by_numbers.dedup();
        roll.by_person.sort_unstable();
        roll.by_person.dedup();
        Ok(roll)
    }

    fn add(&mut self, member: MemberId, coverage: &Coverage) {
        let person = &coverage.person;
        let (name, kana) = (folded(&person.name), kana_folded(&person.kana));
        self.by_person.push((person_digest(&name, &kana, person.birth), member));
        self.by_numbers.push(Entry {
            numbers: numbers(coverage.symbol.as_deref(), &coverage.number),
            branch: coverage.branch.as_deref().map(folded).filter(|branch| !branch.is_empty()),
            member,
            birth: person.birth,
            name: digest(&[&name]),
            kana: digest(&[&kana]),
            sex: person.sex.code(),
        });
    }

    /// The member of these numbers, if the person is that member without doubt.
    ///
    /// # Errors
    /// A code that says why nobody can be named.
    pub(super) fn by_numbers(&self, sought: &Sought<'_>) -> Result<MemberId, Code> {
        let key = numbers(sought.symbol, sought.number);
        let first = self.by_numbers.partition_point(|entry| entry.numbers < key);
        let household: Vec<&Entry> =
            self.by_numbers.iter().skip(first).take_while(|entry| entry.numbers == key).collect();
        let branch = sought.branch.map(folded).filter(|branch| !branch.is_empty());
        // A record of either side may be older than branch numbers.
        let of_branch =
            |entry: &&&Entry| branch.is_none() || entry.branch.is_none() || entry.branch.as_ref() == branch.as_ref();
        let near: Vec<&Entry> = household.iter().filter(of_branch).copied().collect();
        if near.is_empty() {
            return Err(Code::Stranger);
        }
        let (name, kana) = (sought.name.map(folded), sought.kana.map(kana_folded));
        let (name, kana) = (name.map(|name| digest(&[&name])), kana.map(|kana| digest(&[&kana])));
        let named = |entry: &Entry| match kana {
            Some(kana) => kana == entry.kana,
            None => name == Some(entry.name),
        };
        let same = |entry: &&Entry| {
            let sex = sought.sex.is_none_or(|sex| [sex.code(), entry.sex].contains(&"3") || sex.code() == entry.sex);
            entry.birth == sought.birth && sex && named(entry)
        };
        let fits: Vec<&Entry> = near.into_iter().filter(same).collect();
        let exact = fits.iter().find(|entry| entry.branch.is_some() && entry.branch == branch);
        if let Some(exact) = exact {
            return Ok(exact.member);
        }
        // Numbers, birth date and name are one person's, even where a branch number came later.
        let newest = fits.iter().max_by_key(|entry| entry.branch.is_some()).ok_or(Code::OtherPerson)?;
        let one = fits.iter().all(|entry| entry.name == newest.name && entry.kana == newest.kana);
        let branches = fits.iter().filter_map(|entry| entry.branch.as_ref()).collect::<std::collections::BTreeSet<_>>();
        if one && branches.len() <= 1 { Ok(newest.member) } else { Err(Code::SeveralPersons) }
    }

    /// Whether this member is known with another name or birth date than a period says.
    pub(super) fn contradicts(&self, member: MemberId, period: &Coverage) -> bool {
        let key = numbers(period.symbol.as_deref(), &period.number);
        let first = self.by_numbers.partition_point(|entry| entry.numbers < key);
        let mut household = self.by_numbers.iter().skip(first).take_while(|entry| entry.numbers == key);
        let (name, birth) = (digest(&[&folded(&period.person.name)]), period.person.birth);
        household.any(|entry| entry.member == member && (entry.name != name || entry.birth != birth))
    }

    /// The only member of this name, reading and birth date.
    ///
    /// # Errors
    /// A code that says why nobody can be named.
    pub(super) fn by_person(&self, name: &str, kana: &str, birth: Date) -> Result<MemberId, Code> {
        let key = person_digest(&folded(name), &kana_folded(kana), birth);
        let first = self.by_person.partition_point(|(person, _)| *person < key);
        let mut fits = self.by_person.iter().skip(first).take_while(|(person, _)| *person == key);
        match (fits.next(), fits.next()) {
            (Some((_, member)), None) => Ok(*member),
            (None, _) => Err(Code::Stranger),
            (Some(_), Some(_)) => Err(Code::SeveralPersons),
        }
    }
}

fn numbers(symbol: Option<&str>, number: &str) -> Name {
    digest(&[&symbol.map(folded).unwrap_or_default(), &folded(number)])
}

fn person_digest(name: &str, kana: &str, birth: Date) -> Name {
    digest(&[name, kana, &birth.to_string()])
}

fn digest(parts: &[&str]) -> Name {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let whole: [u8; 32] = hash.finalize().into();
    let mut name = Name::default();
    name.iter_mut().zip(whole).for_each(|(to, from)| *to = from);
    name
}
