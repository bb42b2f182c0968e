//! What is held about a person: read in the transaction, opened and written out after it.

use db::Tx;
use health::checkup_xml::Findings;
use health::contact_xml::Field;
use health::link_xml::{self, LinkState};
use health::pension_xml::Statement;
use health::{Coverage, checkup_xml, coverage_xml, expense_xml, pension_xml};
use idwsf::dst::{Code, Found as Answer, QueryItem};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use xml::{Fragment, Ns};

use crate::contact::Contact;
use crate::digest::PseudonymDigest;
use crate::import::Kind;
use crate::link::standing::Standing;
use crate::policy::Category;
use crate::store::contact::Stored;
use crate::store::coverage::{self, Found};
use crate::store::import::Age;
use crate::store::ledger::{self, Ledger, Records};
use crate::store::{checkup, expense, pension};
use crate::{App, Error, import, store};

/// What is held, sealed, as far as it was asked for.
#[derive(Default)]
pub(super) struct Held {
    /// Nothing where the pseudonym stands for nobody.
    coverage: Option<Vec<Found>>,
    coverage_age: Age,
    contact: Vec<Stored>,
    link: Option<Standing>,
    others: Vec<Kept>,
    /// Who asks, by which name: two who ask about one person see nothing in common.
    asked_by: [u8; 32],
}

/// Records of another category.
struct Kept {
    category: Category,
    /// Nothing where the pseudonym stands for nobody.
    records: Option<Records>,
    age: Age,
}

impl Held {
    pub(super) async fn read(
        app: &App,
        tx: &mut Tx,
        (sender, pseudonym): (&str, PseudonymDigest),
        wanted: &[Category],
    ) -> Result<Held, Error> {
        let asked_by = app.digests().content(&[&pseudonym.0, sender.as_bytes()].concat())?.0;
        let mut held = Held { asked_by, ..Held::default() };
        for category in wanted {
            let (ledger, kind): (&Ledger, Kind) = match category {
                Category::Coverage | Category::Eligibility => {
                    if held.coverage.is_none() {
                        held.coverage = coverage::of(tx, pseudonym).await?;
                        held.coverage_age = store::import::age(tx, Kind::Coverage).await?;
                    }
                    continue;
                }
                Category::Contact => {
                    held.contact = store::contact::of(tx, pseudonym).await?;
                    continue;
                }
                // Nobody reads what was withdrawn.
                Category::Grant => continue,
                Category::Link => {
                    held.link = Standing::of(tx, pseudonym).await?;
                    continue;
                }
                Category::CheckUp => (&checkup::LEDGER, Kind::Checkups),
                Category::Expenses => (&expense::LEDGER, Kind::Expenses),
                Category::Pension => (&pension::LEDGER, Kind::Pension),
            };
            if held.others.iter().all(|kept| kept.category != *category) {
                let records = ledger::of(tx, ledger, pseudonym).await?;
                let age = store::import::age(tx, kind).await?;
                held.others.push(Kept { category: *category, records, age });
            }
        }
        Ok(held)
    }

    /// Whether there is anything to answer with. A member without records of a category is known, with nothing to show.
    pub(super) fn knows(&self, category: Category) -> bool {
        match category {
            Category::Coverage | Category::Eligibility => self.coverage.is_some(),
            Category::Contact => !self.contact.is_empty(),
            Category::Link => self.link.is_some(),
            _ => self.others.iter().any(|kept| kept.category == category && kept.records.is_some()),
        }
    }

    /// Whether there is little: the periods of a few years, and not what was found and paid in them.
    pub(super) fn is_short(&self) -> bool {
        self.others.is_empty()
    }

    /// Opens what the access log says is disclosed.
    pub(super) fn open(self, app: &App, now: Timestamp) -> Result<Opened, Error> {
        let periods = self.coverage.unwrap_or_default();
        let mut coverage = periods.iter().map(|found| import::open(&app.keys, found)).collect::<Result<Vec<_>, _>>()?;
        coverage.sort_by_key(|period| std::cmp::Reverse(period.valid_from));
        let contact = Contact::open(&app.keys, &self.contact)?;
        let link = self.link.map(|standing| standing.state(app)).transpose()?;
        let (ns, today) = (app.service.ns(), web::clock::japan_date(now));
        let others =
            self.others.into_iter().map(|kept| kept.open(app, ns, &self.asked_by)).collect::<Result<_, _>>()?;
        Ok(Opened { ns, today, coverage, as_of: self.coverage_age.as_of, contact, link, others })
    }
}

impl Kept {
    /// Newest first.
    fn open(self, app: &App, ns: Ns, asked_by: &[u8; 32]) -> Result<(Category, State), Error> {
        let (as_of, keys) = (self.age.as_of, &app.keys);
        let records = self.records.unwrap_or_default();
        let mut name = Sha256::new_with_prefix(asked_by);
        for found in &records.found {
            name.update(found.id.0);
            name.update(Sha256::digest(&found.record));
        }
        let found = records.found.iter();
        let content: Vec<Fragment> = match self.category {
            Category::Coverage | Category::Eligibility | Category::Contact | Category::Grant | Category::Link => {
                Vec::new()
            }
            Category::CheckUp => {
                let mut all = found.map(|one| import::open_checkup(keys, one)).collect::<Result<Vec<_>, _>>()?;
                all.sort_by_key(|checkup| std::cmp::Reverse(checkup.examined_on));
                all.iter().map(|checkup| checkup_xml::write(&Findings::of(checkup), ns, as_of)).collect()
            }
            Category::Expenses => {
                let mut all = found.map(|one| import::open_expense(keys, one)).collect::<Result<Vec<_>, _>>()?;
                all.sort_by_key(|expense| std::cmp::Reverse(expense.month));
                all.iter().map(|expense| expense_xml::write(expense, ns, as_of)).collect()
            }
            Category::Pension => {
                let mut all = found.map(|one| import::open_pension(keys, one)).collect::<Result<Vec<_>, _>>()?;
                all.sort_by_key(|pension| std::cmp::Reverse(pension.made_on));
                all.iter().map(|pension| pension_xml::write(&Statement::of(pension), ns, as_of)).collect()
            }
        };
        let changed_at = self.age.changed_at.max(records.linked_at);
        let name = hex::encode(name.finalize()).chars().take(STATE_NAME).collect();
        Ok((self.category, State { content, name, changed_at }))
    }
}

/// All records of a category as they are now.
struct State {
    content: Vec<Fragment>,
    /// Changes whenever they do.
    name: String,
    changed_at: Option<Timestamp>,
}

/// What is held, readable.
pub(super) struct Opened {
    ns: Ns,
    today: Date,
    coverage: Vec<Coverage>,
    /// When a file last said so.
    as_of: Option<Timestamp>,
    contact: Contact,
    link: Option<LinkState>,
    others: Vec<(Category, State)>,
}

impl Opened {
    /// What the answer has seen: everything up to then. What a resident took back leaves nothing behind that says when.
    pub(super) fn seen(&self, now: Timestamp) -> Timestamp {
        self.contact.changed_at().map_or(now, |at| at.max(now))
    }

    /// The answer to an item that may be answered.
    pub(super) fn written(&self, category: Category, item: &QueryItem) -> Answer {
        let (ns, as_of) = (self.ns, self.as_of);
        match category {
            Category::Coverage => {
                let periods = self.coverage.iter().map(|period| coverage_xml::write_as_of(period, ns, as_of));
                Answer::from(periods.collect::<Vec<_>>())
            }
            Category::Eligibility => {
                let date = coverage_xml::asked_on(&item.select).1.unwrap_or(self.today);
                Answer::from(vec![coverage_xml::write_eligibility_as_of(&self.coverage, ns, date, as_of)])
            }
            Category::Contact => {
                let found = Field::of(&item.select, ns).and_then(|field| self.contact.written(field, ns));
                Answer::from(found.into_iter().collect::<Vec<_>>())
            }
            Category::Link => {
                let state = self.link.iter().map(|state| link_xml::write_state(state, ns));
                Answer::from(state.collect::<Vec<_>>())
            }
            _ => match self.others.iter().find(|(of, _)| *of == category) {
                Some((_, state)) => state.written(item),
                None => Answer::default(),
            },
        }
    }
}

impl State {
    /// All of them, or nothing when none can have changed since. Which of them have changed is not known.
    fn written(&self, item: &QueryItem) -> Answer {
        let set = Some(self.name.clone());
        let Some(since) = item.changed_since else {
            return Answer { content: self.content.clone(), set, note: None };
        };
        let surely = |at: Timestamp| at.saturating_add(CHANGE_TAKES).unwrap_or(Timestamp::MAX);
        if self.changed_at.is_none_or(|at| surely(at) < since) {
            return Answer { content: Vec::new(), set, note: None };
        }
        Answer { content: self.content.clone(), set, note: Some(Code::ALL_RETURNED) }
    }
}

/// From the instant that a change is written down with until everybody sees it: a large file takes its time.
const CHANGE_TAKES: SignedDuration = SignedDuration::from_mins(10);
/// Characters of a state's name.
const STATE_NAME: usize = 32;
