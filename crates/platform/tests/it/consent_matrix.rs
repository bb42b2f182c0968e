//! Every combination of who asks, what for, about what, and what the resident has agreed to: what the platform lets through is what
//! a short rule of this page says, and nothing else.

use std::collections::HashMap;

use db::params;
use idwsf::{epr::Target, message::Purpose};
use platform::consent::TEXT_VERSION;
use region::Named;

use crate::{
    browser::{Browser, Page},
    harness::{CLINIC, World, worlds},
    holder::Holder,
    records::RECORDS,
    service::Sp,
    wsf_asking::{everything, found, joined, log_in, post, sealed},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Role {
    /// At the portal, with card and PIN.
    Resident,
    /// A clinic's clerk, with the resident's card on the reader.
    Clinic,
    /// A registered service, in whose session the resident is.
    Service,
    /// Whoever has not logged in, and a service that nobody registered.
    Nobody,
}

const ROLES: [Role; 4] = [Role::Resident, Role::Clinic, Role::Service, Role::Nobody];

const CATEGORIES: [&str; 5] = ["coverage", "check-up", "expenses", "pension", "eligibility"];

/// What became of the consent to the purpose in question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Consent {
    Given,
    Withdrawn,
    /// Its time is over, or its text is no longer the one that is asked for.
    Expired,
    /// Given to every purpose but this one.
    OtherPurposes,
    Never,
}

const CONSENTS: [Consent; 5] =
    [Consent::Given, Consent::Withdrawn, Consent::Expired, Consent::OtherPurposes, Consent::Never];

/// What a resident can consent to at all.
const ASKED_FOR: [Purpose; 3] = [Purpose::CitizenSelfView, Purpose::EligibilityCheck, Purpose::Treatment];

/// The rule.
fn allowed(role: Role, purpose: Purpose, category: &str, consent: Consent) -> bool {
    let meant = matches!(
        (role, purpose, category),
        (Role::Resident, Purpose::CitizenSelfView, "coverage" | "check-up" | "expenses" | "pension")
            | (Role::Clinic, Purpose::EligibilityCheck, "eligibility")
            | (Role::Service, Purpose::Treatment, "coverage")
    );
    meant && consent == Consent::Given
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_platform_lets_through_is_what_the_rule_allows_and_nothing_else() {
    for world in worlds().await {
        let doors = Doors::open(&world).await;
        let (mut cells, mut tried, mut let_through) = (0, 0, 0);
        let mut seen: HashMap<(Purpose, Consent), HashMap<Door, bool>> = HashMap::new();
        for purpose in ASKED_FOR {
            for consent in CONSENTS {
                doors.agree(&world, purpose, consent).await;
                seen.insert((purpose, consent), doors.knock(&world).await);
            }
        }
        for (role, purpose) in ROLES.into_iter().flat_map(|role| Purpose::ALL.map(|purpose| (role, purpose))) {
            for (category, consent) in
                CATEGORIES.iter().flat_map(|category| CONSENTS.map(|consent| (*category, consent)))
            {
                let case = format!("{role:?} {purpose:?} {category} {consent:?}");
                let expected = allowed(role, purpose, category, consent);
                cells += 1;
                let_through += usize::from(expected);
                // To what nobody can agree to, everything else is agreed to.
                let agreed =
                    if ASKED_FOR.contains(&purpose) { (purpose, consent) } else { (ASKED_FOR[0], Consent::Given) };
                match seen[&agreed].get(&(role, purpose, category)) {
                    Some(shown) => {
                        tried += 1;
                        assert_eq!(*shown, expected, "{case}");
                    }
                    // No page, no message and no parameter by which it could be asked.
                    None => assert!(!expected, "{case}: there is no door"),
                }
            }
        }
        eprintln!("{cells} combinations, {tried} of them through a door, {let_through} let through");
        assert_eq!((cells, tried, let_through), (600, 60, 6));
    }
}

/// Who can ask what for about what.
type Door = (Role, Purpose, &'static str);

/// One resident, and everybody who might ask.
struct Doors {
    holder: Holder,
    resident: Browser,
    clerk: Browser,
    service: Sp,
    target: Target,
}

impl Doors {
    async fn open(world: &World) -> Self {
        let service = joined(world, "kmix");
        let holder = world.holder(Named::Changed).await;
        for node in &world.nodes {
            node.take_records(&world.clock).await;
        }
        let mut resident = world.browser().logged_in(&holder).await;
        let target = log_in(world, &service, &mut resident, true).await;
        Self { holder, resident, clerk: world.clerk().await, service, target }
    }

    /// The resident has agreed to this purpose as `consent` says, and to others only where it says so.
    async fn agree(&self, world: &World, purpose: Purpose, consent: Consent) {
        for other in ASKED_FOR {
            let others = if consent == Consent::OtherPurposes { Consent::Given } else { Consent::Never };
            self.set(world, other, if other == purpose { consent } else { others }).await;
        }
    }

    async fn set(&self, world: &World, purpose: Purpose, consent: Consent) {
        let (id, now) = (self.holder.resident.bytes(), world.now());
        let past = now - jiff::SignedDuration::from_hours(1);
        let withdrawn = (consent == Consent::Withdrawn).then(|| past.as_microsecond());
        let there = matches!(consent, Consent::Given | Consent::Withdrawn | Consent::Expired);
        if purpose == Purpose::Treatment {
            let until = if consent == Consent::Expired { past } else { now + jiff::SignedDuration::from_hours(1) };
            let purpose = if there { "treatment" } else { "statistics" };
            let sql = "UPDATE service_consent SET purpose = $2, withdrawn_at = $3, until = $4 WHERE resident_id = $1";
            assert!(world.tamper(sql, params![id, purpose, withdrawn, until]).await);
        } else {
            let text = if consent == Consent::Expired { "2025-01-01" } else { TEXT_VERSION };
            let (word, absent) = (purpose.as_str(), format!("no {}", purpose.as_str()));
            let become_word = if there { word.to_owned() } else { absent.clone() };
            let sql = "UPDATE consent SET purpose = $4, withdrawn_at = $5, text_version = $6 \
                 WHERE resident_id = $1 AND purpose IN ($2, $3)";
            assert!(world.tamper(sql, params![id, word, absent, become_word, withdrawn, text]).await);
        }
    }

    /// Tries every door there is; `true` where something of the resident came out.
    async fn knock(&self, world: &World) -> HashMap<Door, bool> {
        let person = &self.holder.person.person;
        let shows = |page: &Page| page.shows(&person.name) || page.shows(&person.kana);
        let (mut resident, mut stranger) = (self.resident.clone(), world.browser());
        let (mut clerk, mut passer_by) = (self.clerk.clone(), Browser::new(world.router(), CLINIC));
        let unknown = self.service.clone().with_other_key();
        let (_, message) = sealed(world, &unknown, &self.target, &everything());
        let (refused, _) = post(world, message).await;
        let found = found(world, &self.service, &self.target).await;
        let mut doors = HashMap::from([
            ((Role::Resident, Purpose::CitizenSelfView, "coverage"), shows(&resident.get("/coverage").await)),
            ((Role::Nobody, Purpose::CitizenSelfView, "coverage"), shows(&stranger.get("/coverage").await)),
            ((Role::Clinic, Purpose::EligibilityCheck, "eligibility"), shows(&clerk.check(&self.holder).await)),
            (
                (Role::Nobody, Purpose::EligibilityCheck, "eligibility"),
                passer_by.get("/reception").await.shows("reader"),
            ),
            ((Role::Service, Purpose::Treatment, "coverage"), !found.is_empty()),
            ((Role::Nobody, Purpose::Treatment, "coverage"), refused.is_success()),
        ]);
        for (path, category, _) in RECORDS {
            let shows = |page: &Page| page.shows("<td");
            doors.insert((Role::Resident, Purpose::CitizenSelfView, category), shows(&resident.get(path).await));
            doors.insert((Role::Nobody, Purpose::CitizenSelfView, category), shows(&stranger.get(path).await));
        }
        doors
    }
}
