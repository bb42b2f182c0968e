//! What institutions answer with, kind by kind, read out of a verified reply.

use health::{
    Coverage,
    checkup_xml::{self, Findings},
    coverage_xml,
    expense::Expense,
    expense_xml,
    pension_xml::{self, Statement},
};
use idwsf::dst::{Code, Outcome, Reply, Rest};
use jiff::Timestamp;
use xml::{Node, Ns};

use super::{Reason, insurers::Insurer};
use crate::purpose::Category;

/// A record that institutions hold about a person.
pub trait Held: Sized + Send {
    /// The kind that is asked for, where the question names no other.
    const CATEGORY: Category;

    /// How many are asked for at once: so many fit into one answer, whatever they hold. `None`: there are never more.
    const PART: Option<u32> = None;

    /// Reads what stands in one element of the answer to a question about a category.
    ///
    /// # Errors
    /// [`Reason::Untrusted`] where it is no such record, or not about the date that was asked about.
    fn read(node: Node<'_, '_>, ns: Ns, asked: Category) -> Result<Vec<Self>, Reason>;

    /// Whether this institution can say all of that about one person.
    fn plausible(_records: &[Self], _insurer: &Insurer) -> bool {
        true
    }
}

impl Held for Coverage {
    const CATEGORY: Category = Category::Coverage;

    fn read(node: Node<'_, '_>, ns: Ns, asked: Category) -> Result<Vec<Self>, Reason> {
        let on = match asked {
            Category::Coverage | Category::Release(_) => {
                return Ok(vec![coverage_xml::read(node, ns).map_err(|_| Reason::Untrusted)?]);
            }
            Category::Eligibility => None,
            Category::EligibilityOn(on) => Some(on),
            // What is asked for so is no coverage.
            Category::CheckUp
            | Category::Expenses
            | Category::Pension
            | Category::Discovery
            | Category::Link
            | Category::Contact => {
                return Err(Reason::Untrusted);
            }
        };
        let (date, records) = coverage_xml::read_eligibility(node, ns).map_err(|_| Reason::Untrusted)?;
        if on.is_some_and(|on| on != date) { Err(Reason::Untrusted) } else { Ok(records) }
    }

    /// An institution vouches for its own insurance only, and a question is about one person.
    fn plausible(records: &[Self], insurer: &Insurer) -> bool {
        let born = records.first().map(|period| period.person.birth);
        records.iter().all(|period| period.insurer == insurer.number && Some(period.person.birth) == born)
    }
}

impl Held for Findings {
    const CATEGORY: Category = Category::CheckUp;
    const PART: Option<u32> = Some(2);

    fn read(node: Node<'_, '_>, ns: Ns, _: Category) -> Result<Vec<Self>, Reason> {
        Ok(vec![checkup_xml::read(node, ns).map_err(|_| Reason::Untrusted)?])
    }
}

impl Held for Expense {
    const CATEGORY: Category = Category::Expenses;
    const PART: Option<u32> = Some(150);

    fn read(node: Node<'_, '_>, ns: Ns, _: Category) -> Result<Vec<Self>, Reason> {
        Ok(vec![expense_xml::read(node, ns).map_err(|_| Reason::Untrusted)?])
    }
}

impl Held for Statement {
    const CATEGORY: Category = Category::Pension;
    const PART: Option<u32> = Some(150);

    fn read(node: Node<'_, '_>, ns: Ns, _: Category) -> Result<Vec<Self>, Reason> {
        Ok(vec![pension_xml::read(node, ns).map_err(|_| Reason::Untrusted)?])
    }
}

/// What an institution is known to hold.
pub(super) struct Holding<T> {
    /// As of when.
    pub(super) as_of: Timestamp,
    pub(super) records: Vec<T>,
}

/// Records of one answer, and what it leaves to be asked for.
pub(super) struct Part<T> {
    pub(super) holding: Holding<T>,
    pub(super) rest: Rest,
}

impl<T: Held> Holding<T> {
    /// Takes in another part; the whole is as old as its oldest part.
    pub(super) fn with(mut self, part: Self) -> Self {
        self.as_of = self.as_of.min(part.as_of);
        self.records.extend(part.records);
        self
    }
}

/// Reads the records out of a verified reply; `later` is a part after the first.
pub(super) fn part<T: Held>(
    insurer: &Insurer,
    (asked, later): (Category, bool),
    reply: &Reply<'_, '_>,
) -> Result<Part<T>, Reason> {
    let mut as_of = reply.time_stamp.ok_or(Reason::Untrusted)?;
    let (mut records, mut rest) = (Vec::new(), Rest::default());
    if reply.status.outcome != Outcome::Ok {
        // A link that has ended, or nobody of that name: an answer too, and an empty one.
        let nothing = !reply.status.reasons.is_empty()
            && reply.status.reasons.iter().all(|reason| reason.code == Code::DOES_NOT_EXIST);
        return match nothing {
            // Where there was a part before, there was somebody, and more of them.
            true if later => Err(Reason::Untrusted),
            true => Ok(Part { holding: Holding { as_of, records }, rest }),
            false => Err(Reason::Refused),
        };
    }
    for data in reply.data() {
        for node in data.node.children().filter(Node::is_element) {
            // Records are as old as the file that they came with, however new the answer is.
            as_of = as_of.min(health::as_of(node).map_err(|_| Reason::Untrusted)?.unwrap_or(as_of));
            records.extend(T::read(node, insurer.service.ns(), asked)?);
        }
        rest = data.rest.clone();
    }
    if !T::plausible(&records, insurer) {
        return Err(Reason::Untrusted);
    }
    Ok(Part { holding: Holding { as_of, records }, rest })
}
