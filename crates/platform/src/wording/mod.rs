//! Every sentence of the pages, in each language. A sentence that is missing in one does not compile.

mod ask;
mod claims;
mod clinic;
mod contact;
mod continuity;
mod en;
mod ja;
mod links;
mod logout;
mod office;
mod on_date;
mod peers;
mod portal;
mod records;
mod services;

pub use ask::Ask;
pub use claims::Claims;
pub use clinic::{Clinic, Eligibility};
pub use contact::Contact;
pub use continuity::Continuity;
pub use links::{Form as LinkForm, Links, Looks as LinkLooks};
pub use logout::{Logout, Refusal as RequestRefused};
pub use office::Office;
pub use on_date::OnDate;
pub use peers::Peers;
pub use portal::{Consents, Coverage, Looks, Menu, Top};
pub use records::{Checkups, Expenses, Pensions, RecordKind, Records};
pub use services::Services;

use web::Lang;

use crate::{card::judge::Refusal, exchange::Reason, purpose::Purpose};

/// All sentences in one language.
pub struct Text {
    /// The frame around every page.
    pub frame: Frame,
    /// Words that several pages use.
    pub common: Common,
    /// The portal's first page, with the login.
    pub top: Top,
    /// The main menu.
    pub menu: Menu,
    /// Health insurance coverage.
    pub coverage: Coverage,
    /// Gaps and overlaps of it.
    pub continuity: Continuity,
    /// Institutions and their examination.
    pub peers: Peers,
    /// The date of an eligibility check.
    pub on_date: OnDate,
    /// Who looked at my data.
    pub looks: Looks,
    /// Records beside coverage.
    pub records: Records,
    /// Consents.
    pub consents: Consents,
    /// How institutions reach the resident.
    pub contact: Contact,
    /// Links with institutions.
    pub links: Links,
    /// The clinic portal: login and reception.
    pub clinic: Clinic,
    /// The eligibility screen.
    pub eligibility: Eligibility,
    /// The office's portal.
    pub office: Office,
    /// Logging out of services.
    pub logout: Logout,
    /// Asking for records while a service waits.
    pub ask: Ask,
    /// A service's request that is refused.
    pub request_refused: RequestRefused,
    /// Services that residents log in to.
    pub services: Services,
    /// Pages that say what went wrong.
    pub error: ErrorText,
    /// Why a card was not let in.
    pub card: Card,
}

/// The sentences in the reader's language.
pub fn text(lang: Lang) -> &'static Text {
    match lang {
        Lang::Ja => &ja::JA,
        Lang::En => &en::EN,
    }
}

/// The frame around every page.
pub struct Frame {
    /// Skip link.
    pub skip: &'static str,
    /// Name of the service.
    pub service: &'static str,
    /// Tag of the other language.
    pub other_lang: &'static str,
    /// The other language, in itself.
    pub other_lang_name: &'static str,
    /// Button.
    pub log_out: &'static str,
    /// Foot of the page.
    pub footer: &'static str,
    /// Strip above the pages of a demonstration.
    pub trial: &'static str,
    /// Which door the clinic portal is.
    pub clinic: &'static str,
    /// Stands for a resident who is logged in: the platform knows no name.
    pub logged_in: &'static str,
}

/// Words that several pages use.
pub struct Common {
    /// Link back.
    pub back_to_menu: &'static str,
    /// Before a source.
    pub source: &'static str,
    /// After a time: as of then.
    pub as_of: &'static str,
    /// State words.
    pub valid: &'static str,
    /// State word.
    pub not_valid: &'static str,
    /// State word.
    pub future: &'static str,
    /// State word.
    pub check: &'static str,
    /// The line that points to the binding check.
    pub binding: &'static str,
    /// Title of the notice for a source without an answer; `{}` is its name.
    pub source_failed: &'static str,
    /// What a source without an answer means.
    pub reason_down: &'static str,
    /// What a slow source means.
    pub reason_slow: &'static str,
    /// What an answer that does not verify means.
    pub reason_untrusted: &'static str,
    /// What a refusal means.
    pub reason_refused: &'static str,
    /// Shown where a script is needed.
    pub needs_script: &'static str,
}

/// Pages that say what went wrong.
pub struct ErrorText {
    /// Title and text of a missing page.
    pub not_yours: (&'static str, &'static str),
    /// Title and text of a refused request.
    pub refused: (&'static str, &'static str),
    /// Title and text of our own failure.
    pub ours: (&'static str, &'static str),
    /// Title and text of a session that is over.
    pub log_in: (&'static str, &'static str),
    /// Before the code.
    pub code: &'static str,
    /// Before the incident number.
    pub incident: &'static str,
    /// Link.
    pub to_start: &'static str,
}

/// Why a card was not let in.
pub struct Card {
    /// The conversation is over.
    pub expired: &'static str,
    /// A message came twice.
    pub replay: &'static str,
    /// Another browser.
    pub other_browser: &'static str,
    /// Nonsense.
    pub malformed: &'static str,
    /// The proof does not hold.
    pub not_proved: &'static str,
    /// Not registered.
    pub unknown: &'static str,
    /// Old key.
    pub key_version: &'static str,
    /// Stopped.
    pub stopped: &'static str,
    /// A copy is suspected.
    pub copy: &'static str,
    /// No PIN yet.
    pub pin_not_set: &'static str,
    /// Locked.
    pub pin_locked: &'static str,
    /// Wrong PIN; `{}` is how many tries are left.
    pub wrong_pin: &'static str,
}

impl Text {
    /// What a refused card means for the person who holds it.
    pub fn refusal(&self, refusal: Refusal) -> String {
        let card = &self.card;
        let text = match refusal {
            Refusal::Expired => card.expired,
            Refusal::Replay => card.replay,
            Refusal::OtherBrowser => card.other_browser,
            Refusal::Malformed => card.malformed,
            Refusal::NotProved => card.not_proved,
            Refusal::Unknown => card.unknown,
            Refusal::KeyVersion => card.key_version,
            Refusal::Stopped(_) => card.stopped,
            Refusal::CopySuspected => card.copy,
            Refusal::PinNotSet => card.pin_not_set,
            Refusal::PinLocked => card.pin_locked,
            Refusal::WrongPin { left } => return card.wrong_pin.replace("{}", &left.to_string()),
        };
        text.to_owned()
    }

    /// What a source without an answer means.
    pub fn reason(&self, reason: Reason) -> &'static str {
        match reason {
            Reason::Down | Reason::Resting => self.common.reason_down,
            Reason::Slow => self.common.reason_slow,
            Reason::Untrusted => self.common.reason_untrusted,
            Reason::Refused | Reason::Unknown => self.common.reason_refused,
        }
    }

    /// Title and text of a consent.
    pub fn consent(&self, purpose: Purpose) -> (&'static str, &'static str) {
        match purpose {
            Purpose::SelfView => self.consents.self_view,
            Purpose::EligibilityCheck | Purpose::ClaimCheck => self.consents.eligibility_check,
            // Agreed to service by service, on the release page.
            Purpose::ServiceLogin => (self.services.purpose, self.services.release_recorded),
            Purpose::ServiceQuery => (self.services.query, self.services.release_again),
            Purpose::Treatment => (self.services.treatment, self.services.records_text),
            Purpose::Linking => (self.links.looks.why, self.links.form.agree),
        }
    }
}
