//! The sentences of the office's portal.

mod en;
mod ja;

pub(super) use en::EN;
pub(super) use ja::JA;

/// The office's portal.
pub struct Office {
    /// Which door this is.
    pub place: &'static str,
    /// Links from page to page.
    pub to_services: &'static str,
    /// Link.
    pub to_keys: &'static str,
    /// Heading and lead of the list.
    pub services: (&'static str, &'static str),
    /// Nothing is registered.
    pub none: &'static str,
    /// Headings of the list's columns.
    pub column_name: &'static str,
    /// Column.
    pub column_state: &'static str,
    /// Column.
    pub column_refreshed: &'static str,
    /// Column.
    pub column_ends: &'static str,
    /// State words.
    pub active: &'static str,
    /// State word.
    pub suspended: &'static str,
    /// State word: the metadata has ended.
    pub ended: &'static str,
    /// State word: something needs a look.
    pub look: &'static str,
    /// No end.
    pub no_end: &'static str,
    /// Brought as a file.
    pub by_file: &'static str,
    /// Link or button.
    pub add: &'static str,
    /// Heading and lead of the first step.
    pub add_title: (&'static str, &'static str),
    /// Heading of the form for a file, and its field.
    pub from_file: (&'static str, &'static str),
    /// Heading of the form for an address, and its field.
    pub from_address: (&'static str, &'static str),
    /// Field and hint.
    pub certificate: (&'static str, &'static str),
    /// Button.
    pub check: &'static str,
    /// Heading of the second step, and what to do.
    pub preview: (&'static str, &'static str),
    /// The same for a service that is registered already.
    pub compare: Compare,
    /// Heading where it cannot be registered.
    pub unfit: &'static str,
    /// Button.
    pub register: &'static str,
    /// Link back.
    pub start_over: &'static str,
    /// Heading of what was found.
    pub found: &'static str,
    /// Nothing was found.
    pub nothing_found: &'static str,
    /// State words of what was found.
    pub error: &'static str,
    /// State word.
    pub warning: &'static str,
    /// Heading of the addresses.
    pub endpoints: &'static str,
    /// Facts about them.
    pub answers_to: &'static str,
    /// Fact.
    pub logout_to: &'static str,
    /// Fact.
    pub artifacts_to: &'static str,
    /// Fact.
    pub source: &'static str,
    /// Fact.
    pub entity: &'static str,
    /// Heading of the service's keys.
    pub keys: &'static str,
    /// Kinds of key.
    pub signs: &'static str,
    /// Kind of key.
    pub encrypts: &'static str,
    /// Kind of key: for AES-CBC alone.
    pub encrypts_cbc: &'static str,
    /// Before the end of a key's certificate.
    pub until: &'static str,
    /// The service has none.
    pub no_key: &'static str,
    /// Heading of the history.
    pub history: &'static str,
    /// Headings of its columns.
    pub history_columns: [&'static str; 3],
    /// What was done, as the history keeps it, and as a person reads it.
    pub history_acts: [(&'static str, &'static str); 7],
    /// Somebody who did nothing: it happened by itself.
    pub by_itself: &'static str,
    /// Questions before an act.
    pub acts: Acts,
    /// The form of the policy.
    pub policy: PolicyForm,
    /// Our own keys.
    pub own: OwnKeys,
    /// What ends, and how soon.
    pub ending: Ending,
}

/// What ends, and how soon.
pub struct Ending {
    /// What ends of a service: its metadata, the certificate it signs with, the one that is encrypted to.
    pub of_service: [&'static str; 3],
    /// Within 60 days, 30 days, 7 days, and over: at the head of a notice.
    pub words: [&'static str; 4],
    /// The same in a table.
    pub states: [&'static str; 4],
    /// State in a table: not within 60 days.
    pub far: &'static str,
    /// State in a table: the certificate cannot be read.
    pub unread: &'static str,
    /// When, and how many days are left: `{at}`, `{days}`; and when it is over.
    pub when: (&'static str, &'static str),
    /// The same within the last 24 hours.
    pub last_day: &'static str,
    /// What is to be done: about metadata, a service's certificate, a key of the identity provider, one for institutions, a
    /// certificate of ours in a file.
    pub acts: [&'static str; 5],
}

/// Newer metadata of a registered service, beside what is registered.
pub struct Compare {
    /// Heading and lead.
    pub title: (&'static str, &'static str),
    /// Heading of the table, and of its columns: what, now, from now on, the difference.
    pub table: (&'static str, [&'static str; 4]),
    /// The difference: stays, comes, goes.
    pub standings: [&'static str; 3],
    /// Kinds that have no word elsewhere: the default place, a certificate, what is signed, formats of names, attributes, a name.
    pub default: &'static str,
    /// Kind.
    pub certificate: &'static str,
    /// Kind.
    pub signatures: &'static str,
    /// Kind.
    pub name_format: &'static str,
    /// Kind.
    pub requested: &'static str,
    /// Kind.
    pub name: &'static str,
    /// Kind, and what is said of it: something differs that is not in the table.
    pub rest: (&'static str, &'static str),
    /// Nothing is on this side.
    pub absent: &'static str,
    /// Somebody has changed the service meanwhile: heading and what to do.
    pub meanwhile: (&'static str, &'static str),
    /// Legend, and the choices for a file where the metadata was fetched so far; `{}` is the address.
    pub source: (&'static str, [&'static str; 2]),
    /// Button.
    pub replace: &'static str,
}

/// What can be done to a service: the button, the question before it, and what it means.
pub struct Acts {
    /// Nobody may log in for now.
    pub suspend: (&'static str, &'static str, &'static str),
    /// Residents may log in again.
    pub resume: (&'static str, &'static str, &'static str),
    /// The service is forgotten.
    pub remove: (&'static str, &'static str, &'static str),
    /// Link: no.
    pub cancel: &'static str,
}

/// The form of the policy.
pub struct PolicyForm {
    /// Heading.
    pub title: &'static str,
    /// Legend: what residents read.
    pub shown: &'static str,
    /// Fields: name and purpose, in Japanese and English, and the first page.
    pub name: &'static str,
    /// Field.
    pub name_en: &'static str,
    /// Field.
    pub about: &'static str,
    /// Field.
    pub about_en: &'static str,
    /// Field and hint.
    pub start: (&'static str, &'static str),
    /// Label and hint: institutions that identity mapping may be towards.
    pub maps_to: (&'static str, &'static str),
    /// Legend: attributes that may be released.
    pub release: &'static str,
    /// Legend: records that it may ask to find.
    pub records: &'static str,
    /// Legend: how messages are protected.
    pub protection: &'static str,
    /// Choices.
    pub require_signed_requests: &'static str,
    /// Choice.
    pub sign_assertion: &'static str,
    /// Choice.
    pub sign_response: &'static str,
    /// Choice and warning.
    pub allow_cbc: (&'static str, &'static str),
    /// Choice.
    pub prefer_artifact: &'static str,
    /// Choice.
    pub bootstrap: &'static str,
    /// Field with its choices: if possible, always, never.
    pub encrypt: (&'static str, [&'static str; 3]),
    /// Field with its choices: persistent, transient.
    pub name_format: (&'static str, [&'static str; 2]),
    /// Field with its choices: the card, card and PIN.
    pub at_least: (&'static str, [&'static str; 2]),
    /// Button.
    pub save: &'static str,
    /// Notice after it.
    pub saved: &'static str,
    /// What is in the form cannot be saved: heading, and what has become of it.
    pub unsaved: (&'static str, &'static str),
    /// Somebody has changed the service meanwhile: heading, and what to do.
    pub meanwhile: (&'static str, &'static str),
    /// Headings of the settings that differ: setting, registered, in the form.
    pub columns: [&'static str; 3],
    /// Nothing in the form differs from what is registered.
    pub same: &'static str,
    /// A choice is made, or not.
    pub set: (&'static str, &'static str),
    /// A text that is empty.
    pub empty: &'static str,
    /// Between the parts of a list.
    pub and: &'static str,
}

/// Our own keys.
pub struct OwnKeys {
    /// Heading and lead.
    pub title: (&'static str, &'static str),
    /// Kinds: RSA, ECDSA, to decrypt.
    pub kinds: [&'static str; 3],
    /// Headings of the columns.
    pub columns: [&'static str; 5],
    /// States.
    pub used: &'static str,
    /// State: published, not yet used.
    pub waits: &'static str,
    /// State: no longer used, still published.
    pub kept: &'static str,
    /// State: being made.
    pub made: &'static str,
    /// The next key should be in use by now.
    pub late: &'static str,
    /// Heading and text of the early change; `{}` is the number of days.
    pub change: (&'static str, &'static str),
    /// Button.
    pub change_button: &'static str,
    /// Notice after it.
    pub changed: &'static str,
    /// Where the metadata is.
    pub metadata: &'static str,
    /// Heading of the certificates, and of their columns: whose, its name, its end, its state.
    pub certificates: (&'static str, [&'static str; 4]),
    /// Whose: signs as identity provider, decrypts, signs towards institutions, connects to them, is shown to browsers.
    pub uses: [&'static str; 5],
}

impl Office {
    /// What was done, for a person to read.
    #[must_use]
    pub fn past<'a>(&self, what: &'a str) -> &'a str
    where
        'static: 'a,
    {
        self.history_acts.iter().find(|(kept, _)| *kept == what).map_or(what, |(_, read)| read)
    }
}
