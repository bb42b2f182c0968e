//! What a resident may change at the insurer: telephone, electronic mail, and how notices are to come. The platform brings it as the
//! resident's own word; no file and no clerk writes it.
//!
//! A resident whom the insurer knows as two members, such as before and after a change of number, has said it for both.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use db::{Tx, transaction};
use health::Coverage;
use health::contact_xml::{self, Field, Value};
use idwsf::dst::{Code, Current, Modify, ModifyItem};
use idwsf::message::{LIMITS, ProcessingContext};
use jiff::{SignedDuration, Timestamp};
use keys::Keys;
use serde::{Deserialize, Serialize};
use xml::{Fragment, Ns};
use zeroize::Zeroizing;

use crate::access_log::Entry;
use crate::answer::Made;
use crate::digest::MemberId;
use crate::link::search;
use crate::policy::{Asker, Category};
use crate::store::access_log;
use crate::store::clerk::Clerk;
use crate::store::contact::{self, Stored};
use crate::{App, Error, import};

/// What a resident has said.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Contact(BTreeMap<Field, Said>);

#[derive(Clone, Serialize, Deserialize)]
struct Said {
    /// Nothing where it was taken back.
    text: Option<String>,
    /// Whole seconds, a new one for each change, and none that an answer has named before: who names the one they have read sees
    /// every change since.
    changed_at: Timestamp,
}

impl Contact {
    /// What is kept of these members: of each thing what was said last.
    pub(crate) fn open(keys: &Keys, stored: &[Stored]) -> Result<Contact, Error> {
        let mut newest = Contact::default();
        for Stored { member, record } in stored {
            let Some(record) = record else { continue };
            let key = import::member_key(keys, member)?;
            let plain = key.open(&aad(member.id), record).ok_or(Error::Record)?;
            let read: Contact = serde_json::from_slice(plain.trim_ascii_end()).map_err(|_| Error::Record)?;
            for (field, said) in read.0 {
                if newest.0.get(&field).is_none_or(|other| other.changed_at < said.changed_at) {
                    newest.0.insert(field, said);
                }
            }
        }
        Ok(newest)
    }

    /// When anything was said or taken back last.
    pub(crate) fn changed_at(&self) -> Option<Timestamp> {
        self.0.values().map(|said| said.changed_at).max()
    }

    /// One thing as an answer has it; nothing where nothing was said.
    pub(crate) fn written(&self, field: Field, ns: Ns) -> Option<Fragment> {
        let said = self.0.get(&field)?;
        let value = field.parse(said.text.as_deref()?).ok()?;
        Some(contact_xml::write(&value, Some(said.changed_at), ns))
    }

    /// All of it as a clerk sees it; nothing where nothing was ever said.
    fn word(&self, member: MemberId) -> Option<Word> {
        let said = [Field::Phone, Field::Email, Field::NoticeWish].map(|field| self.0.get(&field));
        let changed_at = said.into_iter().flatten().map(|said| said.changed_at).max()?;
        let [phone, email, notices] = said.map(|said| said.and_then(|said| said.text.clone()));
        Some(Word { member, phone, email, notices, changed_at })
    }

    fn current(&self, field: Field) -> Current {
        let said = self.0.get(&field);
        let exists = said.is_some_and(|said| said.text.is_some());
        Current { exists, changed_at: said.map(|said| said.changed_at), since_demanded: true }
    }

    fn set(&mut self, field: Field, value: Option<&Value>, changed_at: Timestamp) {
        self.0.insert(field, Said { text: value.map(|value| value.as_str().to_owned()), changed_at });
    }

    /// The instant of a change that is made now.
    fn next(&self, now: Timestamp) -> Timestamp {
        let after = |at: Timestamp| Timestamp::from_second(at.as_second()).unwrap_or(at).saturating_add(SECOND);
        self.changed_at().into_iter().chain([now]).map(|at| after(at).unwrap_or(at)).max().unwrap_or(now)
    }

    fn seal(&self, keys: &Keys, stored: &Stored) -> Result<Vec<u8>, Error> {
        let plain = Zeroizing::new(serde_json::to_vec(self).map_err(|_| Error::Record)?);
        let key = import::member_key(keys, &stored.member)?;
        key.seal(&aad(stored.member.id), &import::padded(plain)).ok_or(Error::Record)
    }
}

/// What a resident has said, for the insurer's own work.
pub(crate) struct Word {
    pub(crate) member: MemberId,
    /// Nothing where it was taken back, as below.
    pub(crate) phone: Option<String>,
    pub(crate) email: Option<String>,
    /// As messages name it.
    pub(crate) notices: Option<String>,
    pub(crate) changed_at: Timestamp,
}

/// Some of those who have said something.
pub(crate) struct Words {
    /// Newest first, and with each whom the ledger has today.
    pub(crate) words: Vec<(Word, Option<Coverage>)>,
    /// Whether others have said something before them.
    pub(crate) more: bool,
}

/// Shows a clerk who has said what, after so many newer ones. That they have looked is in the log, or nothing is shown.
///
/// # Errors
/// When the database or the key store fails, or what was sealed does not open.
pub(crate) async fn look(app: &App, clerk: &Clerk, newer: usize, now: Timestamp) -> Result<Words, Error> {
    let mut words = newest(app, newer.saturating_add(PAGE + 1)).await?;
    words.drain(..newer.min(words.len()));
    let more = words.len() > PAGE;
    words.truncate(PAGE);
    let entry = Entry {
        at: now,
        requester: format!("clerk:{}", clerk.login_name),
        pseudonym: None,
        category: Category::Contact.as_str().to_owned(),
        purpose: OWN_WORK,
        message: app.digests().case(&app.random.bytes())?,
        outcome: LOOKED.to_owned(),
    };
    let members: Vec<MemberId> = words.iter().map(|word| word.member).collect();
    let known = transaction!(app.db, |tx| -> Error {
        access_log::append(tx, app.digests(), std::slice::from_ref(&entry)).await?;
        search::of(app, tx, &members).await?.0
    })?;
    let mut known: HashMap<MemberId, Coverage> = known.into_iter().map(|known| (known.member, known.newest)).collect();
    let words = words.into_iter().map(|word| {
        let newest = known.remove(&word.member);
        (word, newest)
    });
    Ok(Words { words: words.collect(), more })
}

/// The newest, so many of them. When they were said stands in what is sealed, so that all have to be opened.
async fn newest(app: &App, most: usize) -> Result<Vec<Word>, Error> {
    let (mut words, mut last) = (Vec::new(), MemberId([0; 32]));
    loop {
        let some = contact::after(&app.db, last).await?;
        let Some(end) = some.last() else { return Ok(words) };
        last = end.member.id;
        for stored in &some {
            let said = Contact::open(&app.keys, std::slice::from_ref(stored))?;
            words.extend(said.word(stored.member.id));
        }
        words.sort_by_key(|word| (Reverse(word.changed_at), word.member));
        words.truncate(most);
    }
}

/// Does what items on these paths ask for: all of it or nothing, in the transaction that records it.
pub(crate) async fn change(
    app: &App,
    tx: &mut Tx,
    asker: &Asker,
    items: &[&ModifyItem],
    now: Timestamp,
) -> Result<Vec<Made>, Error> {
    let stored = contact::of(tx, app.digests().pseudonym(&asker.subject)?).await?;
    if stored.is_empty() {
        return Ok(items.iter().map(|_| Made::refused("", Code::DOES_NOT_EXIST)).collect());
    }
    let mut contact = Contact::open(&app.keys, &stored)?;
    let wishes = wishes(app, &contact, items);
    if wishes.iter().any(Result::is_err) {
        let left = |wish: Wished| wish.map_or_else(|code| Made::refused("", code), |_| Made::left());
        return Ok(wishes.into_iter().map(left).collect());
    }
    let simulated = asker.headers.context == Some(ProcessingContext::Simulate);
    let changed_at = contact.next(now);
    let mut made = Vec::with_capacity(items.len());
    for (field, value) in wishes.into_iter().flatten() {
        contact.set(field, value.as_ref(), changed_at);
        let outcome = match value {
            _ if simulated => SIMULATED,
            Some(_) => CHANGED,
            None => REMOVED,
        };
        made.push(Made::done_at(outcome, changed_at));
    }
    if !simulated {
        for one in &stored {
            contact::put(tx, one.member.id, &contact.seal(&app.keys, one)?).await?;
        }
    }
    Ok(made)
}

/// What an item asks for, if it may be done.
type Wished = Result<(Field, Option<Value>), Code>;

fn wishes(app: &App, contact: &Contact, items: &[&ModifyItem]) -> Vec<Wished> {
    let ns = app.service.ns();
    let wish = |(place, item): (usize, &&ModifyItem)| {
        let field = Field::of(&item.select, ns).ok_or(Code::INVALID_SELECT)?;
        if items.iter().take(place).any(|other| other.select == item.select) {
            // Nobody could say which of the two stands in the end.
            return Err(Code::INVALID_DATA);
        }
        let value = match &item.new_data {
            Some(data) => Some(read(field, data, ns).ok_or(Code::INVALID_DATA)?),
            None => None,
        };
        let judged = Modify::one(app.service, (*item).clone()).judge(|_| Ok(contact.current(field)));
        let reason = |status: idwsf::dst::Status| status.reasons.into_iter().next().map(|reason| reason.code);
        judged.map_err(|status| reason(status).unwrap_or(Code::UNEXPECTED_ERROR))?;
        Ok((field, value))
    };
    items.iter().enumerate().map(wish).collect()
}

fn read(field: Field, data: &[Fragment], ns: Ns) -> Option<Value> {
    let [fragment] = data else { return None };
    let document = xml::Document::parse(xml::scan(fragment.as_str().as_bytes(), &LIMITS).ok()?).ok()?;
    contact_xml::read(field, document.root(), ns).ok().map(|(value, _)| value)
}

/// Table, row and column: what is sealed there opens nowhere else.
fn aad(member: MemberId) -> Vec<u8> {
    [b"contact\0record\0".as_slice(), &member.0].concat()
}

/// Words of the access log.
const CHANGED: &str = "changed";
const REMOVED: &str = "removed";
const SIMULATED: &str = "simulated";
const LOOKED: &str = "contacts-looked";
/// What a clerk looks for.
const OWN_WORK: &str = "own-work";
/// So many on a page.
pub(crate) const PAGE: usize = 50;
const SECOND: SignedDuration = SignedDuration::from_secs(1);
