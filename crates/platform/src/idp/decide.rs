//! What comes next for a request of a service: decided from what is known, without a server.

use jiff::Timestamp;
use saml::{AuthnClass, Second, Status, Top};

use crate::attribute::Attributes;

/// What the service asked for, and what was agreed with it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    /// When the request arrived.
    pub arrived: Timestamp,
    /// Log in anew.
    pub force: bool,
    /// Show nothing.
    pub passive: bool,
    /// Whether the card alone, and card and PIN, answer what was asked.
    pub takes: [bool; 2],
    /// The weakest login that was agreed with the service.
    pub at_least: AuthnClass,
    /// What may be released to it.
    pub offers: Attributes,
    /// What it cannot do without, of that.
    pub required: Attributes,
    /// It gets a reference to our discovery service.
    pub bootstrap: bool,
    /// It may ask for the resident's leave to find records there.
    pub records: bool,
    /// It wants a name within an affiliation.
    pub affiliation: bool,
}

/// A login that is there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Present {
    /// How.
    pub class: AuthnClass,
    /// When.
    pub since: Timestamp,
}

/// What the resident has agreed to for the service.
#[derive(Clone, Copy, Debug)]
pub(super) struct Agreed {
    /// What they were asked about.
    pub offered: Attributes,
    /// What they did not keep back.
    pub released: Attributes,
    /// Whether a reference to our discovery service was among it.
    pub bootstrap: bool,
    /// Whether they were asked about records.
    pub records: bool,
    /// Whether the text is the one of today.
    pub current_text: bool,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The service is told why there is no login.
    Fail(Second),
    /// The person logs in.
    LogIn {
        /// The card alone will do.
        card_alone: bool,
        /// There is a login, but not one that will do.
        again: bool,
    },
    /// The person is asked what may be released.
    Ask,
    /// The service is told that this was the login.
    Answer(AuthnClass),
}

impl Asked {
    /// What comes next, given the login of this browser and what its resident has agreed to.
    pub(super) fn next(&self, present: Option<Present>, agreed: Option<Agreed>) -> Next {
        if self.affiliation {
            return Next::Fail(Second::InvalidNameIdPolicy);
        }
        if self.answers(AuthnClass::SmartcardPki).is_none() {
            return Next::Fail(Second::NoAuthnContext);
        }
        let fresh = |present: &Present| !self.force || present.since >= self.arrived;
        let usable = present.filter(fresh).and_then(|present| self.answers(present.class));
        let Some(class) = usable else {
            let card_alone = self.answers(AuthnClass::Smartcard).is_some();
            let log_in = Next::LogIn { card_alone, again: present.is_some() };
            return if self.passive { Next::Fail(Second::NoPassive) } else { log_in };
        };
        match agreed {
            Some(agreed) if agreed.is_to(self) => Next::Answer(class),
            _ if self.passive => Next::Fail(Second::NoPassive),
            _ => Next::Ask,
        }
    }

    /// What a login of `class` is called towards the service: the strongest of the classes that it proves and that were asked
    /// for. A login by card and PIN proves the card too. `None`: it will not do.
    fn answers(&self, class: AuthnClass) -> Option<AuthnClass> {
        // Insurers give nothing out to whoever only holds a card.
        let alone = self.offers.is_empty() && !self.bootstrap;
        let needed = if alone { self.at_least } else { AuthnClass::SmartcardPki };
        if class < needed {
            return None;
        }
        let [card, card_and_pin] = self.takes;
        match class {
            AuthnClass::Smartcard => card.then_some(AuthnClass::Smartcard),
            AuthnClass::SmartcardPki | AuthnClass::Jpki if card_and_pin => Some(AuthnClass::SmartcardPki),
            AuthnClass::SmartcardPki | AuthnClass::Jpki => card.then_some(AuthnClass::Smartcard),
        }
    }
}

impl Agreed {
    /// Whether there is nothing new to agree to: what was kept back and cannot be any longer is new.
    fn is_to(self, asked: &Asked) -> bool {
        let required = asked.required.and(self.released) == asked.required;
        let further = self.bootstrap == asked.bootstrap && self.records == asked.records;
        required && self.current_text && self.offered == asked.offers && further
    }
}

/// The status that the standard has for it (SAML 2.0 Core §3.2.2.2).
pub(super) fn status(second: Second) -> Status {
    let (top, message) = match second {
        Second::InvalidNameIdPolicy => (Top::Requester, "no name of that kind is given"),
        Second::NoAuthnContext => (Top::Requester, "there is no login of that kind"),
        Second::NoPassive => (Top::Responder, "the person would have to be asked"),
        Second::AuthnFailed => (Top::Responder, "the person did not log in or did not agree"),
        _ => (Top::Responder, "the service is set up wrongly"),
    };
    Status::failed(top, second, message)
}

#[cfg(test)]
mod tests {
    use AuthnClass::{Smartcard, SmartcardPki};
    use saml::AuthnClass;

    use super::*;

    const NOON: Timestamp = Timestamp::UNIX_EPOCH;

    fn asked() -> Asked {
        Asked {
            arrived: NOON,
            force: false,
            passive: false,
            takes: [true, true],
            at_least: Smartcard,
            offers: Attributes::default(),
            required: Attributes::default(),
            bootstrap: false,
            records: false,
            affiliation: false,
        }
    }

    fn at(class: AuthnClass, seconds: i64) -> Option<Present> {
        Some(Present { class, since: Timestamp::from_second(seconds).unwrap() })
    }

    fn agreed(offered: Attributes) -> Option<Agreed> {
        Some(Agreed { offered, released: offered, bootstrap: false, records: false, current_text: true })
    }

    #[test]
    fn a_login_is_asked_for_where_the_one_there_will_not_do() {
        let none = agreed(Attributes::default());
        let name = Attributes::named(["name"]);
        let log_in = |card_alone, again| Next::LogIn { card_alone, again };
        for (case, asked, present, expected) in [
            ("nobody there", asked(), None, log_in(true, false)),
            ("card suffices", asked(), at(Smartcard, -60), Next::Answer(Smartcard)),
            ("card and PIN suffice", asked(), at(SmartcardPki, -60), Next::Answer(SmartcardPki)),
            ("step up, asked", Asked { takes: [false, true], ..asked() }, at(Smartcard, -60), log_in(false, true)),
            ("step up, agreed", Asked { at_least: SmartcardPki, ..asked() }, at(Smartcard, -60), log_in(false, true)),
            ("step up, released", Asked { offers: name, ..asked() }, at(Smartcard, -60), log_in(false, true)),
            (
                "the card exactly, PIN given",
                Asked { takes: [true, false], at_least: SmartcardPki, ..asked() },
                at(SmartcardPki, -60),
                Next::Answer(Smartcard),
            ),
            ("forced, old", Asked { force: true, ..asked() }, at(SmartcardPki, -1), log_in(true, true)),
            ("forced, fresh", Asked { force: true, ..asked() }, at(SmartcardPki, 0), Next::Answer(SmartcardPki)),
            ("passive, nobody", Asked { passive: true, ..asked() }, None, Next::Fail(Second::NoPassive)),
            ("passive, there", Asked { passive: true, ..asked() }, at(Smartcard, -1), Next::Answer(Smartcard)),
            (
                "nothing we have",
                Asked { takes: [false, false], ..asked() },
                at(SmartcardPki, -1),
                Next::Fail(Second::NoAuthnContext),
            ),
            ("affiliation", Asked { affiliation: true, ..asked() }, None, Next::Fail(Second::InvalidNameIdPolicy)),
        ] {
            assert_eq!(asked.next(present, none), expected, "{case}");
        }
    }

    #[test]
    fn the_resident_is_asked_when_there_is_something_new_to_agree_to() {
        let (name, more) = (Attributes::named(["name"]), Attributes::named(["name", "sex"]));
        let asked = Asked { offers: name, ..asked() };
        let present = at(SmartcardPki, -60);
        assert_eq!(asked.next(present, None), Next::Ask, "the first login");
        assert_eq!(asked.next(present, agreed(name)), Next::Answer(SmartcardPki));
        assert_eq!(asked.next(present, agreed(more)), Next::Ask, "less than before is new too");
        let old = Some(Agreed { offered: name, released: name, bootstrap: false, records: false, current_text: false });
        assert_eq!(asked.next(present, old), Next::Ask, "another text");
        let further = Asked { bootstrap: true, ..asked };
        assert_eq!(further.next(present, agreed(name)), Next::Ask, "the way to the records");
        let records = Asked { records: true, ..asked };
        assert_eq!(records.next(present, agreed(name)), Next::Ask, "what it may find there");
        let kept_back = Some(Agreed {
            offered: name,
            released: Attributes::default(),
            bootstrap: false,
            records: false,
            current_text: true,
        });
        assert_eq!(asked.next(present, kept_back), Next::Answer(SmartcardPki), "kept back and not needed");
        let needed = Asked { required: name, ..asked };
        assert_eq!(needed.next(present, kept_back), Next::Ask, "kept back, and needed now");
        assert_eq!(needed.next(present, agreed(name)), Next::Answer(SmartcardPki));
        let passive = Asked { passive: true, ..asked };
        assert_eq!(passive.next(present, None), Next::Fail(Second::NoPassive));
    }
}
