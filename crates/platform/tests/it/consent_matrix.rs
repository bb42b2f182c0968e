//! Who asks, what for, about what, and what the resident has agreed to: what every door of the platform lets through is what a short
//! rule says, and nothing else.
//!
//! What is enumerated: each door with each state of the consent that opens it, and at each door somebody who may not use it at all.
//!
//! | door | role, purpose | what comes out |
//! |---|---|---|
//! | the coverage page, the menu after a login | resident, citizen-self-view | coverage |
//! | the pages of records | resident, citizen-self-view | check-ups, expenses, pension: each its own |
//! | the page of contacts | resident, citizen-self-view | contact, and a change of it |
//! | the reception's check, with the card and once more without | clinic, eligibility-check | eligibility |
//! | a question before a claim | a clinic's software, eligibility-check | eligibility |
//! | discovery | service, treatment | coverage, check-up: what the token permits, read as the institution reads it |
//! | an institution, with that token | service, every purpose | every element that it has a path for |
//!
//! What a resident hands over by their own word is in `consent_release`.
//!
//! What has no door is not here: no page, message or parameter asks for another category or purpose. Statistics is a purpose that nothing
//! serves: at each door a consent to that alone opens nothing, and an institution that is asked for it answers nothing.

use std::collections::BTreeSet;

use db::{Value, params};
use idwsf::{epr::Target, message::Purpose};
use platform::consent::TEXT_VERSION;
use region::Named;

use crate::{
    browser::{Browser, Page},
    clinic_claims::{CLINIC_CODE, ask, field, issue},
    contact,
    crossing::{hidden, onward, path_of},
    harness::{CLINIC, World, worlds},
    holder::Holder,
    node::Insurer,
    records::RECORDS,
    service::{Asking, Publishing, Sp, register},
    wsf_asking::{decrypted, everything, found, log_in, policy, post, sealed},
    wsf_fetching::{answered, question, target},
};

/// What became of the consent that a door asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Consent {
    Given,
    Withdrawn,
    /// Its time is over, or its text is no longer the one that is asked for.
    Expired,
    /// Given at every other door.
    OtherPurposes,
    /// Given to statistics, and to nothing else.
    Statistics,
    Never,
}

const CONSENTS: [Consent; 6] =
    [Consent::Given, Consent::Withdrawn, Consent::Expired, Consent::OtherPurposes, Consent::Statistics, Consent::Never];

/// A telephone number that an insurer has of the resident.
const PHONE: &str = "0878390000";

/// What came out, by the words of the table.
pub(crate) type Seen = BTreeSet<&'static str>;

/// A door that opens by a consent that the portal keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    Page,
    Menu,
    /// The page of records of this category.
    Records(&'static str),
    Contact,
    ContactChange,
    Reception,
    /// The reception once more, by the reference of a check.
    Again,
    /// The software of a clinic, by that reference.
    Claims,
    /// Discovery, of this category.
    Find(&'static str),
}

const DOORS: [Door; 12] = [
    Door::Page,
    Door::Menu,
    Door::Records("check-up"),
    Door::Records("expenses"),
    Door::Records("pension"),
    Door::Contact,
    Door::ContactChange,
    Door::Reception,
    Door::Again,
    Door::Claims,
    COVERAGE,
    CHECKUP,
];
const COVERAGE: Door = Door::Find("coverage");
const CHECKUP: Door = Door::Find("check-up");

/// A door of each consent. The others are opened by the same.
const CONSENTED: [Door; 4] = [Door::Page, Door::Reception, COVERAGE, CHECKUP];

impl Door {
    /// What the consent is to.
    fn purpose(self) -> &'static str {
        match self {
            Self::Page | Self::Menu | Self::Records(_) | Self::Contact | Self::ContactChange => "citizen-self-view",
            Self::Reception | Self::Again | Self::Claims => "eligibility-check",
            Self::Find(_) => "treatment",
        }
    }

    /// Whether one consent opens both.
    fn opens_with(self, other: Self) -> bool {
        self == other || (self.purpose() == other.purpose() && !matches!(self, Self::Find(_)))
    }
}

/// The rule: what a consent opens comes out at its own door.
fn allowed(door: Door, consent: Consent) -> Seen {
    match (door, consent) {
        (Door::Page | Door::Menu, Consent::Given) => Seen::from(["coverage"]),
        (Door::Contact, Consent::Given) => Seen::from(["contact"]),
        (Door::ContactChange, Consent::Given) => Seen::from(["a change"]),
        (Door::Reception | Door::Again | Door::Claims, Consent::Given) => Seen::from(["eligibility"]),
        (Door::Records(category) | Door::Find(category), Consent::Given) => Seen::from([category]),
        // What is found of the other category was given, too.
        (Door::Find(category), Consent::OtherPurposes) => {
            ["coverage", "check-up"].into_iter().filter(|other| *other != category).collect()
        }
        _ => Seen::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_platform_lets_through_is_what_the_rule_allows_and_nothing_else() {
    for world in worlds().await {
        let house = House::open(&world).await;
        let (mut tried, mut let_through) = (0, 0);
        for (door, consent) in DOORS.into_iter().flat_map(|door| CONSENTS.map(|consent| (door, consent))) {
            for other in CONSENTED {
                let others = if consent == Consent::OtherPurposes { Consent::Given } else { Consent::Never };
                house.agree(&world, other, if door.opens_with(other) { consent } else { others }).await;
            }
            let asked = house.asked(&world).await;
            let seen = house.knock(&world, door).await;
            assert_eq!(seen, allowed(door, consent), "{door:?} {consent:?}");
            let silent = house.asked(&world).await == asked;
            assert_eq!(
                silent,
                seen.is_empty() || matches!(door, Door::Find(_)),
                "an insurer is asked: {door:?} {consent:?}"
            );
            assert_eq!(house.strangers(&world, door).await, Seen::new(), "nobody at {door:?} {consent:?}");
            tried += 2;
            let_through += usize::from(!seen.is_empty());
        }
        eprintln!("{tried} combinations tried, {let_through} let through");
        assert_eq!((tried, let_through), (144, 14));
    }
}

/// One resident, and everybody who might ask.
struct House {
    holder: Holder,
    resident: Browser,
    clerk: Browser,
    service: Sp,
    target: Target,
    /// The page of contacts, with one already there.
    contact: Page,
    /// The reference of a check, and the key of the clinic's software.
    claims: [String; 2],
    /// The rows of the consents to the look at one's own data and to the check.
    consents: [Vec<u8>; 2],
}

/// A service that may look for both kinds of records.
fn looking(world: &World) -> Sp {
    let sp = Sp::new("kmix");
    let records = ["coverage", "check-up"].map(str::to_owned).to_vec();
    let policy = platform::idp::policy::Policy { records, ..policy() };
    register(world, [sp.registered(world, policy, &Publishing::default())]);
    sp
}

/// Logs in there, and lets the service find both.
async fn let_both(world: &World, sp: &Sp, browser: &mut Browser) -> Target {
    let (page, _) = sp.ask(world, browser, &Asking::default()).await;
    let (version, offered, until) = (hidden(&page, "version"), hidden(&page, "offered"), hidden(&page, "until"));
    let given = [("version", &*version), ("offered", &*offered), ("until", &*until)].into_iter();
    let fields: Vec<_> = given.chain([("records", "coverage"), ("records", "check-up")]).collect();
    let agreed = browser.form(&path_of(&page, "/saml/release/"), &fields).await;
    onward(browser, agreed).await;
    log_in(world, sp, browser, true).await
}

impl House {
    async fn open(world: &World) -> Self {
        for node in &world.nodes {
            node.take_records(&world.clock).await;
        }
        let service = looking(world);
        let holder = world.holder(Named::Changed).await;
        let mut resident = world.browser().logged_in(&holder).await;
        let target = let_both(world, &service, &mut resident).await;
        let page = resident.get("/contact").await;
        contact::send(&mut resident, &page, &[("phone", PHONE)]).await;
        let contact = resident.get("/contact").await;
        let mut clerk = world.clerk().await;
        let reference = field(&clerk.check(&holder).await, "reference");
        let claims = [reference, issue(&mut world.operator().await, CLINIC_CODE).await];
        let sql = "SELECT consent_id FROM consent WHERE resident_id = $1 AND purpose = $2";
        let mut consents = Vec::new();
        for purpose in [Purpose::CitizenSelfView, Purpose::EligibilityCheck] {
            let values = params![holder.resident.bytes(), purpose.as_str()];
            consents.push(world.app.db.fetch_one(sql, values).await.unwrap().get("consent_id").unwrap());
        }
        let consents = consents.try_into().unwrap();
        Self { holder, resident, clerk, service, target, contact, claims, consents }
    }

    /// The consent that opens this door is now so.
    async fn agree(&self, world: &World, door: Door, consent: Consent) {
        let past = world.now() - jiff::SignedDuration::from_hours(1);
        let withdrawn = (consent == Consent::Withdrawn).then(|| past.as_microsecond());
        let own = door.purpose();
        let absent = format!("no {own}");
        let word = match consent {
            Consent::Given | Consent::Withdrawn | Consent::Expired => own,
            Consent::Statistics => "statistics",
            Consent::OtherPurposes | Consent::Never => &absent,
        };
        let id = self.holder.resident.bytes();
        let (sql, values): (_, Vec<Value>) = if let Door::Find(category) = door {
            let until =
                if consent == Consent::Expired { past } else { world.now() + jiff::SignedDuration::from_hours(1) };
            let sql = "UPDATE service_consent SET purpose = $3, withdrawn_at = $4, until = $5 \
                 WHERE resident_id = $1 AND category = $2";
            (sql, params![id, category, word, withdrawn, until])
        } else {
            let text = if consent == Consent::Expired { "2025-01-01" } else { TEXT_VERSION };
            let sql = "UPDATE consent SET purpose = $3, withdrawn_at = $4, text_version = $5 \
                 WHERE resident_id = $1 AND consent_id = $2";
            (sql, params![id, self.consents[usize::from(door == Door::Reception)].clone(), word, withdrawn, text])
        };
        assert!(world.tamper(sql, values).await);
    }

    /// Tries the door as whoever it is for.
    async fn knock(&self, world: &World, door: Door) -> Seen {
        let (mut resident, mut clerk, [_, key]) = (self.resident.clone(), self.clerk.clone(), &self.claims);
        match door {
            Door::Reception => self.shown(&clerk.check(&self.holder).await, "eligibility"),
            Door::Again => self.again(&mut clerk).await,
            Door::Claims => self.claims(world, key).await,
            Door::Find(_) => {
                let mut seen = Seen::new();
                for reference in found(world, &self.service, &self.target).await {
                    let insurer = Insurer::ALL.into_iter().find(|one| one.entity() == reference.provider.as_str());
                    let token = decrypted(reference.fragment().as_str(), insurer.unwrap());
                    seen.extend(["coverage", "check-up"].into_iter().filter(|word| permits(&token, word)));
                    assert!(!permits(&token, "eligibility"), "{token}");
                }
                seen
            }
            _ => self.own(world, door, &mut resident).await,
        }
    }

    /// Tries a door of the residents' portal.
    async fn own(&self, world: &World, door: Door, browser: &mut Browser) -> Seen {
        let only = |let_in: bool, word| let_in.then_some(word).into_iter().collect();
        match door {
            Door::Page => self.shown(&browser.get("/coverage").await, "coverage"),
            // It finds no gap, and shows nothing; it has asked.
            Door::Menu => {
                let before = self.asked(world).await;
                browser.get("/menu?login").await;
                only(self.asked(world).await > before, "coverage")
            }
            Door::Records(category) => {
                let (path, _, item) = RECORDS.into_iter().find(|(_, known, _)| *known == category).unwrap();
                only(browser.get(path).await.shows(item), category)
            }
            Door::Contact => only(browser.get("/contact").await.shows(PHONE), "contact"),
            _ => {
                let changed = contact::send(browser, &self.contact, &[("email", "hanako@example.jp")]).await;
                only(changed.location() == Some("/contact?done=changed"), "a change")
            }
        }
    }

    async fn again(&self, clerk: &mut Browser) -> Seen {
        let fields = [("reference", self.claims[0].as_str()), ("on", "")];
        self.shown(&clerk.form("/reception/again", &fields).await, "eligibility")
    }

    async fn claims(&self, world: &World, key: &str) -> Seen {
        // A clinic is answered ten times a day.
        world.tamper("DELETE FROM message_seen", vec![]).await;
        let (_, answer) = ask(world, key, &serde_json::json!({ "reference": self.claims[0] })).await;
        let shown = answer.to_string().contains(&self.holder.person.person.name);
        shown.then_some("eligibility").into_iter().collect()
    }

    /// How many questions the insurers have had.
    async fn asked(&self, world: &World) -> usize {
        let mut questions = 0;
        for node in &world.nodes {
            questions += node.access_log().await.len();
        }
        questions
    }

    fn shown(&self, page: &Page, category: &'static str) -> Seen {
        let person = &self.holder.person.person;
        (page.shows(&person.name) || page.shows(&person.kana)).then_some(category).into_iter().collect()
    }

    /// Tries it as somebody who may not use it.
    async fn strangers(&self, world: &World, door: Door) -> Seen {
        let let_in = match door {
            Door::Again => !self.again(&mut Browser::new(world.router(), CLINIC)).await.is_empty(),
            Door::Claims => !self.claims(world, "ssc_").await.is_empty(),
            Door::Reception => Browser::new(world.router(), CLINIC).get("/reception").await.shows("reader"),
            Door::Find(_) => {
                let unknown = self.service.clone().with_other_key();
                let (_, message) = sealed(world, &unknown, &self.target, &everything());
                post(world, message).await.0.is_success()
            }
            _ => !self.own(world, door, &mut world.browser()).await.is_empty(),
        };
        let_in.then_some("something").into_iter().collect()
    }
}

/// Whether a token lets its holder ask for this.
fn permits(token: &str, category: &str) -> bool {
    token.contains(&format!("Resource=\"urn:x-kagawa:policy:2009-03:{category}\""))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_opens_what_was_given_for_its_own_purpose_and_for_statistics_nothing() {
    for world in worlds().await {
        let house = House::open(&world).await;
        let references = found(&world, &house.service, &house.target).await;
        let national = references.iter().find(|one| one.provider.as_str() == Insurer::National.entity()).unwrap();
        let way = target(&world, national);
        let mut let_through = Vec::new();
        for (purpose, element) in Purpose::ALL.into_iter().flat_map(|purpose| {
            ["Coverage", "Eligibility", "CheckUp", "Expense", "Pension", "Link"].map(|element| (purpose, element))
        }) {
            let asked = question(&world, &house.service, &way, (Insurer::National, element, purpose));
            if answered(&world, Insurer::National, asked).await.is_ok_and(|(records, _)| records > 0) {
                let_through.push((purpose, element));
            }
        }
        assert_eq!(let_through, [(Purpose::Treatment, "Coverage")]);
    }
}
