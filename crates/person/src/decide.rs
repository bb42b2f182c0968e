//! One record looked for in a ledger.

use crate::compare::{Agreement, Prepared};
use crate::{Comparison, Record, Verdict};

/// What to do about a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// One record matches and no other is even near: link it.
    Link(Candidate),
    /// A clerk decides among these, the likeliest first.
    Clerk(Vec<Candidate>),
    /// Nobody in the ledger is near.
    Nobody,
}

/// A record of the ledger that is the one asked for, or near it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its place among the records given, from 0.
    pub place: usize,
    /// How it compares.
    pub comparison: Comparison,
}

/// Decides whom a question means.
///
/// `ledger` holds everyone with the asked 記号・番号 or the asked birth date, each person once: nobody else can be near, because two of number, birth date and name have to agree. Whoever leaves somebody out may get a link
/// where a clerk would have had to choose.
pub fn decide(asked: &Record<'_>, ledger: &[Record<'_>]) -> Decision {
    let asked = Prepared::new(asked);
    let near = |(place, known)| Some(Candidate { place, comparison: asked.near(&Prepared::new(known))? });
    let mut near: Vec<Candidate> = ledger.iter().enumerate().filter_map(near).collect();
    near.sort_by_key(|candidate| std::cmp::Reverse(likeliness(&candidate.comparison)));
    match near.as_mut_slice() {
        [] => Decision::Nobody,
        [only] if only.comparison.verdict == Verdict::Match => near.pop().map_or(Decision::Nobody, Decision::Link),
        _ => Decision::Clerk(near),
    }
}

fn likeliness(comparison: &Comparison) -> (Verdict, usize) {
    let agrees = |agreement: &Agreement| matches!(agreement, Agreement::Equal | Agreement::Variant(_));
    (comparison.verdict, comparison.fields.iter().filter(|field| agrees(&field.agreement)).count())
}
