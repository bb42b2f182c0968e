use super::*;
use crate::store::link::EndedBy;

const PROVIDER: &str = "https://insurer.example";

fn now() -> Timestamp {
    "2026-11-22T03:00:00Z".parse().unwrap()
}

fn wish(generation: i64, state: State) -> Linking {
    Linking {
        provider: PROVIDER.to_owned(),
        generation,
        state,
        text_version: TEXT_VERSION.to_owned(),
        asked_at: day(now()),
        tries: 1,
        sending_until: None,
    }
}

fn held(generation: i64, ended_at: Option<Timestamp>) -> Held {
    Held {
        link: Link { provider: PROVIDER.to_owned(), generation },
        linked_at: day(now()),
        ended_at,
        ended_by: EndedBy::Resident,
    }
}

/// Generation and tries of what may be sent.
fn granted(wishes: &[Linking], links: &[Held]) -> (i64, i64) {
    match claim(wishes, links, PROVIDER, now()) {
        Claim::Granted { linking, .. } => {
            assert_eq!((linking.state, linking.asked_at), (State::Asked, day(now())));
            assert!(linking.sending_until > Some(now()));
            (linking.generation, linking.tries)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn no_pseudonym_is_used_for_a_second_wish() {
    assert_eq!(granted(&[], &[]), (1, 1));
    assert_eq!(granted(&[], &[held(1, Some(now()))]), (2, 1));
    for over in [State::Refused, State::Denied, State::Withdrawn, State::Confirmed] {
        assert_eq!(granted(&[wish(4, over)], &[held(3, Some(now()))]), (5, 1), "{over:?}");
    }
    let elsewhere = Linking { provider: "https://other.example".to_owned(), ..wish(9, State::Linked) };
    assert_eq!(granted(&[elsewhere], &[]), (1, 1), "another institution's do not count");
}

#[test]
fn a_wish_without_an_answer_goes_out_again_as_it_was() {
    assert_eq!(granted(&[wish(3, State::Asked)], &[]), (3, 1));
    let last = Linking { tries: TRIES_A_DAY, ..wish(3, State::Asked) };
    assert_eq!(granted(&[last], &[]), (3, TRIES_A_DAY), "it has counted already");
    let sent = Linking { sending_until: Some(now() + SignedDuration::from_secs(1)), ..wish(3, State::Asked) };
    assert_eq!(claim(&[sent], &[], PROVIDER, now()), Claim::Underway);
    let lost = Linking { sending_until: Some(now()), ..wish(3, State::Asked) };
    assert_eq!(granted(&[lost], &[]), (3, 1));
}

#[test]
fn a_wish_that_goes_out_again_adds_a_try_only_where_it_has_not_counted_today() {
    let adds = |wish: Linking| match claim(&[wish], &[], PROVIDER, now()) {
        Claim::Granted { adds, .. } => adds,
        other => panic!("{other:?}"),
    };
    let yesterday = day(now() - SignedDuration::from_hours(24));
    assert!(!adds(wish(3, State::Asked)));
    assert!(adds(Linking { tries: 0, ..wish(3, State::Asked) }), "nobody has read it");
    assert!(adds(Linking { asked_at: yesterday, ..wish(3, State::Asked) }));
    assert!(adds(wish(3, State::Unmatched)) && adds(wish(3, State::Denied)), "they were answered");
}

#[test]
fn a_wish_that_nobody_was_found_for_goes_on_under_its_pseudonym_and_counts_each_time() {
    assert_eq!(granted(&[wish(3, State::Unmatched), wish(2, State::Denied)], &[]), (3, 2));
    assert_eq!(granted(&[wish(3, State::Unmatched)], &[held(4, Some(now()))]), (5, 1), "not if another came after it");
    let last = Linking { tries: TRIES_A_DAY, ..wish(3, State::Unmatched) };
    assert_eq!(claim(&[last], &[], PROVIDER, now()), Claim::Spent);
}

#[test]
fn what_is_linked_or_waits_is_not_asked_for_again() {
    assert_eq!(claim(&[], &[held(1, None)], PROVIDER, now()), Claim::Held);
    for waits in [State::Review, State::Linked] {
        assert_eq!(claim(&[wish(1, waits)], &[], PROVIDER, now()), Claim::Held);
    }
}

#[test]
fn five_tries_a_day_count_together_and_the_next_day_begins_anew() {
    let mut wishes: Vec<_> = (1..=4).map(|generation| wish(generation, State::Denied)).collect();
    assert_eq!(granted(&wishes, &[]), (5, 1));
    wishes.push(Linking { tries: 0, ..wish(5, State::Asked) });
    assert_eq!(granted(&wishes, &[]), (5, 1), "what was not read is no try");
    wishes[4] = wish(5, State::Refused);
    assert_eq!(claim(&wishes, &[], PROVIDER, now()), Claim::Spent);
    let yesterday = day(now() - SignedDuration::from_hours(24));
    for wish in &mut wishes {
        wish.asked_at = yesterday;
    }
    assert_eq!(granted(&wishes, &[]), (6, 1));
}
