//! When our keys come and go. A key is published before it is used, and stays published for a while afterwards, so that no
//! service ever meets a signature by a key that it has had no time to learn.
//!
//! ```text
//! published ──(publish_ahead)── used ──(use_for)── kept ──(keep)── forgotten
//!                                 └ the next: published ──── used …
//! ```
//!
//! Only the appearance of a successor ends a key: where none can be made, the old one signs on, past every date here and
//! past the end of its certificate.

use jiff::{SignedDuration, Timestamp};

use crate::store::service_key::{Purpose, ServiceKey};

/// How long each stage lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// A key is used for so long.
    pub use_for: SignedDuration,
    /// It is published so long before.
    pub publish_ahead: SignedDuration,
    /// And so long afterwards.
    pub keep: SignedDuration,
    /// Whether there are ECDSA keys beside the RSA keys.
    pub ecdsa: bool,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Announce that this key is being made (its certificate is empty), then make it and [`take_in`] it.
    Make(ServiceKey),
    /// Forget a key that is no longer in the metadata.
    Forget(String),
}

/// A process that announced a key and has not made it by then has stopped, and another may do it.
pub const MADE_WITHIN: SignedDuration = SignedDuration::from_mins(5);

/// What is due.
#[must_use]
pub fn due(keys: &[ServiceKey], rules: &Rules, now: Timestamp) -> Vec<Step> {
    let mut steps = Vec::new();
    let first = !keys.iter().any(is_made);
    for purpose in rules.purposes() {
        if let Some(announced) = keys.iter().find(|key| key.purpose == purpose && !is_made(key)) {
            if later(announced.published_at, MADE_WITHIN) <= now {
                let delay = announced.used_from.duration_since(announced.published_at);
                steps.push(Step::Make(announcement(&announced.name, purpose, delay, now)));
            }
            continue;
        }
        let delay = match newest(keys, purpose) {
            // Nobody knows us yet, so that nobody can miss a key.
            None if first => SignedDuration::ZERO,
            Some(newest) if newest.used_until.duration_since(now) > rules.publish_ahead => continue,
            _ => rules.publish_ahead,
        };
        steps.push(Step::Make(announcement(&next_name(keys, purpose), purpose, delay, now)));
    }
    let old = keys.iter().filter(|key| is_made(key) && key.retired_at <= now && !needed(keys, key, now));
    steps.extend(old.map(|key| Step::Forget(key.name.clone())));
    steps
}

/// A change of keys that somebody asked for: new keys are used `delay` after they are made. A key that waits already is
/// used that early instead, and is given here with its new times; nothing is put off.
#[must_use]
pub fn asked(
    keys: &[ServiceKey],
    rules: &Rules,
    delay: SignedDuration,
    now: Timestamp,
) -> (Vec<Step>, Vec<ServiceKey>) {
    let mut steps = Vec::new();
    let mut changed = Vec::new();
    for purpose in rules.purposes() {
        let of = keys.iter().filter(|key| key.purpose == purpose);
        let waiting = of.clone().find(|key| is_made(key) && key.used_from > now);
        match waiting {
            Some(waiting) => {
                let mut sooner = keys.to_vec();
                let from = waiting.used_from.min(later(now, delay));
                changed.extend(takes_over(&mut sooner, &waiting.name, from, rules));
            }
            None if of.clone().any(|key| !is_made(key)) => {}
            None => steps.push(Step::Make(announcement(&next_name(keys, purpose), purpose, delay, now))),
        }
    }
    (steps, changed)
}

/// The announced key `name` has been made: gives every key whose times that changes, itself included.
#[must_use]
pub fn take_in(keys: &[ServiceKey], name: &str, certificate: &[u8], rules: &Rules, now: Timestamp) -> Vec<ServiceKey> {
    let mut keys = keys.to_vec();
    let Some(new) = keys.iter_mut().find(|key| key.name == name && !is_made(key)) else { return Vec::new() };
    let delay = new.used_from.duration_since(new.published_at);
    new.certificate = certificate.to_vec();
    new.published_at = now;
    let from = later(now, delay);
    takes_over(&mut keys, name, from, rules)
}

/// The key that is used for a purpose.
#[must_use]
pub fn used(keys: &[ServiceKey], purpose: Purpose, now: Timestamp) -> Option<&ServiceKey> {
    let of = keys.iter().filter(|key| key.purpose == purpose && is_made(key) && key.used_from <= now);
    of.max_by_key(|key| key.used_from)
}

/// The keys in the metadata, oldest first: every one that signs, has signed lately or will sign soon; to encrypt to, the one
/// that is used.
#[must_use]
pub fn published(keys: &[ServiceKey], purpose: Purpose, now: Timestamp) -> Vec<&ServiceKey> {
    if purpose == Purpose::Decrypt {
        return used(keys, purpose, now).into_iter().collect();
    }
    let of = keys.iter().filter(|key| key.purpose == purpose && is_made(key) && key.published_at <= now);
    of.filter(|key| now < key.retired_at || needed(keys, key, now)).collect()
}

impl Rules {
    fn purposes(&self) -> impl Iterator<Item = Purpose> {
        let ecdsa = self.ecdsa;
        Purpose::ALL.into_iter().filter(move |purpose| ecdsa || *purpose != Purpose::SignP256)
    }
}

/// Whether the key is there, and not merely announced.
#[must_use]
pub fn is_made(key: &ServiceKey) -> bool {
    !key.certificate.is_empty()
}

/// From `from` on the key is used, and the one before it is not.
fn takes_over(keys: &mut [ServiceKey], name: &str, from: Timestamp, rules: &Rules) -> Vec<ServiceKey> {
    let Some(purpose) = keys.iter().find(|key| key.name == name).map(|key| key.purpose) else { return Vec::new() };
    let mut changed = Vec::new();
    let before = keys.iter().filter(|key| key.purpose == purpose && key.name != name && is_made(key));
    let before = before.max_by_key(|key| key.used_from).map(|key| key.name.clone());
    for key in keys.iter_mut().filter(|key| key.name == name || before.as_ref() == Some(&key.name)) {
        if key.name == name {
            key.used_from = from;
            key.used_until = later(from, rules.use_for);
        } else {
            key.used_until = from;
        }
        key.retired_at = later(key.used_until, rules.keep);
        changed.push(key.clone());
    }
    changed
}

/// Whether a key must stay whatever its times say: it is used, or is the last of its purpose.
fn needed(keys: &[ServiceKey], key: &ServiceKey, now: Timestamp) -> bool {
    let is = |found: Option<&ServiceKey>| found.is_some_and(|found| found.name == key.name);
    is(used(keys, key.purpose, now)) || is(newest(keys, key.purpose))
}

fn newest(keys: &[ServiceKey], purpose: Purpose) -> Option<&ServiceKey> {
    keys.iter().filter(|key| key.purpose == purpose && is_made(key)).max_by_key(|key| key.used_from)
}

fn announcement(name: &str, purpose: Purpose, delay: SignedDuration, now: Timestamp) -> ServiceKey {
    let from = later(now, delay);
    ServiceKey {
        name: name.to_owned(),
        purpose,
        published_at: now,
        used_from: from,
        used_until: from,
        retired_at: from,
        certificate: Vec::new(),
    }
}

/// `idp-sign-rsa-1`, `idp-sign-rsa-2` and so on: the newest is never forgotten, so that no name comes twice.
fn next_name(keys: &[ServiceKey], purpose: Purpose) -> String {
    let stem = stem(purpose);
    let numbers = keys.iter().filter_map(|key| key.name.strip_prefix(stem)?.parse::<u32>().ok());
    format!("{stem}{}", numbers.max().unwrap_or(0).saturating_add(1))
}

/// What the names of a purpose's keys begin with.
#[must_use]
pub fn stem(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::SignRsa => "idp-sign-rsa-",
        Purpose::SignP256 => "idp-sign-p256-",
        Purpose::Decrypt => "idp-decrypt-",
    }
}

/// So much later; a time beyond the calendar is its end.
fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
