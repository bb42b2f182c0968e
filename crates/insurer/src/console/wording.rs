//! Every sentence of the console, in each language. A sentence that is missing in one does not compile.

mod cases;
mod contacts;
mod doctor;
mod en;
mod ja;
mod links;

use web::Lang;

pub(super) use cases::Cases;

use super::Certificate;
use crate::import::{Kind, Measure, State};

/// The sentences in the reader's language.
pub(super) fn text(lang: Lang) -> &'static Text {
    match lang {
        Lang::Ja => &ja::JA,
        Lang::En => &en::EN,
    }
}

/// A title and a sentence.
type Two = (&'static str, &'static str);
/// A title, and the headings of three columns.
type Four = (&'static str, &'static str, &'static str, &'static str);
/// A title, and the headings of four columns.
type Five = (&'static str, &'static str, &'static str, &'static str, &'static str);

/// All sentences in one language.
pub(super) struct Text {
    pub(super) frame: Frame,
    pub(super) nav: Nav,
    pub(super) login: Login,
    pub(super) home: Home,
    pub(super) files: Files,
    pub(super) cases: Cases,
    pub(super) links: links::Links,
    pub(super) contacts: contacts::Contacts,
    pub(super) looks: Looks,
    pub(super) doctor: doctor::Doctor,
    pub(super) error: ErrorText,
}

/// The frame around every page.
pub(super) struct Frame {
    pub(super) skip: &'static str,
    pub(super) service: &'static str,
    pub(super) other_lang: &'static str,
    pub(super) other_lang_name: &'static str,
    pub(super) log_out: &'static str,
    pub(super) footer: &'static str,
    pub(super) trial: &'static str,
    pub(super) place: &'static str,
    /// Stands for whoever acts on the command line without a name.
    pub(super) command_line: &'static str,
}

/// The way around.
pub(super) struct Nav {
    pub(super) label: &'static str,
    pub(super) home: &'static str,
    pub(super) imports: &'static str,
    pub(super) cases: &'static str,
    pub(super) looks: &'static str,
    pub(super) passkeys: &'static str,
}

/// Login and passkeys.
pub(super) struct Login {
    pub(super) title: &'static str,
    pub(super) lead: &'static str,
    pub(super) name: &'static str,
    pub(super) passkey: &'static str,
    pub(super) ended: &'static str,
    pub(super) demo: &'static str,
    pub(super) demo_hint: &'static str,
    pub(super) unknown_name: &'static str,
    pub(super) failed: &'static str,
    pub(super) invitation: &'static str,
    pub(super) invitation_gone: &'static str,
    pub(super) passkeys: &'static str,
    pub(super) passkeys_lead: &'static str,
    pub(super) passkeys_count: &'static str,
    pub(super) passkey_add: &'static str,
    pub(super) needs_script: &'static str,
}

/// The first page.
pub(super) struct Home {
    pub(super) title: &'static str,
    pub(super) lead: &'static str,
    pub(super) waiting: &'static str,
    /// So many periods cannot be found yet; and what that means where it has come to a halt.
    pub(super) findable: Two,
    pub(super) held: Five,
    pub(super) never: &'static str,
    pub(super) days: &'static str,
    pub(super) ends: Four,
    /// In the order of [`Certificate`].
    pub(super) certificates: [&'static str; 4],
    pub(super) keys: Two,
    pub(super) unreadable: &'static str,
    pub(super) soon: &'static str,
    pub(super) entity: &'static str,
}

/// Files.
pub(super) struct Files {
    pub(super) title: &'static str,
    pub(super) lead: &'static str,
    /// In the order of [`Kind::ALL`], each with a sentence.
    pub(super) kinds: [Two; Kind::ALL.len()],
    pub(super) file: &'static str,
    pub(super) look: &'static str,
    pub(super) came: &'static str,
    pub(super) none: &'static str,
    pub(super) columns: [&'static str; 5],
    /// Three counts.
    pub(super) changes: &'static str,
    /// Pending, applied, discarded, undone.
    pub(super) states: Four,
    pub(super) one: &'static str,
    pub(super) changes_title: &'static str,
    pub(super) counts: Four,
    pub(super) acts: (&'static str, &'static str, &'static str),
    pub(super) sha256: &'static str,
    pub(super) compared: Four,
    /// Rows, lapsed, the three copayments, and rows in the place of others.
    pub(super) measures: [&'static str; 6],
    pub(super) drifted: &'static str,
    pub(super) drift: (&'static str, &'static str, &'static str),
    pub(super) remarks: &'static str,
    pub(super) apply: &'static str,
    pub(super) approve: &'static str,
    pub(super) discard: &'static str,
    pub(super) undo: &'static str,
    pub(super) cancel: &'static str,
    pub(super) sure: Two,
    pub(super) refused: Two,
    pub(super) wrong: &'static str,
    pub(super) more: &'static str,
    pub(super) again: &'static str,
    /// Applied, discarded, undone, the same file.
    pub(super) done: Four,
    /// Gone, stale, a second person.
    pub(super) not_done: (&'static str, &'static str, &'static str),
}

impl Home {
    pub(super) fn certificate(&self, certificate: Certificate) -> &'static str {
        self.certificates.get(certificate.place()).copied().unwrap_or_default()
    }
}

impl Files {
    pub(super) fn kind(&self, kind: Kind) -> Two {
        let place = Kind::ALL.iter().position(|one| *one == kind);
        place.and_then(|place| self.kinds.get(place)).copied().unwrap_or_default()
    }

    pub(super) fn state(&self, state: State) -> &'static str {
        match state {
            State::Reading | State::Pending => self.states.0,
            State::Applied => self.states.1,
            State::Discarded => self.states.2,
            State::Undone => self.states.3,
        }
    }

    pub(super) fn measure(&self, measure: Measure) -> &'static str {
        let [rows, lapsed, one, two, three, replaced] = self.measures;
        match measure {
            Measure::Rows => rows,
            Measure::Lapsed => lapsed,
            Measure::OneTenth => one,
            Measure::TwoTenths => two,
            Measure::ThreeTenths => three,
            Measure::Replaced => replaced,
        }
    }

    /// What just happened, and in which colour it is said.
    pub(super) fn said(&self, code: &str) -> Option<Two> {
        Some(match code {
            "applied" => ("info", self.done.0),
            "discarded" => ("info", self.done.1),
            "undone" => ("info", self.done.2),
            "same" => ("info", self.done.3),
            "gone" => ("warn", self.not_done.0),
            "stale" => ("warn", self.not_done.1),
            "second" => ("warn", self.not_done.2),
            _ => return None,
        })
    }
}

/// Who asked.
pub(super) struct Looks {
    pub(super) title: &'static str,
    pub(super) lead: &'static str,
    pub(super) verify: &'static str,
    /// Number and digest of the last entry.
    pub(super) whole: &'static str,
    pub(super) broken: &'static str,
    pub(super) none: &'static str,
    pub(super) older: &'static str,
    pub(super) columns: [&'static str; 4],
    /// Words of the log, and what they mean.
    pub(super) words: &'static [Two],
    /// An eligibility check of the day `{}`.
    pub(super) on: &'static str,
    /// What a refusal is called, before its code.
    pub(super) refused: &'static str,
}

impl Looks {
    fn word(&self, code: &str) -> Option<&'static str> {
        self.words.iter().find(|(word, _)| *word == code).map(|(_, said)| *said)
    }

    pub(super) fn category(&self, code: &str) -> String {
        // An eligibility check of another day names it.
        match code.split_once(':') {
            Some((_, date)) => self.on.replace("{}", date),
            None => self.purpose(code),
        }
    }

    pub(super) fn purpose(&self, code: &str) -> String {
        self.word(code).map_or_else(|| code.to_owned(), str::to_owned)
    }

    pub(super) fn outcome(&self, code: &str) -> String {
        self.word(code).map_or_else(|| format!("{} {code}", self.refused), str::to_owned)
    }
}

/// Pages that say what went wrong: a title and what to do.
pub(super) struct ErrorText {
    pub(super) log_in: Two,
    pub(super) refused: Two,
    pub(super) not_there: Two,
    pub(super) ours: Two,
    pub(super) code: &'static str,
    pub(super) incident: &'static str,
    pub(super) to_start: &'static str,
}
