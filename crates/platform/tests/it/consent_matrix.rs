//! Who asks, what for, about what, and what the resident has agreed to: what every door of the platform lets through is what a short
//! rule says, and nothing else.
//!
//! What is enumerated: each door with each state of the consent that opens it, and at each door somebody who may not use it at all.
//!
//! | door | role, purpose | what comes out |
//! |---|---|---|
//! | the coverage page | resident, citizen-self-view | coverage |
//! | the reception's check | clinic, eligibility-check | eligibility |
//! | discovery | service, treatment | coverage, check-up: what the token permits, read as the institution reads it |
//! | an institution, with that token | service, every purpose | every element that it has a path for |
//! | a login | service, at the resident's hand | each attribute |
//! | an attribute query | service, service-query | each attribute |
//! | a wish for a link | resident, linking | what the resident wrote leaves the house |
//!
//! What has no door is not here: no page, message or parameter asks for another category or purpose. Statistics is a purpose that nothing
//! serves: at each door a consent to that alone opens nothing, and an institution that is asked for it answers nothing.

use std::collections::BTreeSet;

use db::{Value, params};
use idwsf::{epr::Target, message::Purpose};
use platform::consent::{TEXT_VERSION, linking};
use region::Named;

use crate::{
    browser::{Browser, Page},
    crossing::{hidden, onward, path_of},
    desk::Plan,
    harness::{CLINIC, World, worlds},
    holder::Holder,
    idp_backchannel::{ATTRIBUTES, query},
    links::{confirm_page, filled, met},
    node::Insurer,
    provider::{self, Provider, soap},
    service::{Asking, Publishing, Sp, register},
    wsf_asking::{decrypted, everything, found, log_in, policy, post, sealed},
    wsf_fetching::{answered, question, target},
};

/// What became of the consent that a door asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Consent {
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

/// What came out, by the words of the table.
type Seen = BTreeSet<&'static str>;

/// A door that opens by a consent that the portal keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    Page,
    Reception,
    /// Discovery, of this category.
    Find(&'static str),
}

const DOORS: [Door; 4] = [Door::Page, Door::Reception, Door::Find("coverage"), Door::Find("check-up")];

/// The rule: what a consent opens comes out at its own door.
fn allowed(door: Door, consent: Consent) -> Seen {
    match (door, consent) {
        (Door::Page, Consent::Given) => Seen::from(["coverage"]),
        (Door::Reception, Consent::Given) => Seen::from(["eligibility"]),
        (Door::Find(category), Consent::Given) => Seen::from([category]),
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
            for other in DOORS {
                let others = if consent == Consent::OtherPurposes { Consent::Given } else { Consent::Never };
                house.agree(&world, other, if other == door { consent } else { others }).await;
            }
            let seen = house.knock(&world, door).await;
            assert_eq!(seen, allowed(door, consent), "{door:?} {consent:?}");
            assert_eq!(house.strangers(&world, door).await, Seen::new(), "nobody at {door:?} {consent:?}");
            tried += 2;
            let_through += usize::from(!seen.is_empty());
        }
        eprintln!("{tried} combinations tried, {let_through} let through");
        assert_eq!((tried, let_through), (48, 6));
    }
}

/// One resident, and everybody who might ask.
struct House {
    holder: Holder,
    resident: Browser,
    clerk: Browser,
    service: Sp,
    target: Target,
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
        let service = looking(world);
        let holder = world.holder(Named::Changed).await;
        let mut resident = world.browser().logged_in(&holder).await;
        let target = let_both(world, &service, &mut resident).await;
        let sql = "SELECT consent_id FROM consent WHERE resident_id = $1 AND purpose = $2";
        let mut consents = Vec::new();
        for purpose in [Purpose::CitizenSelfView, Purpose::EligibilityCheck] {
            let values = params![holder.resident.bytes(), purpose.as_str()];
            consents.push(world.app.db.fetch_one(sql, values).await.unwrap().get("consent_id").unwrap());
        }
        let consents = consents.try_into().unwrap();
        Self { holder, resident, clerk: world.clerk().await, service, target, consents }
    }

    /// The consent that opens this door is now so.
    async fn agree(&self, world: &World, door: Door, consent: Consent) {
        let past = world.now() - jiff::SignedDuration::from_hours(1);
        let withdrawn = (consent == Consent::Withdrawn).then(|| past.as_microsecond());
        let own = match door {
            Door::Page => "citizen-self-view",
            Door::Reception => "eligibility-check",
            Door::Find(_) => "treatment",
        };
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
        let (mut resident, mut clerk) = (self.resident.clone(), self.clerk.clone());
        match door {
            Door::Page => self.shown(&resident.get("/coverage").await, "coverage"),
            Door::Reception => self.shown(&clerk.check(&self.holder).await, "eligibility"),
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
        }
    }

    fn shown(&self, page: &Page, category: &'static str) -> Seen {
        let person = &self.holder.person.person;
        (page.shows(&person.name) || page.shows(&person.kana)).then_some(category).into_iter().collect()
    }

    /// Tries it as somebody who may not use it.
    async fn strangers(&self, world: &World, door: Door) -> Seen {
        let let_in = match door {
            Door::Page => !self.shown(&world.browser().get("/coverage").await, "").is_empty(),
            Door::Reception => Browser::new(world.router(), CLINIC).get("/reception").await.shows("reader"),
            Door::Find(_) => {
                let unknown = self.service.clone().with_other_key();
                let (_, message) = sealed(world, &unknown, &self.target, &everything());
                post(world, message).await.0.is_success()
            }
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

/// Attributes that a service may have, and what it is told them as.
const RELEASED: [(&str, &str); 2] =
    [("name", "urn:oid:2.16.840.1.113730.3.1.241"), ("birthDate", "urn:oid:1.3.6.1.5.5.7.9.1")];

/// What the resident has agreed to hand over, and what the service gets by that. Whoever is asked anew has handed over nothing.
const RELEASES: [(Consent, &str, &[&str]); 7] = [
    (Consent::Given, "name birthDate", &["name", "birthDate"]),
    (Consent::Given, "birthDate", &["birthDate"]),
    (Consent::Never, "", &[]),
    // What it finds by itself is another matter, and so is what residents see of themselves.
    (Consent::OtherPurposes, "", &[]),
    (Consent::Statistics, "", &[]),
    (Consent::Expired, "name birthDate", &[]),
    (Consent::Withdrawn, "name birthDate", &[]),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_service_gets_the_attributes_that_were_released_at_a_login_and_by_asking_and_no_others() {
    for world in worlds().await {
        let mut service = Provider::new("clinic");
        service.policy.release = RELEASED.map(|(name, _)| name.to_owned()).to_vec();
        provider::register(&world, &[&service]);
        let holder = world.holder(Named::Householder).await;
        let mut browser = world.browser().logged_in(&holder).await;
        let name = service.log_in(&world, &mut browser).await.name.value.to_string();
        let id = holder.resident.bytes();
        let kept = world.app.db.fetch_all("SELECT text_version FROM service_link", vec![]).await.unwrap();
        let text: String = kept[0].get("text_version").unwrap();
        for (consent, released, expected) in RELEASES {
            let text = if consent == Consent::Expired { "2025-01-01" } else { &text };
            let ended = (consent == Consent::Withdrawn).then(|| world.now().as_microsecond());
            let sql = "UPDATE service_link SET released = $2, text_version = $3, ended_at = $4 WHERE resident_id = $1";
            assert!(world.tamper(sql, params![id, released, text, ended]).await);
            let word = if consent == Consent::Statistics { "statistics" } else { "citizen-self-view" };
            let sql = "UPDATE consent SET purpose = $2 WHERE resident_id = $1 AND purpose IN ('statistics', 'citizen-self-view')";
            assert!(world.tamper(sql, params![id, word]).await);

            let expected: Seen = expected.iter().copied().collect();
            let seen = at_login(&world, &service, &mut browser).await;
            assert_eq!(seen, expected, "at a login: {consent:?} {released}");
            let (_, answer) = soap(&world, ATTRIBUTES, &query(&service, &world, &name, &[])).await;
            assert_eq!(told(|uri| answer.contains(uri)), expected, "by asking: {consent:?} {released}");
            // Nobody is answered more often.
            world.wait(jiff::SignedDuration::from_mins(3));
        }
        let mut stranger = Provider::new("clinic");
        stranger.sp = stranger.sp.with_other_key();
        let (status, answer) = soap(&world, ATTRIBUTES, &query(&stranger, &world, &name, &[])).await;
        assert!(!status.is_success() && told(|uri| answer.contains(uri)).is_empty(), "{answer}");
    }
}

fn told(has: impl Fn(&str) -> bool) -> Seen {
    RELEASED.into_iter().filter(|(_, uri)| has(uri)).map(|(name, _)| name).collect()
}

/// What the service has of a login, if it is logged in to at all.
async fn at_login(world: &World, service: &Provider, browser: &mut Browser) -> Seen {
    let (page, id) = service.sp.ask(world, browser, &Asking::default()).await;
    if page.shows("/saml/release/") {
        return Seen::new();
    }
    let login = service.sp.opens(world, &page, Some(&id)).unwrap();
    told(|uri| login.attributes.iter().any(|(name, _)| name == uri))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_leaves_the_house_by_the_residents_own_word_and_by_no_other_consent() {
    for world in worlds().await {
        let (holder, mut browser, desk) = met(&world, Plan::LINKED).await;
        for (consent, agree, version) in [
            (Consent::Never, "", linking::TEXT_VERSION),
            (Consent::OtherPurposes, "", linking::TEXT_VERSION),
            (Consent::Statistics, "", linking::TEXT_VERSION),
            (Consent::Expired, "yes", "2025-01-01"),
            (Consent::Given, "yes", linking::TEXT_VERSION),
        ] {
            let sql = "UPDATE consent SET purpose = $2 WHERE resident_id = $1 AND purpose IN ('statistics', 'citizen-self-view')";
            let word = if consent == Consent::Statistics { "statistics" } else { "citizen-self-view" };
            assert!(world.tamper(sql, params![holder.resident.bytes(), word]).await);
            let form = filled(Insurer::National, &[("agree", agree), ("version", version)]);
            world.browser().form("/links/add", &form).await;
            assert!(desk.asked().is_empty(), "nobody: {consent:?}");
            browser.form("/links/add", &form).await;
            assert_eq!(!desk.changes().is_empty(), consent == Consent::Given, "{consent:?}");
        }
        let shows = async |browser: &mut Browser| browser.get(&confirm_page()).await.shows("***2345");
        assert!(shows(&mut browser).await && !shows(&mut world.browser()).await);
        browser.form("/links/end", &[("provider", Insurer::National.entity()), ("generation", "1")]).await;
        assert!(!shows(&mut browser).await, "taken back, it shows nothing");
    }
}
