//! An insurer's node as it is seen from the platform when it is asked for a link: it answers as a test writes it down, and
//! remembers what it was asked.

use std::sync::{Arc, Mutex};

use health::{
    Coverage,
    link_xml::{self, LinkState, Standing},
};
use idwsf::dst::Code;

use crate::{harness::World, node::Insurer, wicked::Wicked};

/// What it does with a link.
#[derive(Clone)]
pub(crate) struct Plan {
    /// What becomes of a change.
    pub(crate) change: Result<(), Code>,
    /// How the link stands, with the masked number; none where there is none.
    pub(crate) stands: Option<(Standing, &'static str)>,
}

impl Plan {
    /// Takes a wish, and has linked a record.
    pub(crate) const LINKED: Self = Self { change: Ok(()), stands: Some((Standing::Linked, "***2345")) };

    /// Takes a wish, and has a clerk look at it.
    pub(crate) const REVIEW: Self = Self { change: Ok(()), stands: Some((Standing::Review, "***2345")) };

    /// Has nobody of that kind.
    pub(crate) const UNMATCHED: Self = Self { change: Err(Code::DOES_NOT_EXIST), stands: None };
}

/// The insurer.
pub(crate) struct Desk {
    pub(crate) wicked: Arc<Wicked>,
    plan: Arc<Mutex<Plan>>,
}

impl Desk {
    /// Takes the place of a node, with these records for whoever asks.
    pub(crate) fn open(world: &World, insurer: Insurer, plan: Plan, records: Vec<Coverage>) -> Self {
        let wicked = Wicked::instead_of(world.node(insurer), &world.clock);
        let plan = Arc::new(Mutex::new(plan));
        let planned = Arc::clone(&plan);
        wicked.will(move |wicked, question| {
            let Plan { change, stands } = planned.lock().unwrap().clone();
            let text = asked(wicked).pop().unwrap();
            if text.contains(":Modify ") {
                return wicked.changes(question, change);
            }
            if !text.contains(":Link<") {
                return wicked.honest(question, &records);
            }
            let state = |(standing, number): (Standing, &str)| {
                vec![link_xml::write_state(&LinkState { standing, number: number.to_owned() }, wicked.service().ns())]
            };
            wicked.answers(question, stands.map(state).ok_or(Code::DOES_NOT_EXIST))
        });
        Self { wicked, plan }
    }

    /// From now on it answers so.
    pub(crate) fn will(&self, plan: Plan) {
        *self.plan.lock().unwrap() = plan;
    }

    /// Everything that it was asked so far, as it came.
    pub(crate) fn asked(&self) -> Vec<String> {
        asked(&self.wicked)
    }

    /// The changes among that.
    pub(crate) fn changes(&self) -> Vec<String> {
        self.asked().into_iter().filter(|text| text.contains(":Modify ")).collect()
    }
}

fn asked(wicked: &Wicked) -> Vec<String> {
    let asked = wicked.asked.lock().unwrap();
    asked.iter().map(|question| String::from_utf8(question.to_vec()).unwrap()).collect()
}
