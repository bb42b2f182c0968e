//! What will end, as a page says it: an icon and a word for how soon, the day, and what is to be done.

use jiff::{SignedDuration, Timestamp};
use web::{Lang, clock::Shown};

use super::services::Found;
use crate::{
    idp::expiry::{Ending, Urgency, What},
    resident::StateWord,
    wording::Text,
};

/// A notice about what ends within two months.
pub(super) fn notice(ending: &Ending, t: &'static Text, lang: Lang, now: Timestamp) -> Option<Found> {
    let words = &t.office.ending;
    let urgency = ending.urgency(now)?;
    let [notice, soon, near, over] = words.words;
    let word = |class, icon, word| StateWord { class, icon, word };
    let look = match urgency {
        Urgency::TwoMonths => word("info", "info", notice),
        Urgency::Month => word("warn", "clock", soon),
        Urgency::Week => word("bad", "alert", near),
        Urgency::Over => word("bad", "cross", over),
    };
    let at = Shown::minute(ending.at, lang).text;
    let days = (ending.at.duration_since(now).as_hours() / DAY.as_hours()).to_string();
    let when = match urgency {
        Urgency::Over => words.when.1.replace("{at}", &at),
        _ if ending.at.duration_since(now) < DAY => words.last_day.replace("{at}", &at),
        _ => words.when.0.replace("{at}", &at).replace("{days}", &days),
    };
    let place = if ending.name.is_empty() { String::new() } else { format!(" {}", ending.name) };
    Some(Found {
        look,
        code: "SVC-04".to_owned(),
        text: format!("{}{place}: {when}", whose(ending.what, t)),
        place: act(ending.what, t).to_owned(),
    })
}

/// The same in a table; what is far away is well.
pub(super) fn state(urgency: Option<Urgency>, t: &'static Text) -> StateWord {
    let words = &t.office.ending;
    let [notice, soon, near, over] = words.states;
    let word = |class, icon, word| StateWord { class, icon, word };
    match urgency {
        None => word("ok", "check", words.far),
        Some(Urgency::TwoMonths) => word("new", "info", notice),
        Some(Urgency::Month) => word("warn", "clock", soon),
        Some(Urgency::Week) => word("bad", "alert", near),
        Some(Urgency::Over) => word("bad", "cross", over),
    }
}

/// What it is that ends.
pub(super) fn whose(what: What, t: &'static Text) -> &'static str {
    let [sign, decrypt, messages, exchange, portals] = t.office.own.uses;
    match what {
        What::Metadata => t.office.ending.of_service[0],
        What::SigningCertificate => t.office.ending.of_service[1],
        What::EncryptionCertificate => t.office.ending.of_service[2],
        What::OwnSigning => sign,
        What::OwnDecryption => decrypt,
        What::OwnMessages => messages,
        What::OwnExchange => exchange,
        What::OwnPortals => portals,
    }
}

fn act(what: What, t: &'static Text) -> &'static str {
    let [metadata, service, key, messages, file] = t.office.ending.acts;
    match what {
        What::Metadata => metadata,
        What::SigningCertificate | What::EncryptionCertificate => service,
        What::OwnSigning | What::OwnDecryption => key,
        What::OwnMessages => messages,
        What::OwnExchange | What::OwnPortals => file,
    }
}

const DAY: SignedDuration = SignedDuration::from_hours(24);
