//! An adversary for whoever compares people: questions to a ledger in which the right answer is hard to tell.
//!
//! Each [`Case`] is one person asked for and the records of a ledger that come near: the household with its one number,
//! twins, namesakes of the same day, strangers. [`Twist`] says what makes it hard, [`Truth`] what is right. Nothing of it
//! is anyone's: names, towns and numbers are drawn as for the region, and the same seed gives the same cases.
//!
//! The adversary is fair in one thing only: no two people's records say the same in every item, for then nobody could
//! tell them apart.

mod household;
mod twists;
mod writing;

use health::{Enrolment, NumberRefused, Person};

use crate::chance::Chance;
use crate::enrolment::Insurers;
use household::Household;

/// Questions without end.
///
/// # Errors
/// Only if a built-in insurer number were wrong, which a test rules out.
pub fn lookalikes(seed: u64) -> Result<impl Iterator<Item = Case>, NumberRefused> {
    let insurers = Insurers::parse()?;
    let mut chance = Chance::new(seed, STREAM);
    let draw = move || {
        let (house, others) = (Household::draw(insurers, &mut chance), Household::draw(insurers, &mut chance));
        let case = |twist| twists::case(twist, &house, &others, &mut chance);
        // Drawing a household costs more than asking for its members.
        Twist::ALL.into_iter().filter_map(case).collect::<Vec<Case>>()
    };
    Ok(std::iter::repeat_with(draw).flatten())
}

/// A question, and the ledger it is put to.
#[derive(Clone, PartialEq, Eq)]
pub struct Case {
    /// What makes it hard.
    pub twist: Twist,
    /// Who is asked for.
    pub asked: Insured,
    /// Everyone in the ledger with the same number or the same birth date, and some who have neither.
    pub ledger: Vec<Insured>,
    /// Who it is.
    pub truth: Truth,
}

/// A person and the numbers of their insurance, as somebody wrote them.
#[derive(Clone, PartialEq, Eq)]
pub struct Insured {
    /// The numbers, folded.
    pub enrolment: Enrolment,
    /// The person.
    pub person: Person,
}

/// Who of the ledger was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// The record at this place. It says the same, written in another way: width, spaces, selectors, glyphs, ways of
    /// writing kana, of writing an address, a zero before the branch.
    Same(usize),
    /// The record at this place, which says something else, or less.
    Changed(usize),
    /// Nobody.
    Absent,
}

/// What makes a case hard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Twist {
    /// Only written in another way, among the household and a stranger of the same day.
    Writing,
    /// A twin of the same sex in the ledger.
    Twins,
    /// The same, and nobody has a branch number.
    TwinsWithoutBranch,
    /// Twins whose names are read alike: 優 and 裕.
    TwinsOfOneReading,
    /// Twins whose names are glyphs of one character: 惠 and 恵. No registrar would take them.
    TwinsOfOneGlyph,
    /// Somebody else of the same name, sex and birth date.
    Namesake,
    /// The number of another member of the household.
    OtherMember,
    /// Father and son of nearly one name, asked with the other's numbers.
    ParentAndChild,
    /// A number that by now belongs to strangers.
    ReusedNumber,
    /// Moved house.
    Moved,
    /// Another surname, the former one noted or not.
    Married,
    /// The reading voiced in another way: ナカシマ, ナカジマ.
    Voicing,
    /// Two fields in each other's place.
    Swapped,
    /// A slip of a finger.
    Typing,
    /// An item left out.
    LeftOut,
}

impl Twist {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Writing,
        Self::Twins,
        Self::TwinsWithoutBranch,
        Self::TwinsOfOneReading,
        Self::TwinsOfOneGlyph,
        Self::Namesake,
        Self::OtherMember,
        Self::ParentAndChild,
        Self::ReusedNumber,
        Self::Moved,
        Self::Married,
        Self::Voicing,
        Self::Swapped,
        Self::Typing,
        Self::LeftOut,
    ];
}

/// No part of a region draws from this stream.
const STREAM: u64 = 1 << 40;

#[cfg(test)]
mod tests;
