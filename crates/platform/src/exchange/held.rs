//! What institutions answer with, kind by kind, read out of a verified reply.

use health::{
    Coverage,
    checkup_xml::{self, Findings},
    coverage_xml,
    expense::Expense,
    expense_xml,
    pension_xml::{self, Statement},
};
use idwsf::dst::{Code, Outcome, Reply};
use jiff::Timestamp;
use xml::{Node, Ns};

use super::{Reason, insurers::Insurer};
use crate::purpose::Category;

/// A record that institutions hold about a person.
pub trait Held: Sized + Send {
    /// The kind that is asked for, where the question names no other.
    const CATEGORY: Category;

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

    fn read(node: Node<'_, '_>, ns: Ns, _: Category) -> Result<Vec<Self>, Reason> {
        Ok(vec![checkup_xml::read(node, ns).map_err(|_| Reason::Untrusted)?])
    }
}

impl Held for Expense {
    const CATEGORY: Category = Category::Expenses;

    fn read(node: Node<'_, '_>, ns: Ns, _: Category) -> Result<Vec<Self>, Reason> {
        Ok(vec![expense_xml::read(node, ns).map_err(|_| Reason::Untrusted)?])
    }
}

impl Held for Statement {
    const CATEGORY: Category = Category::Pension;

    fn read(node: Node<'_, '_>, ns: Ns, _: Category) -> Result<Vec<Self>, Reason> {
        Ok(vec![pension_xml::read(node, ns).map_err(|_| Reason::Untrusted)?])
    }
}

/// What an institution is known to hold, as of when.
pub(super) type Holding<T> = (Timestamp, Vec<T>);

/// Reads the records out of a verified reply.
pub(super) fn holding<T: Held>(
    insurer: &Insurer,
    asked: Category,
    reply: &Reply<'_, '_>,
) -> Result<Holding<T>, Reason> {
    let mut as_of = reply.time_stamp.ok_or(Reason::Untrusted)?;
    if reply.status.outcome != Outcome::Ok {
        // A link that has ended, or nobody of that name: an answer too, and an empty one.
        let nothing = !reply.status.reasons.is_empty()
            && reply.status.reasons.iter().all(|reason| reason.code == Code::DOES_NOT_EXIST);
        return if nothing { Ok((as_of, Vec::new())) } else { Err(Reason::Refused) };
    }
    let mut records = Vec::new();
    for data in reply.data() {
        for node in data.node.children().filter(Node::is_element) {
            // Records are as old as the file that they came with, however new the answer is.
            as_of = as_of.min(health::as_of(node).map_err(|_| Reason::Untrusted)?.unwrap_or(as_of));
            records.extend(T::read(node, insurer.service.ns(), asked)?);
        }
    }
    if T::plausible(&records, insurer) { Ok((as_of, records)) } else { Err(Reason::Untrusted) }
}
