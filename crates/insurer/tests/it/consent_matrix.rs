//! Every combination of who asks, what for, about what, and what the person has agreed to: what the node answers is what a short
//! rule of this page says, and nothing else. The platform has the consents, and the node's rules decide once more; of services the
//! node sees itself what the person lets them ask.

use health::contact_xml::Field;
use idwsf::EntityId;
use idwsf::dst::{Query, Reply, ServiceType};
use idwsf::message::{Answer, Body, Consent as Said, ConsentUri, Expect, Headers, Purpose, open_response};
use idwsf::token::{AuthnClass, Permit};
use jiff::SignedDuration;

use crate::contact::say;
use crate::grants::{Given, OTHER, SERVICE, changed, headers, open_nodes, sealed, withdrawal};
use crate::region::{NODE, PLATFORM, Region};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// The platform, for a resident who has shown card and PIN.
    Resident,
    /// The platform, for a clinic that has the card alone.
    Clinic,
    /// A service that a rule names, with a token for its own key.
    Service,
    /// Another service with such a token, which no rule names.
    Nobody,
}

const ROLES: [Role; 4] = [Role::Resident, Role::Clinic, Role::Service, Role::Nobody];

/// The word of each category, and its path.
const CATEGORIES: [(&str, &str); 6] = [
    ("coverage", "/nhi:Insured/nhi:Coverage"),
    ("eligibility", "/nhi:Insured/nhi:Eligibility"),
    ("check-up", "/nhi:Insured/nhi:CheckUp"),
    ("expenses", "/nhi:Insured/nhi:Expense"),
    ("pension", "/nhi:Insured/nhi:Pension"),
    ("contact", "/nhi:Insured/nhi:Contact/nhi:Phone"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Consent {
    Given,
    /// The token is older than it may be.
    Expired,
    OtherPurpose,
    Never,
    /// The platform has told so. It comes last: from then on the token counts no more.
    Withdrawn,
}

const CONSENTS: [Consent; 5] =
    [Consent::Given, Consent::Expired, Consent::OtherPurpose, Consent::Never, Consent::Withdrawn];

/// The rule. The platform looks at consents itself; what it says about them does not open or close anything here.
fn allowed(role: Role, purpose: Purpose, category: &str, consent: Consent) -> bool {
    match (role, purpose, category) {
        (Role::Resident, Purpose::CitizenSelfView, "coverage" | "eligibility" | "contact") => true,
        (Role::Resident | Role::Clinic, Purpose::EligibilityCheck, "eligibility") => true,
        (Role::Service, Purpose::Treatment, "coverage") => consent == Consent::Given,
        _ => false,
    }
}

#[tokio::test]
async fn what_the_node_answers_is_what_the_rule_allows_and_nothing_else() {
    for region in open_nodes().await {
        say(&region, "p-yoshida", &[(Field::Phone, Some("0878390000"))]).await;
        let (mut cells, mut answered) = (0, 0);
        for consent in CONSENTS {
            if consent == Consent::Withdrawn {
                changed(&region, PLATFORM, withdrawal(region.clock.now()), None).await;
            }
            for (role, purpose) in ROLES.into_iter().flat_map(|role| Purpose::ALL.map(|purpose| (role, purpose))) {
                for (category, path) in CATEGORIES {
                    let expected = allowed(role, purpose, category, consent);
                    let told = told(&region, (role, consent), purpose, (category, path)).await;
                    assert_eq!(told, expected, "{role:?} {purpose:?} {category} {consent:?}");
                    cells += 1;
                    answered += usize::from(told);
                }
            }
        }
        println!("{cells} combinations, {answered} answered");
        assert_eq!((cells, answered), (720, 26));
    }
}

/// Whether anything about the person comes back.
async fn told(
    region: &Region,
    (role, consent): (Role, Consent),
    purpose: Purpose,
    (category, path): (&str, &str),
) -> bool {
    let (sender, class) = match role {
        Role::Resident => (PLATFORM, AuthnClass::SmartcardPki),
        Role::Clinic => (PLATFORM, AuthnClass::Smartcard),
        Role::Service => (SERVICE, AuthnClass::SmartcardPki),
        Role::Nobody => (OTHER, AuthnClass::SmartcardPki),
    };
    let now = region.clock.now();
    let other = if purpose == Purpose::Treatment { Purpose::Statistics } else { Purpose::Treatment };
    let permits = match consent {
        Consent::Never => Vec::new(),
        Consent::OtherPurpose => vec![Permit::new(category, other).unwrap()],
        Consent::Given | Consent::Expired | Consent::Withdrawn => vec![Permit::new(category, purpose).unwrap()],
    };
    let old = consent == Consent::Expired && sender != PLATFORM;
    let at = if old { now - SignedDuration::from_mins(16) } else { now };
    let token = Given { pseudonym: "p-yoshida", holder: sender, class, permits, at }.token(region);
    let uri = if consent == Consent::Given { ConsentUri::Prior } else { ConsentUri::Unavailable };
    let headers = Headers { consent: Some(Said { uri, given_at: None }), ..headers(purpose) };
    let query = Query::one(ServiceType::NHI, path);
    let (id, message) = sealed(region, sender, &token, &headers, Body::Query(&query));
    let (_, body) = region.post(message).await;
    let from = EntityId::parse(NODE).unwrap();
    let expect = Expect { in_reply_to: &id, from: &from, keys: region.node_keys(), service: ServiceType::NHI };
    let read = |reply: &Reply<'_, '_>| {
        reply.data().iter().map(|data| data.node.children().filter(xml::Node::is_element).count()).sum::<usize>()
    };
    match open_response(&body, &expect, now, read).unwrap() {
        Answer::Reply(records) => records > 0,
        Answer::Fault(_) => false,
    }
}
