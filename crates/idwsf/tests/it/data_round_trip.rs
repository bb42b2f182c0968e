//! Whatever a question or a change says, it says the same on the other side.

use idwsf::MessageId;
use idwsf::dst::{Modify, ModifyItem, Page, Query, QueryItem, ServiceType, SetRequest};
use idwsf::interaction::{Interact, UserInteraction};
use idwsf::message::{
    Asked, Body, Consent, ConsentUri, Headers, Mechanism, Offer, ProcessingContext, Purpose, Terms, Timeout,
};
use jiff::Timestamp;
use proptest::collection::{btree_set, vec};
use proptest::option::of;
use proptest::prelude::*;
use xml::{Fragment, Writer};

use crate::world::World;

const TERMS: Terms<'static> =
    Terms { mechanisms: &[Mechanism::TlsBearer], changes: Offer::Yes, simulation: Offer::Yes, ..Terms::STRICT };

fn instant() -> impl Strategy<Value = Timestamp> {
    (0..4_102_444_800_i64).prop_map(|second| Timestamp::from_second(second).unwrap())
}

fn headers() -> impl Strategy<Value = Headers> {
    let consent = (prop::sample::select(vec![ConsentUri::Obtained, ConsentUri::Unavailable]), of(instant()));
    let consent = of(consent.prop_map(|(uri, given_at)| Consent { uri, given_at }));
    let context = prop::sample::select(vec![
        ProcessingContext::PrincipalOnline,
        ProcessingContext::PrincipalOffline,
        ProcessingContext::Simulate,
    ]);
    let timeout = of((1..=3600_u16).prop_map(|seconds| Timeout::from_secs(seconds).unwrap()));
    let id = of("[!-~]{1,60}".prop_map(|text| MessageId::parse(&text).unwrap()));
    let purpose = prop::sample::select(Purpose::ALL.to_vec());
    (consent, purpose, of(context), timeout, of(interaction()), id).prop_map(
        |(consent, purpose, context, timeout, interaction, resent_after)| Headers {
            consent,
            purpose: Some(purpose),
            context,
            timeout,
            interaction,
            resent_after,
        },
    )
}

fn interaction() -> impl Strategy<Value = UserInteraction> {
    let interact = prop::sample::select(vec![Interact::IfNeeded, Interact::NotForData, Interact::Never]);
    let services = vec("https://[a-z]{1,9}/[!-~]{0,20}", 0..=4);
    (interact, vec("[a-z]{2}(-[A-Z]{2})?", 0..=4), any::<bool>(), of(any::<u32>()), services).prop_map(
        |(interact, languages, redirect, seconds_max, services)| UserInteraction {
            interact,
            languages,
            redirect,
            seconds_max,
            services,
        },
    )
}

fn select() -> impl Strategy<Value = String> {
    "[!-~]([ -~]{0,60}[!-~])?"
}

fn page() -> impl Strategy<Value = Option<Page>> {
    let request = prop::sample::select(vec![SetRequest::Static, SetRequest::Delete]);
    // A part that begins at the beginning and asks for nothing else is not asked for.
    of((of(any::<u32>()), any::<u32>(), of("[!-~]{1,64}"), of(request))
        .prop_map(|(count, offset, set, request)| Page { count, offset, set, request })
        .prop_filter("a page says something", |page| *page != Page::default()))
}

fn query() -> impl Strategy<Value = Query> {
    let items = btree_set("[a-z0-9]{1,9}", 1..=4).prop_flat_map(|ids| {
        let item = |id: String| {
            (select(), of(instant()), page()).prop_map(move |(select, changed_since, page)| QueryItem {
                item_id: Some(id.clone()),
                select,
                changed_since,
                page,
            })
        };
        ids.into_iter().map(item).collect::<Vec<_>>()
    });
    items.prop_map(|items| Query { service: ServiceType::NHI, items })
}

fn element(text: &str) -> Fragment {
    let mut writer = Writer::new();
    writer.leaf(ServiceType::NHI.ns(), "Phone", &[], text);
    writer.finish()
}

/// The new elements by their texts, and the item around them.
fn modify() -> impl Strategy<Value = Changed> {
    let new = of(vec("\\PC{0,20}", 1..3));
    (select(), new, of(instant()), any::<bool>())
}

type Changed = (String, Option<Vec<String>>, Option<Timestamp>, bool);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_question_comes_to_the_service_as_it_was(headers in headers(), query in query()) {
        let world = World::new();
        let request = world.call(&headers, Body::Query(&query), &world.token());
        let admitted = world.admit(&request, &TERMS).map_err(|fault| TestCaseError::fail(fault.to_string()))?;
        prop_assert_eq!(admitted.headers, headers);
        let Asked::Query(read) = admitted.asked else { return Err(TestCaseError::fail("no query")) };
        prop_assert_eq!(read, Ok(query));
    }

    #[test]
    fn any_change_comes_to_the_service_as_it_was(headers in headers(), changed in modify()) {
        let world = World::new();
        let (select, new, not_changed_since, override_allowed) = changed;
        let new_data = new.map(|texts| texts.iter().map(|text| element(text)).collect());
        let item = ModifyItem { item_id: None, select, new_data, not_changed_since, override_allowed };
        let modify = Modify::one(ServiceType::NHI, item);
        let request = world.call(&headers, Body::Modify(&modify), &world.token());
        let admitted = world.admit(&request, &TERMS).map_err(|fault| TestCaseError::fail(fault.to_string()))?;
        prop_assert_eq!(admitted.headers, headers);
        let Asked::Modify(read) = admitted.asked else { return Err(TestCaseError::fail("no change")) };
        prop_assert!(read == Ok(modify));
    }
}
