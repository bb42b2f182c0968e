use super::*;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn rules() -> Rules {
    Rules { use_for: HOUR * 24 * 730, publish_ahead: HOUR * 24 * 30, keep: HOUR * 24 * 30, ecdsa: true }
}

fn start() -> Timestamp {
    "2026-11-22T00:00:00Z".parse().unwrap()
}

/// What a platform does at one tick, the making of keys included.
fn tick(keys: &mut Vec<ServiceKey>, rules: &Rules, now: Timestamp) -> Vec<Step> {
    let steps = due(keys, rules, now);
    for step in &steps {
        match step {
            Step::Make(key) => {
                put(keys, key.clone());
                let taken = take_in(keys, &key.name, key.name.as_bytes(), rules, now);
                taken.into_iter().for_each(|key| put(keys, key));
            }
            Step::Forget(name) => keys.retain(|key| key.name != *name),
        }
    }
    steps
}

fn put(keys: &mut Vec<ServiceKey>, key: ServiceKey) {
    keys.retain(|known| known.name != key.name);
    keys.push(key);
}

fn rsa(keys: &[ServiceKey], now: Timestamp) -> &str {
    &used(keys, Purpose::SignRsa, now).unwrap().name
}

#[test]
fn in_ten_years_no_key_is_used_before_it_was_published_long_enough_and_none_is_missing() {
    let rules = rules();
    let (mut keys, mut now) = (Vec::new(), start());
    tick(&mut keys, &rules, now);
    let first: Vec<_> = Purpose::ALL.map(|purpose| used(&keys, purpose, now).unwrap().name.clone()).into();
    let mut seen = first.clone();
    // An hour, a day, or a machine that was off for two months, and for two years.
    for hours in [1, 24, 7, 24 * 60, 1, 24 * 13, 24 * 740, 5].into_iter().cycle() {
        now = later(now, HOUR * hours);
        if now > later(start(), HOUR * 24 * 3650) {
            break;
        }
        for purpose in Purpose::ALL {
            let key = used(&keys, purpose, now).expect("a key at every moment");
            let public_for = now.duration_since(key.published_at);
            assert!(first.contains(&key.name) || public_for >= rules.publish_ahead, "{key:?}");
            assert!(public_for.is_positive());
            let listed = published(&keys, purpose, now);
            assert!(listed.iter().any(|listed| listed.name == key.name), "used, but not published: {key:?}");
        }
        tick(&mut keys, &rules, now);
        seen.extend(keys.iter().map(|key| key.name.clone()));
        assert!(keys.len() <= 9, "old keys are forgotten: {}", keys.len());
    }
    seen.sort();
    seen.dedup();
    assert!(seen.len() >= 12, "keys were changed: {seen:?}");
}

#[test]
fn a_key_is_published_used_kept_and_forgotten() {
    let rules = rules();
    let (mut keys, day) = (Vec::new(), HOUR * 24);
    tick(&mut keys, &rules, start());
    assert_eq!(rsa(&keys, start()), "idp-sign-rsa-1", "at once: nobody knows us yet");
    let names = |keys: &[ServiceKey], at| -> Vec<String> {
        published(keys, Purpose::SignRsa, at).iter().map(|key| key.name.clone()).collect()
    };
    let at = |days: i32| later(start(), day * days);
    assert!(tick(&mut keys, &rules, at(699)).is_empty());
    assert_eq!(tick(&mut keys, &rules, at(700)).len(), 3);
    assert_eq!(names(&keys, at(700)), ["idp-sign-rsa-1", "idp-sign-rsa-2"]);
    assert_eq!((rsa(&keys, at(729)), rsa(&keys, at(730))), ("idp-sign-rsa-1", "idp-sign-rsa-2"));
    assert!(tick(&mut keys, &rules, at(759)).is_empty());
    assert_eq!(names(&keys, at(759)), ["idp-sign-rsa-1", "idp-sign-rsa-2"]);
    let forgotten: Vec<_> = Purpose::ALL.map(|purpose| Step::Forget(format!("{}1", stem(purpose)))).into();
    assert_eq!(tick(&mut keys, &rules, at(760)).iter().filter(|step| forgotten.contains(step)).count(), 3);
    assert_eq!(names(&keys, at(760)), ["idp-sign-rsa-2"]);
}

#[test]
fn where_no_successor_can_be_made_the_old_key_goes_on() {
    let rules = rules();
    let mut keys = Vec::new();
    tick(&mut keys, &rules, start());
    let much_later = later(start(), HOUR * 24 * 365 * 30);
    assert_eq!(rsa(&keys, much_later), "idp-sign-rsa-1");
    assert_eq!(published(&keys, Purpose::SignRsa, much_later).len(), 1);
    assert!(!due(&keys, &rules, much_later).iter().any(|step| matches!(step, Step::Forget(_))));
    tick(&mut keys, &rules, much_later);
    assert_eq!(rsa(&keys, much_later), "idp-sign-rsa-1", "even late, the next one is published first");
}

#[test]
fn two_processes_make_one_key_and_a_third_helps_when_the_first_has_died() {
    let rules = Rules { ecdsa: false, ..rules() };
    let mut keys = Vec::new();
    for step in due(&keys.clone(), &rules, start()) {
        let Step::Make(key) = step else { panic!("nothing to forget") };
        put(&mut keys, key);
    }
    assert!(due(&keys, &rules, start()).is_empty(), "announced");
    let steps = due(&keys, &rules, later(start(), MADE_WITHIN));
    let names: Vec<_> =
        steps.iter().map(|step| if let Step::Make(key) = step { key.name.as_str() } else { "" }).collect();
    assert_eq!(names, ["idp-sign-rsa-1", "idp-decrypt-1"], "the same names");
}

#[test]
fn a_change_that_was_asked_for_comes_when_it_was_asked_for() {
    let rules = rules();
    let mut keys = Vec::new();
    tick(&mut keys, &rules, start());
    let (now, hour) = (later(start(), HOUR * 24 * 100), later(start(), HOUR * (24 * 100 + 1)));
    let (steps, changed) = asked(&keys, &rules, HOUR, now);
    assert!(changed.is_empty());
    for step in steps {
        let Step::Make(key) = step else { panic!("nothing to forget") };
        put(&mut keys, key.clone());
        take_in(&keys, &key.name, b"x", &rules, now).into_iter().for_each(|key| put(&mut keys, key));
    }
    assert_eq!((rsa(&keys, now), rsa(&keys, hour)), ("idp-sign-rsa-1", "idp-sign-rsa-2"));
    // Asked again: the key that waits is used even sooner, and no third one is made.
    let (steps, changed) = asked(&keys, &rules, SignedDuration::ZERO, now);
    assert!(steps.is_empty());
    changed.into_iter().for_each(|key| put(&mut keys, key));
    assert_eq!(rsa(&keys, now), "idp-sign-rsa-2");
    let old = keys.iter().find(|key| key.name == "idp-sign-rsa-1").unwrap();
    assert_eq!((old.used_until, old.retired_at), (now, later(now, rules.keep)));
}

#[test]
fn a_key_of_a_new_kind_waits_until_the_services_know_it() {
    let mut keys = Vec::new();
    tick(&mut keys, &Rules { ecdsa: false, ..rules() }, start());
    assert!(used(&keys, Purpose::SignP256, start()).is_none());
    let now = later(start(), HOUR);
    tick(&mut keys, &rules(), now);
    assert!(used(&keys, Purpose::SignP256, now).is_none());
    assert!(used(&keys, Purpose::SignP256, later(now, rules().publish_ahead)).is_some());
}
