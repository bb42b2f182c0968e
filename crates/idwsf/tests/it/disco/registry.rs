//! Who may register and associate what.

use idwsf::disco::{Registry, ServiceMetadata};
use idwsf::dst::Code;
use idwsf::epr::Transport;
use proptest::prelude::*;

use crate::disco::stage::{KHI, employees, entity, failed, id, insurance, refused, registry, uri};

const ONE: &str = "urn:x-kagawa:svcmd:1";
const TWO: &str = "urn:x-kagawa:svcmd:2";

fn held() -> [ServiceMetadata; 2] {
    [insurance(), employees()]
}

/// Another service of the insurer.
fn second() -> ServiceMetadata {
    let mut second = insurance();
    second.id = None;
    second.services[0].endpoints[0].addresses = vec![uri("https://nhi.takamatsu.example/second")];
    second
}

#[test]
fn a_provider_registers_its_own_service() {
    let held = held();
    assert_eq!(registry(&held).register(&insurance().provider, &[second()]), Ok(()));
}

#[test]
fn a_provider_registers_nothing_for_another() {
    let held = held();
    let outcome = registry(&held).register(&employees().provider, &[second()]);
    assert_eq!(outcome, Err(failed(Code::FORBIDDEN, None)));
}

#[test]
fn a_service_that_is_there_is_a_duplicate() {
    let held = held();
    let mut again = insurance();
    again.id = None;
    let duplicate = Err(failed(Code::DUPLICATE, Some(ONE)));
    assert_eq!(registry(&held).register(&insurance().provider, &[again.clone()]), duplicate);
    let twice = [second(), second()];
    assert_eq!(registry(&held).register(&again.provider, &twice), Err(failed(Code::DUPLICATE, None)));
}

#[test]
fn a_service_of_the_same_type_at_the_same_place_is_a_logical_duplicate() {
    let held = held();
    let mut renamed = insurance();
    renamed.name = "Another name".to_owned();
    let outcome = registry(&held).register(&renamed.provider, &[renamed.clone()]);
    assert_eq!(outcome, Err(failed(Code::LOGICAL_DUPLICATE, Some(ONE))));
    renamed.services[0].service_types = vec![uri(KHI)];
    assert_eq!(registry(&held).register(&renamed.provider, &[renamed.clone()]), Ok(()));
}

#[test]
fn a_place_that_is_not_reached_over_tls_is_not_registered() {
    let held = held();
    let mut plain = second();
    plain.services[0].endpoints[0].addresses.push(uri("http://localhost:8500/dst"));
    assert_eq!(registry(&held).register(&plain.provider, &[plain.clone()]), Err(refused()));
    let demonstration = Registry { transport: Transport::Loopback, ..registry(&held) };
    assert_eq!(demonstration.register(&plain.provider, &[plain.clone()]), Ok(()));
}

#[test]
fn no_provider_registers_services_without_end() {
    let many: Vec<ServiceMetadata> = (0..33)
        .map(|number| {
            let mut one = second();
            one.services[0].endpoints[0].addresses = vec![uri(&format!("https://nhi.takamatsu.example/{number}"))];
            one
        })
        .collect();
    assert_eq!(registry(&[]).register(&insurance().provider, &many[..32]), Ok(()));
    assert_eq!(registry(&[]).register(&insurance().provider, &many), Err(refused()));
    assert_eq!(registry(&many[..32]).register(&insurance().provider, &many[32..]), Err(refused()));
}

#[test]
fn a_service_is_replaced_by_its_id() {
    let held = held();
    let mut moved = second();
    moved.id = Some(id(ONE));
    assert_eq!(registry(&held).replace(&moved.provider, &[moved.clone()]), Ok(()));
    assert_eq!(registry(&held).replace(&moved.provider, &[insurance()]), Ok(()), "a repeated replacement does no harm");
}

#[test]
fn what_is_not_there_is_not_replaced() {
    let held = held();
    let provider = insurance().provider;
    assert_eq!(registry(&held).replace(&provider, &[second()]), Err(failed(Code::NOT_FOUND, None)));
    let mut unknown = second();
    unknown.id = Some(id("urn:x:unknown"));
    assert_eq!(registry(&held).replace(&provider, &[unknown]), Err(failed(Code::NOT_FOUND, Some("urn:x:unknown"))));
}

#[test]
fn a_provider_replaces_nothing_of_another_and_gives_nothing_away() {
    let held = held();
    let outcome = registry(&held).replace(&insurance().provider, &[employees()]);
    assert_eq!(outcome, Err(failed(Code::FORBIDDEN, Some(TWO))));
    let mut given = insurance();
    given.provider = employees().provider;
    assert_eq!(registry(&held).replace(&insurance().provider, &[given]), Err(failed(Code::FORBIDDEN, None)));
}

#[test]
fn one_service_is_not_replaced_twice_or_by_another_that_is_there() {
    let mut other = second();
    other.id = Some(id("urn:x-kagawa:svcmd:3"));
    let held = [insurance(), other.clone()];
    let twice = [insurance(), insurance()];
    let provider = insurance().provider;
    assert_eq!(registry(&held).replace(&provider, &twice), Err(failed(Code::DUPLICATE, Some(ONE))));
    let mut same = other.clone();
    same.id = Some(id(ONE));
    let duplicate = Err(failed(Code::DUPLICATE, Some("urn:x-kagawa:svcmd:3")));
    assert_eq!(registry(&held).replace(&provider, &[same.clone()]), duplicate);
    same.name = "Another name".to_owned();
    let logical = Err(failed(Code::LOGICAL_DUPLICATE, Some("urn:x-kagawa:svcmd:3")));
    assert_eq!(registry(&held).replace(&provider, &[same.clone()]), logical);
    let mut swapped = insurance();
    swapped.id = other.id;
    assert_eq!(registry(&held).replace(&provider, &[same, swapped]), Ok(()), "two may change places");
}

#[test]
fn a_provider_takes_its_own_services_out_alone() {
    let held = held();
    let provider = insurance().provider;
    assert_eq!(registry(&held).delete(&provider, &[id(ONE)]), Ok(()));
    assert_eq!(registry(&held).delete(&provider, &[id(ONE), id(TWO)]), Err(failed(Code::FORBIDDEN, Some(TWO))));
    let unknown = registry(&held).delete(&provider, &[id("urn:x:unknown")]);
    assert_eq!(unknown, Err(failed(Code::NOT_FOUND, Some("urn:x:unknown"))));
}

#[test]
fn a_provider_reads_its_own_registrations_alone() {
    let held = held();
    let provider = insurance().provider;
    assert_eq!(registry(&held).registered(&provider, &[]), Ok(vec![&held[0]]));
    assert_eq!(registry(&held).registered(&provider, &[id(ONE)]), Ok(vec![&held[0]]));
    for other in [TWO, "urn:x:unknown"] {
        assert_eq!(registry(&held).registered(&provider, &[id(other)]), Err(failed(Code::NOT_FOUND, Some(other))));
    }
}

#[test]
fn a_provider_associates_its_own_services_alone() {
    let held = held();
    let provider = insurance().provider;
    assert_eq!(registry(&held).associate(&provider, &[id(ONE)], &[]), Ok(()));
    assert_eq!(registry(&held).associate(&provider, &[id(TWO)], &[]), Err(failed(Code::FORBIDDEN, Some(TWO))));
    let unknown = registry(&held).associate(&provider, &[id("urn:x:unknown")], &[]);
    assert_eq!(unknown, Err(failed(Code::NOT_FOUND, Some("urn:x:unknown"))));
}

#[test]
fn an_association_is_made_once() {
    let held = held();
    let again = registry(&held).associate(&insurance().provider, &[id(ONE)], &[id(ONE)]);
    assert_eq!(again, Err(failed(Code::DUPLICATE, Some(ONE))));
}

#[test]
fn only_an_association_that_is_there_is_undone() {
    let held = held();
    let provider = insurance().provider;
    assert_eq!(registry(&held).dissociate(&provider, &[id(ONE)], &[id(ONE)]), Ok(()));
    let absent = registry(&held).dissociate(&provider, &[id(ONE)], &[id(TWO)]);
    assert_eq!(absent, Err(failed(Code::NOT_FOUND, Some(ONE))));
    let others = registry(&held).dissociate(&provider, &[id(TWO)], &[id(TWO)]);
    assert_eq!(others, Err(failed(Code::FORBIDDEN, Some(TWO))));
}

#[test]
fn a_provider_does_not_learn_where_else_a_person_is_known() {
    let held = held();
    let both = [id(ONE), id(TWO)];
    assert_eq!(registry(&held).associated(&insurance().provider, &[], &both), [id(ONE)]);
    assert_eq!(registry(&held).associated(&insurance().provider, &both, &both), [id(ONE)]);
    assert_eq!(registry(&held).associated(&employees().provider, &[id(ONE)], &both), []);
    assert_eq!(registry(&held).associated(&entity("urn:x:other"), &[], &both), []);
    assert_eq!(registry(&held).associated(&insurance().provider, &[], &[]), []);
}

/// One step of the model: what is done, by which provider, to which of a few services.
fn step() -> impl Strategy<Value = (u8, bool, usize, u8)> {
    (0..3_u8, any::<bool>(), 0..6_usize, 0..4_u8)
}

proptest! {
    #[test]
    fn whatever_is_done_no_two_services_are_alike_and_each_is_its_providers(
        steps in proptest::collection::vec(step(), 1..40),
    ) {
        let mut held: Vec<ServiceMetadata> = Vec::new();
        let mut made = 0;
        for (kind, first, which, place) in steps {
            let mut one = if first { insurance() } else { employees() };
            one.services[0].endpoints[0].addresses = vec![uri(&format!("https://{place}.example/"))];
            one.id = held.get(which).and_then(|held| held.id.clone());
            let sender = one.provider.clone();
            let before: Vec<ServiceMetadata> = held.iter().filter(|held| held.provider != sender).cloned().collect();
            match kind {
                0 if registry(&held).register(&sender, std::slice::from_ref(&one)) == Ok(()) => {
                    made += 1;
                    one.id = Some(id(&format!("urn:x:{made}")));
                    held.push(one);
                }
                1 if registry(&held).replace(&sender, std::slice::from_ref(&one)) == Ok(()) => {
                    let place = held.iter().position(|held| held.id == one.id).unwrap();
                    held[place] = one;
                }
                2 => if let Some(id) = one.id && registry(&held).delete(&sender, std::slice::from_ref(&id)) == Ok(()) {
                    held.retain(|held| held.id.as_ref() != Some(&id));
                },
                _ => {}
            }
            let others: Vec<ServiceMetadata> = held.iter().filter(|held| held.provider != sender).cloned().collect();
            prop_assert_eq!(before, others);
            for (position, one) in held.iter().enumerate() {
                for other in &held[position + 1..] {
                    prop_assert!(one.id != other.id);
                    prop_assert!(one.provider != other.provider || one.services != other.services);
                }
            }
        }
    }
}
